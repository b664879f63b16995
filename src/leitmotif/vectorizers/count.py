"""Texts to counts: scikit-learn's ``CountVectorizer``, entry for entry, and many times sooner for its default words."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_matrix, issparse

from leitmotif.errors import DocumentsError, InvalidInputError, NotFittedError
from leitmotif.kernels.counts import TermLookup, TokenStream, count_grams, join_terms, tokenize
from leitmotif.kernels.prune import prune_terms
from leitmotif.typing import SparseMatrix
from leitmotif.vectorizers.analysis import DEFAULT_PATTERN, TextAnalysis

__all__ = ["CountVectorizer"]


class CountVectorizer(TextAnalysis):
    """Count the terms of documents: parameters, attributes and results are those of scikit-learn's class.

    A compiled, multi-threaded kernel does the work for the default ``token_pattern`` with ``analyzer="word"`` and
    without a ``tokenizer`` or ``preprocessor`` of one's own (and any ``strip_accents`` by name, ``lowercase``,
    ``stop_words``, ``ngram_range``, ``min_df``, ``max_df``, ``max_features``, ``vocabulary``, ``binary``, ``dtype``);
    in every other case each document goes through :meth:`build_analyzer`, which a subclass may override. scikit-learn's
    documentation explains the parameters; the library itself is not needed.

    Attributes
    ----------
    vocabulary_ : dict of str to int
        Term -> column.
    fixed_vocabulary_ : bool
        Whether the vocabulary was given.

    Examples
    --------
    >>> vectorizer = CountVectorizer(ngram_range=(1, 2), stop_words="english")
    >>> vectorizer.fit_transform(["a quiet night", "the night train"]).toarray()
    array([[1, 0, 1, 1, 0],
           [1, 1, 0, 0, 1]])
    >>> vectorizer.get_feature_names_out().tolist()
    ['night', 'night train', 'quiet', 'quiet night', 'train']
    """

    def __init__(
        self,
        *,
        input: str = "content",  # noqa: A002 - scikit-learn's name
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: Any = None,
        lowercase: bool = True,
        preprocessor: Callable[[Any], str] | None = None,
        tokenizer: Callable[[str], Any] | None = None,
        stop_words: Any = None,
        token_pattern: str | None = DEFAULT_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: Any = "word",
        max_df: float = 1.0,
        min_df: float = 1,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        binary: bool = False,
        dtype: Any = np.int64,
    ) -> None:
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.vocabulary = vocabulary
        self.binary = binary
        self.dtype = dtype

    # -- the vocabulary ---------------------------------------------------------------------------

    @property
    def vocabulary_(self) -> dict[str, int]:
        """Term -> column. Kept as an array of terms; the dict is made when it is first asked for."""
        vocabulary: dict[str, int] | None = self.__dict__.get("_vocabulary")
        if vocabulary is None:
            terms = self.__dict__.get("_terms")
            if terms is None:
                raise NotFittedError(f"{type(self).__name__!r} object has no attribute 'vocabulary_': it is not fitted")
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
        adopted = np.asarray(terms, dtype=object)
        if adopted.ndim != 1:
            raise InvalidInputError(f"terms must be a list of texts, got an array of shape {adopted.shape}")
        self._forget()
        self._terms = adopted
        self.fixed_vocabulary_ = self.vocabulary is not None

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:  # noqa: ARG002 - scikit-learn's signature
        """Term of each column, ndarray of str objects."""
        terms = self.__dict__.get("_terms")
        if terms is not None and "_vocabulary" not in self.__dict__:  # the dict may have been changed by its owner
            return np.asarray(terms.copy())
        self._learned()
        return np.array(sorted(self.vocabulary_, key=self.vocabulary_.__getitem__), dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return "_terms" in self.__dict__ or "_vocabulary" in self.__dict__

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_lookup", "_stop_words_seen")}

    def _forget(self) -> None:
        for name in ("_vocabulary", "_terms", "_lookup"):
            self.__dict__.pop(name, None)

    def _learned(self) -> None:
        """Take the vocabulary given where nothing has been learned yet."""
        if not self.__sklearn_is_fitted__():
            if self.vocabulary is None:
                raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit or fit_transform first")
            self._adopt_given()

    def _adopt_given(self) -> None:
        self.vocabulary_ = _columns(self.vocabulary)
        self.fixed_vocabulary_ = True
        if self.lowercase and any(term.isupper() for term in self._vocabulary):
            warnings.warn(
                "The vocabulary holds upper-case terms, which are never found while lowercase=True.",
                UserWarning,
                stacklevel=4,
            )

    # -- counting ---------------------------------------------------------------------------------

    def fit(self, raw_documents: Iterable[Any], y: Any = None) -> Self:  # noqa: ARG002
        """Learn the vocabulary."""
        self.fit_transform(raw_documents)
        return self

    def fit_transform(self, raw_documents: Iterable[Any], y: Any = None) -> SparseMatrix:  # noqa: ARG002
        """Learn the vocabulary and count: csr_matrix of ``dtype``, shape (N, V), indices sorted.

        Raises
        ------
        DocumentsError
            One text instead of a list of texts, or something that is no text.
        InvalidInputError
            A parameter is out of range; no term is found, or none is left by ``min_df`` and ``max_df``.
        """
        self._check(raw_documents)
        if self.vocabulary is not None:
            self._adopt_given()
            return self._count_known(raw_documents)
        matrix, grams, name = self._count_all(raw_documents)
        if not matrix.shape[1]:
            raise InvalidInputError("empty vocabulary; perhaps the documents only contain stop words")
        if self.binary:
            matrix.data.fill(1)
        if self._has_limits():
            kept = prune_terms(matrix, self.min_df, self.max_df, self.max_features)
            if len(kept) < matrix.shape[1]:
                matrix, grams = matrix[:, kept], grams[kept]
        self.adopt_terms(name(grams))
        return matrix.astype(self.dtype, copy=False)

    def transform(self, raw_documents: Iterable[Any]) -> SparseMatrix:
        """Count the terms of the vocabulary: csr_matrix of ``dtype``, shape (n, V), indices sorted."""
        self._check(raw_documents)
        self._learned()
        return self._count_known(raw_documents)

    def inverse_transform(self, X: Any) -> list[np.ndarray]:
        """The terms of each row that are not 0: list of n arrays of str."""
        rows = csr_matrix(X if issparse(X) else np.atleast_2d(np.asarray(X)))
        terms = self.get_feature_names_out()
        # Arrays of str rather than of objects, as scikit-learn gives them.
        terms = terms.astype(str) if len(terms) else terms
        return [terms[row.nonzero()[1]] for row in rows]

    def _count_all(self, documents: Iterable[Any]) -> tuple[SparseMatrix, np.ndarray, Callable[[Any], np.ndarray]]:
        """Counts of every term, what identifies the terms, and how to get their names from that."""
        if self._is_default():
            stream = self._stream(documents)
            matrix, grams = count_grams(stream, self.ngram_range, self._stop_words())
            return matrix, grams, lambda kept: join_terms(stream.words, kept)
        column: dict[str, int] = {}
        matrix = self._count_analyzed(documents, lambda term: column.setdefault(term, len(column)), lambda: len(column))
        order = sorted(column)
        names = np.empty(len(order), dtype=object)
        names[:] = order
        matrix = matrix[:, [column[term] for term in order]]
        matrix.sort_indices()
        return matrix, names, lambda kept: kept

    def _count_known(self, documents: Iterable[Any]) -> SparseMatrix:
        n_terms = self._n_terms()
        if not n_terms:
            raise InvalidInputError("Vocabulary is empty: there is nothing to count")
        if self._is_default():
            matrix = self._term_lookup().count(self._stream(documents), self.ngram_range, self._stop_words())
        else:
            matrix = self._count_analyzed(documents, self.vocabulary_.get, lambda: n_terms)
        if self.binary:
            matrix.data.fill(1)
        return matrix.astype(self.dtype, copy=False)

    def _count_analyzed(
        self, documents: Iterable[Any], column_of: Callable[[str], int | None], n_columns: Callable[[], int]
    ) -> SparseMatrix:
        analyze = self.build_analyzer()
        data: list[int] = []
        indices: list[int] = []
        indptr = [0]
        for document in documents:
            row = Counter(column for term in analyze(document) if (column := column_of(term)) is not None)
            data.extend(row.values())
            indices.extend(row)
            indptr.append(len(data))
        entries = (np.array(data, dtype=np.int64), np.array(indices, dtype=np.int64), np.array(indptr, dtype=np.int64))
        matrix = csr_matrix(entries, shape=(len(indptr) - 1, n_columns()))
        matrix.sort_indices()
        return matrix

    def _n_terms(self) -> int:
        vocabulary = self.__dict__.get("_vocabulary")
        return len(self._terms) if vocabulary is None else len(vocabulary)

    def _is_default(self) -> bool:
        kind = type(self)
        return bool(
            isinstance(self.analyzer, str)
            and self.analyzer == "word"
            and self.tokenizer is None
            and self.preprocessor is None
            and self.token_pattern == DEFAULT_PATTERN
            and (self.strip_accents is None or self.strip_accents in ("ascii", "unicode"))
            and kind.build_analyzer is TextAnalysis.build_analyzer
            and kind.build_tokenizer is TextAnalysis.build_tokenizer
            and kind.build_preprocessor is TextAnalysis.build_preprocessor
        )

    def _has_limits(self) -> bool:
        # One document and a share of 1.0 take nothing away; a share of 1.0 at least and one document at most do.
        at_least_one = isinstance(self.min_df, Integral) and self.min_df == 1
        at_most_all = not isinstance(self.max_df, Integral) and self.max_df == 1.0
        return self.max_features is not None or not at_least_one or not at_most_all

    def _stop_words(self) -> frozenset[str] | None:
        self.build_analyzer()  # warns about stop words that the tokenizer would never give
        return self.get_stop_words()

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
        lookup: TermLookup | None = self.__dict__.get("_lookup")
        if lookup is None or lookup.n_terms != self._n_terms():
            lookup = self._lookup = TermLookup(self.get_feature_names_out().tolist())
        return lookup

    def _check(self, raw_documents: Iterable[Any]) -> None:
        if isinstance(raw_documents, str):
            raise DocumentsError("documents must be a list of texts, but one text was given: put it into a list")
        shortest, longest = self.ngram_range
        if not 1 <= shortest <= longest:
            raise InvalidInputError(
                f"ngram_range must be two lengths, 1 <= shortest <= longest, got {self.ngram_range!r}"
            )
        for name, value in (("min_df", self.min_df), ("max_df", self.max_df)):
            whole = isinstance(value, Integral) and not isinstance(value, bool)
            if not (value >= 1 if whole else isinstance(value, Real) and 0.0 <= float(value) <= 1.0):
                raise InvalidInputError(
                    f"{name} must be a number of documents (int, at least 1) or a share of them (float in [0, 1]), "
                    f"got {value!r}"
                )
        if self.max_features is not None and self.max_features < 1:
            raise InvalidInputError(f"max_features must be None or at least 1, got {self.max_features!r}")


def _columns(vocabulary: Mapping[str, int] | Iterable[str] | None) -> dict[str, int]:
    """A vocabulary as people give it, as term -> column: columns from 0 on, each once."""
    if isinstance(vocabulary, Mapping):
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise InvalidInputError(
                f"the columns of a vocabulary of {len(vocabulary)} terms must be 0 to {len(vocabulary) - 1}"
            )
        columns = dict(vocabulary)
    else:
        terms = list(vocabulary or ())
        # Iterating over a set gives another order in every process.
        terms = sorted(terms) if isinstance(vocabulary, set | frozenset) else terms
        columns = {term: column for column, term in enumerate(terms)}
        if len(columns) < len(terms):
            twice = next(term for term, times in Counter(terms).items() if times > 1)
            raise InvalidInputError(f"the vocabulary holds {twice!r} twice")
    if not columns:
        raise InvalidInputError("empty vocabulary: pass at least one term, or None to learn them")
    return columns
