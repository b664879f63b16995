"""Names for the arrays and small structures that travel between the floors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = [
    "OUTLIER",
    "FloatMatrix",
    "FloatVector",
    "IntVector",
    "SparseMatrix",
    "Texts",
    "Words",
    "WordsByTopic",
]

OUTLIER = -1
"""Id of the outlier topic."""

IntVector: TypeAlias = NDArray[np.int64]
FloatVector: TypeAlias = NDArray[np.floating[Any]]
FloatMatrix: TypeAlias = NDArray[np.floating[Any]]
SparseMatrix: TypeAlias = "csr_matrix"
Texts: TypeAlias = Sequence[str]
Words: TypeAlias = list[tuple[str, float]]
"""Ranked (word, weight) pairs; padded with ``("", 1e-05)`` where a topic has too few terms."""
WordsByTopic: TypeAlias = Mapping[int, Words]
