"""The map of topics."""

from __future__ import annotations

import numpy as np
import pytest

from leitmotif.errors import UnknownTopicError
from leitmotif.plotting import topics_data, visualize_topics

from .conftest import many_topics


def test_numbers(fitted):
    data = topics_data(fitted, [4, 0, 1])
    assert data.topics.tolist() == [0, 1, 4]
    assert data.sizes.tolist() == [20, 14, 4]
    assert data.labels == ["0_rocket_orbit_moon", "1_bread_butter_oven", "4_star_planet_comet"]
    assert data.words[1] == ["bread", "butter", "oven", "flour", "sugar"]
    np.testing.assert_allclose((data.diameters / data.diameters[0]) ** 2, [1, 14 / 20, 4 / 20], rtol=1e-3)
    assert not data.uses_ctfidf and topics_data(fitted, use_ctfidf=True).uses_ctfidf


def test_places_are_those_of_the_topics_not_of_the_first_rows(fitted):
    """Topic 4 (0.8, 0.6, 0) stands between 0 (1, 0, 0) and 1 (0, 1, 0), nearer to 0."""
    data = topics_data(fitted, [0, 1, 4])
    at = np.stack([data.x, data.y], axis=1)
    distance = np.linalg.norm(at[:, None] - at[None], axis=2)
    assert distance[2, 0] < distance[2, 1] < distance[0, 1]
    assert data.words[2][0] == "star"


@pytest.mark.parametrize("n_topics", [1, 2, 3, 20, 300])
def test_places_fill_the_square_and_discs_stand_apart(n_topics):
    data = topics_data(many_topics(n_topics))
    at = np.stack([data.x, data.y], axis=1)
    assert at.shape == (n_topics, 2) and (at >= 0).all() and (at <= 1).all()
    if n_topics == 1:
        assert at.tolist() == [[0.5, 0.5]]
        return
    assert np.ptp(at, axis=0).max() == pytest.approx(1.0, abs=1e-5)
    gaps = np.linalg.norm(at[:, None] - at[None], axis=2)[np.triu_indices(n_topics, 1)]
    assert gaps.min() > 0


def test_two_traces_and_a_slider_whose_steps_ring_the_topic(fitted):
    figure = visualize_topics(fitted, custom_labels=True)
    discs, ring = figure.data
    assert len(discs.x) == 5 and len(ring.x) == 1
    steps = figure.layout.sliders[0].steps
    assert [step.label for step in steps] == [f"Topic {topic}" for topic in range(5)]
    change, traces = steps[3].args
    assert list(traces) == [1] and change["x"] == [[discs.x[3]]] and change["y"] == [[discs.y[3]]]
    assert discs.customdata[2][1] == "&lt;i&gt;label&lt;/i&gt; 2"
    assert discs.customdata[2][2] == "&lt;b&gt;bold&lt;/b&gt; | R&amp;D | x&lt;y | lab | test"
    assert (figure.layout.width, figure.layout.height) == (650, 650)
    assert figure.layout.title.text == "<b>Intertopic Distance Map</b>"


def test_the_page_grows_with_the_topics_not_with_their_square():
    small, large = (len(visualize_topics(many_topics(n)).to_json()) for n in (60, 240))
    assert large < 6 * small


def test_unknown_topic(fitted):
    with pytest.raises(UnknownTopicError):
        visualize_topics(fitted, topics=[7])
