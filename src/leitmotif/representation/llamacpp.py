"""Names of topics from a local model in a GGUF file, through llama.cpp."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from leitmotif._lazy import install_hint
from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.llm.budget import Budget
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.prompt import DEFAULT_PROMPT, DEFAULT_SYSTEM_PROMPT, check_truncation
from leitmotif.llm.providers import LlamaProvider
from leitmotif.representation.prompted import PromptedRepresentation

__all__ = ["LlamaCPP"]


class LlamaCPP(PromptedRepresentation):
    """Ask a local chat model for a name of each topic.

    Parameters
    ----------
    model : str or llama_cpp.Llama
        Path of a GGUF file, or anything with ``create_chat_completion(messages=, …)``.
    prompt, system_prompt : str, optional
        ``[KEYWORDS]`` and ``[DOCUMENTS]`` stand for the words and typical documents of a topic.
    pipeline_kwargs : mapping, optional
        Passed on to ``create_chat_completion``.
    nr_docs, diversity, doc_length, tokenizer
        As in :class:`leitmotif.representation.OpenAI`.
    concurrency : int
        Most requests at once.
    ledger : Ledger or path, optional
        Replies are written down there, and equal questions are not asked again (:class:`leitmotif.llm.Ledger`).
    budget : Budget, optional
        What does not fit is not sent (:class:`leitmotif.llm.Budget`).

    Raises
    ------
    MissingDependencyError
        ``model`` is a path and llama-cpp-python is not installed.
    InvalidInputError
        ``model`` is neither.

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
        model: Any,
        prompt: str | None = None,
        system_prompt: str | None = None,
        pipeline_kwargs: Mapping[str, Any] | None = None,
        nr_docs: int = 4,
        diversity: float | None = None,
        doc_length: int | None = None,
        tokenizer: Any = None,
        *,
        concurrency: int = 1,
        ledger: Ledger | str | PathLike[str] | None = None,
        budget: Budget | None = None,
    ) -> None:
        check_truncation(doc_length, tokenizer)
        self.model = _open(model) if isinstance(model, str) else model
        if not hasattr(self.model, "create_chat_completion"):
            raise InvalidInputError(f"LlamaCPP needs the path of a GGUF file or a llama_cpp.Llama; got {model!r}")
        self.prompt = prompt
        self.system_prompt = system_prompt
        self.pipeline_kwargs = pipeline_kwargs
        self.nr_docs = nr_docs
        self.diversity = diversity
        self.doc_length = doc_length
        self.tokenizer = tokenizer
        self.concurrency = concurrency
        self.ledger = ledger
        self.budget = budget
        self.prompts_ = []
        self.failures_ = {}

    def _provider(self) -> LlamaProvider:
        name = getattr(self.model, "model_path", None) or type(self.model).__name__
        return LlamaProvider(model=str(name), parameters=dict(self.pipeline_kwargs or {}), client=self.model)


def _open(path: str) -> Any:
    try:
        from llama_cpp import Llama
    except ImportError as error:
        raise MissingDependencyError(install_hint("LlamaCPP", "llama_cpp")) from error
    return Llama(model_path=path, n_gpu_layers=-1, verbose=False)
