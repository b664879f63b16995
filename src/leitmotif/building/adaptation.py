"""Embeddings adapted to a corpus: beside what an embedder knows of a text stands what the corpus says of its words."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from leitmotif.kernels.counts import hashed_counts, tokenize, unigram_counts
from leitmotif.kernels.latent import inverse_frequencies, latent_directions, latent_rows, weighted_counts
from leitmotif.typing import FloatMatrix, FloatVector, SparseMatrix

__all__ = ["CorpusAdaptation", "adapt", "adapted", "learn_adaptation"]

WEIGHT = 0.5
"""Length of the latent part beside an embedding of length one: the best of 0.3, 0.5 and 0.75 on most corpora tried."""

DOCUMENTS_A_DIMENSION = 200
DIMENSIONS = (10, 50)
"""A latent dimension for so many documents, within these bounds: with more, small corpora fall into subtopics."""

SEED = 0
"""Of the sketch that starts the decomposition. Not the model's: default topics are the same with every ``random_state``."""

FEWEST_DOCUMENTS = 200
MAX_TERMS = 20_000
BLOCK = 4096
MAX_SHARE = 0.5
"""A word in more documents than that says nothing of any."""

SHARED = 0.6
"""Least share of all tokens that stand in a second document. English has 0.95 and more, German 0.9; Japanese and Chinese, whose
tokens are clauses as often as words, 0.5 and 0.1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CorpusAdaptation:
    """Latent semantic analysis of a corpus, to go beside embeddings.

    Attributes
    ----------
    hashes : ndarray of uint32, shape (V,)
        CRC-32 of each word that counts, ascending.
    idf : ndarray of float64, shape (V,)
    directions : ndarray of float16, shape (V, r)
        Half precision, since the file of a model holds them.
    weight : float
        Length of a latent vector against an embedding of length one.
    """

    hashes: NDArray[np.uint32]
    idf: FloatVector
    directions: NDArray[np.float16]
    weight: float = WEIGHT


def learn_adaptation(documents: Sequence[str]) -> CorpusAdaptation | None:
    """What the words of a corpus say of its documents; None where they are too few, or where tokens are no words.

    The words stand in two documents and in at most half of them, 20,000 at most, the commonest. Their sublinear tf-idf is
    reduced to one dimension for 200 documents, 10 to 50 in all (Deerwester et al. 1990). Cost O(nnz · r), memory
    O(nnz + (n + V) r).
    """
    return _learned(documents)[0]


def adapt(embeddings: FloatMatrix, documents: Sequence[str]) -> tuple[CorpusAdaptation | None, FloatMatrix]:
    """:func:`learn_adaptation` of the documents and their :func:`adapted` embeddings, with their words weighed once."""
    adaptation, weighted = _learned(documents)
    return adaptation, embeddings if adaptation is None else _side_by_side(adaptation, embeddings, weighted)


def _learned(documents: Sequence[str]) -> tuple[CorpusAdaptation | None, SparseMatrix | None]:
    """The adaptation, and the tf-idf of the documents that it was learnt from."""
    n = len(documents)
    if n < FEWEST_DOCUMENTS:
        return None, None
    stream = tokenize(documents)
    counts = unigram_counts(stream)
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero((frequency >= 2) & (frequency <= MAX_SHARE * n))
    shared = counts.data[frequency[counts.indices] >= 2].sum()
    if len(kept) == 0 or shared < SHARED * counts.data.sum():
        return None, None
    kept = np.sort(kept[np.argsort(-frequency[kept], kind="stable")[:MAX_TERMS]])
    own = _hashes(stream.words)
    hashes, first = np.unique(own[kept], return_index=True)
    idf = inverse_frequencies(frequency[kept[first]], n)
    del stream
    weighted = weighted_counts(_by_hash(counts, own, hashes), idf)
    del counts
    rank = int(np.clip(n // DOCUMENTS_A_DIMENSION, *DIMENSIONS))
    directions = latent_directions(weighted, rank, SEED).astype(np.float16)
    return CorpusAdaptation(hashes=hashes, idf=idf, directions=directions), weighted


def adapted(
    adaptation: CorpusAdaptation | None, embeddings: FloatMatrix, documents: Sequence[str] | None
) -> FloatMatrix:
    """Embeddings with the latent part of their documents behind them; without an adaptation, as they are.

    Parameters
    ----------
    adaptation : CorpusAdaptation or None
    embeddings : ndarray, shape (n, d)
    documents : sequence of str, length n, or None
        None: the latent part is zero, and a document's neighbours are those of its embedding.

    Returns
    -------
    ndarray of float32, shape (n, d + r)
        The embedding at unit length, then the latent part of length ``weight`` (zero where no word is known). A row depends on
        its own document alone.
    """
    if adaptation is None:
        return embeddings
    weighted = None
    if documents is not None:
        weighted = weighted_counts(hashed_counts(documents, adaptation.hashes), adaptation.idf)
    return _side_by_side(adaptation, embeddings, weighted)


def _side_by_side(adaptation: CorpusAdaptation, embeddings: FloatMatrix, weighted: SparseMatrix | None) -> FloatMatrix:
    """Embeddings, and the latent part of documents whose tf-idf is given."""
    width = embeddings.shape[1]
    out = np.zeros((len(embeddings), width + adaptation.directions.shape[1]), dtype=np.float32)
    for start in range(0, len(out), BLOCK):
        out[start : start + BLOCK, :width] = _unit(embeddings[start : start + BLOCK])
    if weighted is not None:
        out[:, width:] = latent_rows(weighted, adaptation.directions, adaptation.weight)
    return out


def _by_hash(counts: SparseMatrix, own: NDArray[np.uint32], hashes: NDArray[np.uint32]) -> SparseMatrix:
    """Counts of words with the hashes ``own`` as :func:`hashed_counts` of their documents: a column for each of ``hashes``."""
    place = np.searchsorted(hashes, own).clip(max=len(hashes) - 1)
    known = np.flatnonzero(hashes[place] == own)
    known = known[np.argsort(place[known], kind="stable")]
    found = csr_matrix(counts[:, known])
    found = csr_matrix((found.data, place[known][found.indices], found.indptr), (counts.shape[0], len(hashes)))
    found.sum_duplicates()
    return found


def _hashes(words: Sequence[str]) -> NDArray[np.uint32]:
    return np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], dtype=np.uint32)


def _unit(rows: FloatMatrix) -> FloatMatrix:
    rows = np.asarray(rows, dtype=np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
