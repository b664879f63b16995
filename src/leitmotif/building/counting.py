"""The corpus counted once, and what a vectorizer's limits mean for topics.

Works with ours, with scikit-learn's ``CountVectorizer`` and with any object that has its interface; none is imported.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.protocols import Components, Fitted, Snapshot
from leitmotif.state import DocumentTerms, TopicState

__all__ = ["TermLimits", "adopt_vocabulary", "count_corpus", "term_limits", "with_corpus", "with_texts"]


@dataclass(frozen=True, kw_only=True)
class TermLimits:
    """Which terms stay in the vocabulary.

    Attributes
    ----------
    min_df, max_df : int or float
        In how many topics a term occurs at least and at most; a float is a share.
    max_features : int or None
        Keep only so many of the commonest.
    fixed : bool
        The vocabulary was given by the user: no term is left out.
    """

    min_df: int | float = 1
    max_df: int | float = 1.0
    max_features: int | None = None
    fixed: bool = False


def term_limits(vectorizer: Any) -> TermLimits:
    """The limits that a vectorizer was made with; none for an object without such parameters."""
    return TermLimits(
        min_df=getattr(vectorizer, "min_df", 1),
        max_df=getattr(vectorizer, "max_df", 1.0),
        max_features=getattr(vectorizer, "max_features", None),
        fixed=getattr(vectorizer, "vocabulary", None) is not None,
    )


def count_corpus(vectorizer: Any, documents: Sequence[str]) -> DocumentTerms:
    """Count every term of every document, whatever ``min_df``, ``max_df`` and ``max_features`` say.

    The limits count topics and are applied later (:func:`leitmotif.building.weigh.weigh`). The vectorizer itself is not
    changed, but for what it says that it learns of a corpus (``learned``, names of attributes). Cost: one pass of the
    vectorizer over the corpus.

    Raises
    ------
    InvalidInputError
        The vectorizer gave another number of rows than documents.
    """
    counter = copy.copy(vectorizer)
    for name, neutral in (("min_df", 1), ("max_df", 1.0), ("max_features", None)):
        if hasattr(counter, name):
            setattr(counter, name, neutral)
    if np.issubdtype(getattr(counter, "dtype", np.float64), np.integer):
        counter.dtype = np.int32  # half the memory of the default, and enough for any document
    try:
        matrix = counter.fit_transform(documents)
        terms = np.asarray(counter.get_feature_names_out(), dtype=object)
    except ValueError as error:
        if "vocabulary" not in str(error):
            raise
        # Not a single term (only stop words, only one-letter words, empty texts): topics without words, not a lost fit.
        from scipy.sparse import csr_matrix

        matrix, terms = csr_matrix((len(documents), 0), dtype=np.int32), np.empty(0, dtype=object)
    for name in getattr(vectorizer, "learned", ()):  # what it found out about the corpus, its language for example
        if hasattr(counter, name):
            setattr(vectorizer, name, getattr(counter, name))
    if matrix.shape[0] != len(documents):
        raise InvalidInputError(
            f"the vectorizer {type(vectorizer).__name__} gave {matrix.shape[0]} rows for {len(documents)} documents"
        )
    matrix = matrix.tocsr()
    matrix.sort_indices()
    return DocumentTerms(matrix=matrix, terms=terms)


def adopt_vocabulary(vectorizer: Any, terms: np.ndarray) -> None:
    """Leave a vectorizer as if it had been fitted and kept exactly these terms, so that ``transform`` gives V columns."""
    if hasattr(vectorizer, "adopt_terms"):  # ours, which makes the dict of a million terms only when somebody looks
        vectorizer.adopt_terms(terms)
    elif hasattr(vectorizer, "fixed_vocabulary_") or hasattr(vectorizer, "token_pattern"):
        vectorizer.vocabulary_ = {term: column for column, term in enumerate(terms.tolist())}
        vectorizer.fixed_vocabulary_ = getattr(vectorizer, "vocabulary", None) is not None


def with_corpus(fitted: Fitted, documents: Sequence[str] | None, components: Components | None = None) -> Fitted:
    """The model with counts of ``documents``: its own where they are the texts it was fitted on, else made now.

    Documents that the fit divided are divided in the same places.

    Raises
    ------
    InvalidInputError
        Another number of documents than the model was fitted on.
    """
    state = fitted.state
    components = components or fitted.components
    if documents is None:
        return Snapshot(state=state, components=components)
    if state.passages is None and len(documents) != state.n_documents:
        raise InvalidInputError(
            f"docs has {len(documents)} texts, but the model was fitted on {state.n_documents}: pass the same documents"
        )
    known = with_texts(state, documents)
    if state.document_terms is None or not _same_texts(state, known.documents or ()):
        state = replace(known, document_terms=count_corpus(components.vectorizer, known.documents or ()))
    return Snapshot(state=state, components=components)


def with_texts(state: TopicState, documents: Sequence[str]) -> TopicState:
    """The state with these texts of its documents, divided where it divides them; its counts stay as they are.

    Raises
    ------
    InvalidInputError
        Of divided documents: another number of them, or texts that are shorter than their passages.
    """
    passages = state.passages
    if passages is None:
        return replace(state, documents=documents)
    if documents is passages.sources:
        return state
    texts = passages.cut(documents)
    return replace(state, documents=texts, passages=replace(passages, texts=texts, sources=list(documents)))


def _same_texts(state: TopicState, documents: Sequence[str]) -> bool:
    return state.documents is documents or (state.documents is not None and list(state.documents) == list(documents))
