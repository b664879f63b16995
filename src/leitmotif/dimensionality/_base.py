"""Where BERTopic's ``BaseDimensionalityReduction`` is imported from."""

from __future__ import annotations

from leitmotif.dimensionality._identity import BaseDimensionalityReduction

__all__ = ["BaseDimensionalityReduction"]
