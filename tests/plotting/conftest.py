"""A fitted model made by hand: 60 documents, five topics and the outliers, no estimator."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from leitmotif.protocols import Components, Snapshot
from leitmotif.state import TopicState

SIZES = {-1: 6, 0: 20, 1: 14, 2: 10, 3: 6, 4: 4}
WORDS = {
    -1: ["the", "of", "and", "to"],
    0: ["rocket", "orbit", "moon", "launch", "mission"],
    1: ["bread", "butter", "oven", "flour", "sugar"],
    2: ["<b>bold</b>", "R&D", "x<y", "lab", "test"],
    3: ["violin", "chord"],  # too few words: padded below
    4: ["star", "planet", "comet", "dust", "ring"],
}


class Words:
    """A vectorizer of which figures need the tokenizer only."""

    def build_tokenizer(self):
        return str.split


def padded(words: list[str], n: int = 5) -> list[tuple[str, float]]:
    pairs = [(word, 0.5 / (rank + 1)) for rank, word in enumerate(words[:n])]
    return pairs + [("", 1e-05)] * (n - len(pairs))


def components(**parts) -> Components:
    given = {"embedder": None, "reducer": None, "clusterer": None, "vectorizer": Words(), "weighting": None}
    return Components(**{**given, **parts})


@pytest.fixture
def state() -> TopicState:
    ids = np.array(list(SIZES), dtype=np.int64)
    sizes = np.array(list(SIZES.values()), dtype=np.int64)
    # Topics take turns, so that rows of one topic are never side by side.
    topics = np.repeat(ids, sizes)[np.argsort(np.concatenate([np.arange(n) / n for n in sizes]), kind="stable")]
    embeddings = np.array(
        [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0.8, 0.6], [0.6, 0, 0.8], [0.8, 0.6, 0]], dtype=np.float32
    )
    return TopicState(
        topic_ids=ids,
        topics=topics,
        sizes=sizes,
        mappings=np.stack([ids, ids], axis=1),
        ctfidf=csr_matrix(np.vstack([np.ones((1, 3)), embeddings[1:] @ np.diag([1.0, 2.0, 1.0])])),
        topic_embeddings=embeddings,
        words={topic: padded(words) for topic, words in WORDS.items()},
        aspects={"LLM": {topic: padded([f"About {words[0]}"]) for topic, words in WORDS.items()}},
        custom_labels={topic: f"<i>label</i> {topic}" for topic in WORDS},
    )


@pytest.fixture
def fitted(state) -> Snapshot:
    return Snapshot(state=state, components=components())


@pytest.fixture
def docs(state) -> list[str]:
    return [f"document {row} of topic {topic}" for row, topic in enumerate(state.topics.tolist())]


@pytest.fixture
def places(state) -> np.ndarray:
    """Places of the documents: topic t around (10 t, t), a little farther with every row."""
    rows = np.arange(state.n_documents)
    return np.stack([10.0 * state.topics + 0.01 * rows, state.topics - 0.01 * rows], axis=1)


def many_topics(n_topics: int, seed: int = 3) -> Snapshot:
    """A model of so many topics, two documents each, and two outliers."""
    rng = np.random.default_rng(seed)
    ids = np.arange(-1, n_topics, dtype=np.int64)
    vectors = rng.normal(size=(len(ids), 12)).astype(np.float32)
    state = TopicState(
        topic_ids=ids,
        topics=np.tile(ids, 2),
        sizes=np.full(len(ids), 2, dtype=np.int64),
        mappings=np.stack([ids, ids], axis=1),
        topic_embeddings=vectors,
        ctfidf=csr_matrix(np.abs(vectors)),
        words={topic: padded([f"w{topic}a", f"w{topic}b", f"w{topic}c"]) for topic in ids.tolist()},
    )
    return Snapshot(state=state, components=components())
