"""Topic ids: sorting by size, counting, and grouping rows by label."""

from __future__ import annotations

import numpy as np

from leitmotif.typing import OUTLIER, FloatMatrix, IntVector, SparseMatrix

__all__ = ["group_indicator", "group_means", "label_counts", "majority_by_key", "overlap", "size_order"]


def label_counts(labels: IntVector) -> tuple[IntVector, IntVector]:
    """Distinct labels in ascending order, and how often each occurs."""
    ids, counts = np.unique(labels, return_counts=True)
    return ids.astype(np.int64), counts.astype(np.int64)


def size_order(labels: IntVector, weights: IntVector | None = None) -> dict[int, int]:
    """Old label -> new label 0, 1, … by descending size; ties by the smaller old label; -1 stays -1.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
    weights : ndarray of int64, shape (n,), optional
        For how many each entry stands; default one.

    Returns
    -------
    dict of int to int
        One entry a label that occurs. Cost O(n log n).
    """
    ids, inverse = np.unique(labels, return_inverse=True)
    counts = np.bincount(inverse, weights=weights, minlength=len(ids))
    inner = ids != OUTLIER
    ids_inner, counts_inner = ids[inner], counts[inner]
    order = np.lexsort((ids_inner, -counts_inner))
    mapping = {int(ids_inner[old]): new for new, old in enumerate(order)}
    if not inner.all():
        mapping[OUTLIER] = OUTLIER
    return mapping


def group_indicator(rows: IntVector, n_groups: int) -> SparseMatrix:
    """One-hot matrix of shape (n_groups, n): entry (g, i) is 1 where ``rows[i] == g``.

    Its product with a document matrix sums the documents of each group.
    """
    from scipy.sparse import csr_matrix

    n = len(rows)
    order = np.argsort(rows, kind="stable")
    indptr = np.zeros(n_groups + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n_groups), out=indptr[1:])
    return csr_matrix((np.ones(n, dtype=np.int64), order, indptr), shape=(n_groups, n))


def group_means(matrix: FloatMatrix, rows: IntVector, n_groups: int) -> FloatMatrix:
    """Mean row of each group, shape (n_groups, d), summed in row order in float64; an empty group is zero.

    The result has the dtype of ``matrix``, at least float32. Cost O(n d).
    """
    out = np.zeros((n_groups, matrix.shape[1]), dtype=np.promote_types(matrix.dtype, np.float32))
    order = np.argsort(rows, kind="stable")
    bounds = np.searchsorted(rows[order], np.arange(n_groups + 1))
    for group in range(n_groups):
        members = order[bounds[group] : bounds[group + 1]]
        if len(members):
            out[group] = matrix[members].sum(axis=0, dtype=np.float64) / len(members)
    return out


def overlap(new_rows: IntVector, n_new: int, old_rows: IntVector, n_old: int) -> IntVector:
    """How many documents each new group shares with each old group, shape (n_new, n_old)."""
    return np.bincount(new_rows * n_old + old_rows, minlength=n_new * n_old).reshape(n_new, n_old).astype(np.int64)


def majority_by_key(labels: IntVector, keys: IntVector) -> IntVector:
    """Give rows with equal ``keys`` one label: the commonest among them, ties to the smallest that is not -1.

    Parameters
    ----------
    labels, keys : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    distinct, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    result = labels.astype(np.int64, copy=True)
    if len(distinct) == len(keys):
        return result
    repeated = np.flatnonzero(counts[inverse] > 1)
    order = repeated[np.argsort(inverse[repeated], kind="stable")]
    for members in np.split(order, np.flatnonzero(np.diff(inverse[order])) + 1):
        ids, votes = np.unique(labels[members], return_counts=True)
        best = ids[votes == votes.max()]
        inner = best[best != OUTLIER]
        result[members] = inner[0] if len(inner) else OUTLIER
    return result
