"""What all representation models have in common that ask a language model for the name of a topic."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from leitmotif.llm.prompt import DOCUMENTS_TAG, clean_label, fill, truncate_document
from leitmotif.llm.retry import retry_with_exponential_backoff
from leitmotif.progress import stage
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.representation.typical import typical_texts
from leitmotif.typing import Words, WordsByTopic

__all__ = ["PromptedRepresentation"]

logger = logging.getLogger(__name__)


class PromptedRepresentation(BaseRepresentation):
    """One question a topic; the answer becomes its only word, with weight 1.

    A question that fails, or an answer without a name, costs no fit: the topic keeps its words, and a warning says why.
    After a call ``prompts_`` holds the prompts as sent, in the order of the topics.

    Subclasses write :meth:`_ask` and set ``prompt``, ``nr_docs``, ``diversity``, ``doc_length`` and ``tokenizer``.
    """

    default_prompt_: ClassVar[str]
    keyword_separator: ClassVar[str] = ", "

    prompt: str | None
    nr_docs: int
    diversity: float | None
    doc_length: int | None
    tokenizer: Any
    prompts_: list[str]

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """A name of each topic, as ``[(name, 1)]``; its words where there is no answer."""
        named = super().represent(evidence, words)
        template = self.default_prompt_ if self.prompt is None else self.prompt
        documents = self._documents(evidence, DOCUMENTS_TAG in template)
        self.prompts_ = []
        with stage("name topics", total=len(evidence.topic_ids)) as work:
            for topic in evidence.topic_ids.tolist():
                keywords = [word for word, _ in named.get(topic, []) if word]
                prompt = fill(template, keywords, documents.get(topic, []), keyword_separator=self.keyword_separator)
                self.prompts_.append(prompt)
                labels = self._labels(topic, prompt)
                if labels and topic in named:
                    named[topic] = [(label, 1.0) for label in labels]
                work.advance(1)
        return named

    def _ask(self, prompt: str) -> str | Sequence[str] | None:
        """The model's answer, or several."""
        raise NotImplementedError

    def _labels(self, topic: int, prompt: str) -> list[str]:
        try:
            answer = self._ask(prompt)
        except Exception as error:  # whatever a provider's library raises must not cost the fit
            logger.warning(
                "%s got no name for topic %d, which keeps its words: %s: %s",
                type(self).__name__,
                topic,
                type(error).__name__,
                error,
            )
            return []
        answers = [answer] if answer is None or isinstance(answer, str) else answer
        labels = [label for label in map(clean_label, answers) if label]
        if not labels:
            logger.warning("%s answered without a name for topic %d, which keeps its words", type(self).__name__, topic)
        return labels

    def _documents(self, evidence: TopicEvidence, wanted: bool) -> dict[int, list[str]]:
        if not wanted:
            return {}
        texts = typical_texts(evidence, self.nr_docs, diversity=self.diversity)
        return {topic: [self._cut(text) for text in own] for topic, own in texts.items()}

    def _cut(self, text: str) -> str:
        return truncate_document(None, self.doc_length, self.tokenizer, text)


def patient(call: Callable[..., Any], delay_in_seconds: float | None, exponential_backoff: bool) -> Callable[..., Any]:
    """``call`` after a pause, and again after rate limits where asked for."""
    insisting = retry_with_exponential_backoff(call) if exponential_backoff else call

    def ask(**arguments: Any) -> Any:
        if delay_in_seconds:
            time.sleep(delay_in_seconds)
        return insisting(**arguments)

    return ask
