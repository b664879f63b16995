"""Names of topics from a text-generation pipeline of Hugging Face's transformers."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from leitmotif._lazy import install_hint
from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.llm.budget import Budget
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.prompt import DEFAULT_TEXT_PROMPT, check_truncation
from leitmotif.llm.providers import PipelineProvider
from leitmotif.representation.prompted import PromptedRepresentation

__all__ = ["TextGeneration"]


class TextGeneration(PromptedRepresentation):
    """Let a local model go on with a prompt; what it adds is the name of the topic.

    Parameters
    ----------
    model : str or pipeline
        Name of a model for ``transformers.pipeline``, or any callable prompt -> list of ``{"generated_text": …}``.
    prompt : str, optional
        ``[KEYWORDS]`` and ``[DOCUMENTS]`` stand for the words and typical documents of a topic; the default has no documents.
    pipeline_kwargs : mapping, optional
        Passed on with each prompt.
    random_state : int
        Seed of torch during the call; the seed that it had before is put back.
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
        ``model`` is a name and transformers is not installed.
    InvalidInputError
        ``model`` is neither.

    Attributes
    ----------
    prompts_ : list of str
        The prompts as sent.
    failures_ : dict of int to Failure
        Topics that kept their words, and why.
    """

    default_prompt_ = DEFAULT_TEXT_PROMPT

    def __init__(
        self,
        model: Any,
        prompt: str | None = None,
        pipeline_kwargs: Mapping[str, Any] | None = None,
        random_state: int = 42,
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
        if not callable(self.model):
            raise InvalidInputError(
                f"TextGeneration needs the name of a model or a transformers pipeline; got {type(model).__name__}"
            )
        self.prompt = prompt
        self.pipeline_kwargs = pipeline_kwargs
        self.random_state = random_state
        self.nr_docs = nr_docs
        self.diversity = diversity
        self.doc_length = doc_length
        self.tokenizer = tokenizer
        self.concurrency = concurrency
        self.ledger = ledger
        self.budget = budget
        self.prompts_ = []
        self.failures_ = {}

    def _provider(self) -> PipelineProvider:
        name = getattr(getattr(self.model, "model", None), "name_or_path", None) or type(self.model).__name__
        return PipelineProvider(
            model=str(name),
            parameters=dict(self.pipeline_kwargs or {}),
            client=self.model,
            random_state=self.random_state,
        )


def _open(name: str) -> Any:
    try:
        from transformers import pipeline
    except ImportError as error:
        raise MissingDependencyError(install_hint("TextGeneration", "transformers")) from error
    return pipeline(model=name)
