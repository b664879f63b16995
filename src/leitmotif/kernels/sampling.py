"""Draws that depend on a seed, a key and a position, and on nothing that was drawn before (counter-based)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leitmotif.typing import IntVector

__all__ = ["random_bits", "sample_positions"]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def random_bits(seed: int, key: int, counters: IntVector) -> NDArray[np.uint64]:
    """64 random bits for each counter, from the stream named by ``seed`` and ``key``.

    SplitMix64's finaliser (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014),
    applied in turn to the seed, the key and the counter.

    Parameters
    ----------
    seed, key : int
        Any whole numbers; those equal modulo 2^64 name the same stream.
    counters : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of uint64, shape (n,)
    """
    word = np.zeros(1, dtype=np.uint64)
    for part in (seed, key):
        word = _mix(word ^ np.array([part & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64))
    return _mix(word ^ _mix(counters.astype(np.int64).view(np.uint64)))


def sample_positions(n: int, size: int, seed: int, key: int) -> IntVector:
    """``size`` of the positions ``0 … n - 1`` without replacement, ascending; all of them if there are no more.

    Parameters
    ----------
    n, size : int
    seed, key : int
        Name the stream: the same four numbers always give the same positions.
    """
    if n <= size:
        return np.arange(n, dtype=np.int64)
    order = np.argsort(random_bits(seed, key, np.arange(n, dtype=np.int64)), kind="stable")
    return np.sort(order[:size])


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = values + _GOLDEN
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))
