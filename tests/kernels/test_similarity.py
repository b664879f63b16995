"""Cosine similarity: against the formula, and the same bits in any batch."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse

from leitmotif.kernels.similarity import cosine, nearest


def naive(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Row by row in 80-bit arithmetic."""
    A, B = A.astype(np.longdouble), B.astype(np.longdouble)
    out = np.zeros((len(A), len(B)))
    for i, a in enumerate(A):
        for j, b in enumerate(B):
            length = np.sqrt((a * a).sum()) * np.sqrt((b * b).sum())
            out[i, j] = float((a * b).sum() / length) if length > 0 else 0.0
    return out


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("width", [1, 3, 384, 1536])
def test_cosine_is_the_formula(dtype, width: int) -> None:
    rng = np.random.default_rng(width)
    A, B = rng.normal(size=(37, width)).astype(dtype), rng.normal(size=(11, width)).astype(dtype)
    A[5] = 0
    B[3] = 0
    found = cosine(A, B)
    np.testing.assert_allclose(found, naive(A, B), atol=1e-6)
    assert (found[5] == 0).all() and (found[:, 3] == 0).all()


def step_by_step(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Single-precision sums of 64 products one after the other, added up in double: no fused and no reordered operation."""

    def to_size(rows):
        rows = np.ldexp(rows, -np.frexp(np.abs(rows).max(axis=1))[1][:, None]).astype(np.float32)
        squares = np.zeros((len(rows), 8))
        for k in range(rows.shape[1]):
            squares[:, k % 8] += rows[:, k].astype(np.float64) ** 2
        pairs = squares[:, ::2] + squares[:, 1::2]
        return rows, np.sqrt((pairs[:, 0] + pairs[:, 1]) + (pairs[:, 2] + pairs[:, 3]))

    (A, of_a), (B, of_b) = to_size(A), to_size(B)
    total = np.zeros((len(A), len(B)))
    for begin in range(0, A.shape[1], 64):
        chain = np.zeros((len(A), len(B)), dtype=np.float32)
        for k in range(begin, min(begin + 64, A.shape[1])):
            chain = chain + A[:, k, None] * B[None, :, k]
        total += chain
    return np.clip(total / of_a[:, None] / of_b, -1, 1)


@pytest.mark.parametrize(("n", "m", "width"), [(7, 40, 150), (100, 3, 64), (1, 200, 5), (97, 129, 71)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_are_those_of_the_arithmetic_on_any_machine(n: int, m: int, width: int, dtype) -> None:
    rng = np.random.default_rng(n)
    A, B = rng.normal(size=(n, width)).astype(dtype), rng.normal(size=(m, width)).astype(dtype)
    expected = step_by_step(A, B)
    np.testing.assert_array_equal(cosine(A, B), expected)
    index, similarity = nearest(A, B)
    np.testing.assert_array_equal(index, expected.argmax(axis=1))
    np.testing.assert_array_equal(similarity, expected.max(axis=1))
    if dtype is np.float32:
        np.testing.assert_array_equal(cosine(A.astype(np.float64), B), expected)
        np.testing.assert_array_equal(cosine(A, B.astype(np.float64)), expected)


def test_rows_of_any_size_are_compared_by_direction() -> None:
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(6, 20)), rng.normal(size=(4, 20))
    scales = np.array([1e-200, 1e-20, 1e-3, 1.0, 1e25, 1e200])[:, None]
    np.testing.assert_allclose(cosine(A * scales, B), cosine(A, B), atol=1e-6)
    np.testing.assert_allclose(cosine(A, B * 1e-150), cosine(A, B), atol=1e-6)
    single = cosine((A * np.array([1e-30, 1e-20, 1, 1, 1e20, 1e30])[:, None]).astype(np.float32), B)
    np.testing.assert_allclose(single, cosine(A, B), atol=1e-6)


def test_sparse_rows_are_compared_like_dense_ones() -> None:
    A = csr_matrix(random_sparse(50, 300, 0.05, random_state=1))
    B = csr_matrix(random_sparse(7, 300, 0.2, random_state=2))
    A.data[A.indptr[4] : A.indptr[5]] = 0
    np.testing.assert_allclose(cosine(A, B), naive(A.toarray(), B.toarray()), atol=1e-12)
    assert (cosine(A, B)[4] == 0).all()
    index, similarity = nearest(A, B)
    assert (index == naive(A.toarray(), B.toarray()).argmax(axis=1)).all()
    np.testing.assert_array_equal(similarity, cosine(A, B).max(axis=1))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.sampled_from([2, 16, 384]), st.booleans())
def test_a_row_has_the_same_answer_in_any_batch(seed: int, n: int, width: int, sparse: bool) -> None:
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(n, width)).astype(np.float32) * (rng.random((n, width)) < 0.5)
    B = rng.normal(size=(5, width)).astype(np.float32)
    of = csr_matrix if sparse else np.asarray
    index, similarity = nearest(of(A), of(B))
    some = rng.permutation(n)[: rng.integers(1, n + 1)]
    part_index, part_similarity = nearest(of(A[some]), of(B), block=int(rng.integers(1, 9)))
    np.testing.assert_array_equal(part_index, index[some])
    np.testing.assert_array_equal(part_similarity, similarity[some])  # bit for bit
    np.testing.assert_array_equal(cosine(of(A[some]), of(B), block=3), cosine(of(A), of(B))[some])
    if not sparse:
        np.testing.assert_array_equal(nearest(A.astype(np.float64), B)[1], similarity)


def test_of_equals_the_first_is_nearest() -> None:
    B = np.array([[1.0, 0], [0, 1], [0, 1], [1, 0]])
    index, similarity = nearest(np.array([[0.0, 2], [3, 0], [0, 0]]), B)
    assert index.tolist() == [1, 0, 0]
    assert similarity.tolist() == [1, 1, 0]


def test_no_rows() -> None:
    B = np.ones((3, 4))
    assert cosine(np.ones((0, 4)), B).shape == (0, 3)
    assert nearest(np.ones((0, 4)), B)[0].shape == (0,)


@pytest.mark.slow
def test_speed_of_transform() -> None:
    """The promise of ``transform``: 100,000 documents a second, 384 dimensions, 60 topics, two cores."""
    rng = np.random.default_rng(0)
    A = rng.normal(size=(100_000, 384)).astype(np.float32)
    B = rng.normal(size=(60, 384)).astype(np.float32)
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        nearest(A, B)
        seconds.append(time.perf_counter() - began)
    assert len(A) / min(seconds) >= 100_000
