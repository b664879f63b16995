"""scikit-learn's ``CountVectorizer``, many times sooner where its default word analyzer is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer as SklearnCountVectorizer

from leitmotif.errors import DocumentsError
from leitmotif.kernels.counts import TermLookup, TokenStream, count_grams, join_terms, tokenize
from leitmotif.kernels.prune import prune_terms
from leitmotif.typing import SparseMatrix

__all__ = ["CountVectorizer"]

DEFAULT_PATTERN = r"(?u)\b\w\w+\b"


class CountVectorizer(SklearnCountVectorizer):
    """Count the terms of documents: parameters, attributes and results of scikit-learn's class, entry for entry.

    The compiled, multi-threaded kernel does the work for the default ``token_pattern`` with ``analyzer="word"`` and
    without a ``tokenizer`` or ``preprocessor`` of one's own (and any ``strip_accents`` by name, ``lowercase``,
    ``stop_words``, ``ngram_range``, ``min_df``, ``max_df``, ``max_features``, ``vocabulary``, ``binary``, ``dtype``);
    in every other case scikit-learn's own code does. See its documentation for the parameters.

    Examples
    --------
    >>> vectorizer = CountVectorizer(ngram_range=(1, 2), stop_words="english")
    >>> vectorizer.fit_transform(["a quiet night", "the night train"]).toarray()
    array([[1, 0, 1, 1, 0],
           [1, 1, 0, 0, 1]])
    >>> vectorizer.get_feature_names_out().tolist()
    ['night', 'night train', 'quiet', 'quiet night', 'train']
    """

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Term -> column. Kept as an array of terms; the dict is made when it is first asked for."""
        vocabulary: dict[str, int] | None = self.__dict__.get("_vocabulary")
        if vocabulary is None:
            terms = self.__dict__.get("_terms")
            if terms is None:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute 'vocabulary_': it is not fitted")
            vocabulary = self._vocabulary = dict(zip(terms.tolist(), range(len(terms)), strict=True))
        return vocabulary

    @vocabulary_.setter
    def vocabulary_(self, vocabulary: dict[str, int]) -> None:
        self._forget()
        self._vocabulary = vocabulary

    @vocabulary_.deleter
    def vocabulary_(self) -> None:
        self._forget()

    def adopt_terms(self, terms: np.ndarray) -> None:
        """Leave the vectorizer as if a fit had kept exactly these terms, in this order of columns."""
        self._forget()
        self._terms = np.asarray(terms, dtype=object)
        self.fixed_vocabulary_ = self.vocabulary is not None

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Term of each column, ndarray of str objects."""
        terms = self.__dict__.get("_terms")
        if terms is None or "_vocabulary" in self.__dict__:  # the dict may have been changed by its owner
            return np.asarray(super().get_feature_names_out(input_features))
        return np.asarray(terms.copy())

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_lookup", None)
        return state

    def _forget(self) -> None:
        for name in ("_vocabulary", "_terms", "_lookup"):
            self.__dict__.pop(name, None)

    def fit_transform(self, raw_documents: Iterable[Any], y: Any = None) -> SparseMatrix:  # noqa: ARG002
        """Learn the vocabulary and count: csr_matrix of ``dtype``, shape (N, V), indices sorted."""
        if self.vocabulary is not None or not self._is_default():
            return super().fit_transform(raw_documents)
        self._validate_params()
        self._check_not_str(raw_documents)
        self._validate_ngram_range()
        stream = self._stream(raw_documents)
        matrix, grams = count_grams(stream, self.ngram_range, self._stop_words())
        if not len(grams):
            raise ValueError("empty vocabulary; perhaps the documents only contain stop words")
        if self.binary:
            matrix.data.fill(1)
        if self._has_limits():
            kept = prune_terms(matrix, self.min_df, self.max_df, self.max_features)
            if len(kept) < len(grams):
                matrix, grams = matrix[:, kept], grams[kept]
        self._forget()
        self._terms = join_terms(stream.words, grams)
        self.fixed_vocabulary_ = False
        return matrix.astype(self.dtype, copy=False)

    def _count_vocab(self, raw_documents: Iterable[Any], fixed_vocab: bool) -> tuple[dict[str, int], SparseMatrix]:
        # scikit-learn's ``transform``, and its ``fit_transform`` with a vocabulary given, count through this.
        if not fixed_vocab or not self._is_default():
            counted: tuple[dict[str, int], SparseMatrix] = super()._count_vocab(raw_documents, fixed_vocab)
            return counted
        matrix = self._term_lookup().count(self._stream(raw_documents), self.ngram_range, self._stop_words())
        return {}, matrix.astype(self.dtype, copy=False)

    def transform(self, raw_documents: Iterable[Any]) -> SparseMatrix:
        """Count the terms of the vocabulary: csr_matrix of ``dtype``, shape (n, V), indices sorted."""
        if self.__dict__.get("_terms") is None or not self._is_default():
            return super().transform(raw_documents)
        self._check_not_str(raw_documents)
        if not len(self._terms):
            raise ValueError("Vocabulary is empty")
        _, matrix = self._count_vocab(raw_documents, fixed_vocab=True)
        if self.binary:
            matrix.data.fill(1)
        return matrix

    def _is_default(self) -> bool:
        kind = type(self)
        return bool(
            isinstance(self.analyzer, str)
            and self.analyzer == "word"
            and self.tokenizer is None
            and self.preprocessor is None
            and self.token_pattern == DEFAULT_PATTERN
            and (self.strip_accents is None or self.strip_accents in ("ascii", "unicode"))
            and kind.build_analyzer is SklearnCountVectorizer.build_analyzer
            and kind.build_tokenizer is SklearnCountVectorizer.build_tokenizer
            and kind.build_preprocessor is SklearnCountVectorizer.build_preprocessor
        )

    def _has_limits(self) -> bool:
        # One document and a share of 1.0 take nothing away; a share of 1.0 at least and one document at most do.
        at_least_one = isinstance(self.min_df, Integral) and self.min_df == 1
        at_most_all = not isinstance(self.max_df, Integral) and self.max_df == 1.0
        return self.max_features is not None or not at_least_one or not at_most_all

    def _stop_words(self) -> frozenset[str] | None:
        self.build_analyzer()  # warns about stop words that the tokenizer would never give
        words = self.get_stop_words()
        return None if words is None else frozenset(words)

    def _stream(self, raw_documents: Iterable[Any]) -> TokenStream:
        documents = raw_documents.tolist() if isinstance(raw_documents, np.ndarray) else list(raw_documents)
        settings = {"lowercase": bool(self.lowercase), "strip_accents": self.strip_accents}
        if self.input == "content":
            try:
                return tokenize(documents, **settings)
            except DocumentsError:
                if not any(isinstance(document, bytes) or document is np.nan for document in documents):
                    raise
        return tokenize([self.decode(document) for document in documents], **settings)

    def _term_lookup(self) -> TermLookup:
        # Somebody may change the dict between two calls; its length tells that it was.
        vocabulary = self.__dict__.get("_vocabulary")
        size = len(self._terms) if vocabulary is None else len(vocabulary)
        lookup: TermLookup | None = self.__dict__.get("_lookup")
        if lookup is None or lookup.n_terms != size:
            terms = self._terms.tolist() if vocabulary is None else sorted(vocabulary, key=vocabulary.__getitem__)
            lookup = self._lookup = TermLookup(terms)
        return lookup

    @staticmethod
    def _check_not_str(raw_documents: Iterable[Any]) -> None:
        if isinstance(raw_documents, str):
            raise DocumentsError("documents must be a list of texts, but one text was given: put it into a list")
