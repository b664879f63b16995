"""Whether another fit would find the same topics: other seeds, or other documents of the same kind."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.sparse import coo_matrix

from leitmotif.building.adaptation import adapted
from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.kernels.sampling import sample_positions
from leitmotif.learning.components import cluster_labels, exactly, neighbor_graph, reduce
from leitmotif.progress import stage
from leitmotif.protocols import Fitted
from leitmotif.typing import OUTLIER, FloatMatrix, FloatVector, IntVector
from leitmotif.validation import as_embeddings, check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stability", "stability"]

SURVIVES = 0.5
"""A topic lives on in a cluster that shares more than half of what both of them hold; only one cluster can."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stability:
    """What :func:`stability` found.

    Attributes
    ----------
    by : {"seeds", "samples"}
    topics : ndarray of int64, shape (T,)
        The model's topics without -1; one value each in the columns below.
    overlap : ndarray of float64, shape (T,)
        Documents that a topic shares with the most similar cluster of a run, over those that either holds (Jaccard); mean over
        the runs. A topic without documents in a run's sample is left out of that run's mean.
    survival : ndarray of float64, shape (T,)
        Share of the runs in which that is more than a half.
    pairwise_ari : ndarray of float64, shape (R (R - 1) / 2,)
        Adjusted Rand index of each two runs over the documents of both; outliers are one cluster.
    n_clusters : ndarray of int64, shape (R,)
        Clusters found by each run.
    """

    by: Literal["seeds", "samples"]
    topics: IntVector
    overlap: FloatVector
    survival: FloatVector
    pairwise_ari: FloatVector
    n_clusters: IntVector

    @property
    def overall(self) -> dict[str, float]:
        """Means and counts over topics and runs.

        ``ari``: mean of ``pairwise_ari``; ``overlap``, ``survival``: means over topics; ``survivors``: topics that live on in
        every run; ``n_clusters_spread``: (most - fewest) / mean number of clusters of the runs.
        """
        given = ~np.isnan(self.overlap)
        return {
            "ari": float(self.pairwise_ari.mean()),
            "overlap": float(self.overlap[given].mean()) if given.any() else float("nan"),
            "survival": float(self.survival[given].mean()) if given.any() else float("nan"),
            "survivors": float((self.survival[given] == 1).sum()),
            "n_clusters_spread": float(np.ptp(self.n_clusters) / max(self.n_clusters.mean(), 1.0)),
        }

    def to_frame(self) -> pd.DataFrame:
        """One row a topic: ``Topic``, ``Overlap``, ``Survival``."""
        import pandas as pd

        return pd.DataFrame({"Topic": self.topics, "Overlap": self.overlap, "Survival": self.survival})


def stability(
    fitted: Fitted,
    embeddings: Any = None,
    *,
    by: Literal["seeds", "samples"] = "samples",
    runs: int = 5,
    share: float = 0.9,
    random_state: int = 0,
) -> Stability:
    """Reduce and cluster again, with other seeds or without some of the documents, and compare. The model is not changed.

    Parameters
    ----------
    embeddings : ndarray, shape (N, d), optional
        Embeddings of the documents of the fit; default those that the model holds.
    by : {"seeds", "samples"}
        All documents with another ``random_state`` of reducer and clusterer in each run (of which the default clusterer
        knows nothing); or the same seed as the fit and another sample of the documents.
    runs : int
        At least 2.
    share : float
        So many of the documents are in a sample, in (0, 1].
    random_state : int
        Chooses the samples, and the first of the seeds.

    Returns
    -------
    Stability

    Notes
    -----
    A cluster is matched with a topic by the documents that they share (Hennig 2007, Cluster-wise assessment of cluster
    stability). Where outliers were assigned, the topics' dense cores are compared. Only reducing and clustering is repeated: not
    guiding, names given beforehand, nor edits such as merging, which make topics unlike any cluster. Cost: that many times both.

    Topics that every run finds can still be worthless, and one that comes and goes can be real but at the edge of
    ``min_topic_size``.

    Raises
    ------
    InvalidInputError
        Fewer than two runs, no share, or an unknown ``by``.
    MissingComponentError
        There are no embeddings.
    """
    state = fitted.state
    check_fitted(state)
    if by not in ("seeds", "samples"):
        raise InvalidInputError(f'by must be "seeds" or "samples"; got {by!r}')
    if runs < 2 or not 0 < share <= 1:
        raise InvalidInputError(f"stability needs at least two runs and a share in (0, 1]; got {runs} and {share}")
    given = state.embeddings if embeddings is None else embeddings
    if given is None:
        raise MissingComponentError("stability needs the embeddings, which the model does not hold: pass embeddings=")
    x = as_embeddings(given, state.n_documents)
    x = adapted(state.extras.get("adaptation"), x, state.documents)
    found = []
    with stage("fit again", total=runs) as work:
        for run in range(runs):
            rows = _rows(len(x), by, share, random_state, run)
            seed = random_state + run if by == "seeds" else None
            found.append((rows, _clusters(fitted, x[rows], seed)))
            work.advance(1)
    own = np.asarray(state.extras.get("core_topics", state.topics))
    overlaps = np.stack([_overlaps(own[rows], labels, state.inner_ids) for rows, labels in found])
    seen = ~np.isnan(overlaps)
    count = np.maximum(seen.sum(axis=0), 1)
    blank = ~seen.any(axis=0)
    return Stability(
        by=by,
        topics=state.inner_ids,
        overlap=np.where(blank, np.nan, np.nansum(overlaps, axis=0) / count),
        survival=np.where(blank, np.nan, (np.nan_to_num(overlaps) > SURVIVES).sum(axis=0) / count),
        pairwise_ari=np.array([_rand_index(one, other) for one, other in combinations(found, 2)]),
        n_clusters=np.array([len(np.unique(labels[labels != OUTLIER])) for _, labels in found], dtype=np.int64),
    )


def _rows(n: int, by: str, share: float, random_state: int, run: int) -> IntVector:
    if by == "seeds":
        return np.arange(n, dtype=np.int64)
    return sample_positions(n, max(round(share * n), 1), random_state, run)


def _clusters(fitted: Fitted, x: FloatMatrix, seed: int | None) -> IntVector:
    reducer, clusterer = (_fresh(part, seed) for part in (fitted.components.reducer, fitted.components.clusterer))
    reduced = reduce(reducer, x, None)
    labels = cluster_labels(clusterer, reduced, None, neighbor_graph(reducer, len(reduced)))
    wanted = getattr(fitted.components.clusterer, "exactly_", None)
    if wanted is None:
        return labels
    # A number was asked for: the same again, or as many as a sample holds.
    return exactly(clusterer, labels, min(wanted, int(clusterer.resolutions()["n_clusters"].max())))


def _fresh(part: Any, seed: int | None) -> Any:
    """The component as it was before it was fitted, with another seed where it has one."""
    made = type(part)(**part.get_params(deep=False)) if hasattr(part, "get_params") else copy.deepcopy(part)
    if seed is not None and hasattr(made, "random_state"):
        made.random_state = seed
    return made


def _overlaps(topics: IntVector, clusters: IntVector, wanted: IntVector) -> FloatVector:
    """Largest Jaccard index of each wanted topic with a cluster, shape (len(wanted),); NaN for one without documents."""
    topic_ids, row = np.unique(topics, return_inverse=True)
    cluster_ids, column = np.unique(clusters, return_inverse=True)
    table = coo_matrix((np.ones(len(row)), (row, column))).tocsr().tocoo()
    union = np.bincount(row)[table.row] + np.bincount(column)[table.col] - table.data
    jaccard = np.where(cluster_ids[table.col] == OUTLIER, 0.0, table.data / union)
    best = np.zeros(len(topic_ids))
    np.maximum.at(best, table.row, jaccard)
    value = dict(zip(topic_ids.tolist(), best.tolist(), strict=True))
    return np.array([value.get(topic, np.nan) for topic in wanted.tolist()])


def _rand_index(one: tuple[IntVector, IntVector], other: tuple[IntVector, IntVector]) -> float:
    """Adjusted Rand index over the documents of both runs."""
    from sklearn.metrics import adjusted_rand_score

    _, left, right = np.intersect1d(one[0], other[0], assume_unique=True, return_indices=True)
    return float(adjusted_rand_score(one[1][left], other[1][right]))
