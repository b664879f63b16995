"""HDBSCAN*: from points to a spanning tree, from the tree to clusters, at any resolution.

Campello, Moulavi & Sander (2013); Campello, Moulavi, Zimek & Sander (2015), «Hierarchical density estimates for
data clustering, visualization, and outlier detection»; McInnes & Healy (2017), arXiv:1705.07321.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import _native

__all__ = [
    "CondensedTree",
    "Linkage",
    "Selection",
    "condense",
    "label_points",
    "linkage",
    "linkage_of",
    "outlier_scores",
    "select",
]

Progress = Callable[[float], object]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Linkage:
    """The dendrogram of n points under mutual reachability.

    Attributes
    ----------
    ends : ndarray of int64, shape (n - 1, 2)
        Edges of the minimum spanning tree, ascending by (weight, smaller row, larger row).
    distances : ndarray of float64, shape (n - 1,)
        Their weights: the heights of the merges.
    core : ndarray of float64, shape (n,)
        Distance of each point to its ``min_samples``-th neighbour.
    children : ndarray of int64, shape (n - 1, 2)
        What each merge joins; merge i makes node n + i.
    sizes : ndarray of int64, shape (n - 1,)
    """

    ends: Ints
    distances: Floats
    core: Floats
    children: Ints
    sizes: Ints

    @property
    def n_points(self) -> int:
        """Number of points, n."""
        return len(self.core)


def linkage(
    x: Floats,
    min_samples: int,
    *,
    alpha: float = 1.0,
    n_threads: int = 0,
    progress: Progress | None = None,
) -> Linkage:
    """Spanning tree and dendrogram of the rows of ``x``, Euclidean, exact.

    Parameters
    ----------
    x : ndarray of float64, shape (n, d)
        Finite; made for small d (a k-d tree prunes little beyond about 15 dimensions).
    min_samples : int
        1 <= min_samples <= n - 1.
    alpha : float
        Distances are divided by it before they meet the core distances.

    Notes
    -----
    About O(n log n) in few dimensions. The tree is the one of Kruskal's algorithm on the full graph with edges ordered by
    (weight, smaller row, larger row), whatever the number of threads.
    """
    x = np.ascontiguousarray(x, dtype=np.float64)
    n = len(x)
    if n < 2:
        none = np.empty(0)
        return Linkage(np.empty((0, 2), np.int64), none, np.zeros(n), np.empty((0, 2), np.int64), np.empty(0, np.int64))
    ends, distances, core = _native.spanning_tree(x, min_samples, float(alpha), n_threads, progress)
    return linkage_of(ends, distances, core)


def linkage_of(ends: Ints, distances: Floats, core: Floats) -> Linkage:
    """The dendrogram of a spanning tree whose edges are sorted by their weight.

    Raises
    ------
    InvalidInputError
        The edges, which must lie within the points, do not join them all.
    """
    if not len(ends):
        return Linkage(np.empty((0, 2), np.int64), distances, core, np.empty((0, 2), np.int64), np.empty(0, np.int64))
    children, sizes = _native.single_linkage(np.ascontiguousarray(ends))
    if int(sizes[-1]) != len(core) or len(np.unique(children)) != 2 * len(ends):
        raise InvalidInputError(f"{len(ends)} edges do not join {len(core)} points to one tree")
    return Linkage(ends, distances, core, children, sizes)


@dataclass(frozen=True, eq=False)
class CondensedTree:
    """The dendrogram without the splits that only lose points.

    Attributes
    ----------
    parent : ndarray of int64, shape (r,)
        Cluster that the child leaves; clusters count from ``n_points`` (the root) breadth first.
    child : ndarray of int64, shape (r,)
        A point, or a cluster born of a split.
    lambda_val : ndarray of float64, shape (r,)
        1 / distance at which that happens; inf where the distance is 0.
    child_size : ndarray of int64, shape (r,)
    n_points : int
    """

    parent: Ints
    child: Ints
    lambda_val: Floats
    child_size: Ints
    n_points: int

    def to_pandas(self) -> Any:
        """The four columns as a data frame."""
        import pandas as pd

        return pd.DataFrame(
            {
                "parent": self.parent,
                "child": self.child,
                "lambda_val": self.lambda_val,
                "child_size": self.child_size,
            }
        )

    def to_numpy(self) -> np.ndarray:
        """The four columns as a record array."""
        kinds = [("parent", np.intp), ("child", np.intp), ("lambda_val", np.float64), ("child_size", np.intp)]
        out = np.empty(len(self.parent), dtype=kinds)
        for name, _kind in kinds:
            out[name] = getattr(self, name)
        return out

    @cached_property
    def n_clusters(self) -> int:
        """Number of clusters, the root among them; cluster c is number ``c - n_points``."""
        return 1 + int((self.child >= self.n_points).sum())

    @cached_property
    def cluster_rows(self) -> Ints:
        """Rows whose child is a cluster, in the order of the clusters."""
        rows = np.flatnonzero(self.child >= self.n_points)
        return rows[np.argsort(self.child[rows], kind="stable")]

    @cached_property
    def cluster_parent(self) -> Ints:
        """Parent of each cluster, by number; the root's is -1."""
        return np.concatenate([[-1], self.parent[self.cluster_rows] - self.n_points]).astype(np.int64)

    @cached_property
    def birth(self) -> Floats:
        """Lambda at which each cluster is born; the root at 0."""
        return np.concatenate([[0.0], self.lambda_val[self.cluster_rows]])

    @cached_property
    def size(self) -> Ints:
        """Points of each cluster at its birth."""
        return np.concatenate([[self.n_points], self.child_size[self.cluster_rows]]).astype(np.int64)

    @cached_property
    def death(self) -> Floats:
        """Largest lambda at which something leaves each cluster."""
        out = np.zeros(self.n_clusters)
        np.maximum.at(out, self.parent - self.n_points, self.lambda_val)
        return out

    @cached_property
    def point_cluster(self) -> Ints:
        """Cluster (by number) that each point falls out of."""
        out = np.zeros(self.n_points, dtype=np.int64)
        rows = self.child < self.n_points
        out[self.child[rows]] = self.parent[rows] - self.n_points
        return out

    @cached_property
    def point_lambda(self) -> Floats:
        """Lambda at which each point falls out."""
        out = np.zeros(self.n_points)
        rows = self.child < self.n_points
        out[self.child[rows]] = self.lambda_val[rows]
        return out

    @cached_property
    def stability(self) -> Floats:
        """Sum over what leaves a cluster of (lambda - birth) · size: the excess of mass."""
        parent = self.parent - self.n_points
        gone = self.lambda_val - self.birth[parent]
        # inf - inf: copies of one point that were born together and never part. They add nothing.
        gone = np.where(np.isnan(gone), 0.0, gone)
        return np.bincount(parent, weights=gone * self.child_size, minlength=self.n_clusters).astype(np.float64)

    @cached_property
    def leaves(self) -> Ints:
        """Numbers of the clusters that are never split."""
        inner = np.zeros(self.n_clusters, dtype=bool)
        inner[self.cluster_parent[1:]] = True
        return np.flatnonzero(~inner)


def condense(tree: Linkage, min_cluster_size: int) -> CondensedTree:
    """Condensed tree for one ``min_cluster_size`` (>= 2): O(n)."""
    parent, child, lambda_val, size = _native.condense(tree.children, tree.distances, tree.sizes, int(min_cluster_size))
    return CondensedTree(parent, child, lambda_val, size, tree.n_points)


@dataclass(frozen=True, eq=False)
class Selection:
    """A flat clustering cut from a condensed tree.

    Attributes
    ----------
    clusters : ndarray of int64, shape (K,)
        Numbers of the chosen clusters, ascending; label k is ``clusters[k]``.
    labels : ndarray of int64, shape (n,)
        -1: in no cluster.
    probabilities : ndarray of float64, shape (n,)
        Strength of membership in [0, 1]; 0 for outliers.
    persistence : ndarray of float64, shape (K,)
        Stability relative to the largest possible, in [0, 1].
    label_of : ndarray of int64, shape (number of clusters of the tree,)
        Label that each cluster of the tree belongs to, -1 above the chosen ones.
    """

    clusters: Ints
    labels: Ints
    probabilities: Floats
    persistence: Floats
    label_of: Ints


def select(
    tree: CondensedTree,
    *,
    method: str = "eom",
    epsilon: float = 0.0,
    allow_single_cluster: bool = False,
    max_cluster_size: int = 0,
    epsilon_max: float = np.inf,
) -> Ints:
    """Numbers of the clusters chosen: by excess of mass, or the leaves.

    Parameters
    ----------
    method : {"eom", "leaf"}
    epsilon : float
        Clusters born at a distance below it are replaced by their first ancestor born at or above it
        (Malzer & Baum 2020, arXiv:1911.02282).
    allow_single_cluster : bool
        Whether the root may be chosen.
    max_cluster_size : int
        With "eom", larger clusters are not chosen; 0: no limit.
    epsilon_max : float
        With "eom", clusters born at a larger distance are not chosen.
    """
    n = tree.n_clusters
    if tree.n_points == 0 or len(tree.parent) == 0:
        return np.empty(0, dtype=np.int64)
    parents = tree.cluster_parent
    if method == "leaf":
        chosen = tree.leaves[tree.leaves > 0]
    else:
        chosen = _excess_of_mass(tree, allow_single_cluster, max_cluster_size, epsilon_max)
    if epsilon > 0.0 and (n > 1 or allow_single_cluster):
        chosen = _lift(tree, chosen, epsilon, allow_single_cluster, parents)
    return chosen


def _excess_of_mass(tree: CondensedTree, allow_root: bool, max_size: int, epsilon_max: float) -> Ints:
    n, parents = tree.n_clusters, tree.cluster_parent
    score = tree.stability.copy()
    below = np.zeros(n)
    keep = np.ones(n, dtype=bool)
    first = 0 if allow_root else 1
    limit = max_size if max_size > 0 else tree.n_points + 1
    with np.errstate(divide="ignore"):
        born_at = 1.0 / tree.birth
    # Children come after their parent, so one pass from the end is bottom up.
    for c in range(n - 1, first - 1, -1):
        if below[c] > score[c] or tree.size[c] > limit or (c > 0 and born_at[c] > epsilon_max):
            keep[c] = False
            score[c] = below[c]
        if c > 0:
            below[parents[c]] += score[c]
    if not allow_root:
        keep[0] = False
    covered = np.zeros(n, dtype=bool)
    for c in range(1, n):
        covered[c] = covered[parents[c]] or keep[parents[c]]
    return np.flatnonzero(keep & ~covered)


def _lift(tree: CondensedTree, chosen: Ints, epsilon: float, allow_root: bool, parents: Ints) -> Ints:
    """Replace clusters born too close by their first ancestor that was born far enough apart."""
    with np.errstate(divide="ignore"):
        born_at = 1.0 / tree.birth
    lifted: set[int] = set()
    for leaf in chosen.tolist():
        c = leaf
        if c > 0 and born_at[c] < epsilon:
            while True:
                up = int(parents[c])
                if up <= 0:
                    c = 0 if allow_root else c
                    break
                c = up
                if born_at[c] > epsilon:
                    break
        lifted.add(c)
    # A lifted cluster swallows whatever was chosen below it.
    keep = []
    for c in sorted(lifted):
        up = int(parents[c])
        while up >= 0 and up not in lifted:
            up = int(parents[up])
        if up < 0:
            keep.append(c)
    return np.array(keep, dtype=np.int64)


def label_points(tree: CondensedTree, chosen: Ints, *, epsilon: float = 0.0) -> Selection:
    """Labels, strengths and persistence for chosen clusters (none below another)."""
    n = tree.n_clusters
    label_of = np.full(n, -1, dtype=np.int64)
    label_of[chosen] = np.arange(len(chosen))
    for c in range(1, n):
        if label_of[c] < 0:
            label_of[c] = label_of[tree.cluster_parent[c]]
    if tree.n_points and not len(tree.parent):
        labels = np.full(tree.n_points, -1, dtype=np.int64)
    else:
        labels = label_of[tree.point_cluster]
    if len(chosen) == 1 and chosen[0] == 0:
        # Only the root: points that leave it before its densest part do are outliers.
        early = tree.point_lambda < (1.0 / epsilon if epsilon > 0.0 else tree.death[0])
        labels = np.where(early, -1, labels)
    inside = labels >= 0
    highest = tree.death[chosen][labels[inside]]
    mine = tree.point_lambda[inside]
    strength = np.ones(len(mine))
    measured = (highest > 0) & np.isfinite(mine)
    strength[measured] = np.minimum(mine[measured], highest[measured]) / highest[measured]
    probabilities = np.zeros(tree.n_points)
    probabilities[inside] = strength
    return Selection(chosen, labels, probabilities, _persistence(tree, chosen, labels), label_of)


def _persistence(tree: CondensedTree, chosen: Ints, labels: Ints) -> Floats:
    if not len(chosen):
        return np.empty(0)
    members = np.bincount(labels[labels >= 0], minlength=len(chosen))
    highest = tree.lambda_val.max(initial=0.0)
    if not np.isfinite(highest) or highest == 0.0:
        return np.ones(len(chosen))
    return np.where(members > 0, tree.stability[chosen] / (np.maximum(members, 1) * highest), 1.0)


def outlier_scores(tree: CondensedTree) -> Floats:
    """GLOSH (Campello et al. 2015, §6): 1 - lambda of the point / largest lambda below its cluster, in [0, 1].

    0 where that largest lambda is infinite (copies of one point), as in the hdbscan library.
    """
    deepest = tree.death.copy()
    for c in range(tree.n_clusters - 1, 0, -1):
        up = tree.cluster_parent[c]
        deepest[up] = max(deepest[up], deepest[c])
    top = deepest[tree.point_cluster]
    mine = tree.point_lambda
    measured = (top > 0) & np.isfinite(top) & np.isfinite(mine)
    scores = np.zeros(tree.n_points)
    scores[measured] = (top[measured] - mine[measured]) / top[measured]
    return scores
