"""Counts and labels to c-TF-IDF: one sparse product over the document × term matrix."""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from leitmotif.building.counting import TermLimits, term_limits
from leitmotif.kernels.grouping import group_sums
from leitmotif.kernels.prune import prune_terms
from leitmotif.protocols import Components
from leitmotif.state import DocumentTerms, TopicState, Vocabulary
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["Weighed", "document_weights", "known_scale", "weigh"]

logger = logging.getLogger(__name__)

SEED_MULTIPLIER = 1.2
"""What the inverse frequency of a word from ``seed_topic_list`` is multiplied with (BERTopic's constant)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighed:
    """Vocabulary and c-TF-IDF of some topics."""

    vocabulary: Vocabulary
    ctfidf: SparseMatrix


def weigh(counts: DocumentTerms, rows: IntVector, n_topics: int, components: Components) -> Weighed:
    """C-TF-IDF of topics from the documents' counts.

    The vectorizer's ``min_df``, ``max_df`` and ``max_features`` count topics (the outlier topic included),
    as in BERTopic, where a topic is one long document. Where they would leave no term at all, as happens with a handful of
    topics, they are set aside with a warning: a fit is not lost over a word list.

    Parameters
    ----------
    counts : DocumentTerms
        N documents × M terms.
    rows : ndarray of int64, shape (N,)
        Topic row of each document.
    n_topics : int
        Number of topic rows, T.
    components : Components
        Its vectorizer, weighting and seed words are used; none is changed.

    Returns
    -------
    Weighed
        ``ctfidf`` has shape (T, V). Cost O(nnz).
    """
    per_topic = group_sums(counts.matrix, rows, n_topics)
    columns = _kept_columns(per_topic, term_limits(components.vectorizer))
    per_topic = per_topic if len(columns) == per_topic.shape[1] else per_topic[:, columns].tocsr()
    terms = counts.terms[columns]
    weighting = copy.copy(components.weighting)
    weighting.fit(per_topic, multiplier=_multiplier(terms, weighting, components.seed_words))
    ctfidf = weighting.transform(per_topic).tocsr()
    ctfidf.sort_indices()
    vocabulary = Vocabulary(terms=terms, columns=columns, idf=_inverse_frequencies(weighting, len(terms)))
    return Weighed(vocabulary=vocabulary, ctfidf=ctfidf)


def document_weights(state: TopicState, components: Components, counts: SparseMatrix) -> SparseMatrix:
    """C-TF-IDF of documents (or windows, or any rows of counts over the vocabulary) with the model's inverse frequencies.

    Parameters
    ----------
    counts : csr_matrix, shape (n, V)

    Returns
    -------
    csr_matrix of float64, shape (n, V)
    """
    from scipy.sparse import diags

    vocabulary, _ = state.need_vocabulary("weighing documents")
    weighting = copy.copy(components.weighting)
    if hasattr(weighting, "_idf_diag") or not hasattr(weighting, "idf_"):
        weighting._idf_diag = diags(vocabulary.idf, format="csr")
    return weighting.transform(counts).tocsr()


def known_scale(weighting: Any) -> Literal["count", "root"] | None:
    """What a weighting does to a share before the inverse frequency: nothing, or the square root; None: not known.

    Known is a ``ClassTfidfTransformer`` (ours, BERTopic's, or an heir with the same ``transform``): compiled kernels weigh
    as it does.
    """
    if getattr(type(weighting).transform, "__qualname__", "") != "ClassTfidfTransformer.transform":
        return None
    return "root" if weighting.reduce_frequent_words else "count"


def _kept_columns(per_topic: SparseMatrix, limits: TermLimits) -> IntVector:
    n_terms = per_topic.shape[1]
    if limits.fixed:
        return np.arange(n_terms, dtype=np.int64)
    try:
        return prune_terms(per_topic, limits.min_df, limits.max_df, limits.max_features)
    except ValueError as error:
        logger.warning(
            "min_df=%r and max_df=%r leave no term in %d topics (they count topics, not documents): "
            "both are set aside for this model (%s)",
            limits.min_df,
            limits.max_df,
            per_topic.shape[0],
            error,
        )
        return prune_terms(per_topic, 1, 1.0, limits.max_features) if n_terms else np.empty(0, dtype=np.int64)


def _multiplier(terms: np.ndarray, weighting: Any, seed_topic_words: frozenset[str]) -> np.ndarray | None:
    """What the inverse frequency of each term is multiplied with; a guided seed word wins over the weighting's own."""
    own = {str(word).lower() for word in getattr(weighting, "seed_words", None) or ()}
    if not own and not seed_topic_words:
        return None
    factor = float(getattr(weighting, "seed_multiplier", 2) or 1)
    return np.array(
        [SEED_MULTIPLIER if term in seed_topic_words else factor if term in own else 1.0 for term in terms.tolist()]
    )


def _inverse_frequencies(weighting: Any, n_terms: int) -> np.ndarray:
    diagonal = getattr(weighting, "_idf_diag", None)
    if diagonal is not None:
        return np.asarray(diagonal.diagonal(), dtype=np.float64)
    return np.asarray(getattr(weighting, "idf_", np.ones(n_terms)), dtype=np.float64)
