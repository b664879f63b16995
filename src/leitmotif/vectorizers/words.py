"""The default of :class:`leitmotif.BERTopic`: words without stop words, and phrases."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import nullcontext
from typing import Any, ClassVar

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.affixes import stem_of, stems
from leitmotif.kernels.counts import TermLookup, TokenStream, join_terms, tokenize, unigram_counts
from leitmotif.kernels.phrases import phrases
from leitmotif.kernels.scripts import is_unspaced, replaced, with_words
from leitmotif.progress import stage
from leitmotif.typing import SparseMatrix
from leitmotif.vectorizers.count import CountVectorizer
from leitmotif.vectorizers.segment import STATISTICS, are_japanese, check_segmenter, chosen_segmenter, cutter
from leitmotif.vectorizers.stopwords import code_of, languages_of, stop_words

__all__ = ["WordVectorizer"]

logger = logging.getLogger(__name__)

SHOWS_LANGUAGE = 0.5
"""Of the distinct tokens: with more of scripts without spaces, the script tells the language where stop words do not."""


class WordVectorizer(CountVectorizer):
    """Count what may stand among the words of a topic.

    - Stop words are left out: those of the languages that the corpus is found to be in, or of ``language``, or a list.
    - Numbers are left out, years are not.
    - Texts without spaces between words (Chinese, Japanese, Thai …) are cut into words, by a dictionary where one is
      installed, else by statistics (:mod:`leitmotif.kernels.scripts`).
    - Korean particles and Arabic clitics come off where the corpus shows that they are some
      (:mod:`leitmotif.kernels.affixes`).
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
    segmenter : {"auto", "statistics", "jieba", "fugashi"}
        What cuts Chinese and Japanese into words. "auto": fugashi (MeCab with ``unidic-lite``) for Japanese, jieba for
        Chinese, where they are installed, so that another machine may find other words; the others are the same everywhere.

    Attributes
    ----------
    languages_ : list of str
        Codes of the languages found, or of ``language``.
    lexicon_ : frozenset of str
        The words by which texts without spaces are cut; those that the dictionary found, where one was used.
    stems_ : frozenset of str
        Words from which particles or clitics came off.
    segmenter_ : str
        What cut Chinese or Japanese, with its version ("jieba 0.42.1", "statistics"); "" where there was none. A model keeps it.

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

    learned: ClassVar[tuple[str, ...]] = ("languages_", "lexicon_", "stems_", "segmenter_")
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
        segmenter: str = "auto",
    ) -> None:
        super().__init__(
            stop_words=stop_words, ngram_range=ngram_range, min_df=min_df, max_df=max_df, max_features=max_features
        )
        self.language = language
        self.segmenter = segmenter

    def get_stop_words(self) -> frozenset[str] | None:
        """The words left out; none before the fit where they depend on the corpus."""
        if not isinstance(self.stop_words, str):
            return super().get_stop_words()
        if self.stop_words != "auto":
            raise InvalidInputError(f'stop_words={self.stop_words!r}: pass "auto", a list of words, or None')
        return stop_words(getattr(self, "languages_", ()))

    @property
    def cuts_words(self) -> bool:
        """Whether terms are other than what stands between spaces in the texts that it has counted."""
        return any(getattr(self, name, None) for name in ("lexicon_", "stems_", "segmenter_"))

    def build_tokenizer(self) -> Callable[[str], Sequence[str]]:
        """From a text to its words, cut as the texts of the fit were."""
        if not self.cuts_words:
            return super().build_tokenizer()

        def cut(text: str) -> list[str]:
            stream = self._cut(tokenize([text], marks=True))
            return [stream.words[i] for i in stream.ids.tolist()]

        return cut

    def get_state(self) -> dict[str, Any]:
        """Parameters, languages and terms as plain data, for a file; :meth:`from_state` goes on from there."""
        params = self.get_params() | {"ngram_range": list(self.ngram_range)}
        learned = {name.strip("_"): sorted(getattr(self, name, ())) for name in ("languages_", "lexicon_", "stems_")}
        return {
            "params": params,
            "terms": self.get_feature_names_out(),
            **learned,
            "segmenter": getattr(self, "segmenter_", ""),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> WordVectorizer:
        """The vectorizer of :meth:`get_state`."""
        made = cls(**{**state["params"], "ngram_range": tuple(state["params"]["ngram_range"])})
        made.languages_ = [str(code) for code in state["languages"]]
        made.lexicon_ = frozenset(str(word) for word in state["lexicon"])
        made.stems_ = frozenset(str(word) for word in state.get("stems", ()))
        made.segmenter_ = str(state.get("segmenter", ""))
        made.adopt_terms(np.asarray(state["terms"], dtype=object))
        return made

    def _count_all(self, documents: Iterable[Any]) -> tuple[SparseMatrix, np.ndarray, Callable[[Any], np.ndarray]]:
        check_segmenter(self.segmenter)
        stream = tokenize(self._texts(documents), marks=True)
        unspaced, n_tokens = [token for token in stream.words if is_unspaced(token)], len(stream.words)
        self.segmenter_ = chosen_segmenter(self.segmenter, unspaced) if unspaced else ""
        segment = cutter(self.segmenter_)
        if segment is not None:
            logger.info("words of scripts without spaces are cut by %s", self.segmenter_)
        with stage(f"cut words with {self.segmenter_}") if segment is not None else nullcontext():
            stream, self.lexicon_ = with_words(stream, None, segment)
        counts = unigram_counts(stream)
        given = code_of(self.language)
        if len(unspaced) > SHOWS_LANGUAGE * n_tokens:  # its words have no stop words among them that would tell
            given = "ja" if are_japanese(unspaced) else given if given not in (None, "en") else "zh"
        self.languages_ = languages_of(counts, stream.words) or ([given] if given else [])
        stopped = self.get_stop_words() or frozenset()
        times = dict(zip(stream.words, np.asarray(counts.sum(axis=0)).ravel().tolist(), strict=True))
        self.stems_ = stems(
            {word: n for word, n in times.items() if word not in stopped}, arabic="ar" in self.languages_
        )
        if self.stems_:
            stream = self._stemmed(stream, stopped)
            counts = unigram_counts(stream)
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
        stream = self._cut(tokenize(self._texts(documents), marks=True))
        # Stop words are no terms, and stay where they are: no phrase reaches over one.
        return self._term_lookup().count(stream, self.ngram_range).astype(self.dtype, copy=False)

    def _cut(self, stream: TokenStream) -> TokenStream:
        """The stream in words as those of the fit were made."""
        segmenter = getattr(self, "segmenter_", "")
        segment = cutter(segmenter)
        if segment is None and segmenter not in ("", STATISTICS) and any(map(is_unspaced, stream.words)):
            logger.warning(
                "the words of this model were cut by %s, which is not installed: texts are cut by the words that it found",
                segmenter,
            )
        stream, _ = with_words(stream, getattr(self, "lexicon_", frozenset()), segment)
        if getattr(self, "stems_", None):
            terms = self._term_lookup().word_ids(stream.words) >= 0
            stays = {word for word, is_term in zip(stream.words, terms.tolist(), strict=True) if is_term}
            return self._stemmed(stream, stays.union(self.get_stop_words() or ()))
        return stream

    def _stemmed(self, stream: TokenStream, stays: Set[str]) -> TokenStream:
        """The stream with particles and clitics off, but for words that stay: stop words, and those that are terms."""
        names = [word if word in stays else stem_of(word, self.stems_) for word in stream.words]
        return stream if names == stream.words else replaced(stream, [[name] for name in names])

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
