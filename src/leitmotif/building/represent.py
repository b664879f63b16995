"""C-TF-IDF to words: the base words, then the chains of representation models."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from leitmotif.building.weigh import document_weights
from leitmotif.kernels.ctfidf import top_terms
from leitmotif.protocols import Components, Representation, TopicEvidence
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix, Words, WordsByTopic

__all__ = ["N_BASE_WORDS", "PADDING", "base_words", "evidence_for", "pad", "run_chain", "words_of_matrix"]

logger = logging.getLogger(__name__)

N_BASE_WORDS = 30
"""Representation models choose from at least this many words (BERTopic's constant)."""

PADDING = ("", 1e-05)
"""What fills a topic that has fewer terms than words were asked for (BERTopic's)."""


def words_of_matrix(matrix: SparseMatrix, terms: np.ndarray, topic_ids: IntVector, n: int) -> dict[int, Words]:
    """The ``n`` heaviest terms of each row, heaviest first, ties by column; no padding.

    Parameters
    ----------
    matrix : csr_matrix of float64, shape (T, V)
    terms : ndarray of str, shape (V,)
    topic_ids : ndarray of int64, shape (T,)
    n : int
    """
    indices, weights = top_terms(matrix, n)
    result: dict[int, Words] = {}
    for row, topic in enumerate(topic_ids.tolist()):
        found = indices[row] >= 0
        result[topic] = list(zip(terms[indices[row][found]].tolist(), weights[row][found].tolist(), strict=True))
    return result


def base_words(matrix: SparseMatrix, terms: np.ndarray, topic_ids: IntVector, top_n_words: int) -> dict[int, Words]:
    """What representation models choose from: the best ``max(top_n_words, 30)`` terms of each topic."""
    return words_of_matrix(matrix, terms, topic_ids, max(top_n_words, N_BASE_WORDS))


def pad(words: Words, n: int) -> Words:
    """Exactly ``n`` pairs: cut, or filled with :data:`PADDING`."""
    return [*words[:n], *[PADDING] * (n - len(words))]


def evidence_for(
    state: TopicState,
    components: Components,
    topic_ids: IntVector | None = None,
    images: Sequence[Any] | None = None,
) -> TopicEvidence:
    """What representation models may look at, for some topics of a state (default: all).

    The state must have its counts and c-TF-IDF.
    """
    vocabulary, ctfidf = state.need_vocabulary("representing topics")
    counts = state.need_counts("representing topics").matrix
    if topic_ids is None:
        topic_ids = state.topic_ids
    rows = state.rows(topic_ids)
    columns = vocabulary.columns
    if columns is not None and len(columns) != counts.shape[1]:
        counts = counts[:, columns].tocsr()
    embedder = components.embedder
    embeddings, topic_embeddings = state.embeddings, state.topic_embeddings
    embed_words = embed_documents = None
    if embedder is not None:
        embed_words, embed_documents = _cached_words(embedder), embedder.embed_documents
        if embeddings is not None and (components.main or components.aspects):
            width = embed_words(["topic"]).shape[1]
            if width != embeddings.shape[1]:
                logger.info(
                    "the embeddings given have %d dimensions, the embedding model %d: words are compared with the "
                    "model's own embeddings of representative documents",
                    embeddings.shape[1],
                    width,
                )
                embeddings = topic_embeddings = None
    return TopicEvidence(
        topic_ids=topic_ids,
        ctfidf=ctfidf[rows],
        terms=vocabulary.terms,
        documents=state.documents,
        topics=state.topics,
        document_terms=counts,
        embeddings=embeddings,
        topic_embeddings=None if topic_embeddings is None else topic_embeddings[rows],
        top_n_words=components.top_n_words,
        weigh=lambda some: document_weights(state, components, some),
        embed_words=embed_words,
        embed_documents=embed_documents,
        images=images,
        random_state=components.random_state,
        verbose=components.verbose,
    )


def run_chain(chain: Sequence[Representation], evidence: TopicEvidence, start: WordsByTopic) -> dict[int, Any]:
    """Pass the words of each topic through the models of a chain, in order.

    What the last model gives for a topic is usually words, and may be anything else, such as an image.
    """
    words: Mapping[int, Any] = start
    for model in chain:
        words = model.represent(evidence, words)
    return {int(topic): list(found) if isinstance(found, list | tuple) else found for topic, found in words.items()}


def _cached_words(embedder: Any) -> Callable[[Sequence[str]], FloatMatrix]:
    """``embed_words`` that embeds each distinct word once, however many models and topics ask for it."""
    known: dict[str, np.ndarray] = {}

    def embed_words(words: Sequence[str]) -> FloatMatrix:
        new = [word for word in dict.fromkeys(words) if word not in known]
        if new:
            known.update(zip(new, np.asarray(embedder.embed_words(new)), strict=True))
        return np.stack([known[word] for word in words]) if len(words) else np.zeros((0, 0), dtype=np.float32)

    return embed_words
