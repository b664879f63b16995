"""What the order of a text's words adds to the sum of their vectors: a small network, in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from leitmotif.kernels import _native
from leitmotif.kernels.counts import TokenStream
from leitmotif.typing import IntVector

__all__ = ["WordOrder", "renumbered"]

# Activations are whole multiples of 1/STEP and weights bytes: products add up below 2**53, which a float64 holds exactly. So
# the result depends neither on the order of adding (BLAS, its threads) nor on which texts are read together.
STEP = 256
ROWS = 1024


@dataclass(frozen=True, eq=False)
class _Layer:
    """Weights (outputs, inputs) in bytes, with a scale each output, and what is added to each output."""

    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    offset: NDArray[np.float32]

    @classmethod
    def of(cls, file: Any, name: str) -> _Layer:
        return cls(*(file.get_tensor(name + tail) for tail in ("", "_scales", "_offset")))

    def __call__(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outputs of inputs that are given in steps, in steps."""
        outputs: NDArray[np.float64] = steps @ self.weights.T.astype(np.float64)
        outputs *= self.scales.astype(np.float64)
        outputs += STEP * self.offset.astype(np.float64)
        return outputs


@dataclass(frozen=True, eq=False)
class WordOrder:
    """A convolution over three words, pooled by mean and maximum (Kim 2014), and one hidden layer behind it and the sum.

    For words with vectors e_1 … e_n and u = unit(sum of e_t): h_t = relu(C_0 x_(t-1) + C_1 x_t + C_2 x_(t+1) + c) with
    x_t = stretch · unit(e_t), p = [mean h_t; max h_t], and what is added to u is B [relu(A [gain · u; p] + a); p] + b.

    Attributes
    ----------
    window, inner, answer : _Layer
        C (3 h, d) with c, A (m, d + 2 h) with a, B (d, m + 2 h) with b.
    read : int
        Words, or pieces of them, at the head of a text that the convolution reads.
    gain, stretch : int

    Notes
    -----
    O(h) for a word of a text, O(d h) for each distinct one of 4,096 texts, and O(d m + h m + h d) for a text.
    """

    window: _Layer
    inner: _Layer
    answer: _Layer
    read: int
    gain: int
    stretch: int

    @classmethod
    def of(cls, file: Any) -> WordOrder | None:
        """The network of a safetensors file, None where it has none."""
        if "window" not in file.keys():  # noqa: SIM118, it is no dict
            return None
        window, inner, answer = (_Layer.of(file, name) for name in ("window", "inner", "answer"))
        read, gain, stretch = file.get_tensor("settings").tolist()
        return cls(window, inner, answer, read, gain, stretch)

    def added(
        self,
        bags: NDArray[np.float64],
        part: slice,
        stream: TokenStream,
        pieces: csr_matrix,
        vectors: NDArray[np.int8],
        whole: int,
    ) -> NDArray[np.float64]:
        """What is to be added to the unit sums ``bags`` of some texts of a stream, shape (n, d); 0 where a text has no word.

        Parameters
        ----------
        bags : ndarray of float64, shape (n, d)
        part : slice
            Which texts of the stream these are.
        pieces : csr_matrix, shape (words, rows)
            Rows of ``vectors`` that each word of the stream is made of, in their order.
        vectors : ndarray of int8, shape (rows, d)
            Only directions count.
        whole : int
            Weight of a word in the mean, shared by its pieces.
        """
        indptr = stream.indptr[part.start : part.stop + 1]
        ids = stream.ids[indptr[0] : indptr[-1]]
        words, ids = renumbered(ids, pieces.shape[0])
        some = pieces[words]
        rows, indices = renumbered(some.indices, pieces.shape[1])
        sums, maxima, weights = _native.pooled_trigrams(
            ids,
            indptr - indptr[0],
            some.indptr.astype(np.int64),
            indices,
            self._shares(vectors[rows]),
            np.rint(STEP * self.window.offset).astype(np.int32),
            self.read,
            whole,
            1,
        )
        mean = np.rint(sums / np.maximum(weights, whole)[:, None].astype(np.float64))
        pooled = np.hstack([mean, maxima.astype(np.float64)])
        hidden = np.rint(np.maximum(self.inner(np.hstack([np.rint(STEP * self.gain * bags), pooled])), 0))
        added = self.answer(np.hstack([hidden, pooled])) / STEP
        added[weights == 0] = 0
        return added

    def _shares(self, vectors: NDArray[np.int8]) -> NDArray[np.int16]:
        """What each row gives to the windows that it stands in, in steps: shape (rows, 3, h)."""
        h = len(self.window.offset)
        out = np.empty((len(vectors), 3, h), dtype=np.int16)
        weights = self.window.weights.T.astype(np.float32)  # 127 * 127 * d < 2**24: exact in float32 up to d = 1,040
        steps = np.float32(STEP * self.stretch) * self.window.scales
        for start in range(0, len(vectors), ROWS):
            rows = vectors[start : start + ROWS].astype(np.float32)
            lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
            shares = rows @ weights
            shares *= steps
            shares /= np.maximum(lengths, 1)
            np.clip(np.rint(shares, out=shares), -32768, 32767, out=shares)
            out[start : start + ROWS] = shares.reshape(-1, 3, h)
        return out


def renumbered(numbers: NDArray[np.int32], n: int) -> tuple[IntVector, NDArray[np.int32]]:
    """The distinct ones of numbers below n, rising, and the place of each number among them."""
    there = np.zeros(n, dtype=np.bool_)
    there[numbers] = True
    places = np.cumsum(there, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(there), places[numbers]
