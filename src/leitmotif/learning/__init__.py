"""How a fit comes to know what it knows."""

from leitmotif.learning.fit import FitSettings, fit

__all__ = ["FitSettings", "fit"]
