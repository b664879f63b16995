"""Which terms stay: ``min_df``, ``max_df`` and ``max_features`` as scikit-learn means them, for any kind of rows."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["document_frequencies", "prune_terms"]


def document_frequencies(matrix: SparseMatrix) -> IntVector:
    """In how many rows each column of a csr_matrix (n, M) has an entry, shape (M,). Cost O(nnz)."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1])


def prune_terms(
    matrix: SparseMatrix, min_df: float = 1, max_df: float = 1.0, max_features: int | None = None
) -> IntVector:
    """Columns that stay, ascending, shape (V,), int64.

    Parameters
    ----------
    matrix : csr_matrix, shape (n, M)
        Counts: a row is a document or a topic.
    min_df, max_df : int or float
        In how many rows a term occurs at least and at most; a float is a share of the rows.
    max_features : int or None
        Of the terms within these limits, keep only so many of the commonest. Which of several equally common terms
        stays at the border is what ``numpy.argsort`` makes of them, because that is scikit-learn's choice.

    Raises
    ------
    InvalidInputError
        The limits exclude each other, or no term lies within them.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> prune_terms(csr_matrix([[1, 0, 2], [1, 1, 0]]), min_df=2).tolist()
    [0]
    """
    n_rows, n_columns = matrix.shape
    most = max_df if isinstance(max_df, Integral) else max_df * n_rows
    least = min_df if isinstance(min_df, Integral) else min_df * n_rows
    if most < least:
        raise InvalidInputError(
            f"max_df={max_df} allows a term in at most {most:g} of {n_rows} rows, but min_df={min_df} asks for "
            f"at least {least:g}: raise max_df or lower min_df"
        )
    frequencies = document_frequencies(matrix)
    kept = np.flatnonzero((frequencies <= most) & (frequencies >= least))
    if max_features is not None and len(kept) > max_features:
        totals = np.asarray(matrix.sum(axis=0)).ravel()[kept]
        kept = np.sort(kept[(-totals).argsort()[:max_features]])
    if not len(kept):
        raise InvalidInputError(
            f"After pruning, no terms remain: none of {n_columns} occurs in at least {least:g} and at most {most:g} of "
            f"{n_rows} rows. Try a lower min_df (now {min_df}) or a higher max_df (now {max_df})."
        )
    return kept.astype(np.int64, copy=False)
