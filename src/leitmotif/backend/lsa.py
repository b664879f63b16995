"""An embedder learnt from the corpus alone: words and their character n-grams, weighed and reduced."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from leitmotif.backend.embedder import BaseEmbedder
from leitmotif.errors import InvalidInputError
from leitmotif.kernels import counts
from leitmotif.kernels.latent import inverse_frequencies, latent_directions, weighted_counts
from leitmotif.typing import SparseMatrix

__all__ = ["LsaEmbedder"]

POWER_ITERATIONS = 4
# A feature must stand in two documents to link them, and one that stands in most says nothing of any; a corpus of a few
# documents keeps all.
MIN_DOCUMENTS = 2
MAX_SHARE = 0.5
SMALL = 20

HASHING = 2
"""How features are hashed; kept with what was learnt."""

MOST_GRAMS = 20_000
"""Character n-grams of a length that are looked at: the commonest."""

MOST_ENTRIES = 6_000_000
"""Of the documents × features matrix that is reduced; of a larger one a sample of the documents."""

AT_A_TIME = 2000
"""Documents whose features are held in memory together."""


class LsaEmbedder(BaseEmbedder):
    """Latent semantic analysis of the documents themselves, for any language and without a model.

    The first documents that are embedded are learnt from; what is embedded later is placed in their space.
    Features are the words and, for languages that inflect or do not put spaces, the character n-grams inside them,
    each hashed to 32 bits, of the n-grams of one length the commonest :data:`MOST_GRAMS`; weights are sublinear tf-idf;
    the reduction is a randomised SVD (Halko, Martinsson & Tropp 2011, Algorithm 4.4) with a fixed seed.

    Parameters
    ----------
    n_components : int
        Length of a vector at most.
    ngram_range : (int, int)
        Shortest and longest character n-gram.
    ngram_weight : float
        Weight of the n-grams against the words, 0 to leave them out.
    random_state : int

    Notes
    -----
    Rows have unit length; a document that shares nothing with the corpus has the zero vector. The result does
    not depend on the number of threads. Of a large corpus an even sample of the documents is reduced, such that it has
    :data:`MOST_ENTRIES` entries. Cost O(characters + entries · components · iterations), memory O(characters of the distinct
    words + entries of the sample).

    Examples
    --------
    >>> texts = ["red wine and white wine", "white wine or red wine", "the old train", "the new train", "an old train"]
    >>> vectors = LsaEmbedder(n_components=2).embed(texts)
    >>> bool(vectors[0] @ vectors[1] > vectors[0] @ vectors[2])
    True
    """

    def __init__(
        self,
        n_components: int = 128,
        ngram_range: tuple[int, int] = (2, 4),
        ngram_weight: float = 0.5,
        random_state: int = 42,
    ) -> None:
        super().__init__()
        self.n_components = n_components
        self.ngram_range = ngram_range
        self.ngram_weight = ngram_weight
        self.random_state = random_state
        self._blocks: list[_Block] = []
        self._directions: NDArray[np.float32] | None = None

    def embed(self, documents: Sequence[str], verbose: bool = False) -> NDArray[np.float32]:
        """Embeddings of texts: ndarray of float32, shape (n, d), d at most ``n_components``; learns on the first call."""
        stream = counts.tokenize(documents)
        return self.embed_counts(counts.unigram_counts(stream), stream.words)

    def embed_counts(self, counts: SparseMatrix, words: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of documents given as counts (n, m) of words (m,); learns on the first call.

        Raises
        ------
        InvalidInputError
            Another number of words than columns, or nothing to learn from.
        """
        if counts.shape[1] != len(words):
            raise InvalidInputError(f"counts have {counts.shape[1]} columns, but there are {len(words)} words")
        counts = csr_matrix(counts, dtype=np.float32)
        features = self._features(words, counts)
        directions = self._directions
        if directions is None:
            features, directions = self._learn(counts, features)
        rows = np.empty((counts.shape[0], directions.shape[1]), dtype=np.float32)
        for start in range(0, len(rows), AT_A_TIME):
            some = slice(start, start + AT_A_TIME)
            rows[some] = self._weigh(counts[some], features).astype(np.float32) @ directions
        lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return rows

    def _learn(self, counts: csr_matrix, features: list[_Features]) -> tuple[list[_Features], NDArray[np.float32]]:
        """Which features count and how much, and the directions; and the features, those alone that count."""
        n = counts.shape[0]
        frequencies = [np.zeros(len(each.hashes), dtype=np.int64) for each in features]
        for start in range(0, n, AT_A_TIME):
            for frequency, each in zip(frequencies, features, strict=True):
                found = counts[start : start + AT_A_TIME] @ each.matrix
                frequency += np.bincount(found.indices, minlength=len(frequency))
        weights = (1.0, self.ngram_weight)
        self._blocks = [
            _Block.learn(frequency, n, each.hashes, weight)
            for frequency, each, weight in zip(frequencies, features, weights, strict=False)
        ]
        if not any(len(block.hashes) for block in self._blocks):
            raise InvalidInputError(f"there is nothing to learn an embedding from: the {n} documents have no words")
        entries = sum(
            int(frequency[np.isin(each.hashes, block.hashes)].sum())
            for frequency, each, block in zip(frequencies, features, self._blocks, strict=True)
        )
        features = [block.place(each) for block, each in zip(self._blocks, features, strict=True)]
        step = max(-(-entries // MOST_ENTRIES), 1)
        sample = self._weigh(counts[::step], features)
        self._directions = latent_directions(sample, self.n_components, self.random_state, POWER_ITERATIONS).astype(
            np.float32
        )
        return features, self._directions

    def get_state(self) -> dict[str, Any]:
        """All that makes this embedder, as plain data and arrays."""
        state: dict[str, Any] = {
            "n_components": self.n_components,
            "ngram_range": list(self.ngram_range),
            "ngram_weight": self.ngram_weight,
            "random_state": self.random_state,
            "hashing": HASHING,
        }
        if self._directions is not None:
            state["directions"] = self._directions
            state["blocks"] = [{"hashes": b.hashes, "idf": b.idf, "weight": b.weight} for b in self._blocks]
        return state

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> LsaEmbedder:
        """The embedder that :meth:`get_state` described."""
        made = cls(state["n_components"], tuple(state["ngram_range"]), state["ngram_weight"], state["random_state"])
        if "directions" in state:
            if state.get("hashing") != HASHING:
                raise InvalidInputError(
                    "this LSA embedder was learnt by another build, which hashed otherwise: fit it again"
                )
            made._directions = state["directions"]
            made._blocks = [_Block(**block) for block in state["blocks"]]
        return made

    def _features(self, words: Sequence[str], counts: csr_matrix) -> list[_Features]:
        """The words themselves, then their n-grams; once learnt only those that are known."""
        found = [_word_features(words)]
        if self.ngram_weight > 0:
            if self._directions is None:
                times = np.asarray(counts.sum(axis=0)).ravel()
                least = 1 if counts.shape[0] < SMALL else MIN_DOCUMENTS
                found.append(_gram_features(words, *self.ngram_range, times=times, least=least))
            else:
                found.append(_gram_features(words, *self.ngram_range, known=self._blocks[1].hashes))
        if self._directions is None:
            return found
        return [block.place(each) for block, each in zip(self._blocks, found, strict=True)]

    def _weigh(self, counts: csr_matrix, features: list[_Features]) -> csr_matrix:
        """Documents × features of all blocks, weighted; the features are those that were learnt."""
        weighed = [block.weigh(counts @ each.matrix) for block, each in zip(self._blocks, features, strict=True)]
        return hstack(weighed, format="csr")


@dataclass(frozen=True, eq=False)
class _Features:
    """How often each feature occurs in each word, (words, features), and the hash of each, ascending."""

    matrix: csr_matrix
    hashes: NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class _Block:
    """Features of one kind: their hashes (ascending), inverse document frequencies, and the weight of the kind."""

    hashes: NDArray[np.uint32]
    idf: NDArray[np.float64]
    weight: float

    @classmethod
    def learn(cls, frequency: NDArray[np.int64], n_documents: int, hashes: NDArray[np.uint32], weight: float) -> _Block:
        small = n_documents < SMALL
        kept = (frequency >= (1 if small else MIN_DOCUMENTS)) & (frequency <= (1 if small else MAX_SHARE) * n_documents)
        kept = kept if kept.any() else frequency > 0
        return cls(hashes[kept], inverse_frequencies(frequency[kept], n_documents), weight)

    def place(self, features: _Features) -> _Features:
        """The features in the order in which they were learnt, others left out."""
        n = len(self.hashes)
        if n == 0:
            return _Features(csr_matrix((features.matrix.shape[0], 0), dtype=np.float32), self.hashes)
        place = np.searchsorted(self.hashes, features.hashes).clip(max=n - 1)
        known = np.flatnonzero(self.hashes[place] == features.hashes)
        # Both lists ascend, so taking the known columns in order leaves them sorted as learnt.
        matrix = features.matrix[:, known].tocsr()
        matrix.indices = place[known][matrix.indices].astype(matrix.indices.dtype)
        matrix.resize(matrix.shape[0], n)
        return _Features(matrix, self.hashes)

    def weigh(self, rows: csr_matrix) -> csr_matrix:
        """Sublinear tf-idf of documents × learnt features, with rows of length ``weight``."""
        rows.sort_indices()
        return self.weight * weighted_counts(rows.astype(np.float64), self.idf)


def _word_features(words: Sequence[str]) -> _Features:
    crc = zlib.crc32
    hashed = np.array([crc(word.encode("utf-8", "surrogatepass")) for word in words], dtype=np.uint32)
    return _features_of(np.arange(len(words)), hashed, len(words))


def _gram_features(
    words: Sequence[str],
    shortest: int,
    longest: int,
    *,
    times: NDArray[np.floating[Any]] | None = None,
    least: int = 1,
    known: NDArray[np.uint32] | None = None,
) -> _Features:
    """N-grams of the words, each with a mark at both ends.

    Those of ``known`` hashes; or else of each length the commonest, that occur at least ``least`` times where a word counts
    ``times``. Numbers, not texts: a corpus without spaces has a hundred million of them.
    """
    text = "".join(f"<{word}>" for word in words)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter((len(word) + 2 for word in words), dtype=np.int64, count=len(words))
    owner = np.repeat(np.arange(len(words), dtype=np.int32), lengths)
    left = (np.repeat(np.cumsum(lengths), lengths) - np.arange(len(points))).astype(np.int32)  # to the end of the word
    rolling = np.full(len(points), 0x9E3779B97F4A7C15, dtype=np.uint64)
    owners, hashes = [], []
    for n in range(1, longest + 1):
        rolling[: len(points) - n + 1] = rolling[: len(points) - n + 1] * np.uint64(0x100000001B3) ^ points[n - 1 :]
        if n < shortest:
            continue
        fits = np.flatnonzero(left >= n)
        mixed = _mixed(rolling[fits])
        if known is not None:
            place = np.searchsorted(known, mixed).clip(max=max(len(known) - 1, 0))
            kept = known[place] == mixed if len(known) else np.zeros(len(mixed), dtype=bool)
        else:
            number = np.unique(mixed, return_inverse=True)[1]
            total = np.bincount(number, weights=None if times is None else times[owner[fits]])
            enough = total >= least
            if enough.sum() > MOST_GRAMS:  # ties by hash
                order = np.argsort(-total, kind="stable")
                enough[order[MOST_GRAMS:]] = False
            kept = enough[number]
        owners.append(owner[fits[kept]])
        hashes.append(mixed[kept])
    return _features_of(np.concatenate(owners), np.concatenate(hashes), len(words))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """32 bits that depend on all of 64 (the finaliser of SplitMix64; Steele, Lea & Flood 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (values >> np.uint64(32)).astype(np.uint32)


def _features_of(owners: NDArray[np.integer[Any]], hashed: NDArray[np.uint32], n_words: int) -> _Features:
    hashes, columns = np.unique(hashed, return_inverse=True)
    ones = np.ones(len(columns), dtype=np.float32)
    matrix = csr_matrix((ones, (owners, columns.astype(np.int32))), shape=(n_words, len(hashes)))
    return _Features(matrix, hashes)
