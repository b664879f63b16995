"""Where BERTopic's ``BaseRepresentation`` is imported from."""

from __future__ import annotations

from leitmotif.representation.representation_model import BaseRepresentation

__all__ = ["BaseRepresentation"]
