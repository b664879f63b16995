"""Measures of topics: coherence, diversity, agreement with labels; see :func:`evaluate` for all of them at once."""

from leitmotif.operations.evaluate import MEASURES, Evaluation, agreement, coherence, diversity, evaluate

__all__ = ["MEASURES", "Evaluation", "agreement", "coherence", "diversity", "evaluate"]
