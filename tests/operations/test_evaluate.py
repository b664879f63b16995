"""Numbers about a model, against the same numbers by hand and scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from sklearn import metrics

from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.operations.agreement import agreement
from leitmotif.operations.evaluate import coherence, diversity, evaluate, word_embedding_coherence
from leitmotif.protocols import Snapshot


def npmi_by_hand(words, texts):
    sets, values = [set(text.split()) for text in texts], []
    for a, b in permutations(words, 2):
        p_a, p_b, p_ab = (np.mean([need <= found for found in sets]) for need in ({a}, {b}, {a, b}))
        values.append(np.log((p_ab + 1e-12) / (p_a * p_b)) / -np.log(p_ab + 1e-12))
    return np.mean(values)


def test_from_the_counts(fitted, documents):
    result = evaluate(fitted, labels=["a", "b"] * 30, top_n=5)
    words = [[word for word, _ in fitted.state.words[topic][:5]] for topic in range(4)]
    assert result.per_topic["npmi"] == pytest.approx([npmi_by_hand(own, documents) for own in words])
    assert result.overall["npmi"] == pytest.approx(np.mean(result.per_topic["npmi"]))
    assert result.overall["diversity"] == len({word for own in words for word in own}) / 20
    assert result.overall["outlier_fraction"] == pytest.approx(10 / 60)
    assert result.overall["ami"] == pytest.approx(
        metrics.adjusted_mutual_info_score(["a", "b"] * 30, fitted.state.topics)
    )
    frame = result.to_frame()
    assert frame.Topic.tolist() == [0, 1, 2, 3]
    assert frame.Count.tolist() == [18, 14, 10, 8]


def test_whole_documents_as_windows(fitted, documents):
    words = [[word for word, _ in fitted.state.words[topic][:5]] for topic in range(4)]
    for measure in ("npmi", "u_mass"):
        from_counts = evaluate(fitted, measures=[measure], top_n=5).per_topic[measure]
        assert coherence(words, documents, measure, top_n=5) == pytest.approx(from_counts)
        tokens = [text.split() for text in documents]
        assert coherence(words, tokens, measure, top_n=5) == pytest.approx(from_counts)


def test_windows_read_the_texts(fitted, documents):
    result = evaluate(fitted, measures=["c_npmi", "c_v"])
    words = [[word for word, _ in fitted.state.words[topic]] for topic in range(4)]
    for measure in ("c_npmi", "c_v"):
        assert result.per_topic[measure] == pytest.approx(coherence(words, documents, measure))
    bare = Snapshot(state=replace(fitted.state, documents=None), components=fitted.components)
    assert evaluate(bare, documents, measures=["c_v"]).per_topic["c_v"] == pytest.approx(result.per_topic["c_v"])
    with pytest.raises(InvalidInputError, match="pass docs"):
        evaluate(bare, measures=["c_v"])


def test_agreement():
    same = {"ami": 1, "ari": 1, "v_measure": 1, "fmi": 1, "purity": 1, "n_labels": 2, "topic_count_error": 0}
    assert agreement([0, 0, 1, 1], ["x", "x", "y", "y"]) == pytest.approx(same)
    found = agreement([0, 0, 0, 1, -1], ["x", "x", "y", "y", "y"])
    assert found["purity"] == pytest.approx(4 / 5)  # 2 of topic 0, 1 of topic 1, and the outlier as a topic of its own
    # Pairs that are together in both, in topics, in labels: 1, 3, 4
    assert found["fmi"] == pytest.approx(1 / np.sqrt(3 * 4))
    assert found["v_measure"] == pytest.approx(metrics.v_measure_score(["x", "x", "y", "y", "y"], [0, 0, 0, 1, -1]))
    assert found["topic_count_error"] == 0  # -1 is no topic
    assert agreement([0, 1, 2, 3, 4], ["x", "x", "x", "x", "y"])["topic_count_error"] == 1.5


def test_purity_and_distinct_words_of_each_topic(fitted):
    state = fitted.state
    labels = np.where(state.topics == 2, "two", "other")
    labels[np.flatnonzero(state.topics == 1)[:4]] = "two"
    result = evaluate(fitted, labels=labels, top_n=5)
    assert result.per_topic["purity"] == pytest.approx([1, 10 / 14, 1, 1])
    words = [[word for word, _ in state.words[topic][:5]] for topic in range(4)]
    others = [{word for j in range(4) if j != i for word in words[j]} for i in range(4)]
    assert result.per_topic["distinct"] == pytest.approx(
        [len(set(own) - other) / 5 for own, other in zip(words, others, strict=True)]
    )


def test_texts_instead_of_the_counts_of_the_fit(fitted, documents):
    bare = Snapshot(state=replace(fitted.state, document_terms=None), components=fitted.components)
    both = ("npmi", "u_mass")
    expected, found = evaluate(fitted, measures=both), evaluate(bare, documents, measures=both)
    for measure in both:
        assert found.per_topic[measure] == pytest.approx(expected.per_topic[measure])


def test_words_of_several_words():
    texts = ["red wine and bread", "red wine", "wine red", "bread"]
    # P(red wine) = P(bread) = 2/4, together 1/4: independent
    assert coherence([["red wine", "bread"]], texts, "npmi") == pytest.approx([0], abs=1e-9)
    # "wine red" stands once, always with "red" (3/4): log((1/4) / (1/4 · 3/4)) / -log(1/4)
    assert coherence([["wine red", "red"]], texts, "npmi") == pytest.approx([np.log(4 / 3) / np.log(4)])


def test_word_embeddings(fitted):
    rng = np.random.default_rng(0)
    words = [word for topic in range(4) for word, _ in fitted.state.words[topic][:5]]
    vectors = {word: rng.normal(size=4) for word in words}
    vectors[words[0]] = np.zeros(4)  # no direction: left out
    del vectors[words[5]]  # unknown: left out
    own = [[w for w, _ in fitted.state.words[topic][:5] if w in vectors and vectors[w].any()] for topic in range(4)]
    expected = [
        np.mean([metrics.pairwise.cosine_similarity([vectors[a]], [vectors[b]])[0, 0] for a, b in permutations(o, 2)])
        for o in own
    ]
    assert word_embedding_coherence(
        [[w for w, _ in fitted.state.words[topic]] for topic in range(4)], vectors, 5
    ) == pytest.approx(expected)
    given = evaluate(fitted, measures=["word_embedding"], top_n=5, word_vectors=vectors)
    assert given.overall["word_embedding"] == pytest.approx(np.mean(expected))
    own_embedder = evaluate(fitted, measures=["word_embedding"], top_n=5).per_topic["word_embedding"]
    assert (own_embedder > 0.8).all()  # the embedder of these tests puts a topic's words close together
    assert np.isnan(word_embedding_coherence([["one"]], {"one": [1.0]})).all()
    bare = Snapshot(state=fitted.state, components=replace(fitted.components, embedder=None))
    with pytest.raises(InvalidInputError, match="pass word_vectors"):
        evaluate(bare, measures=["word_embedding"])
    with pytest.raises(InvalidInputError, match="got int"):
        evaluate(fitted, measures=["word_embedding"], word_vectors=3)


def test_diversity():
    assert diversity([["a", "b"], ["b", "c"]]) == 3 / 4
    assert diversity([["a", "b"], ["b", "a"]], top_n=1) == 1


def test_bad_input(fitted):
    with pytest.raises(InvalidInputError, match=r"'c_npmi'.*got 'c_x'"):
        evaluate(fitted, measures=["c_x"])
    with pytest.raises(InvalidInputError, match="59 values for 60"):
        evaluate(fitted, labels=[1] * 59)
    bare = Snapshot(state=replace(fitted.state, document_terms=None), components=fitted.components)
    with pytest.raises(MissingComponentError, match="counts"):
        evaluate(bare)
