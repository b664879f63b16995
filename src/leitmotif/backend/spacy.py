"""spaCy pipelines as embedders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.progress import stage
from leitmotif.typing import FloatMatrix

__all__ = ["SpacyBackend"]


class SpacyBackend(BaseEmbedder):
    """Embeddings by the vectors of a spaCy pipeline, or by its transformer where it has one.

    Parameters
    ----------
    embedding_model : spacy.Language
        Such as ``spacy.load("en_core_web_md")``.

    Raises
    ------
    InvalidInputError
        Not a pipeline.
    """

    def __init__(self, embedding_model: Any) -> None:
        if not callable(embedding_model):
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__}: pass a spaCy pipeline, such as "
                'spacy.load("en_core_web_md")'
            )
        super().__init__(embedding_model)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d)."""
        rows = []
        with stage("embed documents", total=len(documents)) as work:
            for text in documents:
                rows.append(self._vector(text))
                work.advance(1)
        return checked(np.array(rows), len(documents), "the spaCy pipeline")

    def _vector(self, text: str) -> np.ndarray:
        doc = self.embedding_model(text or " ")
        transformer = getattr(getattr(doc, "_", None), "trf_data", None)
        vector = np.asarray(_on_cpu(doc.vector), dtype=np.float32)
        if vector.size and (transformer is None or doc.has_vector):
            return vector
        if transformer is None:
            raise EmbeddingsError(
                "this spaCy pipeline has neither word vectors nor a transformer: load one that has, such as en_core_web_md"
            )
        if hasattr(transformer, "tensors"):  # spacy-transformers: the last tensor is the pooled one
            return np.asarray(_on_cpu(transformer.tensors[-1]), dtype=np.float32).mean(axis=0)
        tokens = _on_cpu(transformer.last_hidden_layer_state.dataXd)  # spacy-curated-transformers: a row a piece
        return np.asarray(tokens, dtype=np.float32).mean(axis=0)


def _on_cpu(array: Any) -> Any:
    return array.get() if hasattr(array, "get") and not isinstance(array, np.ndarray) else array
