"""Merging, reducing and deleting topics: the labels they make, and the state that follows from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.operations.delete import delete_topics
from leitmotif.operations.merge import labels_for_merge, merge_topics
from leitmotif.operations.reduce import labels_for_reduction, reduce_topics
from leitmotif.protocols import Snapshot


def partition(labels):
    """Labels as sets of documents, whatever their numbers."""
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def weights_by_hand(state):
    """c-TF-IDF from texts, the way that its paper has it."""
    counts = np.stack(
        [state.document_terms.matrix.toarray()[state.topics == topic].sum(axis=0) for topic in state.topic_ids]
    ).astype(float)
    idf = np.log(1 + int(counts.sum(axis=1).mean()) / np.maximum(counts.sum(axis=0), 1e-300))
    return counts / counts.sum(axis=1, keepdims=True) * idf


def check(state, outlier_label=-1):
    """Everything in a state follows from its labels and its counts."""
    ids, sizes = np.unique(state.topics, return_counts=True)
    assert state.topic_ids.tolist() == ids.tolist()
    assert state.sizes.tolist() == sizes.tolist()
    inner = state.sizes[state.inner_rows]
    assert state.inner_ids.tolist() == list(range(len(inner)))
    assert (np.diff(inner) <= 0).all()
    assert np.allclose(state.ctfidf.toarray(), weights_by_hand(state))
    assert np.allclose(
        state.topic_embeddings, np.stack([state.embeddings[state.topics == t].mean(axis=0) for t in ids]), atol=1e-6
    )
    for found in (state.words, state.base_words):
        assert set(found) == set(ids.tolist())
    for topic, rows in state.representative_rows.items():
        assert (state.topics[rows] == topic).all()
        assert state.representative_docs[topic] == [state.documents[row] for row in rows]
    if state.probabilities is not None and state.probabilities.ndim == 2:
        assert state.probabilities.shape == (len(state.topics), state.n_topics)
    for label in state.custom_labels or {}:
        assert label in state
    assert set(state.mappings[:, -1].tolist()) <= set(ids.tolist()) | {outlier_label}


def test_merge_one_group(fitted, documents):
    state = merge_topics(fitted, documents, [2, 3])
    check(state)
    before = fitted.state.topics
    assert partition(state.topics) == partition(np.where(before == 3, 2, before))
    assert state.topics[before == 2][0] == 1  # 18 documents, as topic 0 has: the smaller label comes first
    assert fitted.state.n_topics == 4


def test_untouched_topics_keep_their_words_and_labels(fitted_unasked, documents):
    """An edit represents the topics that it touches, and no others; labels follow their topic (they went stale)."""
    labels = {-1: "rest", 0: "Space", 1: "Food", 2: "Music", 3: "Sport"}
    own_words = {topic: [(f"word{topic}", 1.0)] for topic in labels}
    before = replace(fitted_unasked.state, custom_labels=labels, words=own_words)
    quiet = Snapshot(state=before, components=replace(fitted_unasked.components, main=()))
    state = merge_topics(quiet, documents, [0, 3])
    check(state)
    for old in (-1, 1, 2):
        new = int(state.topics[before.topics == old][0])
        assert state.words[new] == own_words[old]
        assert state.custom_labels[new] == labels[old]
    assert state.custom_labels[0] == "Space"  # the larger of the two
    assert state.words[0][0][0] != "word0"
    deleted = delete_topics(quiet, [1])
    assert deleted.custom_labels[-1] == "rest"
    assert sorted(deleted.custom_labels.values()) == ["Music", "Space", "Sport", "rest"]
    for old in (0, 2, 3):
        new = int(deleted.topics[before.topics == old][0])
        assert deleted.custom_labels[new] == labels[old]
        assert deleted.words[new] == own_words[old]


def test_merge_overlapping_groups(fitted):
    """They overrode each other silently."""
    assert labels_for_merge(fitted.state, [[0, 1], [1, 2]]) == {0: 0, 1: 0, 2: 0}
    assert labels_for_merge(fitted.state, [[2, 1], [3, 0], [0, 1]]) == {0: 2, 1: 2, 2: 2, 3: 2}
    assert labels_for_merge(fitted.state, [[0, 1], [2, 3]]) == {0: 0, 1: 0, 2: 2, 3: 2}


@pytest.mark.parametrize("group", [[1, -1], [-1, 1]])
def test_merge_with_the_outliers(fitted, documents, group):
    """BERTopic looked embeddings up with the number of outlier rows of the model after the merge."""
    state = merge_topics(fitted, documents, group)
    check(state)
    before = fitted.state.topics
    assert partition(state.topics) == partition(np.where(before == -1, 1, before))
    assert state.has_outliers == (group[0] == -1)


@pytest.mark.parametrize(
    "groups", [np.array([2, 3]), (2, 3), [np.int64(2), np.int32(3)], [(2, 3)], [{2, 3}], [np.array([2, 3])], {2, 3}]
)
def test_forms_of_groups(fitted, documents, groups):
    """NumPy integers were refused."""
    assert partition(merge_topics(fitted, documents, groups).topics) == partition(
        merge_topics(fitted, None, [2, 3]).topics
    )


@pytest.mark.parametrize("groups", ["12", 3, [1, [2, 3]], [1.5, 2], [True, 1], [["a", 1]]])
def test_what_are_not_topics(fitted, documents, groups):
    with pytest.raises(InvalidInputError):
        merge_topics(fitted, documents, groups)


def test_unknown_topics(fitted, documents, make_fitted):
    with pytest.raises(UnknownTopicError, match="topic 42 does not exist: topics run from -1 to 3"):
        merge_topics(fitted, documents, [1, 42])
    with pytest.raises(UnknownTopicError, match="42"):
        delete_topics(fitted, [42])
    without = make_fitted(documents, np.arange(60) % 3)
    with pytest.raises(UnknownTopicError, match="-1"):
        merge_topics(without, documents, [0, -1])


def test_other_documents(fitted, documents):
    with pytest.raises(InvalidInputError, match="59 texts"):
        merge_topics(fitted, documents[:59], [1, 2])
    with pytest.raises(InvalidInputError, match="59 texts"):
        reduce_topics(fitted, documents[:59], 3)


@pytest.mark.parametrize("use_ctfidf", [True, False])
@pytest.mark.parametrize("nr_topics", [2, 3, 4])
def test_reduction_is_that_of_average_linkage(fitted, documents, nr_topics, use_ctfidf):
    state = fitted.state
    rows = state.ctfidf.toarray() if use_ctfidf else state.topic_embeddings.astype(float)
    rows = rows[1:] / np.linalg.norm(rows[1:], axis=1, keepdims=True)
    clusters = AgglomerativeClustering(nr_topics - 1, metric="precomputed", linkage="average").fit(1 - rows @ rows.T)
    before = state.topics
    expected = np.where(before == -1, -1, clusters.labels_[np.maximum(before, 0)])
    reduced = reduce_topics(fitted, documents, nr_topics, use_ctfidf=use_ctfidf)
    check(reduced)
    assert partition(reduced.topics) == partition(expected)
    assert len(reduced.topic_ids) == nr_topics


def test_reduction_with_equal_distances_gives_that_many(make_fitted):
    documents = ["a1 b1"] * 4 + ["a2 b2"] * 4 + ["a3 b3"] * 4 + ["a4 b4"] * 4 + ["a5 b5"] * 4
    snapshot = make_fitted(documents, np.repeat(np.arange(5), 4))
    for n in (1, 2, 3, 4):
        assert len(set(labels_for_reduction(snapshot.state, n, use_ctfidf=True).values())) == n


def test_reduction_to_more_than_there_are(fitted, documents):
    state = reduce_topics(fitted, documents, 50)
    assert state.topics.tolist() == fitted.state.topics.tolist()
    assert state.words == fitted.state.words


def test_automatic_reduction(make_fitted):
    """Two groups of three topics each that lie together, and one on its own."""
    rng = np.random.default_rng(0)
    topics = np.repeat(np.arange(7), 5)
    state = make_fitted([f"own{t} words{t}" for t in topics], topics).state
    centres = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    vectors = centres[[0, 0, 0, 1, 1, 1, 2]] + rng.normal(scale=0.02, size=(7, 4))
    mapping = labels_for_reduction(replace(state, topic_embeddings=vectors), "auto")
    assert mapping == {0: 0, 1: 0, 2: 0, 3: 3, 4: 3, 5: 3, 6: 6}


@pytest.mark.parametrize("nr_topics", [0, -3, 1, 2.0, True, "some", None])
def test_bad_numbers(fitted, documents, nr_topics):
    """One topic besides the outliers is nr_topics=2; 1 ended deep in scikit-learn."""
    with pytest.raises(ValueError, match="nr_topics"):
        reduce_topics(fitted, documents, nr_topics)


def test_one_topic_without_outliers(make_fitted, documents):
    state = reduce_topics(make_fitted(documents, np.arange(60) % 3), documents, 1)
    check(state)
    assert state.topic_ids.tolist() == [0]


@pytest.mark.parametrize("deleted", [[0], [3], [0, 2], 1, np.int64(1), np.array([1, 2])])
def test_delete(fitted, deleted):
    """BERTopic deleted the rows of other topics where -1 exists, and cut the inverse frequencies by topic ids."""
    before = fitted.state
    state = delete_topics(fitted, deleted)
    check(state)
    gone = np.isin(before.topics, deleted)
    assert (state.topics[gone] == -1).all()
    assert partition(state.topics) == partition(np.where(gone, -1, before.topics))
    assert state.vocabulary.idf.shape == before.vocabulary.idf.shape


def test_delete_makes_the_outlier_topic(make_fitted, documents):
    state = delete_topics(make_fitted(documents, np.arange(60) % 3), [1])
    check(state)
    assert state.topic_ids.tolist() == [-1, 0, 1]
    assert state.sizes.tolist() == [20, 20, 20]


def test_delete_everything(fitted):
    state = delete_topics(fitted, [0, 1, 2, 3])
    assert state.topic_ids.tolist() == [-1]
    assert state.n_topics == 0


@pytest.mark.parametrize("deleted", [-1, [-1], [0, -1], ["0"], [True]])
def test_what_cannot_be_deleted(fitted, deleted):
    with pytest.raises(InvalidInputError):
        delete_topics(fitted, deleted)


def test_probabilities_follow(fitted, documents):
    matrix = np.random.default_rng(0).dirichlet(np.ones(4), 60)
    own = Snapshot(state=replace(fitted.state, probabilities=matrix), components=fitted.components)
    merged = merge_topics(own, documents, [1, 3])
    assert merged.probabilities.sum(axis=1) == pytest.approx(np.ones(60))
    new_of = {old: int(merged.topics[own.state.topics == old][0]) for old in range(4)}
    assert merged.probabilities[:, new_of[1]] == pytest.approx(matrix[:, 1] + matrix[:, 3])
    assert merged.probabilities[:, new_of[2]] == pytest.approx(matrix[:, 2])


edits = st.lists(
    st.tuples(st.sampled_from(["merge", "delete", "reduce", "outliers in", "outliers out"]), st.integers(0, 10**6)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_any_sequence_of_edits_leaves_a_state_that_follows_from_its_labels(make_fitted, edits):
    rng = np.random.default_rng(1)
    words = [f"w{i:02d}" for i in range(30)]
    topics = np.sort(rng.integers(-1, 7, 60))
    documents = [" ".join(rng.choice(words[max(t, 0) * 3 : max(t, 0) * 3 + 12], 8)) for t in topics]
    fitted = make_fitted(documents, topics)
    fitted = Snapshot(
        state=replace(fitted.state, custom_labels={t: f"label {t}" for t in range(7)}), components=fitted.components
    )
    names = dict(enumerate(f"label {t}" for t in range(7)))
    for kind, seed in edits:
        state, draw = fitted.state, np.random.default_rng(seed)
        if state.n_topics < 2:
            break
        chosen = draw.choice(state.inner_ids, min(2, state.n_topics), replace=False)
        before = state.topics
        if kind == "merge":
            after = merge_topics(fitted, documents, chosen)
            expected = np.where(before == chosen[1], chosen[0], before)
        elif kind == "delete":
            after = delete_topics(fitted, chosen[:1])
            expected = np.where(before == chosen[0], -1, before)
        elif kind == "reduce":
            n = int(draw.integers(1 + state.has_outliers, len(state.topic_ids) + 1))
            mapping = labels_for_reduction(state, n)
            after = reduce_topics(fitted, documents, n)
            expected = np.array([mapping[t] for t in before.tolist()])
            assert len(after.topic_ids) == n
        else:
            if not state.has_outliers:
                continue
            group = [chosen[0], -1] if kind == "outliers in" else [-1, chosen[0]]
            after = merge_topics(fitted, documents, group)
            expected = np.where(before == -1, chosen[0], before)
        check(after)
        assert partition(after.topics) == partition(expected)
        assert set((after.custom_labels or {}).values()) <= set(names.values())
        fitted = Snapshot(state=after, components=fitted.components)
