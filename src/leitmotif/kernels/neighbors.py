"""Nearest neighbours: exact by blocked inner products, the same bits for any number of threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.kernels import _native
from leitmotif.kernels.cost import cells_pay

__all__ = ["METRICS", "Neighbors", "nearest_neighbors", "prepare", "query_neighbors", "refined"]

METRICS = ("cosine", "euclidean")
Progress = Callable[[float], object]
# Rows of a block: two of 384 float32 columns lie together in a second-level cache of 1 MB.
_BLOCK = 192


class Neighbors(NamedTuple):
    """Neighbours of n points, ascending by (distance, index).

    Attributes
    ----------
    indices : ndarray of int32, shape (n, k)
        Rows; -1 where there are fewer than k.
    distances : ndarray of float32, shape (n, k)
        Cosine distance in [0, 2] or Euclidean distance; inf where the index is -1.
    """

    indices: NDArray[np.int32]
    distances: NDArray[np.float32]


def prepare(
    x: np.ndarray, metric: str, center: np.ndarray | None = None, *, overwrite: bool = False
) -> NDArray[np.float32]:
    """Rows ready for the search: float32, unit length for cosine, moved by ``center`` for Euclidean.

    A row of zeros stays one; its cosine distance to every unit vector is then 0.5, to another row of zeros 0. With ``overwrite``
    they may stand in the place of ``x``, where that is an array of float32.

    Raises
    ------
    InvalidInputError
        Unknown metric.
    EmbeddingsError
        Not two-dimensional, or a value is not finite.
    """
    if metric not in METRICS:
        raise InvalidInputError(f"metric must be one of {METRICS}, got {metric!r}")
    if x.ndim != 2:
        raise EmbeddingsError(f"expected a matrix (points, dimensions), got an array of shape {x.shape}")
    fits = overwrite and type(x) is np.ndarray and x.dtype == np.float32 and x.flags.c_contiguous and x.flags.writeable
    out: NDArray[np.float32] = x if fits else np.empty(x.shape, dtype=np.float32)
    step = max(1, (1 << 18) // max(1, x.shape[1]))
    for begin in range(0, len(x), step):
        # Blocks keep a memory-mapped or half-precision matrix from being copied in double precision at once.
        block = np.asarray(x[begin : begin + step], dtype=np.float64)
        if not np.isfinite(block).all():
            row = begin + int(np.flatnonzero(~np.isfinite(block).all(axis=1))[0])
            raise EmbeddingsError(f"row {row} holds a value that is not finite (NaN or infinity): remove or replace it")
        if metric == "cosine":
            norms = np.sqrt(np.einsum("ij,ij->i", block, block))
            block = block / np.where(norms > 0, norms, 1.0)[:, None]
        elif center is not None:
            block = block - center
        out[begin : begin + step] = block
    return out


def nearest_neighbors(
    x: NDArray[np.float32],
    k: int,
    *,
    metric: str = "cosine",
    exact: bool | None = None,
    n_threads: int = 0,
    progress: Progress | None = None,
) -> Neighbors:
    """The k nearest other rows of each row: exact, or for many rows nearly so (:mod:`leitmotif.kernels.cells`).

    Parameters
    ----------
    x : ndarray of float32, shape (n, d)
        From :func:`prepare`.
    k : int
        Neighbours of each row, the row itself not among them (copies of it are).
    metric : {"cosine", "euclidean"}
    exact : bool, optional
        None: exact where that is not much more work (:func:`leitmotif.kernels.cost.cells_pay`).
    n_threads : int
        0: ``LEITMOTIF_NUM_THREADS`` or all cores. The result does not depend on it.
    progress : callable, optional
        Called with the share done, between blocks.

    Returns
    -------
    Neighbors

    Notes
    -----
    n² d multiplications and additions: every pair of rows is multiplied once and serves both. By cells about n^4/3 d.
    """
    n = len(x)
    if exact is None:
        exact = not cells_pay(n, x.shape[1])
    if not exact and n >= 2 * _BLOCK:
        from leitmotif.kernels.cells import cell_neighbors

        return cell_neighbors(x, k, metric=metric, n_threads=n_threads, progress=progress)
    ids, distances = _native.neighbor_pairs(x, k, _BLOCK, n_threads, progress)
    return refined(x, x, ids, distances, metric, n_threads)


def query_neighbors(
    x: NDArray[np.float32],
    queries: NDArray[np.float32],
    k: int,
    *,
    metric: str = "cosine",
    n_threads: int = 0,
    progress: Progress | None = None,
) -> Neighbors:
    """The k nearest rows of ``x`` for each query, exact; a row equal to the query counts.

    Both matrices come from :func:`prepare`. Each query's answer depends on nothing but the query and ``x``.
    """
    ids, distances = _native.neighbor_queries(x, queries, k, _BLOCK, n_threads, progress)
    return refined(x, queries, ids, distances, metric, n_threads)


def refined(
    x: NDArray[np.float32],
    queries: NDArray[np.float32],
    ids: NDArray[np.int32],
    distances: NDArray[np.float32],
    metric: str,
    n_threads: int = 0,
) -> Neighbors:
    """The neighbours listed (-1: none) with distances from differences in double precision, sorted anew; in place.

    Some rows at a time, so that Ctrl-C is heard between.
    """
    for begin in range(0, len(ids), 1 << 16):
        part = slice(begin, begin + (1 << 16))
        _native.refine_neighbors(x, queries[part], ids[part], distances[part], metric == "euclidean", n_threads)
    return Neighbors(ids, distances)
