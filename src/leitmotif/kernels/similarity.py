"""Cosine similarity between rows, the same to the bit whatever the block, the batch, the machine or its threads.

A matrix product rounds differently for different shapes, so that the answer for one row would depend on the rows beside
it. Dense rows are therefore compared in single precision by a kernel of its own that adds up in one order always. That costs
about 1e-7 of a similarity.
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
"""Rows of ``A`` at a time where they are sparse: what is made of them stays in the cache."""

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
        Rows of a sparse ``A`` taken at a time; it changes the speed and nothing else.

    Returns
    -------
    ndarray of float64, shape (n, m)
        In [-1, 1]; 0 where either row is zero. Cost O(n m d), for sparse rows O(nnz(A) m).
    """
    if not _is_sparse(B):
        matrix: FloatMatrix = _native.cosines(_floats(A), _floats(B))
        return matrix
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
        Rows of a sparse ``A`` taken at a time; it changes the speed and nothing else.

    Returns
    -------
    index : ndarray of int64, shape (n,)
        The first of equals; 0 for a zero row.
    similarity : ndarray of float64, shape (n,)
        Cosine, in [-1, 1]. The answer for a row is the same, bit for bit, in any batch. Memory O(m), for sparse rows
        O(block m).
    """
    if not _is_sparse(B):
        found: tuple[IntVector, FloatVector] = _native.nearest_cosine(_floats(A), _floats(B))
        return found
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


def _is_sparse(matrix: Any) -> bool:
    from scipy.sparse import issparse

    return bool(issparse(matrix))


def _floats(rows: FloatMatrix) -> FloatMatrix:
    """Rows in single or double precision, which the kernel brings into range itself."""
    rows = np.asarray(rows)
    return np.ascontiguousarray(rows, dtype=np.float32 if rows.dtype in (np.float16, np.float32) else np.float64)


def _against(B: SparseMatrix) -> Callable[[Any], FloatMatrix]:
    """A function from some sparse rows of ``A`` to their cosines with all rows of ``B``."""
    from scipy.sparse import csr_matrix, issparse

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
