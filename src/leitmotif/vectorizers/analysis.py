"""How a text becomes terms: decoding, preprocessing, tokens, n-grams and stop words, as scikit-learn's text classes mean them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.estimator import Estimator
from leitmotif.kernels.accents import accent_stripper
from leitmotif.vectorizers.english import ENGLISH_STOP_WORDS

__all__ = ["DEFAULT_PATTERN", "TextAnalysis"]

DEFAULT_PATTERN = r"(?u)\b\w\w+\b"

_SPACES = re.compile(r"\s\s+")


class TextAnalysis(Estimator):
    """The parameters ``input`` to ``ngram_range`` of scikit-learn's text vectorizers, and what is built from them."""

    _takes: ClassVar[tuple[str, ...]] = ("string",)

    input: str
    encoding: str
    decode_error: str
    strip_accents: Any
    lowercase: bool
    preprocessor: Callable[[Any], str] | None
    tokenizer: Callable[[str], Sequence[str]] | None
    stop_words: Any
    token_pattern: str | None
    ngram_range: tuple[int, int]
    analyzer: Any

    def decode(self, doc: Any) -> str:
        """The text of a document: read and decoded as ``input``, ``encoding`` and ``decode_error`` say."""
        if self.input == "filename":
            with open(doc, "rb") as file:  # noqa: PTH123 - any path-like, as in scikit-learn
                doc = file.read()
        elif self.input == "file":
            doc = doc.read()
        if isinstance(doc, bytes):
            doc = doc.decode(self.encoding, self.decode_error)
        if doc is np.nan:
            raise InvalidInputError("np.nan is no document: pass texts only")
        return doc

    def build_preprocessor(self) -> Callable[[Any], str]:
        """What is done to a text before it is cut: ``preprocessor``, else lower case and accents."""
        if self.preprocessor is not None:
            return self.preprocessor
        strip, lowercase = accent_stripper(self.strip_accents), self.lowercase

        def preprocess(text: str) -> str:
            text = text.lower() if lowercase else text
            return text if strip is None else strip(text)

        return preprocess

    def build_tokenizer(self) -> Callable[[str], Sequence[str]]:
        """What cuts a text into tokens: ``tokenizer``, else all that ``token_pattern`` finds."""
        if self.tokenizer is not None:
            return self.tokenizer
        if self.token_pattern is None:
            raise InvalidInputError("token_pattern is None, and so is tokenizer: nothing says how to cut the texts")
        pattern = re.compile(self.token_pattern)
        if pattern.groups > 1:
            raise InvalidInputError(
                f"token_pattern={self.token_pattern!r} has {pattern.groups} groups: use one at most (make the others (?:…))"
            )
        return pattern.findall

    def get_stop_words(self) -> frozenset[str] | None:
        """The stop words, or None."""
        if isinstance(self.stop_words, str):
            if self.stop_words != "english":
                raise InvalidInputError(
                    f"stop_words={self.stop_words!r} is no list known here: 'english', or a list of words"
                )
            return ENGLISH_STOP_WORDS
        return None if self.stop_words is None else frozenset(self.stop_words)

    def build_analyzer(self) -> Callable[[Any], list[str]]:
        """What makes a list of terms of a document."""
        if callable(self.analyzer):
            analyze = self.analyzer
            return lambda doc: analyze(self.decode(doc))
        preprocess, (shortest, longest) = self.build_preprocessor(), self.ngram_range
        if self.analyzer == "char":
            return lambda doc: list(_character_grams(preprocess(self.decode(doc)), shortest, longest))
        if self.analyzer == "char_wb":
            return lambda doc: list(_grams_within_words(preprocess(self.decode(doc)), shortest, longest))
        if self.analyzer != "word":
            raise InvalidInputError(f"analyzer must be 'word', 'char', 'char_wb' or a function, got {self.analyzer!r}")
        tokenize, stop_words = self.build_tokenizer(), self.get_stop_words()
        self._warn_of_lost_stop_words(stop_words, preprocess, tokenize)

        def words(doc: Any) -> list[str]:
            tokens = tokenize(preprocess(self.decode(doc)))
            if stop_words is not None:
                tokens = [token for token in tokens if token not in stop_words]
            return list(tokens) if longest == 1 else list(_joined(tokens, shortest, longest))

        return words

    def _warn_of_lost_stop_words(
        self,
        stop_words: frozenset[str] | None,
        preprocess: Callable[[str], str],
        tokenize: Callable[[str], Iterable[str]],
    ) -> None:
        if not stop_words or self.__dict__.get("_stop_words_seen") is self.stop_words:
            return
        self._stop_words_seen = self.stop_words
        try:
            found = {token for word in stop_words for token in tokenize(preprocess(word))}
        except Exception:
            return  # a tokenizer of one's own may not take single words
        if lost := sorted(found - stop_words):
            warnings.warn(
                "Your stop_words may be inconsistent with your preprocessing: cut like the texts they give the tokens "
                f"{lost}, which are not among them.",
                UserWarning,
                stacklevel=4,
            )


def _joined(tokens: Sequence[str], shortest: int, longest: int) -> Iterable[str]:
    for n in range(shortest, min(longest, len(tokens)) + 1):
        for i in range(len(tokens) - n + 1):
            yield tokens[i] if n == 1 else " ".join(tokens[i : i + n])


def _character_grams(text: str, shortest: int, longest: int) -> Iterable[str]:
    text = _SPACES.sub(" ", text)
    for n in range(shortest, min(longest, len(text)) + 1):
        for i in range(len(text) - n + 1):
            yield text[i : i + n]


def _grams_within_words(text: str, shortest: int, longest: int) -> Iterable[str]:
    """N-grams of each word with a space at both ends; a word no longer than n counts once, as a whole."""
    for word in _SPACES.sub(" ", text).split():
        padded = f" {word} "
        for n in range(shortest, longest + 1):
            yield padded[:n]
            for i in range(1, len(padded) - n + 1):
                yield padded[i : i + n]
            if n >= len(padded):
                break
