"""The most typical documents of topics: sampled, compared with the topic, each text once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from leitmotif.kernels import _native
from leitmotif.kernels.mmr import mmr_order
from leitmotif.kernels.sampling import sample_positions
from leitmotif.typing import FloatVector, IntVector, SparseMatrix

__all__ = ["CountedDocuments", "representative_rows"]

ROWS_AT_A_TIME = 32_768
"""Documents weighed in one call, whole topics together: few calls for small topics, little memory for large ones."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CountedDocuments:
    """Documents that are weighed by c-TF-IDF while they are compared, without writing their weights down.

    Attributes
    ----------
    counts : csr_matrix, shape (n, M)
    columns : ndarray of int64, shape (V,), or None
        Column of ``counts`` of each term of the vocabulary; None: they are the same.
    idf : ndarray of float64, shape (V,)
    root : bool
        Weigh with the square root of the counts.
    """

    counts: SparseMatrix
    columns: IntVector | None
    idf: FloatVector
    root: bool

    def cosines(self, rows: IntVector, starts: IntVector, topic_weights: SparseMatrix) -> FloatVector:
        """Cosine of each of ``rows`` to its topic: rows ``[starts[t], starts[t + 1])`` belong to topic row t."""
        idf, indices = self.idf, topic_weights.indices
        if self.columns is not None:
            idf = np.zeros(self.counts.shape[1])
            idf[self.columns] = self.idf
            indices = self.columns[indices]
        data = self.counts.data
        found: FloatVector = _native.own_cosines(
            self.counts.indptr.astype(np.int64, copy=False),
            self.counts.indices.astype(np.int32, copy=False),
            data if data.dtype == np.int32 else data.astype(np.float64, copy=False),
            rows.astype(np.int64, copy=False),
            starts.astype(np.int64, copy=False),
            topic_weights.indptr.astype(np.int64, copy=False),
            indices.astype(np.int32, copy=False),
            topic_weights.data,
            idf,
            self.root,
        )
        return found


def representative_rows(
    document_weights: SparseMatrix | Callable[[IntVector], SparseMatrix] | CountedDocuments,
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
    document_weights : csr_matrix, shape (n, V), or callable, or CountedDocuments
        C-TF-IDF of each document, or a function from row numbers to that of these rows, or what it is made of, where
        ``texts`` are given and ``diversity`` is not.
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
    if isinstance(document_weights, CountedDocuments):
        rows = np.concatenate([*candidates, np.empty(0, dtype=np.int64)])
        starts = np.cumsum([0, *map(len, candidates)])
        similarity = document_weights.cosines(rows, starts, topic_weights)
        for some, start in zip(candidates, starts.tolist(), strict=False):
            ranked = np.argsort(-similarity[start : start + len(some)], kind="stable")
            result.append(some[_distinct(ranked, some, None, texts, n_docs)])
        return result
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
    documents = CountedDocuments(counts=weights, columns=None, idf=np.ones(weights.shape[1]), root=False)
    starts = np.array([*(part.start for part in parts), parts[-1].stop if parts else 0], dtype=np.int64)
    return documents.cosines(np.arange(weights.shape[0]), starts, topic_weights[rows])


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
    own = None if texts is not None and diversity is None else weights[part]
    distinct = _distinct(ranked, rows, own, texts, n_docs if diversity is None else len(rows))
    if own is not None and diversity is not None:
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
    ranked: IntVector, rows: IntVector, weights: SparseMatrix | None, texts: Sequence[str] | None, n: int
) -> IntVector:
    """The first ``n`` of the ranked candidates that are no copy of an earlier one."""
    seen: set[Hashable] = set()
    kept: list[int] = []
    for i in ranked.tolist():
        if len(kept) == n:
            break
        if weights is None or texts is not None:
            key: Hashable = int(rows[i]) if texts is None else texts[int(rows[i])]
        else:
            span = slice(weights.indptr[i], weights.indptr[i + 1])
            key = (weights.indices[span].tobytes(), weights.data[span].tobytes())
        if key not in seen:
            seen.add(key)
            kept.append(i)
    return np.array(kept, dtype=np.int64)
