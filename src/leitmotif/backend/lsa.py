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
from leitmotif.typing import SparseMatrix

__all__ = ["LsaEmbedder"]

OVERSAMPLING = 10
POWER_ITERATIONS = 4
# A feature must stand in two documents to link them, and one that stands in most says nothing of any; a corpus of a few
# documents keeps all.
MIN_DOCUMENTS = 2
MAX_SHARE = 0.5
SMALL = 20


class LsaEmbedder(BaseEmbedder):
    """Latent semantic analysis of the documents themselves, for any language and without a model.

    The first documents that are embedded are learnt from; what is embedded later is placed in their space.
    Features are the words and, for languages that inflect or do not put spaces, the character n-grams inside them,
    each hashed to 32 bits; weights are sublinear tf-idf; the reduction is a randomised SVD
    (Halko, Martinsson & Tropp 2011, Algorithm 4.4) with a fixed seed.

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
    not depend on the number of threads. Cost O(nnz · components · iterations).

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
        found = [(counts @ matrix, hashes) for matrix, hashes in self._features(words)]
        if self._directions is None:
            weights = (1.0, self.ngram_weight)
            blocks = [
                _Block.learn(block, hashes, weight) for (block, hashes), weight in zip(found, weights, strict=False)
            ]
            if not any(len(block.hashes) for block in blocks):
                raise InvalidInputError(
                    f"there is nothing to learn an embedding from: the {counts.shape[0]} documents have no words"
                )
            self._blocks = blocks
            self._directions = _directions(self._weigh(found), self.n_components, self.random_state).astype(np.float32)
        rows = self._weigh(found).astype(np.float32) @ self._directions
        lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return rows

    def get_state(self) -> dict[str, Any]:
        """All that makes this embedder, as plain data and arrays."""
        state: dict[str, Any] = {
            "n_components": self.n_components,
            "ngram_range": list(self.ngram_range),
            "ngram_weight": self.ngram_weight,
            "random_state": self.random_state,
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
            made._directions = state["directions"]
            made._blocks = [_Block(**block) for block in state["blocks"]]
        return made

    def _features(self, words: Sequence[str]) -> list[tuple[csr_matrix, NDArray[np.uint32]]]:
        """Words × features and the hash of each feature: the words themselves, then their n-grams."""
        found = [_indicator([[word] for word in words])]
        if self.ngram_weight > 0:
            found.append(_indicator([_ngrams(word, *self.ngram_range) for word in words]))
        return found

    def _weigh(self, found: list[tuple[csr_matrix, NDArray[np.uint32]]]) -> csr_matrix:
        """Documents × features of all blocks, weighted."""
        weighed = [block.weigh(matrix, hashes) for block, (matrix, hashes) in zip(self._blocks, found, strict=True)]
        return hstack(weighed, format="csr")


@dataclass(frozen=True, eq=False)
class _Block:
    """Features of one kind: their hashes (ascending), inverse document frequencies, and the weight of the kind."""

    hashes: NDArray[np.uint32]
    idf: NDArray[np.float64]
    weight: float

    @classmethod
    def learn(cls, matrix: csr_matrix, hashes: NDArray[np.uint32], weight: float) -> _Block:
        n_documents = matrix.shape[0]
        frequency = np.bincount(matrix.indices, minlength=len(hashes))
        small = n_documents < SMALL
        kept = (frequency >= (1 if small else MIN_DOCUMENTS)) & (frequency <= (1 if small else MAX_SHARE) * n_documents)
        kept = kept if kept.any() else frequency > 0
        return cls(hashes[kept], np.log((1 + n_documents) / (1 + frequency[kept])) + 1, weight)

    def weigh(self, matrix: csr_matrix, hashes: NDArray[np.uint32]) -> csr_matrix:
        """Sublinear tf-idf with rows of length ``weight``, columns in the order of the learnt features."""
        if len(self.hashes) == 0:
            return csr_matrix((matrix.shape[0], 0))
        place = np.searchsorted(self.hashes, hashes).clip(max=len(self.hashes) - 1)
        known = np.flatnonzero(self.hashes[place] == hashes)
        # Both lists ascend, so taking the known columns in order leaves them sorted as learnt.
        rows = matrix[:, known].tocsr()
        rows.indices = place[known][rows.indices].astype(rows.indices.dtype)
        rows.resize(matrix.shape[0], len(self.hashes))
        rows.sort_indices()
        rows.data = (1 + np.log(rows.data)) * self.idf[rows.indices]
        squares = rows.multiply(rows).sum(axis=1)
        lengths = np.sqrt(np.asarray(squares).ravel())
        rows.data *= np.repeat(self.weight / np.maximum(lengths, 1e-300), np.diff(rows.indptr))
        return rows


def _directions(matrix: csr_matrix, n_components: int, seed: int) -> NDArray[np.float64]:
    """Right singular vectors, shape (features, d), with the signs of their largest entries positive."""
    from threadpoolctl import threadpool_limits

    rank = min(n_components, *matrix.shape)
    sketch = min(rank + OVERSAMPLING, *matrix.shape)
    transposed = matrix.T.tocsr()
    # One thread in the dense steps: some libraries add up in another order with more.
    with threadpool_limits(limits=1):
        basis = np.random.default_rng(seed).standard_normal((matrix.shape[1], sketch))
        for _ in range(POWER_ITERATIONS):
            basis, _ = np.linalg.qr(transposed @ (matrix @ basis))
        image = matrix @ basis
        values, vectors = np.linalg.eigh(image.T @ image)
        order = np.argsort(-values, kind="stable")[:rank]
        order = order[values[order] > 1e-10 * values.max()]
        directions = basis @ vectors[:, order]
    largest = np.abs(directions).argmax(axis=0)
    return directions * np.sign(directions[largest, np.arange(directions.shape[1])])


def _ngrams(word: str, shortest: int, longest: int) -> list[str]:
    marked = f"<{word}>"
    return [marked[i : i + n] for n in range(shortest, longest + 1) for i in range(len(marked) - n + 1)]


def _indicator(features: list[list[str]]) -> tuple[csr_matrix, NDArray[np.uint32]]:
    """How often each feature occurs in each word, columns by ascending hash; and the hashes."""
    crc = zlib.crc32
    hashed = [crc(text.encode("utf-8", "surrogatepass")) for texts in features for text in texts]
    hashes, columns = np.unique(np.array(hashed, dtype=np.uint32), return_inverse=True)
    indptr = np.concatenate([[0], np.cumsum([len(texts) for texts in features], dtype=np.int64)])
    matrix = csr_matrix((np.ones(len(columns)), columns, indptr), shape=(len(features), len(hashes)))
    matrix.sum_duplicates()
    return matrix, hashes
