"""Where BERTopic's ``BaseEmbedder`` is imported from."""

from __future__ import annotations

from leitmotif.backend.embedder import BaseEmbedder

__all__ = ["BaseEmbedder"]
