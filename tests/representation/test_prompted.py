"""Models that ask language models: prompts, calls, answers, and failures that cost no fit."""

from __future__ import annotations

import logging
import sys
from types import ModuleType, SimpleNamespace

import pytest

from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.llm.prompt import clean_label, fill, truncate_document
from leitmotif.llm.retry import retry_with_exponential_backoff
from leitmotif.representation import (
    Cohere,
    LangChain,
    LiteLLM,
    LlamaCPP,
    OpenAI,
    TextGeneration,
    ZeroShotClassification,
)


class Chat:
    """Answers with the names given, one a call; an exception among them is raised. Keeps what it was asked."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.calls: list[dict] = []

    def answer(self, **arguments) -> str:
        self.calls.append(arguments)
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def openai_client(chat: Chat):
    def create(**arguments):
        return SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=chat.answer(**arguments)))])

    return SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=create)))


def openai(chat: Chat, /, **options):
    return OpenAI(openai_client(chat), **{"concurrency": 1, **options})  # the answers come in order


def cohere(chat: Chat, /, **options):
    return Cohere(
        SimpleNamespace(chat=lambda **arguments: SimpleNamespace(text=chat.answer(**arguments))),
        concurrency=1,
        **options,
    )


def llamacpp(chat: Chat, /, **options):
    def create(**arguments):
        return {"choices": [{"message": {"content": chat.answer(**arguments)}}]}

    return LlamaCPP(SimpleNamespace(create_chat_completion=create), **options)


def textgeneration(chat: Chat, /, **options):
    return TextGeneration(lambda prompt, **o: [{"generated_text": prompt + chat.answer(prompt=prompt, **o)}], **options)


def langchain(chat: Chat, /, **options):
    def batch(questions, config=None, return_exceptions=False):
        assert return_exceptions
        answers = []
        for question in questions:
            try:
                answers.append({"output_text": chat.answer(config=config, **question)})
            except RuntimeError as error:
                answers.append(error)
        return answers

    return LangChain(SimpleNamespace(batch=batch), **options)


@pytest.fixture
def litellm(monkeypatch: pytest.MonkeyPatch):
    def make(chat: Chat, /, **options):
        module = ModuleType("litellm")
        module.completion = lambda **a: {"choices": [{"message": {"content": chat.answer(**a)}}]}
        monkeypatch.setitem(sys.modules, "litellm", module)
        return LiteLLM(concurrency=1, **options)

    return make


PROVIDERS = ["openai", "cohere", "llamacpp", "textgeneration", "langchain", "litellm"]


@pytest.fixture(params=PROVIDERS)
def make(request):
    return request.getfixturevalue("litellm") if request.param == "litellm" else globals()[request.param]


def test_every_topic_gets_the_name_in_the_answer(make, evidence, words) -> None:
    chat = Chat("topic: Odds and ends", ' "Space travel"\nbecause rockets', "**Topic:** Baking", "Nothing")
    model = make(chat)
    found = model.represent(evidence, words)
    assert found == {
        -1: [("Odds and ends", 1.0)],
        0: [("Space travel", 1.0)],
        1: [("Baking", 1.0)],
        7: [("Nothing", 1.0)],
    }
    assert len(model.prompts_) == 4
    assert len(chat.calls) == 4


def test_a_failed_call_costs_a_name_and_no_fit(make, evidence, words, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        found = make(Chat("A", RuntimeError("no credit"), "  \n ", "D")).represent(evidence, words)
    assert found == {-1: [("A", 1.0)], 0: words[0], 1: words[1], 7: [("D", 1.0)]}
    assert "no credit" in caplog.text and "topic 0" in caplog.text and "topic 1" in caplog.text


def test_the_prompt_has_the_words_and_typical_documents(evidence, words) -> None:
    chat = Chat(*"ABCD")
    model = openai(chat, prompt="K [KEYWORDS]\nD\n[DOCUMENTS]", system_prompt="S", nr_docs=2)
    model.represent(evidence, words)
    keywords = ", ".join(word for word, _ in words[0])
    lines = model.prompts_[1].splitlines()
    assert lines[:2] == [f"K {keywords}", "D"]
    assert len(lines) == 4 and all(line.startswith("- ") and line[2:] in evidence.documents for line in lines[2:])
    assert len(set(lines[2:])) == 2  # the copy of a document does not come twice
    assert chat.calls[1] == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": model.prompts_[1]}],
    }
    assert model.prompts_[3] == "K \nD\n"


def test_default_prompts_fill_every_tag(make, evidence, words) -> None:
    model = make(Chat(*"ABCD"))
    model.represent(evidence, words)
    assert not any("[KEYWORDS]" in prompt or "[DOCUMENTS]" in prompt for prompt in model.prompts_)


def test_options_go_to_openai_as_given_and_stay_as_they_were(evidence, words) -> None:
    chat, options = Chat(*"ABCD"), {"model": "other", "stop": "\n", "prompt": "x"}
    openai(chat, generator_kwargs=options, chat=True, exponential_backoff=True).represent(evidence, words)
    assert chat.calls[0]["model"] == "other" and chat.calls[0]["stop"] == "\n" and "prompt" not in chat.calls[0]
    assert options == {"model": "other", "stop": "\n", "prompt": "x"}


def test_cohere_is_called_as_bertopic_calls_it(evidence, words) -> None:
    chat = Chat(*"ABCD")
    model = cohere(chat, system_prompt="S")
    model.represent(evidence, words)
    assert chat.calls[0] == {
        "model": "command-r",
        "preamble": "S",
        "message": model.prompts_[0],
        "max_tokens": 50,
        "stop_sequences": ["\n"],
    }


def test_langchain_gets_documents_beside_the_question(evidence, words) -> None:
    chat = Chat(*"ABCD")
    langchain(chat, prompt="about [KEYWORDS]", nr_docs=1, chain_config={"max_concurrency": 2}).represent(
        evidence, words
    )
    assert chat.calls[1]["question"] == "about " + ", ".join(word for word, _ in words[0])
    assert [d.page_content in evidence.documents for d in chat.calls[1]["input_documents"]] == [True]
    assert chat.calls[1]["config"] == {"max_concurrency": 2}


def test_a_real_chain_gets_langchains_documents(evidence, words) -> None:
    runnables = pytest.importorskip("langchain_core.runnables", reason="langchain-core is not installed")
    from langchain_core.documents import Document
    from langchain_core.messages import AIMessage

    def answer(question: dict) -> AIMessage:
        assert all(isinstance(document, Document) for document in question["input_documents"])
        return AIMessage(f"topic: {len(question['input_documents'])} on {question['question']}")

    found = LangChain(runnables.RunnableLambda(answer), prompt="[KEYWORDS]", nr_docs=1).represent(evidence, words)
    assert found[0] == [("1 on " + ", ".join(word for word, _ in words[0]), 1.0)]


def test_documents_are_cut(evidence, words) -> None:
    model = openai(Chat(*"ABCD"), prompt="[DOCUMENTS]", nr_docs=1, doc_length=2, tokenizer="whitespace")
    model.represent(evidence, words)
    assert model.prompts_[0] == "- planet and\n"


class Characters:
    @staticmethod
    def encode(text: str) -> list[int]:
        return [ord(c) for c in text]

    @staticmethod
    def decode(codes: list[int]) -> str:
        return "".join(map(chr, codes))


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [("char", "One t"), ("whitespace", "One two, a b three!"), ("vectorizer", "One two three"), (Characters, "One t")],
)
def test_truncation(tokenizer, expected: str) -> None:
    assert truncate_document(None, 5, tokenizer, "One two, a b three!") == expected
    assert truncate_document(None, None, None, "One  two") == "One  two"


@pytest.mark.parametrize("options", [{"doc_length": 5}, {"tokenizer": "char"}, {"doc_length": 5, "tokenizer": "word"}])
def test_half_a_truncation_is_refused(options) -> None:
    with pytest.raises(InvalidInputError, match="tokenizer"):
        openai(Chat(), **options)


def test_tags_inside_documents_are_left_alone() -> None:
    assert fill("[DOCUMENTS]|[KEYWORDS]", ["a", "b"], ["say [KEYWORDS]"]) == "- say [KEYWORDS]\n|a, b"


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("topic: Solar power", "Solar power"),
        ("Topic Label: **Solar power**", "Solar power"),
        ("\n\n“Solar power”\nmore", "Solar power"),
        ("<think>\nhm, topic: x\n</think>\ntopic: Solar power", "Solar power"),
        ("Topical creams", "Topical creams"),
        (None, ""),
        ("  ", ""),
    ],
)
def test_the_name_in_an_answer(answer, label: str) -> None:
    assert clean_label(answer) == label


class RateLimitError(Exception):
    status_code = 429


class AuthenticationError(Exception):
    status_code = 401


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr("leitmotif.llm.retry.time.sleep", slept.append)
    return slept


def failing(*errors: Exception):
    rest = list(errors)

    def call(value: str) -> str:
        if rest:
            raise rest.pop(0)
        return value

    return call


def test_tries_come_later_and_later(pauses) -> None:
    call = retry_with_exponential_backoff(
        failing(*[RateLimitError()] * 3), initial_delay=1, exponential_base=3, jitter=False
    )
    assert call("yes") == "yes"
    assert pauses == [1, 3, 9]


def test_what_will_not_pass_is_raised_at_once(pauses) -> None:
    with pytest.raises(AuthenticationError):
        retry_with_exponential_backoff(failing(AuthenticationError()))("x")
    with pytest.raises(RateLimitError):
        retry_with_exponential_backoff(failing(RateLimitError()), errors=KeyError)("x")
    assert pauses == []


def test_tries_end(pauses) -> None:
    with pytest.raises(RateLimitError):
        retry_with_exponential_backoff(failing(*[RateLimitError()] * 9), max_retries=2)("x")
    assert len(pauses) == 2
    assert all(base <= pause <= 2 * base for base, pause in zip([1, 2], pauses, strict=True))


def test_openai_tries_again_where_asked(evidence, words, monkeypatch) -> None:
    pauses = []
    monkeypatch.setattr("leitmotif.llm.run.Run._pause", lambda run, failure, attempt: pauses.append(attempt) or 0.0)
    found = openai(Chat(RateLimitError(), *"ABCD"), exponential_backoff=True).represent(evidence, words)
    assert sorted(pairs[0][0] for pairs in found.values()) == list("ABCD")
    assert pauses == [1]
    monkeypatch.undo()
    assert openai(Chat(RateLimitError(), *"BCD")).represent(evidence, words)[-1] == words[-1]


def test_zero_shot_names_only_what_is_likely(evidence, words) -> None:
    asked = {}

    def classify(texts, labels, **options):
        asked.update(texts=texts, labels=labels, options=options)
        return [{"labels": ["cooking", "space"], "scores": [0.9 if "bread" in text else 0.7, 0.75]} for text in texts]

    found = ZeroShotClassification(["space", "cooking"], model=classify).represent(evidence, words)
    assert found == {**words, 1: [("cooking", 0.9)]}
    assert asked["texts"] == [" ".join(word for word, _ in words[topic]) for topic in (-1, 0, 1)]
    several = ZeroShotClassification(["a"], classify, {"multi_label": True}, min_prob=0.72).represent(evidence, words)
    assert several[1] == [("cooking", 0.9), ("space", 0.75)] and several[0] == [("space", 0.75)]


def test_zero_shot_failures_cost_no_fit(evidence, words, caplog) -> None:
    def classify(*_, **__):
        raise RuntimeError("out of memory")

    with caplog.at_level(logging.WARNING):
        assert ZeroShotClassification(["a"], model=classify).represent(evidence, words) == words
    assert "out of memory" in caplog.text


@pytest.mark.parametrize(
    ("make_model", "library"),
    [
        (lambda: TextGeneration("gpt2"), "transformers"),
        (lambda: ZeroShotClassification(["a"]), "transformers"),
        (lambda: LlamaCPP("model.gguf"), "llama-cpp-python"),
    ],
)
def test_a_missing_library_is_named_when_the_model_is_made(make_model, library: str, monkeypatch) -> None:
    for name in ("transformers", "llama_cpp"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependencyError, match="pip install") as caught:
        make_model()
    assert library in str(caught.value)


@pytest.mark.parametrize(
    "make_model", [lambda: TextGeneration(3), lambda: ZeroShotClassification(["a"], 3), lambda: LlamaCPP(3)]
)
def test_what_is_no_model_is_refused(make_model) -> None:
    with pytest.raises(InvalidInputError):
        make_model()
