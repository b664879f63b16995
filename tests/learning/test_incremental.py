from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import IncrementalPCA

from leitmotif import BERTopic
from leitmotif.errors import InvalidInputError
from leitmotif.learning import partial_fit
from leitmotif.representation import MaximalMarginalRelevance
from leitmotif.vectorizers import CountVectorizer, OnlineCountVectorizer


class Fixed:
    """A clusterer that knows the subject of each point from the position of its largest value."""

    def partial_fit(self, X):
        self.labels_ = X[:, :3].argmax(axis=1)
        return self


class Unchanged:
    def fit(self, X):
        return self

    def transform(self, X):
        return X


@pytest.fixture
def online(components):
    return replace(
        components, reducer=Unchanged(), clusterer=Fixed(), vectorizer=OnlineCountVectorizer(stop_words="english")
    )


def batches(corpus, n):
    texts, embeddings, targets = corpus
    for rows in np.array_split(np.arange(len(texts)), n):
        yield [texts[i] for i in rows], embeddings[rows], targets[rows]


def test_sizes_counts_and_embeddings_of_all_batches(corpus, online):
    texts, embeddings, targets = corpus
    state = None
    for docs, vectors, labels in batches(corpus, 4):
        state = partial_fit(state, docs, vectors, online)
        assert state.topics.tolist() == labels.tolist()
    assert state.sizes.tolist() == np.bincount(targets).tolist()
    for topic in range(3):
        np.testing.assert_allclose(state.topic_embeddings[topic], embeddings[targets == topic].mean(axis=0), rtol=1e-4)
    whole = CountVectorizer(stop_words="english").fit(texts)
    expected = whole.transform([" ".join(t for t, y in zip(texts, targets, strict=True) if y == k) for k in range(3)])
    found = dict(zip(state.vocabulary.terms, np.asarray(online.vectorizer.X_.sum(axis=0)).ravel(), strict=True))
    assert found == dict(zip(whole.get_feature_names_out(), np.asarray(expected.sum(axis=0)).ravel(), strict=True))


def test_typical_documents_and_aspects_outlive_their_batch(corpus, online):
    online = replace(online, aspects={"MMR": (MaximalMarginalRelevance(),)})
    first, second = batches(corpus, 2)
    state = partial_fit(None, first[0], first[1], online)
    only_space = second[2] == 0
    docs = [text for text, keep in zip(second[0], only_space, strict=True) if keep]
    after = partial_fit(state, docs, second[1][only_space], online)
    assert after.representative_docs[1] and set(after.representative_docs[1]) <= set(first[0])
    assert set(after.aspects["MMR"]) == {0, 1, 2}
    assert all(after.words[topic][0][1] > 0 for topic in (0, 1, 2))


def test_a_topic_that_comes_late_with_a_low_id_gets_its_own_counts(corpus, online):
    texts, embeddings, targets = corpus
    late = targets == 0
    others, rest = (
        [t for t, y in zip(texts, late, strict=True) if not y],
        [t for t, y in zip(texts, late, strict=True) if y],
    )
    state = partial_fit(None, others, embeddings[~late], online)
    assert state.topic_ids.tolist() == [1, 2]
    state = partial_fit(state, rest, embeddings[late], online)
    assert state.topic_ids.tolist() == [0, 1, 2]
    assert {word for word, _ in state.words[0][:5]} <= set(
        "rocket orbit moon launch satellite astronaut gravity mission planet telescope".split()
    )


def test_decay_forgets_gently(corpus, online):
    online = replace(online, vectorizer=OnlineCountVectorizer(decay=0.1))
    total = 0.0
    state = None
    for docs, vectors, _ in batches(corpus, 3):
        state = partial_fit(state, docs, vectors, online)
        total = total * 0.9 + sum(len(text.split()) for text in docs)
        assert online.vectorizer.X_.sum() == pytest.approx(total)


def test_scikit_learns_online_components(corpus, online):
    online = replace(online, reducer=IncrementalPCA(3), clusterer=MiniBatchKMeans(3, random_state=0, n_init=1))
    state = None
    for docs, vectors, _ in batches(corpus, 3):
        state = partial_fit(state, docs, vectors, online)
    assert state.sizes.sum() == len(corpus[0])


def test_components_that_cannot_learn_in_batches_are_named(corpus, online):
    texts, embeddings, _ = corpus
    with pytest.raises(InvalidInputError, match="KMeans cannot learn in batches"):
        partial_fit(None, texts, embeddings, replace(online, clusterer=KMeans(3)))
    with pytest.raises(InvalidInputError, match="OnlineCountVectorizer"):
        partial_fit(None, texts, embeddings, replace(online, vectorizer=CountVectorizer()))


# -- edits of topics that came in batches ---------------------------------------------------------


@pytest.fixture
def streamed(corpus):
    """A model of four batches, the last without topic 2, and the topics of all documents."""
    texts, embeddings, targets = corpus
    order = np.concatenate([np.flatnonzero(targets == 2), np.flatnonzero(targets != 2)])
    model = BERTopic(
        umap_model=Unchanged(), hdbscan_model=Fixed(), vectorizer_model=OnlineCountVectorizer(stop_words="english")
    )
    for rows in np.array_split(order, 4):
        model.partial_fit([texts[i] for i in rows], embeddings[rows])
    assert 2 not in model.topics_
    return model, [texts[i] for i in order], embeddings[order], targets[order]


def weights_by_hand(texts, topics):
    """C-TF-IDF of topics, ascending by id, from texts joined by hand."""
    vectorizer = CountVectorizer(stop_words="english")
    counts = vectorizer.fit_transform(
        [" ".join(text for text, own in zip(texts, topics, strict=True) if own == topic) for topic in np.unique(topics)]
    ).toarray()
    idf = np.log(1 + int(counts.sum(axis=1).mean()) / counts.sum(axis=0))
    return vectorizer.get_feature_names_out(), counts / counts.sum(axis=1, keepdims=True) * idf


@pytest.mark.parametrize("collected", [False, True])
@pytest.mark.parametrize("edit", ["merge", "reduce", "delete"])
def test_edits_count_all_batches(streamed, edit, collected):
    model, texts, embeddings, targets = streamed
    if collected:
        model.topics_ = targets.tolist()
    words_before = model.get_topic(0)
    if edit == "merge":
        model.merge_topics(texts[-5:], [1, 2])
        became = {0: 0, 1: 1, 2: 1}
    elif edit == "reduce":
        model.reduce_topics(texts, nr_topics=2)
        became = {old: int(row[-1]) for old, row in enumerate(model.topic_mapper_.mappings_)}
    else:
        model.delete_topics([2])
        became = {0: 0, 1: 1, 2: -1}
    sizes = {new: sum(int((targets == old).sum()) for old in became if became[old] == new) for new in became.values()}
    inner = sorted((size for topic, size in sizes.items() if topic >= 0), reverse=True)
    assert [model.topic_sizes_[topic] for topic in sorted(model.topic_sizes_) if topic >= 0] == inner
    final = {int(row[0]): int(row[-1]) for row in model.topic_mapper_.mappings_}
    topics = np.array([final[target] for target in targets.tolist()])
    assert model.topics_ == topics[-len(model.topics_) :].tolist()
    terms, expected = weights_by_hand(texts, topics)
    own = model.vectorizer_model.get_feature_names_out()
    np.testing.assert_allclose(model.c_tf_idf_.toarray()[:, np.argsort(own)], expected, atol=1e-12)
    assert sorted(own) == terms.tolist()
    for row, topic in enumerate(np.unique(topics)):
        mean = embeddings[topics == topic].mean(axis=0)
        np.testing.assert_allclose(model.topic_embeddings_[row], mean, rtol=1e-4, atol=1e-5)
        assert model.get_representative_docs(topic) and set(model.get_representative_docs(topic)) <= set(texts)
    if edit == "merge":  # untouched: its words stay
        assert model.get_topic(final[0]) == words_before


def test_batches_go_on_after_an_edit_and_edits_can_be_taken_back(streamed):
    model, texts, embeddings, targets = streamed
    before, sizes = model.get_topics(), dict(model.topic_sizes_)
    model.merge_topics(texts, [1, 2])
    model.undo()
    assert model.get_topics() == before and model.topic_sizes_ == sizes
    model.redo()
    final = {int(row[0]): int(row[-1]) for row in model.topic_mapper_.mappings_}
    model.partial_fit(texts, embeddings)
    topics = [final[target] for target in targets.tolist()]
    assert model.topics_ == topics
    assert model.topic_sizes_ == {topic: 2 * topics.count(topic) for topic in set(topics)}
    _, expected = weights_by_hand(texts * 2, topics * 2)
    own = model.vectorizer_model.get_feature_names_out()
    np.testing.assert_allclose(model.c_tf_idf_.toarray()[:, np.argsort(own)], expected, atol=1e-12)


def test_words_are_made_anew_from_all_batches(streamed):
    model, texts, _, targets = streamed
    weights = model.c_tf_idf_.toarray()
    model.update_topics(texts[-len(model.topics_) :], representation_model=MaximalMarginalRelevance(top_n_words=4))
    assert set(model.get_topics()) == {0, 1, 2} and all(len(words) == 4 for words in model.get_topics().values())
    np.testing.assert_array_equal(model.c_tf_idf_.toarray(), weights)
    assert sum(model.topic_sizes_.values()) == len(texts)
    with pytest.raises(InvalidInputError, match=f"{len(texts)} documents in all"):
        model.update_topics(texts[-len(model.topics_) :], vectorizer_model=CountVectorizer())
    model.topics_ = targets.tolist()
    model.update_topics(texts, top_n_words=3)
    assert sum(model.topic_sizes_.values()) == len(texts)
    np.testing.assert_array_equal(model.c_tf_idf_.toarray(), weights)
    model.update_topics(texts, vectorizer_model=CountVectorizer())
    terms, _ = weights_by_hand(texts, targets)
    columns = np.isin(model.vectorizer_model.get_feature_names_out(), terms)
    assert columns.sum() == len(terms) < len(columns)


def test_analyses_of_all_batches(streamed):
    model, texts, _, targets = streamed
    halves = (np.arange(len(texts)) >= len(texts) // 2).astype(int)
    frame = model.topics_over_time(texts, halves, topics=targets, global_tuning=False, evolution_tuning=False)
    expected = {
        (half, topic): int(((halves == half) & (targets == topic)).sum()) for half in (0, 1) for topic in (0, 1, 2)
    }
    found = {(row.Timestamp, row.Topic): row.Frequency for row in frame.itertuples()}
    assert found == {cell: count for cell, count in expected.items() if count}
