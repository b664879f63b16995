"""Texts in figures: labels of topics, and documents cut to what a hover box can hold.

A record keeps plain text; what is drawn is escaped (:func:`escaped`), because Plotly reads a text as HTML.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Sequence

import numpy as np

from leitmotif.operations.label import display_labels
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, FloatVector

__all__ = ["cut", "escaped", "fitting", "snippet", "top_words", "topic_labels"]

LABEL_LENGTH = 44
SNIPPET_LENGTH = 300
SNIPPET_WIDTH = 72
CHARACTER = 0.56
"""Mean width of a character, as a share of the font size."""


def topic_labels(
    state: TopicState, topics: Iterable[int], custom_labels: bool | str = False, nr_words: int = 3
) -> list[str]:
    """Label of each topic as plain text, on one line and cut to 44 characters.

    Parameters
    ----------
    custom_labels : bool or str
        False: the id and words. True: the user's labels, where set. A str: the words of that aspect.

    Raises
    ------
    InvalidInputError
        The model has no such aspect.
    """
    labels = display_labels(state, custom_labels, nr_words)
    return [cut(labels[int(topic)]) for topic in topics]


def top_words(state: TopicState, topic: int, n_words: int = 5) -> list[str]:
    """The best words of a topic, without the empty ones that pad short lists."""
    return [word for word, _ in state.words.get(int(topic), [])[:n_words] if word]


def cut(text: str, length: int = LABEL_LENGTH) -> str:
    """The text on one line, ending in an ellipsis where it is longer than ``length``."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def escaped(text: str) -> str:
    """The text with the characters escaped that Plotly would read as HTML."""
    return html.escape(text, quote=False)


def snippet(document: str, length: int = SNIPPET_LENGTH, width: int = SNIPPET_WIDTH) -> str:
    """The beginning of a document for a hover box: cut, broken into lines and escaped."""
    line = cut(document[: 4 * length], length)
    return "<br>".join(escaped(part) for part in textwrap.wrap(line, width)) if line else ""


def fitting(
    x: FloatVector,
    y: FloatVector,
    texts: Sequence[str],
    font_size: float,
    width: float,
    height: float,
    most: int = 60,
    taken: FloatMatrix | None = None,
    steps: Sequence[float] = (0.0, 1.0, -1.0, 2.0, -2.0),
) -> tuple[list[int], list[float], list[float]]:
    """Which labels can stand on a map without covering one another, the earlier ones first.

    Each is tried at its place, moved sideways where it would leave the map, then some lines above and below.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Centres in pixels.
    texts : sequence of str, length n
    font_size, width, height : float
        In pixels; a label has to stand within ``width`` x ``height``.
    most : int
        Place no more than so many.
    taken : ndarray, shape (k, 4), optional
        Boxes (left, right, bottom, top) to keep free.
    steps : sequence of float
        By how many lines a label may be moved up, in the order to try.

    Returns
    -------
    (list of int, list of float, list of float)
        Positions of those placed, and by how many pixels each is moved to the right and up.
    """
    line = font_size * 1.45
    placed: list[int] = []
    sideways: list[float] = []
    upwards: list[float] = []
    boxes = np.empty((0, 4)) if taken is None else np.asarray(taken, dtype=np.float64)
    for i, text in enumerate(texts):
        if len(placed) >= most:
            break
        half = 0.5 * CHARACTER * font_size * _columns(text) + 3.0
        if 2 * half > width:
            continue
        center = float(np.clip(x[i], half, width - half))
        for step in steps:
            middle = y[i] + step * line
            box = np.array([center - half, center + half, middle - line / 2, middle + line / 2])
            if box[2] < 0 or box[3] > height:
                continue
            if len(boxes) and _covers_any(box, boxes):
                continue
            placed.append(i)
            sideways.append(center - float(x[i]))
            upwards.append(step * line)
            boxes = np.vstack([boxes, box])
            break
    return placed, sideways, upwards


def _columns(text: str) -> int:
    """Width of a text in characters, where East Asian ones count twice."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)


def _covers_any(box: np.ndarray, boxes: np.ndarray) -> bool:
    apart = (box[1] <= boxes[:, 0]) | (box[0] >= boxes[:, 1]) | (box[3] <= boxes[:, 2]) | (box[2] >= boxes[:, 3])
    return bool((~apart).any())
