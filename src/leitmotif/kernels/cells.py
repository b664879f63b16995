"""Nearest neighbours of many rows: k-means cells, then neighbours of neighbours.

Each row looks into its own nearest cells (the inverted file of Jégou, Douze & Schmid 2011, §4). How many is measured on a sample
whose exact neighbours are known. The graph found so is made better by two rounds in which neighbours of the same row learn
of each other (the local joins of Dong, Moses & Li 2011). Everything is a function of the data alone.
"""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels import _native
from leitmotif.kernels.neighbors import Neighbors, Progress, refined

__all__ = ["cell_neighbors", "find_cells"]

logger = logging.getLogger(__name__)

_CELL = 256  # rows wanted in a cell
_LARGEST = 8 * _CELL  # rows at most in a cell
_ITERATIONS = 4
_ROWS_PER_CELL = 32  # that train the centres
_FEWEST_PROBES = 4
_MOST_PROBES = 128
_SAMPLE = 400
_IN_CELLS = 0.9  # neighbours of the sample that shall lie in the cells that are looked into
_KEPT = 20  # neighbours of each row that are joined, at least: fewer connect too little
_ROUNDS = 2


def find_cells(x: NDArray[np.float32], n_cells: int, *, metric: str, n_threads: int = 0) -> NDArray[np.float32]:
    """Centres of k-means cells, float32, shape (n_cells, d): a few rounds of Lloyd's algorithm on evenly spread rows."""
    n = len(x)
    some = x[np.linspace(0, n - 1, min(n, n_cells * _ROWS_PER_CELL)).astype(np.int64)]
    # A fixed shuffle keeps sorted data from giving neighbouring starts.
    order = np.random.default_rng(0).permutation(len(some))
    centers = np.ascontiguousarray(some[order[:n_cells]])
    for _ in range(_ITERATIONS):
        cell = _nearest_centers(centers, some, 1, n_threads)[:, 0]
        by_cell = np.argsort(cell, kind="stable")
        present, first = np.unique(cell[by_cell], return_index=True)
        sums = np.add.reduceat(some[by_cell], first, axis=0, dtype=np.float64)
        means = sums / np.diff(np.append(first, len(cell)))[:, None]
        if metric == "cosine":
            norms = np.linalg.norm(means, axis=1, keepdims=True)
            means = means / np.where(norms > 0, norms, 1.0)
        centers[present] = means.astype(np.float32)
    return centers


def cell_neighbors(
    x: NDArray[np.float32],
    k: int,
    *,
    metric: str = "cosine",
    n_threads: int = 0,
    progress: Progress | None = None,
) -> Neighbors:
    """The k nearest other rows of each row, nearly all of them.

    Parameters are those of :func:`leitmotif.kernels.neighbors.nearest_neighbors`.

    Notes
    -----
    About n d (512 p + n / 128 + 3,000) multiplications and additions with p cells looked into by each row (docs/geometry.md says
    how many these are). Memory beside x: about 30 numbers of 4 bytes a neighbour of a row, and 8 a cell that it looks into.
    """
    n = len(x)
    n_cells = max(2, n // _CELL)
    centers = find_cells(x, n_cells, metric=metric, n_threads=n_threads)
    n_probes = _probes_needed(x, centers, k, n_threads)
    probes = _nearest_centers(centers, x, n_probes, n_threads, _part(progress, 0.0, 0.15))
    logger.debug("%d cells, of which each row looks into %d", n_cells, n_probes)
    order, start, probes = _cut_large(probes, n_cells)
    kept = max(k, min(_KEPT, n - 1))
    ids, keys = _native.search_cells(x, x, order, start, probes, kept, True, n_threads, _part(progress, 0.15, 0.6))
    del probes
    _native.join_neighbors(x, order, ids, keys, _KEPT, _ROUNDS, n_threads, _part(progress, 0.6, 1.0))
    ids, distances = (np.ascontiguousarray(found[:, :k]) for found in (ids, keys))
    return refined(x, x, ids, distances, metric, n_threads)


def _part(progress: Progress | None, begin: float, end: float) -> Progress | None:
    """Shares of a part as shares of the whole."""
    return None if progress is None else lambda share: progress(begin + (end - begin) * share)


def _nearest_centers(
    centers: NDArray[np.float32],
    rows: NDArray[np.float32],
    k: int,
    n_threads: int,
    progress: Progress | None = None,
) -> NDArray[np.int32]:
    """The k nearest centres of each row, nearest first, shape (len(rows), k)."""
    everything = np.zeros((len(rows), 1), np.int32)
    order, start = np.arange(len(centers), dtype=np.int64), np.array([0, len(centers)], np.int64)
    found, _ = _native.search_cells(centers, rows, order, start, everything, k, False, n_threads, progress)
    return found


def _probes_needed(x: NDArray[np.float32], centers: NDArray[np.float32], k: int, n_threads: int) -> int:
    """How many of its nearest cells a row has to look into: there lie the wanted share of a sample's neighbours."""
    n = len(x)
    asked = np.linspace(0, n - 1, min(n, _SAMPLE)).astype(np.int64)
    rows = np.ascontiguousarray(x[asked])
    start = np.append(np.arange(0, n, _LARGEST), n).astype(np.int64)
    every = np.tile(np.arange(len(start) - 1, dtype=np.int32), (len(rows), 1))
    near, _ = _native.search_cells(
        x, rows, np.arange(n, dtype=np.int64), start, every, min(k + 1, n), False, n_threads, None
    )
    ranked = _nearest_centers(centers, rows, min(len(centers), _MOST_PROBES), n_threads)
    home = _nearest_centers(centers, np.ascontiguousarray(x[near.ravel()]), 1, n_threads).reshape(near.shape)
    rank = (ranked[:, None, :] == home[:, :, None]).argmax(axis=2) + 1
    rank[~(ranked[:, None, :] == home[:, :, None]).any(axis=2)] = ranked.shape[1]
    others = np.sort(rank[near != asked[:, None]])
    enough = int(others[int(np.ceil(_IN_CELLS * len(others))) - 1]) if len(others) else 1
    return max(enough, min(_FEWEST_PROBES, len(centers)))


def _cut_large(
    probes: NDArray[np.int32], n_cells: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Rows by cell, the first position of each cell (and the end), and the cells that each row looks into.

    Cells that are too large (thousands of copies of one text) are cut into parts. A row then looks into one part of such a cell:
    the one that it lies in itself, or else one by its number.
    """
    home = probes[:, 0]
    order = np.argsort(home, kind="stable").astype(np.int64)
    sizes = np.bincount(home, minlength=n_cells)
    n_parts = np.maximum(1, -(-sizes // _LARGEST))
    first = np.cumsum(n_parts) - n_parts
    cell = np.repeat(np.arange(n_cells), n_parts)
    nth = np.arange(len(cell)) - first[cell]
    begin = (np.cumsum(sizes) - sizes)[cell] + (sizes[cell] * nth) // n_parts[cell]
    start = np.append(begin, len(home)).astype(np.int64)
    if len(cell) == n_cells:
        return order, start, probes
    looked = (first[probes] + np.arange(len(home))[:, None] % n_parts[probes]).astype(np.int32)
    looked[order, 0] = np.searchsorted(start, np.arange(len(home)), side="right") - 1
    return order, start, looked
