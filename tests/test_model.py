"""The façade: any input gives the right answer or one clear error, and the model stays consistent."""

from __future__ import annotations

import copy
import logging
import pickle
from collections import Counter

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer as SklearnCounts
from sklearn.linear_model import LogisticRegression

from leitmotif import BERTopic
from leitmotif.cluster import BaseCluster, Communities
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.errors import (
    DocumentsError,
    EmbeddingsError,
    InvalidInputError,
    LeitmotifError,
    MissingComponentError,
    NotFittedError,
    UnknownTopicError,
)
from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance, PartOfSpeech
from leitmotif.vectorizers import CountVectorizer


def quick(**parameters):
    """A model whose parts take no time."""
    return BERTopic(**{"umap_model": PCA(3), "hdbscan_model": KMeans(3, n_init=1, random_state=0)} | parameters)


@pytest.fixture
def model(corpus):
    texts, embeddings, _ = corpus
    return quick().fit(texts, embeddings)


# -- the main job -----------------------------------------------------------------------------------


def test_raw_texts_to_topics_with_the_default_components(corpus):
    texts, _, targets = corpus
    model = BERTopic(min_topic_size=5)
    topics, probabilities = model.fit_transform(texts)
    assert len(topics) == len(texts) and probabilities.shape == (len(texts),)
    found = pd.crosstab(topics, targets)
    inner = found[found.index >= 0]
    assert ((inner > 0).sum(axis=1) == 1).all(), "no topic mixes subjects"
    assert (found.loc[-1].sum() if -1 in found.index else 0) <= 0.2 * len(texts)
    again = BERTopic(min_topic_size=5).fit(texts)
    assert again.topics_ == topics
    assert (again.c_tf_idf_ != model.c_tf_idf_).nnz == 0
    assert again.topic_representations_ == model.topic_representations_


def test_training_documents_keep_their_topics_and_batches_do_not_matter(corpus):
    texts, _, _ = corpus
    model = BERTopic(min_topic_size=5).fit(texts)
    assert model.transform(texts)[0] == model.topics_
    new = [text.replace("today", "tomorrow") for text in texts[:20]]
    topics, probabilities = model.transform(new)
    for i, text in enumerate(new):
        alone, strength = model.transform([text])
        assert alone == [topics[i]]
        assert strength[0] == probabilities[i]
    shuffled = np.random.default_rng(0).permutation(len(new))
    assert model.transform([new[i] for i in shuffled])[0] == [topics[i] for i in shuffled]


def test_the_default_parts_place_new_documents_by_neighbours_alone(corpus, tmp_path, monkeypatch):
    texts, embeddings, _ = corpus
    model = BERTopic().fit(texts, embeddings)
    new = [f"{text} anew" for text in texts]
    moved = (embeddings + np.random.default_rng(0).normal(scale=0.01, size=embeddings.shape)).astype(np.float32)
    monkeypatch.setattr(type(model.umap_model), "transform", lambda *_: pytest.fail("no coordinates are needed"))
    topics, probabilities = model.transform(new, moved)
    assert np.mean(np.array(topics) == model.topics_) > 0.9
    part = model.transform(new[9:13], moved[9:13])
    assert (part[0], part[1].tolist()) == (topics[9:13], probabilities[9:13].tolist())
    model.save(tmp_path / "model")
    again = BERTopic.load(tmp_path / "model").transform(new, moved)
    assert (again[0], again[1].tolist()) == (topics, probabilities.tolist())
    every = BERTopic(calculate_probabilities=True).fit(texts, embeddings)
    shares = every.transform(new, moved)[1]
    assert shares.shape == (len(texts), len(set(every.topics_) - {-1})) and (shares.sum(axis=1) <= 1 + 1e-9).all()


def test_equal_texts_get_equal_topics(corpus):
    texts, embeddings, _ = corpus
    rng = np.random.default_rng(0)
    doubled = texts + texts
    noisy = np.vstack([embeddings, embeddings + rng.normal(scale=3, size=embeddings.shape)])
    topics, _ = quick().fit_transform(doubled, noisy)
    assert topics[: len(texts)] == topics[len(texts) :]


def test_given_embeddings_are_never_written_to(corpus):
    texts, embeddings, _ = corpus
    before = embeddings.copy()
    quick(seed_topic_list=None).fit(texts, embeddings)
    assert (embeddings == before).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_every_float_type(corpus, dtype):
    texts, embeddings, targets = corpus
    topics, _ = BERTopic(min_topic_size=5).fit_transform(texts, embeddings.astype(dtype))
    assert len(set(zip(topics, targets.tolist(), strict=True)) - {(-1, t) for t in range(3)}) >= 3


# -- inputs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Series, pl.Series], ids=lambda kind: kind.__name__)
def test_kinds_of_columns(corpus, kind):
    texts, embeddings, _ = corpus
    assert quick().fit(kind(texts), embeddings).topics_ == quick().fit(texts, embeddings).topics_


@pytest.mark.parametrize("n", [1, 2, 3, 5, 20])
def test_few_documents(n):
    texts = [f"rocket moon number{i} orbit" for i in range(n)]
    model = BERTopic()
    topics, _ = model.fit_transform(texts)
    assert len(topics) == n
    assert model.get_topic_info()["Count"].sum() == n
    assert model.transform(texts)[0] == topics
    assert len(model.transform(["a new moon"])[0]) == 1
    assert list(model.get_document_info(texts)["Document"]) == texts


def test_no_documents_is_an_error_that_says_so():
    with pytest.raises(DocumentsError, match="empty"):
        BERTopic().fit([])


def test_strange_documents_keep_their_rows(corpus, caplog):
    texts, _, _ = corpus
    strange = [
        None,
        "",
        "   ",
        "\n\t",
        "x",
        "word " * 50_000,
        "🙂🙂",
        "\ud800 lone surrogate",
        "ÅÄÖ ß",
        texts[0],
        texts[0],
    ]
    docs = texts + strange
    with caplog.at_level(logging.WARNING, logger="leitmotif"):
        model = BERTopic(min_topic_size=5).fit(docs)
    assert "1 of" in caplog.text and "missing" in caplog.text
    info = model.get_document_info(docs)
    assert len(info) == len(docs)
    assert info["Document"].iloc[len(texts)] == ""
    assert info["Topic"].tolist() == model.topics_
    assert model.topics_[-1] == model.topics_[-2] == model.topics_[0]


def test_documents_without_any_word():
    model = quick(hdbscan_model=KMeans(2, n_init=1, random_state=0), umap_model=PCA(1))
    model.fit(["", " ", "!", "?"], np.eye(4, dtype=np.float32))
    assert all(words == [("", 1e-05)] * 10 for words in model.get_topics().values())
    assert model.get_topic_info()["Count"].sum() == 4


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"documents": "one text"}, DocumentsError, "single text"),
        ({"documents": pd.DataFrame({"text": ["a"]})}, DocumentsError, "table"),
        ({"embeddings": np.ones((3, 8))}, EmbeddingsError, "3 rows for 72 documents"),
        ({"embeddings": np.full((72, 8), np.nan)}, EmbeddingsError, "NaN"),
        ({"embeddings": np.ones(72)}, EmbeddingsError, "two dimensions"),
        ({"embeddings": [[1.0]] * 72}, EmbeddingsError, "NumPy array"),
        ({"y": [1, 2]}, InvalidInputError, "for 72 documents"),
        ({"images": ["a.png"]}, InvalidInputError, "1 items for 72 documents"),
    ],
)
def test_bad_input_is_refused_before_any_work(corpus, arguments, error, says):
    texts, embeddings, _ = corpus

    class Untouched:
        def fit(self, X, y=None):
            raise AssertionError("work was begun")

    given = {"documents": texts, "embeddings": embeddings} | arguments
    with pytest.raises(error, match=says):
        quick(umap_model=Untouched()).fit(**given)


def test_a_float_for_nr_topics(corpus):
    with pytest.raises(ValueError, match='int or "auto"'):
        quick(nr_topics=2.5).fit(corpus[0], corpus[1])


def test_an_error_leaves_the_model_as_it_was(model, corpus):
    state = model.state
    with pytest.raises(InvalidInputError):
        model.update_topics(corpus[0], topics=[0])
    with pytest.raises(LeitmotifError):
        model.merge_topics(corpus[0], [0, 99])
    assert model.state is state


def test_a_failed_fit_leaves_the_default_parts_fitted(corpus):
    texts, embeddings, _ = corpus
    model = BERTopic(min_topic_size=5).fit(texts, embeddings)
    expected = model.transform(None, embeddings[:9] + 0.01)[0]
    model.set_params(verbose=False, top_n_words=5)
    assert model.transform(None, embeddings[:9] + 0.01)[0] == expected, "a parameter set later loses no fitted part"
    model.n_topics = 71
    with pytest.raises(InvalidInputError, match="71"):
        model.fit(texts, embeddings)
    assert model.transform(None, embeddings[:9] + 0.01)[0] == expected


def test_unfitted():
    model = BERTopic()
    for call in (model.get_topic_info, model.get_topics, lambda: model.transform(["a"]), lambda: model.save("nowhere")):
        with pytest.raises(NotFittedError, match="not fitted"):
            call()
    assert model.topics_ is None and model.c_tf_idf_ is None and model.topic_sizes_ is None


def test_transform_of_odd_input(model, corpus):
    texts, embeddings, _ = corpus
    assert model.transform([], np.zeros((0, 8)))[0] == []
    assert model.transform(texts[0], embeddings[0])[0] == model.topics_[:1]
    assert model.transform(None, embeddings[:4])[0] == model.topics_[:4]
    with pytest.raises(EmbeddingsError, match="1 rows for 2 documents"):
        model.transform(texts[:2], embeddings[:1])
    with pytest.raises(DocumentsError, match="pass documents"):
        model.transform(None)


# -- variants ---------------------------------------------------------------------------------------


def test_manual_topics_are_sorted_by_size(corpus):
    texts, embeddings, targets = corpus
    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    topics, _ = model.fit_transform(texts, embeddings, y=2 - targets)
    mapping = model.topic_mapper_.get_mappings()
    assert [mapping[int(label)] for label in 2 - targets] == topics
    assert list(Counter(topics).values()) == [sum(t == k for t in topics) for k in Counter(topics)]
    assert model.topic_sizes_[0] >= model.topic_sizes_[1] >= model.topic_sizes_[2]
    assert model.transform(None, embeddings)[0] == topics, "new documents go by cosine to the topics"


def test_supervised_with_a_classifier(corpus):
    texts, embeddings, targets = corpus
    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=LogisticRegression())
    topics, probabilities = model.fit_transform(texts, embeddings, y=targets)
    assert probabilities is None
    assert model.transform(None, embeddings)[0] == topics


def test_semi_supervised(corpus):
    texts, embeddings, targets = corpus
    y = np.where(np.arange(len(texts)) % 2, targets, -1)
    topics, _ = BERTopic(min_topic_size=5).fit_transform(texts, embeddings, y=y)
    assert len({(t, s) for t, s in zip(topics, targets.tolist(), strict=True) if t >= 0}) == len(set(topics) - {-1})


def test_guided(corpus):
    texts, _, _ = corpus
    seeds = [["rocket", "orbit"], ["guitar", "melody"]]
    model = BERTopic(min_topic_size=5, seed_topic_list=seeds).fit(texts)
    given = model.state.extras["seeds"]
    by_words = [
        0 if "rocket" in text or "orbit" in text else 1 if "guitar" in text or "melody" in text else None
        for text in texts
    ]
    known = [(seed, expected) for seed, expected in zip(given.tolist(), by_words, strict=True) if expected is not None]
    assert np.mean([seed == expected for seed, expected in known]) > 0.8
    plain = BERTopic(min_topic_size=5).fit(texts)
    assert "rocket" in plain.state.vocabulary.index
    assert set(seeds[0] + seeds[1]) <= set(model.state.vocabulary.terms)


def test_zero_shot_names_come_first_and_are_kept_in_transform(corpus):
    texts, _, _ = corpus
    names = [
        "rocket moon orbit satellite launch",
        "no document is about this whatsoever",
        "bread flour oven dough baking",
    ]
    rest = KMeans(2, n_init=1, random_state=0)
    model = BERTopic(hdbscan_model=rest, zeroshot_topic_list=names, zeroshot_min_similarity=0.55).fit(texts)
    labels = model.topic_labels_
    assert labels[0] == names[0] and labels[1] == names[2]
    rest = [topic for topic in labels if topic > 1]
    assert rest, "what no name explains is clustered"
    assert model.transform(["rocket moon orbit satellite launch"])[0] == [0]
    everything = BERTopic(zeroshot_topic_list=names, zeroshot_min_similarity=-1).fit(texts)
    assert set(everything.topic_labels_.values()) <= set(names)
    nothing = BERTopic(min_topic_size=5, zeroshot_topic_list=names, zeroshot_min_similarity=2).fit(texts)
    assert nothing.topics_ == BERTopic(min_topic_size=5).fit(texts).topics_


def test_new_documents_that_no_name_explains_go_by_the_clusters_of_the_rest(corpus):
    """The clusterer knows fewer documents than the reducer: what is near in one is another row of the other."""
    texts, _, _ = corpus
    model = BERTopic(zeroshot_topic_list=["rocket moon orbit satellite launch"], zeroshot_min_similarity=0.55).fit(
        texts
    )
    topics = np.array(model.topics_)
    rest, named = np.flatnonzero(topics != 0), np.flatnonzero(topics == 0)
    assert len(model.hdbscan_model.labels_) == len(rest) > 0 and rest[0] < named[-1] and named[0] < rest[-1]
    clustered = np.flatnonzero(topics > 0)
    found = model.transform([f"{texts[i]} anew" for i in clustered])[0]
    assert len(set(found)) == 2 and found == topics[clustered].tolist()


def test_reducing_never_merges_named_topics_away(corpus):
    texts, _embeddings, _targets = corpus
    names = ["rocket moon orbit satellite launch", "bread flour oven dough baking"]
    parts = {"zeroshot_topic_list": names, "zeroshot_min_similarity": 0.55}
    several = KMeans(4, n_init=1, random_state=0)
    model = quick(hdbscan_model=several, nr_topics=3, **parts).fit(texts)
    assert model.get_topic_info()["Topic"].tolist() == [0, 1, 2]
    assert [model.topic_labels_[topic] for topic in (0, 1)] == names
    with pytest.raises(ValueError, match="leaves no topic beside the 2"):
        quick(hdbscan_model=clone(several), nr_topics=2, **parts).fit(texts)


def test_number_of_topics(corpus):
    texts, embeddings, _ = corpus
    model = quick(hdbscan_model=KMeans(9, n_init=1, random_state=0), nr_topics=3).fit(texts, embeddings)
    assert len(model.get_topic_info()) == 3
    assert model.topic_mapper_.get_mappings().keys() == set(range(9))
    auto = quick(hdbscan_model=KMeans(9, n_init=1, random_state=0), nr_topics="auto").fit(texts, embeddings)
    assert len(auto.get_topic_info()) <= 9


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_exactly_so_many_topics(corpus, n):
    texts, embeddings, _ = corpus
    model = BERTopic(min_topic_size=5, n_topics=n).fit(texts, embeddings)
    assert len([topic for topic in model.topic_sizes_ if topic >= 0]) == n
    assert model.transform(texts)[0] == model.topics_
    assert set(model.transform(None, embeddings)[0]) <= set(model.topic_sizes_) | {-1}
    assert model.hdbscan_model.labels_.max() == n - 1


def test_what_n_topics_cannot_be(corpus):
    texts, embeddings, _ = corpus
    for wrong in (0, 2.5, True, "auto"):
        with pytest.raises(InvalidInputError, match="whole number"):
            BERTopic(n_topics=wrong).fit(texts, embeddings)
    with pytest.raises(InvalidInputError, match="not both"):
        BERTopic(n_topics=3, nr_topics=3).fit(texts, embeddings)
    with pytest.raises(InvalidInputError, match="71"):
        BERTopic(n_topics=71).fit(texts, embeddings)
    with pytest.raises(InvalidInputError, match="KMeans found 3 clusters"):
        quick(n_topics=4).fit(texts, embeddings)


def test_no_size_given_finds_communities(corpus):
    texts, embeddings, targets = corpus
    model = BERTopic(min_topic_size="auto").fit(texts, embeddings)
    assert isinstance(model.hdbscan_model, Communities)
    assert BERTopic(min_topic_size=10).hdbscan_model.min_cluster_size == 10
    inner = {(t, s) for t, s in zip(model.topics_, targets.tolist(), strict=True) if t >= 0}
    assert len(inner) == 3


def test_a_clusterer_that_cannot_predict_falls_back_to_cosine(corpus):
    texts, embeddings, _ = corpus
    model = quick(hdbscan_model=AgglomerativeClustering(3)).fit(texts, embeddings)
    topics, similarity = model.transform(None, embeddings)
    assert topics == model.topics_
    assert ((similarity > 0.9) & (similarity <= 1)).all()


def test_any_vectorizer(corpus):
    texts, embeddings, _ = corpus
    ours = quick(vectorizer_model=CountVectorizer(stop_words="english", ngram_range=(1, 2), min_df=2)).fit(
        texts, embeddings
    )
    theirs = quick(vectorizer_model=SklearnCounts(stop_words="english", ngram_range=(1, 2), min_df=2)).fit(
        texts, embeddings
    )
    assert ours.topic_representations_ == theirs.topic_representations_
    assert (
        theirs.vectorizer_model.get_feature_names_out().tolist()
        == ours.vectorizer_model.get_feature_names_out().tolist()
    )
    custom = quick(vectorizer_model=SklearnCounts(analyzer=str.split)).fit(texts, embeddings)
    assert "rocket" in custom.vectorizer_model.vocabulary_


def test_aspects_and_chains(corpus):
    texts, _, _ = corpus
    model = BERTopic(
        min_topic_size=5,
        representation_model={
            "Main": KeyBERTInspired(top_n_words=5),
            "Chain": [KeyBERTInspired(), MaximalMarginalRelevance(diversity=0.3, top_n_words=4)],
            "POS": PartOfSpeech("embedded"),
            "Words": None,
        },
    ).fit(texts)
    info = model.get_topic_info()
    assert list(info.columns) == [
        "Topic",
        "Count",
        "Name",
        "Representation",
        "Chain",
        "POS",
        "Words",
        "Representative_Docs",
    ]
    assert all(len(words) == 5 for words in info["Representation"])
    assert all(len(words) == 4 for words in info["Chain"])
    full = model.get_topic(0, full=True)
    assert list(full) == ["Main", "Chain", "POS", "Words"]
    assert {word for word, _ in full["Words"]} != {word for word, _ in full["Main"]}


def test_a_representation_model_written_for_bertopic(corpus):
    texts, embeddings, _ = corpus

    class Shout:
        def extract_topics(self, topic_model, documents, c_tf_idf, topics):
            assert list(documents.columns[:2]) == ["Document", "ID"]
            assert c_tf_idf.shape[0] == len(topics)
            assert topic_model.vectorizer_model is not None
            return {topic: [(word.upper(), weight) for word, weight in words] for topic, words in topics.items()}

    model = quick(representation_model=Shout()).fit(texts, embeddings)
    assert all(word == word.upper() for word, _ in model.get_topic(0))


def test_what_is_no_representation_model_is_named(corpus):
    with pytest.raises(InvalidInputError, match="holds a str"):
        quick(representation_model=["KeyBERT"]).fit(corpus[0], corpus[1])


def test_without_an_embedding_model_in_reach(model):
    model.embedding_model = object()
    with pytest.raises(LeitmotifError, match="object"):
        model.transform(["something new"])


# -- describing and labelling -----------------------------------------------------------------------


def test_tables(model, corpus):
    texts, _, _ = corpus
    info = model.get_topic_info()
    assert list(info.columns) == ["Topic", "Count", "Name", "Representation", "Representative_Docs"]
    assert info["Topic"].dtype == np.int64 and info["Count"].dtype == np.int64
    assert info["Count"].tolist() == [model.topics_.count(topic) for topic in info["Topic"]]
    assert info["Name"].iloc[1] == "1_" + "_".join(word for word, _ in model.get_topic(1)[:4])
    assert len(model.get_topic_info(2)) == 1 and len(model.get_topic_info(99)) == 0
    freq = model.get_topic_freq()
    assert freq["Count"].is_monotonic_decreasing
    assert model.get_topic_freq(np.int64(0)) == model.topic_sizes_[0] and model.get_topic_freq(99) == 0
    assert model.get_topic(99) is False
    assert model.get_representative_docs(99) is None
    assert all(set(docs) <= set(texts) for docs in model.get_representative_docs().values())


def test_document_info_copies_no_text(model, corpus):
    texts, _, _ = corpus
    model.set_topic_labels({0: "first"})
    info = model.get_document_info(texts)
    assert all(cell is text for cell, text in zip(info["Document"], texts, strict=True))
    plain = pd.Series(texts)  # what pandas makes of texts by itself: its str, or objects in older versions
    for name in ("Document", "Name", "CustomName", "Top_n_words"):
        assert info[name].dtype == ("str" if plain.dtype == "str" else object)
        assert info[name].str.len().sum() == sum(map(len, info[name]))
    pd.testing.assert_series_equal(info["Document"], plain, check_names=False, check_dtype=False)
    assert len(info.merge(pd.DataFrame({"Document": texts}).drop_duplicates(), on="Document")) == len(texts)
    assert pd.concat([info["Document"], plain]).dtype == plain.dtype
    first = info[info.Topic == 0]
    assert all(cell is first.Representation.iloc[0] for cell in first.Representation)


def test_document_info(model, corpus):
    texts, _, _ = corpus
    df = pd.DataFrame({"Name": range(len(texts)), "other": "x"}, index=range(100, 100 + len(texts)))
    info = model.get_document_info(texts, df=df, metadata={"n": list(range(len(texts)))})
    assert info["Document"].tolist() == texts
    assert info["Name_df"].tolist() == list(range(len(texts)))
    assert info["n"].tolist() == list(range(len(texts)))
    assert info["Top_n_words"].iloc[0] == " - ".join(word for word, _ in model.get_topic(model.topics_[0]))
    marked = info[info["Representative_document"]]
    assert sorted(marked["Document"]) == sorted(
        doc for docs in model.get_representative_docs().values() for doc in docs
    )
    with pytest.raises(InvalidInputError, match="fitted on"):
        model.get_document_info(texts[:3])


def test_labels(model, corpus):
    assert model.generate_topic_labels(nr_words=2, topic_prefix=False, word_length=3, separator=" ") == [
        " ".join(word[:3] for word, _ in model.get_topic(topic)[:2]) for topic in (0, 1, 2)
    ]
    assert "CustomName" not in model.get_topic_info()
    model.set_topic_labels({1: "Kitchen"})
    assert model.custom_labels_[1] == "Kitchen"
    assert model.custom_labels_[0] == model.topic_labels_[0]
    model.set_topic_labels({0: "Space"})
    assert model.get_topic_info()["CustomName"].tolist() == ["Space", "Kitchen", model.topic_labels_[2]]
    smallest = model.topic_sizes_.most_common()[-1][0]
    model.merge_topics(corpus[0], [0, smallest])
    assert "Kitchen" in model.custom_labels_ and "Space" in model.custom_labels_
    model.set_topic_labels(["a", "b"])
    assert model.custom_labels_ == ["a", "b"]
    for wrong in (["a"], "ab", 3):
        with pytest.raises(InvalidInputError):
            model.set_topic_labels(wrong)
    with pytest.raises(UnknownTopicError, match="7"):
        model.set_topic_labels({7: "x"})
    with pytest.raises(InvalidInputError, match="aspect"):
        model.generate_topic_labels(aspect="KeyBERT")


# -- updating ---------------------------------------------------------------------------------------


def test_update_keeps_the_vectorizer_and_the_words_of_untouched_topics(corpus):
    texts, embeddings, _ = corpus
    model = quick(vectorizer_model=CountVectorizer(stop_words="english")).fit(texts, embeddings)
    before = model.get_topics()
    moved = [1 if topic == 2 else topic for topic in model.topics_]
    vectorizer = model.vectorizer_model
    model.update_topics(texts, topics=moved)
    assert model.vectorizer_model is vectorizer
    assert model.topics_ == moved
    assert model.get_topic(0) == before[0] and model.get_topic(1) != before[1]
    assert not {"the", "today"} & {word for word, _ in model.get_topic(1)} - {"today"}
    expected = embeddings[np.array(moved) == 1].astype(float).mean(axis=0)
    np.testing.assert_allclose(model.topic_embeddings_[1], expected, rtol=1e-5)
    assert model.transform(texts)[0] == moved


def test_update_with_other_components(model, corpus):
    texts, _, _ = corpus
    model.update_topics(texts, n_gram_range=(2, 2), top_n_words=3)
    assert all(len(words) <= 3 for words in model.get_topics().values()), "as many as there are phrases"
    assert all(word.count(" ") == 1 for words in model.get_topics().values() for word, _ in words)
    model.update_topics(texts, vectorizer_model=CountVectorizer(stop_words=["the"]))
    assert "the" not in model.vectorizer_model.vocabulary_
    assert all(len(words) == 3 for words in model.get_topics().values()), "what is not given stays"


def test_outliers_gone_leave_every_lookup_right(corpus):
    texts, embeddings, targets = corpus

    class SomeOutliers:
        def fit(self, X, y=None):
            self.labels_ = np.where(np.arange(len(X)) % 5 == 0, -1, targets)
            return self

    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=SomeOutliers()).fit(texts, embeddings)
    assert model.get_topic_info()["Topic"].tolist() == [-1, 0, 1, 2]
    topics = model.reduce_outliers(texts, model.topics_, strategy="embeddings", embeddings=embeddings)
    assert -1 not in topics and all(isinstance(topic, int) for topic in topics)
    model.update_topics(texts, topics=topics)
    assert model.topic_embeddings_.shape[0] == 3
    for topic in range(3):
        centre = embeddings[np.array(topics) == topic].mean(axis=0)
        assert model.transform(None, centre[None])[0] == [topic]


# -- a citizen of scikit-learn ----------------------------------------------------------------------


def test_parameters():
    model = BERTopic(min_topic_size=7, hdbscan_model=KMeans(4))
    assert model.get_params()["min_topic_size"] == 7
    assert model.get_params(deep=True)["hdbscan_model__n_clusters"] == 4
    model.set_params(hdbscan_model__n_clusters=5, nr_topics="auto")
    assert model.hdbscan_model.n_clusters == 5 and model.nr_topics == "auto"
    with pytest.raises(InvalidInputError, match="no parameter 'wrong'"):
        model.set_params(wrong=1)
    copied = clone(model)
    assert copied.get_params()["min_topic_size"] == 7
    assert copied.hdbscan_model is not model.hdbscan_model
    assert "KMeans(...)" in repr(model)


def test_notebooks_show_a_table_with_every_text_escaped(corpus):
    texts, embeddings, _ = corpus
    assert "<table>" not in quick()._repr_html_()
    marked = [f"{text} <b>&lt" for text in texts]
    model = quick(vectorizer_model=SklearnCounts(token_pattern=r"\S+")).fit(marked, embeddings)
    shown = model._repr_html_()
    assert "&lt;b&gt;&amp;lt" in shown and "<b>&lt" not in shown
    assert shown.count("<tr>") == 4


def test_default_parts_follow_the_parameters():
    model = BERTopic(min_topic_size=7, n_gram_range=(1, 2))
    assert model.hdbscan_model.min_cluster_size == 7
    assert model.vectorizer_model.ngram_range == (1, 2)
    assert model.umap_model.n_neighbors == 15 and model.umap_model.random_state == 42
    model.set_params(min_topic_size=9)
    assert model.hdbscan_model.min_cluster_size == 9
    assert model.verbose is False
    model.verbose = True
    assert model.verbose is True


def test_copies_and_pickles_of_a_model_answer_alike(model, corpus):
    _, embeddings, _ = corpus
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.topics_ == model.topics_
        assert other.transform(["new"], embeddings[:1])[0] == model.transform(["new"], embeddings[:1])[0]


# -- files ------------------------------------------------------------------------------------------


def test_a_saved_model_answers_as_before(corpus, tmp_path):
    texts, _, _ = corpus
    model = BERTopic(min_topic_size=5, representation_model={"MMR": MaximalMarginalRelevance()}).fit(texts)
    model.set_topic_labels({0: "Zero"})
    model.save(tmp_path / "model", save_ctfidf=True)
    loaded = BERTopic.load(tmp_path / "model")
    assert loaded.topics_ == model.topics_
    assert loaded.get_topics(full=True) == model.get_topics(full=True)
    assert loaded.get_topic_info().equals(model.get_topic_info())
    assert loaded.topic_mapper_ == model.topic_mapper_
    assert (loaded.c_tf_idf_ != model.c_tf_idf_).nnz == 0
    new = ["a rocket to the moon", "bread and butter", *texts[:10]]
    topics, probabilities = model.transform(new)
    again, same = loaded.transform(new)
    assert again == topics
    np.testing.assert_array_equal(same, probabilities)
    assert loaded.find_topics("moon") == model.find_topics("moon")


def test_an_embedder_that_is_not_in_the_file_is_missed_not_replaced(corpus, tmp_path):
    texts, _, _ = corpus

    class Own:
        def encode(self, documents, **options):
            return np.array([[len(text), text.count("o"), text.count("e")] for text in documents], dtype=np.float32)

    model = quick(embedding_model=Own()).fit(texts)
    model.save(tmp_path / "first")
    loaded = BERTopic.load(tmp_path / "first")
    assert loaded.transform(texts)[0] == model.topics_, "training documents need no embedding"
    loaded.save(tmp_path / "second")
    for other in (loaded, BERTopic.load(tmp_path / "second")):
        with pytest.raises(MissingComponentError, match="Own"):
            other.transform(["something new"])
        with pytest.raises(MissingComponentError, match="pass embedding_model="):
            other.find_topics("moon")
    again = BERTopic.load(tmp_path / "second", embedding_model=Own())
    assert again.transform(["something new"])[0] == model.transform(["something new"])[0]


def test_a_pickle_needs_to_be_allowed_in_words(model, tmp_path):
    with pytest.raises(LeitmotifError, match="allow_pickle"):
        model.save(tmp_path / "model.pkl", serialization="pickle")
    model.save(tmp_path / "model.pkl", serialization="pickle", allow_pickle=True)
    with pytest.raises(LeitmotifError, match="allow_pickle"):
        BERTopic.load(tmp_path / "model.pkl")
    assert BERTopic.load(tmp_path / "model.pkl", allow_pickle=True).topics_ == model.topics_
    with pytest.raises(InvalidInputError, match="serialization"):
        model.save(tmp_path / "other", serialization="json")


def test_merged_models(corpus):
    texts, embeddings, _ = corpus
    half = len(texts) // 2
    first, second = quick().fit(texts[:half], embeddings[:half]), quick().fit(texts[half:], embeddings[half:])
    merged = BERTopic.merge_models([first, second], min_similarity=0.7)
    assert merged.get_topic_info()["Count"].sum() == len(texts)
    assert len(merged.get_topic_info()) == 3
    assert merged.transform(None, embeddings[:5])[0] == merged.topics_[:5]


def test_missing_embedder_is_an_error_with_advice(corpus):
    from dataclasses import replace

    from leitmotif.operations import transform
    from leitmotif.protocols import Snapshot

    model = quick().fit(corpus[0], corpus[1])
    lacking = Snapshot(state=model.state, components=replace(model.components, embedder=None))
    with pytest.raises(MissingComponentError, match="embedding_model="):
        transform(lacking, ["new"])
