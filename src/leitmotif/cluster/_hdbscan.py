"""HDBSCAN*: compiled, exact, the same on every run, all resolutions from one tree."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leitmotif.cluster._settings import AUTO_LOWEST, as_points, check, check_settings, kept_params, one_row_a_point
from leitmotif.errors import EmbeddingsError, InvalidInputError, NotFittedError
from leitmotif.estimator import Estimator
from leitmotif.kernels import density, membership, resolution
from leitmotif.kernels.density import CondensedTree, Selection
from leitmotif.kernels.resolution import PersistenceCurve
from leitmotif.kernels.rows import RowIndex
from leitmotif.progress import stage_by_share
from leitmotif.typing import FloatMatrix, IntVector

__all__ = ["HDBSCAN"]


class HDBSCAN(Estimator):
    """Hierarchical density-based clustering (Campello et al. 2013, 2015; McInnes & Healy 2017).

    Names and meanings of the parameters and fitted attributes are those of the hdbscan library. The spanning tree is exact
    (as with ``approx_min_span_tree=False`` there) and ties break by distance, then row.

    Parameters
    ----------
    min_cluster_size : int or "auto"
        Smallest cluster, at least 2. "auto": the most persistent size of the tree between 10 and a fiftieth of the
        points (at least 20); see ``persistence_curve_``.
    min_samples : int, optional
        Neighbours that make a point dense; None: ``min_cluster_size`` (10 with "auto"). Lowered to the number of points
        less one.
    cluster_selection_epsilon, cluster_selection_epsilon_max : float
        Clusters are not split at distances below the first, and not chosen when born beyond the second.
    max_cluster_size : int
        With "eom": no larger clusters; 0: no limit.
    alpha : float
        Distances are divided by it.
    cluster_selection_method : {"eom", "leaf"}
    allow_single_cluster : bool
        Whether all points may form one cluster.
    prediction_data : bool
        Predictions need no preparation here; kept for scripts that set it.
    n_jobs : int
        Threads, -1: all (or LEITMOTIF_NUM_THREADS).
    progress : callable, optional
        Called as ``progress(stage, share)`` between rounds of work.
    algorithm, leaf_size, memory, approx_min_span_tree, gen_min_span_tree, core_dist_n_jobs : optional
        Of the hdbscan library, about how it computes; they change nothing here.
    metric, p, cluster_selection_persistence, branch_detection_data, match_reference_implementation : optional
        A value that asks for what is not supported raises.

    Attributes
    ----------
    labels_ : ndarray of int64, shape (n,)
        Cluster of each point, -1: none.
    probabilities_ : ndarray of float64, shape (n,)
        Strength of membership in [0, 1], 0 for outliers.
    cluster_persistence_ : ndarray of float64, shape (K,)
    outlier_scores_ : ndarray of float64, shape (n,)
        GLOSH, in [0, 1].
    condensed_tree_ : CondensedTree
        With ``to_pandas()`` and ``to_numpy()``.
    linkage_ : Linkage
        The dendrogram, from which :meth:`at` and :meth:`labels_for` cut other resolutions.
    min_cluster_size_ : int
        The size used.
    persistence_curve_ : PersistenceCurve
        How stable the clusters of each size are.
    exemplars_ : list of ndarray, each (members, d)
        Points at the heart of each cluster.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> x = np.concatenate([np.zeros((9, 2)), np.ones((9, 2))]) + np.random.default_rng(0).normal(0, 0.01, (18, 2))
    >>> sorted(set(HDBSCAN(min_cluster_size=5).fit(x).labels_.tolist()))
    [0, 1]
    """

    _estimator_type = "clusterer"
    _rows: RowIndex | None = None

    def __init__(
        self,
        min_cluster_size: int | Literal["auto"] = 5,
        min_samples: int | None = None,
        cluster_selection_epsilon: float = 0.0,
        *,
        cluster_selection_method: str = "eom",
        cluster_selection_epsilon_max: float = float("inf"),
        cluster_selection_persistence: float = 0.0,
        max_cluster_size: int = 0,
        metric: str = "euclidean",
        alpha: float = 1.0,
        p: Any = None,
        allow_single_cluster: bool = False,
        prediction_data: bool = False,
        algorithm: str = "best",
        leaf_size: int = 40,
        memory: Any = None,
        approx_min_span_tree: bool = False,
        gen_min_span_tree: bool = False,
        core_dist_n_jobs: int = -1,
        branch_detection_data: bool = False,
        match_reference_implementation: bool = False,
        n_jobs: int | None = -1,
        progress: Callable[[str, float], object] | None = None,
    ) -> None:
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.cluster_selection_epsilon = cluster_selection_epsilon
        self.cluster_selection_method = cluster_selection_method
        self.cluster_selection_epsilon_max = cluster_selection_epsilon_max
        self.cluster_selection_persistence = cluster_selection_persistence
        self.max_cluster_size = max_cluster_size
        self.metric = metric
        self.alpha = alpha
        self.p = p
        self.allow_single_cluster = allow_single_cluster
        self.prediction_data = prediction_data
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.memory = memory
        self.approx_min_span_tree = approx_min_span_tree
        self.gen_min_span_tree = gen_min_span_tree
        self.core_dist_n_jobs = core_dist_n_jobs
        self.branch_detection_data = branch_detection_data
        self.match_reference_implementation = match_reference_implementation
        self.n_jobs = n_jobs
        self.progress = progress

    # -- fitting ----------------------------------------------------------------------------------

    def fit(self, X: FloatMatrix, y: Any = None) -> HDBSCAN:  # noqa: ARG002 - scikit-learn's signature
        """Cluster the rows of X.

        Parameters
        ----------
        X : array, shape (n, d)
            Finite. Made for few dimensions: reduce embeddings first.
        y : ignored

        Raises
        ------
        InvalidInputError
            A parameter is out of range or asks for what is not supported.
        EmbeddingsError
            X is not a matrix or holds NaN or infinity.
        """
        check_settings(self)
        x = as_points(X)
        self._data, self._rows = x, None
        self.n_features_in_ = int(x.shape[1])
        self.min_samples_ = self._min_samples_for(len(x))
        told = self.progress
        also = None if told is None else lambda share: told("spanning tree", share)
        with stage_by_share("span the tree", also) as report:
            self.linkage_ = density.linkage(
                x,
                self.min_samples_,
                alpha=float(self.alpha),
                n_threads=int(self.n_jobs) if self.n_jobs is not None and self.n_jobs > 0 else 0,
                progress=report,
            )
        self._exactly: int | None = None
        self.min_cluster_size_ = self._size_for(len(x))
        tree = density.condense(self.linkage_, self.min_cluster_size_)
        self._keep(self._cut(tree), tree)
        return self

    def fit_predict(self, X: FloatMatrix, y: Any = None) -> IntVector:
        """Fit, and give the labels: int64, shape (n,)."""
        return self.fit(X, y).labels_

    def _size_for(self, n: int) -> int:
        if self.min_cluster_size != "auto":
            return self.min_cluster_size
        return self.persistence_curve_.best(AUTO_LOWEST, max(2 * AUTO_LOWEST, n // 50))

    def _keep(self, selection: Selection, tree: CondensedTree) -> None:
        self.condensed_tree_ = tree
        self._selection = selection
        self.labels_ = self._selection.labels
        self.probabilities_ = self._selection.probabilities
        self.cluster_persistence_ = self._selection.persistence

    def _cut(self, tree: CondensedTree) -> Selection:
        chosen = density.select(
            tree,
            method=self.cluster_selection_method,
            epsilon=float(self.cluster_selection_epsilon),
            allow_single_cluster=self.allow_single_cluster,
            max_cluster_size=self.max_cluster_size,
            epsilon_max=self.cluster_selection_epsilon_max,
        )
        return density.label_points(tree, chosen, epsilon=float(self.cluster_selection_epsilon))

    @property
    def outlier_scores_(self) -> NDArray[np.float64]:
        """GLOSH outlier score of each training point."""
        return density.outlier_scores(self._fitted().condensed_tree_)

    @property
    def exemplars_(self) -> list[NDArray[np.float64]]:
        """Points at the heart of each cluster."""
        self._fitted()
        return [self._data[rows] for rows in membership.exemplars(self.condensed_tree_, self._selection)]

    # -- other resolutions ------------------------------------------------------------------------

    @property
    def persistence_curve_(self) -> PersistenceCurve:
        """Which ``min_cluster_size`` are stable: a record of columns with ``to_pandas()``."""
        return resolution.persistence_curve(self._fitted().linkage_)

    def resolutions(self) -> dict[str, NDArray[Any]]:
        """What :meth:`at` with ``n_clusters`` can give: columns of equal length, as of ``Communities.resolutions``.

        ``persistence`` is the logarithm of the range of ``min_cluster_size`` over which so many leaf clusters stand; sizes are
        those of the leaves.
        """
        curve = self.persistence_curve_
        ends = np.append(curve.min_cluster_size[1:], curve.min_cluster_size[-1:] + 1)
        counts, first = np.unique(curve.n_clusters, return_index=True)
        at = {name: np.zeros(len(counts), dtype=np.int64) for name in ("smallest", "largest")}
        persistence = np.zeros(len(counts))
        for i, row in enumerate(first.tolist()):
            tree = density.condense(self.linkage_, int(max(2, curve.min_cluster_size[row])))
            sizes = tree.size[tree.leaves]
            at["smallest"][i], at["largest"][i] = sizes.min(initial=self.linkage_.n_points), sizes.max(initial=0)
            same = curve.n_clusters == counts[i]
            persistence[i] = float(np.log(ends[same] / curve.min_cluster_size[same]).sum())
        return {"n_clusters": counts, **at, "persistence": persistence}

    @property
    def exactly_(self) -> int | None:
        """The number of clusters that was asked for, or None where the settings decide it."""
        return getattr(self, "_exactly", None)

    def labels_for(self, *, min_cluster_size: int | None = None, n_clusters: int | None = None) -> IntVector:
        """Labels at another resolution, int64, shape (n,): those of :meth:`at`."""
        return self.at(min_cluster_size=min_cluster_size, n_clusters=n_clusters).labels_

    def at(self, *, min_cluster_size: int | None = None, n_clusters: int | None = None) -> HDBSCAN:
        """A copy of this model at another resolution, cut from the tree at hand without a second fit.

        Parameters
        ----------
        min_cluster_size : int, optional
            As in the constructor; ``min_samples`` stays that of the fit. O(n).
        n_clusters : int, optional
            Exactly so many clusters: the cut of the tree with the largest total stability. Where the tree has
            fewer, smaller clusters than ``min_cluster_size`` are let in. O(n log n + clusters · n_clusters).

        Returns
        -------
        HDBSCAN
            Fitted; it shares the tree and predicts at its own resolution.

        Raises
        ------
        InvalidInputError
            Neither or both are given, or the data do not hold so many clusters.
        """
        self._fitted()
        if (min_cluster_size is None) == (n_clusters is None):
            raise InvalidInputError(
                f"give either min_cluster_size or n_clusters, got {min_cluster_size!r} and {n_clusters!r}"
            )
        other = copy.copy(self)
        other.min_samples = self.min_samples_
        other._exactly = n_clusters
        if n_clusters is None:
            size = int(min_cluster_size or 0)
            check("min_cluster_size", min_cluster_size, size >= 2, "at least 2")
            tree = density.condense(self.linkage_, size)
            other.min_cluster_size = other.min_cluster_size_ = size
            other._keep(other._cut(tree), tree)
        else:
            check("n_clusters", n_clusters, n_clusters >= 1, "at least 1")
            tree = resolution.tree_with_leaves(self.linkage_, n_clusters, self.min_cluster_size_)
            other._keep(density.label_points(tree, resolution.exactly(tree, n_clusters)), tree)
        return other

    def cut(self, *, min_cluster_size: int | None = None, n_clusters: int | None = None) -> HDBSCAN:
        """Make another resolution this model's own; see :meth:`at`."""
        self.__dict__.update(self.at(min_cluster_size=min_cluster_size, n_clusters=n_clusters).__dict__)
        return self

    # -- new points -------------------------------------------------------------------------------

    def predict(self, X: FloatMatrix) -> IntVector:
        """Cluster of each point, int64, shape (m,); see :meth:`approximate_predict`."""
        return self.approximate_predict(X)[0]

    def approximate_predict(self, X: FloatMatrix) -> tuple[IntVector, NDArray[np.float64]]:
        """Clusters and strengths of points under the tree as it is.

        A point equal to a training point gets that point's label and strength (the first such point's). Any other is hung on
        its nearest neighbour by mutual reachability, as hdbscan's ``approximate_predict``. The answer for a point
        does not depend on the others in X. O(m log n).

        Returns
        -------
        labels : ndarray of int64, shape (m,)
        strengths : ndarray of float64, shape (m,)
        """
        x = self._queries(X)
        labels, strengths = membership.predict_queries(
            self._data,
            self.linkage_.core,
            self.condensed_tree_,
            self._selection,
            x,
            self.min_samples_,
        )
        if len(x) and len(self._data):
            if self._rows is None:
                self._rows = RowIndex(self._data)
            known = self._rows.find(x)
            labels = np.where(known >= 0, self.labels_[known], labels)
            strengths = np.where(known >= 0, self.probabilities_[known], strengths)
        return labels, strengths

    def membership_vector(self, X: FloatMatrix) -> NDArray[np.float64]:
        """Membership of new points in every cluster, shape (m, K); rows sum to at most 1."""
        x = self._queries(X)
        return membership.memberships_of_queries(
            self._data,
            self.linkage_.core,
            self.condensed_tree_,
            self._selection,
            x,
            self.min_samples_,
        )

    def all_points_membership_vectors(self) -> NDArray[np.float64]:
        """Membership of every training point in every cluster, shape (n, K); O(n K)."""
        self._fitted()
        return membership.all_memberships(self._data, self.condensed_tree_, self._selection)

    # -- files ------------------------------------------------------------------------------------

    def get_state(self) -> dict[str, Any]:
        """What was learned, as plain data and arrays, for a file; :meth:`from_state` gives the clusterer back.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        self._fitted()
        narrow = self._data.astype(np.float32)
        tree = self.linkage_
        return {
            "params": kept_params(self),
            "data": narrow if np.array_equal(narrow, self._data) else self._data,
            "ends": tree.ends.astype(np.int32) if len(tree.core) < 2**31 else tree.ends,
            "distances": tree.distances,
            "core": tree.core,
            "n_clusters": self._exactly,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> HDBSCAN:
        """The fitted clusterer of :meth:`get_state`: equal attributes, equal predictions. O(n).

        Raises
        ------
        InvalidInputError, EmbeddingsError
            The state contradicts itself; nothing of it reaches compiled code before it is checked.
        """
        made = cls(**state["params"])
        check_settings(made)
        made._data, made._rows = as_points(state["data"]), None
        made.n_features_in_ = int(made._data.shape[1])
        n = len(made._data)
        merges = max(n - 1, 0)
        ends = np.asarray(state["ends"], dtype=np.int64)
        distances = one_row_a_point(state["distances"], merges, "the lengths of the edges")
        core = one_row_a_point(state["core"], n, "the core distances")
        sound = ends.shape == (merges, 2)
        if merges and sound:
            sound = bool(
                ends.min() >= 0
                and ends.max() < n
                and (core >= 0).all()
                and (np.diff(distances, prepend=0.0) >= 0).all()
            )
        if not sound:
            raise InvalidInputError(f"the state of this HDBSCAN holds no spanning tree of its {n} points")
        made.linkage_ = density.linkage_of(ends, distances, core)
        made._exactly = None
        made.min_samples_ = made._min_samples_for(n)
        made.min_cluster_size_ = made._size_for(n)
        tree = density.condense(made.linkage_, made.min_cluster_size_)
        made._keep(made._cut(tree), tree)
        return made if state.get("n_clusters") is None else made.at(n_clusters=int(state["n_clusters"]))

    # -- parts ------------------------------------------------------------------------------------

    def _min_samples_for(self, n: int) -> int:
        wanted = self.min_samples
        if wanted is None:
            wanted = AUTO_LOWEST if self.min_cluster_size == "auto" else self.min_cluster_size
        return max(1, min(int(wanted), n - 1))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | ({"_rows": None} if "_rows" in self.__dict__ else {})

    def _fitted(self) -> HDBSCAN:
        if not hasattr(self, "linkage_"):
            raise NotFittedError("this HDBSCAN is not fitted yet: call fit first")
        return self

    def _queries(self, X: FloatMatrix) -> NDArray[np.float64]:
        self._fitted()
        x = as_points(X)
        if x.shape[1] != self.n_features_in_:
            raise EmbeddingsError(f"X has {x.shape[1]} columns, but this HDBSCAN was fitted on {self.n_features_in_}")
        return x
