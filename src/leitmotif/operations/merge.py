"""Merging topics by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from leitmotif.building.batches import counted_in_batches
from leitmotif.building.counting import with_corpus
from leitmotif.building.rebuild import rebuild
from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.operations.counted import known_texts
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.validation import check_fitted

__all__ = ["labels_for_merge", "merge_topics"]


def merge_topics(
    fitted: Fitted, docs: Sequence[str] | None, topics_to_merge: Iterable[Any], images: Sequence[Any] | None = None
) -> TopicState:
    """Merge topics; the others keep their words.

    Parameters
    ----------
    docs : sequence of str, length N, or None
        The documents of the fit (what None means); they are not counted a second time.
    topics_to_merge : iterable of int, or of iterables of int
        One group of topics, or several. Groups that share a topic are united. A group becomes the topic that it names
        first: ``[1, -1]`` puts the outliers into topic 1, ``[-1, 1]`` makes topic 1 outliers.
    images : sequence, length N, optional
        Images of the documents, for representation models that look at them.

    Returns
    -------
    TopicState
        Numbered anew by size. As a method of the model: None, and the model is changed in place.

    Raises
    ------
    InvalidInputError
        Not topic ids, or another number of documents than the model was fitted on.
    UnknownTopicError
        An id that the model does not have.

    Examples
    --------
    ``model.merge_topics(docs, [[1, 2], [3, 4, 5]])``
    """
    check_fitted(fitted.state)
    mapping = labels_for_merge(fitted.state, topics_to_merge)
    if not counted_in_batches(fitted.state, fitted.components.vectorizer):  # the counts of all batches are there
        fitted = with_corpus(fitted, known_texts(fitted.state, docs))
    state = fitted.state
    new = np.array([mapping.get(topic, topic) for topic in state.topic_ids.tolist()], dtype=np.int64)
    return rebuild(fitted, new[state.document_rows], mapping, images=images)


def labels_for_merge(state: TopicState, topics_to_merge: Iterable[Any]) -> dict[int, int]:
    """Topic -> the topic that it becomes part of, for every topic in one of the groups."""
    root: dict[int, int] = {}

    def find(topic: int) -> int:
        while root[topic] != topic:
            topic = root[topic]
        return topic

    rank: dict[int, int] = {}  # a group becomes the topic named first, whatever it is united with later
    for group in _groups(topics_to_merge):
        for topic in group:
            if topic not in state:
                state.row(topic)  # raises the error that says which topics there are
            root.setdefault(topic, topic)
            rank.setdefault(topic, len(rank))
            first, second = sorted((find(group[0]), find(topic)), key=rank.__getitem__)
            root[second] = first
    return {topic: find(topic) for topic in root}


def _groups(topics_to_merge: Any) -> list[list[int]]:
    """The groups as lists of int; NumPy integers, sets, arrays and tuples are understood."""
    if isinstance(topics_to_merge, str) or not isinstance(topics_to_merge, Iterable):
        raise InvalidInputError(f"topics_to_merge must be [1, 2] or [[1, 2], [3, 4]]; got {topics_to_merge!r}")
    entries = list(topics_to_merge)
    if all(_is_id(entry) for entry in entries):
        return [[int(entry) for entry in entries]] if entries else []
    groups = []
    for entry in entries:
        if isinstance(entry, str) or not isinstance(entry, Iterable):
            raise InvalidInputError(
                f"topics_to_merge mixes ids and groups, or holds {entry!r}: pass [1, 2] or [[1, 2], [3, 4]]"
            )
        group = list(entry)
        for topic in group:
            if not _is_id(topic):
                raise UnknownTopicError(
                    f"topic {topic!r} does not exist: topic ids are whole numbers. See get_topic_info()."
                )
        if group:
            groups.append([int(topic) for topic in group])
    return groups


def _is_id(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
