"""What a file holds of a fitted UMAP, and what is checked when it comes back: nothing else reaches compiled code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import InvalidInputError
from leitmotif.typing import IntVector

__all__ = ["kept_neighbors", "kept_params", "learned_of", "neighbors_of"]

Learned = tuple[NDArray[np.float32], NDArray[np.float32], tuple[float, float], NDArray[np.float64] | None]
"""Training rows, their coordinates, the shape of the curve, and the centre of Euclidean rows."""


def kept_params(reducer: Any) -> dict[str, Any]:
    """Parameters that go into a file: plain values that are not of one run."""
    return {
        name: value
        for name, value in reducer.get_params().items()
        if name not in ("progress", "precomputed_knn") and isinstance(value, bool | int | float | str | None)
    }


def kept_neighbors(
    indices: NDArray[np.int32], distances: NDArray[np.float32], labels: IntVector | None
) -> dict[str, Any]:
    """The neighbours of the fit, in as few bytes as they need."""
    narrow = np.int16 if len(indices) < 2**15 else np.int32
    return {"indices": indices.astype(narrow), "distances": distances, "labels": labels}


def learned_of(state: Mapping[str, Any], n_components: int, *, centered: bool) -> Learned:
    """What was learned; InvalidInputError where it contradicts itself."""
    train, embedding = (np.ascontiguousarray(state[name], dtype=np.float32) for name in ("train", "embedding"))
    a, b = (float(value) for value in state["curve"])
    center = np.asarray(state["center"], dtype=np.float64) if centered else None
    sound = train.ndim == embedding.ndim == 2 and len(train) == len(embedding) > 0
    sound = sound and embedding.shape[1] == n_components and a > 0 and b > 0
    sound = sound and (center is None or center.shape == train.shape[1:])
    if not sound or not all(np.isfinite(v).all() for v in (train, embedding, (a, b), 0 if center is None else center)):
        raise InvalidInputError(f"the state of this UMAP does not fit together: {train.shape} and {embedding.shape}")
    return train, embedding, (a, b), center


def neighbors_of(state: Mapping[str, Any], n: int) -> tuple[NDArray[np.int32], NDArray[np.float32], IntVector | None]:
    """Neighbours of n points, and the labels that were worked in; InvalidInputError where they cannot be that."""
    indices = np.asarray(state["indices"], dtype=np.int32)
    distances = np.asarray(state["distances"], dtype=np.float32)
    labels = None if state["labels"] is None else np.asarray(state["labels"], dtype=np.int64)
    sound = indices.ndim == 2 and len(indices) == n and 0 < indices.shape[1] <= n and indices.shape == distances.shape
    sound = sound and (labels is None or labels.shape == (n,))
    sound = sound and indices.min() >= -1 and indices.max() < n and not np.isnan(distances).any()
    if not sound or not np.isfinite(distances[indices >= 0]).all():
        raise InvalidInputError(f"the state of this UMAP holds no neighbours of its {n} points")
    return indices, distances, labels
