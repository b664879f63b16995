"""The page that explores a corpus: its numbers (``record``), and the file (``report``)."""

from __future__ import annotations

from leitmotif._lazy import attach

_getattr, _names = attach(__name__, {"ExplorerRecord": ".record", "explore": ".record", "write_report": ".report"})
__getattr__ = _getattr
__all__ = [*_names]
