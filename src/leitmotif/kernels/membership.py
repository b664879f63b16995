"""HDBSCAN* for points outside the tree, and memberships in all clusters at once.

Both follow McInnes, Healy & Astels' hdbscan library: «How soft clustering works» and «Predicting clusters for new points» of its
documentation. Nothing here is quadratic in the number of points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels import _native
from leitmotif.kernels.density import CondensedTree, Selection

__all__ = ["all_memberships", "exemplars", "memberships_of_queries", "predict_queries"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LARGEST = np.finfo(np.float64).max


def exemplars(tree: CondensedTree, selection: Selection) -> list[Ints]:
    """Rows at the heart of each chosen cluster: those that leave its leaves last."""
    leaf_of_point = tree.point_cluster
    is_leaf = np.zeros(tree.n_clusters, dtype=bool)
    is_leaf[tree.leaves] = True
    heart = is_leaf[leaf_of_point] & (tree.point_lambda == tree.death[leaf_of_point])
    label = np.where(heart, selection.label_of[leaf_of_point], -1)
    rows = np.flatnonzero(label >= 0)
    order = np.argsort(label[rows], kind="stable")
    cuts = np.searchsorted(label[rows][order], np.arange(1, len(selection.clusters)))
    return list(np.split(rows[order], cuts)) if len(selection.clusters) else []


def join_heights(tree: CondensedTree, selection: Selection) -> Floats:
    """Lambda at which each cluster of the tree joins each chosen cluster, shape (clusters, K).

    inf where the cluster lies in the chosen one or is it.
    """
    n, k = tree.n_clusters, len(selection.clusters)
    heights = np.zeros((n, k))
    within = np.zeros((n, k), dtype=bool)  # chosen cluster lies in this cluster of the tree
    for j, c in enumerate(selection.clusters.tolist()):
        up = c
        while up >= 0:
            within[up, j] = True
            up = int(tree.cluster_parent[up])
    for c in range(n):
        up = int(tree.cluster_parent[c])
        if up >= 0:
            # Either the two part at this very split, or further up, as its parent does.
            heights[c] = np.where(within[up], tree.birth[c], heights[up])
        heights[c][within[c]] = np.inf
        if selection.label_of[c] >= 0:
            heights[c, selection.label_of[c]] = np.inf
    return heights


def _per_cluster(heights: Floats, point_lambda: Floats) -> Floats:
    return np.minimum(heights, point_lambda[:, None])


def _distance_part(x: Floats, data: Floats, hearts: list[Ints]) -> Floats:
    """Inverse distance to the nearest exemplar of each cluster, rows of sum 1."""
    out = np.empty((len(x), len(hearts)))
    for j, rows in enumerate(hearts):
        _ids, nearest = _native.tree_neighbors(np.ascontiguousarray(data[rows]), x, 1, 0)
        with np.errstate(divide="ignore"):
            out[:, j] = np.where(nearest[:, 0] > 0, 1.0 / nearest[:, 0], _LARGEST / max(1, len(hearts)))
    return _rows_to_one(out)


def _outlier_part(heights: Floats, top: Floats) -> Floats:
    """How far down the tree the point goes with each cluster: softmax of exp(-top / height), rows of sum 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top[:, None] / heights
    # inf / inf: the point never leaves the cluster.
    return _rows_to_one(np.exp(np.exp(-np.nan_to_num(ratio, nan=1.0, posinf=np.inf))))


def _branch_part(heights: Floats, top: Floats) -> Floats:
    """The same for new points: softmax of top / (top - height), which all but settles on the nearest branch."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        score = top[:, None] / (top[:, None] + 1e-8 - heights)
        score = np.where(np.isfinite(score), score, _LARGEST)
        return _rows_to_one(np.exp(score - score.max(axis=1, initial=-np.inf)[:, None]))


def _rows_to_one(x: Floats) -> Floats:
    total = x.sum(axis=1, keepdims=True)
    return x / np.where(total > 0, total, 1.0)


def all_memberships(data: Floats, tree: CondensedTree, selection: Selection) -> Floats:
    """Membership of every training point in every chosen cluster.

    Returns
    -------
    ndarray of float64, shape (n, K)
        Rows sum to the probability of being in any cluster, at most 1.

    Notes
    -----
    O(n (K + log exemplars)), and a table of (clusters of the tree, K) heights.
    """
    if not len(selection.clusters):
        return np.zeros((len(data), 0))
    heights = _per_cluster(join_heights(tree, selection)[tree.point_cluster], tree.point_lambda)
    near = _distance_part(data, data, exemplars(tree, selection))
    shared = _outlier_part(heights, tree.death[tree.point_cluster])
    return _combine(tree, selection, heights, tree.point_lambda, near, shared)


def _combine(
    tree: CondensedTree,
    selection: Selection,
    heights: Floats,
    point_lambda: Floats,
    near: Floats,
    shared: Floats,
) -> Floats:
    best = heights.argmax(axis=1)
    highest = heights[np.arange(len(heights)), best]
    top = np.maximum(point_lambda, tree.death[selection.clusters][best])
    result = _rows_to_one(near * shared)
    with np.errstate(invalid="ignore"):
        inside = np.where(np.isfinite(top), highest / (top + 1e-8), 1.0)
    return np.asarray(result * np.nan_to_num(inside)[:, None])


def _attach(
    data: Floats, core: Floats, tree: CondensedTree, queries: Floats, min_samples: int
) -> tuple[Ints, Floats, Ints]:
    """Nearest training point by mutual reachability, lambda of the joint, and the cluster of the tree reached."""
    n, m = len(data), len(queries)
    k = min(2 * min_samples, n)
    rows, distances = _native.tree_neighbors(data, queries, k, 0)
    own = distances[:, min(min_samples, k - 1)]
    reach = np.maximum(np.maximum(core[rows], own[:, None]), distances)
    at = reach.argmin(axis=1)
    nearest = rows[np.arange(m), at].astype(np.int64)
    height = reach[np.arange(m), at]
    with np.errstate(divide="ignore"):
        lambdas = np.where(height > 0, 1.0 / height, _LARGEST)
    cluster = tree.point_cluster[nearest].copy()
    # Where the point joins above its neighbour's leaving, it belongs to the first ancestor born before that.
    climb = tree.point_lambda[nearest] > lambdas
    while climb.any():
        climb &= (cluster > 0) & (tree.birth[cluster] >= lambdas)
        cluster[climb] = tree.cluster_parent[cluster[climb]]
    return nearest, lambdas, cluster


def predict_queries(
    data: Floats, core: Floats, tree: CondensedTree, selection: Selection, queries: Floats, min_samples: int
) -> tuple[Ints, Floats]:
    """Labels and strengths of new points under the tree as it is, int64 and float64, shape (m,).

    Each point is hung on its nearest neighbour by mutual reachability. O(m log n) in few dimensions.
    """
    if not len(selection.clusters) or not len(queries):
        return np.full(len(queries), -1, dtype=np.int64), np.zeros(len(queries))
    _nearest, lambdas, cluster = _attach(data, core, tree, queries, min_samples)
    labels = selection.label_of[cluster]
    strengths = np.zeros(len(queries))
    inside = labels >= 0
    top = tree.death[selection.clusters][labels[inside]]
    mine = lambdas[inside]
    strengths[inside] = np.where(top > 0, np.minimum(mine, top) / np.where(top > 0, top, 1.0), 1.0)
    strengths[inside] = np.where(np.isfinite(strengths[inside]), strengths[inside], 1.0)
    return labels, strengths


def memberships_of_queries(
    data: Floats, core: Floats, tree: CondensedTree, selection: Selection, queries: Floats, min_samples: int
) -> Floats:
    """Membership of new points in every chosen cluster, shape (m, K); rows sum to at most 1."""
    if not len(selection.clusters) or not len(queries):
        return np.zeros((len(queries), len(selection.clusters)))
    nearest, lambdas, cluster = _attach(data, core, tree, queries, min_samples)
    heights = _per_cluster(join_heights(tree, selection)[cluster], lambdas)
    near = _distance_part(queries, data, exemplars(tree, selection))
    shared = _branch_part(heights, np.maximum(lambdas, tree.death[tree.point_cluster[nearest]]))
    return _combine(tree, selection, heights, lambdas, np.sqrt(near), shared**2)
