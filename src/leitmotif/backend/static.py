"""The embedded default: a document is the weighted sum of its words' vectors, and what a small network adds to it."""

from __future__ import annotations

import json
import logging
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from leitmotif.backend.embedder import BaseEmbedder
from leitmotif.backend.word_order import WordOrder, renumbered
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
    """Embeddings from a table and a small network: thousands of documents a second, offline, the same bits on every machine.

    A document is the sum of the vectors of its words, at unit length, and what a network that reads the words three by three
    adds to it (:mod:`leitmotif.backend.word_order`). Both were learnt so that the result comes close to what
    all-MiniLM-L6-v2 says of a text (``scripts/build_static_vectors.py``). Words that are not in the table are put together from
    its pieces by greedy longest match (WordPiece). English.

    Parameters
    ----------
    path : str, optional
        Another table of vectors, as the script writes it, with or without a network. Default: the one in the package.

    Notes
    -----
    A document without any word of the table (empty, or in another script) has the zero vector. Words of one character
    do not count; of long documents the network reads the first 128 words. Cost O(tokens · d), O(characters) for words that the
    table lacks, once a distinct word, and for the network what :class:`~leitmotif.backend.word_order.WordOrder` says.

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
        found = counts.unigram_counts(stream)
        self._warn_of_unknown(found, stream.words)
        return self._embedded(stream, found)

    def embed_words(self, words: Sequence[str], verbose: bool = False) -> NDArray[np.float32]:
        """Embeddings of words or short phrases, as :meth:`embed` has them; of a vocabulary much may be rare or unknown."""
        stream = counts.tokenize(words)
        return self._embedded(stream, counts.unigram_counts(stream))

    def _embedded(self, stream: counts.TokenStream, found: SparseMatrix) -> NDArray[np.float32]:
        table = self._table
        pieces = table.entries(stream.words)
        used, pieces.indices = renumbered(pieces.indices, pieces.shape[1])
        pieces.resize(len(stream.words), len(used))
        directions = table.vectors[used]
        vectors = directions * table.scales[used, None].astype(np.float64)
        rows = found @ pieces
        out = np.zeros((stream.n_documents, vectors.shape[1]), dtype=np.float32)

        def fill(start: int) -> None:
            part = slice(start, min(start + BLOCK, len(out)))
            sums = _unit(rows[part] @ vectors)
            if table.order is not None:
                sums = _unit(sums + table.order.added(sums, part, stream, pieces, directions, WHOLE))
            out[part] = sums

        starts = range(0, len(out), BLOCK)
        with ThreadPoolExecutor(_native.default_threads()) as pool, _one_blas_thread(len(starts)):
            list(pool.map(fill, starts))
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
            self.order = WordOrder.of(file)
        self.vectors: NDArray[np.int8] = _mapped(path, "vectors")
        self.words = {name: row for row, name in enumerate(names) if not name.startswith("##")}
        self.tails = {name[2:]: row for row, name in enumerate(names) if name.startswith("##")}

    def entries(self, words: Sequence[str]) -> csr_matrix:
        """Weights of the table's rows in each word: csr_matrix of float64 whole numbers, shape (m, rows).

        A word's rows stand in their order; one that it has twice stands there twice.
        """
        indices: list[int] = []
        weights: list[int] = []
        indptr = [0]
        for word in words:
            found = self.rows(_plain(word))
            indices += found
            weights += [round(WHOLE / max(len(found), 1))] * len(found)
            indptr.append(len(indices))
        return csr_matrix(
            (np.array(weights, dtype=np.float64), np.array(indices, dtype=np.int32), np.array(indptr, dtype=np.int32)),
            shape=(len(words), len(self.vectors)),
        )

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


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def _one_blas_thread(n_blocks: int) -> AbstractContextManager[Any]:
    """BLAS on one thread where blocks keep the others busy; the bits are the same either way."""
    if n_blocks < 2:
        return nullcontext()
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(limits=1, user_api="blas")
    return limits


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
