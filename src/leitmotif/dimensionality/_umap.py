"""UMAP: compiled, on all cores, the same bits on every run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.dimensionality._files import kept_neighbors, kept_params, learned_of, neighbors_of
from leitmotif.dimensionality._metric import as_matrix, center_of, own_distance, ready, searched_as
from leitmotif.dimensionality._settings import as_labels, as_seed, check_settings, given_neighbors, tell_cost
from leitmotif.dimensionality._start import start_of
from leitmotif.errors import EmbeddingsError, NotFittedError
from leitmotif.estimator import Estimator
from leitmotif.kernels import layout
from leitmotif.kernels.neighbors import Neighbors, nearest_neighbors, query_neighbors
from leitmotif.kernels.rough import RoughRows, rough_pays
from leitmotif.kernels.rows import RowIndex
from leitmotif.progress import stage_by_share
from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix

__all__ = ["UMAP"]

logger = logging.getLogger(__name__)


class UMAP(Estimator):
    """Uniform manifold approximation and projection (McInnes, Healy & Melville 2018, arXiv:1802.03426).

    Names and meanings of the parameters are umap-learn's; the defaults are those that BERTopic uses. The same
    ``random_state`` gives bit-identical coordinates on any number of threads.

    Parameters
    ----------
    n_neighbors : int
        Size of the neighbourhood, the point itself counted; at least 2. Lowered to the number of points where there are fewer.
    n_components : int
        Dimensions of the result, 1 to 128.
    metric : {"cosine", "euclidean", "l2", "correlation", "hellinger"}
    min_dist, spread : float
        Shape of the result: 0 <= min_dist <= spread.
    n_epochs : int, optional
        None: 500 up to 10,000 points, 200 above.
    learning_rate, repulsion_strength : float
    negative_sample_rate : int
    init : {"spectral", "pca", "random"} or ndarray of shape (n, n_components)
    set_op_mix_ratio : float
        From fuzzy intersection (0) to fuzzy union (1).
    local_connectivity : float
    a, b : float, optional
        Shape of the curve; None: from ``min_dist`` and ``spread``.
    random_state : int, RandomState, Generator or None
        None draws a new seed for every fit.
    target_weight : float
        Weight of ``y`` in [0, 1] (0: the data alone decide as far as they can, 1: labels alone).
    force_approximation_algorithm : bool
        Search neighbours by cells (recall about 0.97) also where the exact search would be chosen (up to 44,000 points
        of 384 numbers; see ``kernels/cost.py``).
    low_memory, n_jobs, verbose : optional
        ``low_memory`` changes nothing: memory is always linear in the number of points. ``n_jobs`` is the number of
        threads, -1: all (or LEITMOTIF_NUM_THREADS).
    precomputed_knn : tuple of (indices, distances, …), optional
        Neighbours as ``knn_indices_`` and ``knn_dists_`` hold them, each point first in its own row.
    progress : callable, optional
        Called as ``progress(stage, share)`` between blocks of work.
    densmap, output_dens, unique, output_metric, target_metric, transform_mode, metric_kwds, target_metric_kwds, \
disconnection_distance : optional
        Of umap-learn; a value that asks for what is not supported raises.

    Attributes
    ----------
    embedding_ : ndarray of float32, shape (n, n_components)
    graph_ : csr_matrix of float32, shape (n, n)
        Fuzzy neighbour graph (with ``y`` worked in).
    knn_indices_ : ndarray of int32, shape (n, n_neighbors)
        Each point first, then its neighbours; -1 where there are fewer.
    knn_dists_ : ndarray of float32, shape (n, n_neighbors)
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(60, 8))
    >>> UMAP(n_neighbors=5, n_components=2).fit_transform(x).shape
    (60, 2)
    """

    n_features_in_: int
    _rows: RowIndex | None = None
    _rough: RoughRows | None = None

    def __init__(
        self,
        n_neighbors: int = 15,
        n_components: int = 5,
        *,
        metric: str = "cosine",
        min_dist: float = 0.0,
        spread: float = 1.0,
        n_epochs: int | None = None,
        learning_rate: float = 1.0,
        init: str | np.ndarray = "spectral",
        set_op_mix_ratio: float = 1.0,
        local_connectivity: float = 1.0,
        repulsion_strength: float = 1.0,
        negative_sample_rate: int = 5,
        a: float | None = None,
        b: float | None = None,
        random_state: Any = 42,
        transform_seed: int = 42,
        target_weight: float = 0.5,
        target_metric: str = "categorical",
        target_metric_kwds: dict[str, Any] | None = None,
        metric_kwds: dict[str, Any] | None = None,
        output_metric: str = "euclidean",
        transform_mode: str = "embedding",
        densmap: bool = False,
        output_dens: bool = False,
        unique: bool = False,
        disconnection_distance: float | None = None,
        precomputed_knn: Any = (None, None, None),
        force_approximation_algorithm: bool = False,
        low_memory: bool = False,
        n_jobs: int | None = -1,
        verbose: bool = False,
        progress: Callable[[str, float], object] | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.n_components = n_components
        self.metric = metric
        self.min_dist = min_dist
        self.spread = spread
        self.n_epochs = n_epochs
        self.learning_rate = learning_rate
        self.init = init
        self.set_op_mix_ratio = set_op_mix_ratio
        self.local_connectivity = local_connectivity
        self.repulsion_strength = repulsion_strength
        self.negative_sample_rate = negative_sample_rate
        self.a = a
        self.b = b
        self.random_state = random_state
        self.transform_seed = transform_seed
        self.target_weight = target_weight
        self.target_metric = target_metric
        self.target_metric_kwds = target_metric_kwds
        self.metric_kwds = metric_kwds
        self.output_metric = output_metric
        self.transform_mode = transform_mode
        self.densmap = densmap
        self.output_dens = output_dens
        self.unique = unique
        self.disconnection_distance = disconnection_distance
        self.precomputed_knn = precomputed_knn
        self.force_approximation_algorithm = force_approximation_algorithm
        self.low_memory = low_memory
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.progress = progress

    # -- fitting ----------------------------------------------------------------------------------

    def fit(self, X: FloatMatrix | SparseMatrix, y: Any = None, *, overwrite: bool = False) -> UMAP:
        """Learn the graph and the layout of the rows of X.

        Parameters
        ----------
        X : array, shape (n, d)
            Finite; float16, float32 or float64, memory-mapped or sparse (made dense).
        y : sequence of int, length n, optional
            Labels that pull points together (semi-supervised); -1: unknown.
        overwrite : bool
            X is needed no longer: what is kept of its rows for ``transform`` may stand in its place (arrays of float32).

        Raises
        ------
        InvalidInputError
            A parameter is out of range or asks for what is not supported; ``y`` has another length.
        EmbeddingsError
            X is not a matrix, is empty or holds NaN or infinity.
        """
        check_settings(self)
        given = as_matrix(X)
        if 0 in given.shape:
            raise EmbeddingsError(f"cannot fit on an empty matrix of shape {given.shape}: pass at least one point")
        labels = as_labels(y, len(given))
        tell_cost(len(given), given.shape[1], self.n_neighbors)
        center = center_of(given, self.metric)
        x = ready(given, self.metric, center, overwrite=overwrite)
        seed = as_seed(self.random_state)
        threads = self._threads()
        with stage_by_share("search neighbours", self._told("neighbors")) as report:
            neighbors = self._neighbors(x, threads, report)
        graph = self._graph(neighbors, labels)
        curve = self._curve()
        start = start_of(graph, x, self.init, self.n_components, seed, threads)
        with stage_by_share("lay out", self._told("layout")) as report:
            embedding = layout.optimize(
                graph,
                start,
                n_epochs=layout.default_epochs(len(x)) if self.n_epochs is None else int(self.n_epochs),
                a=curve[0],
                b=curve[1],
                learning_rate=self.learning_rate,
                repulsion_strength=self.repulsion_strength,
                negative_sample_rate=self.negative_sample_rate,
                seed=seed,
                n_threads=threads,
                progress=report,
            )
        self._learn(x, embedding, curve, center, seed)
        self.graph_ = graph
        self.knn_indices_, self.knn_dists_ = neighbors
        self._labels = labels
        return self

    def fit_transform(
        self, X: FloatMatrix | SparseMatrix, y: Any = None, *, overwrite: bool = False
    ) -> NDArray[np.float32]:
        """Fit, and give the coordinates: float32, shape (n, n_components)."""
        return self.fit(X, y, overwrite=overwrite).embedding_

    @cached_property
    def graph_(self) -> SparseMatrix:
        """Fuzzy neighbour graph; of a reducer from a file it is made of the neighbours when it is asked for."""
        if "knn_indices_" not in self.__dict__:
            raise AttributeError("this UMAP is not fitted yet and has no graph_")
        return self._graph(Neighbors(self.knn_indices_, self.knn_dists_), self._labels)

    def _graph(self, neighbors: Neighbors, labels: IntVector | None) -> SparseMatrix:
        graph = layout.fuzzy_graph(
            neighbors,
            set_op_mix_ratio=self.set_op_mix_ratio,
            local_connectivity=self.local_connectivity,
            n_threads=self._threads(),
        )
        return graph if labels is None else layout.supervise(graph, labels, target_weight=self.target_weight)

    # -- new points -------------------------------------------------------------------------------

    def transform(self, X: FloatMatrix | SparseMatrix) -> NDArray[np.float32]:
        """Coordinates of new points in the fitted layout.

        A row equal to a training row gets that row's coordinates (the first such row's). Any other row's place
        depends on the row and the model alone: neither on what else is in X nor on its position there.

        Returns
        -------
        ndarray of float32, shape (m, n_components)

        Raises
        ------
        NotFittedError
            Before ``fit``.
        EmbeddingsError
            Another number of columns than in ``fit``, or values that are not finite.
        """
        x, known = self._queries(X)
        out = np.empty((len(x), self.embedding_.shape[1]), dtype=np.float32)
        out[known >= 0] = self.embedding_[known[known >= 0]]
        new = np.flatnonzero(known < 0)
        if len(new):
            out[new] = self._place(np.ascontiguousarray(x[new]))
        return out

    def nearest(self, X: FloatMatrix | SparseMatrix) -> Neighbors:
        """The ``n_neighbors`` training rows that are nearest to each new point: what ``transform`` places it by.

        A row equal to a training row has that row first (the first such row), at a distance of 0.

        Returns
        -------
        Neighbors
            ``indices`` of int32 and ``distances`` of float32, shape (m, n_neighbors), ascending. Among 4,096 training rows and
            more, about one neighbour in five hundred is missed (:mod:`leitmotif.kernels.rough`).

        Raises
        ------
        NotFittedError, EmbeddingsError
            As ``transform``.
        """
        x, known = self._queries(X)
        found = self._search(x)
        missed = np.flatnonzero((known >= 0) & (found.indices[:, 0] != known))
        for values, first in ((found.indices, known[missed]), (found.distances, 0)):
            values[missed, 1:] = values[missed, :-1]
            values[missed, 0] = first
        return found

    def _queries(self, X: FloatMatrix | SparseMatrix) -> tuple[NDArray[np.float32], IntVector]:
        """Rows ready for the search, and the training row that equals each, or -1."""
        self._fitted()
        given = as_matrix(X)
        if given.shape[1] != self.n_features_in_:
            raise EmbeddingsError(f"X has {given.shape[1]} columns, but this UMAP was fitted on {self.n_features_in_}")
        x = ready(given, self.metric, self._center)
        if self._rows is None:
            self._rows = RowIndex(self._train)
        return x, self._rows.find(x)

    def _search(self, x: NDArray[np.float32]) -> Neighbors:
        threads, told = self._threads(), self._told("neighbors")
        k, metric = min(self.n_neighbors, len(self._train)), searched_as(self.metric)
        if not rough_pays(len(self._train)):
            found = query_neighbors(self._train, x, k, metric=metric, n_threads=threads, progress=told)
        else:
            if self._rough is None:
                self._rough = RoughRows(self._train, n_threads=threads)
            found = self._rough.neighbors(x, k, metric=metric, n_threads=threads, progress=told)
        return Neighbors(found.indices, own_distance(found.distances, self.metric))

    def _place(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        n, threads = len(self._train), self._threads()
        n_epochs = (100 if n <= 10_000 else 30) if self.n_epochs is None else int(self.n_epochs) // 3
        return layout.place_queries(
            self._search(x),
            self.embedding_,
            layout.row_keys(x),
            n_epochs=n_epochs,
            a=self._a,
            b=self._b,
            local_connectivity=self.local_connectivity,
            learning_rate=self.learning_rate / 4.0,
            repulsion_strength=self.repulsion_strength,
            negative_sample_rate=self.negative_sample_rate,
            seed=int(self.transform_seed),
            n_threads=threads,
            progress=self._told("layout"),
        )

    # -- files ------------------------------------------------------------------------------------

    def get_state(self) -> dict[str, Any]:
        """What was learned, as plain data and arrays, for a file; :meth:`from_state` gives the reducer back.

        The neighbours of the fit are in it, and the graph, which follows from them, is not.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        self._fitted()
        state = {
            "params": kept_params(self) | {"random_state": self._seed},
            "train": self._train,
            "embedding": self.embedding_,
            "curve": (self._a, self._b),
            "neighbors": None,
        }
        if "knn_indices_" in self.__dict__:
            state["neighbors"] = kept_neighbors(self.knn_indices_, self.knn_dists_, self._labels)
        return state if self._center is None else state | {"center": self._center}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> UMAP:
        """The reducer of :meth:`get_state`: it transforms as before, bit for bit.

        Raises
        ------
        InvalidInputError
            The state contradicts itself; nothing of it reaches compiled code before it is checked.
        """
        made = cls(**state["params"])
        check_settings(made)
        centered = searched_as(made.metric) == "euclidean"
        made._learn(*learned_of(state, made.n_components, centered=centered), as_seed(made.random_state))
        if state.get("neighbors") is not None:  # files of version 1 have none
            found = neighbors_of(state["neighbors"], len(made._train))
            made.knn_indices_, made.knn_dists_, made._labels = found
        return made

    def _learn(
        self,
        train: NDArray[np.float32],
        embedding: NDArray[np.float32],
        curve: tuple[float, float],
        center: NDArray[np.float64] | None,
        seed: int,
    ) -> None:
        self._train, self.embedding_, self._center, self._seed = train, embedding, center, seed
        self._a, self._b = curve
        self._rows = self._rough = None
        self.n_features_in_ = int(train.shape[1])

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_rows", "_rough")}

    # -- parts ------------------------------------------------------------------------------------

    def _fitted(self) -> None:
        if not hasattr(self, "embedding_"):
            raise NotFittedError("this UMAP is not fitted yet: call fit or fit_transform first")

    def _neighbors(
        self, x: NDArray[np.float32], threads: int, report: Callable[[float], object] | None = None
    ) -> Neighbors:
        """Neighbours with each point first in its own row."""
        n = len(x)
        k = min(self.n_neighbors, n)
        if k < self.n_neighbors:
            logger.warning("n_neighbors=%d is lowered to %d, the number of points", self.n_neighbors, k)
        given = self.precomputed_knn
        if given is not None and given[0] is not None:
            return given_neighbors(given, n, k)
        others = Neighbors(np.empty((n, 0), np.int32), np.empty((n, 0), np.float32))
        if k > 1:
            others = nearest_neighbors(
                x,
                k - 1,
                metric=searched_as(self.metric),
                exact=False if self.force_approximation_algorithm else None,
                n_threads=threads,
                progress=report,
            )
        return Neighbors(
            np.hstack([np.arange(n, dtype=np.int32)[:, None], others.indices]),
            np.hstack([np.zeros((n, 1), np.float32), own_distance(others.distances, self.metric)]),
        )

    def _curve(self) -> tuple[float, float]:
        if self.a is not None and self.b is not None:
            return float(self.a), float(self.b)
        return layout.curve_parameters(float(self.spread), float(self.min_dist))

    def _threads(self) -> int:
        return int(self.n_jobs) if self.n_jobs is not None and self.n_jobs > 0 else 0

    def _told(self, name: str) -> Callable[[float], object] | None:
        report = self.progress
        return None if report is None else lambda share: report(name, share)
