"""Clustering: communities of the neighbour graph, HDBSCAN of our own, and the clusterer that takes labels as given."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "BaseCluster": "._given",
        "Communities": "._communities",
        "HDBSCAN": "._hdbscan",
    },
)
