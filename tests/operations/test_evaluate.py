"""Numbers about a model, against the same numbers by hand and scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from sklearn import metrics

from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.operations.evaluate import agreement, coherence, diversity, evaluate
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
    assert agreement([0, 0, 1, 1], ["x", "x", "y", "y"]) == pytest.approx(
        {"ami": 1, "ari": 1, "v_measure": 1, "fmi": 1, "purity": 1}
    )
    assert agreement([0, 0, 0, 1], ["x", "x", "y", "y"])["purity"] == pytest.approx(3 / 4)


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
