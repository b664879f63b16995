"""One model for documents, another for words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leitmotif.backend.embedder import BaseEmbedder
from leitmotif.backend.select import select_backend
from leitmotif.typing import FloatMatrix

__all__ = ["WordDocEmbedder"]


class WordDocEmbedder(BaseEmbedder):
    """Embeddings of documents by one model and of words by another.

    Parameters
    ----------
    embedding_model : object
        For documents; anything that ``BERTopic(embedding_model=…)`` takes.
    word_embedding_model : object
        For words; likewise.

    Notes
    -----
    Words and documents are compared only where both models share a space.
    """

    def __init__(self, embedding_model: Any, word_embedding_model: Any) -> None:
        super().__init__(select_backend(embedding_model), select_backend(word_embedding_model))

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of documents, by the documents' model."""
        return self.embed_documents(documents, verbose)

    def embed_words(self, words: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of words, by the words' model."""
        return self.word_embedding_model.embed_words(words, verbose)

    def embed_documents(self, document: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of documents, by the documents' model."""
        return self.embedding_model.embed_documents(document, verbose)
