"""The map of documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from leitmotif.errors import EmbeddingsError, InvalidInputError, MissingComponentError, UnknownTopicError
from leitmotif.operations.map import document_map
from leitmotif.plotting import documents_data, visualize_documents
from leitmotif.protocols import Snapshot
from leitmotif.state import TopicState

from .conftest import components, many_topics


class FirstTwo:
    """A reducer that shows by its output how it was set and what it saw."""

    def __init__(self, n_components=5, random_state=None, factor=3.0):
        self.n_components, self.random_state, self.factor = n_components, random_state, factor

    def get_params(self, deep=True):
        return {"n_components": self.n_components, "random_state": self.random_state, "factor": self.factor}

    def fit_transform(self, X, y=None):
        self.seen = X
        return X[:, : self.n_components] * self.factor + (0 if self.random_state is None else self.random_state)


def test_numbers(fitted, docs, places):
    data = documents_data(fitted, docs, reduced_embeddings=places)
    assert data.rows.tolist() == list(range(60))
    np.testing.assert_array_equal(data.topics, fitted.state.topics)
    np.testing.assert_allclose(np.stack([data.x, data.y], 1), places, atol=1e-5)
    assert data.topic_ids.tolist() == [0, 1, 2, 3, 4] and data.sizes.tolist() == [20, 14, 10, 6, 4]
    for i, topic in enumerate(data.topic_ids):
        middle = np.median(places[fitted.state.topics == topic], axis=0)
        np.testing.assert_allclose([data.label_x[i], data.label_y[i]], middle, atol=1e-5)


def test_one_trace_a_topic_and_the_others_first(fitted, docs, places):
    figure = visualize_documents(fitted, docs, reduced_embeddings=places)
    assert [trace.name for trace in figure.data][:3] == ["other", "0_rocket_orbit_moon", "1_bread_butter_oven"]
    assert [len(trace.x) for trace in figure.data] == [6, 20, 14, 10, 6, 4]
    assert {trace.type for trace in figure.data} == {"scattergl"}
    own = np.flatnonzero(fitted.state.topics == 1)
    np.testing.assert_allclose(figure.data[2].x, places[own, 0], atol=1e-5)
    assert figure.data[2].hovertext[0] == docs[own[0]]


def test_topics_not_asked_for_are_grey(fitted, docs, places):
    figure = visualize_documents(fitted, docs, topics=[3, 1], reduced_embeddings=places, custom_labels=True)
    names = ["other", "&lt;i&gt;label&lt;/i&gt; 1", "&lt;i&gt;label&lt;/i&gt; 3"]
    assert [trace.name for trace in figure.data] == names
    assert [len(trace.x) for trace in figure.data] == [40, 14, 6]


def test_labels_are_annotations_and_no_point_is_lost(fitted, docs, places):
    """The incumbent writes labels into the table of points, over a document whose index happens to be the same."""
    for hide in (False, True):
        figure = visualize_documents(fitted, docs, reduced_embeddings=places, hide_annotations=hide)
        assert sum(len(trace.x) for trace in figure.data) == 60
        assert all(trace.text is None for trace in figure.data)
        assert bool(figure.layout.annotations) is not hide


def test_texts_are_escaped_and_cut(fitted, places):
    docs = ["<script>alert('x')</script> & more " * 50] * 60
    figure = visualize_documents(fitted, docs, reduced_embeddings=places)
    hover = figure.data[1].hovertext[0]
    assert "<script>" not in hover and "&lt;script&gt;" in hover and len(hover) < 600
    assert "<script>" not in figure.to_json()
    hidden = visualize_documents(fitted, docs, reduced_embeddings=places, hide_document_hover=True)
    assert all(trace.hovertext is None for trace in hidden.data)


def sampled(n: int) -> Snapshot:
    topics = np.concatenate([np.full(n, 0), np.full(99, 1), np.full(200, -1)])
    ids = np.array([-1, 0, 1])
    state = TopicState(
        topic_ids=ids, topics=topics, sizes=np.array([200, n, 99]), mappings=ids[:, None], words={0: [], 1: []}
    )
    return Snapshot(state=state, components=components())


def test_a_sample_is_of_large_topics_only_and_the_same_every_time():
    model = sampled(400)
    flat = np.random.default_rng(0).normal(size=(699, 2))
    np.random.seed(0)  # noqa: NPY002  the global state must not matter
    tenth = documents_data(model, reduced_embeddings=flat, sample=0.1)
    state = np.random.get_state()[1]  # noqa: NPY002
    again = documents_data(model, reduced_embeddings=flat, sample=0.1)
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002
    np.testing.assert_array_equal(tenth.rows, again.rows)
    assert np.unique(tenth.topics, return_counts=True)[1].tolist() == [20, 40, 99]
    half = documents_data(model, reduced_embeddings=flat, sample=0.5)
    assert set(tenth.rows) <= set(half.rows) and len(half.rows) == 100 + 200 + 99
    np.testing.assert_allclose(tenth.x, flat[tenth.rows, 0], atol=1e-6)


@pytest.mark.parametrize("sample", [0, -0.5, 1.5])
def test_a_sample_that_is_no_share_is_refused(fitted, docs, places, sample):
    with pytest.raises(InvalidInputError, match="sample must be a share"):
        visualize_documents(fitted, docs, reduced_embeddings=places, sample=sample)


def test_a_copy_of_the_reducer_lays_out_the_documents_shown(state, docs):
    reducer = FirstTwo()
    model = Snapshot(state=state, components=components(reducer=reducer))
    vectors = np.random.default_rng(1).normal(size=(60, 6)).astype(np.float32)
    data = documents_data(model, docs, embeddings=vectors)
    np.testing.assert_allclose(np.stack([data.x, data.y], 1), vectors[:, :2] * 3 + 42, rtol=1e-5)
    assert reducer.n_components == 5 and not hasattr(reducer, "seen")  # the model's own is left alone


def test_a_reducer_without_components_gives_way_to_principal_axes(state, docs):
    model = Snapshot(state=replace(state, embeddings=np.diag([5.0, 3, 1])[np.arange(60) % 3]), components=components())
    data = documents_data(model, docs)
    from sklearn.decomposition import PCA

    peer = PCA(2).fit_transform(model.state.embeddings)
    np.testing.assert_allclose(np.abs(np.stack([data.x, data.y], 1)), np.abs(peer), atol=1e-4)


def test_the_reducers_own_graph_is_laid_out(state, docs):
    group = np.arange(60) % 2
    linked = csr_matrix((group[:, None] == group[None, :]).astype(np.float32))

    class Graph:
        graph_ = linked

    seen = replace(state, embeddings=np.ones((60, 8)), reduced_embeddings=np.random.default_rng(0).normal(size=(60, 5)))
    model = Snapshot(state=seen, components=components(reducer=Graph()))
    for given in (None, seen.embeddings):
        data = documents_data(model, docs, embeddings=given)
        places = np.empty((60, 2))
        places[data.rows] = np.stack([data.x, data.y], 1)
        centres = np.array([places[group == side].mean(axis=0) for side in (0, 1)])
        spread = max(places[group == side].std(axis=0).max() for side in (0, 1))
        assert np.linalg.norm(centres[0] - centres[1]) > 2 * spread
    np.testing.assert_array_equal(document_map(model), document_map(model))


def test_two_reduced_columns_are_places_already(state, docs, places):
    model = Snapshot(state=replace(state, reduced_embeddings=places), components=components())
    np.testing.assert_allclose(documents_data(model, docs).x, places[:, 0], atol=1e-5)


def test_what_does_not_fit_is_refused(fitted, docs, places):
    with pytest.raises(InvalidInputError, match="docs has 59 texts"):
        visualize_documents(fitted, docs[1:], reduced_embeddings=places)
    with pytest.raises(EmbeddingsError, match="reduced_embeddings has 10 rows"):
        visualize_documents(fitted, docs, reduced_embeddings=places[:10])
    with pytest.raises(EmbeddingsError, match="two columns"):
        visualize_documents(fitted, docs, reduced_embeddings=places[:, :1])
    with pytest.raises(UnknownTopicError):
        visualize_documents(fitted, docs, topics=[11], reduced_embeddings=places)
    with pytest.raises(MissingComponentError, match="neither embeddings nor an embedding model"):
        visualize_documents(fitted, docs)


def test_only_outliers_are_a_figure_too(state, docs, places):
    alone = replace(state, topic_ids=np.array([-1]), sizes=np.array([60]), topics=np.full(60, -1))
    figure = visualize_documents(Snapshot(state=alone, components=components()), docs, reduced_embeddings=places)
    assert [len(trace.x) for trace in figure.data] == [60]


def test_thousands_of_topics_are_one_trace():
    model = many_topics(2000)
    flat = np.random.default_rng(0).normal(size=(4002, 2))
    figure = visualize_documents(model, ["text"] * 4002, reduced_embeddings=flat)
    assert [len(trace.x) for trace in figure.data] == [2, 4000]
    assert figure.data[1].hovertext[0] == "<b>0_w0a_w0b_w0c</b><br>text"
