"""Topics nearest to a term or an image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leitmotif.errors import EmbeddingsError, InvalidInputError, MissingComponentError
from leitmotif.operations.search import find_topics
from leitmotif.protocols import Snapshot


def test_order_and_similarity(fitted):
    state = fitted.state
    query = fitted.components.embedder.vectors["guitar"]
    vectors = state.topic_embeddings
    cosines = vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query)
    topics, similarities = find_topics(fitted, "guitar", top_n=3)
    assert topics == state.topic_ids[np.argsort(-cosines)][:3].tolist()
    assert topics[0] == 2
    assert similarities == pytest.approx(np.sort(cosines)[::-1][:3].tolist(), abs=1e-5)
    assert all(type(topic) is int for topic in topics)
    assert all(type(value) is float for value in similarities)


def test_rows_are_found_without_outliers(make_fitted, fitted, documents):
    """Without topic -1, BERTopic 0.17.4 could be off by one row after an update."""
    inner = fitted.state.topics >= 0
    without = make_fitted([d for d, keep in zip(documents, inner, strict=True) if keep], fitted.state.topics[inner])
    for word, topic in (("rocket", 0), ("soup", 1), ("guitar", 2), ("goal", 3)):
        assert find_topics(without, word, top_n=1)[0] == [topic]
        assert find_topics(fitted, word, top_n=1)[0] == [topic]


def test_more_than_there_are(fitted):
    topics, _ = find_topics(fitted, "soup", top_n=50)
    assert sorted(topics) == [-1, 0, 1, 2, 3]


def test_image(fitted):
    class Pictures:
        def embed_images(self, images, verbose=False):
            return np.stack([fitted.state.topic_embeddings[fitted.state.row(3)] for _ in images])

    seeing = Snapshot(state=fitted.state, components=replace(fitted.components, embedder=Pictures()))
    topics, similarities = find_topics(seeing, image="goal.png", top_n=1)
    assert topics == [3]
    assert similarities[0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, InvalidInputError, "neither"),
        ({"search_term": ["a"]}, InvalidInputError, "must be a text"),
        ({"search_term": "a", "top_n": 0}, InvalidInputError, "top_n"),
        ({"image": "a.png"}, MissingComponentError, "embed_images"),
    ],
)
def test_bad_input(fitted, arguments, error, message):
    with pytest.raises(error, match=message):
        find_topics(fitted, **arguments)


def test_missing_parts(fitted):
    blind = Snapshot(state=fitted.state, components=replace(fitted.components, embedder=None))
    with pytest.raises(MissingComponentError, match="embedder"):
        find_topics(blind, "moon")
    bare = Snapshot(state=replace(fitted.state, topic_embeddings=None), components=fitted.components)
    with pytest.raises(MissingComponentError, match="topic embeddings"):
        find_topics(bare, "moon")
    other = Snapshot(state=replace(fitted.state, topic_embeddings=np.ones((5, 3))), components=fitted.components)
    with pytest.raises(EmbeddingsError, match="8 dimensions, but the topics have 3"):
        find_topics(other, "moon")
