"""Class-based TF-IDF: how much a term says about a class (a topic) among all classes.

Grootendorst, M. (2022), "BERTopic: Neural topic modeling with a class-based TF-IDF procedure", arXiv:2203.05794,
equation 2: ``W[t, c] = tf[t, c] · ln(1 + A / f[t])``, with ``f[t]`` the count of term t in all classes and ``A`` the
mean number of words in a class (cut to an integer, as BERTopic does).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["ABSENT_WEIGHT", "class_idf", "class_tf", "ctfidf", "top_terms"]

ABSENT_WEIGHT = 1e-05
"""Weight that stands where a topic has fewer terms than were asked for."""


def class_idf(X: SparseMatrix, bm25: bool = False) -> NDArray[np.float64]:
    """Inverse class frequency of each term, shape (V,), finite and not negative.

    Parameters
    ----------
    X : csr_matrix, shape (T, V)
        Counts of each term in each class.
    bm25 : bool
        ``ln(1 + (A - f + 0.5) / (f + 0.5))`` instead, which takes weight from very frequent terms. It falls below 0
        for terms that occur more often than a class has words; such terms weigh 0 here.

    Notes
    -----
    A term that never occurs (a fixed vocabulary, counts that have decayed) weighs 0, as a term outside the vocabulary
    does; the formula would make it infinite. Cost O(nnz + V).
    """
    frequency = np.asarray(X.sum(axis=0), dtype=np.float64).ravel()
    n_words = frequency.sum() if X.dtype.kind in "iub" else float(np.asarray(X.sum(axis=1)).sum())
    average = int(n_words / X.shape[0]) if X.shape[0] else 0
    seen = frequency > 0
    at = frequency[seen]
    idf = np.zeros(X.shape[1])
    if bm25:
        idf[seen] = np.log(np.maximum(1 + (average - at + 0.5) / (at + 0.5), 1.0))
    else:
        idf[seen] = np.log(average / at + 1)
    return idf


def class_tf(X: SparseMatrix, sqrt: bool = False) -> SparseMatrix:
    """Share of each term among the words of its row, or the square root of it: csr_matrix of float64.

    Empty rows stay empty.
    """
    totals = np.asarray(abs(X).sum(axis=1), dtype=np.float64).ravel()
    totals[totals == 0] = 1
    data = X.data / np.repeat(totals, np.diff(X.indptr))
    if sqrt:
        np.sqrt(data, out=data)
    return _like(X, data)


def ctfidf(X: SparseMatrix, idf: NDArray[np.float64], sqrt: bool = False) -> SparseMatrix:
    """c-TF-IDF of rows of counts (topics, documents, windows) with given inverse frequencies.

    Parameters
    ----------
    X : csr_matrix, shape (n, V)
        Never changed.
    idf : ndarray of float64, shape (V,)
    sqrt : bool
        Take the square root of the term frequencies: reduces frequent words.

    Returns
    -------
    csr_matrix of float64, shape (n, V). Cost O(nnz).
    """
    weights = class_tf(X, sqrt)
    weights.data *= idf[X.indices]
    return weights


def top_terms(matrix: SparseMatrix, n: int) -> tuple[IntVector, NDArray[np.float64]]:
    """The ``n`` heaviest terms of each row, heaviest first; of equal ones the first column comes first.

    Parameters
    ----------
    matrix : csr_matrix, shape (T, V)
        Weights. Only those above 0 are terms of the row.
    n : int

    Returns
    -------
    indices : ndarray of int64, shape (T, n)
        Columns; -1 where the row has no more terms.
    weights : ndarray of float64, shape (T, n)
        Their weights; 1e-05 (:data:`ABSENT_WEIGHT`) where there is none.

    Notes
    -----
    Cost O(nnz + T n log n).
    """
    if not matrix.has_sorted_indices:
        matrix = matrix.sorted_indices()
    n_rows = matrix.shape[0]
    indices = np.full((n_rows, n), -1, dtype=np.int64)
    weights = np.full((n_rows, n), ABSENT_WEIGHT)
    for row in range(n_rows):
        begin, end = matrix.indptr[row], matrix.indptr[row + 1]
        values = matrix.data[begin:end]
        best = _heaviest(values, n)
        indices[row, : len(best)] = matrix.indices[begin:end][best]
        weights[row, : len(best)] = values[best]
    return indices, weights


def _heaviest(values: NDArray[np.float64], n: int) -> IntVector:
    """Positions of the ``n`` largest positive values, descending, ties by position."""
    if len(values) > n > 0:
        # Everything above the n-th value, and of those equal to it as many as there is room for, from the left.
        border = np.partition(values, len(values) - n)[len(values) - n]
        above = np.flatnonzero(values > border)
        equal = np.flatnonzero(values == border)[: n - len(above)]
        some = np.sort(np.concatenate([above, equal]))
    else:
        some = np.arange(len(values))[: max(n, 0)]
    some = some[values[some] > 0]
    return some[np.argsort(-values[some], kind="stable")]


def _like(X: SparseMatrix, data: NDArray[np.float64]) -> SparseMatrix:
    result = csr_matrix((data, X.indices.copy(), X.indptr.copy()), shape=X.shape)
    result.has_sorted_indices = X.has_sorted_indices
    return result
