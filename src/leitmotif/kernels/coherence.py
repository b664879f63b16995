"""Coherence of topic words: how often words of a topic occur together, in documents or in sliding windows.

The measures are those of Röder, Both and Hinneburg (2015), Exploring the space of topic coherence measures, in the
configurations that are known by these names; numbers agree with Gensim's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leitmotif.typing import FloatVector, IntVector, SparseMatrix

__all__ = ["Cooccurrence", "c_v", "diversity", "in_documents", "in_windows", "npmi", "u_mass"]

EPSILON = 1e-12
"""Added to joint probabilities before the logarithm, as Gensim does."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cooccurrence:
    """In how many documents or windows the words of each topic occur, alone and in pairs.

    Attributes
    ----------
    n : int
        Documents or windows in all.
    joint : ndarray of int64, shape (T, n_words, n_words)
        Symmetrical; the diagonal holds the count of each word. Zero where a topic has fewer words.
    lengths : ndarray of int64, shape (T,)
        Number of words of each topic that the corpus knows.
    """

    n: int
    joint: np.ndarray
    lengths: IntVector

    def __add__(self, other: Cooccurrence) -> Cooccurrence:
        """Counts of two parts of a corpus together."""
        return Cooccurrence(n=self.n + other.n, joint=self.joint + other.joint, lengths=self.lengths)


def in_documents(counts: SparseMatrix, words: IntVector) -> Cooccurrence:
    """Documents in which the words of each topic occur.

    Parameters
    ----------
    counts : csr_matrix, shape (N, V)
        How often each term occurs in each document.
    words : ndarray of int64, shape (T, n_words)
        Columns of ``counts``, best word first; -1 fills topics with fewer words, at the end.

    Returns
    -------
    Cooccurrence
        Cost O(nnz of the topic words' columns × words of the topic in a document).
    """
    counts = counts.tocsr()
    rows = np.repeat(np.arange(counts.shape[0], dtype=np.int64), np.diff(counts.indptr))
    rows = rows[counts.data != 0]
    occurrence, slot = _slots_of(counts.indices[counts.data != 0], words, counts.shape[1])
    groups = rows[occurrence] * len(words) + slot // words.shape[1]
    _, groups = np.unique(groups, return_inverse=True)
    joint = _joint(groups, slot, np.ones(len(groups), dtype=np.int64), words.shape)
    return Cooccurrence(n=counts.shape[0], joint=joint, lengths=(words >= 0).sum(axis=1))


def in_windows(
    tokens: IntVector, offsets: IntVector, words: IntVector, window: int, like_gensim: bool = False
) -> Cooccurrence:
    """Sliding windows in which the words of each topic occur.

    A window of ``window`` tokens moves over each document by one token; a document that is not longer is one window.
    Windows are not made one by one: between two events (a word enters, a word leaves) nothing changes, and such
    stretches count by length.

    Parameters
    ----------
    tokens : ndarray of int64, shape (L,)
        Word ids of all documents one after another, -1 for words that are of no interest.
    offsets : ndarray of int64, shape (N + 1,)
        Document i is ``tokens[offsets[i]:offsets[i + 1]]``.
    words : ndarray of int64, shape (T, n_words)
        Word ids of each topic, best first; -1 fills topics with fewer words, at the end.
    window : int
        At least 1.
    like_gensim : bool
        Lose a word from a window as soon as one of its occurrences leaves, even if another is still in it, until it
        enters again. Gensim counts so, and with it the numbers that are published for "c_npmi" and "c_v".

    Returns
    -------
    Cooccurrence
        Cost O(L + occurrences of topic words × words of the topic near them).
    """
    n_topics, n_words = words.shape
    lengths = np.diff(offsets)
    n_windows = np.maximum(lengths - window + 1, 1)
    n_ids = int(max(tokens.max(initial=-1), words.max(initial=-1))) + 1
    known = np.flatnonzero(tokens >= 0)
    occurrence, slot = _slots_of(tokens[known], words, n_ids)
    place = known[occurrence]
    document = np.searchsorted(offsets, place, side="right") - 1
    place = place - offsets[document]
    order = np.lexsort((place, slot, document))
    place, document, slot = place[order], document[order], slot[order]
    start = np.maximum(place - window + 1, 0)
    leaves = _next_occurrence(document * words.size + slot, place, start) if like_gensim else place
    stop = np.minimum(leaves, n_windows[document] - 1) + 1
    # Where a word comes again before its last window is over, only the windows not yet counted are new.
    again = (document[1:] == document[:-1]) & (slot[1:] == slot[:-1])
    start[1:] = np.where(again, np.maximum(start[1:], stop[:-1]), start[1:])
    new = start < stop
    start, stop, document, slot = start[new], stop[new], document[new], slot[new]
    # One line for all: each (document, topic) has its own stretch of it.
    _, group = np.unique(document * n_topics + slot // n_words, return_inverse=True)
    span = int(n_windows.max(initial=1)) + 1
    start, stop = group * span + start, group * span + stop
    events = np.unique(np.concatenate([start, stop]))
    first, last = np.searchsorted(events, start), np.searchsorted(events, stop)
    n_steps = last - first
    stretch = np.repeat(first - np.concatenate([[0], np.cumsum(n_steps)[:-1]]), n_steps) + np.arange(n_steps.sum())
    joint = _joint(stretch, np.repeat(slot, n_steps), np.diff(events, append=events[-1:]), words.shape)
    return Cooccurrence(n=int(n_windows.sum()), joint=joint, lengths=(words >= 0).sum(axis=1))


def npmi(counts: Cooccurrence) -> FloatVector:
    """Normalised pointwise mutual information, mean over the pairs of words of each topic, shape (T,).

    From -1 (never together) over 0 (independent) to 1 (always together). With windows of 10 words it is Gensim's
    "c_npmi". A pair with a word that does not occur counts 0. NaN for a topic with fewer than two words.
    """
    values = _npmi_matrix(counts)
    pairs = _pairs(counts)
    return _mean(np.where(pairs, values, 0.0), pairs)


def c_v(counts: Cooccurrence) -> FloatVector:
    """C_v of each topic, shape (T,): cosine between each word's NPMI vector and the sum of all of them.

    Windows of 110 words are its definition. NaN for a topic without words.
    """
    vectors = _npmi_matrix(counts)
    total = vectors.sum(axis=1, keepdims=True)
    norms = np.linalg.norm(vectors, axis=2) * np.linalg.norm(total, axis=2)
    cosines = np.where(norms > 0, (vectors * total).sum(axis=2) / np.where(norms > 0, norms, 1.0), 0.0)
    present = np.arange(vectors.shape[1])[None, :] < counts.lengths[:, None]
    return _mean(np.where(present, cosines, 0.0)[:, :, None], present[:, :, None])


def u_mass(counts: Cooccurrence) -> FloatVector:
    """UMass of each topic, shape (T,): mean of log P(word | better word) over the pairs; at most about 0.

    Counted in documents (Mimno and others 2011). A pair whose better word does not occur counts 0. NaN for a topic
    with fewer than two words.
    """
    joint = counts.joint / max(counts.n, 1)
    single = np.diagonal(joint, axis1=1, axis2=2)
    known = single[:, None, :] > 0
    values = np.where(known, np.log((joint + EPSILON) / np.where(known, single[:, None, :], 1.0)), 0.0)
    pairs = _pairs(counts) & np.tri(joint.shape[1], k=-1, dtype=bool)[None]
    return _mean(np.where(pairs, values, 0.0), pairs)


def diversity(words: IntVector) -> float:
    """Share of distinct words among the words of all topics, in (0, 1]; NaN without words.

    Parameters
    ----------
    words : ndarray of int64, shape (T, n_words)
        Word ids, -1 for none.
    """
    given = words[words >= 0]
    return len(np.unique(given)) / len(given) if len(given) else float("nan")


def _next_occurrence(group: IntVector, place: IntVector, start: IntVector) -> IntVector:
    """The first place >= ``start`` of each group's (sorted) places."""
    span = int(place.max(initial=0)) + 1
    return place[np.searchsorted(group * span + place, group * span + start)]


def _slots_of(ids: IntVector, words: IntVector, n_ids: int) -> tuple[IntVector, IntVector]:
    """For each occurrence of a topic word and each place of the word in a topic: which occurrence, and which place.

    Place is ``topic * n_words + rank``.
    """
    flat = words.ravel()
    slots = np.flatnonzero(flat >= 0)
    slots = slots[np.argsort(flat[slots], kind="stable")]
    per_id = np.bincount(flat[slots], minlength=n_ids)
    first = np.concatenate([[0], np.cumsum(per_id)])
    repeats = per_id[ids]
    occurrence = np.repeat(np.arange(len(ids)), repeats)
    step = np.arange(len(occurrence)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return occurrence, slots[first[ids][occurrence] + step]


def _joint(rows: IntVector, slots: IntVector, weights: IntVector, shape: tuple[int, ...]) -> np.ndarray:
    """Sum over rows of ``weight`` for each pair of places that occur in the row, shape (T, n_words, n_words).

    All places in one row belong to one topic, so that the product has nothing outside the topics' blocks.
    """
    from scipy.sparse import csr_matrix

    n_topics, n_words = shape
    n_rows = int(rows.max(initial=-1)) + 1
    present = csr_matrix((np.ones(len(rows), dtype=np.int64), (rows, slots)), shape=(n_rows, n_topics * n_words))
    present.data[:] = 1  # a word that stands twice in a topic's list
    weighted = csr_matrix(
        (np.repeat(weights[:n_rows], np.diff(present.indptr)), present.indices, present.indptr), shape=present.shape
    )
    product = (present.T @ weighted).tocoo()
    joint = np.zeros((n_topics, n_words, n_words), dtype=np.int64)
    joint[product.row // n_words, product.row % n_words, product.col % n_words] = product.data
    return joint


def _npmi_matrix(counts: Cooccurrence) -> np.ndarray:
    """NPMI of every pair of words of a topic, a word with itself included, shape (T, n_words, n_words)."""
    joint = counts.joint / max(counts.n, 1)
    single = np.diagonal(joint, axis1=1, axis2=2)
    independent = single[:, :, None] * single[:, None, :]
    known = independent > 0
    ratio = np.log((joint + EPSILON) / np.where(known, independent, 1.0))
    return np.where(known, ratio / -np.log(joint + EPSILON), 0.0)


def _pairs(counts: Cooccurrence) -> np.ndarray:
    """Which cells are pairs of two words that the topic has."""
    n = counts.joint.shape[1]
    present = np.arange(n)[None, :] < counts.lengths[:, None]
    return present[:, :, None] & present[:, None, :] & ~np.eye(n, dtype=bool)[None]


def _mean(values: np.ndarray, mask: np.ndarray) -> FloatVector:
    n = mask.sum(axis=(1, 2))
    return np.where(n > 0, values.sum(axis=(1, 2)) / np.maximum(n, 1), np.nan)
