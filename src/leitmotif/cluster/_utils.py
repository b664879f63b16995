"""One way to ask HDBSCAN models, ours and the hdbscan library's, for predictions."""

from __future__ import annotations

import sys
from typing import Any

from leitmotif.cluster._hdbscan import HDBSCAN
from leitmotif.errors import InvalidInputError

__all__ = ["hdbscan_delegator", "is_supported_hdbscan"]

_FUNCTIONS = ("approximate_predict", "all_points_membership_vectors", "membership_vector")


def is_supported_hdbscan(model: Any) -> bool:
    """Whether a model is an HDBSCAN that can predict and give membership vectors."""
    return isinstance(model, HDBSCAN) or _library_of(model) is not None


def hdbscan_delegator(model: Any, func: str, embeddings: Any = None) -> Any:
    """Call one of hdbscan's prediction functions for ours or another library's HDBSCAN.

    Parameters
    ----------
    model : HDBSCAN
        Ours, ``hdbscan.HDBSCAN`` or ``cuml.cluster.HDBSCAN``.
    func : {"approximate_predict", "all_points_membership_vectors", "membership_vector"}
    embeddings : ndarray, shape (m, d), optional
        Points to predict; not used for ``all_points_membership_vectors``.

    Returns
    -------
    object
        (labels, strengths), or a matrix (points, clusters); None for a model of any other kind.
    """
    if func not in _FUNCTIONS:
        raise InvalidInputError(f"func must be one of {_FUNCTIONS}, got {func!r}")
    arguments = () if func == "all_points_membership_vectors" else (embeddings,)
    if isinstance(model, HDBSCAN):
        return getattr(model, func)(*arguments)
    library = _library_of(model)
    return None if library is None else getattr(library, func)(model, *arguments)


def _library_of(model: Any) -> Any:
    """Module with the prediction functions for the model, if it is of a known library.

    A model of a library exists only once the library is imported, so nothing is imported here.
    """
    for module, functions in (("hdbscan", "hdbscan"), ("cuml.cluster", "cuml.cluster.hdbscan")):
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(model, getattr(loaded, "HDBSCAN", ())):
            return sys.modules.get(functions, loaded)
    return None
