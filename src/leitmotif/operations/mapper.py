"""What became of each original cluster, under BERTopic's name and methods."""

from __future__ import annotations

from typing import Any

from leitmotif.state import TopicState

__all__ = ["TopicMapper"]


class TopicMapper:
    """The history of topic ids: one row an original cluster, one column a step.

    Parameters
    ----------
    state : TopicState
    """

    def __init__(self, state: TopicState) -> None:
        self.mappings_: list[list[int]] = state.mappings.tolist()

    def get_mappings(self, original_topics: bool = True) -> dict[int, int]:
        """Cluster label (or, with ``original_topics=False``, the topic before the last edit) -> topic now."""
        column = 0 if original_topics else -3 if self.mappings_ and len(self.mappings_[0]) > 2 else -1
        return {row[column]: row[-1] for row in self.mappings_}

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, TopicMapper) and other.mappings_ == self.mappings_

    __hash__ = None  # type: ignore[assignment]  # compared by value, and lists are not hashable
