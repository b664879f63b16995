"""Texts for a model of images alone: captions of each topic's typical images."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.protocols import Components
from leitmotif.typing import FloatMatrix, IntVector

__all__ = ["captions"]

logger = logging.getLogger(__name__)


def captions(components: Components, labels: IntVector, images: Sequence[Any], embeddings: FloatMatrix) -> list[str]:
    """A text an image: the captions of a topic's typical images stand with its first image, the others have none.

    Captions come from the first representation model that has an ``image_to_text_model``
    (``VisualRepresentation(image_to_text_model=…)``), which is asked once a topic and not once an image. Without one, there
    are no texts, and the topics have no words.

    Parameters
    ----------
    components : Components
    labels : ndarray of int64, shape (N,)
    images : sequence, length N
    embeddings : ndarray, shape (N, d)
        Of the images.

    Returns
    -------
    list of str, length N
    """
    texts = [""] * len(labels)
    links = [link for chain in (components.main, *components.aspects.values()) for link in chain]
    captioning: Any = next((link for link in links if getattr(link, "image_to_text_model", None) is not None), None)
    if captioning is None:
        logger.warning(
            "there are only images and nothing that captions them, so the topics have no words: pass "
            "representation_model={'Visual': VisualRepresentation(image_to_text_model=…)}"
        )
        return texts
    import pandas as pd

    found = captioning.image_to_text(pd.DataFrame({"Topic": labels, "Image": list(images)}), embeddings)
    for topic, text in zip(found["Topic"], found["Document"], strict=True):
        texts[int(np.flatnonzero(labels == topic)[0])] = str(text)
    return texts
