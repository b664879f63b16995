"""Latent semantic analysis: weighted counts, and the directions in which documents differ most."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels import _native
from leitmotif.typing import FloatMatrix, FloatVector, SparseMatrix

__all__ = ["inverse_frequencies", "latent_directions", "latent_rows", "weighted_counts"]

OVERSAMPLING = 10
BLOCK = 2048
COLUMNS = 8
"""Of a product, so many are computed at a time; each is a sum of its own, so that it changes nothing which thread does it."""


def inverse_frequencies(frequency: np.ndarray, n_documents: int) -> NDArray[np.float64]:
    """``log((1 + n) / (1 + frequency)) + 1`` for numbers of documents that have a term, as scikit-learn smooths them."""
    return np.asarray(np.log((1 + n_documents) / (1 + frequency)) + 1, dtype=np.float64)


def weighted_counts(counts: SparseMatrix, idf: FloatVector) -> SparseMatrix:
    """Sublinear tf-idf, ``(1 + log count) · idf``, with rows of length one (or zero): csr_matrix of float64, shape (n, V).

    Source: Salton & Buckley 1988, "Term-weighting approaches in automatic text retrieval".
    """
    from scipy.sparse import csr_matrix

    counts = csr_matrix(counts)
    data = np.log(counts.data, dtype=np.float64)
    data += 1
    data *= idf[counts.indices]
    squares = csr_matrix((data * data, counts.indices, counts.indptr), shape=counts.shape)
    lengths = np.sqrt(squares @ np.ones(counts.shape[1]))
    data /= np.repeat(lengths, np.diff(counts.indptr))
    return csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)


def latent_rows(weighted: SparseMatrix, directions: FloatMatrix, length: float = 1.0) -> NDArray[np.float32]:
    """Where documents lie along the directions, brought to a length: float32, shape (n, r); 0 where nothing of a row is there.

    Parameters
    ----------
    weighted : csr_matrix, shape (n, V)
    directions : ndarray, shape (V, r)
        Taken in single precision; sums are in double precision, and each row is one of its own.
    length : float
    """
    out: NDArray[np.float32] = _native.latent_rows(
        np.asarray(weighted.data, dtype=np.float64),
        np.asarray(weighted.indices, dtype=np.int32),
        np.asarray(weighted.indptr, dtype=np.int64),
        np.ascontiguousarray(directions, dtype=np.float32),
        length,
    )
    return out


def latent_directions(matrix: SparseMatrix, rank: int, seed: int, power_iterations: int = 3) -> FloatMatrix:
    """The right singular vectors of the largest singular values, approximately.

    Randomised subspace iteration (Halko, Martinsson & Tropp 2011, Algorithm 4.4), the same bits for any number of threads.

    Parameters
    ----------
    matrix : csr_matrix, shape (n, V)
    rank : int
        How many at most; fewer where the matrix has fewer.
    seed : int
    power_iterations : int
        More of them tell directions apart whose singular values are close.

    Returns
    -------
    ndarray of float64, shape (V, r)
        Columns of length one, by descending singular value; of each the largest entry is positive.
        Cost O(nnz · rank · power_iterations).
    """
    from threadpoolctl import threadpool_limits

    matrix = matrix.tocsr()
    rank = min(rank, *matrix.shape)
    sketch = min(rank + OVERSAMPLING, *matrix.shape)
    # What is dense has a row a term or a row a document, whichever are fewer.
    wide = matrix.shape[0] < matrix.shape[1]
    there = matrix.T.tocsr() if wide else matrix
    # BLAS on one thread: with more it adds up in another order.
    with threadpool_limits(limits=1, user_api="blas"):
        basis: FloatMatrix = np.random.default_rng(seed).standard_normal((there.shape[1], sketch))
        for _ in range(power_iterations):
            _there_and_back(there, basis, out=basis)
            basis = _orthonormal(basis)
        products = basis.T @ _there_and_back(there, basis, out=np.empty_like(basis))
        values, vectors = np.linalg.eigh(products)
        order = np.argsort(-values, kind="stable")[:rank]
        order = order[values[order] > 1e-10 * values.max()]
        directions = basis @ vectors[:, order]
        if wide:
            directions = there @ directions / np.sqrt(values[order])
    largest = np.abs(directions).argmax(axis=0)
    return np.asarray(directions * np.sign(directions[largest, np.arange(directions.shape[1])]), dtype=np.float64)


def _there_and_back(matrix: SparseMatrix, columns: FloatMatrix, out: FloatMatrix) -> FloatMatrix:
    """``matrix.T @ matrix @ columns``, in the place of the columns where ``out`` is them; threads share the columns out."""

    def fill(start: int) -> None:
        some = slice(start, start + COLUMNS)
        out[:, some] = matrix.T @ (matrix @ columns[:, some])

    with ThreadPoolExecutor(_native.default_threads()) as pool:
        list(pool.map(fill, range(0, columns.shape[1], COLUMNS)))
    return out


def _orthonormal(columns: FloatMatrix) -> FloatMatrix:
    """A basis of what the columns span, in their place: by the eigenvectors of their products with each other, which takes no
    second matrix of this size. Directions shorter than 1e-7 of the longest are dropped.
    """
    values, vectors = np.linalg.eigh(columns.T @ columns)
    kept = values > 1e-14 * values[-1]
    turn = vectors[:, kept] / np.sqrt(values[kept])
    for start in range(0, len(columns), BLOCK):
        rows = slice(start, start + BLOCK)
        columns[rows, : turn.shape[1]] = columns[rows] @ turn
    return columns[:, : turn.shape[1]]
