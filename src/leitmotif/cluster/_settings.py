"""Which settings of HDBSCAN can be followed, and points as people give them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import EmbeddingsError, InvalidInputError

__all__ = ["AUTO_LOWEST", "as_points", "check", "check_settings", "kept_params", "one_row_a_point"]

AUTO_LOWEST = 10
"""Least ``min_cluster_size`` that "auto" may take."""

# Parameters of the hdbscan library that ask for something that is not here: name -> the values that ask for nothing.
_UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "metric": ("euclidean", "l2"),
    "p": (None, 2),
    "cluster_selection_persistence": (0.0,),
    "branch_detection_data": (False,),
    "match_reference_implementation": (False,),
}
_METHODS = ("eom", "leaf")


def check_settings(hdbscan: Any) -> None:
    """Raise InvalidInputError for a setting that is out of range or asks for what is not supported."""
    for name, allowed in _UNSUPPORTED.items():
        value = getattr(hdbscan, name)
        if value not in allowed:
            raise InvalidInputError(
                f"{name}={value!r} is not supported by leitmotif's HDBSCAN (only {allowed[0]!r}); "
                "an hdbscan.HDBSCAN object as hdbscan_model supports it"
            )
    method = hdbscan.cluster_selection_method
    check("cluster_selection_method", method, method in _METHODS, f"one of {_METHODS}")
    size = hdbscan.min_cluster_size
    check(
        "min_cluster_size",
        size,
        size == "auto" or (not isinstance(size, str) and size >= 2),
        "at least 2 or 'auto'",
    )
    check(
        "min_samples",
        hdbscan.min_samples,
        hdbscan.min_samples is None or hdbscan.min_samples >= 1,
        "None or at least 1",
    )
    check("alpha", hdbscan.alpha, hdbscan.alpha > 0, "positive")
    epsilon = hdbscan.cluster_selection_epsilon
    check("cluster_selection_epsilon", epsilon, epsilon >= 0, "not negative")
    check("max_cluster_size", hdbscan.max_cluster_size, hdbscan.max_cluster_size >= 0, "not negative")


def kept_params(clusterer: Any) -> dict[str, Any]:
    """Parameters of a clusterer of ours that go into a file: all but what belongs to this machine and this run."""
    return {name: value for name, value in clusterer.get_params().items() if name not in ("memory", "progress")}


def one_row_a_point(values: Any, n: int, name: str) -> NDArray[np.float64]:
    """What a file says of each of ``n`` points (or merges), as finite float64; InvalidInputError where it is anything else."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or array.shape != (n,) or not np.isfinite(array).all():
        raise InvalidInputError(f"{name} are not {n} finite numbers")
    return array.astype(np.float64, copy=False)


def check(name: str, value: object, fine: bool, wanted: str) -> None:
    """Raise InvalidInputError where a value is not fine."""
    if not fine:
        raise InvalidInputError(f"{name} must be {wanted}, got {value!r}")


def as_points(X: Any) -> NDArray[np.float64]:
    """X as float64 in one piece; EmbeddingsError where it is no matrix or not finite."""
    x = np.ascontiguousarray(X, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] == 0:
        raise EmbeddingsError(f"expected a matrix (points, dimensions), got an array of shape {np.shape(X)}")
    finite = np.isfinite(x).all(axis=1)
    if not finite.all():
        row = int(np.flatnonzero(~finite)[0])
        raise EmbeddingsError(f"row {row} holds a value that is not finite (NaN or infinity): remove or replace it")
    return x
