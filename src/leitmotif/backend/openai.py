"""OpenAI's embedding models, or any service that speaks their protocol."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.progress import stage
from leitmotif.typing import FloatMatrix

__all__ = ["OpenAIBackend"]


class OpenAIBackend(BaseEmbedder):
    """Embeddings by ``client.embeddings.create``.

    Parameters
    ----------
    client : openai.OpenAI
    embedding_model : str
        Name of the model.
    delay_in_seconds : float, optional
        Wait between two requests.
    batch_size : int, optional
        Texts a request; all in one if None.
    generator_kwargs : mapping, optional
        More arguments of the request; ``"model"`` in it wins over ``embedding_model``.
    """

    def __init__(
        self,
        client: Any,
        embedding_model: str = "text-embedding-ada-002",
        delay_in_seconds: float | None = None,
        batch_size: int | None = None,
        generator_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        arguments = dict(generator_kwargs or {})
        super().__init__(arguments.pop("model", embedding_model))
        self.client = client
        self.delay_in_seconds = delay_in_seconds
        self.batch_size = batch_size
        self.generator_kwargs = {**arguments, "model": self.embedding_model}

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
                response = self.client.embeddings.create(input=batch, **self.generator_kwargs)
                rows += [entry.embedding for entry in response.data]
                work.advance(len(batch))
        return checked(np.array(rows), len(texts), f"{self.embedding_model} at OpenAI")
