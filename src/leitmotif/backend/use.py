"""Universal Sentence Encoders of TensorFlow Hub as embedders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import InvalidInputError
from leitmotif.progress import stage
from leitmotif.typing import FloatMatrix

__all__ = ["USEBackend"]

BATCH = 256


class USEBackend(BaseEmbedder):
    """Embeddings by a model that ``tensorflow_hub.load`` gave.

    Parameters
    ----------
    embedding_model : callable
        List of str to a tensor of shape (n, d).

    Raises
    ------
    InvalidInputError
        It cannot be called.
    """

    def __init__(self, embedding_model: Any) -> None:
        if not callable(embedding_model):
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__}: pass what tensorflow_hub.load() gave"
            )
        super().__init__(embedding_model)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts: ndarray of float32, shape (n, d)."""
        texts = list(documents)
        blocks = []
        with stage("embed documents", total=len(texts)) as work:
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                blocks.append(np.asarray(self.embedding_model(batch), dtype=np.float32))
                work.advance(len(batch))
        found = np.concatenate(blocks) if blocks else np.empty((0, 0), dtype=np.float32)
        return checked(found, len(texts), "the TensorFlow Hub model")
