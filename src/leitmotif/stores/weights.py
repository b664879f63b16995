"""c-TF-IDF as the counts that it was made of, where these give it back bit for bit.

The weight of term j in row i is ``count[i, j] / total[i] * idf[j]`` (or the square root of the share). Counts are small whole
numbers, and take an eighth of the space of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.stores.codec import as_csr
from leitmotif.stores.narrowing import narrow
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["pack_weights", "unpack_weights"]

RAREST = 4
"""The rarest term of a topic occurs so many times at most, or the weights are kept as they are."""


def pack_weights(matrix: SparseMatrix, idf: NDArray[np.float64]) -> dict[str, Any] | None:
    """Counts, places and inverse frequencies that :func:`unpack_weights` makes the matrix of, or None if none do.

    Cost O(nnz); whether they do is tried, not assumed.
    """
    if matrix.data.dtype != np.float64 or idf.dtype != np.float64 or not matrix.has_sorted_indices:
        return None
    spread = idf[matrix.indices]
    if not len(spread) or float(spread.min()) <= 0 or float(matrix.data.min()) <= 0:
        return None
    lengths = np.diff(matrix.indptr)
    for root in (False, True):
        shares = matrix.data / spread
        if root:
            shares *= shares
        counts = _counts(shares, lengths)
        if counts is not None and _same(_weights(counts, lengths, spread, root), matrix.data):
            return {
                "counts": narrow(counts),
                "indices": narrow(matrix.indices),
                "indptr": narrow(matrix.indptr),
                "idf": idf,
                "root": root,
                "shape": tuple(int(n) for n in matrix.shape),
            }
    return None


def unpack_weights(packed: Mapping[str, Any]) -> SparseMatrix:
    """The matrix of :func:`pack_weights`.

    Raises
    ------
    KeyError, TypeError, ValueError
        Not written by it.
    """
    counts, idf, shape = packed["counts"], packed["idf"], packed["shape"]
    if counts.dtype.kind not in "iu" or idf.dtype != np.float64 or (len(counts) and int(counts.min()) < 1):
        raise ValueError("c-TF-IDF is not made of counts")
    matrix = as_csr(counts, packed["indices"], packed["indptr"], shape)
    if len(idf) != shape[1]:
        raise ValueError(f"{len(idf)} inverse frequencies for {shape[1]} terms")
    matrix.data = _weights(counts, np.diff(matrix.indptr), idf[matrix.indices], bool(packed["root"]))
    return matrix


def _counts(shares: NDArray[np.float64], lengths: IntVector) -> IntVector | None:
    """Whole numbers in these proportions row by row: if the rarest term of each row occurs once, or else as often as fits."""
    filled = lengths > 0
    starts = (np.cumsum(lengths) - lengths)[filled]
    least = np.minimum.reduceat(shares, starts)
    totals = np.rint(1 / least)
    counts = np.rint(shares * np.repeat(totals, lengths[filled]))
    for rarest in range(2, RAREST + 1):
        sums = np.add.reduceat(counts, starts)
        if np.array_equal(sums, totals):
            break
        totals = np.where(sums == totals, totals, np.rint(rarest / least))
        counts = np.rint(shares * np.repeat(totals, lengths[filled]))
    return counts.astype(np.int32) if float(counts.max()) < 2**31 else None


def _weights(counts: IntVector, lengths: IntVector, idf: NDArray[np.float64], root: bool) -> NDArray[np.float64]:
    """Weights of counts that have these inverse frequencies, entry for entry."""
    filled = lengths > 0
    starts = (np.cumsum(lengths) - lengths)[filled]
    totals = np.add.reduceat(counts, starts, dtype=np.int64) if len(starts) else np.empty(0, dtype=np.int64)
    # Step by step what leitmotif.kernels.ctfidf does: every step is rounded in the same way on every machine.
    weights: NDArray[np.float64] = counts / np.repeat(totals.astype(np.float64), lengths[filled])
    if root:
        np.sqrt(weights, out=weights)
    weights *= idf
    return weights


def _same(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    return bool(np.array_equal(first.view(np.uint64), second.view(np.uint64)))
