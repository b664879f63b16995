"""Communities of a neighbour graph by modularity, and the tree that they make with finer and coarser ones.

Newman & Girvan (2004), «Finding and evaluating community structure in networks»; Reichardt & Bornholdt (2006) for the
resolution γ: a set of vertices is worth the weight inside it less γ times what chance would put there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import _native
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["CommunityTree", "absorb_small", "communities", "community_tree", "link_shares"]

Progress = Callable[[float], object]
ROUNDS = 4
# A single run ends in one of many partitions that are nearly the best, and in another for nine tenths of the documents.
RUNS = 16
# The leaves of the tree are communities at so many times the resolution: some dozens of documents each.
FINER = 32.0


def communities(
    graph: SparseMatrix,
    *,
    resolution: float = 1.0,
    groups: IntVector | None = None,
    runs: int = 1,
    n_threads: int = 0,
    progress: Progress | None = None,
) -> IntVector:
    """Community of each vertex, numbered from 0 in the order of their first vertices: int64, shape (n,).

    Parameters
    ----------
    graph : csr_matrix, shape (n, n)
        Symmetric, weights not negative; the diagonal is ignored.
    resolution : float
        γ > 0: larger gives more and smaller communities.
    groups : ndarray of int, shape (n,), optional
        No community reaches across two groups.
    runs : int
        1: vertices move in the order of their rows. More: they move in so many other orders (half as many where the graph is
        still whole), and what none of these runs parts becomes one vertex of a smaller graph. After doing so twice the best of
        ``runs`` is taken, and single vertices are moved from there on.
    n_threads : int
        Runs at once, 4 at most; 0: all cores (or LEITMOTIF_NUM_THREADS). The answer does not depend on it.
    progress : callable, optional
        Called with 0 now and then.

    Notes
    -----
    Nothing is random: orders come from counter-based streams, and ties go to the smaller number. About O(runs · edges), and
    four bytes a vertex and run.

    Many partitions differ much and are worth nearly the same (Good, de Montjoye & Clauset 2010), so that one run finds another
    where a tenth of the vertices is missing. Putting runs together by their core groups (Ovelgönne & Geyer-Schulz 2012, «An
    ensemble learning strategy for graph clustering») finds better ones, and the same ones more often.
    """
    graph = _loopless(graph)
    mass = np.asarray(graph.sum(axis=1)).ravel()
    total = float(mass.sum())
    if total == 0:
        return np.arange(graph.shape[0], dtype=np.int64)
    if groups is not None:
        graph = _within(graph, groups)
    found = _native.communities(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data,
        mass,
        float(resolution) / total,
        runs,
        ROUNDS,
        n_threads,
        progress,
    )
    return found.astype(np.int64)


def absorb_small(
    graph: SparseMatrix, labels: IntVector, smallest: int, groups: IntVector | None = None
) -> NDArray[np.int64]:
    """Labels in which communities of fewer than ``smallest`` have joined the one that they are most tied to.

    The tie is the weight between two communities against what chance would put there. One without any tie (in its
    group) stays. Numbered as in :func:`communities`.
    """
    graph = _loopless(graph)
    mass = np.asarray(graph.sum(axis=1)).ravel()
    if groups is not None:
        graph = _within(graph, groups)
    while True:
        labels = _numbered(labels)
        sizes = np.bincount(labels)
        ties = _ties(graph, labels, mass)
        small = np.flatnonzero((sizes < smallest) & (np.diff(ties.indptr) > 0))
        if not len(small):
            return labels
        target = np.arange(len(sizes))
        for c in small.tolist():
            row = slice(ties.indptr[c], ties.indptr[c + 1])
            target[c] = ties.indices[row][int(ties.data[row].argmax())]
        # Small communities may choose each other, or one another in a ring: each chain is followed to its end.
        for c in small.tolist():
            path = [c]
            while target[path[-1]] not in path:
                path.append(int(target[path[-1]]))
            end = int(target[path[-1]])
            target[path[:-1]] = target[end] = end
        labels = target[labels]


def link_shares(graph: SparseMatrix, labels: IntVector) -> csr_matrix:
    """Share of each vertex's weight that leads into each community: csr_matrix of float32, shape (n, communities)."""
    graph = _loopless(graph)
    mass = np.asarray(graph.sum(axis=1)).ravel()
    shares = (diags_array(1.0 / np.where(mass > 0, mass, 1.0)) @ graph @ _indicator(labels)).tocsr()
    shares.sort_indices()
    return csr_matrix(shares.astype(np.float32))


@dataclass(frozen=True, eq=False)
class CommunityTree:
    """Nested communities: the leaves, and the merges that lead to one.

    Attributes
    ----------
    leaf : ndarray of int32, shape (n,)
        Leaf of each vertex, 0 to L - 1; -1 for a vertex in none.
    merges : ndarray of int32, shape (L - 1, 2)
        What joins what, in order; a cluster is known by its smallest leaf, the first of the two.
    heights : ndarray of float64, shape (L - 1,)
        The resolution below which modularity gains by the merge; 0 where nothing ties the two.
    n_default : int
        Communities at the resolution asked for: the first ``L - n_default`` merges lead to them.
    """

    leaf: NDArray[np.int32]
    merges: NDArray[np.int32]
    heights: NDArray[np.float64]
    n_default: int

    @property
    def n_leaves(self) -> int:
        """Number of leaves, L."""
        return len(self.merges) + 1 if self.n_default else 0

    def cut(self, n_clusters: int) -> IntVector:
        """Cluster, 0 to ``n_clusters`` - 1, of each leaf: int64, shape (L,).

        Raises
        ------
        InvalidInputError
            More clusters than leaves, or fewer than one.
        """
        if not 1 <= n_clusters <= self.n_leaves:
            raise InvalidInputError(
                f"cannot cut {n_clusters} clusters: the tree has from 1 to {self.n_leaves}. "
                "For more, fit with a smaller min_cluster_size or a larger resolution."
            )
        owner = np.arange(self.n_leaves)
        for kept, gone in self.merges[: self.n_leaves - n_clusters].tolist():
            owner[owner == gone] = kept
        return np.unique(owner, return_inverse=True)[1].astype(np.int64)

    def persistence(self) -> NDArray[np.float64]:
        """Range of resolutions (natural logarithm of their ratio) that each number of clusters holds for, shape (L,).

        Entry k - 1 belongs to k clusters. The ends, one cluster and all leaves, have 0.
        """
        out = np.zeros(self.n_leaves)
        low = np.maximum(self.heights, 1e-3)
        for k in range(2, self.n_leaves):
            joined = self.n_leaves - k  # merges done
            out[k - 1] = max(0.0, float(np.log(low[joined - 1] / low[joined])))
        return out


def community_tree(
    graph: SparseMatrix,
    *,
    resolution: float,
    smallest: int,
    smallest_leaf: int | None = None,
    n_threads: int = 0,
    progress: Progress | None = None,
) -> CommunityTree:
    """Communities at ``resolution``, what they are made of, and what they join to.

    Parameters
    ----------
    graph : csr_matrix, shape (n, n)
    resolution : float
    smallest : int
        Communities with fewer vertices join another; where nothing ties them to one, they are none below ``smallest_leaf``.
    smallest_leaf : int, optional
        The same for leaves; ``smallest`` if None.
    n_threads : int
        As in :func:`communities`.

    Notes
    -----
    Communities at ``resolution`` are the best of 16 runs put together. Leaves are communities at a far higher resolution
    inside each. They join in the order in which modularity gains as the resolution falls: the pair with the largest ratio of
    weight between them to what chance would put there (Bonald, Charpentier, Galland & Hollocou 2018, «Hierarchical graph
    clustering using node pair sampling»), first within each community, then these.
    """
    base = communities(graph, resolution=resolution, runs=RUNS, n_threads=n_threads, progress=progress)
    base = absorb_small(graph, base, smallest)
    smallest = smallest if smallest_leaf is None else smallest_leaf
    fine = communities(graph, resolution=FINER * resolution, groups=base, progress=progress)
    leaf = absorb_small(graph, fine, smallest, base)
    sizes = np.bincount(leaf)
    kept = np.flatnonzero(sizes >= smallest)
    renumbered = np.full(len(sizes), -1, dtype=np.int64)
    renumbered[kept] = np.arange(len(kept))
    leaf = renumbered[leaf]
    inside = leaf >= 0
    base_of = np.zeros(len(kept), dtype=np.int64)
    base_of[leaf[inside]] = base[inside]
    base_of = _numbered(base_of)
    mass = np.asarray(_loopless(graph).sum(axis=1)).ravel()
    rows = np.flatnonzero(inside)
    ties = _ties(_loopless(graph)[rows][:, rows], leaf[rows], mass[rows], float(mass.sum()))
    masses = np.bincount(leaf[rows], weights=mass[rows], minlength=len(kept))
    steps: list[tuple[float, int, int]] = []
    first = []
    for c in range(int(base_of.max(initial=-1)) + 1):
        members = np.flatnonzero(base_of == c)
        steps += _agglomerate(ties[members][:, members].toarray(), masses[members], members)
        first.append(int(members[0]))
    steps.sort(key=lambda step: -step[0])  # stable: of one community they stay in order
    if first:
        top = _indicator(base_of)
        between = top.T @ diags_array(masses) @ ties @ diags_array(masses) @ top
        base_mass = top.T @ masses
        scaled = np.asarray(between.todense()) / np.outer(base_mass, base_mass)
        steps += _agglomerate(scaled, base_mass, np.array(first))
    return CommunityTree(
        leaf=leaf.astype(np.int32),
        merges=np.array([step[1:] for step in steps], dtype=np.int32).reshape(-1, 2),
        heights=np.array([step[0] for step in steps], dtype=np.float64),
        n_default=len(first),
    )


def _agglomerate(ties: NDArray[Any], masses: NDArray[Any], names: IntVector) -> list[tuple[float, int, int]]:
    """Merges of all to one: (tie, smaller name, larger name), ties falling. O(k²) a merge."""
    ties, masses = np.array(ties, dtype=np.float64), np.array(masses, dtype=np.float64)
    np.fill_diagonal(ties, -1.0)
    steps = []
    height = np.inf  # of a cluster that is gone all ties are -2, with itself a cluster has -1
    for _ in range(len(names) - 1):
        a, b = sorted(divmod(int(ties.argmax()), len(names)))
        height = min(height, float(ties[a, b]))  # rounding aside they fall on their own
        steps.append((height, int(names[a]), int(names[b])))
        joined = (masses[a] * ties[a] + masses[b] * ties[b]) / max(masses[a] + masses[b], 1e-300)
        joined[ties[a] == -2.0] = -2.0
        joined[a] = -1.0
        ties[a] = ties[:, a] = joined
        ties[b] = ties[:, b] = -2.0
        masses[a] += masses[b]
    return steps


def _ties(graph: csr_matrix, labels: IntVector, mass: NDArray[Any], total: float | None = None) -> csr_matrix:
    """Weight between each two communities against what chance would put there; the diagonal is left out."""
    indicator = _indicator(labels)
    between = _loopless(indicator.T @ graph @ indicator)
    masses = indicator.T @ mass
    inverse = diags_array(1.0 / np.where(masses > 0, masses, 1.0))
    whole = float(mass.sum()) if total is None else total
    ties = csr_matrix(whole * (inverse @ between @ inverse))
    ties.sort_indices()
    return ties


def _indicator(labels: IntVector) -> csr_matrix:
    """Vertices × communities; a row without label (-1) is empty."""
    inside = np.flatnonzero(labels >= 0)
    shape = (len(labels), int(labels.max(initial=-1)) + 1)
    return csr_matrix((np.ones(len(inside)), (inside, labels[inside])), shape=shape)


def _numbered(labels: IntVector) -> NDArray[np.int64]:
    """Labels from 0 on in the order of their first vertices."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]


def _loopless(graph: SparseMatrix) -> csr_matrix:
    """As float64, indices sorted, without diagonal and zeros."""
    edges = graph.tocoo()
    keep = (edges.row != edges.col) & (edges.data != 0)
    out = csr_matrix((edges.data[keep].astype(np.float64), (edges.row[keep], edges.col[keep])), shape=graph.shape)
    out.sort_indices()
    return out


def _within(graph: csr_matrix, groups: IntVector) -> csr_matrix:
    """Without the edges between two groups."""
    edges = graph.tocoo()
    keep = groups[edges.row] == groups[edges.col]
    out = csr_matrix((edges.data[keep], (edges.row[keep], edges.col[keep])), shape=graph.shape)
    out.sort_indices()
    return out
