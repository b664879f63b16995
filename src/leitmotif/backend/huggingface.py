"""Hugging Face feature-extraction pipelines as embedders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from transformers.pipelines import Pipeline

from leitmotif.backend.embedder import UNLIMITED, BaseEmbedder, checked, token_counts
from leitmotif.errors import InvalidInputError
from leitmotif.progress import stage
from leitmotif.typing import FloatMatrix, IntVector

__all__ = ["HFTransformerBackend"]


class HFTransformerBackend(BaseEmbedder):
    """Embeddings by a transformer: the mean over a text's tokens, padding left out, at unit length.

    Parameters
    ----------
    embedding_model : transformers.pipelines.Pipeline
        ``pipeline("feature-extraction", model=…)``.

    Raises
    ------
    InvalidInputError
        Not a pipeline.
    """

    def __init__(self, embedding_model: Any) -> None:
        if not isinstance(embedding_model, Pipeline):
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__}: pass "
                'transformers.pipeline("feature-extraction", model=…)'
            )
        super().__init__(embedding_model)

    @property
    def max_tokens(self) -> int | None:
        """The tokenizer's ``model_max_length``; None where it knows none."""
        limit = getattr(getattr(self.embedding_model, "tokenizer", None), "model_max_length", None)
        return int(limit) if isinstance(limit, int) and 0 < limit < UNLIMITED else None

    def count_tokens(self, documents: Sequence[str]) -> IntVector:
        """Tokens of each text by the pipeline's tokenizer, shape (n,)."""
        return token_counts(self.embedding_model.tokenizer, documents)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts: ndarray of float32, shape (n, d)."""
        rows = []
        with stage("embed documents", total=len(documents)) as work:
            # One text a call is one text a batch: there is no padding to leave out, and no list of texts in memory.
            for tokens in self._features(documents):
                mean = tokens.mean(axis=0)
                rows.append(mean / max(float(np.linalg.norm(mean)), 1e-12))
                work.advance(1)
        return checked(np.array(rows, dtype=np.float32), len(documents), "the feature-extraction pipeline")

    def _features(self, documents: Sequence[str]) -> Iterator[np.ndarray]:
        texts = (text or " " for text in documents)
        for features in self.embedding_model(texts, truncation=True):
            array = np.asarray(features, dtype=np.float32)
            yield array.reshape(-1, array.shape[-1])
