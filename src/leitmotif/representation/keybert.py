"""Words whose embeddings are near to the embeddings of a topic's typical documents."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.ctfidf import top_terms
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.fitted import evidence_of
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.representation.typical import typical_rows
from leitmotif.typing import FloatMatrix, SparseMatrix, Words, WordsByTopic

__all__ = ["KeyBERTInspired"]

logger = logging.getLogger(__name__)

TOPICS_AT_A_TIME = 64
"""Topics compared in one product: 64 x 100 word vectors of 384 dimensions are 20 MB."""


class KeyBERTInspired(BaseRepresentation):
    """Rank the best c-TF-IDF words of a topic by how near they are to its typical documents.

    After KeyBERT (Grootendorst 2020, doi:10.5281/zenodo.4461265): the typical documents of a topic are embedded and averaged, its
    candidate words are embedded, and the words with the largest cosine to the average are kept.

    Parameters
    ----------
    top_n_words : int
        How many words a topic gets.
    nr_repr_docs : int
        Typical documents that are averaged.
    nr_samples : int
        Documents of a topic among which they are sought.
    nr_candidate_words : int
        Best c-TF-IDF words of a topic that are ranked.
    random_state : int
        Names the stream that the samples are drawn from.

    Notes
    -----
    Embeddings given to the fit are used as they are; only where there are none are the typical documents embedded.
    The candidates of all topics are embedded in one call, each distinct word once. Without an embedding model the words stay
    as they are, with a warning. BERTopic 0.17 takes the first documents of the corpus for the typical ones of every topic
    when embeddings were given; here they are the topic's own.
    """

    def __init__(
        self,
        top_n_words: int = 10,
        nr_repr_docs: int = 5,
        nr_samples: int = 500,
        nr_candidate_words: int = 100,
        random_state: int = 42,
    ) -> None:
        self.top_n_words = top_n_words
        self.nr_repr_docs = nr_repr_docs
        self.nr_samples = nr_samples
        self.nr_candidate_words = nr_candidate_words
        self.random_state = random_state

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """The ``top_n_words`` candidates of each topic with the largest cosine, which is their weight.

        A topic of which nothing is known but its words (no document, no embedding) keeps them.
        """
        kept = super().represent(evidence, words)
        if evidence.embed_words is None:
            logger.warning("KeyBERTInspired needs an embedding model, and there is none: the words stay as they are")
            return kept
        averages = self._averages(evidence)
        columns, weights = top_terms(evidence.ctfidf, self.nr_candidate_words)
        is_word = (columns >= 0) & (weights > 0)
        candidates = np.unique(columns[is_word])
        if averages is None or not len(candidates):
            return kept
        vectors = _unit(np.asarray(evidence.embed_words(evidence.terms[candidates].tolist()), dtype=np.float64))
        if vectors.shape[1] != averages.shape[1]:
            raise InvalidInputError(
                f"KeyBERTInspired compares words with documents, and their embeddings have {vectors.shape[1]} and "
                f"{averages.shape[1]} dimensions: pass the embedding_model that made the embeddings"
            )
        where = np.where(is_word, np.searchsorted(candidates, columns), 0)
        similarity = np.where(is_word, _similarities(_unit(averages), vectors, where), -np.inf)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, : self.top_n_words]
        for row, topic in enumerate(evidence.topic_ids.tolist()):
            best = order[row][is_word[row, order[row]]]
            if topic in kept and len(best) and averages[row].any():
                names = evidence.terms[columns[row, best]].tolist()
                kept[topic] = list(zip(names, similarity[row, best].tolist(), strict=True))
        return kept

    def extract_topics(
        self,
        topic_model: Any,
        documents: Any,
        c_tf_idf: SparseMatrix,
        topics: Mapping[int, Words],
        embeddings: Any = None,
    ) -> dict[int, Words]:
        """As in :class:`BaseRepresentation`; ``embeddings`` are those of ``documents``, row by row."""
        words = {int(topic): [pair for pair in pairs if pair[0]] for topic, pairs in topics.items()}
        return self.represent(evidence_of(topic_model, documents, c_tf_idf, list(words), embeddings), words)

    def _averages(self, evidence: TopicEvidence) -> FloatMatrix | None:
        """Mean embedding of each topic's typical documents, shape (T, d); zero where nothing is known."""
        rows = typical_rows(evidence, self.nr_repr_docs, n_samples=self.nr_samples, random_state=self.random_state)
        wanted = np.concatenate([*rows, np.empty(0, dtype=np.int64)]).astype(np.int64)
        if evidence.embeddings is not None:
            vectors = np.asarray(evidence.embeddings[wanted], dtype=np.float64)
        elif evidence.documents is not None and evidence.embed_documents is not None and len(wanted):
            texts = [evidence.documents[int(i)] for i in wanted]
            vectors = np.asarray(evidence.embed_documents(texts), dtype=np.float64)
        elif evidence.topic_embeddings is not None:
            return np.asarray(evidence.topic_embeddings, dtype=np.float64)
        else:
            return None
        averages = np.zeros((len(rows), vectors.shape[1]))
        ends = np.cumsum([len(own) for own in rows])
        for t, own in enumerate(rows):
            if len(own):
                averages[t] = vectors[ends[t] - len(own) : ends[t]].mean(axis=0)
            elif evidence.topic_embeddings is not None and evidence.topic_embeddings.shape[1] == vectors.shape[1]:
                averages[t] = evidence.topic_embeddings[t]
        return averages


def _similarities(averages: FloatMatrix, vectors: FloatMatrix, where: np.ndarray) -> FloatMatrix:
    """``averages[t] . vectors[where[t, c]]`` for all t and c; added up row by row, so that no block changes a bit."""
    result = np.empty(where.shape)
    for start in range(0, len(where), TOPICS_AT_A_TIME):
        part = slice(start, start + TOPICS_AT_A_TIME)
        result[part] = np.einsum("tcd,td->tc", vectors[where[part]], averages[part])
    return result


def _unit(matrix: FloatMatrix) -> FloatMatrix:
    norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    unit: FloatMatrix = matrix / np.where(norms > 0, norms, 1.0)[:, None]
    return unit
