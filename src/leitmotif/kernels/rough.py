"""Nearest rows of queries among many: a rough look at all rows, an exact one at the best of them.

Rows are looked at in 8 bits along their main directions (principal components), those that hold nearly all of their length. The
rows that seem nearest are then measured exactly. Everything is a function of the rows and the query alone.

The first look of the exact search (native/coarse.hpp) is another: it has bounds, needs all components, and misses nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels import _native
from leitmotif.kernels.neighbors import Neighbors, Progress

__all__ = ["RoughRows", "rough_pays"]

KEPT_LENGTH = 0.92
"""Share of the rows' squared lengths that the directions hold. Of MiniLM's 384 numbers these are 192."""

CANDIDATES = (32, 2)
"""So many rows, or so many times the neighbours wanted, are measured exactly."""

FEWEST = 4096
"""Rows from which on this pays: making the directions takes a tenth of a second, however few the queries."""

_SAMPLE = 4096
_STEP = 16  # directions come in panels


def rough_pays(n: int) -> bool:
    """Whether to look at n rows roughly first. Which search is taken decides (a few) bits, so queries have no say in it."""
    return n >= FEWEST


class RoughRows:
    """Rows made ready for queries.

    Parameters
    ----------
    rows : ndarray of float32, shape (n, d)
        From :func:`leitmotif.kernels.neighbors.prepare`; kept by reference.
    n_threads : int

    Notes
    -----
    Takes about half a byte for each number of the rows. Cost O(n d r + d³) for r directions; a query O(n r) products of 8 bits,
    which are four times as fast as single precision. Of the neighbours that the exact search finds, about one in five hundred
    is missed (15 neighbours; MiniLM, static and adapted embeddings of abstracts, questions and debates).
    """

    def __init__(self, rows: NDArray[np.float32], *, n_threads: int = 0) -> None:
        self.rows = rows
        self._directions = main_directions(rows)
        self._codes = _native.rough_rows(rows, self._directions, n_threads)

    def neighbors(
        self,
        queries: NDArray[np.float32],
        k: int,
        *,
        metric: str = "cosine",
        n_threads: int = 0,
        progress: Progress | None = None,
    ) -> Neighbors:
        """The k nearest rows of each query, as :func:`leitmotif.kernels.neighbors.query_neighbors` gives them, nearly all."""
        fewest, times = CANDIDATES
        ids, distances = _native.rough_neighbors(
            self.rows,
            self._directions,
            *self._codes,
            queries,
            k,
            max(fewest, times * k),
            metric == "euclidean",
            n_threads,
            progress,
        )
        return Neighbors(ids, distances)


def main_directions(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Orthonormal directions that hold :data:`KEPT_LENGTH` of the squared lengths of the rows, shape (r, d).

    Eigenvectors of the second moments of at most 4,096 rows, spread evenly; r is a multiple of 16, made up with zeros where d is
    less.
    """
    from threadpoolctl import threadpool_limits

    n, d = rows.shape
    some = rows[np.linspace(0, n - 1, min(n, _SAMPLE)).astype(np.int64)].astype(np.float64)
    with threadpool_limits(limits=1, user_api="blas"):  # with more threads it adds up in another order
        values, vectors = np.linalg.eigh(some.T @ some)
    held = np.cumsum(np.maximum(values[::-1], 0.0))
    wanted = int(np.searchsorted(held, KEPT_LENGTH * held[-1])) + 1
    r = -(-wanted // _STEP) * _STEP
    out = np.zeros((r, d), dtype=np.float32)
    out[: min(r, d)] = vectors[:, ::-1].T[:r]
    return out
