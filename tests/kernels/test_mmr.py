"""Maximal marginal relevance against the formula, written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.mmr import mmr, mmr_order
from leitmotif.representation._mmr import mmr as as_in_bertopic


def naive_order(relevance: list[float], similarity: list[list[float]], diversity: float, top_n: int) -> list[int]:
    chosen = [max(range(len(relevance)), key=lambda i: (relevance[i], -i))]
    while len(chosen) < min(top_n, len(relevance)):
        rest = [i for i in range(len(relevance)) if i not in chosen]
        worth = {i: (1 - diversity) * relevance[i] - diversity * max(similarity[i][j] for j in chosen) for i in rest}
        chosen.append(max(rest, key=lambda i: (worth[i], -i)))
    return chosen


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 15), st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_order_is_the_formula(seed: int, n: int, top_n: int, diversity: float) -> None:
    rng = np.random.default_rng(seed)
    relevance = rng.integers(-4, 5, n) / 4  # quarters: many ties
    similarity = rng.integers(-4, 5, (n, n)) / 4
    similarity = np.maximum(similarity, similarity.T)
    expected = naive_order(relevance.tolist(), similarity.tolist(), diversity, top_n)
    assert mmr_order(relevance, similarity, diversity, top_n).tolist() == expected
    assert mmr_order(relevance, lambda i: similarity[i], diversity, top_n).tolist() == expected


def test_words_are_chosen_for_nearness_then_for_difference() -> None:
    document = np.array([1.0, 0.2])
    vectors = np.array([[1.0, 0.21], [1.0, 0.3], [0.2, 1.0]])
    assert mmr(document, vectors, ["cat", "cats", "law"], diversity=0.0, top_n=2) == ["cat", "cats"]
    assert mmr(document[None], vectors, ["cat", "cats", "law"], diversity=0.7, top_n=2) == ["cat", "law"]


def test_bertopics_signature_and_more_words_asked_than_there_are() -> None:
    assert as_in_bertopic(np.ones((1, 3)), np.eye(3), ["a", "b", "c"], 0.5, 10) == ["a", "b", "c"]
    assert as_in_bertopic(doc_embedding=np.ones(3), word_embeddings=np.zeros((0, 3)), words=[]) == []


@pytest.mark.parametrize("top_n", [0, -1])
def test_nothing_asked(top_n: int) -> None:
    assert mmr_order(np.ones(3), np.eye(3), 0.1, top_n).tolist() == []
