"""Any object with ``encode`` or ``embed`` as an embedder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import InvalidInputError
from leitmotif.typing import FloatMatrix

__all__ = ["DuckEmbedder"]


class DuckEmbedder(BaseEmbedder):
    """Embeddings by the ``encode(texts)`` or else the ``embed(texts)`` of an object of any class.

    Parameters
    ----------
    embedding_model : object
        Its method takes a list of str and gives an array, a tensor, a list of rows, or an iterator over rows.
        ``embed_words`` and ``embed_documents`` are used where the object has them.
    """

    def __init__(self, embedding_model: Any) -> None:
        super().__init__(embedding_model)
        if self._method("encode", "embed") is None:
            raise InvalidInputError(f"a {type(embedding_model).__name__} has neither encode() nor embed()")

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d)."""
        return self._run(documents, "encode", "embed")

    def embed_words(self, words: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of words, shape (n, d)."""
        return self._run(words, "embed_words", "encode", "embed")

    def embed_documents(self, document: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of documents, shape (n, d)."""
        return self._run(document, "embed_documents", "encode", "embed")

    def _method(self, *names: str) -> Any:
        for name in names:
            method = getattr(self.embedding_model, name, None)
            if callable(method):
                return method
        return None

    def _run(self, texts: Sequence[str], *names: str) -> FloatMatrix:
        method = self._method(*names)
        found = method(list(texts))
        if not hasattr(found, "__len__") and hasattr(found, "__iter__"):
            found = np.array(list(found))
        return checked(found, len(texts), f"{type(self.embedding_model).__name__}.{method.__name__}")
