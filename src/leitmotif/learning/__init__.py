"""How a fit comes to know what it knows."""

from leitmotif.learning.fit import FitSettings, fit
from leitmotif.learning.incremental import partial_fit
from leitmotif.learning.stability import stability

__all__ = ["FitSettings", "fit", "partial_fit", "stability"]
