"""Names for topics: generated from words, or given by the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import Words
from leitmotif.validation import check_fitted

__all__ = ["display_labels", "generate_topic_labels", "set_topic_labels"]


def generate_topic_labels(
    fitted: Fitted,
    nr_words: int = 3,
    topic_prefix: bool = True,
    word_length: int | None = None,
    separator: str = "_",
    aspect: str | None = None,
) -> list[str]:
    """A label a topic, made of its best words, in the order of the topic ids (-1 first).

    Parameters
    ----------
    nr_words : int
        Words a label.
    topic_prefix : bool
        Put the id in front.
    word_length : int, optional
        Cut each word to so many characters.
    separator : str
        What stands between the parts.
    aspect : str, optional
        Take the words of this aspect instead of the main ones.

    Raises
    ------
    InvalidInputError
        The model has no such aspect.
    """
    check_fitted(fitted.state)
    state = fitted.state
    words = _words_of(state, aspect)
    labels = []
    for topic in state.topic_ids.tolist():
        parts = [word[:word_length] for word, _ in words.get(topic, [])[:nr_words]]
        labels.append(separator.join([str(topic), *parts] if topic_prefix else parts))
    return labels


def set_topic_labels(fitted: Fitted, topic_labels: Any) -> TopicState:
    """The state with labels of the user's own, which ``custom_labels=True`` shows everywhere.

    Parameters
    ----------
    topic_labels : list of str or mapping of int to str
        A list has one label a topic, -1 first. A mapping may name some topics only; the others keep the
        label they had, or are shown by their name.

    Raises
    ------
    InvalidInputError
        A list of another length, or neither a list nor a mapping.
    UnknownTopicError
        A topic of the mapping does not exist.
    """
    check_fitted(fitted.state)
    state = fitted.state
    ids = state.topic_ids.tolist()
    if isinstance(topic_labels, Mapping):
        unknown = [topic for topic in topic_labels if topic not in state]
        if unknown:
            raise UnknownTopicError(
                f"topic_labels names topics that do not exist: {unknown[:5]}; topics run from {ids[0]} to {ids[-1]}"
            )
        earlier = dict(state.custom_labels or {})
        given = {int(topic): str(label) for topic, label in topic_labels.items()}
        return replace(state, custom_labels=dict(sorted((earlier | given).items())))
    if isinstance(topic_labels, str) or not hasattr(topic_labels, "__len__"):
        raise InvalidInputError(
            f"topic_labels must be a list of str or a dict of topic to str; got {type(topic_labels).__name__}"
        )
    if len(topic_labels) != len(ids):
        raise InvalidInputError(
            f"topic_labels has {len(topic_labels)} labels for {len(ids)} topics (the outlier topic counts when it exists)"
        )
    return replace(state, custom_labels={topic: str(label) for topic, label in zip(ids, topic_labels, strict=True)})


def display_labels(state: TopicState, custom_labels: bool | str = False, nr_words: int = 3) -> dict[int, str]:
    """The label that figures show for each topic; the empty words that fill up short topics are left out.

    Parameters
    ----------
    custom_labels : bool or str
        False: id and words. True: the user's labels, where set. A str: the words of that aspect.
    nr_words : int
        Words of a label made of words.
    """
    if custom_labels is True and state.custom_labels is not None:
        return {topic: state.custom_labels.get(topic, state.names[topic]) for topic in state.topic_ids.tolist()}
    words = _words_of(state, custom_labels if isinstance(custom_labels, str) else None)
    named = state.zeroshot_names if not isinstance(custom_labels, str) else {}
    return {
        topic: named.get(topic)
        or "_".join([str(topic), *(word for word, _ in words.get(topic, [])[:nr_words] if word)])
        for topic in state.topic_ids.tolist()
    }


def _words_of(state: TopicState, aspect: str | None) -> Mapping[int, Words]:
    if aspect is None:
        return state.words
    if aspect not in state.aspects:
        raise InvalidInputError(f"the model has no aspect {aspect!r}; it has {sorted(state.aspects) or 'none'}")
    return state.aspects[aspect]
