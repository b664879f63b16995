"""Several models made one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leitmotif.errors import EmbeddingsError, InvalidInputError, MissingComponentError
from leitmotif.operations.combine import merge_states
from leitmotif.protocols import Snapshot


def halves(make_fitted, documents, topics, first_topics, second_topics):
    """Two models of parts of the corpus; the second numbers its topics from 0."""
    topics = np.asarray(topics)
    parts = []
    for chosen in (first_topics, second_topics):
        rows = np.flatnonzero(np.isin(topics, chosen))
        rows = rows[::2] if parts == [] else rows[1::2]
        renumber = {topic: topic if topic == -1 else i for i, topic in enumerate(t for t in chosen if t >= 0)} | {
            -1: -1
        }
        parts.append(make_fitted([documents[i] for i in rows], [renumber[int(t)] for t in topics[rows]]))
    return parts


def test_equal_topics_are_united_and_others_appended(make_fitted, fitted, documents):
    a, b = halves(make_fitted, documents, fitted.state.topics, [-1, 0, 1], [-1, 1, 2])
    state = merge_states([a, b])
    assert state.topic_ids.tolist() == [-1, 0, 1, 2]
    n = a.state.n_documents
    assert state.topics[:n].tolist() == a.state.topics.tolist()
    assert state.topics[n:].tolist() == [{-1: -1, 0: 1, 1: 2}[t] for t in b.state.topics.tolist()]
    assert state.sizes.tolist() == [(state.topics == t).sum() for t in (-1, 0, 1, 2)]
    assert state.documents == [*a.state.documents, *b.state.documents]
    everything = np.concatenate([a.state.embeddings, b.state.embeddings])
    means = np.stack([everything[state.topics == t].mean(axis=0) for t in (-1, 0, 1, 2)])
    assert np.allclose(state.topic_embeddings, means, atol=1e-6)
    # Counts are those of one corpus, counted at once.
    one = make_fitted(state.documents, state.topics)
    assert state.document_terms.terms.tolist() == one.state.document_terms.terms.tolist()
    assert (state.document_terms.matrix != one.state.document_terms.matrix).nnz == 0
    assert np.allclose(state.ctfidf.toarray(), one.state.ctfidf.toarray())
    assert {t: [w for w, _ in words] for t, words in state.words.items()} == {
        t: [w for w, _ in words] for t, words in one.state.words.items()
    }
    for topic, rows in state.representative_rows.items():
        assert (state.topics[rows] == topic).all()
        assert state.representative_docs[topic] == [state.documents[row] for row in rows]
    assert state.extras["merged_models"] == [[[-1, -1], [0, 0], [1, 1]], [[-1, -1], [0, 1], [1, 2]]]


def test_a_topic_like_the_outliers_is_not_swallowed(make_fitted, fitted, documents):
    """BERTopic 0.17.4 put a new topic whose nearest row was that of -1 into -1."""
    a, b = halves(make_fitted, documents, fitted.state.topics, [-1, 0, 1], [3])
    vectors = a.state.topic_embeddings.copy()
    vectors[0] = b.state.topic_embeddings[0]
    a = Snapshot(state=replace(a.state, topic_embeddings=vectors), components=a.components)
    state = merge_states([a, b])
    assert state.topics[a.state.n_documents :].tolist() == [2] * b.state.n_documents


def test_base_without_outliers(make_fitted, fitted, documents):
    """Everything was off by one, and -1 had no embedding."""
    a, b = halves(make_fitted, documents, fitted.state.topics, [0, 1], [-1, 1, 2])
    state = merge_states([a, b])
    assert state.topic_ids.tolist() == [-1, 0, 1, 2]
    assert np.allclose(state.topic_embeddings[0], b.state.topic_embeddings[0], atol=1e-6)
    assert np.allclose(state.topic_embeddings[1], a.state.topic_embeddings[0], atol=1e-6)
    assert len(set(state.names.values())) == 4


@pytest.mark.parametrize(("min_similarity", "n_topics"), [(-1, 2), (1, 4)])
def test_threshold(make_fitted, fitted, documents, min_similarity, n_topics):
    a, b = halves(make_fitted, documents, fitted.state.topics, [0, 1], [1, 2])
    assert merge_states([a, b], min_similarity).n_topics == n_topics


def test_three_models_and_one(make_fitted, fitted, documents):
    a, b = halves(make_fitted, documents, fitted.state.topics, [-1, 0, 1], [-1, 1, 2])
    _, c = halves(make_fitted, documents, fitted.state.topics, [0], [2, 3])
    state = merge_states([a, b, c])
    assert state.topic_ids.tolist() == [-1, 0, 1, 2, 3]
    assert state.extras["merged_models"][2] == [[0, 2], [1, 3]]
    alone = merge_states([a])
    assert alone.topics.tolist() == a.state.topics.tolist()
    assert alone.words == a.state.words


def test_words_of_representation_models_labels_and_aspects_are_kept(make_fitted, fitted, documents):
    a, b = halves(make_fitted, documents, fitted.state.topics, [-1, 0, 1], [-1, 1, 2])
    a = Snapshot(
        state=replace(
            a.state,
            words={t: [(f"a{t}", 1.0)] for t in (-1, 0, 1)},
            custom_labels={0: "Space"},
            aspects={"Short": {t: [(f"short{t}", 1.0)] for t in (-1, 0, 1)}},
        ),
        components=a.components,
    )
    b = Snapshot(
        state=replace(b.state, custom_labels={0: "Eating", 1: "Music"}, zeroshot_names={1: "music"}),
        components=b.components,
    )
    state = merge_states([a, b])
    assert [state.words[t][0][0] for t in (-1, 0, 1)] == ["a-1", "a0", "a1"]
    assert state.words[2][0][0] in {"guitar", "drum", "melody", "concert", "singer", "album"}
    assert state.custom_labels == {0: "Space", 1: "Eating", 2: "Music"}
    assert state.zeroshot_names == {2: "music"}
    assert state.aspects["Short"][0] == [("short0", 1.0)]
    assert state.aspects["Short"][2] == b.state.words[1]


def test_models_without_counts(make_fitted, fitted, documents):
    """As read from files."""
    a, b = halves(make_fitted, documents, fitted.state.topics, [-1, 0, 1], [-1, 1, 2])
    bare = Snapshot(
        state=replace(b.state, document_terms=None, ctfidf=None, vocabulary=None, documents=None, embeddings=None),
        components=b.components,
    )
    state = merge_states([a, bare])
    assert state.document_terms is None
    assert state.documents is None
    assert state.topic_ids.tolist() == [-1, 0, 1, 2]
    assert state.words[0] == a.state.words[0]
    assert state.words[2] == b.state.words[1]
    assert np.allclose(state.topic_embeddings, merge_states([a, b]).topic_embeddings, atol=1e-6)


def test_nothing_is_changed(make_fitted, fitted, documents):
    a, b = halves(make_fitted, documents, fitted.state.topics, [-1, 0, 1], [-1, 1, 2])
    before = [(m.state.topic_embeddings.copy(), m.state.document_terms.matrix.copy()) for m in (a, b)]
    merge_states([a, b])
    for model, (vectors, matrix) in zip((a, b), before, strict=True):
        assert np.array_equal(model.state.topic_embeddings, vectors)
        assert (model.state.document_terms.matrix != matrix).nnz == 0


def test_bad_input(fitted):
    with pytest.raises(InvalidInputError, match="at least one model"):
        merge_states([])
    with pytest.raises(InvalidInputError, match="min_similarity"):
        merge_states([fitted, fitted], 7)
    other = Snapshot(state=replace(fitted.state, topic_embeddings=np.ones((5, 3))), components=fitted.components)
    with pytest.raises(EmbeddingsError, match="3 dimensions in one model and 8 in another"):
        merge_states([fitted, other])
    bare = Snapshot(state=replace(fitted.state, topic_embeddings=None), components=fitted.components)
    with pytest.raises(MissingComponentError, match="topic embeddings"):
        merge_states([fitted, bare])
