"""Where each document lies on a flat map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import MissingComponentError
from leitmotif.kernels.layout import curve_parameters, optimize, to_box
from leitmotif.kernels.planar import principal_plane
from leitmotif.progress import stage
from leitmotif.protocols import Fitted
from leitmotif.validation import check_fitted

__all__ = ["document_map"]


MIN_DIST, SPREAD, EPOCHS = 0.15, 1.0, 200


def document_map(fitted: Fitted) -> NDArray[np.float32]:
    """Positions of the documents of the fit in two dimensions, shape (N, 2), float32.

    Passages are laid out, and a document that was divided lies amid those of its own topic.

    What was reduced to two dimensions is the map as it is. Otherwise, where the reducer keeps its neighbour graph
    (ours, and umap-learn's), that graph is laid out flat: neighbours are not searched a second time. The layout begins
    at the reduced embeddings' principal axes, so that the map resembles what the clusterer saw. Without a graph the map
    is those axes, or those of the embeddings. Cost O(edges) an epoch, or O(N d²).

    Raises
    ------
    MissingComponentError
        The model keeps neither embeddings nor reduced embeddings.
    """
    check_fitted(fitted.state)
    return np.asarray(fitted.state.places_of_documents(_row_map(fitted)), dtype=np.float32)


def _row_map(fitted: Fitted) -> NDArray[np.float32]:
    state = fitted.state
    points = state.reduced_embeddings if state.reduced_embeddings is not None else state.embeddings
    if points is None:
        raise MissingComponentError(
            "a map of the documents needs their embeddings, and this model keeps none: pass positions of your own"
        )
    if points.shape[1] == 2:
        return np.asarray(points, dtype=np.float32)
    positions = principal_plane(points).astype(np.float32)
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
