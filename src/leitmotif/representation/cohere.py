"""Names of topics from Cohere's chat models."""

from __future__ import annotations

from os import PathLike
from typing import Any

from leitmotif.llm.budget import Budget
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.prompt import DEFAULT_PROMPT, DEFAULT_SYSTEM_PROMPT, check_truncation
from leitmotif.llm.providers import CohereProvider
from leitmotif.representation.prompted import PromptedRepresentation

__all__ = ["Cohere"]


class Cohere(PromptedRepresentation):
    """Ask one of Cohere's chat models for a name of each topic.

    Parameters
    ----------
    client : cohere.Client or an object like it
        ``client.chat(model=, preamble=, message=, …)`` is called; the library itself is not needed.
    model : str
    prompt, system_prompt : str, optional
        ``[KEYWORDS]`` and ``[DOCUMENTS]`` stand for the words and typical documents of a topic.
    delay_in_seconds : float, optional
        Pause before each call.
    nr_docs, diversity, doc_length, tokenizer
        As in :class:`leitmotif.representation.OpenAI`.
    concurrency : int
        Most requests at once; with ``delay_in_seconds`` one.
    ledger : Ledger or path, optional
        Replies are written down there, and equal questions are not asked again (:class:`leitmotif.llm.Ledger`).
    budget : Budget, optional
        What does not fit is not sent (:class:`leitmotif.llm.Budget`).

    Attributes
    ----------
    prompts_ : list of str
        The prompts as sent.
    failures_ : dict of int to Failure
        Topics that kept their words, and why.
    """

    default_prompt_ = DEFAULT_PROMPT
    default_system_prompt_ = DEFAULT_SYSTEM_PROMPT

    def __init__(
        self,
        client: Any,
        model: str = "command-r",
        prompt: str | None = None,
        system_prompt: str | None = None,
        delay_in_seconds: float | None = None,
        nr_docs: int = 4,
        diversity: float | None = None,
        doc_length: int | None = None,
        tokenizer: Any = None,
        *,
        concurrency: int = 8,
        ledger: Ledger | str | PathLike[str] | None = None,
        budget: Budget | None = None,
    ) -> None:
        check_truncation(doc_length, tokenizer)
        self.client = client
        self.model = model
        self.prompt = prompt
        self.system_prompt = system_prompt
        self.delay_in_seconds = delay_in_seconds
        self.nr_docs = nr_docs
        self.diversity = diversity
        self.doc_length = doc_length
        self.tokenizer = tokenizer
        self.concurrency = concurrency
        self.ledger = ledger
        self.budget = budget
        self.prompts_ = []
        self.failures_ = {}

    def _provider(self) -> CohereProvider:
        parameters = {"max_tokens": 50, "stop_sequences": ["\n"]}  # as BERTopic calls it
        return CohereProvider(model=self.model, parameters=parameters, client=self.client, first=True)
