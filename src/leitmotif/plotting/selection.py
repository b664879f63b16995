"""Which topics a figure shows, and by which vectors they are compared."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector, SparseMatrix
from leitmotif.validation import check_fitted

__all__ = ["chosen_topics", "rows_by_topic", "topic_vectors"]

logger = logging.getLogger(__name__)


def chosen_topics(state: TopicState, topics: Any = None, top_n_topics: int | None = None) -> IntVector:
    """Ids of the topics to show: those given, or the largest, or all. The outlier topic is never one.

    Parameters
    ----------
    topics : iterable of int, optional
        In the order to show them; repeated ids count once, -1 is left out.
    top_n_topics : int, optional
        So many of the largest, the largest first (ties: the smaller id first). Ignored where ``topics`` is given.

    Returns
    -------
    ndarray of int64
        Ascending where neither is given.

    Raises
    ------
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    InvalidInputError
        Nothing is left to show, or ``top_n_topics`` is not positive.
    """
    check_fitted(state)
    if topics is not None:
        given = [int(topic) for topic in ([topics] if isinstance(topics, int | np.integer) else topics)]
        state.rows(given)
        ids = np.array([topic for topic in dict.fromkeys(given) if topic != OUTLIER], dtype=np.int64)
        if not len(ids):
            raise InvalidInputError(f"topics={given} leaves nothing to show: -1 is never shown as a topic")
        return ids
    ids = state.inner_ids
    if not len(ids):
        raise InvalidInputError("the model has no topics to show: all documents are outliers")
    if top_n_topics is None:
        return ids
    if int(top_n_topics) < 1:
        raise InvalidInputError(f"top_n_topics must be at least 1; got {top_n_topics}")
    order = np.lexsort((ids, -state.by_document.sizes[state.inner_rows]))
    return ids[order[: int(top_n_topics)]]


def topic_vectors(
    state: TopicState, topics: IntVector, use_ctfidf: bool, what: str
) -> tuple[FloatMatrix | SparseMatrix, bool]:
    """Rows of c-TF-IDF or the topic embeddings for the topics, and whether they are c-TF-IDF.

    Where the model lacks the ones asked for, the others stand in for them, with a warning.

    Raises
    ------
    MissingComponentError
        The model has neither.
    """
    rows = state.rows(topics)
    preferred, other = state.topic_embeddings, state.ctfidf
    if use_ctfidf:
        preferred, other = other, preferred
    if preferred is not None:
        return preferred[rows], use_ctfidf
    if other is None:
        raise MissingComponentError(
            f"{what} needs c-TF-IDF or topic embeddings, and this model has neither: "
            "save it with save_ctfidf=True, or call update_topics(docs)."
        )
    names = ("c-TF-IDF", "topic embeddings")
    missing, used = names if use_ctfidf else names[::-1]
    logger.warning("%s: the model has no %s, its %s are compared instead", what, missing, used)
    return other[rows], not use_ctfidf


def rows_by_topic(state: TopicState, topics: IntVector) -> list[IntVector]:
    """Rows of the documents of each topic, ascending."""
    order = np.argsort(state.topics, kind="stable")
    ranked = state.topics[order]
    starts = np.searchsorted(ranked, topics, side="left")
    ends = np.searchsorted(ranked, topics, side="right")
    return [order[start:end].astype(np.int64) for start, end in zip(starts, ends, strict=True)]
