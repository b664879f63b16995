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

PAIRS_AT_A_TIME = 4_000_000
"""Pairs of stretches that are compared at once (some 150 MB)."""


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
        Cost O(entries of the topic words' columns × topic words in a document).
    """
    distinct = np.unique(words[words >= 0])
    place = np.where(words >= 0, np.searchsorted(distinct, words), -1)
    present = counts.tocsc()[:, distinct].tocsr()
    present = (present > 0).astype(np.int64)
    together = (present.T @ present).tocsr()
    left, right = np.broadcast_arrays(place[:, :, None], place[:, None, :])
    given = (left >= 0) & (right >= 0)
    joint = np.zeros(left.shape, dtype=np.int64)
    joint[given] = np.asarray(together[left[given], right[given]]).ravel()
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
        Cost O(L + occurrences of topic words × topic words near them).
    """
    lengths = np.diff(offsets)
    n_windows = np.maximum(lengths - window + 1, 1)
    distinct = np.unique(words[words >= 0])
    number = np.full(int(max(tokens.max(initial=-1), words.max(initial=-1))) + 2, -1, dtype=np.int64)
    number[distinct] = np.arange(len(distinct))  # the last entry stays -1: it is that of word -1
    place = np.flatnonzero(number[tokens] >= 0)
    word = number[tokens[place]]
    document = np.searchsorted(offsets, place, side="right") - 1
    place = place - offsets[document]
    order = np.lexsort((place, word, document))
    place, document, word = place[order], document[order], word[order]
    start = np.maximum(place - window + 1, 0)
    leaves = _next_occurrence(document * len(distinct) + word, place, start) if like_gensim else place
    stop = np.minimum(leaves, n_windows[document] - 1) + 1
    # Windows that follow one another without a gap are one stretch.
    begins = np.ones(len(start), dtype=bool)
    begins[1:] = (document[1:] != document[:-1]) | (word[1:] != word[:-1]) | (start[1:] > stop[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(start))[: len(first)] - 1
    start, stop, document, word = start[first], stop[last], document[first], word[first]
    alone = np.bincount(word, weights=stop - start, minlength=len(distinct)).astype(np.int64)
    joint = _joint(start, stop, document, word, number[words], alone)
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


def _joint(
    start: IntVector, stop: IntVector, document: IntVector, word: IntVector, words: IntVector, alone: IntVector
) -> np.ndarray:
    """Windows that the words of each topic share, from the stretches ``[start, stop)`` in which a word is present."""
    n = len(alone)
    pair_of = np.full((n, n), -1, dtype=np.int32)
    left, right = np.broadcast_arrays(words[:, :, None], words[:, None, :])
    wanted = (left >= 0) & (right >= 0) & (left != right)
    low, high = np.minimum(left, right)[wanted], np.maximum(left, right)[wanted]
    pairs, which = np.unique(low * n + high, return_inverse=True)
    pair_of[low, high] = pair_of[high, low] = which
    order = np.lexsort((start, document))
    start, stop, document, word = start[order], stop[order], document[order], word[order]
    span = int(stop.max(initial=0)) + 1
    key = document * span + start
    # A stretch meets those that begin after it and before its end.
    n_met = np.searchsorted(key, document * span + stop, side="left") - np.arange(len(key)) - 1
    shared = np.zeros(len(pairs))
    bounds = np.searchsorted(np.cumsum(n_met), np.arange(1, int(n_met.sum()) // PAIRS_AT_A_TIME + 2) * PAIRS_AT_A_TIME)
    for low_end, high_end in zip([0, *bounds.tolist()], [*bounds.tolist(), len(key)], strict=True):
        met = n_met[low_end:high_end]
        one = np.repeat(np.arange(low_end, high_end), met)
        other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(met) - met, met)
        pair = pair_of[word[one], word[other]]
        found = np.flatnonzero(pair >= 0)
        one, other = one[found], other[found]
        shared += np.bincount(
            pair[found], weights=np.minimum(stop[one], stop[other]) - start[other], minlength=len(pairs)
        )
    joint = np.zeros(left.shape, dtype=np.int64)
    joint[wanted] = shared[which].astype(np.int64)
    same = (left >= 0) & (left == right)
    joint[same] = alone[left[same]]
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
