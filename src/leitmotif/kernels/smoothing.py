"""Smoothed topic vectors of cells (a topic in one time step or class), and their best terms."""

from __future__ import annotations

import numpy as np

from leitmotif.typing import FloatVector, IntVector, SparseMatrix

__all__ = ["best_terms_with_global", "l1_rows", "with_predecessors"]


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


def best_terms_with_global(
    cells: SparseMatrix, background: SparseMatrix | None, background_rows: IntVector, n: int
) -> tuple[IntVector, FloatVector]:
    """Best terms of each cell, averaged with the row of its topic over the whole corpus.

    The average is never formed: a term that a cell lacks can only be among its best as one of
    the ``n`` best of the background, so that only the terms of the cell and those n are looked at.

    Parameters
    ----------
    cells : csr_matrix of float64, shape (K, V)
        Positive values.
    background : csr_matrix of float64, shape (G, V), or None
        None: no averaging.
    background_rows : ndarray of int64, shape (K,)
        Row of ``background`` for each cell.
    n : int

    Returns
    -------
    columns : ndarray of int64, shape (K, n)
        Heaviest first, ties by the smaller column, -1 where a cell has fewer terms.
    weights : ndarray of float64, shape (K, n)
        0 where ``columns`` is -1. Cost O(nnz of the cells).
    """
    n_cells, n_terms = cells.shape
    columns = np.full((n_cells, n), -1, dtype=np.int64)
    weights = np.zeros((n_cells, n))
    dense = np.zeros(n_terms)
    order = np.argsort(background_rows, kind="stable")
    previous, best_of_background = -1, np.empty(0, dtype=np.int64)
    for cell in order.tolist():
        own = cells.indices[cells.indptr[cell] : cells.indptr[cell + 1]]
        values = cells.data[cells.indptr[cell] : cells.indptr[cell + 1]]
        if background is not None:
            row = int(background_rows[cell])
            if row != previous:
                dense[:] = 0.0
                span = slice(background.indptr[row], background.indptr[row + 1])
                dense[background.indices[span]] = background.data[span]
                best_of_background = background.indices[span][_best(background.data[span], background.indices[span], n)]
                previous = row
            values = (values + dense[own]) / 2
        chosen = _best(values, own, n)
        candidates, strengths = own[chosen], values[chosen]
        if background is not None:
            # Where one of these is in the cell but not among its n best, half of its weight is below those n: it drops out again.
            extra = best_of_background[~np.isin(best_of_background, candidates)]
            candidates = np.concatenate([candidates, extra])
            strengths = np.concatenate([strengths, dense[extra] / 2])
            chosen = _best(strengths, candidates, n)
            candidates, strengths = candidates[chosen], strengths[chosen]
        columns[cell, : len(candidates)] = candidates
        weights[cell, : len(candidates)] = strengths
    return columns, weights


def _best(values: FloatVector, keys: IntVector, n: int) -> IntVector:
    """Positions of the ``n`` largest values, largest first, ties by the smaller key; zeros are left out."""
    if len(values) > 4 * n:
        cut = np.partition(values, len(values) - n)[len(values) - n]
        kept = np.flatnonzero(values >= cut)
    else:
        kept = np.arange(len(values))
    kept = kept[values[kept] > 0]
    return kept[np.lexsort((keys[kept], -values[kept]))][:n].astype(np.int64)
