"""The similarity of topics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from leitmotif.errors import InvalidInputError
from leitmotif.plotting import heatmap_data, visualize_heatmap
from leitmotif.protocols import Snapshot

from .conftest import many_topics


def test_similarities_belong_to_their_labels(fitted, state):
    """The incumbent shows for topics=[2, 3] the similarities of topics 0 and 1."""
    data = heatmap_data(fitted, topics=[3, 2])
    assert data.labels == ["3_violin_chord", "2_<b>bold</b>_R&D_x<y"]
    vectors = state.topic_embeddings[[4, 3]].astype(float)
    np.testing.assert_allclose(data.similarity, cosine_similarity(vectors), atol=1e-7)
    assert data.similarity[0, 1] == pytest.approx(0.48, abs=1e-6)


def test_all_topics_without_outliers(fitted, state):
    data = heatmap_data(fitted)
    assert data.topics.tolist() == [0, 1, 2, 3, 4] and data.clusters is None
    np.testing.assert_allclose(data.similarity, cosine_similarity(state.topic_embeddings[1:]), atol=1e-6)
    by_words = heatmap_data(fitted, use_ctfidf=True)
    np.testing.assert_allclose(by_words.similarity, cosine_similarity(state.ctfidf[1:]), atol=1e-6)


def test_clusters_stand_together():
    model = many_topics(30)
    data = heatmap_data(model, n_clusters=4)
    assert sorted(data.topics.tolist()) == list(range(30))
    assert sorted(set(data.clusters.tolist())) == [0, 1, 2, 3] and (np.diff(data.clusters) >= 0).all()
    np.testing.assert_allclose(
        data.similarity, cosine_similarity(model.state.topic_embeddings[data.topics + 1]), atol=1e-6
    )


@pytest.mark.parametrize("n_clusters", [0, 5, 6])
def test_as_many_clusters_as_topics_are_refused(fitted, n_clusters):
    with pytest.raises(InvalidInputError, match="lower than the number of topics, 5"):
        visualize_heatmap(fitted, n_clusters=n_clusters)


def test_the_figure_shows_the_numbers(fitted):
    figure = visualize_heatmap(fitted, custom_labels="LLM")
    assert len(figure.data) == 1
    np.testing.assert_allclose(figure.data[0].z, heatmap_data(fitted).similarity, atol=1e-4)
    assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext
    assert figure.layout.yaxis.ticktext[2] == "2_About &lt;b&gt;bold&lt;/b&gt;"


def test_two_topics_with_the_same_label_stay_two(fitted, state):
    twins = Snapshot(
        state=replace(state, custom_labels=dict.fromkeys(range(-1, 5), "same")), components=fitted.components
    )
    figure = visualize_heatmap(twins, custom_labels=True)
    assert len(set(figure.data[0].x)) == 5 and set(figure.layout.xaxis.ticktext) == {"same"}


def test_the_figure_grows_with_its_labels():
    small, large = visualize_heatmap(many_topics(20)).layout, visualize_heatmap(many_topics(60)).layout
    assert (small.width, small.height) == (800, 800)
    assert large.width == large.height > 60 * large.xaxis.tickfont.size + 100
    assert visualize_heatmap(many_topics(300)).layout.height == 800  # no labels
