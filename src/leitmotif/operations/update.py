"""Other words for the same documents: a new vectorizer, new representation models, or topics changed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from leitmotif.building.counting import count_corpus, with_corpus, with_texts
from leitmotif.building.rebuild import rebuild
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
    """
    check_fitted(fitted.state)
    old = fitted.components
    if components.vectorizer is not old.vectorizer:
        state = with_texts(fitted.state, docs)
        state = replace(state, document_terms=count_corpus(components.vectorizer, state.documents or ()))
        current: Fitted = Snapshot(state=state, components=components)
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
