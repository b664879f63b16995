"""Names for the merged topics of a hierarchy, level by level: parents from the names of their children."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leitmotif.errors import InvalidInputError
from leitmotif.llm.client import ChatClient
from leitmotif.llm.naming import Naming, TopicFacts, name_topics

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["name_hierarchy"]


def name_hierarchy(client: ChatClient, merges: pd.DataFrame, labels: Mapping[int, str], **options: Any) -> Naming:
    """A name for every merged topic of ``hierarchical_topics``, one call each, a level at a time.

    Parameters
    ----------
    client : ChatClient
    merges : DataFrame
        What ``hierarchical_topics`` gives.
    labels : mapping of int to str
        Names of the topics at the bottom.
    **options
        ``language``, ``window``, ``structured``, ``context`` of :func:`leitmotif.llm.name_topics`.

    Returns
    -------
    Naming
        By the ids of the parents. A parent without a name is known to the next level by the names of its children.

    Raises
    ------
    InvalidInputError
        ``merges`` is not such a table.

    Examples
    --------
    ``merges["Parent_Name"] = merges["Parent_ID"].astype(int).map(naming.labels)``
    """
    columns = ("Parent_ID", "Parent_Name", "Child_Left_ID", "Child_Right_ID")
    if any(column not in merges for column in columns):
        raise InvalidInputError(f"merges must be the table of hierarchical_topics, with {columns}; got {list(merges)}")
    rows = {
        int(parent): (str(words), (int(left), int(right)))
        for parent, words, left, right in zip(*(merges[column] for column in columns), strict=True)
    }
    known = {int(topic): str(label) for topic, label in labels.items()}
    whole = Naming()
    while rows:
        ready = [parent for parent, (_, children) in rows.items() if not any(child in rows for child in children)]
        if not ready:
            raise InvalidInputError("merges has parents that are their own descendants")
        facts = []
        for parent in sorted(ready):
            words, children = rows.pop(parent)
            parts = [known.get(child, f"topic {child}") for child in children]
            facts.append(TopicFacts(topic=parent, keywords=words.split("_"), parts=parts))
        level = name_topics(client, facts, **options)
        for fact in facts:
            known[fact.topic] = level.labels.get(fact.topic, ", ".join(fact.parts))
        whole.labels.update(level.labels)
        whole.descriptions.update(level.descriptions)
        whole.failures.update(level.failures)
    return Naming(labels=whole.labels, descriptions=whole.descriptions, failures=whole.failures, usage=client.usage)
