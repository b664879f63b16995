"""Counts of the model's vocabulary in the documents of a call, without reading the corpus twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.errors import MissingComponentError
from leitmotif.kernels.fingerprint import text_fingerprints
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import IntVector, SparseMatrix
from leitmotif.validation import as_documents

__all__ = ["are_training_documents", "corpus_counts", "known_texts", "row_texts", "vocabulary_counts"]


def are_training_documents(state: TopicState, documents: Sequence[str] | None, rows: IntVector | None = None) -> bool:
    """Whether these are the texts of the fit, each in its row; only ``rows`` are compared where given.

    A model that keeps no texts knows them by their fingerprints.
    """
    known = state.documents
    if documents is known:
        return known is not None
    if documents is None or len(documents) != state.n_documents:
        return False
    if known is None or len(known) != len(documents):
        prints = state.fingerprints
        if prints is None or len(prints) != len(documents):
            return False
        chosen = documents if rows is None else [documents[row] for row in rows.tolist()]
        return bool(np.array_equal(text_fingerprints(chosen), prints if rows is None else prints[rows]))
    if rows is None:
        return list(known) == list(documents)
    return all(known[row] == documents[row] for row in rows.tolist())


def known_texts(state: TopicState, documents: Any) -> Sequence[str] | None:
    """The documents of a call as texts; for those of the fit (and for None) the very list that the model keeps."""
    known = state.documents if state.passages is None else state.passages.sources or None
    if documents is None or documents is known or (type(documents) is list and documents == known):
        return known
    return as_documents(documents, name="docs")


def row_texts(state: TopicState, documents: Any) -> Sequence[str] | None:
    """As :func:`known_texts`, the texts of the state's rows: of the passages where documents were divided."""
    texts = known_texts(state, documents)
    if state.passages is None or texts is None:
        return texts
    return state.documents if texts is state.passages.sources else state.passages.cut(texts)


def vocabulary_counts(fitted: Fitted, documents: Any, what: str) -> SparseMatrix:
    """How often each vocabulary term occurs in each document.

    The stored counts where the documents are those of the fit (or None: those are meant), otherwise counted by the
    vectorizer.

    Returns
    -------
    csr_matrix, shape (n, V)

    Raises
    ------
    MissingComponentError
        The model has no c-TF-IDF, or no documents were given and it has no counts.
    """
    state = fitted.state
    state.need_vocabulary(what)
    if documents is None:
        return corpus_counts(fitted, what)
    texts = (documents if documents is state.documents else known_texts(state, documents)) or []
    if state.document_terms is not None and are_training_documents(state, texts):
        return corpus_counts(fitted, what)
    return _counted_anew(fitted, texts, what)


def corpus_counts(fitted: Fitted, what: str, rows: IntVector | None = None) -> SparseMatrix:
    """The stored counts of the vocabulary's terms, shape (N, V); of some documents only where ``rows`` are given."""
    vocabulary, _ = fitted.state.need_vocabulary(what)
    matrix = fitted.state.need_counts(what).matrix
    if rows is not None:
        matrix = matrix[rows]
    columns = vocabulary.columns
    if columns is None or (len(columns) == matrix.shape[1] and np.array_equal(columns, np.arange(len(columns)))):
        return matrix
    return matrix[:, columns].tocsr()


def _counted_anew(fitted: Fitted, texts: Sequence[str], what: str) -> SparseMatrix:
    vocabulary, _ = fitted.state.need_vocabulary(what)
    vectorizer = fitted.components.vectorizer
    if vectorizer is None:
        raise MissingComponentError(f"{what} needs the vectorizer, and this model has none: call update_topics(docs).")
    counts = vectorizer.transform(texts).tocsr()
    terms = vocabulary.terms
    known = np.asarray(vectorizer.get_feature_names_out(), dtype=object)
    if len(known) == len(terms) and bool(np.all(known == terms)):
        return counts
    # A vectorizer that was fitted by its owner may know other terms, or the same in another order.
    from scipy.sparse import csr_matrix

    position = {term: column for column, term in enumerate(known.tolist())}
    found = [(position[term], column) for column, term in enumerate(terms.tolist()) if term in position]
    old, new = (np.array(side, dtype=np.int64) for side in (zip(*found, strict=True) if found else ((), ())))
    pick = csr_matrix((np.ones(len(found), dtype=counts.dtype), (old, new)), shape=(len(known), len(terms)))
    return (counts @ pick).tocsr()
