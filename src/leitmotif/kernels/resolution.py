"""Every resolution of one HDBSCAN* tree: which sizes are stable, and cuts with exactly K clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import _native
from leitmotif.kernels.density import CondensedTree, Linkage, condense

__all__ = ["PersistenceCurve", "exactly", "persistence_curve", "tree_with_leaves"]


@dataclass(frozen=True, eq=False)
class PersistenceCurve:
    """How much the clusters of each ``min_cluster_size`` persist.

    Attributes
    ----------
    min_cluster_size : ndarray of int64, shape (s,)
        Ascending; between two of them nothing changes (the value holds up to the next one, that one excluded).
    persistence : ndarray of float64, shape (s,)
        Sum over the leaf clusters of that size of the range of sizes over which each is a leaf.
    n_clusters : ndarray of int64, shape (s,)
        Number of those leaf clusters.
    """

    min_cluster_size: NDArray[np.int64]
    persistence: NDArray[np.float64]
    n_clusters: NDArray[np.int64]

    def best(self, lowest: int, highest: int) -> int:
        """The most persistent ``min_cluster_size`` with at least two clusters; ``lowest`` where there is none.

        Parameters
        ----------
        lowest, highest : int
            Sizes outside are not considered. Without an upper end the sum prefers two halves of the data: ranges of sizes
            are widest at the top.
        """
        starts = self.min_cluster_size
        ends = np.append(starts[1:], starts[-1:] + 1) if len(starts) else starts
        fine = (ends > lowest) & (starts <= highest) & (self.n_clusters >= 2)
        if not fine.any():
            return lowest
        at = int(np.flatnonzero(fine)[self.persistence[fine].argmax()])
        return max(lowest, int(starts[at]))

    def to_pandas(self) -> Any:
        """The three columns as a data frame."""
        import pandas as pd

        return pd.DataFrame(
            {
                "min_cluster_size": self.min_cluster_size,
                "persistence": self.persistence,
                "n_clusters": self.n_clusters,
            }
        )


def persistence_curve(tree: Linkage) -> PersistenceCurve:
    """Total persistence of the leaf clusters at every ``min_cluster_size`` at once.

    A node of the dendrogram is a leaf cluster for the sizes in (q, p]: p is the smaller of its own and its sibling's size,
    q the largest split below it (the smaller side's size). The curve is the sum of p - q over the leaves alive,
    as in PLSCAN (Bot, McInnes & Aerts 2025, «Persistent multiscale density-based clustering»). O(n log n).
    """
    birth, death = _native.leaf_ranges(tree.children, tree.sizes)
    alive = (death > birth) & (death >= 2)
    birth, death = np.maximum(birth[alive], 1), death[alive]
    if not len(birth):
        return PersistenceCurve(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))
    # A leaf counts from birth + 1 up to death: +p at the first, -p just beyond the last.
    at = np.concatenate([birth + 1, death + 1])
    gain = (death - birth).astype(np.float64)
    sizes, where = np.unique(at, return_inverse=True)
    persistence = np.cumsum(np.bincount(where, weights=np.concatenate([gain, -gain])))
    count = np.cumsum(np.bincount(where, weights=np.repeat([1, -1], len(gain)))).astype(np.int64)
    return PersistenceCurve(sizes[:-1].astype(np.int64), persistence[:-1].astype(np.float64), count[:-1])


def tree_with_leaves(tree: Linkage, k: int, min_cluster_size: int) -> CondensedTree:
    """The condensed tree of the largest ``min_cluster_size``, not above the given one, that has at least k leaves.

    Raises
    ------
    InvalidInputError
        Not even pairs of points make k clusters.
    """
    low, high = 2, max(2, min_cluster_size)
    best = condense(tree, high)
    if _n_leaves(best) >= k:
        return best
    best = condense(tree, low)
    if _n_leaves(best) < k:
        raise InvalidInputError(
            f"cannot cut {k} clusters: the data hold at most {_n_leaves(best)} (with min_cluster_size=2). "
            "Ask for fewer, or fit with smaller min_samples."
        )
    while high - low > 1:  # the number of leaves never grows with the size
        middle = (low + high) // 2
        tried = condense(tree, middle)
        if _n_leaves(tried) >= k:
            low, best = middle, tried
        else:
            high = middle
    return best


def _n_leaves(tree: CondensedTree) -> int:
    if not len(tree.parent):
        return 0
    return len(tree.leaves)


def exactly(tree: CondensedTree, k: int) -> NDArray[np.int64]:
    """Numbers of the k clusters that cut every branch once and have the largest total stability.

    Where ``select`` asks whether a cluster is worth more than its parts, this asks the same under a fixed number: the best
    j clusters below a node are the node itself (j = 1), or the best split of j among its parts. O(clusters · k).

    Parameters
    ----------
    tree : CondensedTree
        With at least k leaves (:func:`tree_with_leaves`).
    """
    n = tree.n_clusters
    # Infinite stability (copies of one point) would make all sums equal: the largest finite one, doubled, stands for it.
    score = tree.stability
    finite = score[np.isfinite(score)]
    score = np.where(np.isfinite(score), score, 2.0 * finite.max(initial=1.0))
    kids: list[list[int]] = [[] for _ in range(n)]
    for c in range(1, n):
        kids[int(tree.cluster_parent[c])].append(c)
    best: list[NDArray[np.float64]] = [np.empty(0)] * n  # best[c][j - 1]: j clusters at or below c
    parts: list[list[NDArray[np.int64]]] = [[] for _ in range(n)]
    for c in range(n - 1, -1, -1):
        total = np.array([0.0])  # of 0 clusters among no parts
        for child in kids[c]:
            total, taken = _combine(total, best[child], k)
            parts[c].append(taken)
        total = total[1:] if kids[c] else np.full(1, -np.inf)
        total[0] = max(total[0], score[c]) if len(total) else score[c]
        best[c] = total
    chosen: list[int] = []
    stack = [(0, k)]
    while stack:
        c, j = stack.pop()
        if j == 1:
            chosen.append(c)
            continue
        for child, taken in zip(reversed(kids[c]), reversed(parts[c]), strict=True):
            share = int(taken[j])
            stack.append((child, share))
            j -= share
    return np.array(sorted(chosen), dtype=np.int64)


def _combine(left: NDArray[np.float64], right: NDArray[np.float64], k: int) -> tuple[Any, NDArray[np.int64]]:
    """Best totals of i + j clusters, i of the parts so far (index i) and j >= 1 of the next (index j - 1)."""
    size = min(k, len(left) - 1 + len(right)) + 1
    total = np.full(size, -np.inf)
    taken = np.zeros(size, dtype=np.int64)
    for j, value in enumerate(right[: size - 1], start=1):
        stop = min(size, j + len(left))
        tried = left[: stop - j] + value
        better = tried > total[j:stop]
        total[j:stop][better] = tried[better]
        taken[j:stop][better] = j
    return total, taken
