"""Where BERTopic's ``mmr`` is imported from."""

from __future__ import annotations

from leitmotif.kernels.mmr import mmr
from leitmotif.representation.mmr import MaximalMarginalRelevance

__all__ = ["MaximalMarginalRelevance", "mmr"]
