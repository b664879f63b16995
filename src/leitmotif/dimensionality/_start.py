"""Where UMAP's layout starts: what its parameter ``init`` stands for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import layout, spectral
from leitmotif.typing import SparseMatrix

__all__ = ["start_of"]


def start_of(
    graph: SparseMatrix, x: NDArray[np.float32], init: str | np.ndarray, c: int, seed: int, threads: int
) -> NDArray[np.float32]:
    """Coordinates to start from, float32, shape (n, c): of the graph, of the data, at random, or as given."""
    n = len(x)
    if not isinstance(init, str):
        start = np.asarray(init, dtype=np.float64)
        if start.shape != (n, c):
            raise InvalidInputError(f"init must have shape ({n}, {c}), got {start.shape}")
        return layout.to_box(start)
    if init not in ("spectral", "pca", "random"):
        raise InvalidInputError(
            f"init must be 'spectral', 'pca', 'random' or an array of shape (n, n_components), got {init!r}"
        )
    if init == "random":
        return layout.to_box(np.random.default_rng([seed, 3]).uniform(-10.0, 10.0, size=(n, c)))
    coordinates = spectral.principal_coordinates(x, c)
    if init == "spectral" and n > c + 1:
        coordinates = spectral.spectral_start(graph, c, coordinates, seed=seed, n_threads=threads)
    return layout.scale_start(coordinates, seed)
