"""One question to one provider: its own client library, and only the parameters that the user set."""

from __future__ import annotations

import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from leitmotif._lazy import install_hint
from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.llm.failure import NoReplyError
from leitmotif.llm.messages import Prompt, Reply

__all__ = [
    "AnthropicProvider",
    "ChainProvider",
    "CohereProvider",
    "FunctionProvider",
    "LiteLLMProvider",
    "LlamaProvider",
    "OpenAIProvider",
    "PipelineProvider",
    "Provider",
    "connect",
]


class Provider(Protocol):
    """Sends one prompt. ``model`` and ``parameters`` are what a reply is found by in the ledger, beside the prompt."""

    model: str
    parameters: Mapping[str, Any]

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        ...


@dataclass
class _Named:
    model: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    holds_to_schema: bool = False
    """Whether a prompt's schema is sent along."""

    def secrets(self) -> list[str]:
        """Keys that must not be repeated in a message."""
        client = getattr(self, "client", None)
        found = [getattr(client, name, None) for name in ("api_key", "auth_token")]
        found += [getattr(getattr(client, "_client_wrapper", None), "_token", None)]  # where Cohere's client keeps it
        found += [value for name, value in os.environ.items() if name.endswith("_API_KEY")]
        given = [value for name, value in self.parameters.items() if "key" in name.lower()]
        return [value for value in [*found, *given] if isinstance(value, str) and len(value) > 5]


@dataclass
class OpenAIProvider(_Named):
    """Any server with OpenAI's chat protocol, through ``client.chat.completions.create``."""

    client: Any = None

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        options = dict(self.parameters)
        if prompt.schema is not None and self.holds_to_schema:
            form = {"name": "answer", "strict": True, "schema": dict(prompt.schema)}
            options.setdefault("response_format", {"type": "json_schema", "json_schema": form})
        create = self.client.chat.completions.create
        return _openai_reply(create(model=self.model, messages=prompt.messages(), **_accepted(create, options)))


@dataclass
class AnthropicProvider(_Named):
    """Anthropic's Messages, through ``client.messages.create``; it asks for ``max_tokens``, 1,024 unless set."""

    client: Any = None

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        options: dict[str, Any] = {"max_tokens": 1024, **self.parameters}
        if prompt.system is not None:
            options["system"] = prompt.system
        if prompt.schema is not None and self.holds_to_schema:
            options.setdefault("output_config", {"format": {"type": "json_schema", "schema": dict(prompt.schema)}})
        messages = [{"role": "user", "content": prompt.user}]
        create = self.client.messages.create
        answer = create(model=self.model, messages=messages, **_accepted(create, options))
        blocks = _get(answer, "content") or []
        usage = _get(answer, "usage")
        return Reply(
            texts=("".join(_get(block, "text") or "" for block in blocks if _get(block, "type") == "text"),),
            finish=_get(answer, "stop_reason"),
            input_tokens=_get(usage, "input_tokens"),
            output_tokens=_get(usage, "output_tokens"),
        )


@dataclass
class CohereProvider(_Named):
    """Cohere's chat: its second protocol (``messages=``), or with ``first`` BERTopic's way (``message=``, ``preamble=``)."""

    client: Any = None
    first: bool = False
    request_options: Mapping[str, Any] | None = None

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        options = dict(self.parameters)
        if self.request_options is not None:
            options["request_options"] = dict(self.request_options)
        if self.first:
            if prompt.system is not None:
                options["preamble"] = prompt.system
            answer = self.client.chat(model=self.model, message=prompt.user, **options)
            return Reply(texts=(_get(answer, "text") or "",), finish=_get(answer, "finish_reason"))
        if prompt.schema is not None and self.holds_to_schema:
            options.setdefault("response_format", {"type": "json_object", "schema": dict(prompt.schema)})
        answer = self.client.chat(model=self.model, messages=prompt.messages(), **options)
        blocks = _get(_get(answer, "message"), "content") or []
        tokens = _get(_get(answer, "usage"), "tokens")
        return Reply(
            texts=("".join(_get(block, "text") or "" for block in blocks),),
            finish=_get(answer, "finish_reason"),
            input_tokens=_whole(_get(tokens, "input_tokens")),
            output_tokens=_whole(_get(tokens, "output_tokens")),
        )


@dataclass
class LiteLLMProvider(_Named):
    """Any provider that litellm knows, through ``litellm.completion``; ``transport`` is for the library, not the model."""

    transport: Mapping[str, Any] = field(default_factory=dict)

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        try:
            from litellm import completion
        except ImportError as error:
            raise MissingDependencyError(install_hint("LiteLLM", "litellm")) from error
        options: dict[str, Any] = {"model": self.model, "messages": prompt.messages(), **self.transport}
        return _openai_reply(completion(**{**options, **self.parameters}))


@dataclass
class LlamaProvider(_Named):
    """A model of llama-cpp-python, through ``create_chat_completion``; one question at a time, as it is not for threads."""

    client: Any = None
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        options = dict(self.parameters)
        if prompt.schema is not None and self.holds_to_schema:
            options.setdefault("response_format", {"type": "json_object", "schema": dict(prompt.schema)})
        with self._turn:
            return _openai_reply(self.client.create_chat_completion(messages=prompt.messages(), **options))


@dataclass
class PipelineProvider(_Named):
    """A text-generation pipeline of transformers: what it adds to the prompt is the reply; torch gets a seed for the call.

    With ``chat`` it gets messages, which its tokenizer puts into the form that the model was trained with.
    """

    client: Any = None
    random_state: int = 42
    chat: bool = False
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        text = prompt.user if prompt.system is None else f"{prompt.system}\n\n{prompt.user}"
        with self._turn, _torch_seed(self.random_state):
            answers = self.client(prompt.messages() if self.chat else text, **self.parameters)
        return Reply(texts=tuple(_generated(answer, text) for answer in answers))


@dataclass
class ChainProvider(_Named):
    """A chain of LangChain, which gets all questions in one ``batch``, or one by ``invoke``."""

    client: Any = None
    config: Mapping[str, Any] | None = None
    with_documents: bool = True

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        found = self.send_all([prompt])[0]
        if isinstance(found, BaseException):
            raise found
        return found

    def send_all(self, prompts: Sequence[Prompt]) -> list[Reply | BaseException]:
        """A reply or an exception for each prompt."""
        questions = [self._question(prompt) for prompt in prompts]
        try:
            if not hasattr(self.client, "batch"):
                return [_chain_reply(self.client.invoke(question)) for question in questions]
            answers = self.client.batch(questions, config=self.config, return_exceptions=True)
        except Exception as error:  # the chain as a whole failed
            return [error] * len(questions)
        return [answer if isinstance(answer, BaseException) else _chain_reply(answer) for answer in answers]

    def _question(self, prompt: Prompt) -> Any:
        text = prompt.user if prompt.system is None else f"{prompt.system}\n\n{prompt.user}"
        if not self.with_documents:
            return text
        make = _document_class()
        return {"input_documents": [make(page_content=text) for text in prompt.documents], "question": text}


@dataclass
class FunctionProvider(_Named):
    """A Python function: text of the prompt -> answer; what the system is told stands before the question."""

    function: Callable[..., Any] | None = None

    def send(self, prompt: Prompt) -> Reply:
        """The reply; whatever the library raises goes through."""
        assert self.function is not None
        text = prompt.user if prompt.system is None else f"{prompt.system}\n\n{prompt.user}"
        answer = self.function(text, **self.parameters)
        if isinstance(answer, Reply):
            return answer
        if answer is None or isinstance(answer, str):
            return Reply(texts=(answer or "",))
        raise InvalidInputError(f"the function of the language model must give a str; got {type(answer).__name__}")


def connect(
    client: Any = None,
    model: str | None = None,
    *,
    provider: str | None = None,
    base_url: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    timeout_s: float | None = None,
    own_retries: bool = False,
    structured: bool = True,
) -> Provider:
    """The provider for a client object, a function, or a name.

    Parameters
    ----------
    client : object, optional
        A client of ``openai``, ``anthropic`` or ``cohere``, a LangChain runnable, a transformers pipeline, a
        ``llama_cpp.Llama``, a plain function text -> text, or a ready provider (anything with ``send``).
    model : str, optional
        Name of the model; needed for all but local objects and functions.
    provider : {"openai", "anthropic", "cohere", "litellm"}, optional
        Which client to make where none is given, default "openai". Keys come from the environment, as each library reads them.
    base_url : str, optional
        Where the server is: any that speaks the provider's protocol.
    parameters : mapping, optional
        Sent with each prompt as they are; nothing else is.
    timeout_s : float, optional
        Seconds after which a request is given up.
    own_retries : bool
        Leave the client library's own retries on; otherwise they are off, so that each request is counted.
    structured : bool
        Send a prompt's JSON schema where the provider can hold to it.

    Raises
    ------
    InvalidInputError
        Nothing that can be asked.
    MissingDependencyError
        The provider's library is not installed.
    """
    given = dict(parameters or {})
    if client is None:
        if model is None:
            raise InvalidInputError(
                'a language model needs its name: model="gpt-4o-mini", or a client object or function'
            )
        if provider == "litellm":
            own = None if own_retries else 0
            given_ones = (("api_base", base_url), ("timeout", timeout_s), ("max_retries", own))
            extra = {name: value for name, value in given_ones if value is not None}
            return LiteLLMProvider(model=model, parameters=given, transport=extra)
        client = _make_client(provider or "openai", base_url)
    if hasattr(client, "send") and hasattr(client, "model") and hasattr(client, "parameters"):
        ready: Provider = client
        return ready
    name = model or str(getattr(client, "model", None) or getattr(client, "model_path", None) or type(client).__name__)
    if hasattr(client, "chat") and hasattr(client.chat, "completions"):
        tuned = _tuned(client, timeout_s, own_retries)
        return OpenAIProvider(
            model=_required(model, client), parameters=given, client=tuned, holds_to_schema=structured
        )
    if hasattr(client, "messages") and hasattr(client.messages, "create"):
        tuned = _tuned(client, timeout_s, own_retries)
        return AnthropicProvider(
            model=_required(model, client), parameters=given, client=tuned, holds_to_schema=structured
        )
    if callable(getattr(client, "chat", None)):
        options: dict[str, Any] = {} if own_retries else {"max_retries": 0}
        if timeout_s is not None:
            options["timeout_in_seconds"] = timeout_s
        return CohereProvider(
            model=_required(model, client),
            parameters=given,
            client=client,
            request_options=options or None,
            holds_to_schema=structured,
        )
    if hasattr(client, "create_chat_completion"):
        return LlamaProvider(model=name, parameters=given, client=client, holds_to_schema=structured)
    if hasattr(client, "invoke"):
        return ChainProvider(model=name, parameters=given, client=client, with_documents=False)
    if callable(client) and hasattr(client, "tokenizer"):
        is_chat = getattr(client.tokenizer, "chat_template", None) is not None
        return PipelineProvider(model=name, parameters=given, client=client, chat=is_chat)
    if callable(client):
        own_name = model or str(getattr(client, "__qualname__", None) or type(client).__qualname__)
        return FunctionProvider(model=own_name, parameters=given, function=client)
    raise InvalidInputError(
        f"a language model is a client of openai, anthropic or cohere, a LangChain runnable, a pipeline, a Llama or a "
        f"function text -> text; got {type(client).__name__}"
    )


def _make_client(provider: str, base_url: str | None) -> Any:
    known = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "cohere": "CO_API_KEY"}
    if provider not in known:
        raise InvalidInputError(f"provider must be one of {[*known, 'litellm']}; got {provider!r}")
    options: dict[str, Any] = {} if base_url is None else {"base_url": base_url}
    if base_url is not None and not os.environ.get(known[provider]):
        options["api_key"] = "none"  # local servers ask for no key, the libraries for some text
    try:
        if provider == "openai":
            from openai import OpenAI

            return OpenAI(**options)
        if provider == "anthropic":
            from anthropic import Anthropic

            return Anthropic(**options)
        from cohere import ClientV2

        return ClientV2(**options)
    except ImportError as error:
        raise MissingDependencyError(install_hint(f"the provider {provider!r}", provider)) from error
    except Exception as error:  # each library has its own error for a missing key
        if os.environ.get(known[provider]):
            raise
        raise InvalidInputError(
            f"the provider {provider!r} needs a key: set {known[provider]}, or pass a client object ({type(error).__name__})"
        ) from error


def _tuned(client: Any, timeout_s: float | None, own_retries: bool) -> Any:
    """The client without retries of its own and with the time-out, where it can be told so."""
    options: dict[str, Any] = {} if own_retries else {"max_retries": 0}
    if timeout_s is not None:
        options["timeout"] = timeout_s
    return client.with_options(**options) if options and hasattr(client, "with_options") else client


def _accepted(create: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """The options, those that this version of the library has no argument for put into the body as they are."""
    try:
        known = inspect.signature(create).parameters
    except (TypeError, ValueError):
        return options
    if "extra_body" not in known or any(argument.kind is argument.VAR_KEYWORD for argument in known.values()):
        return options
    unknown = {name: value for name, value in options.items() if name not in known}
    if not unknown:
        return options
    body = {**unknown, **options.get("extra_body", {})}
    return {**{name: value for name, value in options.items() if name in known}, "extra_body": body}


def _required(model: str | None, client: Any) -> str:
    if model is None:
        raise InvalidInputError(f"{type(client).__name__} needs the name of a model: model=…")
    return model


def _openai_reply(answer: Any) -> Reply:
    choices = _get(answer, "choices")
    if not choices:
        inner = _get(answer, "error")
        code = _get(inner, "code")
        said = _get(inner, "message") or f"the reply holds no choices: {str(answer)[:200]}"
        raise NoReplyError(str(said), code if isinstance(code, int) else 200)
    message, usage = _get(choices[0], "message"), _get(answer, "usage")
    return Reply(
        texts=(_get(message, "content") or "",),
        finish=_get(choices[0], "finish_reason"),
        input_tokens=_whole(_get(usage, "prompt_tokens")),
        output_tokens=_whole(_get(usage, "completion_tokens")),
    )


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _generated(answer: Any, prompt: str) -> str:
    text = answer["generated_text"]
    if isinstance(text, list):  # chat pipelines give the messages back
        return str(text[-1]["content"])
    return str(text).removeprefix(prompt)


def _chain_reply(answer: Any) -> Reply:
    if isinstance(answer, Mapping):
        answer = answer.get("output_text", "")
    return Reply(texts=(str(getattr(answer, "content", answer)),))


@dataclass
class _Document:
    """Stands for LangChain's document where only something like a chain is used."""

    page_content: str
    metadata: dict[str, Any] = field(default_factory=dict)


def _document_class() -> Any:
    try:
        from langchain_core.documents import Document
    except ImportError:
        return _Document
    return Document


@contextmanager
def _torch_seed(seed: int) -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
