"""Which neighbouring words are a phrase: they stand together far more often than their frequencies would have it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels.counts import TokenStream

__all__ = ["phrases"]

LEAST_COUNT, TOKENS_A_COUNT = 8, 4000
"""Occurrences that a phrase needs; fewer in a small corpus, one for so many tokens, but two."""

LEAST_NPMI = 0.5
"""Normalised pointwise mutual information of its words (Bouma 2009): 0 for chance, 1 for words that only stand together."""


def phrases(stream: TokenStream, usable: NDArray[np.bool_], longest: int = 3) -> NDArray[np.int32]:
    """Phrases of two to ``longest`` words.

    Parameters
    ----------
    stream : TokenStream
    usable : ndarray of bool, shape (words,)
        Words that a phrase may hold; no phrase reaches over another one or over the end of a document.
    longest : int
        2 or more. A longer phrase is one whose beginning and end (all words but the last, all but the first) are
        phrases, and that makes up at least half of the rarer of them.

    Returns
    -------
    ndarray of int32, shape (P, longest)
        Word ids, filled with -1; sorted by length, then by ids. Cost O(t log t) for t tokens.
    """
    ids = stream.ids.astype(np.int64)
    least = min(max(len(ids) // TOKENS_A_COUNT, 2), LEAST_COUNT)
    n_words = len(stream.words)
    found = np.full((0, longest), -1, dtype=np.int32)
    if longest < 2 or len(ids) < 2:
        return found
    total = np.bincount(ids, minlength=n_words)
    ok = usable[ids]
    # Place i starts the next longer phrase where the pieces at i and i + 1 are phrases and no document ends in between.
    joined = np.zeros(len(ids), dtype=bool)
    joined[:-1] = ok[:-1] & ok[1:]
    ends = stream.indptr[1:-1]
    joined[ends[(ends > 0) & (ends < len(ids))] - 1] = False
    piece, frequency = ids, total
    rows: list[NDArray[np.int32]] = []
    words_of = np.arange(n_words, dtype=np.int32)[:, None]
    for length in range(2, longest + 1):
        at = np.flatnonzero(joined)
        if not len(at):
            break
        keys, which, counts = np.unique(
            piece[at] * len(frequency) + piece[at + 1], return_inverse=True, return_counts=True
        )
        first, second = np.divmod(keys, len(frequency))
        good = counts >= least
        if length == 2:
            together = np.log(np.maximum(counts, 1) * len(ids) / (frequency[first] * frequency[second]))
            good &= together >= LEAST_NPMI * np.log(len(ids) / counts)
        else:
            good &= 2 * counts >= np.minimum(frequency[first], frequency[second])
        chosen = np.flatnonzero(good)
        if not len(chosen):
            break
        words_of = np.hstack([words_of[first[chosen]], words_of[second[chosen]][:, -1:]])
        rows.append(np.pad(words_of, ((0, 0), (0, longest - length)), constant_values=-1))
        number = np.full(len(keys), -1, dtype=np.int64)
        number[chosen] = np.arange(len(chosen))
        piece = np.full(len(ids), -1, dtype=np.int64)
        piece[at] = number[which.ravel()]
        frequency = counts[chosen]
        joined = np.zeros(len(ids), dtype=bool)
        joined[:-1] = (piece[:-1] >= 0) & (piece[1:] >= 0)
    return np.vstack([found, *rows]).astype(np.int32)
