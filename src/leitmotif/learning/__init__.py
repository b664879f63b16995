"""How a fit comes to know what it knows."""

from leitmotif.learning.chunking import check_chunking, divided
from leitmotif.learning.fit import FitSettings, fit
from leitmotif.learning.incremental import partial_fit
from leitmotif.learning.resolutions import cut_at, resolutions, state_at, suggest, sweep
from leitmotif.learning.stability import stability

__all__ = [
    "FitSettings",
    "check_chunking",
    "cut_at",
    "divided",
    "fit",
    "partial_fit",
    "resolutions",
    "stability",
    "state_at",
    "suggest",
    "sweep",
]
