"""flair embeddings as embedders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flair.data import Sentence
from flair.embeddings import DocumentEmbeddings, DocumentPoolEmbeddings, TokenEmbeddings

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import InvalidInputError
from leitmotif.progress import stage
from leitmotif.typing import FloatMatrix

__all__ = ["FlairBackend"]


class FlairBackend(BaseEmbedder):
    """Embeddings by flair; token embeddings are averaged over the document.

    Parameters
    ----------
    embedding_model : flair.embeddings.TokenEmbeddings or DocumentEmbeddings

    Raises
    ------
    InvalidInputError
        Neither of the two.
    """

    def __init__(self, embedding_model: Any) -> None:
        if isinstance(embedding_model, TokenEmbeddings):
            model: Any = DocumentPoolEmbeddings([embedding_model])
        elif isinstance(embedding_model, DocumentEmbeddings):
            model = embedding_model
        else:
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__}: pass flair TokenEmbeddings or DocumentEmbeddings"
            )
        super().__init__(model)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d)."""
        rows = []
        with stage("embed documents", total=len(documents)) as work:
            for text in documents:
                sentence = Sentence(text or "an empty document")
                self.embedding_model.embed(sentence)
                rows.append(sentence.embedding.detach().cpu().numpy())
                work.advance(1)
        return checked(np.array(rows), len(documents), "the flair embeddings")
