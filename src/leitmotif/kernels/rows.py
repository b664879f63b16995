"""Where a row of values stands among many."""

from __future__ import annotations

import numpy as np

from leitmotif.kernels.layout import row_keys
from leitmotif.typing import FloatMatrix, IntVector

__all__ = ["RowIndex"]


class RowIndex:
    """The rows of a matrix, found again by their values.

    Parameters
    ----------
    rows : ndarray of float32 or float64, shape (n, d)
        Kept by reference. Cost O(n (d + log n)).
    """

    def __init__(self, rows: FloatMatrix) -> None:
        self.rows = rows
        keys = _keys(rows)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def find(self, queries: FloatMatrix) -> IntVector:
        """The first row that equals each query, shape (m,); -1 where none does. Cost O(m (d + log n))."""
        asked = _keys(queries)
        at = np.searchsorted(self._keys, asked, side="left")
        end = np.searchsorted(self._keys, asked, side="right")
        found = np.full(len(queries), -1, dtype=np.int64)
        open_ = np.flatnonzero(at < end)
        while len(open_):
            rows = self._order[at[open_]]
            same = (self.rows[rows] == queries[open_]).all(axis=1)
            found[open_[same]] = rows[same]
            at[open_] += 1
            open_ = open_[~same & (at[open_] < end[open_])]
        return found


def _keys(rows: FloatMatrix) -> np.ndarray:
    # Adding 0.0 gives -0.0 and 0.0 the same bits; by blocks, so that no second matrix is made.
    blocks = [row_keys(rows[start : start + 1024] + 0.0) for start in range(0, len(rows), 1024)]
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.uint32)
