"""Fingerprints of texts, so that a document seen in the fit is known again without keeping its text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leitmotif.kernels import _native

__all__ = ["text_ends", "text_fingerprints"]

END = 32


def text_fingerprints(texts: Sequence[str], n_threads: int = 0) -> NDArray[np.uint64]:
    """BLAKE2b digest of 8 bytes of each text (UTF-8, lone surrogates kept), shape (n,).

    The same on every machine. The chance that any two of a million distinct texts share one is below 3e-8. Cost O(bytes).

    References
    ----------
    Saarinen and Aumasson (2015), RFC 7693: The BLAKE2 cryptographic hash and message authentication code.
    """
    prints: NDArray[np.uint64] = _native.text_fingerprints(tuple(texts), n_threads)
    return prints


def text_ends(texts: Sequence[str]) -> NDArray[np.int64]:
    """Python's hash of the length and the last characters of each text, shape (n,).

    Equal texts have equal ones. Good for this process only: never stored. Cost O(n), however long the texts.
    """
    return np.fromiter((hash((len(text), text[-END:])) for text in texts), dtype=np.int64, count=len(texts))
