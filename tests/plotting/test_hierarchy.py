"""The dendrogram."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import dendrogram, fcluster, linkage
from scipy.spatial.distance import pdist

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.plotting import hierarchy_data, visualize_hierarchy
from leitmotif.protocols import Snapshot

from .conftest import many_topics


def test_brackets_are_those_of_scipy():
    model = many_topics(40)
    data = hierarchy_data(model, use_ctfidf=False)
    peer = dendrogram(data.tree, no_plot=True)
    assert data.topics.tolist() == [model.state.inner_ids[leaf] for leaf in peer["leaves"]]
    ours = sorted((*np.round(a * 10 + 5, 6), *np.round(b, 6)) for a, b in zip(data.across, data.along, strict=True))
    theirs = sorted((*np.round(a, 6), *np.round(b, 6)) for a, b in zip(peer["icoord"], peer["dcoord"], strict=True))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_distances_are_of_the_topics_and_not_of_the_outliers(fitted):
    data = hierarchy_data(fitted, use_ctfidf=False)
    peer = linkage(pdist(fitted.state.topic_embeddings[1:].astype(np.float64), "cosine"), "ward")
    np.testing.assert_allclose(np.sort(data.tree[:, 2]), np.sort(peer[:, 2]), atol=1e-7)
    assert len(data.topics) == 5 and -1 not in data.topics


def test_groups_are_flat_clusters():
    model = many_topics(40)
    data = hierarchy_data(model, use_ctfidf=False, color_threshold=1.2)
    flat = fcluster(data.tree, 1.2 - 1e-9, criterion="distance")
    sizes = np.unique(flat, return_counts=True)[1]
    assert (data.groups >= 0).sum() == (sizes - 1).sum()
    assert data.groups.max() + 1 == (sizes > 1).sum()
    assert (data.groups[data.tree[:, 2] >= 1.2] == -1).all()


@pytest.mark.parametrize("labels", [False, True, "LLM"])
def test_labels_of_every_kind(fitted, labels):
    """The incumbent raises KeyError for the labels of an aspect."""
    figure = visualize_hierarchy(fitted, custom_labels=labels)
    wanted = {False: "0_rocket_orbit_moon", True: "&lt;i&gt;label&lt;/i&gt; 0", "LLM": "0_About rocket"}[labels]
    assert wanted in figure.layout.yaxis.ticktext and len(figure.layout.yaxis.ticktext) == 5


@pytest.mark.parametrize("orientation", ["left", "bottom"])
def test_lines_by_group_and_orientation(fitted, orientation):
    data = hierarchy_data(fitted, color_threshold=0.5)
    figure = visualize_hierarchy(fitted, orientation=orientation, color_threshold=0.5)
    assert len(figure.data) == len(set(data.groups.tolist()))
    along = np.concatenate([trace.x if orientation == "left" else trace.y for trace in figure.data])
    assert sum(value is None for value in along) == 4  # a gap behind each merge
    assert max(value for value in along if value is not None) == pytest.approx(data.tree[-1, 2])
    axis = figure.layout.yaxis if orientation == "left" else figure.layout.xaxis
    assert list(axis.tickvals) == [0, 1, 2, 3, 4]
    with pytest.raises(InvalidInputError, match="'left' or 'bottom'"):
        visualize_hierarchy(fitted, orientation="top")


def test_merges_of_the_frame_get_a_marker_where_they_are(fitted):
    data = hierarchy_data(fitted)
    order = {topic: i for i, topic in enumerate(data.topics.tolist())}
    ids = fitted.state.inner_ids
    first = sorted(int(ids[int(leaf)]) for leaf in data.tree[0, :2])
    frame = pd.DataFrame(
        {
            "Topics": [ids.tolist(), first, [0, 99]],
            "Parent_Name": ["all <b>", "first", "of another model"],
            "Distance": [data.tree[-1, 2], data.tree[0, 2], 9.0],
        }
    )
    named = hierarchy_data(fitted, hierarchical_topics=frame)
    assert named.nodes.tolist() == [0, 3] and named.names == ["first", "all <b>"]
    marks = visualize_hierarchy(fitted, hierarchical_topics=frame).data[-1]
    assert marks.mode == "markers" and list(marks.hovertext) == ["first", "all &lt;b&gt;"]
    np.testing.assert_allclose(marks.x, data.tree[[0, 3], 2])
    assert marks.y[0] == pytest.approx(np.mean([order[topic] for topic in first]))


def test_the_figure_is_high_enough_for_its_labels(fitted):
    assert visualize_hierarchy(fitted).layout.height == 600
    assert visualize_hierarchy(many_topics(200)).layout.height >= 200 * 14
    assert visualize_hierarchy(many_topics(200), orientation="bottom").layout.width >= 200 * 14


def test_functions_of_the_caller(fitted):
    tree = hierarchy_data(
        fitted, distance_function=lambda X: np.ones(10), linkage_function=lambda d: linkage(d, "single")
    ).tree
    assert (tree[:, 2] == 1).all()


def test_a_chain_of_two_thousand_topics_needs_no_recursion():
    model = many_topics(2000)
    points = np.geomspace(1, 1e6, 2000)[:, None]
    chain = hierarchy_data(
        model,
        use_ctfidf=False,
        distance_function=lambda X: pdist(points),
        linkage_function=lambda d: linkage(d, "single"),
    )
    assert len(chain.topics) == 2000 and chain.across.shape == (1999, 4)


def test_what_cannot_be_drawn(fitted, state):
    with pytest.raises(InvalidInputError, match="at least two topics"):
        visualize_hierarchy(fitted, topics=[3])
    with pytest.raises(UnknownTopicError):
        visualize_hierarchy(fitted, topics=[3, 8])
    without = Snapshot(state=replace(state, ctfidf=None), components=fitted.components)
    assert len(hierarchy_data(without).topics) == 5  # by the topic embeddings
