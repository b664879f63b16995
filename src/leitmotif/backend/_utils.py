"""The place where scripts written for BERTopic look for :func:`select_backend`."""

from __future__ import annotations

from leitmotif.backend.select import select_backend

__all__ = ["select_backend"]
