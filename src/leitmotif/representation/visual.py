"""Pictures that stand for topics."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.mmr import mmr_order
from leitmotif.kernels.sampling import sample_positions
from leitmotif.kernels.similarity import cosine
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.typing import FloatMatrix, IntVector, WordsByTopic

__all__ = ["VisualRepresentation"]

logger = logging.getLogger(__name__)

COLUMNS = 3
"""Pictures in a row of a collage."""


class VisualRepresentation(BaseRepresentation):
    """A collage of the typical images of each topic.

    Parameters
    ----------
    nr_repr_images : int
        Images in a collage.
    nr_samples : int
        Images of a topic among which they are sought.
    image_height : int
        Height of an image in the collage, in pixels.
    image_squares : bool
        Make all images square instead of keeping their shape.
    image_to_text_model : str or pipeline, optional
        Captions images, for models of images alone: a name for ``transformers.pipeline("image-to-text")``, or any callable
        images -> list of ``[{"generated_text": …}]``.
    batch_size : int
        Images captioned at a time.

    Notes
    -----
    Needs Pillow. Those images are typical that are nearest to the topic's mean embedding and unlike each other; without
    embeddings, the first. A topic without images has no collage.
    """

    def __init__(
        self,
        nr_repr_images: int = 9,
        nr_samples: int = 500,
        image_height: int = 600,
        image_squares: bool = False,
        image_to_text_model: Any = None,
        batch_size: int = 32,
    ) -> None:
        self.nr_repr_images = nr_repr_images
        self.nr_samples = nr_samples
        self.image_height = image_height
        self.image_squares = image_squares
        self.image_to_text_model = image_to_text_model
        self.batch_size = batch_size

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Any]:
        """A ``PIL.Image`` a topic; where there are no images, the words."""
        if evidence.images is None:
            logger.warning("VisualRepresentation needs images, and the fit had none: the words stay as they are")
            return super().represent(evidence, words)
        result: dict[int, Any] = {}
        for topic in evidence.topic_ids.tolist():
            rows = np.flatnonzero(evidence.topics == topic)
            rows = rows[[evidence.images[int(i)] is not None for i in rows]] if len(rows) else rows
            rows = rows[sample_positions(len(rows), self.nr_samples, evidence.random_state, topic)]
            if len(rows):
                chosen = rows[_central(evidence.embeddings, rows, self.nr_repr_images)]
                result[topic] = self.collage([_open(evidence.images[int(i)]) for i in chosen])
        return result

    def collage(self, images: Sequence[Image.Image]) -> Image.Image:
        """Images in rows of three, of one height, on white."""
        size = self.image_height
        scaled = [
            image.resize((size if self.image_squares else max(round(image.width * size / image.height), 1), size))
            for image in images
        ]
        rows = [scaled[i : i + COLUMNS] for i in range(0, len(scaled), COLUMNS)]
        width = max(sum(image.width for image in row) for row in rows)
        canvas = Image.new("RGB", (width, size * len(rows)), "white")
        for j, row in enumerate(rows):
            left = 0
            for image in row:
                canvas.paste(image, (left, j * size))
                left += image.width
        return canvas

    def image_to_text(self, documents: Any, embeddings: FloatMatrix) -> Any:
        """Captions of the typical images of each topic, for a model of images alone.

        Parameters
        ----------
        documents : DataFrame
            Columns ``Topic`` and ``Image``.
        embeddings : ndarray, shape (n, d)

        Returns
        -------
        DataFrame
            Columns ``Document`` (the captions of a topic's images, joined) and ``Topic``; one row a topic.

        Raises
        ------
        InvalidInputError
            There is no ``image_to_text_model``.
        """
        import pandas as pd

        if self.image_to_text_model is None:
            raise InvalidInputError("captions need a model: VisualRepresentation(image_to_text_model=…)")
        caption = self._captioner()
        topics = np.asarray(documents["Topic"], dtype=np.int64)
        images = list(documents["Image"])
        found = []
        for topic in np.unique(topics).tolist():
            rows = np.flatnonzero(topics == topic)
            chosen = rows[_central(embeddings, rows, self.nr_repr_images)]
            captions: list[str] = []
            for start in range(0, len(chosen), self.batch_size):
                answers = caption([_open(images[int(i)]) for i in chosen[start : start + self.batch_size]])
                captions += [answer[0]["generated_text"] for answer in answers]
            found.append({"Document": " ".join(captions), "Topic": topic})
        return pd.DataFrame(found)

    def _captioner(self) -> Any:
        if not isinstance(self.image_to_text_model, str):
            return self.image_to_text_model
        from transformers import pipeline

        return pipeline("image-to-text", model=self.image_to_text_model)


def _central(embeddings: FloatMatrix | None, rows: IntVector, n: int) -> IntVector:
    """Positions in ``rows`` of those nearest to their mean and unlike each other; the first ones without embeddings."""
    if embeddings is None or len(rows) <= n:
        return np.arange(min(n, len(rows)), dtype=np.int64)
    vectors = np.asarray(embeddings[rows])
    relevance = cosine(vectors, vectors.mean(axis=0, keepdims=True))[:, 0]
    return mmr_order(relevance, cosine(vectors, vectors), 0.1, n)


def _open(image: Any) -> Image.Image:
    return image.convert("RGB") if isinstance(image, Image.Image) else Image.open(image).convert("RGB")
