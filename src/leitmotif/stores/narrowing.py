"""Whole numbers in the narrowest type that holds them, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["narrow", "wide"]

TYPES = tuple(np.dtype(name) for name in ("i1", "u1", "<i2", "<u2", "<i4", "<u4"))


def narrow(array: np.ndarray) -> np.ndarray:
    """Whole numbers in the narrowest type that holds them; anything else as it is."""
    if array.dtype.kind not in "iu" or not array.size:
        return array
    low, high = int(array.min()), int(array.max())
    for dtype in TYPES:
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return array.astype(dtype) if dtype.itemsize < array.dtype.itemsize else array
    return array


def wide(array: Any) -> np.ndarray:
    """Whole numbers as int64.

    Raises
    ------
    ValueError
        They are none.
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu":
        raise ValueError("topics are not whole numbers")
    return array.astype(np.int64)
