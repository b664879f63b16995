"""The default words: none that all topics have, no two of the same, no junk; and how a model uses them."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_matrix

from leitmotif import BERTopic
from leitmotif.backend import BaseEmbedder
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.evaluate import diversity
from leitmotif.representation import MaximalMarginalRelevance, TopicWords
from leitmotif.representation.topicwords import _distinct
from leitmotif.vectorizers import ClassTfidfTransformer, CountVectorizer

RNG = np.random.default_rng(5)
THEMES = {
    0: "quantum qubit qubits entanglement circuit gate error correction noise".split(),
    1: "galaxy galaxies star stars redshift telescope dust halo survey".split(),
    2: "protein proteins folding binding enzyme ligand molecule assay cell".split(),
}
COMMON = "model paper shows data approach".split()
TOPICS = [topic for topic in THEMES for _ in range(40)]
DOCS = [
    " ".join(["we show the", *RNG.choice(THEMES[topic], 5), "of a", *RNG.choice(COMMON, 3), f"junk{i}"])
    for i, topic in enumerate(TOPICS)
]


class Nothing(BaseEmbedder):
    def embed(self, documents, verbose=False):
        return np.ones((len(documents), 2), dtype=np.float32)


def fitted(**parameters) -> BERTopic:
    parts = {"umap_model": BaseDimensionalityReduction(), "hdbscan_model": BaseCluster(), "embedding_model": Nothing()}
    model = BERTopic(**parts | parameters)
    model.fit(DOCS, y=TOPICS)
    return model


def shown(model, topic=0):
    return [word for word, _ in model.get_topic(topic) if word]


def test_words_are_the_themes_and_no_two_forms_of_one() -> None:
    model = fitted(top_n_words=6)
    for topic in THEMES:
        words = shown(model, topic)
        theme = next(set(own) for own in THEMES.values() if words[0] in own)
        assert set(words) <= theme and len(words) == 6
        assert not {"qubit", "qubits"} <= set(words) and not {"galaxy", "galaxies"} <= set(words)
    assert diversity([shown(model, topic) for topic in THEMES]) == 1
    assert model.get_topic_info().Name[0] == "_".join(["0", *shown(model)[:4]])
    weights = [weight for _, weight in model.get_topic(0)]
    assert weights == sorted(weights, reverse=True) and min(weights) > 0


def test_bertopics_words_wherever_a_part_of_them_is_given() -> None:
    plain = fitted(vectorizer_model=CountVectorizer())
    weights = plain.c_tf_idf_[0].toarray().ravel()
    terms = plain.vectorizer_model.get_feature_names_out()
    assert [word for word, _ in plain.get_topic(0)] == terms[np.argsort(-weights, kind="stable")[:10]].tolist()
    assert fitted(compat="bertopic").get_topics() == plain.get_topics()
    given = fitted(ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True))
    best = given.c_tf_idf_[0].toarray().ravel().max()
    assert given.get_topic(0)[0][1] == pytest.approx(best)
    mmr = fitted(representation_model=MaximalMarginalRelevance())
    assert len(mmr.components.main) == 1 and isinstance(mmr.components.main[0], MaximalMarginalRelevance)
    # aspects stand beside our words
    both = fitted(representation_model={"MMR": MaximalMarginalRelevance()})
    assert shown(both) == shown(fitted())
    # and ours may be asked for with one's own counts
    own = fitted(vectorizer_model=CountVectorizer(), representation_model=TopicWords(top_n_words=4))
    assert len(own.get_topic(1)) == 4 and not {"the", "we"} & set(shown(own, 1))


def test_words_do_not_depend_on_what_else_is_described() -> None:
    model = fitted()
    before = {topic: model.get_topic(topic) for topic in THEMES}
    model.update_topics(DOCS)
    assert {topic: model.get_topic(topic) for topic in THEMES} == before
    model.merge_topics(DOCS, [1, 2])
    kept = [topic for topic in model.get_topics() if model.get_topic(topic) in before.values()]
    assert len(kept) == 1  # the third topic's words are still the same


def test_updates_exchange_the_words_and_bring_them_back(tmp_path) -> None:
    model = fitted()
    ours = model.get_topics()
    model.update_topics(DOCS, vectorizer_model=CountVectorizer())
    assert {"the", "we"} & set(shown(model))
    model.update_topics(DOCS)
    assert model.get_topics() == ours
    model.save(tmp_path / "model", include_docs="all")
    loaded = BERTopic.load(tmp_path / "model", embedding_model=Nothing())
    assert loaded.get_topics() == ours and loaded.representation_model is None
    loaded.update_topics(DOCS)
    assert loaded.get_topics() == ours


def test_words_over_time_know_no_stop_words() -> None:
    frame = fitted().topics_over_time(DOCS, [i % 4 for i in range(len(DOCS))])
    words = {word for row in frame.Words for word in row.split(", ")}
    assert not words & {"we", "show", "the", "of"}


def test_a_topic_without_words_and_a_single_topic() -> None:
    assert fitted().get_topics()[0]
    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster(), embedding_model=Nothing())
    model.fit(["12 34", "56", "78 the"], y=[0, 0, 0])
    assert model.get_topic(0) == [("", 1e-05)] * 10
    model.fit(["red apple", "red apple pie", "green apple"], y=[0, 0, 0])
    assert shown(model)[0] == "apple"


def distinct(counts: dict[str, int], together: list[tuple[int, tuple[str, ...]]]) -> list[str]:
    """Candidates that are left, of terms with so many documents in the topic; ``together``: documents with the same terms."""
    names = list(counts)
    rows = [[names.index(term) for term in terms] for times, terms in together for _ in range(times)]
    for term, number in counts.items():
        rows += [[names.index(term)]] * (number - sum(names.index(term) in row for row in rows))
    present = csr_matrix(
        (np.ones(sum(map(len, rows))), np.concatenate(rows), np.cumsum([0, *map(len, rows)])),
        shape=(len(rows), len(names)),
    )
    assert np.asarray(present.sum(axis=0)).ravel().tolist() == list(counts.values())
    frequency = csr_matrix(np.array([list(counts.values())]))
    columns = np.arange(len(names))
    scores = np.arange(len(names), 0, -1).astype(float)
    left = _distinct(columns, scores, np.array(names, dtype=object), frequency, csc_matrix(present))
    return [names[column] for column in left if column >= 0]


def test_of_overlapping_phrases_one_is_left_the_longest_that_covers_most() -> None:
    three = ("large language", "language models", "large language models")
    counts = {"large language": 62, "language models": 70, "large language models": 60, "tokens": 30}
    assert distinct(counts, [(60, three)]) == ["large language models", "tokens"]
    # Most of "language models" stands elsewhere: it stays, and the fragment goes with the phrase that it is of.
    counts = {"large language": 62, "language models": 150, "large language models": 60}
    assert distinct(counts, [(60, three)]) == ["language models"]


def test_phrases_that_overlap_at_their_ends() -> None:
    counts = {"large language": 62, "language models": 70}
    assert distinct(counts, [(60, ("large language", "language models"))]) == ["language models"]
    assert distinct(counts, [(10, ("large language", "language models"))]) == ["large language", "language models"]
    chain = ("large language", "language models", "models llms")
    counts = {"large language": 62, "language models": 70, "models llms": 40}
    assert distinct(counts, [(38, chain), (20, chain[:2])]) == ["language models"]
    counts = {"graph neural": 40, "neural networks deep": 45}
    assert distinct(counts, [(35, ("graph neural", "neural networks deep"))]) == ["neural networks deep"]


def test_a_word_gives_way_to_a_phrase_that_most_of_its_documents_have() -> None:
    assert distinct({"bottom": 12, "rock bottom": 9}, [(9, ("bottom", "rock bottom"))]) == ["rock bottom"]
    assert distinct({"bottom": 90, "rock bottom": 9}, [(9, ("bottom", "rock bottom"))]) == ["bottom"]
