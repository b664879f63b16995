"""Places of documents on a plane: those given, those the model has, or a layout made by the model's own reducer."""

from __future__ import annotations

import copy
import logging
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, MissingComponentError
from leitmotif.kernels.planar import principal_plane
from leitmotif.operations.map import document_map
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatMatrix, IntVector
from leitmotif.validation import as_embeddings

__all__ = ["document_positions"]

logger = logging.getLogger(__name__)

FEWEST = 50
"""With fewer documents a neighbourhood graph means little; their principal plane is shown."""


def document_positions(
    fitted: Fitted,
    docs: list[str] | None,
    embeddings: Any,
    reduced_embeddings: Any,
    rows: IntVector,
    what: str,
) -> FloatMatrix:
    """Two coordinates of the documents in ``rows``, by the first of these that there is.

    1. ``reduced_embeddings``, (N, 2) or wider: the first two columns.
    2. A layout of ``embeddings`` (N, d) that are not the model's own: a copy of the model's reducer is set to two
       components and fitted to the documents in ``rows``. A reducer that cannot be set to two components gives way
       to the two principal axes.
    3. The map of the fit (:func:`leitmotif.operations.map.document_map`).
    4. As 2., of the embeddings that the embedding model makes of ``docs``.

    Returns
    -------
    ndarray of float32, shape (len(rows), 2)
        The same on every run, provided the reducer takes ``random_state``.

    Raises
    ------
    EmbeddingsError
        Wrong shape or length, or values that are not finite.
    MissingComponentError
        There is nothing to make places of.
    """
    state = fitted.state.by_document
    if reduced_embeddings is not None:
        given = as_embeddings(reduced_embeddings, state.n_documents, name="reduced_embeddings")
        if given.shape[1] < 2:
            raise EmbeddingsError(f"reduced_embeddings must have two columns; got shape {given.shape}")
        return np.asarray(given[rows, :2], dtype=np.float32)
    if embeddings is not None and embeddings is not state.embeddings:
        return _layout(fitted, as_embeddings(embeddings, state.n_documents)[rows])
    if state.reduced_embeddings is not None or state.embeddings is not None:
        return document_map(fitted)[rows]
    embedder = fitted.components.embedder
    if docs is None or embedder is None:
        raise MissingComponentError(
            f"{what} needs places for the documents, and the model has neither embeddings nor an embedding model: "
            "pass reduced_embeddings (two columns) or embeddings"
        )
    vectors = np.asarray(embedder.embed_documents([docs[row] for row in rows.tolist()]))
    return _layout(fitted, as_embeddings(vectors, len(rows), name="what the embedding model gave"))


def _layout(fitted: Fitted, vectors: FloatMatrix) -> FloatMatrix:
    if vectors.shape[1] == 2:
        return np.asarray(vectors, dtype=np.float32)
    vectors = np.asarray(vectors, dtype=np.float32)
    reducer = _planar_copy(fitted.components.reducer, fitted.components.random_state)
    if reducer is None or len(vectors) < FEWEST:
        return principal_plane(vectors).astype(np.float32)
    if hasattr(reducer, "fit_transform"):
        places = reducer.fit_transform(vectors)
    else:
        reducer.fit(vectors)
        places = reducer.transform(vectors)
    return np.asarray(np.nan_to_num(places), dtype=np.float32)


def _planar_copy(reducer: Any, random_state: int) -> Any:
    """A fresh reducer with the settings of the model's own, but two components; None if it has no such setting."""
    if not hasattr(reducer, "get_params"):
        return None
    settings = dict(reducer.get_params(deep=False))
    if "n_components" not in settings:
        return None
    settings["n_components"] = 2
    if settings.get("random_state", 0) is None:
        settings["random_state"] = random_state
    return type(reducer)(**copy.deepcopy(settings))
