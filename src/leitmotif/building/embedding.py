"""Embeddings of documents and images by whatever embedder there is, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, MissingComponentError
from leitmotif.typing import FloatMatrix
from leitmotif.validation import as_embeddings

__all__ = ["embed"]


def embed(embedder: Any, documents: Sequence[str] | None, images: Sequence[Any] | None, verbose: bool) -> FloatMatrix:
    """Embeddings of documents, of images, or of both together.

    Raises
    ------
    MissingComponentError
        There is no embedder.
    EmbeddingsError
        The embedder gave something that cannot be used.
    """
    if embedder is None:
        raise MissingComponentError(
            "this model has no embedding model: pass embedding_model= to BERTopic, or embeddings= to this call"
        )
    if images is not None:
        if not hasattr(embedder, "embed_images"):
            raise MissingComponentError(
                f"{type(embedder).__name__} does not embed images: pass embedding_model=MultiModalBackend(…)"
            )
        found = (
            embedder.embed_images(images, verbose)
            if documents is None
            else embedder.embed(documents, images=images, verbose=verbose)
        )
        return as_embeddings(np.asarray(found), len(images), name="the embeddings of the images")
    documents = [] if documents is None else documents
    found = embedder.embed_documents(documents, verbose=verbose)
    if found is None:
        raise EmbeddingsError(f"{type(embedder).__name__}.embed_documents gave None; it must give an array")
    return as_embeddings(np.asarray(found), len(documents), name=f"what {type(embedder).__name__} gave")
