"""Windows of tokens that slide along documents, and what their topics add up to.

A document of n tokens has the windows ``[begin, begin + window)`` for every multiple ``begin`` of ``stride`` that keeps
them inside; with padding also those that hang over either end. A document shorter than the window is one window.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

import leitmotif.kernels._native as _native
from leitmotif.kernels.counts import StripAccents, TermLookup, TokenStream, tokenize
from leitmotif.typing import FloatMatrix, FloatVector, IntVector, SparseMatrix

__all__ = [
    "WindowSettings",
    "add_up",
    "as_lists",
    "term_rows",
    "window_bounds",
    "window_distributions",
]

Scale = Literal["count", "root", "presence"]
_SCALES: dict[Scale, int] = {"count": 0, "root": 1, "presence": 2}


@dataclass(frozen=True, kw_only=True)
class WindowSettings:
    """How windows are cut and compared.

    Attributes
    ----------
    window, stride : int
        Tokens of a window, and from the begin of one to the begin of the next.
    padding : bool
        Windows may hang over the ends of a document.
    min_similarity : float
        Cosines below this count as 0.
    """

    window: int = 4
    stride: int = 1
    padding: bool = False
    min_similarity: float = 0.1


def window_bounds(n_tokens: int, settings: WindowSettings) -> tuple[IntVector, IntVector]:
    """First token and the token behind the last of each window of a document, clipped to it."""
    window, stride = settings.window, settings.stride
    if n_tokens < window:
        return np.zeros(1, dtype=np.int64), np.array([n_tokens], dtype=np.int64)
    first = -((window - 1) // stride * stride) if settings.padding else 0
    begins = np.arange(first, n_tokens if settings.padding else n_tokens - window + 1, stride, dtype=np.int64)
    return np.maximum(begins, 0), np.minimum(begins + window, n_tokens)


def add_up(
    similarity: FloatMatrix, bounds: tuple[IntVector, IntVector], n_tokens: int, settings: WindowSettings, tokens: bool
) -> tuple[FloatVector, FloatMatrix | None]:
    """Distribution of a document from the cosines of its windows with the topics.

    Parameters
    ----------
    similarity : ndarray of float64, shape (windows, T)
    bounds : (ndarray, ndarray)
        Of :func:`window_bounds`.
    n_tokens : int
    settings : WindowSettings
    tokens : bool
        Also for each token, which then count as often as they lie in a window.

    Returns
    -------
    distribution : ndarray of float64, shape (T,)
        Sums to 1, or is 0 throughout.
    token_rows : ndarray of float64, shape (n_tokens, T), or None
    """
    kept = np.where(similarity < settings.min_similarity, 0.0, similarity)
    rows = None
    if tokens:
        rows = np.zeros((n_tokens, kept.shape[1]))
        for window, begin, end in zip(kept, *bounds, strict=True):
            rows[begin:end] += window
        kept = rows
    total = kept.sum(axis=0)
    size = np.abs(total).sum()
    return (total / size if size > 0 else total), rows


def term_rows(ctfidf: SparseMatrix) -> SparseMatrix:
    """Topics by term: csr_matrix of float64, shape (V, T), each topic (column) of length 1.

    Parameters
    ----------
    ctfidf : csr_matrix, shape (T, V)
    """
    row_of_entry = np.repeat(np.arange(ctfidf.shape[0]), np.diff(ctfidf.indptr))
    length = np.sqrt(np.bincount(row_of_entry, weights=ctfidf.data**2, minlength=ctfidf.shape[0]))
    data = ctfidf.data / np.where(length > 0, length, 1.0)[row_of_entry]
    return csr_matrix((data, ctfidf.indices, ctfidf.indptr), shape=ctfidf.shape).T.tocsr()


def window_distributions(
    stream: TokenStream,
    lookup: TermLookup,
    rows: SparseMatrix,
    idf: FloatVector,
    settings: WindowSettings,
    *,
    ngram_range: tuple[int, int] = (1, 1),
    stop_words: Collection[str] | None = None,
    lowercase: bool = True,
    strip_accents: StripAccents = None,
    scale: Scale = "count",
    tokens: bool = False,
    n_threads: int = 0,
) -> tuple[FloatMatrix, FloatMatrix | None]:
    """Topic distributions of documents: every window counted, weighed and compared with every topic.

    Parameters
    ----------
    stream : TokenStream
        The documents as they stand, *not* lowercased: their tokens are what windows are made of.
    lookup : TermLookup
        The vocabulary, V terms.
    rows : csr_matrix of float64, shape (V, T)
        Of :func:`term_rows`.
    idf : ndarray of float64, shape (V,)
    settings : WindowSettings
    ngram_range, stop_words, lowercase, strip_accents
        How the text of a window is counted (as in ``CountVectorizer``).
    scale : {"count", "root", "presence"}
        What a term's count is before it is multiplied with its inverse frequency. Dividing by the window's length is left
        out, as the cosine does not see it.
    tokens : bool
        Also for each token.
    n_threads : int

    Returns
    -------
    distributions : ndarray of float64, shape (N, T)
        Rows sum to 1, or are 0 throughout.
    token_rows : ndarray of float64, shape (number of tokens, T), or None
        Sum over the windows that hold the token; document i has the rows ``indptr[i]:indptr[i + 1]`` of the stream.

    Notes
    -----
    Cost O(windows · (terms of a window · topics that have them + T)); memory only for the result.
    """
    # A token is lowercased after it was cut, and may then be no word, another or several.
    pieces = tokenize(stream.words, lowercase=lowercase, strip_accents=strip_accents, n_threads=n_threads)
    word_ids = lookup.word_ids(pieces.words, stop_words)[pieces.ids]
    kept = word_ids != -2
    starts = np.concatenate([[0], np.cumsum(kept)])[pieces.indptr]
    distributions, token_rows = _native.window_distributions(
        lookup.native,
        stream.ids,
        stream.indptr,
        word_ids[kept],
        starts.astype(np.int64),
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int32, copy=False),
        rows.data.astype(np.float64, copy=False),
        np.ascontiguousarray(idf, dtype=np.float64),
        rows.shape[1],
        *ngram_range,
        settings.window,
        settings.stride,
        settings.padding,
        settings.min_similarity,
        _SCALES[scale],
        tokens,
        n_threads,
    )
    return distributions, token_rows


def as_lists(token_rows: FloatMatrix, indptr: IntVector) -> list[NDArray[np.float64]]:
    """Rows of all tokens as one array a document."""
    return np.split(token_rows, indptr[1:-1])
