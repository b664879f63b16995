"""c-TF-IDF as the counts that it was made of, where these give it back bit for bit.

The weight of term j in row i is ``count[i, j] / total[i] * idf[j]`` (or the square root of the share). Counts are small whole
numbers, and take an eighth of the space of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.stores.codec import as_csr
from leitmotif.stores.narrowing import narrow
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["later_weights", "pack_weights", "unpack_weights"]

RAREST = 4
"""The rarest term of a topic occurs so many times at most, or the weights are kept as they are."""

BLOCK = 1 << 16
"""Entries that are worked on together."""


def pack_weights(matrix: SparseMatrix, idf: NDArray[np.float64]) -> dict[str, Any] | None:
    """Counts, places and inverse frequencies that :func:`unpack_weights` makes the matrix of, or None if none do.

    Cost O(nnz); whether they do is tried, not assumed.
    """
    if matrix.data.dtype != np.float64 or idf.dtype != np.float64 or not matrix.has_sorted_indices or not matrix.nnz:
        return None
    if float(matrix.data.min()) <= 0:
        return None
    for root in (False, True):
        counts = np.empty(len(matrix.data), dtype=np.int32)
        blocks = list(_blocks(matrix.indptr))
        scratch = np.empty((3, max(end - begin for begin, end, _ in blocks)))
        for begin, end, lengths in blocks:
            found = _counts(
                matrix.data[begin:end], idf, matrix.indices[begin:end], lengths, root, scratch[:, : end - begin]
            )
            if found is None:
                break
            counts[begin:end] = found
        else:
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
    """The matrix of :func:`pack_weights`."""
    return later_weights(packed, packed["shape"][0])()


def later_weights(packed: Mapping[str, Any], n_rows: int) -> Callable[[], SparseMatrix]:
    """What makes the matrix of :func:`pack_weights`; what it is made of is looked at now.

    Raises
    ------
    KeyError, TypeError, ValueError
        Not written by it, or a matrix of another number of rows.
    """
    counts, idf, shape = packed["counts"], packed["idf"], packed["shape"]
    if counts.dtype.kind not in "iu" or idf.dtype != np.float64 or (len(counts) and int(counts.min()) < 1):
        raise ValueError("c-TF-IDF is not made of counts")
    if not np.isfinite(idf).all():
        raise ValueError("c-TF-IDF holds NaN or infinite values")
    if shape[0] != n_rows or idf.shape != (shape[1],):
        raise ValueError(f"c-TF-IDF of shape {shape} for {n_rows} topics and {len(idf)} terms")
    matrix = as_csr(counts, packed["indices"], packed["indptr"], shape)

    def make() -> SparseMatrix:
        data = np.empty(len(counts))
        for begin, end, lengths in _blocks(matrix.indptr):
            share = counts[begin:end].astype(np.float64)
            data[begin:end] = _weights(share, lengths, idf[matrix.indices[begin:end]], bool(packed["root"]))
        matrix.data = data
        return matrix

    return make


def _blocks(indptr: IntVector) -> Iterator[tuple[int, int, IntVector]]:
    """First and last place of the entries of some rows, and how many each of these has; empty rows left out."""
    lengths = np.diff(indptr).astype(np.int64)
    lengths = lengths[lengths > 0]
    ends = np.cumsum(lengths)
    row = begin = 0
    while row < len(lengths):
        last = max(int(np.searchsorted(ends, begin + BLOCK, side="right")), row + 1)
        end = int(ends[last - 1])
        yield begin, end, lengths[row:last]
        row, begin = last, end


def _counts(
    weights: NDArray[np.float64],
    idf: NDArray[np.float64],
    indices: IntVector,
    lengths: IntVector,
    root: bool,
    scratch: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Whole numbers that give these weights row by row, if the rarest term of each row occurs once, or else a few times."""
    own, shares, counts = scratch
    np.take(idf, indices, out=own, mode="clip")
    if float(own.min()) <= 0:
        return None
    np.divide(weights, own, out=shares)
    if root:
        np.square(shares, out=shares)
    starts = np.cumsum(lengths) - lengths
    least = np.minimum.reduceat(shares, starts)
    totals = np.rint(1 / least)
    for rarest in range(2, RAREST + 2):
        each = np.repeat(totals, lengths)
        np.multiply(shares, each, out=counts)
        np.rint(counts, out=counts)
        fits = np.add.reduceat(counts, starts) == totals
        if fits.all():
            break
        totals = np.where(fits, totals, np.rint(rarest / least))
    else:
        return None
    found = np.divide(counts, each, out=each)
    if root:
        np.sqrt(found, out=found)
    found *= own
    return counts if float(totals.max()) < 2**31 and bool((found == weights).all()) else None


def _weights(
    counts: NDArray[np.float64], lengths: IntVector, idf: NDArray[np.float64], root: bool
) -> NDArray[np.float64]:
    """Weights of counts that have these inverse frequencies, entry for entry."""
    totals = np.add.reduceat(counts, np.cumsum(lengths) - lengths)  # exact: whole numbers below 2^53
    # Step by step what leitmotif.kernels.ctfidf does: every step is rounded in the same way on every machine.
    weights: NDArray[np.float64] = counts / np.repeat(totals, lengths)
    if root:
        np.sqrt(weights, out=weights)
    weights *= idf
    return weights
