"""Dimension reduction: UMAP of our own, and the step that leaves everything as it is."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "BaseDimensionalityReduction": "._identity",
        "UMAP": "._umap",
    },
)
