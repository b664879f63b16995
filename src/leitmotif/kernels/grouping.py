"""Sums of sparse rows by group, and the best terms of sums along a merge tree."""

from __future__ import annotations

from typing import Any

import numpy as np

from leitmotif.kernels import _native
from leitmotif.typing import FloatMatrix, FloatVector, IntVector, SparseMatrix

__all__ = ["group_sums", "merge_generations", "tree_top_terms"]


ONE_THREAD_UP_TO = 2_000_000
"""Entries of the leaves of a tree that one thread merges: threads that begin anew at each level take longer."""


def group_sums(matrix: SparseMatrix, groups: IntVector, n_groups: int, n_threads: int = 0) -> SparseMatrix:
    """Sum of the rows of each group.

    Parameters
    ----------
    matrix : csr_matrix, shape (n, m)
    groups : ndarray of int64, shape (n,)
        Group of each row, from 0 to ``n_groups - 1``; a row of group -1 is left out.
    n_groups : int
    n_threads : int
        0: all cores. The sums are the same for any number.

    Returns
    -------
    csr_matrix, shape (n_groups, m)
        int64 for whole numbers, otherwise float64 (added in the order of the rows). Indices sorted within a row; an empty
        group is an empty row. Cost O(entries of the matrix), memory O(m) a thread besides the result.
    """
    from scipy.sparse import csr_matrix

    order = np.argsort(groups, kind="stable").astype(np.int64, copy=False)
    starts = np.searchsorted(groups[order], np.arange(n_groups + 1)).astype(np.int64)
    data = matrix.data
    if data.dtype not in (np.int32, np.int64, np.float64):
        data = data.astype(np.int64 if data.dtype.kind in "iub" else np.float64)
    indptr, indices, sums = _native.group_sums(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32, copy=False),
        data,
        order[starts[0] :],
        starts - starts[0],
        matrix.shape[1],
        n_threads,
    )
    result = csr_matrix((sums, indices, indptr), shape=(n_groups, matrix.shape[1]))
    result.has_sorted_indices = True
    return result


def merge_generations(children: IntVector) -> list[IntVector]:
    """The merges of a binary tree in groups such that no two of a group hold the same leaf.

    Parameters
    ----------
    children : ndarray of int64, shape (n - 1, 2)
        Row i makes node ``n + i`` of two earlier nodes, as in SciPy's linkage matrix.

    Returns
    -------
    list of ndarray of int64
        Row numbers of ``children``, ascending; a merge comes in a later group than its children.
    """
    n_leaves = len(children) + 1
    generation = np.zeros(n_leaves + len(children), dtype=np.int64)
    for step, (left, right) in enumerate(children.tolist()):
        generation[n_leaves + step] = max(generation[left], generation[right]) + 1
    merges = generation[n_leaves:]
    return [np.flatnonzero(merges == number) for number in range(1, int(merges.max(initial=0)) + 1)]


def tree_top_terms(
    leaves: SparseMatrix, idf: FloatVector, children: IntVector, n: int, *, root: bool = False, n_threads: int = 0
) -> tuple[IntVector, FloatMatrix]:
    """The ``n`` heaviest terms of each merged node by c-TF-IDF, heaviest first, ties by column.

    Parameters
    ----------
    leaves : csr_matrix, shape (T, V)
        Counts of each leaf; indices sorted within a row.
    idf : ndarray of float64, shape (V,)
    children : ndarray of int64, shape (T - 1, 2)
        Row i makes node ``T + i`` of two earlier nodes, each part of no other.
    n : int
    root : bool
        Weigh with the square root of a term's share among the words of its node.
    n_threads : int

    Returns
    -------
    columns : ndarray of int64, shape (T - 1, n)
        -1 where a node has fewer terms of a weight above 0.
    weights : ndarray of float64, shape (T - 1, n)
        0 where there is none.

    Notes
    -----
    A node is the sum of its two children: cost O(sum over the merges of the terms of the merged node).
    """
    if n_threads == 0 and leaves.nnz <= ONE_THREAD_UP_TO:
        n_threads = 1
    arrays: tuple[Any, Any] = _native.tree_top_terms(
        leaves.indptr.astype(np.int64),
        leaves.indices.astype(np.int32, copy=False),
        leaves.data.astype(np.float64),
        np.ascontiguousarray(idf, dtype=np.float64),
        np.ascontiguousarray(children, dtype=np.int64),
        n,
        root,
        n_threads,
    )
    return arrays
