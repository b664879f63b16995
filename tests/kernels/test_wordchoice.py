"""Co-occurrence of candidate words, their relevance, and the choice, against formulas written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_matrix, csr_matrix

from leitmotif.kernels import wordchoice
from leitmotif.kernels.coherence import in_documents, npmi
from leitmotif.kernels.wordchoice import choose, pair_counts, pair_npmi, relevance


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_pair_counts_are_those_of_a_dense_product(n_documents, n_terms, n_sets, seed) -> None:
    rng = np.random.default_rng(seed)
    present = rng.random((n_documents, n_terms)) < 0.3
    sets = np.array([rng.permutation(np.r_[np.arange(n_terms), [-1] * 4])[:6] for _ in range(n_sets)])
    counts = pair_counts(csc_matrix(present), sets)
    for row, chosen in enumerate(sets):
        block = np.where(chosen[None, :] >= 0, present[:, chosen], False).astype(int)
        assert counts[row].tolist() == (block.T @ block).tolist()


def test_pair_npmi_is_that_of_the_evaluation() -> None:
    rng = np.random.default_rng(0)
    present = csr_matrix((rng.random((200, 6)) < 0.3).astype(np.int32))
    words = np.arange(6)[None]
    values = pair_npmi(pair_counts(present.tocsc(), words), 200)[0]
    theirs = npmi(in_documents(present, words))[0]  # Gensim's formula
    assert values[~np.eye(6, dtype=bool)].mean() == pytest.approx(theirs, abs=1e-9)


def test_words_that_never_meet_and_words_of_every_document() -> None:
    present = csc_matrix(np.array([[1, 0, 1], [1, 0, 1], [0, 1, 1]]))
    values = pair_npmi(pair_counts(present, np.array([[0, 1, 2]])), 3)[0]
    assert values[0, 1] == wordchoice.NEVER and values[0, 2] == pytest.approx(0)


def test_relevance_by_hand() -> None:
    weights = csr_matrix(np.array([[0.5, 0.2], [0.0, 0.3]]))
    seen = csr_matrix(np.array([[20, 10], [0, 10]]))
    a, n = wordchoice.PRIOR, 60

    def lift(k: int, size: int, total: int) -> float:
        return math.log((k + a) / (size * total / n + a)) / math.log(n / k + 1)

    found = relevance(weights, seen, np.array([40, 20])).toarray()
    assert found[0, 0] == pytest.approx(0.5 * lift(20, 40, 20))
    # the second word is rarer in the first topic than elsewhere, and all of it belongs to the second
    assert found[0, 1] == 0 and found[1, 1] == pytest.approx(0.3 * lift(10, 20, 20))


def test_a_word_of_few_documents_only_fills_up() -> None:
    weights = csr_matrix(np.array([[0.9, 0.1], [0.0, 0.0]]))
    seen = csr_matrix(np.array([[2, 30], [0, 1]]))
    found = relevance(weights, seen, np.array([60, 60])).toarray()[0]
    assert 0 < found[0] < found[1]


def test_the_choice_prefers_words_that_go_together() -> None:
    scores = np.array([1.0, 0.9, 0.8, 0.7])
    together = np.full((4, 4), -0.2)
    together[np.ix_([0, 2, 3], [0, 2, 3])] = 0.5
    np.fill_diagonal(together, 0)
    assert choose(scores, together, 3).tolist() == [0, 2, 3]
    assert choose(scores, np.zeros((4, 4)), 3).tolist() == [0, 1, 2]
    assert choose(scores, np.zeros((4, 4)), 9).tolist() == [0, 1, 2, 3]
