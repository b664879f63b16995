"""Names of topics from OpenAI's chat models, or any server that speaks their protocol."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from leitmotif.llm.budget import Budget
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.prompt import DEFAULT_PROMPT, DEFAULT_SYSTEM_PROMPT, check_truncation
from leitmotif.llm.providers import OpenAIProvider
from leitmotif.representation.prompted import PromptedRepresentation

__all__ = ["OpenAI"]


class OpenAI(PromptedRepresentation):
    """Ask a chat model for a name of each topic.

    Parameters
    ----------
    client : openai.OpenAI or an object like it
        ``client.chat.completions.create(model=, messages=, …)`` is called; the library itself is not needed.
    model : str
        Name of the model; ``generator_kwargs["model"]`` wins.
    prompt, system_prompt : str, optional
        ``[KEYWORDS]`` and ``[DOCUMENTS]`` stand for the words and typical documents of a topic. Default: ``default_prompt_``,
        ``default_system_prompt_``.
    generator_kwargs : mapping, optional
        Passed on as they are (``temperature``, ``max_tokens``, ``stop``, …); nothing is sent that was not asked for.
    delay_in_seconds : float, optional
        Pause before each call.
    exponential_backoff : bool
        Try again, later and later, after rate limits and overload.
    nr_docs : int
        Typical documents in a prompt.
    diversity : float, optional
        Between 0 and 1: documents unlike each other.
    doc_length : int, optional
        Most tokens of a document in a prompt; needs ``tokenizer``.
    tokenizer : {"char", "whitespace", "vectorizer"} or object with encode and decode, optional
        What a token is.
    concurrency : int
        Most requests at once; with ``delay_in_seconds`` one.
    ledger : Ledger or path, optional
        Replies are written down there, and equal questions are not asked again (:class:`leitmotif.llm.Ledger`).
    budget : Budget, optional
        What does not fit is not sent (:class:`leitmotif.llm.Budget`).
    **kwargs
        Ignored (``chat=True`` of older scripts).

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
        model: str = "gpt-4o-mini",
        prompt: str | None = None,
        system_prompt: str | None = None,
        generator_kwargs: Mapping[str, Any] | None = None,
        delay_in_seconds: float | None = None,
        exponential_backoff: bool = False,
        nr_docs: int = 4,
        diversity: float | None = None,
        doc_length: int | None = None,
        tokenizer: Any = None,
        *,
        concurrency: int = 8,
        ledger: Ledger | str | PathLike[str] | None = None,
        budget: Budget | None = None,
        **kwargs: Any,  # noqa: ARG002 - scripts of older versions pass chat=True
    ) -> None:
        check_truncation(doc_length, tokenizer)
        self.client = client
        self.model = model
        self.prompt = prompt
        self.system_prompt = system_prompt
        self.generator_kwargs = generator_kwargs
        self.delay_in_seconds = delay_in_seconds
        self.exponential_backoff = exponential_backoff
        self.nr_docs = nr_docs
        self.diversity = diversity
        self.doc_length = doc_length
        self.tokenizer = tokenizer
        self.concurrency = concurrency
        self.ledger = ledger
        self.budget = budget
        self.prompts_ = []
        self.failures_ = {}

    def _provider(self) -> OpenAIProvider:
        options = {
            key: value for key, value in (self.generator_kwargs or {}).items() if key not in ("prompt", "messages")
        }
        model = options.pop("model", self.model)
        client = self.client
        if (self.exponential_backoff or self.budget is not None) and hasattr(client, "with_options"):
            client = client.with_options(max_retries=0)  # each request is ours to count and to pace
        return OpenAIProvider(model=model, parameters=options, client=client)
