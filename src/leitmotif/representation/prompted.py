"""What all representation models have in common that ask a language model for the name of a topic."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from os import PathLike
from typing import Any, ClassVar

from leitmotif.llm.budget import Budget
from leitmotif.llm.client import ChatClient
from leitmotif.llm.failure import Failure, without_secrets
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.messages import Prompt
from leitmotif.llm.prompt import DOCUMENTS_TAG, check_truncation, clean_label, fill, truncate_document
from leitmotif.llm.providers import Provider
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.representation.typical import typical_texts
from leitmotif.typing import Words, WordsByTopic

__all__ = ["AskingRepresentation", "PromptedRepresentation", "open_ledger"]

logger = logging.getLogger(__name__)

_HOLDERS = ("client", "chain", "model")
"""Parameters whose objects may hold a key."""
INSISTENT = 10
"""Further tries that ``exponential_backoff=True`` stands for (BERTopic's constant)."""


class AskingRepresentation(BaseRepresentation):
    """A representation model that holds a client: what may hold a key is neither shown nor pickled.

    Attributes
    ----------
    failures_ : dict of int to Failure
        Topics that kept their words in the last pass, and why.
    """

    failures_: dict[int, Failure]

    def __repr__(self) -> str:
        given = without_secrets(self.get_params())
        shown = {
            name: f"<{type(v).__name__}>" if name in _HOLDERS and not _is_safe(v) else repr(v)
            for name, v in given.items()
        }
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in shown.items())})"

    def __getstate__(self) -> dict[str, Any]:
        """Without clients and keys: they are passed anew to a model that was read from a file."""
        state = without_secrets(vars(self))
        for name in _HOLDERS:
            if name in state and not _is_safe(state[name]):
                state[name] = None
        return {**state, "failures_": dict(self.failures_)}


class PromptedRepresentation(AskingRepresentation):
    """One question a topic; the answer becomes its only word, with weight 1.

    A question that fails, or an answer without a name, costs no fit: the topic keeps its words, ``failures_`` and a warning
    say why. After a call ``prompts_`` holds the prompts as sent, in the order of the topics.

    Subclasses write :meth:`_provider` and a constructor that calls :meth:`_keep`.
    """

    default_prompt_: ClassVar[str]
    default_system_prompt_: ClassVar[str | None] = None
    keyword_separator: ClassVar[str] = ", "
    documents_beside: ClassVar[bool] = False
    """Whether the documents go beside the question instead of into it."""

    prompt: str | None
    system_prompt: str | None = None
    nr_docs: int
    diversity: float | None
    doc_length: int | None
    tokenizer: Any
    delay_in_seconds: float | None = None
    exponential_backoff: bool = False
    concurrency: int = 1
    ledger: Ledger | str | PathLike[str] | None = None
    budget: Budget | None = None
    prompts_: list[str]

    def _keep(self, given: Mapping[str, Any]) -> None:
        """Store the arguments of the constructor, its ``locals()``, under their names."""
        for name in self._get_param_names():
            setattr(self, name, given[name])
        check_truncation(self.doc_length, self.tokenizer)
        self.prompts_, self.failures_ = [], {}

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """A name of each topic, as ``[(name, 1)]``; its words where there is no answer."""
        named = super().represent(evidence, words)
        self.prompts_, self.failures_ = [], {}
        topics = evidence.topic_ids.tolist()
        if not topics:
            return named
        prompts = self._questions(evidence, named)
        self.prompts_ = [prompt.user for prompt in prompts]
        client = ChatClient(
            self._provider(),
            concurrency=1 if self.delay_in_seconds else self.concurrency,
            retries=INSISTENT if self.exponential_backoff else 0,
            ledger=open_ledger(self.ledger),
            budget=self.budget,
            delay_s=self.delay_in_seconds or 0.0,
        )
        for topic, prompt, reply in zip(topics, prompts, client.complete(prompts, "name topics"), strict=True):
            labels = [label for label in map(clean_label, reply.texts) if label]
            if labels and topic in named:
                named[topic] = [(label, 1.0) for label in labels]
                continue
            failure = reply.failure or Failure("unreadable", "the answer holds no name")
            if reply.failure is None:
                client.forget(prompt)
            self.failures_[topic] = failure
            logger.warning(
                "%s got no name for topic %d, which keeps its words: %s", type(self).__name__, topic, failure
            )
        return named

    def _provider(self) -> Provider:
        """Who is asked."""
        raise NotImplementedError

    def _questions(self, evidence: TopicEvidence, words: Mapping[int, Words]) -> list[Prompt]:
        template = self.default_prompt_ if self.prompt is None else self.prompt
        system = self.default_system_prompt_ if self.system_prompt is None else self.system_prompt
        documents: dict[int, list[str]] = {}
        if self.documents_beside or DOCUMENTS_TAG in template:
            texts = typical_texts(evidence, self.nr_docs, diversity=self.diversity)
            documents = {
                topic: [truncate_document(None, self.doc_length, self.tokenizer, text) for text in own]
                for topic, own in texts.items()
            }
        prompts = []
        for topic in evidence.topic_ids.tolist():
            keywords = [word for word, _ in words.get(topic, []) if word]
            own = documents.get(topic, [])
            beside = tuple(own) if self.documents_beside else ()
            user = fill(template, keywords, [] if beside else own, keyword_separator=self.keyword_separator)
            prompts.append(Prompt(user=user, system=system, documents=beside))
        return prompts


def _is_safe(value: Any) -> bool:
    return isinstance(value, str | None) or inspect.isroutine(value)


def open_ledger(given: Ledger | str | PathLike[str] | None) -> Ledger | None:
    """The ledger itself, or the one in a file."""
    return given if given is None or isinstance(given, Ledger) else Ledger(given)
