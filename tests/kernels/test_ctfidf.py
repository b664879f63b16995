"""c-TF-IDF against the formula on dense arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix

from leitmotif.kernels.ctfidf import ABSENT_WEIGHT, class_idf, class_tf, ctfidf, top_terms

counts = arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 8)), elements=st.integers(0, 9))


@given(counts, st.booleans())
def test_idf_is_the_formula_and_finite(X, bm25):
    average, frequency = int(X.sum(axis=1).mean()), X.sum(axis=0)
    idf = class_idf(csr_matrix(X), bm25)
    for f, weight in zip(frequency, idf, strict=True):
        if f == 0:
            assert weight == 0
        elif bm25:
            assert weight == pytest.approx(max(0.0, np.log(1 + (average - f + 0.5) / (f + 0.5))))
        else:
            assert weight == pytest.approx(np.log(1 + average / f))


def test_idf_by_hand():
    # 2 classes of 6 and 3 words: A = int(4.5) = 4; frequencies 6, 3, 0.
    X = csr_matrix([[4, 2, 0], [2, 1, 0]])
    np.testing.assert_allclose(class_idf(X), [np.log(1 + 4 / 6), np.log(1 + 4 / 3), 0])
    np.testing.assert_allclose(class_idf(X, bm25=True), [0, np.log(1 + 1.5 / 3.5), 0])


def test_idf_of_decayed_counts_and_of_nothing():
    X = csr_matrix([[0.5, 0.25], [0.75, 0.0]])
    np.testing.assert_allclose(class_idf(X), np.log(1 + 0 / np.array([1.25, 0.25])))
    assert class_idf(csr_matrix((0, 3))).tolist() == [0, 0, 0]
    assert class_idf(csr_matrix((2, 0), dtype=np.int32)).shape == (0,)


@given(counts, st.booleans())
def test_weights_are_shares_times_idf_and_the_input_stays(X, sqrt):
    sparse = csr_matrix(X)
    before = sparse.copy()
    idf = np.linspace(0.5, 2, X.shape[1])
    share = X / np.maximum(X.sum(axis=1, keepdims=True), 1)
    expected = (np.sqrt(share) if sqrt else share) * idf
    np.testing.assert_allclose(ctfidf(sparse, idf, sqrt).toarray(), expected)
    np.testing.assert_allclose(class_tf(sparse, sqrt).toarray(), np.sqrt(share) if sqrt else share)
    assert (sparse != before).nnz == 0
    assert sparse.dtype == before.dtype


@given(
    arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(0, 9)), elements=st.sampled_from([0, 1, 2, 3.5, -1])),
    st.integers(0, 10),
)
def test_top_terms_are_a_stable_sort_of_what_is_positive(X, n):
    indices, weights = top_terms(csr_matrix(X), n)
    assert indices.shape == weights.shape == (X.shape[0], n)
    for row, columns, values in zip(X, indices, weights, strict=True):
        expected = [j for j in sorted(range(len(row)), key=lambda j: (-row[j], j)) if row[j] > 0][:n]
        assert columns[: len(expected)].tolist() == expected
        assert values[: len(expected)].tolist() == [row[j] for j in expected]
        assert (columns[len(expected) :] == -1).all()
        assert (values[len(expected) :] == ABSENT_WEIGHT).all()


def test_top_terms_of_unsorted_indices():
    matrix = csr_matrix((np.array([1.0, 1.0, 2.0]), np.array([2, 0, 1]), np.array([0, 3])), shape=(1, 3))
    assert top_terms(matrix, 2)[0].tolist() == [[1, 0]]
    assert matrix.indices.tolist() == [2, 0, 1]
