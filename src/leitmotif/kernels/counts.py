"""Texts to words to counts: one compiled pass, equal to scikit-learn's default word analyzer entry for entry.

A :class:`TokenStream` is the corpus as integers. It is made once and counted as often as needed: with stop words and
n-grams for c-TF-IDF, every single word for an embedding, window by window for distributions.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

import leitmotif.kernels._native as _native
from leitmotif.errors import DocumentsError
from leitmotif.kernels.accents import accent_stripper
from leitmotif.typing import IntVector, SparseMatrix

__all__ = [
    "TermLookup",
    "TokenStream",
    "count",
    "count_grams",
    "hashed_counts",
    "join_terms",
    "tokenize",
    "tokenized_once",
    "unigram_counts",
]

StripAccents = Literal["ascii", "unicode"] | None

_EMPTY_MASK = np.empty(0, dtype=np.uint8)
_EMPTY_FOLD = np.empty(0, dtype=np.uint32)
_WORD = np.uint32(1 << 31)
_EXPANDS = np.uint32(1 << 30)


@dataclass(frozen=True, eq=False)
class TokenStream:
    """A corpus as word ids.

    Attributes
    ----------
    ids : ndarray of int32, shape (number of tokens,)
        Words of all documents, one document after the other.
    indptr : ndarray of int64, shape (N + 1,)
        Document i is ``ids[indptr[i]:indptr[i + 1]]``.
    words : list of str
        Word of each id, sorted and distinct: the id of a word is its rank.
    """

    ids: NDArray[np.int32]
    indptr: IntVector
    words: list[str]

    @property
    def n_documents(self) -> int:
        """Number of documents, N."""
        return len(self.indptr) - 1

    def words_of(self, document: int) -> list[str]:
        """Tokens of one document, in their order."""
        begin, end = self.indptr[document : document + 2].tolist()
        return [self.words[i] for i in self.ids[begin:end].tolist()]


@dataclass(frozen=True, eq=False)
class _Memory:
    texts: tuple[str, ...]
    streams: dict[tuple[bool, StripAccents, bool], TokenStream] = field(default_factory=dict)

    @cached_property
    def marked(self) -> bool:
        """Whether marks make any difference to these texts, which they rarely do."""
        return any(
            _marks().search(text) is not None for text in self.texts if isinstance(text, str) and not text.isascii()
        )


_memory: ContextVar[_Memory | None] = ContextVar("leitmotif_token_streams", default=None)


@contextmanager
def tokenized_once(docs: Sequence[str]) -> Iterator[None]:
    """In this block, tokenizing exactly these texts happens once, however many components ask for it.

    An embedder and a vectorizer that both count words need not know each other for that.
    """
    token = _memory.set(_Memory(tuple(docs)))
    try:
        yield
    finally:
        _memory.reset(token)


def tokenize(
    docs: Sequence[str],
    *,
    lowercase: bool = True,
    strip_accents: StripAccents = None,
    marks: bool = False,
    n_threads: int = 0,
) -> TokenStream:
    r"""Words of all documents, as ``re.findall(r"(?u)\b\w\w+\b", text)`` finds them after lowercasing.

    Parameters
    ----------
    docs : sequence of str
        Texts; lone surrogates are allowed.
    lowercase : bool
        Lowercase first, as ``str.lower`` does.
    strip_accents : {"ascii", "unicode"} or None
        Then remove accents, as scikit-learn's functions of these names do.
    marks : bool
        Combining marks and joiners are part of a word, as in Devanagari, where vowels are marks; ``\w`` breaks words there.
    n_threads : int
        0: all cores, or ``LEITMOTIF_NUM_THREADS``. The result does not depend on it.

    Returns
    -------
    TokenStream
        Cost O(characters + W log W) for W distinct words.

    Raises
    ------
    DocumentsError
        A document is not a str.

    Examples
    --------
    >>> stream = tokenize(["The cat, the hat", "a hat"])
    >>> stream.words, stream.ids.tolist(), stream.indptr.tolist()
    (['cat', 'hat', 'the'], [2, 0, 2, 1, 1], [0, 4, 5])
    """
    texts = tuple(docs)
    memory = _memory.get()
    if memory is not None and memory.texts == texts:  # the same objects: a comparison of addresses
        setting = (lowercase, strip_accents, marks and memory.marked)
        if setting not in memory.streams:
            memory.streams[setting] = _tokenized(texts, *setting, n_threads)
        return memory.streams[setting]
    return _tokenized(texts, lowercase, strip_accents, marks, n_threads)


def _tokenized(
    texts: tuple[str, ...], lowercase: bool, strip_accents: StripAccents, marks: bool, n_threads: int
) -> TokenStream:
    texts, tables = _folded(texts, lowercase, strip_accents, marks)
    ids, indptr, words = _native.tokenize(texts, lowercase, *tables, n_threads)
    return TokenStream(ids, indptr, words)


def _folded(
    texts: tuple[str, ...], lowercase: bool, strip_accents: StripAccents, marks: bool
) -> tuple[tuple[str, ...], tuple[np.ndarray, ...]]:
    """Texts and tables as the compiled tokenizer takes them.

    Raises
    ------
    DocumentsError
        A document is not a str.
    """
    try:
        plain = np.fromiter(map(str.isascii, texts), dtype=bool, count=len(texts))
    except TypeError:
        where, wrong = next((i, text) for i, text in enumerate(texts) if not isinstance(text, str))
        raise DocumentsError(
            f"document {where} is of type {type(wrong).__name__}, but every document must be a str"
        ) from None
    if plain.all():
        return texts, (_EMPTY_FOLD, _EMPTY_FOLD, _EMPTY_FOLD, _EMPTY_MASK)
    texts, ready = _prepare(texts, np.flatnonzero(~plain), lowercase, strip_accents)
    return texts, (*_fold_tables(marks), ready)


def hashed_counts(docs: Sequence[str], hashes: NDArray[np.uint32], *, n_threads: int = 0) -> SparseMatrix:
    """How often each document has the words of each hash: csr_matrix of int32, shape (N, V), columns ascending.

    Words are those of :func:`tokenize`; a hash is the CRC-32 of a word in UTF-8. No list of words is made.

    Parameters
    ----------
    docs : sequence of str
    hashes : ndarray of uint32, shape (V,)
        Ascending, each once.
    n_threads : int
    """
    texts, tables = _folded(tuple(docs), True, None, False)
    data, indices, indptr = _native.hashed_counts(texts, True, *tables, hashes, n_threads)
    return _matrix(data, indices, indptr, len(hashes))


def unigram_counts(stream: TokenStream, *, n_threads: int = 0) -> SparseMatrix:
    """How often each word occurs in each document: csr_matrix of int32, shape (N, len(stream.words)).

    Every word counts (no stop words are left out) and column j is ``stream.words[j]``.
    """
    return count_grams(stream, n_threads=n_threads)[0]


def count(
    stream: TokenStream,
    ngram_range: tuple[int, int] = (1, 1),
    stop_words: Collection[str] | None = None,
    *,
    n_threads: int = 0,
) -> tuple[SparseMatrix, np.ndarray]:
    """Document × term counts and the terms, in the order of scikit-learn's ``CountVectorizer`` (sorted).

    Parameters
    ----------
    stream : TokenStream
    ngram_range : (int, int)
        Shortest and longest n-gram. N-grams stay inside a document and are made after stop words have been taken out.
    stop_words : collection of str, optional
    n_threads : int

    Returns
    -------
    csr_matrix of int32, shape (N, M), indices sorted; ndarray of str objects, shape (M,)
        Cost O(t log t) for t tokens, and O(M) for the strings.
    """
    matrix, grams = count_grams(stream, ngram_range, stop_words, n_threads=n_threads)
    return matrix, join_terms(stream.words, grams)


def count_grams(
    stream: TokenStream,
    ngram_range: tuple[int, int] = (1, 1),
    stop_words: Collection[str] | None = None,
    *,
    n_threads: int = 0,
) -> tuple[SparseMatrix, NDArray[np.int32]]:
    """Like :func:`count`, but a term is a row of word ids (M, longest n-gram), filled up with -1.

    Terms that will be pruned never become strings this way (:func:`join_terms`).
    """
    keep = _EMPTY_MASK
    if stop_words:
        keep = np.fromiter(
            (word not in stop_words for word in stream.words),
            dtype=np.uint8,
            count=len(stream.words),
        )
    data, indices, indptr, grams = _native.count_ngrams(
        stream.ids, stream.indptr, keep, len(stream.words), *ngram_range, n_threads
    )
    return _matrix(data, indices, indptr, len(grams)), grams


def join_terms(words: list[str], grams: NDArray[np.int32]) -> np.ndarray:
    """Terms as strings: ndarray of str objects, shape (M,)."""
    terms = np.empty(len(grams), dtype=object)
    _native.join_terms(words, np.ascontiguousarray(grams, dtype=np.int32), terms)
    return terms


class TermLookup:
    """A fixed vocabulary, ready to count with.

    Parameters
    ----------
    terms : sequence of str
        Column j counts ``terms[j]``. Terms that no n-gram can equal are allowed and are never found.

    Notes
    -----
    Making one costs O(terms); counting then costs O(tokens · longest n-gram), and nothing for the vocabulary.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        terms = list(terms)
        self.n_terms = len(terms)
        self.native = _native.TermIndex(terms)

    def word_ids(self, words: list[str], stop_words: Collection[str] | None = None) -> NDArray[np.int32]:
        """The number of each word in this vocabulary, -1 for words of no term, -2 for stop words; shape (words,)."""
        ids: NDArray[np.int32] = self.native.lookup(words)
        if stop_words:
            ids[[i for i, word in enumerate(words) if word in stop_words]] = -2
        return ids

    def count(
        self,
        stream: TokenStream,
        ngram_range: tuple[int, int] = (1, 1),
        stop_words: Collection[str] | None = None,
        *,
        n_threads: int = 0,
    ) -> SparseMatrix:
        """Counts of the terms in each document: csr_matrix of int32, shape (N, terms), indices sorted."""
        word_of = self.word_ids(stream.words, stop_words)
        data, indices, indptr = self.native.count(stream.ids, stream.indptr, word_of, *ngram_range, n_threads)
        return _matrix(data, indices, indptr, self.n_terms)


def _matrix(
    data: NDArray[np.int32],
    indices: NDArray[np.int32],
    indptr: IntVector,
    n_columns: int,
) -> SparseMatrix:
    # SciPy wants one index type; 32 bits hold all but matrices of more than 2**31 entries.
    if indptr[-1] <= np.iinfo(np.int32).max:
        index_type: type[np.signedinteger] = np.int32
    else:
        index_type = np.int64
    matrix = csr_matrix((len(indptr) - 1, n_columns), dtype=np.int32)
    matrix.data, matrix.indices = data, indices.astype(index_type, copy=False)
    matrix.indptr = indptr.astype(index_type, copy=False)
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix


def _prepare(
    texts: tuple[str, ...],
    wide: IntVector,
    lowercase: bool,
    strip_accents: StripAccents,
) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    """Texts that a table of code points cannot treat, treated by Python; 1 marks those that are now ready."""
    ready = np.zeros(len(texts), dtype=np.uint8)
    strip = accent_stripper(strip_accents)
    changed: list[str] | None = None
    for i in wide.tolist():
        text = texts[i]
        # A capital sigma is lowercased by its place in the word.
        if strip is None and not (lowercase and "\N{GREEK CAPITAL LETTER SIGMA}" in text):
            continue
        changed = list(texts) if changed is None else changed
        text = text.lower() if lowercase else text
        changed[i] = strip(text) if strip else text
        ready[i] = True
    return (texts if changed is None else tuple(changed)), ready


@lru_cache(maxsize=1)
def _combining() -> str:
    """Combining marks and joiners."""
    points = map(chr, range(sys.maxunicode + 1))
    return "".join(c for c in points if unicodedata.category(c) in ("Mn", "Mc")) + "\u200c\u200d"


@lru_cache(maxsize=1)
def _marks() -> re.Pattern[str]:
    """What finds a combining mark or joiner, or a letter whose lower case has one."""
    return re.compile(f"[{re.escape(_combining())}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}]")


@lru_cache(maxsize=2)
def _fold_tables(marks: bool = False) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
    """For each code point: its lower case and whether that is a word character; the same as it is; expansions.

    The tables end after the last plane that has words or letters; what is beyond stays as it is and is no word.
    Made from Python's own ``re`` and ``str.lower``, so that both agree whatever Unicode version this Python has.
    """
    everything, is_word = "", np.zeros(0x110000, dtype=bool)
    for plane in range(0, 0x110000, 0x10000):  # a plane at a time: all of them are megabytes
        part = np.arange(plane, plane + 0x10000, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
        for run in re.finditer(r"\w+", part):
            is_word[plane + run.start() : plane + run.end()] = True
        if marks:
            is_word[[ord(mark) for mark in _combining() if plane <= ord(mark) < plane + 0x10000]] = True
        if is_word[plane : plane + 0x10000].any() or part.lower() != part:
            everything += "".join(map(chr, range(len(everything), plane))) + part
    points = np.arange(len(everything), dtype=np.uint32)
    is_word = is_word[: len(everything)]
    same = points | np.where(is_word, _WORD, np.uint32(0))
    lower = same.copy()
    expansions: list[list[int]] = []
    for start in range(0, len(points), 4096):
        chunk = everything[start : start + 4096]
        folded = chunk.lower()
        if len(folded) == len(chunk):
            if folded != chunk:
                lower[start : start + 4096] = same[
                    np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), np.uint32)
                ]
            continue
        for i, character in enumerate(chunk, start):
            to = [int(same[ord(c)]) for c in character.lower()]
            if len(to) == 1:
                lower[i] = to[0]
            else:
                lower[i] = _EXPANDS | np.uint32(len(expansions))
                expansions.append([*to, 0, 0][:3])
    return lower, same, np.array(expansions, dtype=np.uint32).reshape(-1)
