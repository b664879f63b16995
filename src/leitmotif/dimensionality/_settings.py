"""Which settings of UMAP can be followed and what they cost; labels, seeds and neighbours as people give them."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import cost
from leitmotif.kernels.neighbors import Neighbors
from leitmotif.typing import IntVector

__all__ = ["as_labels", "as_seed", "check_settings", "given_neighbors", "tell_cost"]

logger = logging.getLogger(__name__)

_METRICS = ("cosine", "euclidean", "l2", "correlation", "hellinger")
# Parameters of umap-learn that ask for something that is not here: name -> the values that ask for nothing.
_UNSUPPORTED: dict[str, tuple[Any, ...]] = {
    "densmap": (False,),
    "output_dens": (False,),
    "unique": (False,),
    "output_metric": ("euclidean",),
    "target_metric": ("categorical",),
    "transform_mode": ("embedding",),
    "metric_kwds": (None, {}),
    "target_metric_kwds": (None, {}),
    "disconnection_distance": (None,),
}


def check_settings(umap: Any) -> None:
    """Raise InvalidInputError for a setting that is out of range or asks for what is not supported."""
    for name, allowed in _UNSUPPORTED.items():
        value = getattr(umap, name)
        if not any(value is option or value == option for option in allowed):
            raise InvalidInputError(
                f"{name}={value!r} is not supported by leitmotif's UMAP (only {allowed[0]!r}); "
                "an umap.UMAP object as umap_model supports it"
            )
    if umap.metric not in _METRICS:
        raise InvalidInputError(
            f"metric must be one of {_METRICS}, got {umap.metric!r}; an umap.UMAP object as umap_model has others"
        )
    checks: list[tuple[str, bool, str]] = [
        ("n_neighbors", umap.n_neighbors >= 2, "at least 2"),
        ("n_components", 1 <= umap.n_components <= 128, "from 1 to 128"),
        ("min_dist", 0.0 <= umap.min_dist <= umap.spread, "from 0 to spread"),
        ("learning_rate", umap.learning_rate > 0, "positive"),
        ("repulsion_strength", umap.repulsion_strength >= 0, "not negative"),
        ("negative_sample_rate", umap.negative_sample_rate >= 0, "not negative"),
        ("set_op_mix_ratio", 0.0 <= umap.set_op_mix_ratio <= 1.0, "from 0 to 1"),
        ("local_connectivity", umap.local_connectivity >= 0, "not negative"),
        ("target_weight", 0.0 <= umap.target_weight <= 1.0, "from 0 to 1"),
        ("n_epochs", umap.n_epochs is None or umap.n_epochs >= 0, "None or not negative"),
    ]
    for name, fine, wanted in checks:
        if not fine:
            raise InvalidInputError(f"{name} must be {wanted}, got {getattr(umap, name)!r}")


def as_labels(y: Any, n: int) -> IntVector | None:
    """Labels of n points, int64, or None."""
    if y is None:
        return None
    labels = np.asarray(y)
    if labels.shape != (n,):
        raise InvalidInputError(f"y must hold one label for each of the {n} points, got shape {labels.shape}")
    if labels.dtype.kind not in "iub":
        if labels.dtype.kind == "f" and np.array_equal(labels, np.round(labels)):
            return labels.astype(np.int64)
        raise InvalidInputError(
            f"y must hold integers (-1: unknown), got dtype {labels.dtype}: encode the labels first"
        )
    return labels.astype(np.int64)


def as_seed(random_state: Any) -> int:
    """A seed below 2^32 from an int, a generator of NumPy, or (a new one) from None."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    return int(random_state) & 0xFFFFFFFF


def given_neighbors(given: Any, n: int, k: int) -> Neighbors:
    """The first k of ``precomputed_knn``: indices and distances of n points, each first in its own row."""
    indices = np.asarray(given[0], dtype=np.int32)
    distances = np.asarray(given[1], dtype=np.float32)
    if indices.shape != distances.shape or len(indices) != n or indices.shape[1] < k:
        raise InvalidInputError(
            f"precomputed_knn must hold indices and distances of shape ({n}, >= {k}), "
            f"got {indices.shape} and {distances.shape}"
        )
    return Neighbors(np.ascontiguousarray(indices[:, :k]), np.ascontiguousarray(distances[:, :k]))


def tell_cost(n: int, d: int, k: int) -> None:
    """Log how much memory reducing n rows of d numbers with k neighbours takes, and warn where that much is not free."""
    needed, free = cost.peak_bytes(n, d, min(k, n)), cost.free_bytes()
    logger.info("reducing %d rows of %d numbers takes about %.2f GB at its peak", n, d, needed / 1e9)
    if free is not None and needed > free:
        logger.warning(
            "reducing %d rows of %d numbers takes about %.1f GB, but %.1f GB are free: it may end for want of memory. "
            "Fit a sample and transform the rest, or reduce the number of columns first",
            n,
            d,
            needed / 1e9,
            free / 1e9,
        )
