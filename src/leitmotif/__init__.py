"""Topic modelling with the interface of BERTopic."""

from __future__ import annotations

from leitmotif._lazy import attach

__version__ = "0.1.0"

_getattr, _names = attach(__name__, {"BERTopic": ".model"})
__getattr__ = _getattr
__all__ = ["__version__", *_names]
