"""Prompts that ask for the name of a topic, and what is made of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from leitmotif.errors import InvalidInputError

__all__ = [
    "DEFAULT_CHAIN_PROMPT",
    "DEFAULT_PROMPT",
    "DEFAULT_SYSTEM_PROMPT",
    "DEFAULT_TEXT_PROMPT",
    "DOCUMENTS_TAG",
    "KEYWORDS_TAG",
    "check_truncation",
    "clean_label",
    "fill",
    "truncate_document",
]

KEYWORDS_TAG = "[KEYWORDS]"
DOCUMENTS_TAG = "[DOCUMENTS]"

DEFAULT_SYSTEM_PROMPT = "You name groups of texts. You answer with one short, specific name and nothing else."

DEFAULT_PROMPT = """Some texts were grouped because they treat the same topic. These are typical of the group:
[DOCUMENTS]
Words that set the group apart from the others: [KEYWORDS]

Give the topic a name of at most five words. Answer in this form:
topic: <name>
"""

DEFAULT_TEXT_PROMPT = """A topic is described by these keywords: [KEYWORDS]
A short name for the topic is:"""

DEFAULT_CHAIN_PROMPT = "What is the common topic of these texts? Give a name of at most five words and nothing else."


def fill(prompt: str, words: Sequence[str], documents: Sequence[str] = (), *, keyword_separator: str = ", ") -> str:
    """A prompt with the words of a topic for ``[KEYWORDS]``, and its documents, one a line, for ``[DOCUMENTS]``.

    Both tags are replaced in one pass: a document that contains a tag is left as it is.
    """
    values = {
        KEYWORDS_TAG: keyword_separator.join(words),
        DOCUMENTS_TAG: "".join(f"- {document}\n" for document in documents),
    }
    return re.sub(r"\[KEYWORDS\]|\[DOCUMENTS\]", lambda tag: values[tag.group()], prompt)


def clean_label(answer: str | None) -> str:
    """The name in an answer: its first line with text, without ``topic:`` before it or quotes around it; "" for none.

    What a reasoning model thinks aloud between ``<think>`` and ``</think>`` is left out.
    """
    text = re.sub(r"<think>.*?</think>", "", answer or "", flags=re.DOTALL)
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = (
        re.sub(r"^\**topic(?: name| label)?\**\s*:\s*\**\s*", "", line, flags=re.IGNORECASE).strip().strip("*").strip()
    )
    for opening, closing in ('""', "''", "“”", "``"):
        if len(line) > 1 and line[0] == opening and line[-1] == closing:
            line = line[1:-1].strip()
    return line


def check_truncation(doc_length: int | None, tokenizer: Any) -> None:
    """Raise if only one of ``doc_length`` and ``tokenizer`` is given, or the tokenizer is nothing that can cut a text.

    Raises
    ------
    InvalidInputError
        It is a ValueError.
    """
    if (doc_length is None) != (tokenizer is None):
        given, lacking = ("tokenizer", "doc_length") if doc_length is None else ("doc_length", "tokenizer")
        raise InvalidInputError(
            f'{given} was given without {lacking}: pass both, for example doc_length=100, tokenizer="whitespace"'
        )
    names = ("char", "whitespace", "vectorizer")
    is_object = hasattr(tokenizer, "encode") and hasattr(tokenizer, "decode")
    if tokenizer is not None and tokenizer not in names and not is_object:
        raise InvalidInputError(f"tokenizer must be one of {names} or have encode() and decode(); got {tokenizer!r}")


def truncate_document(topic_model: Any, doc_length: int | None, tokenizer: Any, document: str) -> str:
    """The beginning of a document: at most ``doc_length`` characters or tokens; the whole without ``doc_length``.

    Parameters
    ----------
    topic_model : fitted model or None
        Its vectorizer cuts where ``tokenizer`` is ``"vectorizer"``.
    doc_length : int or None
    tokenizer : {"char", "whitespace", "vectorizer"}, object with encode and decode, or None
    document : str

    Raises
    ------
    InvalidInputError
        ``doc_length`` without a tokenizer, or one that is none of the above.
    """
    if doc_length is None:
        return document
    check_truncation(doc_length, tokenizer)
    if tokenizer == "char":
        return document[:doc_length]
    if tokenizer == "whitespace":
        return " ".join(document.split()[:doc_length])
    if tokenizer == "vectorizer":
        tokenize = topic_model.vectorizer_model.build_tokenizer() if topic_model is not None else _words
        return " ".join(tokenize(document)[:doc_length])
    tokens = tokenizer.encode(document)
    cut: str = document if len(tokens) <= doc_length else tokenizer.decode(tokens[:doc_length])
    return cut


def _words(text: str) -> list[str]:
    return re.findall(r"(?u)\b\w\w+\b", text)
