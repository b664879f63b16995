"""What became of each original cluster, under BERTopic's name and methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leitmotif.state import TopicState

__all__ = ["TopicMapper"]


class TopicMapper:
    """The history of topic ids: one row an original cluster, one column a step.

    Parameters
    ----------
    topics : iterable of int
        Cluster of each document (or each cluster once).
    """

    def __init__(self, topics: Iterable[int]) -> None:
        self.mappings_: list[list[Any]] = [[topic, topic] for topic in sorted({int(topic) for topic in topics})]

    @classmethod
    def of_state(cls, state: TopicState) -> TopicMapper:
        """The history that a fitted model keeps."""
        mapper = cls([])
        mapper.mappings_ = state.mappings.tolist()
        return mapper

    def get_mappings(self, original_topics: bool = True) -> dict[int, int]:
        """Cluster label (or, with ``original_topics=False``, the topic before the last edit) -> topic now."""
        column = 0 if original_topics else -3 if self.mappings_ and len(self.mappings_[0]) > 2 else -1
        return {row[column]: row[-1] for row in self.mappings_}

    def add_mappings(self, mappings: Mapping[int, int], topic_model: Any = None) -> None:  # noqa: ARG002
        """Add a step: topic now -> topic then; a topic that is not named stays.

        Parameters
        ----------
        mappings : mapping of int to int
        topic_model : ignored
            As BERTopic has it.
        """
        for row in self.mappings_:
            row.append(mappings.get(row[-1], row[-1]))

    def add_new_topics(self, mappings: Mapping[int, int]) -> None:
        """Add clusters that came later: label -> topic; the steps before are unknown (None)."""
        length = len(self.mappings_[0]) if self.mappings_ else 2
        self.mappings_ += [[label, *[None] * (length - 2), topic] for label, topic in mappings.items()]

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, TopicMapper) and other.mappings_ == self.mappings_

    __hash__ = None  # type: ignore[assignment]  # compared by value, and lists are not hashable
