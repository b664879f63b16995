"""Cohere's embedding models."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.progress import stage
from leitmotif.typing import FloatMatrix

__all__ = ["CohereBackend"]


class CohereBackend(BaseEmbedder):
    """Embeddings by ``client.embed``.

    Parameters
    ----------
    client : cohere.Client
    embedding_model : str
        Name of the model.
    delay_in_seconds : float, optional
        Wait between two requests.
    batch_size : int, optional
        Texts a request; all in one if None.
    embed_kwargs : mapping, optional
        More arguments of the request, such as ``input_type``; ``"model"`` in it wins over ``embedding_model``.
    """

    def __init__(
        self,
        client: Any,
        embedding_model: str = "large",
        delay_in_seconds: float | None = None,
        batch_size: int | None = None,
        embed_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        arguments = dict(embed_kwargs or {})
        super().__init__(arguments.pop("model", embedding_model))
        self.client = client
        self.delay_in_seconds = delay_in_seconds
        self.batch_size = batch_size
        self.embed_kwargs = {**arguments, "model": self.embedding_model}

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d); an empty text is sent as a space."""
        texts = [text or " " for text in documents]
        step = self.batch_size or max(len(texts), 1)
        rows: list[Any] = []
        with stage("embed documents", total=len(texts)) as work:
            for start in range(0, len(texts), step):
                if start and self.delay_in_seconds:
                    time.sleep(self.delay_in_seconds)
                batch = texts[start : start + step]
                rows += _vectors(self.client.embed(texts=batch, **self.embed_kwargs))
                work.advance(len(batch))
        return checked(np.array(rows), len(texts), f"{self.embedding_model} at Cohere")


def _vectors(response: Any) -> list[Any]:
    found = response.embeddings
    # The second version of the service gives one list a number type.
    by_type = getattr(found, "float_", None) or getattr(found, "float", None)
    return list(by_type if by_type is not None else found)
