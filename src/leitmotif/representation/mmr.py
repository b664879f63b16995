"""Words that say different things."""

from __future__ import annotations

import logging

import numpy as np

from leitmotif.kernels.mmr import mmr_order
from leitmotif.kernels.similarity import cosine
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.typing import Words, WordsByTopic

__all__ = ["MaximalMarginalRelevance"]

logger = logging.getLogger(__name__)


class MaximalMarginalRelevance(BaseRepresentation):
    """Choose among a topic's words those that are near to all of them together and unlike each other.

    Carbonell & Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing
    summaries", SIGIR 1998. The query is the embedding of the topic's words joined by spaces.

    Parameters
    ----------
    diversity : float
        0 chooses the words nearest to the whole, 1 the most different ones.
    top_n_words : int
        How many words a topic keeps; all where it has fewer.

    Notes
    -----
    The words keep their order and weights. The words of all topics are embedded in one call.
    Without an embedding model they stay as they are, with a warning.
    """

    def __init__(self, diversity: float = 0.1, top_n_words: int = 10) -> None:
        self.diversity = diversity
        self.top_n_words = top_n_words

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """The chosen ``top_n_words`` of each topic's words, in their order and with their weights."""
        pairs = {topic: [pair for pair in own if pair[0]] for topic, own in super().represent(evidence, words).items()}
        if evidence.embed_words is None:
            logger.warning(
                "MaximalMarginalRelevance needs an embedding model, and there is none: the words stay as they are"
            )
            return pairs
        joined = {topic: " ".join(word for word, _ in own) for topic, own in pairs.items()}
        distinct = dict.fromkeys(word for own in pairs.values() for word, _ in own)
        texts = list(dict.fromkeys([*distinct, *(text for text in joined.values() if text)]))
        if not texts:
            return pairs
        vectors = np.asarray(evidence.embed_words(texts))
        row_of = {text: row for row, text in enumerate(texts)}
        return {
            topic: self._choose(own, vectors[[row_of[word] for word, _ in own]], vectors[row_of[joined[topic]]])
            if own
            else []
            for topic, own in pairs.items()
        }

    def _choose(self, pairs: Words, vectors: np.ndarray, query: np.ndarray) -> Words:
        similarity = cosine(vectors, np.vstack([query[None], vectors]))
        chosen = mmr_order(similarity[:, 0], similarity[:, 1:], self.diversity, self.top_n_words)
        return [pairs[i] for i in np.sort(chosen).tolist()]
