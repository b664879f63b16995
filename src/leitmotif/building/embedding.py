"""Embeddings of documents and images by whatever embedder there is, checked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, MissingComponentError
from leitmotif.typing import FloatMatrix
from leitmotif.validation import as_embeddings

__all__ = ["embed"]

logger = logging.getLogger(__name__)

SPECIAL = 8
"""Special tokens that a model may add to a text, at most."""


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
    _tell_of_cuts(embedder, documents)
    found = embedder.embed_documents(documents, verbose=verbose)
    if found is None:
        raise EmbeddingsError(f"{type(embedder).__name__}.embed_documents gave None; it must give an array")
    return as_embeddings(np.asarray(found), len(documents), name=f"what {type(embedder).__name__} gave")


def _tell_of_cuts(embedder: Any, documents: Sequence[str]) -> None:
    """Say how many documents are longer than the embedder reads, where it knows how much that is."""
    limit = getattr(embedder, "max_tokens", None)
    if limit is None:
        return
    # a token has a byte at least, and special tokens are few: shorter texts need not be cut into tokens
    long = [text for text in documents if 4 * len(text) > limit - SPECIAL and len(text.encode()) > limit - SPECIAL]
    cut = int((np.asarray(embedder.count_tokens(long)) > limit).sum()) if long else 0
    if cut:
        logger.warning(
            "%d of %d documents are longer than the %d tokens that the embedding model reads: only their beginnings are "
            'embedded. BERTopic(chunking="auto") divides them into passages that it reads whole',
            cut,
            len(documents),
            limit,
        )
