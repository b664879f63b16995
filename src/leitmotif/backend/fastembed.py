"""fastembed's ONNX models as embedders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from fastembed import TextEmbedding

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import InvalidInputError
from leitmotif.typing import FloatMatrix

__all__ = ["FastEmbedBackend"]


class FastEmbedBackend(BaseEmbedder):
    """Embeddings by fastembed.

    Parameters
    ----------
    embedding_model : str or TextEmbedding
        A model, or the name of one that fastembed supports.

    Raises
    ------
    InvalidInputError
        A name that fastembed does not support, or neither a name nor a model.
    """

    def __init__(self, embedding_model: str | TextEmbedding = "BAAI/bge-small-en-v1.5") -> None:
        model: Any = embedding_model
        if isinstance(embedding_model, str):
            supported = [entry["model"] for entry in TextEmbedding.list_supported_models()]
            if embedding_model not in supported:
                raise InvalidInputError(
                    f"fastembed does not support {embedding_model!r}; TextEmbedding.list_supported_models() lists what it "
                    f"does, for example {supported[:3]}"
                )
            model = TextEmbedding(model_name=embedding_model)
        elif not callable(getattr(embedding_model, "embed", None)):
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__}: pass a fastembed TextEmbedding or its name"
            )
        super().__init__(model)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d)."""
        rows = list(self.embedding_model.embed(list(documents)))
        return checked(np.array(rows), len(documents), "the fastembed model")
