"""Names of topics from a chain of LangChain."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from leitmotif.llm.budget import Budget
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.prompt import DEFAULT_CHAIN_PROMPT, check_truncation
from leitmotif.llm.providers import ChainProvider
from leitmotif.representation.prompted import PromptedRepresentation

__all__ = ["LangChain"]


class LangChain(PromptedRepresentation):
    """Ask a chain for a name of each topic, all topics in one batch.

    Parameters
    ----------
    chain : Runnable
        Takes ``{"input_documents": [Document, …], "question": str}`` and gives a text, a message, or a dict with ``output_text``.
    prompt : str, optional
        The question; ``[KEYWORDS]`` stands for the words of a topic. The documents go beside it.
    nr_docs, diversity, doc_length, tokenizer
        As in :class:`leitmotif.representation.OpenAI`.
    chain_config : mapping, optional
        Passed on as ``config``, for example ``{"max_concurrency": 5}``.
    ledger, budget
        As in :class:`leitmotif.representation.OpenAI`.

    Attributes
    ----------
    prompts_ : list of str
        The questions as asked.
    failures_ : dict of int to Failure
        Topics that kept their words, and why.
    """

    default_prompt_ = DEFAULT_CHAIN_PROMPT
    documents_beside = True

    def __init__(
        self,
        chain: Any,
        prompt: str | None = None,
        nr_docs: int = 4,
        diversity: float | None = None,
        doc_length: int | None = None,
        tokenizer: Any = None,
        chain_config: Mapping[str, Any] | None = None,
        *,
        ledger: Ledger | str | PathLike[str] | None = None,
        budget: Budget | None = None,
    ) -> None:
        check_truncation(doc_length, tokenizer)
        self.chain = chain
        self.prompt = prompt
        self.nr_docs = nr_docs
        self.diversity = diversity
        self.doc_length = doc_length
        self.tokenizer = tokenizer
        self.chain_config = chain_config
        self.ledger = ledger
        self.budget = budget
        self.prompts_ = []
        self.failures_ = {}

    def _provider(self) -> ChainProvider:
        name = getattr(self.chain, "name", None) or type(self.chain).__name__
        return ChainProvider(model=str(name), client=self.chain, config=self.chain_config)
