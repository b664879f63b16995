"""Where each document lies on a flat map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import MissingComponentError
from leitmotif.kernels.layout import curve_parameters, optimize, to_box
from leitmotif.progress import stage
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatMatrix
from leitmotif.validation import check_fitted

__all__ = ["document_map"]


MIN_DIST, SPREAD, EPOCHS = 0.15, 1.0, 200


def document_map(fitted: Fitted) -> NDArray[np.float32]:
    """Positions of the documents of the fit in two dimensions, shape (N, 2), float32.

    Where the reducer keeps its neighbour graph (ours, and umap-learn's), that graph is laid out flat: neighbours are not
    searched a second time. The layout begins at the reduced embeddings' principal axes, so that the map resembles what
    the clusterer saw. Otherwise the map is those axes, or those of the embeddings. Cost O(edges) an epoch, or O(N d²).

    Raises
    ------
    MissingComponentError
        The model keeps neither embeddings nor reduced embeddings.
    """
    check_fitted(fitted.state)
    state = fitted.state
    points = state.reduced_embeddings if state.reduced_embeddings is not None else state.embeddings
    if points is None:
        raise MissingComponentError(
            "a map of the documents needs their embeddings, and this model keeps none: pass positions of your own"
        )
    positions = principal_axes(points)
    graph = getattr(fitted.components.reducer, "graph_", None)
    if graph is None or getattr(graph, "shape", None) != (state.n_documents, state.n_documents) or graph.nnz == 0:
        return positions
    a, b = curve_parameters(SPREAD, MIN_DIST)
    with stage("lay out the map") as work:
        flat = optimize(
            graph.tocsr().astype(np.float32),
            to_box(positions),
            n_epochs=EPOCHS,
            a=a,
            b=b,
            seed=fitted.components.random_state,
        )
        work.advance(1)
    return flat if np.isfinite(flat).all() else positions


def principal_axes(points: FloatMatrix) -> NDArray[np.float32]:
    """Points along their two principal axes, shape (n, 2); signs are fixed by the largest loading. Cost O(n d²)."""
    centred = np.asarray(points, dtype=np.float64) - points.mean(axis=0, dtype=np.float64)
    if centred.shape[1] < 2:
        centred = np.hstack([centred, np.zeros((len(centred), 2 - centred.shape[1]))])
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, np.argsort(-values, kind="stable")[:2]]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    return np.asarray(centred @ (axes * np.where(signs == 0, 1, signs)), dtype=np.float32)
