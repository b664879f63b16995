"""The most typical documents of topics: sampled, compared with the topic, each text once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np

from leitmotif.kernels.mmr import mmr_order
from leitmotif.kernels.sampling import sample_positions
from leitmotif.typing import FloatVector, IntVector, SparseMatrix

__all__ = ["representative_rows"]

ROWS_AT_A_TIME = 32_768
"""Documents weighed in one call, whole topics together: few calls for small topics, little memory for large ones."""


def representative_rows(
    document_weights: SparseMatrix | Callable[[IntVector], SparseMatrix],
    topic_weights: SparseMatrix,
    topics: IntVector,
    topic_ids: IntVector,
    *,
    n_samples: int = 500,
    n_docs: int = 3,
    random_state: int = 42,
    diversity: float | None = None,
    texts: Sequence[str] | None = None,
) -> list[IntVector]:
    """Documents whose weights are nearest to those of their topic, best first.

    Of a topic with more than ``n_samples`` documents that many are drawn without replacement, from a stream keyed by
    ``random_state`` and the topic's id: what one topic draws does not depend on the others.

    Parameters
    ----------
    document_weights : csr_matrix, shape (n, V), or callable
        C-TF-IDF of each document, or a function from row numbers to that of these rows.
    topic_weights : csr_matrix, shape (T, V)
        C-TF-IDF of each topic.
    topics : ndarray of int64, shape (n,)
        Topic id of each document; documents of a topic that is not in ``topic_ids`` are left out.
    topic_ids : ndarray of int64, shape (T,)
        Ids of the rows of ``topic_weights``, each once.
    n_samples, n_docs : int
        Candidates and answers per topic.
    random_state : int
    diversity : float, optional
        Between 0 and 1: choose by maximal marginal relevance instead of by similarity alone.
    texts : sequence of str, length n, optional
        Documents with the same text count once. Without texts, those with the same weights do.

    Returns
    -------
    list of ndarray of int64, length T
        Up to ``n_docs`` row numbers a topic; fewer where it has fewer different documents. Ties go to the smaller row.
        Cost O(n log n) and O(nnz) of the candidates.
    """
    candidates = _candidates(np.asarray(topics), topic_ids, n_samples, random_state)
    result: list[IntVector] = []
    for batch in _batches(candidates):
        rows = np.concatenate([candidates[t] for t in batch]) if len(batch) else np.empty(0, dtype=np.int64)
        weights = document_weights(rows) if callable(document_weights) else document_weights[rows]
        ends = np.cumsum([len(candidates[t]) for t in batch]).tolist()
        parts = [slice(end - len(candidates[t]), end) for t, end in zip(batch, ends, strict=True)]
        similarity = _to_own_topic(weights, parts, topic_weights, batch)
        for t, part in zip(batch, parts, strict=True):
            result.append(_best(candidates[t], weights, part, similarity[part], n_docs, diversity, texts))
    return result


def _candidates(topics: IntVector, topic_ids: IntVector, n_samples: int, random_state: int) -> list[IntVector]:
    order = np.argsort(topics, kind="stable")
    ordered = topics[order]
    starts, ends = np.searchsorted(ordered, topic_ids, "left"), np.searchsorted(ordered, topic_ids, "right")
    result = []
    for topic, start, end in zip(topic_ids.tolist(), starts.tolist(), ends.tolist(), strict=True):
        drawn = sample_positions(end - start, n_samples, random_state, topic)
        result.append(order[start + drawn].astype(np.int64))
    return result


def _batches(candidates: list[IntVector]) -> list[list[int]]:
    """Topic numbers in groups of about :data:`ROWS_AT_A_TIME` candidates."""
    batches: list[list[int]] = []
    filled = ROWS_AT_A_TIME
    for t, rows in enumerate(candidates):
        if filled + len(rows) > ROWS_AT_A_TIME:
            batches.append([])
            filled = 0
        batches[-1].append(t)
        filled += len(rows)
    return batches


def _to_own_topic(
    weights: SparseMatrix, parts: list[slice], topic_weights: SparseMatrix, rows: list[int]
) -> FloatVector:
    """Cosine of each document to the topic of its part; 0 where either is zero."""
    products = np.empty(len(weights.data))
    lengths = np.ones(weights.shape[0])
    dense = np.zeros(weights.shape[1])
    for part, t in zip(parts, rows, strict=True):
        entries = slice(weights.indptr[part.start], weights.indptr[part.stop])
        topic = slice(topic_weights.indptr[t], topic_weights.indptr[t + 1])
        columns, values = topic_weights.indices[topic], topic_weights.data[topic]
        dense[columns] = values
        products[entries] = weights.data[entries] * dense[weights.indices[entries]]
        dense[columns] = 0.0
        lengths[part] = np.sqrt(np.square(values).sum())
    row_of_entry = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    lengths *= np.sqrt(np.bincount(row_of_entry, weights=weights.data**2, minlength=weights.shape[0]))
    dots = np.bincount(row_of_entry, weights=products, minlength=weights.shape[0])
    return dots / np.where(lengths > 0, lengths, 1.0)


def _best(
    rows: IntVector,
    weights: SparseMatrix,
    part: slice,
    similarity: FloatVector,
    n_docs: int,
    diversity: float | None,
    texts: Sequence[str] | None,
) -> IntVector:
    """The best of the candidates ``rows``, which are the rows ``part`` of ``weights``."""
    ranked = np.argsort(-similarity, kind="stable")
    own = weights if texts is not None and diversity is None else weights[part]
    distinct = _distinct(ranked, rows, own, texts, n_docs if diversity is None else len(rows))
    if diversity is not None:
        among = own[distinct]
        order = mmr_order(similarity[distinct], lambda i: _similarity_to(among, among[i]), diversity, n_docs)
        distinct = distinct[order]
    return rows[distinct]


def _similarity_to(weights: SparseMatrix, topic: SparseMatrix) -> FloatVector:
    """Cosine of each row to one sparse row; 0 where either is zero."""
    dense = np.zeros(weights.shape[1])
    dense[topic.indices] = topic.data
    row_of_entry = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    norms = np.sqrt(np.bincount(row_of_entry, weights=weights.data**2, minlength=weights.shape[0]))
    norms *= np.sqrt(np.square(topic.data).sum())
    return np.asarray(weights @ dense) / np.where(norms > 0, norms, 1.0)


def _distinct(
    ranked: IntVector, rows: IntVector, weights: SparseMatrix, texts: Sequence[str] | None, n: int
) -> IntVector:
    """The first ``n`` of the ranked candidates that are no copy of an earlier one."""
    seen: set[Hashable] = set()
    kept: list[int] = []
    for i in ranked.tolist():
        if len(kept) == n:
            break
        if texts is not None:
            key: Hashable = texts[int(rows[i])]
        else:
            span = slice(weights.indptr[i], weights.indptr[i + 1])
            key = (weights.indices[span].tobytes(), weights.data[span].tobytes())
        if key not in seen:
            seen.add(key)
            kept.append(i)
    return np.array(kept, dtype=np.int64)
