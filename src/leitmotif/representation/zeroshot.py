"""Names of topics chosen from a list, by a zero-shot classifier."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from leitmotif.protocols import TopicEvidence
from leitmotif.representation.language_models import transformers_pipeline
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.typing import Words, WordsByTopic

__all__ = ["ZeroShotClassification"]

logger = logging.getLogger(__name__)


class ZeroShotClassification(BaseRepresentation):
    """Give a topic that name of a list which its words entail, where one is likely enough.

    Parameters
    ----------
    candidate_topics : list of str
        Names to choose from.
    model : str or pipeline
        Name of a model for ``transformers.pipeline("zero-shot-classification")``, or any callable
        (texts, labels, …) -> ``{"labels": …, "scores": …}`` a text, best first.
    pipeline_kwargs : mapping, optional
        Passed on with the texts; with ``multi_label=True`` a topic gets every name that is likely enough.
    min_prob : float
        Least probability of a name; below it the topic keeps its words.

    Raises
    ------
    MissingDependencyError
        ``model`` is a name and transformers is not installed.
    InvalidInputError
        ``model`` is neither.
    """

    def __init__(
        self,
        candidate_topics: Sequence[str],
        model: Any = "facebook/bart-large-mnli",
        pipeline_kwargs: Mapping[str, Any] | None = None,
        min_prob: float = 0.8,
    ) -> None:
        self.candidate_topics = candidate_topics
        self.model = transformers_pipeline("ZeroShotClassification", model, "zero-shot-classification")
        self.pipeline_kwargs = pipeline_kwargs
        self.min_prob = min_prob

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """The likely names with their probabilities, or the words."""
        named = super().represent(evidence, words)
        texts = {topic: " ".join(word for word, _ in pairs if word) for topic, pairs in named.items()}
        asked = [topic for topic, text in texts.items() if text]
        options = dict(self.pipeline_kwargs or {})
        if not asked:
            return named
        try:
            found = self.model([texts[topic] for topic in asked], list(self.candidate_topics), **options)
        except Exception as error:  # whatever the library raises must not cost the fit
            logger.warning(
                "ZeroShotClassification failed, the topics keep their words: %s: %s", type(error).__name__, error
            )
            return named
        found = [found] if isinstance(found, Mapping) else found
        for topic, answer in zip(asked, found, strict=True):
            likely = [
                (str(label), float(score))
                for label, score in zip(answer["labels"], answer["scores"], strict=True)
                if score > self.min_prob
            ]
            if likely:
                named[topic] = likely if options.get("multi_label") else likely[:1]
        return named
