"""The topics of one document, and of its tokens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from leitmotif.errors import InvalidInputError
from leitmotif.plotting import (
    approximate_distribution_data,
    distribution_data,
    visualize_approximate_distribution,
    visualize_distribution,
)
from leitmotif.protocols import Snapshot


def test_topics_strong_enough_in_the_order_of_their_ids(fitted):
    data = distribution_data(fitted, np.array([0.2, 0.01, 0.5, 0.015, 0.0]))
    assert data.topics.tolist() == [0, 2, 3] and data.probabilities.tolist() == [0.2, 0.5, 0.015]
    assert data.labels[0] == "Topic 0: rocket_orbit_moon_launch_mission"
    assert data.labels[2] == "Topic 3: violin_chord"
    assert distribution_data(fitted, [0.2, 0.01, 0.5, 0.015, 0.0], 0.3, True).labels == ["<i>label</i> 2"]


def test_a_column_for_the_outliers_is_left_out(fitted):
    data = distribution_data(fitted, [0.9, 0.2, 0, 0, 0, 0])
    assert data.topics.tolist() == [0] and data.probabilities.tolist() == [0.2]


def test_without_outliers_the_first_value_is_topic_zeros(state, fitted):
    inner = replace(
        state,
        topic_ids=state.inner_ids,
        sizes=state.sizes[1:],
        topics=np.maximum(state.topics, 0),
    )
    assert distribution_data(Snapshot(state=inner, components=fitted.components), [0, 0, 0, 0, 1]).topics.tolist() == [
        4
    ]


def test_bars(fitted):
    figure = visualize_distribution(fitted, [0.2, 0, 0.5, 0, 0], custom_labels="LLM")
    assert len(figure.data) == 1 and list(figure.data[0].x) == [0.2, 0.5]
    assert list(figure.layout.yaxis.ticktext) == ["0_About rocket", "2_About &lt;b&gt;bold&lt;/b&gt;"]
    plain = visualize_distribution(fitted, [0.2, 0, 0.5, 0, 0]).layout.yaxis.ticktext
    assert plain[1] == "<b>Topic 2</b>: &lt;b&gt;bold&lt;/b&gt;_R&amp;D_x&lt;y_lab_test"


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (np.ones((2, 5)), "one document"),
        (np.ones(3), "3 values for 5 topics"),
        (np.full(5, 0.001), "the largest is 0.001"),
    ],
)
def test_what_is_no_distribution(fitted, probabilities, message):
    with pytest.raises(ValueError, match=message):
        visualize_distribution(fitted, probabilities)


@pytest.fixture
def tokens() -> np.ndarray:
    weights = np.zeros((4, 5))
    weights[0, 2] = 0.5
    weights[1] = [0.25, 0, 0.75, 0, 0]
    weights[3, 0] = 1.0
    return weights


DOCUMENT = "<b>x</b> rocket plain rocket"


def test_topics_by_tokens(fitted, tokens):
    data = approximate_distribution_data(fitted, DOCUMENT, tokens)
    assert data.topics.tolist() == [0, 2]
    assert data.tokens == ["<b>x</b>", "rocket", "plain", "rocket "]
    assert data.weights.tolist() == [[0, 0.25, 0, 1], [0.5, 0.75, 0, 0]]


def test_normalised_topics_of_a_token_sum_to_one(fitted, tokens):
    data = approximate_distribution_data(fitted, DOCUMENT, tokens * 3, normalize=True)
    np.testing.assert_allclose(data.weights, [[0, 0.25, 0, 1], [1, 0.75, 0, 0]])


def test_a_styled_table_with_everything_escaped(fitted, tokens):
    """The incumbent's table fails on pandas 3, which has no Styler.applymap, and puts tokens into the page as they are."""
    table = visualize_approximate_distribution(fitted, DOCUMENT, tokens)
    assert isinstance(table.data, pd.DataFrame) and table.data.shape == (2, 4)
    page = table.to_html()
    assert "<b>" not in page and "&lt;b&gt;x&lt;/b&gt;" in page and "2_&lt;b&gt;bold" in page
    assert page.count("0.750") == 1 and "#0072B2" in page  # the largest value is the darkest


def test_nothing_to_style_is_a_plain_frame(fitted):
    table = visualize_approximate_distribution(fitted, DOCUMENT, np.zeros((4, 5)))
    assert isinstance(table, pd.DataFrame) and table.empty and table.shape == (0, 4)


def test_without_jinja_it_is_a_plain_frame(fitted, tokens, monkeypatch):
    def missing(self):
        raise ImportError("no jinja2")

    monkeypatch.setattr(pd.DataFrame, "style", property(missing))
    assert isinstance(visualize_approximate_distribution(fitted, DOCUMENT, tokens), pd.DataFrame)


def test_what_belongs_to_another_document(fitted, tokens):
    with pytest.raises(InvalidInputError, match="no token"):
        visualize_approximate_distribution(fitted, "  ", tokens)
    with pytest.raises(InvalidInputError, match=r"shape \(4, 5\).*2 tokens.*5 topics"):
        visualize_approximate_distribution(fitted, "two tokens", tokens)
    with pytest.raises(InvalidInputError, match="one text"):
        visualize_approximate_distribution(fitted, [DOCUMENT], tokens)
