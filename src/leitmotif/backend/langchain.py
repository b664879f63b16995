"""LangChain's embedding models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import InvalidInputError
from leitmotif.typing import FloatMatrix

__all__ = ["LangChainBackend"]


class LangChainBackend(BaseEmbedder):
    """Embeddings by a LangChain ``Embeddings`` object.

    Parameters
    ----------
    embedding_model : langchain_core.embeddings.Embeddings
        Anything with ``embed_documents(texts)``.

    Raises
    ------
    InvalidInputError
        It has no such method.
    """

    def __init__(self, embedding_model: Any) -> None:
        if not callable(getattr(embedding_model, "embed_documents", None)):
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__} without embed_documents(): pass LangChain Embeddings"
            )
        super().__init__(embedding_model)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d); an empty text is sent as a space."""
        rows = self.embedding_model.embed_documents([text or " " for text in documents])
        return checked(np.array(rows), len(documents), "the LangChain model")
