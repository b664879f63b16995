"""What a fit asks of a reducer and a clusterer, whoever wrote them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.typing import FloatMatrix, FloatVector, IntVector, SparseMatrix

__all__ = ["cluster_labels", "exactly", "memberships", "neighbor_graph", "reduce", "strengths"]


def reduce(reducer: Any, embeddings: FloatMatrix, y: IntVector | None, *, overwrite: bool = False) -> FloatMatrix:
    """Fit a reducer and give the embeddings in few dimensions, shape (n, r), finite.

    With ``overwrite`` nobody needs the embeddings any longer: a reducer that has a use for their memory (ours) may take it.

    Raises
    ------
    EmbeddingsError
        The reducer gave another number of rows.
    """
    if hasattr(reducer, "fit_transform"):
        fit = reducer.fit_transform
        if overwrite and _takes(fit, "overwrite"):
            fit = functools.partial(fit, overwrite=True)
        reduced = _call_with_targets(fit, embeddings, y)
    else:
        _call_with_targets(reducer.fit, embeddings, y)
        reduced = reducer.transform(embeddings)
    reduced = np.asarray(reduced.toarray() if hasattr(reduced, "toarray") else reduced)
    if reduced.ndim != 2 or len(reduced) != len(embeddings):
        raise EmbeddingsError(
            f"the reducer {type(reducer).__name__} gave shape {reduced.shape} for {len(embeddings)} documents"
        )
    return reduced if np.isfinite(reduced).all() else np.nan_to_num(reduced)


def neighbor_graph(reducer: Any, n: int) -> SparseMatrix | None:
    """The graph of neighbours that a reducer (UMAP) laid out, shape (n, n); None where it keeps none."""
    graph: Any = getattr(reducer, "graph_", None)
    return graph.tocsr() if hasattr(graph, "tocsr") and graph.shape == (n, n) else None


def cluster_labels(
    clusterer: Any, points: FloatMatrix, y: IntVector | None, graph: SparseMatrix | None = None
) -> IntVector:
    """Fit a clusterer (or a classifier) and give a label a point, -1 for none.

    A classifier has no ``labels_``: then the labels are ``y``. ``graph`` (:func:`neighbor_graph`) is for a clusterer whose
    ``fit`` takes one.

    Raises
    ------
    InvalidInputError
        There are no labels, or not one a point.
    """
    fit = clusterer.fit
    if graph is not None and _takes(fit, "graph"):
        fit = functools.partial(fit, graph=graph)
    _call_with_targets(fit, points, y)
    labels = getattr(clusterer, "labels_", None)
    if labels is None:
        labels = y
    if labels is None:
        raise InvalidInputError(
            f"{type(clusterer).__name__} left no labels_ after fit, and there are no targets y to use instead: "
            "pass a clusterer such as HDBSCAN or KMeans, or y= for a classifier"
        )
    labels = np.asarray(labels)
    if labels.shape != (len(points),):
        raise InvalidInputError(
            f"{type(clusterer).__name__} gave labels of shape {labels.shape} for {len(points)} documents"
        )
    return labels.astype(np.int64)


def exactly(clusterer: Any, labels: IntVector, n_clusters: int) -> IntVector:
    """Labels of exactly so many clusters: those at hand, or another cut of the clusterer's tree.

    Raises
    ------
    InvalidInputError
        The clusterer keeps no tree that could be cut, or the data do not hold so many clusters.
    """
    if len(np.unique(labels[labels >= 0])) == n_clusters:
        return labels
    if not hasattr(clusterer, "cut"):
        raise InvalidInputError(
            f"n_topics={n_clusters} needs a clusterer that can be cut, such as leitmotif.cluster.HDBSCAN; "
            f"{type(clusterer).__name__} found {len(np.unique(labels[labels >= 0]))} clusters. "
            f"Pass KMeans({n_clusters}), or use nr_topics to merge"
        )
    return np.asarray(clusterer.cut(n_clusters=n_clusters).labels_, dtype=np.int64)


def strengths(clusterer: Any, n_points: int) -> FloatVector | None:
    """How firmly each point belongs to its own cluster, shape (n,) in [0, 1]; None where the clusterer does not say."""
    values = getattr(clusterer, "probabilities_", None)
    if values is None or np.shape(values) != (n_points,):
        return None
    return np.asarray(values, dtype=np.float64)


def memberships(clusterer: Any) -> FloatMatrix | None:
    """How firmly each training point belongs to every cluster, shape (n, clusters); None where the clusterer does not say."""
    if hasattr(clusterer, "all_points_membership_vectors"):
        values = clusterer.all_points_membership_vectors()
    elif _is_from(clusterer, "hdbscan"):
        import hdbscan

        values = hdbscan.all_points_membership_vectors(clusterer)
    else:
        return None
    values = np.asarray(values, dtype=np.float64)
    return values[:, None] if values.ndim == 1 else values


def _is_from(thing: Any, library: str) -> bool:
    return type(thing).__module__.split(".")[0] == library


def _call_with_targets(method: Callable[..., Any], X: FloatMatrix, y: IntVector | None) -> Any:
    """Call ``method(X, y=y)`` where it takes y, else ``method(X)``; an error inside is never mistaken for the latter."""
    return method(X, y=y) if _takes(method, "y", or_any=True) else method(X)


def _takes(method: Callable[..., Any], name: str, *, or_any: bool = False) -> bool:
    """Whether a method has a parameter of that name, or with ``or_any`` takes any keyword."""
    try:
        parameters = list(inspect.signature(method).parameters.values())
    except (TypeError, ValueError):
        return False
    return any(p.name == name or (or_any and p.kind is inspect.Parameter.VAR_KEYWORD) for p in parameters)
