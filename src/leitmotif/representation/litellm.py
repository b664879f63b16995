"""Names of topics from any provider that the library litellm knows."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from leitmotif.llm.budget import Budget
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.prompt import DEFAULT_PROMPT
from leitmotif.llm.providers import LiteLLMProvider
from leitmotif.representation.prompted import PromptedRepresentation

__all__ = ["LiteLLM"]


class LiteLLM(PromptedRepresentation):
    """Ask the chat model of any provider for a name of each topic, through ``litellm.completion``.

    Parameters
    ----------
    model : str
        As litellm writes them: ``"ollama/llama3"``, ``"gpt-4o-mini"``, …
    prompt : str, optional
        ``[KEYWORDS]`` and ``[DOCUMENTS]`` stand for the words and typical documents of a topic.
    generator_kwargs : mapping, optional
        Passed on as they are; nothing is sent that was not asked for.
    delay_in_seconds, exponential_backoff, nr_docs, diversity
        As in :class:`leitmotif.representation.OpenAI`. Documents are cut to 255 characters.
    concurrency : int
        Most requests at once.
    ledger : Ledger or path, optional
        Replies are written down there, and equal questions are not asked again (:class:`leitmotif.llm.Ledger`).
    budget : Budget, optional
        What does not fit is not sent (:class:`leitmotif.llm.Budget`).

    Raises
    ------
    MissingDependencyError
        When a topic is to be named and litellm is not installed.

    Attributes
    ----------
    prompts_ : list of str
        The prompts as sent.
    failures_ : dict of int to Failure
        Topics that kept their words, and why.
    """

    default_prompt_ = DEFAULT_PROMPT
    keyword_separator = " "
    doc_length = 255
    tokenizer = "char"

    def __init__(
        self,
        model: str = "gpt-3.5-turbo",
        prompt: str | None = None,
        generator_kwargs: Mapping[str, Any] | None = None,
        delay_in_seconds: float | None = None,
        exponential_backoff: bool = False,
        nr_docs: int = 4,
        diversity: float | None = None,
        *,
        concurrency: int = 8,
        ledger: Ledger | str | PathLike[str] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.model = model
        self.prompt = prompt
        self.generator_kwargs = generator_kwargs
        self.delay_in_seconds = delay_in_seconds
        self.exponential_backoff = exponential_backoff
        self.nr_docs = nr_docs
        self.diversity = diversity
        self.concurrency = concurrency
        self.ledger = ledger
        self.budget = budget
        self.prompts_ = []
        self.failures_ = {}

    def _provider(self) -> LiteLLMProvider:
        ours = self.exponential_backoff or self.budget is not None  # then each request is ours to count and to pace
        transport = {"max_retries": 0} if ours else {}
        return LiteLLMProvider(model=self.model, parameters=dict(self.generator_kwargs or {}), transport=transport)
