"""Bins of equal width over a number line, as points in time or not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.typing import IntVector

__all__ = ["equal_width_bins"]


def equal_width_bins(values: NDArray[Any], n_bins: int) -> tuple[NDArray[Any], IntVector]:
    """Left edges of ``n_bins`` equally wide bins over the values, and the bin of each value.

    A bin is open on the left and closed on the right, as in ``pandas.cut``, and the first also holds the smallest value.
    The first edge *is* the smallest value: it is not moved below the data.

    Parameters
    ----------
    values : ndarray of int or float, shape (n,)
        Finite; n > 0.
    n_bins : int
        At least 1.

    Returns
    -------
    edges : ndarray, shape (n_bins,)
        Ascending; int64 where the values are integers and every edge is whole, else float64. One edge where all values are equal.
    codes : ndarray of int64, shape (n,)
        Index into ``edges``.
    """
    low, high = values.min(), values.max()
    if low == high:
        return values[:1].copy(), np.zeros(len(values), dtype=np.int64)
    # Distances from the smallest value: nanoseconds since 1970 do not fit into a float's 53 bits, their differences mostly do.
    offsets = np.asarray(values - low)
    edges = np.linspace(0, float(offsets.max()), n_bins + 1)
    codes = np.clip(np.searchsorted(edges, offsets, side="left") - 1, 0, n_bins - 1)
    left = edges[:-1]
    if values.dtype.kind in "iu" and np.all(left == np.rint(left)):
        return low + left.astype(np.int64), codes.astype(np.int64)
    return low + left, codes.astype(np.int64)
