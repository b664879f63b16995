"""The embedded default: a document is the weighted sum of its words' vectors, which are part of the package."""

from __future__ import annotations

import json
import logging
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from leitmotif.backend.embedder import BaseEmbedder
from leitmotif.errors import InvalidInputError
from leitmotif.kernels import _native, counts
from leitmotif.typing import SparseMatrix

__all__ = ["StaticEmbedder"]

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "data" / "static_vectors.safetensors"
LONGEST_WORD = 64
BLOCK = 4096
# Sums are taken over whole numbers below 2**53, which a float64 holds exactly: the result then depends neither on the
# order of the words nor on how documents are cut into blocks. A word that is known weighs WHOLE, each of the k pieces of
# another one WHOLE / k.
WHOLE = 60
# Below this share of known words the text is most likely in another language.
KNOWN_SHARE = 0.6
ENOUGH = 200


class StaticEmbedder(BaseEmbedder):
    """Embeddings from counts alone: thousands of documents a second, offline, the same bits on every machine.

    A document is the sum of the vectors of its words, at unit length. The vectors, and with their lengths the weights of
    the words, were learnt so that this sum comes close to what all-MiniLM-L6-v2 says of a text
    (``scripts/build_static_vectors.py``). Words that are not in the table are put together from its pieces by greedy
    longest match (WordPiece). English.

    Parameters
    ----------
    path : str, optional
        Another table of vectors, as the script writes it. Default: the one in the package.

    Notes
    -----
    A document without any word of the table (empty, or in another script) has the zero vector. Words of one character
    do not count. Cost O(tokens · d) and O(characters) for words that the table lacks, once a distinct word.

    Examples
    --------
    >>> vectors = StaticEmbedder().embed(["goals in the second half", "the striker scored twice", "boil the pasta"])
    >>> bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    True
    """

    def __init__(self, path: str | None = None) -> None:
        super().__init__()
        self.path = path

    @property
    def dimension(self) -> int:
        """Length of a vector, d."""
        return self._table.vectors.shape[1]

    @property
    def _table(self) -> _Table:
        return _load(SHIPPED if self.path is None else Path(self.path))

    def embed(self, documents: Sequence[str], verbose: bool = False) -> NDArray[np.float32]:
        """Embeddings of texts: ndarray of float32, shape (n, d), rows of length 1 (or 0: see the class)."""
        stream = counts.tokenize(documents)
        return self.embed_counts(counts.unigram_counts(stream), stream.words)

    def embed_words(self, words: Sequence[str], verbose: bool = False) -> NDArray[np.float32]:
        """Embeddings of words or short phrases, as :meth:`embed` has them; of a vocabulary much may be rare or unknown."""
        stream = counts.tokenize(words)
        return self._sums(counts.unigram_counts(stream), stream.words)

    def embed_counts(self, counts: SparseMatrix, words: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of documents that are already counted; the same bits as :meth:`embed` of their texts.

        Parameters
        ----------
        counts : csr_matrix, shape (n, m)
            How often each word occurs in each document.
        words : sequence of str, length m
            In any order. Of an n-gram the words are looked up one by one.

        Returns
        -------
        ndarray of float32, shape (n, d)

        Raises
        ------
        InvalidInputError
            Another number of words than columns.
        """
        if counts.shape[1] != len(words):
            raise InvalidInputError(f"counts have {counts.shape[1]} columns, but there are {len(words)} words")
        counts, words = _folded(csr_matrix(counts), words)
        self._warn_of_unknown(counts, words)
        return self._sums(counts, words)

    def _sums(self, counts: csr_matrix, words: Sequence[str]) -> NDArray[np.float32]:
        """Sums of the words' vectors at unit length, for distinct lower-case words."""
        table = self._table
        entries = table.entries(words)
        used, entries.indices = np.unique(entries.indices, return_inverse=True)
        entries.resize(len(words), len(used))
        vectors = table.vectors[used] * table.scales[used, None].astype(np.float64)
        rows = counts @ entries
        out = np.zeros((counts.shape[0], vectors.shape[1]), dtype=np.float32)

        def fill(start: int) -> None:
            sums = rows[start : start + BLOCK] @ vectors
            lengths = np.sqrt((sums * sums).sum(axis=1, keepdims=True))
            np.divide(sums, lengths, out=sums, where=lengths > 0)
            out[start : start + BLOCK] = sums

        with ThreadPoolExecutor(_native.default_threads()) as pool:
            list(pool.map(fill, range(0, len(out), BLOCK)))
        return out

    def known(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each word has a vector of its own: ndarray of bool, shape (m,)."""
        table = self._table
        return np.fromiter((_plain(word) in table.words for word in words), dtype=bool, count=len(words))

    def known_share(self, documents: Sequence[str]) -> float:
        """Share of the words of documents that have vectors of their own, in [0, 1]; 1 where the words are too few to tell.

        English of any kind has 0.95 and more, German 0.4, Chinese and Japanese next to nothing.
        """
        stream = counts.tokenize(documents)
        return self._known_share(counts.unigram_counts(stream), stream.words)

    def _known_share(self, counts: SparseMatrix, words: Sequence[str]) -> float:
        total = int(counts.sum())
        if total < ENOUGH:
            return 1.0
        return float(np.asarray(counts.sum(axis=0)).ravel()[self.known(words)].sum()) / total

    def _warn_of_unknown(self, counts: SparseMatrix, words: Sequence[str]) -> None:
        share = self._known_share(counts, words)
        if share < KNOWN_SHARE:
            logger.warning(
                "the embedded vectors know only %.0f %% of the words: they are English. For another language pass "
                'language=, or embedding_model="lsa", which learns from the documents themselves',
                100 * share,
            )


class _Table:
    """The vectors, and where each word and piece stands."""

    def __init__(self, path: Path) -> None:
        from safetensors import safe_open

        with safe_open(path, framework="numpy") as file:  # checks the header
            self.scales: NDArray[np.uint16] = file.get_tensor("scales")
            names = file.get_tensor("words").tobytes().decode("utf-8").split("\n")
        self.vectors: NDArray[np.int8] = _mapped(path, "vectors")
        self.words = {name: row for row, name in enumerate(names) if not name.startswith("##")}
        self.tails = {name[2:]: row for row, name in enumerate(names) if name.startswith("##")}

    def entries(self, words: Sequence[str]) -> csr_matrix:
        """Weights of the table's rows in each word: csr_matrix of float64 whole numbers, shape (m, rows)."""
        indices: list[int] = []
        weights: list[int] = []
        indptr = [0]
        for word in words:
            for part in word.split(" "):
                found = self.rows(_plain(part))
                indices += found
                weights += [round(WHOLE / max(len(found), 1))] * len(found)
            indptr.append(len(indices))
        entries = csr_matrix(
            (np.array(weights, dtype=np.float64), np.array(indices, dtype=np.int32), np.array(indptr, dtype=np.int32)),
            shape=(len(words), len(self.vectors)),
        )
        entries.sum_duplicates()
        return entries

    def rows(self, word: str) -> list[int]:
        """The word's own row, or those of its pieces; none where a piece is missing."""
        own = self.words.get(word)
        if own is not None and len(word) > 1:
            return [own]
        if len(word) > LONGEST_WORD:
            return []
        found: list[int] = []
        start = 0
        while start < len(word):
            pieces = self.tails if start else self.words
            for end in range(len(word), start, -1):
                row = pieces.get(word[start:end])
                if row is not None:
                    break
            else:
                return []
            found.append(row)
            start = end
        return found


def _mapped(path: Path, name: str) -> NDArray[np.int8]:
    """A tensor of bytes where it lies in the file: only the rows that somebody asks for are read into memory."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
    if entry["dtype"] != "I8":
        raise InvalidInputError(f"{path} is no file of embedded vectors: {name} is {entry['dtype']}, not I8")
    return np.memmap(path, np.int8, "r", 8 + length + entry["data_offsets"][0], tuple(entry["shape"]))


@lru_cache(maxsize=2)
def _load(path: Path) -> _Table:
    return _Table(path)


def _plain(word: str) -> str:
    """Without accents, as the teacher's vocabulary is."""
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")


def _folded(counts: csr_matrix, words: Sequence[str]) -> tuple[csr_matrix, Sequence[str]]:
    """Counts by lower-case word: a vocabulary that keeps case has «Paris» and «paris» in two columns."""
    lower = [word.lower() for word in words]
    distinct = sorted(set(lower))
    if lower == list(words) and len(distinct) == len(lower):
        return counts, words
    column = {word: j for j, word in enumerate(distinct)}
    target = np.fromiter((column[word] for word in lower), dtype=np.int32, count=len(lower))
    fold = csr_matrix(
        (np.ones(len(lower), counts.dtype), target, np.arange(len(lower) + 1)), (len(lower), len(distinct))
    )
    return counts @ fold, distinct
