"""Deleting topics: their documents become outliers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from leitmotif.building.rebuild import rebuild
from leitmotif.errors import InvalidInputError
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER
from leitmotif.validation import check_fitted

__all__ = ["delete_topics"]


def delete_topics(fitted: Fitted, topics_to_delete: int | Iterable[int]) -> TopicState:
    """Delete topics: their documents get topic -1, which is made where it does not exist yet.

    Parameters
    ----------
    topics_to_delete : int or iterable of int
        Ids; -1 cannot be deleted.

    Returns
    -------
    TopicState
        Numbered anew by size; topics that were not deleted keep their words. As a method of the model: None, and the
        model is changed in place.

    Raises
    ------
    InvalidInputError
        Not topic ids, or -1.
    UnknownTopicError
        An id that the model does not have.

    Examples
    --------
    ``model.delete_topics([3, 7])``
    """
    state = fitted.state
    check_fitted(state)
    ids = [topics_to_delete] if isinstance(topics_to_delete, int | np.integer) else list(topics_to_delete)
    for topic in ids:
        if isinstance(topic, bool) or not isinstance(topic, int | np.integer):
            raise InvalidInputError(f"topics_to_delete must be topic ids; got {topic!r}")
        if topic == OUTLIER:
            raise InvalidInputError("topic -1 holds the outliers and cannot be deleted; see reduce_outliers()")
    doomed = state.rows(ids)
    mapping = {int(topic): OUTLIER for topic in ids}
    topics = np.where(np.isin(state.document_rows, doomed), OUTLIER, state.topics)
    return rebuild(fitted, topics, mapping)
