"""A small fitted model made by hand: 12 documents, three topics and outliers, on a map with known places."""

from __future__ import annotations

import numpy as np
import pytest

from leitmotif.protocols import Components, Snapshot
from leitmotif.state import TopicState

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)> &amp; {{record}}"
TOPICS = np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2, -1, -1])
COMPONENTS = Components(embedder=None, reducer=None, clusterer=None, vectorizer=None, weighting=None)
POSITIONS = np.array(
    [[0, 0], [1, 0], [0, 1], [1, 1], [0.5, 0.5], [10, 0], [11, 0], [10, 1], [0, 10], [1, 10], [5, 5], [-20, -20]],
    dtype=np.float32,
)


def make_state(**changes: object) -> TopicState:
    ids = np.array([-1, 0, 1, 2])
    values: dict[str, object] = {
        "topic_ids": ids,
        "topics": TOPICS,
        "sizes": np.array([2, 5, 3, 2]),
        "mappings": ids[:, None],
        "words": {
            -1: [("and", 0.1)],
            0: [("cats", 0.5), ("cat", 0.4), ("dog", 0.3), ("hot dog", 0.2), ("bird", 0.1), ("", 1e-5)],
            1: [("<b>tea</b>", 0.5), ("milk", 0.2)],
            2: [("", 1e-5)],
        },
        "aspects": {"Short": {0: [("pets", 1.0), ("", 0.0)], 1: "drinks"}},
        "representative_rows": {0: np.array([4, 0]), 1: np.array([5]), 2: np.array([8]), -1: np.array([10])},
        "topic_embeddings": np.array([[9.0, 9], [1, 0], [0.9, 0.1], [0, 1]]),
        "documents": [f"text number {i}" for i in range(11)] + [NASTY],
    }
    return TopicState(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def fitted() -> Snapshot:
    return Snapshot(state=make_state(), components=COMPONENTS)
