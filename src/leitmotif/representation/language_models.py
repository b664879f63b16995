"""BERTopic's classes that ask a language model for the name of each topic: a provider each, and the parameters that BERTopic has.

``concurrency``, ``ledger`` and ``budget`` are ours. :class:`leitmotif.representation.LanguageModelLabels` does more.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, TypeAlias

from leitmotif._lazy import install_hint
from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.llm.budget import Budget
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.prompt import DEFAULT_CHAIN_PROMPT, DEFAULT_PROMPT, DEFAULT_SYSTEM_PROMPT, DEFAULT_TEXT_PROMPT
from leitmotif.llm.providers import (
    ChainProvider,
    CohereProvider,
    LiteLLMProvider,
    LlamaProvider,
    OpenAIProvider,
    PipelineProvider,
)
from leitmotif.representation.prompted import PromptedRepresentation

__all__ = ["Cohere", "LangChain", "LiteLLM", "LlamaCPP", "OpenAI", "TextGeneration"]

CONTEXT_TOKENS = 4096
"""Window of a model that is given by its path: llama.cpp's own 512 has no room for four documents."""
LedgerOrPath: TypeAlias = Ledger | str | PathLike[str]


class OpenAI(PromptedRepresentation):
    """Ask a chat model of OpenAI, or of any server that speaks its protocol, for a name of each topic.

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
    client: Any
    model: str
    generator_kwargs: Mapping[str, Any] | None

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
        ledger: LedgerOrPath | None = None,
        budget: Budget | None = None,
        **kwargs: Any,
    ) -> None:
        self._keep(locals())

    def _provider(self) -> OpenAIProvider:
        options = {
            key: value for key, value in (self.generator_kwargs or {}).items() if key not in ("prompt", "messages")
        }
        model = options.pop("model", self.model)
        client = self.client
        if (self.exponential_backoff or self.budget is not None) and hasattr(client, "with_options"):
            client = client.with_options(max_retries=0)  # each request is ours to count and to pace
        return OpenAIProvider(model=model, parameters=options, client=client)


class Cohere(PromptedRepresentation):
    """Ask one of Cohere's chat models for a name of each topic.

    Parameters
    ----------
    client : cohere.Client or an object like it
        ``client.chat(model=, preamble=, message=, …)`` is called; the library itself is not needed.
    model : str
    others
        As in :class:`OpenAI`.
    """

    default_prompt_ = DEFAULT_PROMPT
    default_system_prompt_ = DEFAULT_SYSTEM_PROMPT
    client: Any
    model: str

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
        ledger: LedgerOrPath | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._keep(locals())

    def _provider(self) -> CohereProvider:
        parameters = {"max_tokens": 50, "stop_sequences": ["\n"]}  # as BERTopic calls it
        return CohereProvider(model=self.model, parameters=parameters, client=self.client, first=True)


class LiteLLM(PromptedRepresentation):
    """Ask the chat model of any provider for a name of each topic, through ``litellm.completion``.

    Parameters
    ----------
    model : str
        As litellm writes them: ``"ollama/llama3"``, ``"gpt-4o-mini"``, …
    others
        As in :class:`OpenAI`. Documents are cut to 255 characters.

    Raises
    ------
    MissingDependencyError
        When a topic is to be named and litellm is not installed.
    """

    default_prompt_ = DEFAULT_PROMPT
    keyword_separator = " "
    doc_length = 255
    tokenizer = "char"
    model: str
    generator_kwargs: Mapping[str, Any] | None

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
        ledger: LedgerOrPath | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._keep(locals())

    def _provider(self) -> LiteLLMProvider:
        ours = self.exponential_backoff or self.budget is not None  # then each request is ours to count and to pace
        transport = {"max_retries": 0} if ours else {}
        return LiteLLMProvider(model=self.model, parameters=dict(self.generator_kwargs or {}), transport=transport)


class LangChain(PromptedRepresentation):
    """Ask a chain of LangChain for a name of each topic, all topics in one batch.

    Parameters
    ----------
    chain : Runnable
        Takes ``{"input_documents": [Document, …], "question": str}`` and gives a text, a message, or a dict with ``output_text``.
    prompt : str, optional
        The question; ``[KEYWORDS]`` stands for the words of a topic. The documents go beside it.
    chain_config : mapping, optional
        Passed on as ``config``, for example ``{"max_concurrency": 5}``.
    others
        As in :class:`OpenAI`.
    """

    default_prompt_ = DEFAULT_CHAIN_PROMPT
    documents_beside = True
    chain: Any
    chain_config: Mapping[str, Any] | None

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
        ledger: LedgerOrPath | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._keep(locals())

    def _provider(self) -> ChainProvider:
        name = getattr(self.chain, "name", None) or type(self.chain).__name__
        return ChainProvider(model=str(name), client=self.chain, config=self.chain_config)


class LlamaCPP(PromptedRepresentation):
    """Ask a local chat model in a GGUF file for a name of each topic, through llama.cpp.

    Parameters
    ----------
    model : str or llama_cpp.Llama
        Path of a GGUF file, opened with a window of 4,096 tokens, or anything with ``create_chat_completion(messages=, …)``.
    pipeline_kwargs : mapping, optional
        Passed on to ``create_chat_completion``.
    others
        As in :class:`OpenAI`.

    Raises
    ------
    MissingDependencyError
        ``model`` is a path and llama-cpp-python is not installed.
    InvalidInputError
        ``model`` is neither.
    """

    default_prompt_ = DEFAULT_PROMPT
    default_system_prompt_ = DEFAULT_SYSTEM_PROMPT
    model: Any
    pipeline_kwargs: Mapping[str, Any] | None

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
        ledger: LedgerOrPath | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._keep(locals())
        self.model = _llama(model) if isinstance(model, str) else model
        if not hasattr(self.model, "create_chat_completion"):
            raise InvalidInputError(f"LlamaCPP needs the path of a GGUF file or a llama_cpp.Llama; got {model!r}")

    def _provider(self) -> LlamaProvider:
        name = getattr(self.model, "model_path", None) or type(self.model).__name__
        return LlamaProvider(model=str(name), parameters=dict(self.pipeline_kwargs or {}), client=self.model)


class TextGeneration(PromptedRepresentation):
    """Let a local model of transformers go on with a prompt; what it adds is the name of the topic.

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
    others
        As in :class:`OpenAI`.

    Raises
    ------
    MissingDependencyError
        ``model`` is a name and transformers is not installed.
    InvalidInputError
        ``model`` is neither.
    """

    default_prompt_ = DEFAULT_TEXT_PROMPT
    model: Any
    pipeline_kwargs: Mapping[str, Any] | None
    random_state: int

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
        ledger: LedgerOrPath | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._keep(locals())
        self.model = transformers_pipeline("TextGeneration", model)

    def _provider(self) -> PipelineProvider:
        name = getattr(getattr(self.model, "model", None), "name_or_path", None) or type(self.model).__name__
        return PipelineProvider(
            model=str(name),
            parameters=dict(self.pipeline_kwargs or {}),
            client=self.model,
            random_state=self.random_state,
        )


def transformers_pipeline(what: str, model: Any, task: str | None = None) -> Any:
    """The pipeline of transformers for the name of a model, or what was given in its place.

    Raises
    ------
    MissingDependencyError
        ``model`` is a name and transformers is not installed.
    InvalidInputError
        ``model`` is neither a name nor callable.
    """
    if not isinstance(model, str):
        if not callable(model):
            raise InvalidInputError(
                f"{what} needs the name of a model or a transformers pipeline; got {type(model).__name__}"
            )
        return model
    try:
        from transformers import pipeline
    except ImportError as error:
        raise MissingDependencyError(install_hint(what, "transformers")) from error
    return pipeline(task, model=model) if task else pipeline(model=model)


def _llama(path: str) -> Any:
    try:
        from llama_cpp import Llama
    except ImportError as error:
        raise MissingDependencyError(install_hint("LlamaCPP", "llama_cpp")) from error
    return Llama(model_path=path, n_ctx=CONTEXT_TOKENS, n_gpu_layers=-1, verbose=False)
