"""Where a layout starts: the lowest eigenvectors of the graph, without ARPACK."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from leitmotif.kernels import _native
from leitmotif.typing import SparseMatrix

__all__ = ["principal_coordinates", "spectral_start"]

# A filter of this degree, applied so many times, separates eigenvalues well enough for a start; the layout does the rest.
_DEGREE = 16
_ROUNDS = 3
_ROWS_FOR_AXES = 5_000


def principal_coordinates(x: np.ndarray, c: int) -> NDArray[np.float64]:
    """The first c principal components of the rows, shape (n, c); the largest loading of each is positive."""
    n, d = x.shape
    out = np.zeros((n, c))
    if n < 2:
        return out
    mean = x.mean(axis=0, dtype=np.float64)
    # Some thousands of rows, evenly spread, fix the axes well enough. A BLAS gives other bits on other numbers of threads.
    some = x[:: max(1, n // _ROWS_FOR_AXES)].astype(np.float64)
    some -= mean  # in place: a second copy would be the largest of all
    with threadpool_limits(limits=1, user_api="blas"):
        _, vectors = np.linalg.eigh(some.T @ some)
        k = min(c, d)
        axes = vectors[:, ::-1][:, :k]
        axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(k)] < 0, -1.0, 1.0)
        out[:, :k] = (x @ axes.astype(x.dtype)) - mean @ axes
    return out


def spectral_start(
    graph: SparseMatrix, c: int, coordinates: np.ndarray, *, seed: int, n_threads: int = 0
) -> NDArray[np.float64]:
    """A smooth start: eigenvectors 2 … c + 1 of the normalised adjacency, by filtered subspace iteration.

    The block starts from ``coordinates`` (principal components of the data), so it cannot fail to converge to something
    useful. Graphs in several pieces get one start a piece, put where the piece's mean lies.

    Parameters
    ----------
    graph : csr_matrix of float32, shape (n, n)
    c : int
    coordinates : ndarray, shape (n, >= c)

    Returns
    -------
    ndarray of float64, shape (n, c)
    """
    with threadpool_limits(limits=1, user_api="blas"):
        return _spectral_start(graph, c, coordinates, seed, n_threads)


def _spectral_start(
    graph: SparseMatrix, c: int, coordinates: np.ndarray, seed: int, n_threads: int
) -> NDArray[np.float64]:
    n = graph.shape[0]
    part = _native.graph_parts(graph.indptr.astype(np.int64), graph.indices.astype(np.int32))
    n_parts = int(part.max(initial=0)) + 1
    if n_parts == 1:
        return _block(graph, c, coordinates, seed, n_threads)
    base = coordinates[:, :c]
    base = base / (np.abs(base).max() or 1.0)
    out = np.empty((n, c))
    sizes = np.bincount(part)
    centers = np.stack([np.bincount(part, base[:, j]) for j in range(c)], axis=1) / sizes[:, None]
    for p in range(n_parts):
        rows = np.flatnonzero(part == p)
        if sizes[p] <= 2 * c + 2:
            local = base[rows] - centers[p]
        else:
            local = _block(graph[rows][:, rows].tocsr(), c, coordinates[rows], seed, n_threads)
        # A piece is as wide as its share of the points, and half as far as the nearest other piece.
        away = np.linalg.norm(centers - centers[p], axis=1)
        away[p] = np.inf
        reach = max(0.5 * float(away.min()), (sizes[p] / n) ** (1.0 / c) * 0.5)
        largest = np.abs(local).max()
        out[rows] = centers[p] + local * (reach / largest if largest > 0 else 0.0)
    return out


def _block(graph: SparseMatrix, c: int, coordinates: np.ndarray, seed: int, n_threads: int) -> NDArray[np.float64]:
    n = graph.shape[0]
    degree = np.asarray(graph.sum(axis=1), dtype=np.float64).ravel()
    root = np.sqrt(np.maximum(degree, 1e-12))
    rows = np.repeat(np.arange(n), np.diff(graph.indptr))
    weights = (graph.data / (root[rows] * root[graph.indices])).astype(np.float32)
    indptr, indices = graph.indptr.astype(np.int64), graph.indices.astype(np.int32)
    width = min(c + 4, n)
    rng = np.random.default_rng([seed, 2])
    block = rng.normal(size=(n, width))
    have = min(coordinates.shape[1], width - 1)
    block[:, 1 : 1 + have] = coordinates[:, :have]
    block *= root[:, None]
    block[:, 0] = root

    def step(x: NDArray[np.float32], z: NDArray[np.float32], scale: float, shift: float, carry: float) -> np.ndarray:
        y = np.empty_like(x)
        _native.graph_step(indptr, indices, weights, x, z, y, scale, shift, carry, n_threads)
        return y

    # Chebyshev polynomials that stay within [-1, 1] on the part of the spectrum [-1, cut] and grow fast beyond it.
    cut = 0.9
    half, middle = (cut + 1.0) / 2.0, (cut - 1.0) / 2.0
    for _ in range(_ROUNDS):
        q, _r = np.linalg.qr(block)
        before = np.ascontiguousarray(q, dtype=np.float32)
        now = step(before, before, 1.0 / half, -middle / half, 0.0)
        for _ in range(_DEGREE - 1):
            before, now = now, step(now, before, 2.0 / half, -2.0 * middle / half, -1.0)
        block = now.astype(np.float64)
    q, _r = np.linalg.qr(block)
    q32 = np.ascontiguousarray(q, dtype=np.float32)
    image = step(q32, q32, 1.0, 0.0, 0.0).astype(np.float64)
    small = q.T @ image
    _values, vectors = np.linalg.eigh((small + small.T) / 2)
    vectors = vectors[:, ::-1][:, 1 : c + 1]
    out = q @ vectors
    signs = np.where(out[np.abs(out).argmax(axis=0), np.arange(out.shape[1])] < 0, -1.0, 1.0)
    full = np.zeros((n, c))
    full[:, : out.shape[1]] = out * signs
    return full
