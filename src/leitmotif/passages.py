"""Long documents in pieces: sentences, paragraphs or windows of words, each knowing where it came from.

::

    passages = split_documents(docs, by="paragraph")
    topics, _ = topic_model.fit_transform(passages)  # topics of the documents, found on their passages
    topics, _ = topic_model.fit_transform(passages.texts)  # topics of the passages, each for itself

The rules need no download and no library. They know the abbreviations of English and the marks of Chinese and Japanese; texts of
other languages with full stops come out well where they do not abbreviate much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import DocumentsError, InvalidInputError

__all__ = ["Passages", "count_words", "split_documents"]

Span = tuple[int, int]
By = Literal["sentence", "paragraph", "window", "length"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Passages:
    """Pieces of documents, in the order of the documents and within them.

    Attributes
    ----------
    texts : list of str, length n
        Piece i is ``docs[document[i]][start[i]:end[i]]``, without white space around it.
    document : ndarray of int64, shape (n,)
        Which document each piece came from, ascending. Every document has a piece; one without text has one empty piece.
    start, end : ndarray of int64, shape (n,)
        Where the piece begins and ends in its document, in characters.
    n_documents : int
    sources : list of str, length n_documents
        The documents. In a model from a file that keeps no texts they and ``texts`` are empty.
    rule : mapping
        How they were divided, the arguments of :func:`split_documents`: new documents are divided alike.
    """

    texts: list[str]
    document: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    n_documents: int
    sources: list[str] = field(default_factory=list)
    rule: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.document)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Characters of each piece, at least 1: what it weighs in its document."""
        return np.maximum(self.end - self.start, 1)

    def cut(self, docs: Sequence[str]) -> list[str]:
        """The pieces' texts from those of the documents.

        Raises
        ------
        InvalidInputError
            Another number of documents, or one that is shorter than its pieces say.
        """
        if len(docs) != self.n_documents:
            raise InvalidInputError(
                f"docs has {len(docs)} texts, but the model was fitted on {self.n_documents}: pass the same documents"
            )
        last = np.zeros(self.n_documents, dtype=np.int64)
        np.maximum.at(last, self.document, self.end)
        short = np.flatnonzero(np.fromiter(map(len, docs), dtype=np.int64, count=len(docs)) < last)
        if len(short):
            raise InvalidInputError(
                f"document {int(short[0])} is shorter than its passages: pass the documents of the fit, as they were"
            )
        places = zip(self.document.tolist(), self.start.tolist(), self.end.tolist(), strict=True)
        return [docs[number][start:end] for number, start, end in places]

    def prevailing(self, labels: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The label that most of each document has, by length, and how much of the document that is.

        Parameters
        ----------
        labels : array-like of int, shape (n,)
            A label a piece; -1 is none, and prevails only where there is no other.

        Returns
        -------
        labels : ndarray of int64, shape (n_documents,)
            Of several that cover the same length the lowest.
        shares : ndarray of float64, shape (n_documents,)
            In (0, 1]; 0 for -1.
        """
        given = np.asarray(labels, dtype=np.int64)
        self._check(given, "labels")
        result = np.full(self.n_documents, -1, dtype=np.int64)
        shares = np.zeros(self.n_documents)
        inside = np.flatnonzero(given != -1)
        if not len(inside):
            return result, shares
        ids, codes = np.unique(given[inside], return_inverse=True)
        keys, place = np.unique(self.document[inside] * len(ids) + codes, return_inverse=True)
        covered = np.bincount(place, weights=self.lengths[inside])
        owner, code = np.divmod(keys, len(ids))
        order = np.lexsort((code, -covered, owner))
        first = order[np.r_[True, owner[order][1:] != owner[order][:-1]]]
        result[owner[first]] = ids[code[first]]
        total = np.bincount(self.document, weights=self.lengths, minlength=self.n_documents)
        shares[owner[first]] = covered[first] / total[owner[first]]
        return result, shares

    def shares(self, labels: Any, ids: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """How much of each document, by length, has each label: shape (n_documents, len(ids)).

        Parameters
        ----------
        labels : array-like of int, shape (n,)
        ids : sequence of int, ascending
            The labels asked for, one a column; pieces with others count for the length of the document alone.
        """
        given, columns = np.asarray(labels, dtype=np.int64), np.asarray(ids, dtype=np.int64)
        self._check(given, "labels")
        found = np.zeros((self.n_documents, len(columns)))
        inside = np.flatnonzero(np.isin(given, columns))
        np.add.at(found, (self.document[inside], np.searchsorted(columns, given[inside])), self.lengths[inside])
        total = np.bincount(self.document, weights=self.lengths, minlength=self.n_documents)
        return found / np.maximum(total, 1.0)[:, None]

    def gather(
        self, values: Any, how: Literal["mean", "sum", "max"] = "mean", weights: Any = None
    ) -> NDArray[np.float64]:
        """Values of the documents from values of their pieces.

        Parameters
        ----------
        values : array-like, shape (n,) or (n, k)
            One row a piece: topic distributions, embeddings, lengths, …
        how : {"mean", "sum", "max"}
        weights : array-like, shape (n,), optional
            For ``"mean"`` and ``"sum"``: how much each piece counts, for example the number of its words.

        Returns
        -------
        ndarray of float64, shape (n_documents,) or (n_documents, k)
            Where all weights of a document are 0, 0.

        Raises
        ------
        InvalidInputError
            Not one value or weight a piece, or an unknown ``how``.
        """
        array = np.asarray(values, dtype=np.float64)
        self._check(array, "values")
        if how == "max":
            if weights is not None:
                raise InvalidInputError('weights go with how="mean" or "sum"; a maximum has none')
            result = np.full((self.n_documents, *array.shape[1:]), -np.inf)
            np.maximum.at(result, self.document, array)
            return result
        if how not in ("mean", "sum"):
            raise InvalidInputError(f'how must be "mean", "sum" or "max"; got {how!r}')
        amounts = np.ones(len(self)) if weights is None else np.asarray(weights, dtype=np.float64)
        self._check(amounts, "weights")
        from scipy.sparse import csr_matrix

        which = csr_matrix((amounts, (self.document, np.arange(len(self)))), shape=(self.n_documents, len(self)))
        result = np.asarray(which @ array)
        if how == "mean":
            totals = np.bincount(self.document, weights=amounts, minlength=self.n_documents)
            result /= np.where(totals > 0, totals, 1.0).reshape(-1, *[1] * (array.ndim - 1))
        return result

    def spread(self, values: Sequence[Any]) -> list[Any]:
        """A value of each piece from those of the documents: dates, classes, titles.

        Raises
        ------
        InvalidInputError
            Not one value a document.
        """
        items = list(values)
        if len(items) != self.n_documents:
            raise InvalidInputError(f"values has {len(items)} items for {self.n_documents} documents")
        return [items[i] for i in self.document.tolist()]

    def _check(self, array: np.ndarray, name: str) -> None:
        if array.ndim == 0 or len(array) != len(self):
            raise InvalidInputError(f"{name} has shape {array.shape} for {len(self)} passages; give one row each")


def split_documents(
    docs: Iterable[str | None],
    by: By = "sentence",
    max_words: int | None = None,
    min_words: int = 1,
) -> Passages:
    """Pieces of documents, each with its document and its place there.

    Every character that is no white space is in exactly one piece.

    Parameters
    ----------
    docs : iterable of str or None
        None, NaN and texts of white space give one empty piece, so that every document has one.
    by : {"sentence", "paragraph", "window", "length"}
        Sentences end at ``. ! ? … 。 ！ ？``, at blank lines and before the items of a list, but not inside abbreviations,
        initials or numbers. Paragraphs end at blank lines; a text without any has one a line. Windows have at most
        ``max_words`` words each, whatever they say. With "length" a document of at most ``max_words`` words stays whole, and
        a longer one is divided at ends of sentences into few parts of about equal length.
    max_words : int, optional
        Longer pieces are cut into equal parts of at most this many words; 128 for windows and lengths where not given. Words are
        what white space separates; four letters of Chinese or Japanese count as two words.
    min_words : int
        A shorter piece is joined to the one before it in the same document (the first one to the one after it), unless
        they would be longer than ``max_words`` together.

    Returns
    -------
    Passages
        Cost O(characters).

    Raises
    ------
    DocumentsError
        ``docs`` is one text, or holds something that is neither text nor missing.
    InvalidInputError
        Another ``by``, or numbers of words that are not positive or contradict each other.
    """
    if isinstance(docs, str):
        raise DocumentsError("docs is a single text: pass a list of texts, [text] for one")
    if by not in _SPLITTERS:
        raise InvalidInputError(f"by must be one of {sorted(_SPLITTERS)}; got {by!r}")
    if max_words is None and by in ("window", "length"):
        max_words = DEFAULT_WINDOW
    if (max_words is not None and max_words < 1) or min_words < 1 or (max_words is not None and min_words > max_words):
        raise InvalidInputError(f"there must be 1 <= min_words <= max_words; got {min_words} and {max_words}")
    split = _SPLITTERS[by]
    texts: list[str] = []
    sources: list[str] = []
    places: list[tuple[int, int, int]] = []
    for number, given in enumerate(docs):
        document = _as_text(given, number)
        sources.append(document)
        spans = [span for span in (_trim(document, *span) for span in split(document)) if span[0] < span[1]]
        if min_words > 1:
            spans = _join_short(document, spans, min_words, max_words)
        if max_words is not None:
            spans = [part for span in spans for part in _cut_long(document, span, max_words)]
        if by == "length" and max_words is not None:
            spans = _evenly(document, spans, max_words)
        for start, end in spans or [(0, 0)]:
            texts.append(document[start:end])
            places.append((number, start, end))
    columns = np.array(places, dtype=np.int64).reshape(-1, 3)
    return Passages(
        texts=texts,
        document=columns[:, 0].copy(),
        start=columns[:, 1].copy(),
        end=columns[:, 2].copy(),
        n_documents=len(sources),
        sources=sources,
        rule={"by": by, "max_words": max_words, "min_words": min_words},
    )


DEFAULT_WINDOW = 128
"""Words of a window: what fits the context of small embedding models."""

# A blank line, or the separators that Unicode has for it.
_BLANK_LINE = re.compile(r"(?>\r\n|\n|\r)[^\S\r\n]*(?>\r\n|\n|\r)\s*|\u2029|\f")
_LINE = re.compile(r"\r\n|\n|\r|\u2028")
_CLOSING = "\"'”’»›)]}」』）】〉》*_"
# What may end a sentence: marks of the West where white space follows, closing quotes and a footnote's number in between;
# marks of the East anywhere.
_END = re.compile(rf"([.!?…]+|[。．！？｡]+[.!?…。．！？｡]*)([{re.escape(_CLOSING)}]*(?:\[\d+(?:[,–-]\s?\d+)*\])*)")
_EAST = "。．！？｡"
_BULLET = re.compile(r"(?:\r\n|\n|\r)(?=[^\S\r\n]*(?:[-*•‣–]|\d{1,3}[.)])[^\S\r\n])")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{1,2}|[^\s\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_LAST_WORD = re.compile(r"[^\s(\[{\"“‘']+$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ITEM_NUMBER = re.compile(r"\s*[(\[]?\d{1,3}")
_NEIGHBOURHOOD = 48
"""Characters before and after a stop that are looked at."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# With a full stop: words after which a name or more of the same sentence follows,
_GO_ON = _set(
    "mr mrs ms dr prof profs rev hon st mt ft messrs mme mlle gen col lt sgt capt cmdr maj gov sen rep "
    "fig figs eq eqs eqn cf e.g i.e eg ie viz vs v resp ca"
)
# those after which a number follows, or else the sentence ends,
_BEFORE_NUMBERS = _set(
    "no nos nr vol vols p pp art ch chap sec secs tab thm prop def lem cor ref refs app ex ed approx"
)
# and those that only the next word tells about.
_OPEN = _set(
    "al etc inc ltd co corp bros dept univ est jan feb mar apr jun jul aug sep sept oct nov dec jr sr esq ph.d "
    "b.sc m.sc op min max avg"
)
_STARTERS = _set(
    "the a an this these that those it he she we they i you there here in on at for from with by as if when while after "
    "before however but and our my his her its their what who where why how to moreover furthermore thus"
)


def _sentences(text: str) -> Iterator[Span]:
    for start, end in _between(_BLANK_LINE, text, 0, len(text)):
        for begin, stop in _between(_BULLET, text, start, end):
            for mark in _END.finditer(text, begin, stop):
                if mark.end() < stop and _ends_sentence(text, mark, begin, stop):
                    yield begin, mark.end()
                    begin = mark.end()
            yield begin, stop


def _ends_sentence(text: str, mark: re.Match[str], begin: int, end: int) -> bool:
    if mark.group()[0] in _EAST:
        return not (mark.group(2) and text[mark.end()] in "とっ")  # 「はい。」と言った
    if not text[mark.end()].isspace():
        return False
    following = (
        text[mark.end() : min(end, mark.end() + _NEIGHBOURHOOD)].lstrip("\"'“‘«‹([{*_#-–—•¿¡ \t\r\n").split(maxsplit=1)
    )
    next_word = following[0] if following else ""
    if next_word[:1].islower() or next_word[:1] in {",", ";", ":"}:
        return False
    if mark.group(1) != "." or mark.group(2):
        return True  # only a single full stop, with nothing that it closes, may belong to an abbreviation
    before = text[max(begin, mark.start() - _NEIGHBOURHOOD) : mark.start()]
    return _full_stop_ends(before, next_word)


def _full_stop_ends(before: str, next_word: str) -> bool:
    """Whether a full stop ends the sentence, from what stands before it and the word, not in lower case, after it."""
    found = _LAST_WORD.search(before)
    word = found.group() if found else ""
    starts = next_word.lower().rstrip(",") in _STARTERS
    if len(word) == 1 and word.isupper():
        return starts  # J. Smith; but: vitamin C. The
    word = word.lower()
    if word in _GO_ON or word.endswith(("e.g", "i.e")):
        return False
    if word in _BEFORE_NUMBERS:
        return not next_word[:1].isdigit()
    if word in _OPEN or _DOTTED.fullmatch(word):
        return starts  # in the U.S. The; but: the U.S. Army
    return not _ITEM_NUMBER.fullmatch(before)  # 1. First item


def _between(gap: re.Pattern[str], text: str, begin: int, end: int) -> Iterator[Span]:
    for found in gap.finditer(text, begin, end):
        yield begin, found.start()
        begin = found.end()
    yield begin, end


def _paragraphs(text: str) -> Iterator[Span]:
    found = [span for span in _between(_BLANK_LINE, text, 0, len(text)) if text[span[0] : span[1]].strip()]
    yield from found if len(found) != 1 else _between(_LINE, text, *found[0])


def _whole(text: str) -> Iterator[Span]:
    yield 0, len(text)


_SPLITTERS = {"sentence": _sentences, "paragraph": _paragraphs, "window": _whole, "length": _sentences}


def _as_text(given: Any, number: int) -> str:
    if isinstance(given, str):
        return str(given)
    if hasattr(given, "as_py"):  # what an Arrow column is made of
        return _as_text(given.as_py(), number)
    if given is None or (isinstance(given, float) and given != given) or type(given).__name__ in ("NAType", "NaTType"):
        return ""
    raise DocumentsError(f"document {number} is a {type(given).__name__}: {given!r:.60}; pass texts or None")


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    return start + left, start + max(left, len(piece.rstrip()))


def count_words(text: str) -> int:
    """Words as :func:`split_documents` counts them."""
    return _n_words(text, 0, len(text))


def _n_words(text: str, start: int, end: int) -> int:
    return sum(1 for _ in _WORD.finditer(text, start, end))


def _join_short(text: str, spans: list[Span], least: int, most: int | None) -> list[Span]:
    joined: list[Span] = []
    sizes: list[int] = []
    for start, end in spans:
        size = _n_words(text, start, end)
        fits = bool(sizes) and (most is None or sizes[-1] + size <= most)
        # a short piece goes to the one before it; where that one is short itself, it takes in this one
        if fits and (size < least or sizes[-1] < least):
            joined[-1] = (joined[-1][0], end)
            sizes[-1] += size
        else:
            joined.append((start, end))
            sizes.append(size)
    return joined


def _evenly(text: str, spans: list[Span], most: int) -> list[Span]:
    """Neighbours joined into few parts of at most ``most`` words and about equal length."""
    sizes = [_n_words(text, start, end) for start, end in spans]
    left = sum(sizes)
    parts: list[Span] = []
    size, target = 0, 0.0
    for (start, end), words in zip(spans, sizes, strict=True):
        # a part is full where another sentence would take it further from an equal share of what is left, or over the limit
        if not parts or size + words > most or size + words / 2 > target:
            parts.append((start, end))
            target = left / max(1, -(-left // most))
            size = words
        else:
            parts[-1] = (parts[-1][0], end)
            size += words
        left -= words
    return parts


def _cut_long(text: str, span: Span, most: int) -> list[Span]:
    words = [word.span() for word in _WORD.finditer(text, *span)]
    if len(words) <= most:
        return [span]
    n_parts = -(-len(words) // most)
    bounds = [len(words) * part // n_parts for part in range(n_parts + 1)]
    return [(words[i][0], words[j - 1][1]) for i, j in pairwise(bounds)]
