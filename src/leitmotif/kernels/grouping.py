"""Sums of sparse rows by group, and along a merge tree."""

from __future__ import annotations

from leitmotif.kernels.relabel import group_indicator
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["group_sums", "tree_sums", "with_sorted_indices"]


def group_sums(matrix: SparseMatrix, groups: IntVector, n_groups: int) -> SparseMatrix:
    """Sum of the rows of each group.

    Parameters
    ----------
    matrix : csr_matrix, shape (n, m)
    groups : ndarray of int64, shape (n,)
        Group of each row, from 0 to ``n_groups - 1``.
    n_groups : int

    Returns
    -------
    csr_matrix, shape (n_groups, m)
        Indices sorted within a row; an empty group is an empty row. Cost O(entries of the matrix).
    """
    return with_sorted_indices((group_indicator(groups, n_groups) @ matrix).tocsr())


def with_sorted_indices(matrix: SparseMatrix) -> SparseMatrix:
    """The same matrix with sorted indices, in linear time: turned over twice, which is faster than sorting each row."""
    if matrix.has_sorted_indices:
        return matrix
    if matrix.shape[1] > 4 * max(matrix.nnz, 1):  # long and almost empty: turning it over costs its width
        matrix.sort_indices()
        return matrix
    turned = matrix.tocsc().tocsr()
    turned.has_sorted_indices = True
    return turned


def tree_sums(leaves: SparseMatrix, children: IntVector) -> list[SparseMatrix]:
    """Sum of the leaves below each node of a binary tree.

    Parameters
    ----------
    leaves : csr_matrix, shape (n, m)
    children : ndarray of int64, shape (n - 1, 2)
        Row i makes node ``n + i`` of two earlier nodes, as in SciPy's linkage matrix.

    Returns
    -------
    list of csr_matrix, each of shape (1, m)
        One a merge. A node is the sum of its two children, so that a deep tree costs no more than its nodes hold.
    """
    nodes: list[SparseMatrix] = [leaves[row] for row in range(leaves.shape[0])]
    for left, right in children.tolist():
        nodes.append((nodes[left] + nodes[right]).tocsr())
    return nodes[leaves.shape[0] :]
