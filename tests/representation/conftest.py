"""Evidence of four topics (outliers, space, food, and one without documents), with an embedder that hashes words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from leitmotif.protocols import TopicEvidence

DOCUMENTS = [
    "the heavy rocket reaches a stable orbit",  # 0: topic 0
    "a heavy rocket launch near the red planet",  # 1: topic 0
    "butter and fresh bread from the hot oven",  # 2: topic 1
    "fresh bread needs flour and a hot oven",  # 3: topic 1
    "planet and oven",  # 4: outlier
    "the heavy rocket reaches a stable orbit",  # 5: topic 0, a copy of 0
    "rocket rocket rocket",  # 6: topic 0
]
TOPICS = np.array([0, 0, 1, 1, -1, 0, 0])
TOPIC_IDS = np.array([-1, 0, 1, 7])
TERMS = sorted(
    {word for text in DOCUMENTS for word in text.split()} - {"the", "a", "and"}
    | {"heavy rocket", "fresh bread", "hot oven"}
)


class HashedWords:
    """A word has a random vector of its own; a text the sum of its words'. Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.append(list(texts))
        return np.stack([sum(self.vector(word) for word in text.split()) for text in texts])

    @staticmethod
    def vector(word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).normal(size=12)


def count(text: str) -> list[int]:
    return [f" {text} ".count(f" {term} ") if " " in term else text.split().count(term) for term in TERMS]


@pytest.fixture
def make_evidence():
    def make(**changes) -> TopicEvidence:
        counts = csr_matrix(np.array([count(text) for text in DOCUMENTS], dtype=np.int32))
        per_topic = np.stack([counts.toarray()[topic == TOPICS].sum(axis=0) for topic in TOPIC_IDS])
        idf = np.log(1 + per_topic.sum() / 4 / per_topic.sum(axis=0))
        scale = np.maximum(per_topic.sum(axis=1, keepdims=True), 1)
        facts = {
            "topic_ids": TOPIC_IDS,
            "ctfidf": csr_matrix(per_topic / scale * idf),
            "terms": np.array(TERMS, dtype=object),
            "documents": DOCUMENTS,
            "topics": TOPICS,
            "document_terms": counts,
            "embeddings": HashedWords()(DOCUMENTS),
            "topic_embeddings": None,
            "top_n_words": 10,
            "weigh": lambda some: csr_matrix(some.multiply(idf)),
            "embed_words": HashedWords(),
            "embed_documents": HashedWords(),
        }
        return TopicEvidence(**{**facts, **changes})

    return make


@pytest.fixture
def evidence(make_evidence) -> TopicEvidence:
    return make_evidence()


@pytest.fixture
def words(evidence) -> dict[int, list[tuple[str, float]]]:
    """The c-TF-IDF words of each topic, best first."""
    found = {}
    for row, topic in enumerate(evidence.topic_ids.tolist()):
        weights = evidence.ctfidf[row].toarray()[0]
        order = np.argsort(-weights, kind="stable")
        found[topic] = [(TERMS[i], float(weights[i])) for i in order if weights[i] > 0]
    return found
