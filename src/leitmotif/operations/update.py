"""Other words for the same documents: a new vectorizer, new representation models, or topics changed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from leitmotif.building.batches import counted_in_batches
from leitmotif.building.counting import count_corpus, with_corpus, with_texts
from leitmotif.building.rebuild import rebuild
from leitmotif.errors import InvalidInputError
from leitmotif.protocols import Components, Fitted, Snapshot
from leitmotif.state import TopicState
from leitmotif.typing import IntVector
from leitmotif.validation import check_fitted

__all__ = ["update_topics"]


def update_topics(
    fitted: Fitted,
    docs: Sequence[str],
    components: Components,
    topics: IntVector | None = None,
    images: Sequence[Any] | None = None,
    keep_words: bool = False,
) -> TopicState:
    """The state with words made anew, from ``components`` and, where given, for other ``topics``.

    Topics whose documents stay the same keep their words unless a component that makes words has changed.
    Ids are not sorted again: ``topics`` keep the numbers that the caller gave them.

    Parameters
    ----------
    docs : sequence of str, length N
        The documents of the fit.
    components : Components
        The parts to use from now on; those that are ``fitted``'s own are unchanged.
    topics : ndarray of int64, shape (N,), optional
        A topic a document.
    images : sequence, optional
    keep_words : bool
        Every topic that lives on keeps its words, whatever documents came to it.

    Raises
    ------
    InvalidInputError
        Another number of documents than the model was fitted on; after ``partial_fit`` only where they must be counted again.
    """
    check_fitted(fitted.state)
    old = fitted.components
    current: Fitted
    in_batches = counted_in_batches(fitted.state, old.vectorizer)
    if in_batches and components.vectorizer is old.vectorizer and _same(topics, fitted.state):
        current = Snapshot(state=fitted.state, components=components)  # the counts of all batches are there
    elif in_batches and fitted.state.sizes.sum() != len(docs):
        raise InvalidInputError(
            f"topics were learned in batches, of {fitted.state.sizes.sum()} documents in all, and docs has {len(docs)}: "
            "other words or topics need all of them. Assign topics_ the topics of all batches and pass all documents"
        )
    elif components.vectorizer is not old.vectorizer:
        state = with_texts(fitted.state, docs)
        state = replace(state, document_terms=count_corpus(components.vectorizer, state.documents or ()))
        current = Snapshot(state=state, components=components)
    else:
        current = with_corpus(fitted, docs, components)
    same_words = (
        components.vectorizer is old.vectorizer
        and components.weighting is old.weighting
        and components.top_n_words == old.top_n_words
        and list(components.main) == list(old.main)
        and dict(components.aspects) == dict(old.aspects)
    )
    new_topics = fitted.state.topics if topics is None else fitted.state.rows_with(topics)
    kept: Literal["all", "unchanged", "none"] = "unchanged" if same_words and topics is not None else "none"
    return rebuild(current, new_topics, sort=False, keep_words="all" if keep_words else kept, images=images)


def _same(topics: IntVector | None, state: TopicState) -> bool:
    return topics is None or np.array_equal(topics, state.topics)
