"""UMAP's metrics as the two that the neighbour search knows, cosine and Euclidean."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from leitmotif.errors import EmbeddingsError
from leitmotif.kernels.neighbors import prepare
from leitmotif.typing import FloatMatrix, SparseMatrix

__all__ = ["as_matrix", "center_of", "own_distance", "ready", "searched_as"]


def searched_as(metric: str) -> str:
    """The metric of the search: "cosine" or "euclidean"."""
    return "euclidean" if metric in ("euclidean", "l2") else "cosine"


def own_distance(distances: NDArray[np.float32], metric: str) -> NDArray[np.float32]:
    """Distances of the search as distances of the metric."""
    return np.sqrt(distances) if metric == "hellinger" else distances


def as_matrix(X: FloatMatrix | SparseMatrix) -> FloatMatrix:
    """X as an array with two axes; sparse made dense, memory-mapped left so."""
    x: Any = sp.csr_matrix(X).toarray() if sp.issparse(X) else np.asanyarray(X)
    if x.ndim != 2:
        raise EmbeddingsError(f"expected a matrix (points, dimensions), got an array of shape {x.shape}")
    return x


def center_of(x: FloatMatrix, metric: str) -> NDArray[np.float64] | None:
    """What is taken off every row before it is rounded to float32: the mean, for Euclidean distances."""
    return np.nan_to_num(x.mean(axis=0, dtype=np.float64)) if searched_as(metric) == "euclidean" else None


def ready(
    x: FloatMatrix, metric: str, center: NDArray[np.float64] | None, *, overwrite: bool = False
) -> NDArray[np.float32]:
    """Rows ready for the search; with ``overwrite`` perhaps in the place of x.

    Raises
    ------
    EmbeddingsError
        Values that are not finite, or negative ones for hellinger.
    """
    if metric == "correlation":
        x = x - x.mean(axis=1, keepdims=True, dtype=np.float64)
    elif metric == "hellinger":
        if np.min(x, initial=0.0) < 0:
            raise EmbeddingsError("the metric hellinger needs values that are not negative")
        # Roots of rows of sum 1 have unit length; their inner product is the affinity of the distributions.
        x = np.sqrt(np.asarray(x, dtype=np.float64))
    return prepare(x, searched_as(metric), center, overwrite=overwrite)
