"""Names that scripts written for BERTopic import from ``bertopic._bertopic``."""

from __future__ import annotations

from leitmotif._lazy import attach

_getattr, _names = attach("leitmotif", {"BERTopic": ".model", "TopicMapper": ".operations.mapper"})
__getattr__ = _getattr
__all__ = [*_names]
