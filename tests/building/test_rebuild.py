from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leitmotif.building.rebuild import rebuild
from leitmotif.learning import FitSettings, fit
from leitmotif.protocols import Snapshot


def manual(components):
    """The same components, with labels taken from y."""

    class Given:
        def fit(self, X, y=None):
            self.labels_ = np.asarray(y)
            return self

    return replace(components, clusterer=Given())


def consistent(state):
    """Invariants of every state."""
    ids, counts = np.unique(state.topics, return_counts=True)
    assert ids.tolist() == state.topic_ids.tolist()
    assert counts.tolist() == state.sizes.tolist()
    assert set(state.words) == set(ids.tolist())
    assert state.ctfidf.shape == (len(ids), len(state.vocabulary.terms))
    assert set(state.mappings[:, -1].tolist()) >= set(ids.tolist())
    for topic, rows in state.representative_rows.items():
        assert (state.topics[rows] == topic).all()
        assert state.representative_docs[topic] == [state.documents[row] for row in rows]
    for row, topic in enumerate(ids.tolist()):
        members = state.embeddings[state.topics == topic]
        np.testing.assert_allclose(
            state.topic_embeddings[row], members.astype(float).mean(axis=0), rtol=1e-5, atol=1e-6
        )


def test_a_fit_is_a_rebuild_of_raw_labels(fitted, corpus):
    consistent(fitted.state)
    assert fitted.state.sizes.tolist() == sorted(fitted.state.sizes.tolist(), reverse=True)
    assert {tuple(np.unique(corpus[2][fitted.state.topics == t])) for t in (0, 1, 2)} == {(0,), (1,), (2,)}


def test_merging_equals_a_fit_on_the_merged_labels(fitted, corpus, components):
    texts, embeddings, _ = corpus
    merged = np.where(fitted.state.topics == 2, 1, fitted.state.topics)
    after = rebuild(fitted, merged, {2: 1})
    consistent(after)
    scratch = fit(texts, embeddings, merged, manual(components), FitSettings())
    assert after.topics.tolist() == scratch.topics.tolist()
    np.testing.assert_allclose(after.ctfidf.toarray(), scratch.ctfidf.toarray(), rtol=1e-12)
    touched = int(after.mappings[after.mappings[:, 0] == fitted.state.mappings[-1, 0], -1][0])
    assert touched in after
    for topic in after.topic_ids.tolist():
        assert after.sizes[after.row(topic)] == scratch.sizes[scratch.row(topic)]


def test_untouched_topics_keep_their_words_and_the_others_get_new_ones(fitted):
    marked = replace(
        fitted.state, words={t: [("kept", 1.0)] for t in (0, 1, 2)}, custom_labels={0: "A", 1: "B", 2: "C"}
    )
    moved = np.where(marked.topics == 2, 1, marked.topics)
    after = rebuild(Snapshot(state=marked, components=fitted.components), moved, {2: 1})
    words = {tuple(word for word, _ in after.words[t]) for t in after.topic_ids.tolist()}
    assert ("kept",) in words
    assert len(words) == 2
    assert sorted(after.custom_labels.values()) == ["A", "B"], "the larger topic's label stays"


def test_all_words_can_be_kept_whatever_documents_come(fitted):
    some = fitted.state.topics.copy()
    some[np.flatnonzero(some == 2)[:5]] = 0
    after = rebuild(fitted, some, keep_words="all")
    assert {t: after.words[t] for t in (0, 1, 2)} == {t: fitted.state.words[t] for t in (0, 1, 2)}
    assert rebuild(fitted, some).words[0] != fitted.state.words[0]
    consistent(rebuild(fitted, some))


def test_an_edit_leaves_the_state_before_untouched(fitted):
    before = fitted.state
    copies = (before.topics.copy(), before.ctfidf.copy(), dict(before.words))
    rebuild(fitted, np.zeros(before.n_documents, dtype=np.int64), {1: 0, 2: 0})
    assert (before.topics == copies[0]).all()
    assert (before.ctfidf != copies[1]).nnz == 0
    assert before.words == copies[2]


def test_moving_everything_to_the_outliers(fitted):
    after = rebuild(fitted, np.full(fitted.state.n_documents, -1), {0: -1, 1: -1, 2: -1})
    consistent(after)
    assert after.topic_ids.tolist() == [-1]
    assert after.n_topics == 0


def test_probability_columns_are_added_up(fitted):
    rng = np.random.default_rng(0)
    matrix = rng.dirichlet(np.ones(3), size=fitted.state.n_documents)
    state = replace(fitted.state, probabilities=matrix)
    after = rebuild(
        Snapshot(state=state, components=fitted.components),
        np.where(state.topics == 1, 0, state.topics),
        {1: 0},
    )
    np.testing.assert_allclose(after.probabilities, np.c_[matrix[:, 0] + matrix[:, 1], matrix[:, 2]])


def test_topic_embeddings_without_the_documents_embeddings_are_weighted_means(fitted):
    state = replace(fitted.state, embeddings=None)
    merged = np.where(state.topics == 2, 1, state.topics)
    after = rebuild(Snapshot(state=state, components=fitted.components), merged, {2: 1}, sort=False)
    sizes, old = state.sizes.astype(float), state.topic_embeddings.astype(float)
    expected = (sizes[1] * old[1] + sizes[2] * old[2]) / (sizes[1] + sizes[2])
    np.testing.assert_allclose(after.topic_embeddings[1], expected, rtol=1e-5)


def test_the_history_of_clusters_grows_by_two_columns(fitted):
    after = rebuild(fitted, np.where(fitted.state.topics == 0, -1, fitted.state.topics), {0: -1})
    assert after.mappings.shape[1] == fitted.state.mappings.shape[1] + 2
    gone = fitted.state.mappings[:, -1] == 0
    assert (after.mappings[gone, -1] == -1).all()
    assert (after.mappings[~gone, -1] >= 0).all()


@pytest.mark.parametrize("sort", [True, False])
def test_labels_are_numbered_by_size_unless_told_not_to(fitted, sort):
    labels = np.where(fitted.state.topics == 0, 7, np.where(fitted.state.topics == 1, 5, 6))
    after = rebuild(fitted, labels, {0: 7, 1: 5, 2: 6}, sort=sort)
    assert after.topic_ids.tolist() == ([0, 1, 2] if sort else [5, 6, 7])
