"""Smoothed topic vectors of cells (a topic in one time step or class), and their best terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from leitmotif.kernels import _native
from leitmotif.typing import FloatVector, IntVector, SparseMatrix

__all__ = ["best_smoothed_terms", "l1_rows", "with_predecessors"]


def l1_rows(matrix: SparseMatrix) -> SparseMatrix:
    """A copy whose rows sum to one in absolute value; empty rows stay zero."""
    from scipy.sparse import csr_matrix

    data = matrix.data.astype(np.float64)
    lengths = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(matrix.shape[0]), lengths)
    norms = np.bincount(rows, weights=np.abs(data), minlength=matrix.shape[0])
    norms[norms == 0] = 1.0
    return csr_matrix((data / norms[rows], matrix.indices, matrix.indptr), shape=matrix.shape)


def with_predecessors(cells: SparseMatrix, predecessor: IntVector) -> SparseMatrix:
    """Mean of each row and the row before it in time: ``(x[i] + x[predecessor[i]]) / 2``.

    The row before enters as it was counted, not as it was smoothed (Grootendorst 2022, section 3.3).

    Parameters
    ----------
    cells : csr_matrix of float64, shape (K, V)
    predecessor : ndarray of int64, shape (K,)
        Row of the same topic one time step earlier, or -1 where there is none: such a row stays as it is.
    """
    from scipy.sparse import csr_matrix

    n = cells.shape[0]
    has = np.flatnonzero(predecessor >= 0)
    weights = np.ones(n)
    weights[has] = 0.5
    rows = np.concatenate([np.arange(n), has])
    columns = np.concatenate([np.arange(n), predecessor[has]])
    mixing = csr_matrix((np.concatenate([weights, np.full(len(has), 0.5)]), (rows, columns)), shape=(n, n))
    return (mixing @ cells).tocsr()


def best_smoothed_terms(
    cells: SparseMatrix,
    n: int,
    *,
    background: SparseMatrix | None = None,
    background_rows: IntVector | None = None,
    predecessor: IntVector | None = None,
    n_threads: int = 0,
) -> tuple[IntVector, FloatVector]:
    """Best terms of each cell, averaged with the cell before and with the row of its topic over the whole corpus.

    All rows are first divided by their sum, as :func:`l1_rows` does; then come the averages of :func:`with_predecessors` and
    with the background. None of these is formed: a term that a cell lacks can only be among its best as one of the ``n`` best
    of the background, so that only the terms of the cell and those n are looked at.

    Parameters
    ----------
    cells : csr_matrix of float64, shape (K, V)
        Positive values; indices sorted within a row.
    n : int
    background : csr_matrix of float64, shape (G, V), optional
        Indices sorted within a row. None: no averaging with it.
    background_rows : ndarray of int64, shape (K,)
        Row of ``background`` for each cell.
    predecessor : ndarray of int64, shape (K,), optional
        The cell before each, or -1.
    n_threads : int

    Returns
    -------
    columns : ndarray of int64, shape (K, n)
        Heaviest first, ties by the smaller column, -1 where a cell has fewer terms.
    weights : ndarray of float64, shape (K, n)
        0 where ``columns`` is -1. Cost O(nnz of the cells).
    """
    n_cells, n_terms = cells.shape
    none = np.full(n_cells, -1, dtype=np.int64)
    if background is None or background_rows is None:
        whole: tuple[Any, ...] = (np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0), none)
    else:
        whole = (*_arrays(background), background_rows.astype(np.int64, copy=False))
    before = none if predecessor is None else predecessor.astype(np.int64, copy=False)
    found: tuple[IntVector, FloatVector] = _native.smoothed_terms(
        *_arrays(cells), before, *whole, n_terms, n, n_threads
    )
    return found


def _arrays(matrix: SparseMatrix) -> tuple[Any, ...]:
    return (
        matrix.indptr.astype(np.int64, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data.astype(np.float64, copy=False),
    )
