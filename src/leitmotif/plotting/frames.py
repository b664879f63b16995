"""Frames of counts (topics over time, topics per class) as one small table of topics by places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.plotting.labels import escaped, topic_labels
from leitmotif.plotting.selection import chosen_topics
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector

__all__ = ["Counted", "column", "counted", "shown_as"]

NR_WORDS = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Counted:
    """How often each of T topics occurs at each of B places (times or classes), and with which words.

    Attributes
    ----------
    topics : ndarray of int64, shape (T,)
    labels : list of str, length T
    frequencies : ndarray of float64, shape (T, B)
        Documents of the topic at the place, 0 where the frame has no row; each row of length one if normalised.
    words : list of list of str
        Words of the topic at the place, "" where the frame has no row.
    """

    topics: IntVector
    labels: list[str]
    frequencies: FloatMatrix
    words: list[list[str]]


def column(frame: Any, name: str, what: str) -> np.ndarray:
    """A column of a frame (pandas, Polars, or a mapping of arrays) as an array.

    Raises
    ------
    InvalidInputError
        There is no such column.
    """
    try:
        values = frame[name]
    except Exception as error:  # each kind of frame has an error of its own
        names = list(getattr(frame, "columns", frame if isinstance(frame, dict) else []))
        raise InvalidInputError(
            f"{what} must be the data frame that {what}() gave, with a column {name!r}; got "
            f"{f'columns {names}' if names else type(frame).__name__}"
        ) from error
    return np.asarray(values)


def counted(
    state: TopicState,
    frame: Any,
    what: str,
    place: IntVector,
    n_places: int,
    topics: Sequence[int] | None,
    top_n_topics: int | None,
    normalize: bool,
    custom_labels: bool | str,
) -> Counted:
    """The table of a frame with the columns Topic, Words and Frequency, for the topics asked for.

    Parameters
    ----------
    place : ndarray of int64, shape (n_rows,)
        Place of each row of the frame, 0 … n_places - 1.
    normalize : bool
        Scale each topic's frequencies to Euclidean length one.

    Raises
    ------
    UnknownTopicError
        The frame has topics that the model has not: it was made before the topics were edited.
    InvalidInputError
        A column is missing, or none of the topics is in the frame.
    """
    of_row = column(frame, "Topic", what).astype(np.int64)
    amounts = column(frame, "Frequency", what).astype(np.float64)
    texts = column(frame, "Words", what)
    stale = np.setdiff1d(of_row, np.append(state.topic_ids, OUTLIER))
    ids = chosen_topics(state, topics, top_n_topics)
    if len(stale):
        raise UnknownTopicError(
            f"{what} holds topics that the model does not have: {stale[:5].tolist()}. "
            f"The frame was made before the topics were changed; call {what}() again."
        )
    ids = np.sort(ids[np.isin(ids, of_row)]) if topics is None else ids[np.isin(ids, of_row)]
    if not len(ids):
        raise InvalidInputError(f"{what} has no rows for the topics asked for")
    rank = {topic: i for i, topic in enumerate(ids.tolist())}
    frequencies = np.zeros((len(ids), n_places))
    words = [[""] * n_places for _ in range(len(ids))]
    for row in np.flatnonzero(np.isin(of_row, ids)).tolist():
        i, j = rank[int(of_row[row])], int(place[row])
        frequencies[i, j] += amounts[row]
        words[i][j] = str(texts[row])
    if normalize:
        length = np.sqrt((frequencies**2).sum(axis=1, keepdims=True))
        frequencies = frequencies / np.where(length > 0, length, 1.0)
    return Counted(
        topics=ids,
        labels=topic_labels(state, ids, custom_labels, NR_WORDS),
        frequencies=frequencies,
        words=words,
    )


def shown_as(table: Counted, i: int, place: str, amount: str) -> dict[str, Any]:
    """Name and hover text of topic ``i``'s trace; ``place`` and ``amount`` say which axes they are: "x" or "y"."""
    return {
        "name": escaped(table.labels[i]),
        "hovertext": [escaped(words) for words in table.words[i]],
        "hovertemplate": f"<b>%{{fullData.name}}</b><br>%{{{place}}}<br>Words: %{{hovertext}}"
        f"<br>Frequency: %{{{amount}:.4~g}}<extra></extra>",
    }
