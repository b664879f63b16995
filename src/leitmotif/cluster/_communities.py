"""Clusters as communities of the neighbour graph: no seed, no layout, all resolutions in one tree."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from leitmotif.cluster import _scaling as scaling
from leitmotif.cluster._settings import kept_params, one_row_a_point
from leitmotif.errors import EmbeddingsError, InvalidInputError, NotFittedError
from leitmotif.estimator import Estimator
from leitmotif.kernels import layout
from leitmotif.kernels.communities import CommunityTree, community_tree, link_shares
from leitmotif.kernels.neighbors import Neighbors, nearest_neighbors, prepare, query_neighbors
from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix

__all__ = ["Communities"]


class Communities(Estimator):
    """Communities of the reducer's neighbour graph by modularity, with all coarser and finer ones in one tree.

    What UMAP lays out is a graph of neighbours. Its communities depend neither on the layout nor on a seed, and they are the
    best of several runs put together, so that nine tenths of the points have nearly the same. A point whose links lead to
    several of them is in none.

    Parameters
    ----------
    resolution : float or "auto"
        γ of modularity (Reichardt & Bornholdt 2006): larger gives more clusters. "auto": 1.25 from 20,000 points on, up to
        1.5 at 5,000 so that the number of clusters stays, and less for small corpora.
    min_cluster_size : int or "auto"
        Smallest cluster, at least 2; smaller communities join the one that they are most tied to. Lowered to a
        tenth of the points (at least 3) where there are few. "auto": a point in 400, from 10 to 50; :meth:`at` cuts down to 10.
    min_share : float
        A point belongs to its cluster when at least this share of its links stays inside, in [0, 1].
    max_outliers : float
        Share of the points that may be in no cluster, in [0, 1]: those with the least share inside.
    n_neighbors : int
        Neighbours of a point where ``fit`` gets no graph, and for predictions from coordinates.
    n_jobs : int
        Threads of the search for neighbours, -1: all (or LEITMOTIF_NUM_THREADS).
    progress : callable, optional
        Called as ``progress(stage, share)`` between rounds of work.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n,)
        Cluster of each point, -1: none.
    probabilities_ : ndarray of float64, shape (n,)
        Share of the point's links that stay inside its cluster; 0 for outliers.
    resolution_ : float
        The resolution used.
    tree_ : CommunityTree
        The finest clusters and how they join, from which :meth:`at` cuts other numbers.
    n_features_in_ : int

    Notes
    -----
    See :mod:`leitmotif.kernels.communities`. O(edges) for the communities; a fit takes about 0.5 s at 20,000 points with
    15 neighbours.

    Examples
    --------
    >>> x = np.concatenate([np.zeros((30, 2)), np.ones((30, 2))]) + np.random.default_rng(0).normal(0, 0.01, (60, 2))
    >>> Communities(resolution=0.5).fit(x).at(n_clusters=2).labels_[[0, 29, 30, 59]].tolist()
    [0, 0, 1, 1]
    """

    _estimator_type = "clusterer"

    def __init__(
        self,
        resolution: float | Literal["auto"] = "auto",
        min_cluster_size: int | Literal["auto"] = "auto",
        *,
        min_share: float = 0.35,
        max_outliers: float = 0.1,
        n_neighbors: int = 15,
        n_jobs: int | None = -1,
        progress: Callable[[str, float], object] | None = None,
    ) -> None:
        self.resolution = resolution
        self.min_cluster_size = min_cluster_size
        self.min_share = min_share
        self.max_outliers = max_outliers
        self.n_neighbors = n_neighbors
        self.n_jobs = n_jobs
        self.progress = progress

    # -- fitting ----------------------------------------------------------------------------------

    def fit(self, X: FloatMatrix, y: Any = None, graph: SparseMatrix | None = None) -> Communities:  # noqa: ARG002
        """Cluster points by their graph of neighbours.

        Parameters
        ----------
        X : array, shape (n, d)
            Finite. New points are placed by their neighbours among these.
        y : ignored
        graph : sparse matrix, shape (n, n), optional
            Symmetric weights, as in ``graph_`` of a UMAP. None: the fuzzy graph of the points' Euclidean neighbours.

        Raises
        ------
        InvalidInputError
            A parameter is out of range.
        EmbeddingsError
            X is not a matrix or holds NaN or infinity, or the graph has another shape.
        """
        self._check_parameters()
        self._keep_points(X)
        n = len(self._data)
        if graph is None:
            graph = self._graph()
        elif not issparse(graph) or graph.shape != (n, n):
            raise EmbeddingsError(f"graph must be a sparse matrix of shape ({n}, {n}), got {np.shape(graph)}")
        self.resolution_ = scaling.resolution(n) if self.resolution == "auto" else float(self.resolution)
        graph = scaling.evened(graph, n)
        few = max(3, n // 10)
        if self.min_cluster_size == "auto":
            wanted, leaf = scaling.smallest_cluster(n), scaling.SMALLEST[0]
        else:
            wanted = leaf = self.min_cluster_size
        self.tree_ = community_tree(
            graph,
            resolution=self.resolution_,
            smallest=min(wanted, few),
            smallest_leaf=min(leaf, few),
            n_threads=self._threads(),
            progress=None if self.progress is None else self._report,
        )
        self._shares = link_shares(graph, self.tree_.leaf.astype(np.int64))
        self._cut(self.tree_.n_default)
        return self

    def fit_predict(self, X: FloatMatrix, y: Any = None) -> IntVector:
        """Fit, and give the labels: int64, shape (n,)."""
        return self.fit(X, y).labels_

    def _cut(self, n_clusters: int) -> None:
        """Labels and strengths at so many clusters."""
        n = len(self._data)
        cluster = self.tree_.cut(n_clusters) if n_clusters else np.empty(0, dtype=np.int64)
        self.n_clusters_ = n_clusters
        self._cluster_of_leaf = cluster
        leaf = self.tree_.leaf.astype(np.int64)
        labels = np.where(leaf >= 0, cluster[leaf] if len(cluster) else -1, -1)
        inside = np.flatnonzero(labels >= 0)
        strength = np.zeros(n)
        strength[inside] = np.asarray(self._memberships(self._shares)[inside, labels[inside]]).ravel()
        spare = max(0, int(self.max_outliers * n) - (n - len(inside)))
        lowest = np.sort(strength[inside])[spare] if spare < len(inside) else np.inf
        self.cutoff_ = min(float(self.min_share), float(lowest))
        doubtful = strength < self.cutoff_
        self.labels_ = np.where(doubtful, -1, labels)
        self.probabilities_ = np.where(self.labels_ < 0, 0.0, strength)

    def _memberships(self, shares: csr_matrix) -> csr_matrix:
        """Shares of the leaves, added up to the clusters: at most 1, where the sum of rounded shares may be a little more."""
        leaves = np.arange(len(self._cluster_of_leaf))
        shape = (shares.shape[1], self.n_clusters_)
        total = csr_matrix(shares @ csr_matrix((np.ones(len(leaves)), (leaves, self._cluster_of_leaf)), shape=shape))
        np.minimum(total.data, 1.0, out=total.data)
        return total

    # -- other resolutions ------------------------------------------------------------------------

    def at(self, *, n_clusters: int) -> Communities:
        """A copy of this model with another number of clusters, cut from the tree at hand without a second fit. O(n).

        Raises
        ------
        InvalidInputError
            The tree has fewer leaves.
        """
        self._fitted()
        if isinstance(n_clusters, bool) or not isinstance(n_clusters, int | np.integer):
            raise InvalidInputError(f"n_clusters must be a whole number, got {n_clusters!r}")
        other = copy.copy(self)
        other._cut(int(n_clusters))
        return other

    def cut(self, *, n_clusters: int) -> Communities:
        """Make another number of clusters this model's own; see :meth:`at`."""
        self.__dict__.update(self.at(n_clusters=n_clusters).__dict__)
        return self

    @property
    def exactly_(self) -> int | None:
        """The number of clusters where another than the resolution's own was asked for, or None."""
        asked = hasattr(self, "tree_") and self.n_clusters_ != self.tree_.n_default
        return self.n_clusters_ if asked else None

    def labels_for(self, *, n_clusters: int) -> IntVector:
        """Labels at another number of clusters: those of :meth:`at`."""
        return self.at(n_clusters=n_clusters).labels_

    def resolutions(self) -> dict[str, NDArray[Any]]:
        """All numbers of clusters that the tree has: columns of equal length, ascending.

        ``n_clusters``; ``smallest`` and ``largest`` cluster (points, doubtful ones included); ``persistence``: how wide the
        range of resolutions with so many clusters is (see :meth:`CommunityTree.persistence`).
        """
        self._fitted()
        tree = self.tree_
        sizes = np.bincount(tree.leaf[tree.leaf >= 0], minlength=tree.n_leaves).astype(np.int64)
        smallest, largest = [int(sizes.min()) if len(sizes) else 0], [int(sizes.max(initial=0))]
        for kept, gone in tree.merges.tolist():
            sizes[kept] += sizes[gone]
            sizes[gone] = 0
            smallest.append(int(sizes[sizes > 0].min()))
            largest.append(int(sizes.max()))
        count = tree.n_leaves
        return {
            "n_clusters": np.arange(1, count + 1),
            "smallest": np.array(smallest[::-1][:count], dtype=np.int64),
            "largest": np.array(largest[::-1][:count], dtype=np.int64),
            "persistence": tree.persistence(),
        }

    # -- new points -------------------------------------------------------------------------------

    def predict(self, X: FloatMatrix) -> IntVector:
        """Cluster of each point, int64, shape (m,); see :meth:`approximate_predict`."""
        return self.approximate_predict(X)[0]

    def approximate_predict(self, X: FloatMatrix) -> tuple[IntVector, NDArray[np.float64]]:
        """Clusters and strengths of points by the shares of their nearest training points.

        A point equal to a training point gets that point's label and strength (the first such point's). The answer for a
        point does not depend on the others in X. O(m n d).
        """
        return self._predicted(*self._shares_of(X))

    def predict_among(self, neighbors: Neighbors) -> tuple[IntVector, NDArray[np.float64]]:
        """Clusters and strengths of points whose nearest training points are known, as ``nearest`` of a UMAP gives them.

        What counts is where a point's links lead, as for the training points: no coordinates are needed. One with a distance of 0
        to its first neighbour gets that one's label and strength. O(m n_neighbors).

        Parameters
        ----------
        neighbors : Neighbors
            ``indices`` and ``distances``, shape (m, k): rows of the fit, ascending by distance; -1 for none.

        Raises
        ------
        InvalidInputError
            An index is not the row of a training point.
        """
        return self._predicted(*self._links_of(neighbors))

    def _predicted(self, shares: csr_matrix, known: IntVector) -> tuple[IntVector, NDArray[np.float64]]:
        matrix = self._memberships(shares).toarray()
        if not self.n_clusters_:
            return np.full(len(matrix), -1, dtype=np.int64), np.zeros(len(matrix))
        labels = matrix.argmax(axis=1).astype(np.int64)
        strengths = matrix[np.arange(len(matrix)), labels]
        labels = np.where(strengths < self.cutoff_, -1, labels)
        labels = np.where(known >= 0, self.labels_[known], labels)
        strengths = np.where(known >= 0, self.probabilities_[known], strengths)
        return labels, np.where(labels < 0, 0.0, strengths)

    def membership_vector(self, X: FloatMatrix) -> NDArray[np.float64]:
        """Share of each new point's links that lead into each cluster, shape (m, K); rows sum to at most 1."""
        return np.asarray(self._memberships(self._shares_of(X)[0]).toarray(), dtype=np.float64)

    def memberships_among(self, neighbors: Neighbors) -> NDArray[np.float64]:
        """:meth:`membership_vector` of points whose nearest training points are known, as for :meth:`predict_among`."""
        return np.asarray(self._memberships(self._links_of(neighbors)[0]).toarray(), dtype=np.float64)

    def all_points_membership_vectors(self) -> NDArray[np.float64]:
        """Share of every training point's links that lead into each cluster, shape (n, K)."""
        self._fitted()
        return np.asarray(self._memberships(self._shares).toarray(), dtype=np.float64)

    def _shares_of(self, X: FloatMatrix) -> tuple[csr_matrix, IntVector]:
        """Shares of the leaves for new points, and the first training row that equals each, or -1."""
        self._fitted()
        x = np.asarray(X)
        if x.ndim != 2 or x.shape[1] != self.n_features_in_:
            raise EmbeddingsError(
                f"X has shape {x.shape}, but these communities were fitted on {self.n_features_in_} columns"
            )
        if not len(self._data):
            return csr_matrix((len(x), self._shares.shape[1])), np.full(len(x), -1, dtype=np.int64)
        found = query_neighbors(
            self._data,
            prepare(x, "euclidean", self._center),
            min(self.n_neighbors, len(self._data)),
            metric="euclidean",
            n_threads=self._threads(),
        )
        mixing, known = self._mixing(found)
        return csr_matrix(mixing @ self._shares), known

    def _links_of(self, neighbors: Neighbors) -> tuple[csr_matrix, IntVector]:
        """Shares of a point's links that lead into each leaf, and the training row at a distance of 0 from it, or -1."""
        self._fitted()
        if neighbors.indices.size and not -1 <= neighbors.indices.min() <= neighbors.indices.max() < len(self._data):
            raise InvalidInputError(f"an index of a neighbour is not a row of the {len(self._data)} training points")
        mixing, known = self._mixing(neighbors)
        inside = np.flatnonzero(self.tree_.leaf >= 0)
        ends = (np.ones(len(inside)), (inside, self.tree_.leaf[inside]))
        return csr_matrix(mixing @ csr_matrix(ends, shape=self._shares.shape)), known

    def _mixing(self, found: Neighbors) -> tuple[csr_matrix, IntVector]:
        """How much each training point counts for each new one, rows of sum 1, and the one at a distance of 0, or -1."""
        nearest, distances = found.indices.astype(np.int64), found.distances.astype(np.float64)
        there = nearest >= 0
        beyond = np.where(there, distances - distances[:, :1], 0.0)
        scale = beyond.mean(axis=1, keepdims=True)
        steepness = scaling.evening(len(self._data))
        weights = np.where(there, np.exp(-steepness * beyond / np.where(scale > 0, scale, 1.0)), 0.0)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        # Row by row in the order of the neighbours: a point's sum must not depend on the batch.
        ends = (np.arange(len(nearest) + 1) * nearest.shape[1], np.where(there, nearest, 0).ravel())
        mixing = csr_matrix((weights.ravel(), ends[1], ends[0]), shape=(len(nearest), len(self._data)))
        return mixing, np.where((distances[:, 0] == 0) & there[:, 0], nearest[:, 0], -1)

    # -- files ------------------------------------------------------------------------------------

    def get_state(self) -> dict[str, Any]:
        """What was learned, as plain data and arrays, for a file; :meth:`from_state` gives the clusterer back.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        self._fitted()
        return {
            "params": kept_params(self),
            "data": self._data,
            "center": self._center,
            "resolution": self.resolution_,
            "leaf": self.tree_.leaf,
            "merges": self.tree_.merges,
            "heights": self.tree_.heights,
            "n_default": self.tree_.n_default,
            "n_clusters": self.n_clusters_,
            "shares": self._shares.data,
            "share_columns": self._shares.indices.astype(np.int32),
            "share_rows": self._shares.indptr.astype(np.int64),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Communities:
        """The fitted clusterer of :meth:`get_state`: equal attributes, equal predictions. O(n).

        Raises
        ------
        InvalidInputError, EmbeddingsError
            The state contradicts itself; nothing of it reaches compiled code before it is checked.
        """
        made = cls(**state["params"])
        made._check_parameters()
        made._data = prepare(np.asarray(state["data"]), "euclidean")
        made.n_features_in_ = int(made._data.shape[1])
        made._center = one_row_a_point(state["center"], made.n_features_in_, "the coordinates of the centre")
        made.resolution_ = float(state["resolution"])
        merges = np.asarray(state["merges"], dtype=np.int32).reshape(-1, 2)
        tree = CommunityTree(
            leaf=np.asarray(state["leaf"], dtype=np.int32),
            merges=merges,
            heights=one_row_a_point(state["heights"], len(merges), "the heights of the merges"),
            n_default=int(state["n_default"]),
        )
        made.tree_ = tree
        n, n_clusters = len(made._data), int(state["n_clusters"])
        shares = tuple(np.asarray(state[name]) for name in ("shares", "share_columns", "share_rows"))
        if not _is_sound(tree, shares, n, n_clusters) or not _positive(made.resolution_):
            raise InvalidInputError(f"the state of these communities holds no tree of its {n} points")
        made._shares = csr_matrix(shares, shape=(n, tree.n_leaves))
        made._cut(n_clusters)
        return made

    # -- parts ------------------------------------------------------------------------------------

    def _keep_points(self, X: FloatMatrix) -> None:
        x = np.asarray(X)
        if x.ndim != 2 or x.shape[1] == 0:
            raise EmbeddingsError(f"expected a matrix (points, dimensions), got an array of shape {np.shape(X)}")
        self._center = x.mean(axis=0, dtype=np.float64) if len(x) else np.zeros(x.shape[1])
        self._data = prepare(x, "euclidean", self._center)
        self.n_features_in_ = int(x.shape[1])

    def _graph(self) -> SparseMatrix:
        n = len(self._data)
        if n < 3:
            return csr_matrix((n, n))
        k = max(1, min(self.n_neighbors, n) - 1)
        found = nearest_neighbors(self._data, k, metric="euclidean", n_threads=self._threads())
        own = Neighbors(
            np.hstack([np.arange(n, dtype=np.int32)[:, None], found.indices]),
            np.hstack([np.zeros((n, 1), dtype=np.float32), found.distances]),
        )
        return layout.fuzzy_graph(own, n_threads=self._threads())

    def _threads(self) -> int:
        return int(self.n_jobs) if self.n_jobs is not None and self.n_jobs > 0 else 0

    def _report(self, share: float) -> None:
        if self.progress is not None:
            self.progress("communities", share)

    def _fitted(self) -> Communities:
        if not hasattr(self, "tree_"):
            raise NotFittedError("these Communities are not fitted yet: call fit first")
        return self

    def _check_parameters(self) -> None:
        for name, fine, wanted in (
            ("resolution", self.resolution == "auto" or _positive(self.resolution), "'auto' or a positive number"),
            (
                "min_cluster_size",
                self.min_cluster_size == "auto" or (_positive(self.min_cluster_size) and self.min_cluster_size >= 2),
                "'auto' or at least 2",
            ),
            ("min_share", _is_share(self.min_share), "a share from 0 to 1"),
            ("max_outliers", _is_share(self.max_outliers), "a share from 0 to 1"),
            ("n_neighbors", _positive(self.n_neighbors) and self.n_neighbors >= 2, "at least 2"),
        ):
            if not fine:
                raise InvalidInputError(f"{name} must be {wanted}, got {getattr(self, name)!r}")


def _positive(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and bool(0 < value < np.inf)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and bool(0 <= value <= 1)


def _is_sound(tree: CommunityTree, shares: tuple[Any, ...], n: int, n_clusters: int) -> bool:
    """Whether arrays from a file fit together."""
    leaves = tree.n_leaves
    data, columns, rows = shares
    steps = max(leaves - 1, 0)
    if tree.leaf.shape != (n,) or tree.merges.shape != (steps, 2):
        return False
    if not (0 <= tree.n_default <= leaves and (1 <= n_clusters <= leaves or leaves == n_clusters == 0)):
        return False
    if n and not (tree.leaf.min() >= -1 and tree.leaf.max() < max(leaves, 1)):
        return False
    if steps and not (tree.merges.min() >= 0 and (tree.merges[:, 0] < tree.merges[:, 1]).all()):
        return False
    # Each leaf but the first joins another exactly once, and none takes anything up after it has gone.
    gone_at = np.full(leaves, steps, dtype=np.int64)
    if steps and (tree.merges[:, 1].max() >= leaves or len(np.unique(tree.merges[:, 1])) != steps):
        return False
    gone_at[tree.merges[:, 1]] = np.arange(steps)
    if not (gone_at[tree.merges[:, 0]] > np.arange(steps)).all():
        return False
    fits = rows.shape == (n + 1,) and data.shape == columns.shape and data.ndim == 1
    return bool(
        fits
        and rows[0] == 0
        and rows[-1] == len(data)
        and (np.diff(rows) >= 0).all()
        and (
            not len(data) or (columns.min() >= 0 and columns.max() < leaves and data.min() >= 0 and data.max() <= 1.001)
        )
    )
