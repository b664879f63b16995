"""Gensim's word vectors as embedders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import InvalidInputError
from leitmotif.typing import FloatMatrix

__all__ = ["GensimBackend"]


class GensimBackend(BaseEmbedder):
    """Embeddings by word vectors: the mean over a document's known words, split at white space.

    Parameters
    ----------
    embedding_model : gensim.models.KeyedVectors
        Such as ``gensim.downloader.load("fasttext-wiki-news-subwords-300")``, or the ``.wv`` of a trained model.

    Raises
    ------
    InvalidInputError
        Not word vectors.

    Notes
    -----
    A document without any known word has the zero vector.
    """

    def __init__(self, embedding_model: Any) -> None:
        if not (hasattr(embedding_model, "get_vector") and hasattr(embedding_model, "vector_size")):
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__}: pass Gensim KeyedVectors (of a trained model: its .wv)"
            )
        super().__init__(embedding_model)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts: ndarray of float32, shape (n, d)."""
        model = self.embedding_model
        rows = np.zeros((len(documents), model.vector_size), dtype=np.float32)
        for row, text in zip(rows, documents, strict=True):
            known = [model.get_vector(word) for word in text.split() if word in model]
            if known:
                row[:] = np.mean(known, axis=0)
        return checked(rows, len(documents), "the Gensim vectors")
