"""Which words tell a topic: weighty in it, rare elsewhere, seen together, and not another topic's.

Lexical scores alone choose words that co-occur but say little, scores of a topic's own frequency choose words that many topics
share (Kardos and others, "S³: semantic signal separation", ACL 2025; "Topeax", 2026). Here a word has a relevance, and
words are taken one by one, each for its relevance and for how well it goes with those already taken.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix

__all__ = ["choose", "pair_counts", "pair_npmi", "relevance"]

N_CANDIDATES = 64
"""Words of a topic that are looked at in pairs."""

PRIOR = 3.0
"""Documents that are added to what was observed and to what was expected: a word is not judged by one or two."""

SCARCE = 1e-4
"""What a word is worth that too few documents of a topic have: it fills up a topic that has no others."""

COHERENCE = 12.0
"""How much a difference of 1 in mean NPMI counts against one in the logarithm of relevance."""

NEVER = -1.0
"""NPMI of two words that no document has together."""


def relevance(weights: SparseMatrix, topic_frequency: SparseMatrix, sizes: IntVector) -> SparseMatrix:
    """How much each word says of each topic.

    The c-TF-IDF weight, times the shrunken lift ``log((n + a) / (e + a))`` of the documents of the topic that have the
    word over those expected, normalised as NPMI is, times its share of the largest lift that the word has in any topic.

    Parameters
    ----------
    weights : csr_matrix of float64, shape (T, V)
        c-TF-IDF.
    topic_frequency : csr_matrix, shape (T, V)
        Documents of each topic that have each term.
    sizes : ndarray of int64, shape (T,)
        Documents of each topic.

    Returns
    -------
    csr_matrix of float64, shape (T, V)
        0 for words that are not commoner in the topic than elsewhere.
        Cost O(entries).
    """
    n_documents = max(int(sizes.sum()), 1)
    frequency = np.asarray(topic_frequency.sum(axis=0), dtype=np.float64).ravel()
    row = np.repeat(np.arange(len(sizes)), np.diff(topic_frequency.indptr))
    column = topic_frequency.indices
    seen = topic_frequency.data.astype(np.float64)
    expected = sizes[row] * frequency[column] / n_documents
    lift = np.log((seen + PRIOR) / (expected + PRIOR)) / np.log(n_documents / np.maximum(seen, 1) + 1)
    # One topic has nothing to differ from: then frequency alone tells.
    lift = np.maximum(lift, 0.0) if np.count_nonzero(sizes) > 1 else np.ones(len(lift))
    largest = np.zeros(topic_frequency.shape[1])
    np.maximum.at(largest, column, lift)
    enough = np.where(
        seen >= np.clip(sizes[row] // 5, 1, 3), 1.0, np.where(seen >= np.minimum(sizes[row], 2), SCARCE, 0.0)
    )
    share = lift / np.where(largest > 0, largest, 1.0)[column]
    factor = csr_matrix((enough * lift * share, column, topic_frequency.indptr), shape=weights.shape)
    return factor.multiply(weights).tocsr()


def pair_counts(present: SparseMatrix, sets: IntVector) -> NDArray[np.int32]:
    """Documents that have both of two terms, for all pairs in each of many small sets.

    Parameters
    ----------
    present : csc_matrix, shape (N, V)
        Stored entries are what a document has.
    sets : ndarray of int64, shape (T, k)
        Columns, each once; -1 for none.

    Returns
    -------
    ndarray of int32, shape (T, k, k)
        Symmetrical; the diagonal holds the documents of each term. Cost O(entries of the sets' columns × terms of a
        set in a document).
    """
    used = np.unique(sets[sets >= 0])  # a set is cut from few columns sooner than from all
    few = csc_matrix(present[:, used], dtype=np.int32)
    few.data[:] = 1
    counts = np.zeros((*sets.shape, sets.shape[1]), dtype=np.int32)
    for row, columns in enumerate(sets):
        given = np.flatnonzero(columns >= 0)
        own = few[:, np.searchsorted(used, columns[given])]
        counts[row][np.ix_(given, given)] = (own.T @ own).toarray()
    return counts


def pair_npmi(joint: NDArray[np.int32], n_documents: int) -> FloatMatrix:
    """NPMI of all pairs of terms from the documents that they share, the diagonal 0; shape of ``joint``."""
    together = joint / max(n_documents, 1)
    single = np.diagonal(together, axis1=-2, axis2=-1)
    independent = single[..., :, None] * single[..., None, :]
    met = (joint > 0) & (joint < n_documents)
    ratio = np.log(np.where(met, together, 1.0) / np.where(met, independent, 1.0))
    values = np.where(met, ratio / -np.log(np.where(met, together, 0.5)), np.where(joint > 0, 0.0, NEVER))
    size = joint.shape[-1]
    return np.where(np.eye(size, dtype=bool), 0.0, values)


def choose(scores: NDArray[np.float64], npmi: FloatMatrix, n: int) -> IntVector:
    """Positions of the ``n`` candidates that tell a topic best, by score, ties by position.

    The first is relevant and coherent with all candidates; each further one is so too, and coherent with those taken
    before it.

    Parameters
    ----------
    scores : ndarray of float64, shape (k,)
        Relevance of the candidates, above 0.
    npmi : ndarray of float64, shape (k, k)
    n : int
    """
    if len(scores) <= 1:
        return np.arange(len(scores))
    own = np.log(scores / scores.max())
    share = scores / scores.sum()
    general = (npmi @ share) / np.maximum(1 - share, 1e-12)
    taken: list[int] = []
    with_taken = np.zeros(len(scores))
    value = own + COHERENCE * general
    for count in range(min(n, len(scores))):
        if count:
            value = own + COHERENCE * (general + with_taken / count) / 2
            value[taken] = -np.inf
        best = int(np.argmax(value))
        taken.append(best)
        with_taken += npmi[best]
    chosen = np.sort(np.array(taken))
    return chosen[np.argsort(-scores[chosen], kind="stable")]
