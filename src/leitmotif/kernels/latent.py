"""Latent semantic analysis: weighted counts, and the directions in which documents differ most."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels import _native
from leitmotif.typing import FloatMatrix, FloatVector, SparseMatrix

__all__ = ["inverse_frequencies", "latent_directions", "weighted_counts"]

OVERSAMPLING = 10
BLOCK = 2048
"""Rows of a product that one thread computes at a time; each row is a sum of its own, so that it changes nothing."""


def inverse_frequencies(frequency: np.ndarray, n_documents: int) -> NDArray[np.float64]:
    """``log((1 + n) / (1 + frequency)) + 1`` for numbers of documents that have a term, as scikit-learn smooths them."""
    return np.asarray(np.log((1 + n_documents) / (1 + frequency)) + 1, dtype=np.float64)


def weighted_counts(counts: SparseMatrix, idf: FloatVector) -> SparseMatrix:
    """Sublinear tf-idf, ``(1 + log count) · idf``, with rows of length one (or zero): csr_matrix of float64, shape (n, V).

    Source: Salton & Buckley 1988, "Term-weighting approaches in automatic text retrieval".
    """
    from scipy.sparse import csr_matrix

    counts = csr_matrix(counts)
    data = (1 + np.log(counts.data)) * idf[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    lengths = np.sqrt(np.bincount(rows, weights=data * data, minlength=counts.shape[0]))
    return csr_matrix((data / lengths[rows], counts.indices, counts.indptr), shape=counts.shape)


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
    transposed = matrix.T.tocsr()
    # The dense steps are taken where they are smaller, among the documents or among the terms.
    wide = matrix.shape[0] < matrix.shape[1]
    there, back = (transposed, matrix) if wide else (matrix, transposed)
    # BLAS on one thread: with more it adds up in another order.
    with threadpool_limits(limits=1, user_api="blas"):
        basis = np.random.default_rng(seed).standard_normal((there.shape[1], sketch))
        for _ in range(power_iterations):
            basis, _ = np.linalg.qr(_product(back, _product(there, basis)))
        image = _product(there, basis)
        values, vectors = np.linalg.eigh(image.T @ image)
        order = np.argsort(-values, kind="stable")[:rank]
        order = order[values[order] > 1e-10 * values.max()]
        directions = image @ (vectors[:, order] / np.sqrt(values[order])) if wide else basis @ vectors[:, order]
    largest = np.abs(directions).argmax(axis=0)
    return np.asarray(directions * np.sign(directions[largest, np.arange(directions.shape[1])]), dtype=np.float64)


def _product(sparse: SparseMatrix, dense: FloatMatrix) -> FloatMatrix:
    """A product whose rows are shared out among threads."""
    out = np.empty((sparse.shape[0], dense.shape[1]))

    def fill(start: int) -> None:
        out[start : start + BLOCK] = sparse[start : start + BLOCK] @ dense

    with ThreadPoolExecutor(_native.default_threads()) as pool:
        list(pool.map(fill, range(0, len(out), BLOCK)))
    return out
