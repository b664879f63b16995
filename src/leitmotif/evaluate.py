"""Measures of topics; see :func:`evaluate` for most of them at once, and :func:`stability` for what a second fit would find."""

from leitmotif.learning.stability import Stability, stability
from leitmotif.operations.agreement import agreement
from leitmotif.operations.evaluate import (
    MEASURES,
    Evaluation,
    coherence,
    diversity,
    evaluate,
    word_embedding_coherence,
)

__all__ = [
    "MEASURES",
    "Evaluation",
    "Stability",
    "agreement",
    "coherence",
    "diversity",
    "evaluate",
    "stability",
    "word_embedding_coherence",
]
