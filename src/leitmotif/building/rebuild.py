"""New labels to the next state: what a fit ends with, and what every edit is.

Merging, reducing, deleting, updating and moving outliers differ only in how they make labels; what follows from
labels is worked out here, once. Topics whose documents stay the same keep their words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from leitmotif.building.batches import counted_in_batches, describe_batches, with_all_batches
from leitmotif.building.describe import describe
from leitmotif.building.weigh import weigh
from leitmotif.kernels.relabel import group_means, label_counts, overlap, size_order
from leitmotif.protocols import Fitted
from leitmotif.state import WORDS_BEHIND, TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector

__all__ = ["rebuild"]


def rebuild(
    fitted: Fitted,
    topics: IntVector,
    mapping: Mapping[int, int] | None = None,
    *,
    sort: bool = True,
    represent: bool = True,
    keep_words: Literal["unchanged", "all", "none"] = "unchanged",
    images: Sequence[Any] | None = None,
) -> TopicState:
    """The state that follows from giving each document a new topic.

    Parameters
    ----------
    fitted : Fitted
        The state before (its topics may be raw cluster labels without any words yet) and the components.
    topics : ndarray of int64, shape (N,)
        New label of each document, -1 for outliers; any other ids.
    mapping : mapping of int to int, optional
        Old topic -> new label for topics that moved as a whole. Default: each topic to itself. Probability columns,
        original clusters, custom labels and zero-shot names follow it.
    sort : bool
        Number the topics 0, 1, … by descending size (-1 stays). Otherwise the labels are the ids.
    represent : bool
        Run the representation models; otherwise the words are those of c-TF-IDF.
    keep_words : {"unchanged", "all", "none"}
        Which topics keep their words, aspects and representative documents: those whose documents are unchanged, all
        that existed before and went on as a topic (so that documents assigned later do not water them down), or none.
    images : sequence, optional
        Images of the documents, for representation models that look at them.

    Returns
    -------
    TopicState
    """
    before, components = fitted.state, fitted.components
    moved = {int(topic): int(topic) for topic in before.topic_ids} | {
        int(old): int(new) for old, new in (mapping or {}).items()
    }
    if counted_in_batches(fitted.state, fitted.components.vectorizer) and (
        mapping is not None or np.array_equal(topics, before.topics)
    ):
        state, final = _of_all_batches(fitted, topics, moved, sort=sort)
        kept = {} if keep_words == "none" else _continued(before, state, final)
        if keep_words == "unchanged":
            became = list(final.values())
            kept = {new: old for new, old in kept.items() if became.count(new) == 1}
        return describe_batches(before, state, components, final, kept, represent=represent, images=images)
    order = size_order(topics) if sort else {}
    topics = _relabelled(topics, order)
    final = {old: order.get(new, new) for old, new in moved.items()}
    topic_ids, sizes = label_counts(topics)
    state = replace(
        before,
        topic_ids=topic_ids,
        topics=topics,
        sizes=sizes,
        mappings=_extended(before.mappings, moved, final),
        ctfidf=None,
        vocabulary=None,
        extras={name: fact for name, fact in before.extras.items() if name != WORDS_BEHIND},
    )
    shared = (
        overlap(state.document_rows, len(topic_ids), before.document_rows, len(before.topic_ids))
        if len(before.topic_ids)
        else np.zeros((len(topic_ids), 0), dtype=np.int64)
    )
    state = replace(
        state,
        topic_embeddings=_topic_embeddings(before, state, shared),
        probabilities=_probabilities(before, state, final),
        custom_labels=_follow(before.custom_labels, before, state, final) if before.custom_labels is not None else None,
        zeroshot_names=_follow(before.zeroshot_names, before, state, final),
    )
    if state.document_terms is None:
        return _without_counts(before, state, shared)
    weighed = weigh(state.document_terms, state.document_rows, len(topic_ids), components)
    state = replace(state, vocabulary=weighed.vocabulary, ctfidf=weighed.ctfidf)
    kept = {}
    if keep_words == "all":
        kept = _continued(before, state, final)
    elif keep_words == "unchanged":
        kept = _unchanged(before, state, shared)
    return describe(before, state, components, kept, represent=represent, images=images)


def _of_all_batches(
    fitted: Fitted, topics: IntVector, moved: Mapping[int, int], *, sort: bool
) -> tuple[TopicState, dict[int, int]]:
    """The next state of topics that were learned in batches, yet without words, and what each topic became.

    Most of the documents are not here: topics move as a whole, with the sizes and counts of all batches.
    """
    before = fitted.state
    labels = np.array([moved[topic] for topic in before.topic_ids.tolist()], dtype=np.int64)
    order = size_order(labels, before.sizes) if sort else {}
    final = {old: order.get(new, new) for old, new in moved.items()}
    state = replace(
        before,
        topics=_relabelled(topics, order),
        mappings=_extended(before.mappings, moved, final),
        extras={name: fact for name, fact in before.extras.items() if name != WORDS_BEHIND},
    )
    state = with_all_batches(before, state, fitted.components, final)
    given = before.custom_labels
    return replace(state, custom_labels=None if given is None else _follow(given, before, state, final)), final


def _relabelled(topics: IntVector, order: Mapping[int, int]) -> IntVector:
    topics = np.asarray(topics, dtype=np.int64)
    if not order:
        return topics.copy()
    ids, inverse = np.unique(topics, return_inverse=True)
    return np.array([order[int(topic)] for topic in ids], dtype=np.int64)[inverse]


def _extended(mappings: IntVector, moved: Mapping[int, int], final: Mapping[int, int]) -> IntVector:
    """The table of original clusters with two more columns: after the edit, and after sorting (as BERTopic keeps it)."""
    if not mappings.size:
        return mappings
    last = mappings[:, -1].tolist()
    if mappings.shape[1] > 1 and all(moved.get(topic, topic) == topic == final.get(topic, topic) for topic in last):
        return mappings  # nothing has moved
    step = np.array([[moved.get(topic, topic), final.get(topic, topic)] for topic in last], dtype=np.int64)
    return np.hstack([mappings, step.reshape(len(last), 2)])


def _unchanged(before: TopicState, state: TopicState, shared: IntVector) -> dict[int, int]:
    """New id -> old id of the topics that hold exactly the documents of one old topic that has words."""
    kept: dict[int, int] = {}
    if not shared.shape[1] or before.ctfidf is None:
        return kept
    behind = before.extras.get(WORDS_BEHIND, ())
    for row, column in enumerate(shared.argmax(axis=1).tolist()):
        old = int(before.topic_ids[column])
        if (
            shared[row, column] == state.sizes[row] == before.sizes[column]
            and old in before.words
            and old not in behind
        ):
            kept[int(state.topic_ids[row])] = old
    return kept


def _continued(before: TopicState, state: TopicState, final: Mapping[int, int]) -> dict[int, int]:
    """New id -> old id of the topics that live on; of several old topics in one new topic, the largest."""
    by_size = sorted(before.words, key=lambda topic: (int(before.sizes[before.row(topic)]), -topic))
    kept = {final.get(topic, topic): topic for topic in by_size}
    return {new: old for new, old in kept.items() if new in state}


def _topic_embeddings(before: TopicState, state: TopicState, shared: IntVector) -> FloatMatrix | None:
    """Mean embedding of each topic: from the documents, or where they are gone from the old topics that it came from."""
    if state.embeddings is not None and len(state.embeddings) == state.n_documents:
        return group_means(state.embeddings, state.document_rows, len(state.topic_ids))
    old = before.topic_embeddings
    if old is None or not shared.shape[1]:
        return None
    return (shared @ old.astype(np.float64) / np.maximum(state.sizes, 1)[:, None]).astype(old.dtype)


def _probabilities(before: TopicState, state: TopicState, final: Mapping[int, int]) -> FloatMatrix | None:
    """Columns of merged topics added up, in the new order; a vector of strengths stays as it is."""
    old = before.probabilities
    if old is None or old.ndim == 1 or old.shape[1] != len(before.inner_ids):
        return old
    column_of = {int(topic): column for column, topic in enumerate(state.inner_ids)}
    result = np.zeros((len(old), len(column_of)), dtype=old.dtype)
    for column, topic in enumerate(before.inner_ids.tolist()):
        target = column_of.get(final.get(topic, topic))
        if target is not None:
            result[:, target] += old[:, column]
    return result


def _follow(
    labels: Mapping[int, str] | None, before: TopicState, state: TopicState, final: Mapping[int, int]
) -> dict[int, str]:
    """Labels of the old topics, given to where each went; of several the largest topic's label stays.

    The outlier topic's own label stays with it, and no other becomes its label.
    """
    if not labels:
        return {}
    by_size = sorted(
        (topic for topic in labels if topic in before), key=lambda topic: (int(before.sizes[before.row(topic)]), -topic)
    )
    followed = {
        final.get(topic, topic): labels[topic]
        for topic in by_size
        if (topic == OUTLIER) == (final.get(topic, topic) == OUTLIER)
    }
    return {topic: label for topic, label in sorted(followed.items()) if topic in state}


def _without_counts(before: TopicState, state: TopicState, shared: IntVector) -> TopicState:
    """A model read without its counts: each topic keeps the words of the old topic that most of it came from."""
    source = {
        int(topic): int(before.topic_ids[column])
        for topic, column in zip(state.topic_ids, shared.argmax(axis=1), strict=True)
    }

    def taken(values: Mapping[int, Any]) -> dict[int, Any]:
        return {topic: values[old] for topic, old in source.items() if old in values}

    return replace(
        state,
        base_words=taken(before.base_words),
        words=taken(before.words),
        aspects={name: taken(values) for name, values in before.aspects.items()},
        representative_rows=taken(before.representative_rows),
        representative_docs=taken(before.representative_docs),
    )
