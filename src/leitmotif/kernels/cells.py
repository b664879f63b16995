"""Nearest neighbours of many rows: k-means cells, searched by the same compiled products as the exact search.

The inverted file of Jégou, Douze & Schmid (2011, §4), turned into an all-pairs search: cells near each other are multiplied
with each other once, for the rows of both. Which cells are near is voted by the rows themselves, and how many are needed
is measured on a sample whose exact neighbours are known. Everything is a function of the data alone.
"""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels import _native
from leitmotif.kernels.neighbors import Neighbors, Progress, query_neighbors

__all__ = ["cell_neighbors", "find_cells"]

logger = logging.getLogger(__name__)

_CELL = 256  # rows wanted in a cell
_BLOCK = 192  # rows at most in a block of the search
_ITERATIONS = 4
_ROWS_PER_CELL = 32  # that train the centres
_VOTES = 10  # cells that each row votes for
_SAMPLE = 400
_RECALL = 0.97


def find_cells(x: NDArray[np.float32], n_cells: int, *, metric: str, n_threads: int = 0) -> NDArray[np.float32]:
    """Centres of k-means cells, float32, shape (n_cells, d): a few rounds of Lloyd's algorithm on evenly spread rows."""
    n = len(x)
    some = x[np.linspace(0, n - 1, min(n, n_cells * _ROWS_PER_CELL)).astype(np.int64)]
    # A fixed shuffle keeps sorted data from giving neighbouring starts.
    order = np.random.default_rng(0).permutation(len(some))
    centers = np.ascontiguousarray(some[order[:n_cells]])
    for _ in range(_ITERATIONS):
        cell = query_neighbors(centers, some, 1, metric=metric, n_threads=n_threads).indices[:, 0]
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

    Parameters are those of :func:`leitmotif.kernels.neighbors.nearest_neighbors`. Partners are added to each
    cell until 0.97 of the neighbours of a sample are found.

    Notes
    -----
    About n^1.5 d operations; memory: one copy of x, k entries of 8 bytes and ten of 8 for the votes a row.
    """
    n = len(x)
    n_cells = max(2, n // _CELL)
    centers = find_cells(x, n_cells, metric=metric, n_threads=n_threads)
    votes = query_neighbors(
        centers, x, min(_VOTES, n_cells), metric=metric, n_threads=n_threads, progress=_part(progress, 0.0, 0.1)
    ).indices
    home = votes[:, 0]
    order = np.argsort(home, kind="stable").astype(np.int64)
    sizes = np.bincount(home, minlength=n_cells)
    block_start, block_cell = _blocks(sizes)
    ranked = _ranked_partners(home, votes, n_cells)
    asked = np.linspace(0, n - 1, min(n, _SAMPLE)).astype(np.int64)
    exact = query_neighbors(x, np.ascontiguousarray(x[asked]), min(k + 1, n), metric=metric, n_threads=n_threads)
    # Neighbour cells of the neighbours of the sample tell how far down the ranking one has to go.
    n_partners = _partners_needed(home, ranked, asked, exact.indices)
    left, right = _block_pairs(ranked, n_partners, block_cell)
    logger.debug(
        "%d cells, up to %d partners each: %.2f %% of all pairs",
        n_cells,
        n_partners,
        100.0 * len(left) / max(1, len(block_cell) * (len(block_cell) + 1) // 2),
    )
    turns = np.append(np.arange(0, len(left), 512), len(left)).astype(np.int64)
    ids, distances = _native.neighbor_pairs(
        x, order, block_start, left, right, turns, k, n_threads, _part(progress, 0.1, 1.0)
    )
    _native.refine_neighbors(x, x, ids, distances, metric == "euclidean", n_threads)
    return Neighbors(ids, distances)


def _part(progress: Progress | None, begin: float, end: float) -> Progress | None:
    """Shares of a part as shares of the whole."""
    return None if progress is None else lambda share: progress(begin + (end - begin) * share)


def _blocks(sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """First position of each block (and the end), and the cell of each; no block spans two cells."""
    per_cell = -(-sizes // _BLOCK)
    cell = np.repeat(np.arange(len(sizes)), per_cell)
    nth = np.arange(len(cell)) - np.repeat(np.cumsum(per_cell) - per_cell, per_cell)
    # Even parts, so that no block is a small rest.
    begin = (np.cumsum(sizes) - sizes)[cell] + (sizes[cell] * nth) // per_cell[cell]
    return np.append(begin, sizes.sum()).astype(np.int64), cell.astype(np.int32)


def _ranked_partners(home: NDArray[np.int32], votes: NDArray[np.int32], n_cells: int) -> NDArray[np.int64]:
    """Pairs (cell, partner, rank): partners by the number of rows that vote for them, earlier choices counting more."""
    weight = 2 ** np.arange(votes.shape[1])[::-1]
    pairs = (home[:, None].astype(np.int64) * n_cells + votes)[:, 1:].ravel()
    found, where = np.unique(pairs, return_inverse=True)
    score = np.bincount(where, weights=np.tile(weight[1:], len(home)))
    cell, partner = found // n_cells, found % n_cells
    by_score = np.lexsort((partner, -score, cell))
    cell, partner = cell[by_score], partner[by_score]
    first = np.searchsorted(cell, np.arange(n_cells))
    rank = np.arange(len(cell)) - first[cell]
    return np.stack([cell, partner, rank], axis=1)


def _partners_needed(
    home: NDArray[np.int32], ranked: NDArray[np.int64], asked: NDArray[np.int64], exact: NDArray[np.int32]
) -> int:
    """How many partners of each cell hold the wanted share of the sample's neighbours."""
    n_cells = int(max(home.max(), ranked[:, :2].max(initial=0))) + 1
    key = ranked[:, 0] * n_cells + ranked[:, 1]
    by_key = np.argsort(key)
    keys, ranks = key[by_key], ranked[by_key, 2]

    def rank_of(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        wanted = a * n_cells + b
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[at] == wanted, ranks[at], np.iinfo(np.int64).max)

    mine = np.repeat(home[asked].astype(np.int64), exact.shape[1])
    theirs = home[exact.ravel()].astype(np.int64)
    # A pair of cells is searched if either side lists the other.
    needed = np.minimum(rank_of(mine, theirs), rank_of(theirs, mine)) + 1
    needed = np.where(mine == theirs, 0, needed)[exact.ravel() != np.repeat(asked, exact.shape[1])]
    reachable = np.sort(needed[needed >= 0])
    at = min(len(needed) - 1, int(np.ceil(_RECALL * len(needed))) - 1)
    highest = int(ranked[:, 2].max(initial=0)) + 1
    return int(min(reachable[at], highest)) if at < len(reachable) else highest


def _block_pairs(
    ranked: NDArray[np.int64], n_partners: int, block_cell: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of blocks to multiply: within each cell, and between cells that are partners."""
    kept = ranked[ranked[:, 2] < n_partners, :2]
    n_cells = int(max(block_cell.max(), ranked[:, :2].max(initial=0))) + 1
    low, high = kept.min(axis=1), kept.max(axis=1)
    own = np.unique(block_cell).astype(np.int64)
    pairs = np.unique(np.concatenate([low * n_cells + high, own * n_cells + own]))
    a, b = pairs // n_cells, pairs % n_cells
    first = np.searchsorted(block_cell, np.arange(n_cells + 1))
    count = np.diff(first)
    both = count[a] * count[b]
    which = np.repeat(np.arange(len(a)), both)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(both) - both, both)
    left = first[a[which]] + nth // np.maximum(count[b[which]], 1)
    right = first[b[which]] + nth % np.maximum(count[b[which]], 1)
    keep = (a[which] != b[which]) | (left <= right)
    left, right = left[keep], right[keep]
    # Consecutive pairs shall not wait for the same block.
    spread = np.argsort((left + right) % max(1, len(block_cell)), kind="stable")
    return left[spread].astype(np.int32), right[spread].astype(np.int32)
