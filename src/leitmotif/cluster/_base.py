"""Where BERTopic's ``BaseCluster`` is imported from."""

from __future__ import annotations

from leitmotif.cluster._given import BaseCluster

__all__ = ["BaseCluster"]
