"""Cosine similarity between rows, exact to the bit whatever the block, the batch, the BLAS or its threads.

A matrix product rounds differently for different shapes, so that the answer for one row would depend on
the rows beside it. Here dense rows become whole numbers first (each row scaled by a power of two of its own,
then rounded), small enough that every partial sum of their products fits the 53 bits of a double.
Such a sum is exact, and an exact sum has no order. Rounding costs about 1e-7 of a similarity, as single precision does.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from leitmotif.kernels import _native
from leitmotif.typing import FloatMatrix, FloatVector, IntVector, SparseMatrix

__all__ = ["cosine", "nearest"]

BLOCK = 1024
"""Rows of ``A`` at a time: what is made of them stays in the cache."""

MANTISSA = 52
"""Bits that a sum may fill; one of a double's 53 is kept in reserve."""

BITS_OF_A_UNIT_ROW = 26
"""Entries of ``B``'s rows, which have length one, are rounded to multiples of 2^-26."""

PRODUCT_UP_TO = 400_000
"""Multiplications in one call of the matrix product: BLAS does so few on one thread. Its threads, met again after
each block, take longer than the work itself as soon as something else runs on the machine."""

DENSE_UP_TO = 50_000_000
"""Most entries of a sparse ``B`` that is made dense, which is faster than a sparse product."""


def cosine(A: FloatMatrix | SparseMatrix, B: FloatMatrix | SparseMatrix, block: int = BLOCK) -> FloatMatrix:
    """Cosine similarity of every row of ``A`` to every row of ``B``.

    Parameters
    ----------
    A : ndarray or csr_matrix, shape (n, d)
    B : ndarray or csr_matrix, shape (m, d)
        Both dense or both sparse; finite.
    block : int
        Rows of ``A`` taken at a time; it changes the speed and nothing else.

    Returns
    -------
    ndarray of float64, shape (n, m)
        In [-1, 1]; 0 where either row is zero. Cost O(n m d), for sparse rows O(nnz(A) m).
    """
    result = np.empty((A.shape[0], B.shape[0]), dtype=np.float64)
    rows_of = _against(B)

    def work(start: int) -> None:
        result[start : start + block] = rows_of(A[start : start + block])

    _for_each(range(0, A.shape[0], block), work)
    return result


def nearest(
    A: FloatMatrix | SparseMatrix, B: FloatMatrix | SparseMatrix, block: int = BLOCK
) -> tuple[IntVector, FloatVector]:
    """Row of ``B`` that is most similar to each row of ``A``, and how similar it is.

    Parameters
    ----------
    A : ndarray or csr_matrix, shape (n, d)
    B : ndarray or csr_matrix, shape (m, d)
        Both dense or both sparse; finite; m > 0.
    block : int
        Rows of ``A`` taken at a time; it changes the speed and nothing else.

    Returns
    -------
    index : ndarray of int64, shape (n,)
        The first of equals; 0 for a zero row.
    similarity : ndarray of float64, shape (n,)
        Cosine, in [-1, 1]. The answer for a row is the same, bit for bit, in any batch. Memory O(block m).
    """
    index = np.empty(A.shape[0], dtype=np.int64)
    similarity = np.empty(A.shape[0], dtype=np.float64)
    rows_of = _against(B)

    def work(start: int) -> None:
        part = rows_of(A[start : start + block])
        best = part.argmax(axis=1)
        index[start : start + block] = best
        similarity[start : start + block] = part[np.arange(len(best)), best]

    _for_each(range(0, A.shape[0], block), work)
    return index, similarity


def _for_each(starts: range, work: Callable[[int], None]) -> None:
    """Call ``work`` for every block, on all cores where there are several; each block writes only its own rows."""
    threads = min(_native.default_threads(), len(starts))
    if threads < 2:
        for start in starts:
            work(start)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, starts):  # runs through, so that an error inside is raised here
            pass


def _against(B: FloatMatrix | SparseMatrix) -> Callable[[Any], FloatMatrix]:
    """A function from some rows of ``A`` to their cosines with all rows of ``B``."""
    from scipy.sparse import csr_matrix, issparse

    if not issparse(B):
        return _dense_against(np.asarray(B))
    sparse = csr_matrix(B, dtype=np.float64)
    columns: Any = _unit_rows(sparse).T
    small = columns.shape[0] * columns.shape[1] <= DENSE_UP_TO
    columns = columns.toarray(order="C") if small else columns.tocsr()

    def rows_of(part: Any) -> FloatMatrix:
        # scipy adds up each row on its own and in the order of its entries, so the batch does not matter here either
        product = _unit_rows(csr_matrix(part, dtype=np.float64)) @ columns
        return np.clip(product.toarray() if issparse(product) else product, -1.0, 1.0)

    return rows_of


def _unit_rows(matrix: SparseMatrix) -> SparseMatrix:
    from scipy.sparse import csr_matrix

    row_of_entry = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    norms = np.sqrt(np.bincount(row_of_entry, weights=matrix.data**2, minlength=matrix.shape[0]))
    unit = matrix.data / np.where(norms > 0, norms, 1.0)[row_of_entry]
    return csr_matrix((unit, matrix.indices, matrix.indptr), shape=matrix.shape)


def _dense_against(B: FloatMatrix) -> Callable[[Any], FloatMatrix]:
    dense = B.astype(np.float64)
    # dividing by the largest entry first keeps the squares of very small or large rows in range
    dense /= _positive(np.abs(dense).max(axis=1, initial=0.0))[:, None]
    dense /= _positive(np.sqrt((dense * dense).sum(axis=1)))[:, None]
    columns = np.ascontiguousarray(np.rint(np.ldexp(dense, BITS_OF_A_UNIT_ROW)).T)
    norms_b = _positive(np.sqrt(np.einsum("ij,ij->j", columns, columns)))
    # |a . b| <= |a| |b| <= 2^bits sqrt(d) * 2^26 must stay below 2^52, and |a|^2 <= 2^(2 bits) d below 2^53
    half = int(np.ceil(np.log2(max(B.shape[1], 1)) / 2))
    bits = max(min(22, MANTISSA - BITS_OF_A_UNIT_ROW - half), 8)

    def rows_of(part: Any) -> FloatMatrix:
        whole = _whole_numbers(np.asarray(part), bits)
        norms = _positive(np.sqrt(np.einsum("ij,ij->i", whole, whole)))
        product = _product(whole, columns)
        product /= norms[:, None]
        product /= norms_b
        return np.clip(product, -1.0, 1.0, out=product)

    return rows_of


def _whole_numbers(part: np.ndarray, bits: int) -> FloatMatrix:
    """Rows times a power of two each, such that entries are below ``2^bits``, rounded to whole numbers."""
    if part.dtype not in (np.float32, np.float64):
        part = part.astype(np.float32 if part.dtype == np.float16 else np.float64)
    if not part.shape[1]:
        return np.zeros(part.shape)
    largest = np.maximum(part.max(axis=1), -part.min(axis=1))
    exponent = bits - np.frexp(largest)[1]
    # a factor that the type can hold; rows below 1e-30 (single) lose digits, none overflows
    limit = 120 if part.dtype == np.float32 else 1000
    scaled = part * np.ldexp(np.ones(1, dtype=part.dtype), np.minimum(exponent, limit))[:, None]
    return np.rint(scaled, out=scaled).astype(np.float64, copy=False)


def _product(A: FloatMatrix, B: FloatMatrix) -> FloatMatrix:
    """``A @ B`` as a stack of small products; of the same bits, since all are exact."""
    rows = PRODUCT_UP_TO // max(B.size, 1)
    whole = len(A) - len(A) % rows if rows > 3 else 0
    result: FloatMatrix = np.empty((len(A), B.shape[1]))
    if whole:
        np.matmul(A[:whole].reshape(-1, rows, A.shape[1]), B, out=result[:whole].reshape(-1, rows, B.shape[1]))
    np.matmul(A[whole:], B, out=result[whole:])
    return result


def _positive(values: FloatVector) -> FloatVector:
    return np.where(values > 0, values, 1.0)
