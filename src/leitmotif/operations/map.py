"""Where each document lies on a flat map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import MissingComponentError
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatMatrix
from leitmotif.validation import check_fitted

__all__ = ["document_map"]


def document_map(fitted: Fitted) -> NDArray[np.float32]:
    """Positions of the documents of the fit in two dimensions, shape (N, 2), float32.

    A reducer that keeps its neighbour graph (ours) lays it out flat: no second search for neighbours. With any other
    reducer it is what that reduced the embeddings to, or the embeddings themselves, along their two principal axes.

    Raises
    ------
    MissingComponentError
        The model keeps neither embeddings nor reduced embeddings.
    """
    check_fitted(fitted.state)
    state = fitted.state
    flat = getattr(fitted.components.reducer, "layout_2d", None)
    if flat is not None and state.reduced_embeddings is not None:
        positions = flat()
        if positions is not None and len(positions) == state.n_documents:
            return np.asarray(positions, dtype=np.float32)
    points = state.reduced_embeddings if state.reduced_embeddings is not None else state.embeddings
    if points is None:
        raise MissingComponentError(
            "a map of the documents needs their embeddings, and this model keeps none: pass positions of your own"
        )
    return principal_axes(points)


def principal_axes(points: FloatMatrix) -> NDArray[np.float32]:
    """Points along their two principal axes, shape (n, 2); signs are fixed by the largest loading. Cost O(n d²)."""
    centred = np.asarray(points, dtype=np.float64) - points.mean(axis=0, dtype=np.float64)
    if centred.shape[1] < 2:
        centred = np.hstack([centred, np.zeros((len(centred), 2 - centred.shape[1]))])
    values, vectors = np.linalg.eigh(centred.T @ centred)
    axes = vectors[:, np.argsort(-values, kind="stable")[:2]]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    return np.asarray(centred @ (axes * np.where(signs == 0, 1, signs)), dtype=np.float32)
