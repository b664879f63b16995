"""The default of :class:`leitmotif.BERTopic`: words without stop words, and phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.counts import TermLookup, join_terms, tokenize, unigram_counts
from leitmotif.kernels.phrases import phrases
from leitmotif.kernels.scripts import with_words
from leitmotif.typing import SparseMatrix
from leitmotif.vectorizers.count import CountVectorizer
from leitmotif.vectorizers.stopwords import code_of, languages_of, stop_words

__all__ = ["WordVectorizer"]


class WordVectorizer(CountVectorizer):
    """Count what may stand among the words of a topic.

    - Stop words are left out: those of the languages that the corpus is found to be in, or of ``language``, or a list.
    - Numbers are left out, years are not.
    - Texts without spaces between words (Chinese, Japanese, Thai …) are cut into words by statistics
      (:mod:`leitmotif.kernels.scripts`).
    - With ``ngram_range=(1, 2)``, neighbouring words that are a phrase ("neural networks") are a term besides their words.

    Parameters
    ----------
    language : str, optional
        Name or code of the language of texts that do not show it (titles, texts without stop words).
    stop_words : "auto", list of str or None
    ngram_range : (int, int)
        Words of the shortest and longest term. Longer ones than a word are phrases by statistics
        (:func:`leitmotif.kernels.phrases.phrases`), not every n-gram, and reach over no stop word.
    min_df, max_df, max_features
        As in :class:`CountVectorizer`.

    Attributes
    ----------
    languages_ : list of str
        Codes of the languages found, or of ``language``.
    lexicon_ : frozenset of str
        The words by which texts without spaces are cut.

    Examples
    --------
    >>> vectorizer = WordVectorizer()
    >>> vectorizer.fit_transform(["the cat and the dog of 12", "a cat is in the house", "the dog of the house"]).toarray()
    array([[1, 1, 0],
           [1, 0, 1],
           [0, 1, 1]])
    >>> vectorizer.get_feature_names_out().tolist(), vectorizer.languages_
    (['cat', 'dog', 'house'], ['en'])
    """

    with_topic_words: ClassVar[bool] = True
    """Where nothing else is asked for, :class:`leitmotif.representation.TopicWords` chooses among its terms."""

    learned: ClassVar[tuple[str, ...]] = ("languages_", "lexicon_")
    """Attributes that follow from the corpus, and that later texts are read by."""

    def __init__(
        self,
        *,
        language: str | None = "english",
        stop_words: Any = "auto",
        ngram_range: tuple[int, int] = (1, 1),
        min_df: float = 1,
        max_df: float = 1.0,
        max_features: int | None = None,
    ) -> None:
        super().__init__(
            stop_words=stop_words, ngram_range=ngram_range, min_df=min_df, max_df=max_df, max_features=max_features
        )
        self.language = language

    def get_stop_words(self) -> frozenset[str] | None:
        """The words left out; none before the fit where they depend on the corpus."""
        if not isinstance(self.stop_words, str):
            return super().get_stop_words()
        if self.stop_words != "auto":
            raise InvalidInputError(f'stop_words={self.stop_words!r}: pass "auto", a list of words, or None')
        return stop_words(getattr(self, "languages_", ()))

    def get_state(self) -> dict[str, Any]:
        """Parameters, languages and terms as plain data, for a file; :meth:`from_state` goes on from there."""
        params = self.get_params() | {"ngram_range": list(self.ngram_range)}
        learned = {name.strip("_"): sorted(getattr(self, name, ())) for name in self.learned}
        return {"params": params, "terms": self.get_feature_names_out(), **learned}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> WordVectorizer:
        """The vectorizer of :meth:`get_state`."""
        made = cls(**{**state["params"], "ngram_range": tuple(state["params"]["ngram_range"])})
        made.languages_ = [str(code) for code in state["languages"]]
        made.lexicon_ = frozenset(str(word) for word in state["lexicon"])
        made.adopt_terms(np.asarray(state["terms"], dtype=object))
        return made

    def _count_all(self, documents: Iterable[Any]) -> tuple[SparseMatrix, np.ndarray, Callable[[Any], np.ndarray]]:
        stream, self.lexicon_ = with_words(tokenize(self._texts(documents), marks=True), None)
        counts = unigram_counts(stream)
        given = code_of(self.language)
        self.languages_ = languages_of(counts, stream.words) or ([given] if given else [])
        stopped = self.get_stop_words() or frozenset()
        usable = np.array([_is_word(word) and word not in stopped for word in stream.words], dtype=bool)
        shortest, longest = self.ngram_range
        words = [stream.words[column] for column in np.flatnonzero(usable)] if shortest == 1 else []
        grams = phrases(stream, usable, longest)
        longer = join_terms(stream.words, grams[(grams >= 0).sum(axis=1) >= shortest]).tolist()
        names = np.empty(len(words) + len(longer), dtype=object)
        names[:] = sorted([*words, *longer])
        matrix = counts[:, np.flatnonzero(usable)]
        if longest > 1:
            matrix = TermLookup(names.tolist()).count(stream, self.ngram_range)
        return matrix, names, lambda kept: kept

    def _count_known(self, documents: Iterable[Any]) -> SparseMatrix:
        if not self._n_terms():
            raise InvalidInputError("Vocabulary is empty: there is nothing to count")
        stream, _ = with_words(tokenize(self._texts(documents), marks=True), getattr(self, "lexicon_", frozenset()))
        # Stop words are no terms, and stay where they are: no phrase reaches over one.
        return self._term_lookup().count(stream, self.ngram_range).astype(self.dtype, copy=False)

    @staticmethod
    def _texts(documents: Iterable[Any]) -> list[Any]:
        return documents.tolist() if isinstance(documents, np.ndarray) else list(documents)

    def _is_default(self) -> bool:
        return True


def _is_word(word: str) -> bool:
    """Letters, perhaps with digits in between, or a year."""
    if word.isdigit():
        return len(word) == 4 and word[:2] in ("17", "18", "19", "20")
    return not word.startswith("_") and not word.endswith("_") and any(map(str.isalpha, word))
