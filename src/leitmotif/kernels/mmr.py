"""Maximal marginal relevance: near to the query, far from what was already chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from leitmotif.kernels.similarity import cosine
from leitmotif.typing import FloatMatrix, FloatVector, IntVector

__all__ = ["mmr", "mmr_order"]


def mmr_order(
    relevance: FloatVector, similarity: FloatMatrix | Callable[[int], FloatVector], diversity: float, top_n: int
) -> IntVector:
    """Which candidates to choose, in the order of choice.

    The first is the most relevant; each next one maximises ``(1 - diversity) * relevance[i] - diversity * closest[i]``,
    where ``closest[i]`` is its largest similarity to one chosen before (Carbonell & Goldstein, "The use of MMR,
    diversity-based reranking for reordering documents and producing summaries", SIGIR 1998, with λ = 1 - diversity).

    Parameters
    ----------
    relevance : ndarray of float, shape (n,)
        Similarity of each candidate to the query.
    similarity : ndarray of float, shape (n, n), or callable
        Between candidates; or a function from one candidate to its similarities to all, called ``top_n - 1`` times.
    diversity : float
        0 ranks by relevance alone, 1 by difference alone (after the first).
    top_n : int
        How many to choose; all where there are fewer.

    Returns
    -------
    ndarray of int64, shape (min(top_n, n),)
        Ties go to the smaller index. Cost O(n top_n).
    """
    n = len(relevance)
    size = max(min(top_n, n), 0)
    chosen = np.empty(size, dtype=np.int64)
    relevance = np.asarray(relevance, dtype=np.float64)
    gain = (1.0 - diversity) * relevance
    closest = np.full(n, -np.inf)
    open_ = np.ones(n, dtype=bool)
    for step in range(size):
        worth = relevance if step == 0 else gain - diversity * closest
        best = int(np.argmax(np.where(open_, worth, -np.inf)))
        chosen[step] = best
        open_[best] = False
        if step + 1 < size:
            closest = np.maximum(closest, similarity(best) if callable(similarity) else similarity[best])
    return chosen


def mmr(
    doc_embedding: FloatMatrix | FloatVector,
    word_embeddings: FloatMatrix,
    words: Sequence[str],
    diversity: float = 0.1,
    top_n: int = 10,
) -> list[str]:
    """Words near to a document and unlike each other, in the order of choice.

    Parameters
    ----------
    doc_embedding : ndarray, shape (d,) or (1, d)
    word_embeddings : ndarray, shape (n, d)
    words : sequence of str, length n
    diversity : float
        Between 0 (nearest to the document) and 1 (most different).
    top_n : int
        How many words; all where there are fewer.

    Returns
    -------
    list of str
    """
    word_embeddings = np.asarray(word_embeddings)
    if not len(words):
        return []
    relevance = cosine(word_embeddings, np.atleast_2d(np.asarray(doc_embedding)))[:, 0]
    order = mmr_order(relevance, cosine(word_embeddings, word_embeddings), diversity, top_n)
    return [words[i] for i in order.tolist()]
