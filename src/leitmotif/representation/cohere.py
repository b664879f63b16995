"""Names of topics from Cohere's chat models."""

from __future__ import annotations

from typing import Any

from leitmotif.llm.prompt import DEFAULT_PROMPT, DEFAULT_SYSTEM_PROMPT, check_truncation
from leitmotif.representation.prompted import PromptedRepresentation, patient

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

    Attributes
    ----------
    prompts_ : list of str
        The prompts as sent.
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
        self.prompts_ = []

    def _ask(self, prompt: str) -> str | None:
        system = self.default_system_prompt_ if self.system_prompt is None else self.system_prompt
        chat = patient(self.client.chat, self.delay_in_seconds, exponential_backoff=False)
        answer = chat(model=self.model, preamble=system, message=prompt, max_tokens=50, stop_sequences=["\n"])
        text: str | None = answer.text
        return text
