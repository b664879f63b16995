"""Bar charts of words, and the decline of their weights."""

from __future__ import annotations

import numpy as np
import pytest

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.plotting import barchart_data, term_rank_data, visualize_barchart, visualize_term_rank

from .conftest import many_topics


def test_bars_are_the_best_words_of_the_largest_topics(fitted):
    data = barchart_data(fitted, top_n_topics=2, n_words=3)
    assert data.topics.tolist() == [0, 1] and data.labels == ["Topic 0", "Topic 1"]
    assert data.words == [["rocket", "orbit", "moon"], ["bread", "butter", "oven"]]
    np.testing.assert_allclose(data.weights[0], [1 / 2, 1 / 4, 1 / 6])


def test_a_topic_with_few_words_has_fewer_bars(fitted):
    data = barchart_data(fitted, topics=[3])
    assert data.words == [["violin", "chord"]]
    assert list(visualize_barchart(fitted, topics=[3]).data[0].y) == ["chord", "violin"]


def test_four_charts_a_row_best_word_on_top(fitted):
    figure = visualize_barchart(fitted, custom_labels=True)
    assert len(figure.data) == 5 and figure.data[4].xaxis == "x5"
    assert figure.layout.xaxis5.domain[0] == figure.layout.xaxis.domain[0]  # the fifth begins the second row
    assert list(figure.data[0].y)[-1] == "rocket" and figure.data[0].x[-1] == 0.5
    assert [note.text for note in figure.layout.annotations][2] == "&lt;i&gt;label&lt;/i&gt; 2"
    assert (figure.layout.width, figure.layout.height) == (1000, 540)
    assert {figure.layout[axis].type for axis in ("yaxis", "yaxis2", "yaxis5")} == {"category"}


def test_words_are_escaped(fitted):
    assert list(visualize_barchart(fitted, topics=[2]).data[0].y)[-3:] == [
        "x&lt;y",
        "R&amp;D",
        "&lt;b&gt;bold&lt;/b&gt;",
    ]


def test_autoscale_makes_room_for_many_words(fitted):
    low, high = (visualize_barchart(fitted, n_words=n, autoscale=True).layout.height for n in (5, 30))
    assert high - low == 2 * 26 * 25


@pytest.mark.parametrize("n_topics", [1, 2, 20])
def test_any_number_of_charts(n_topics):
    assert len(visualize_barchart(many_topics(n_topics), top_n_topics=n_topics).data) == n_topics


def test_no_words_are_refused(fitted):
    with pytest.raises(InvalidInputError, match="n_words"):
        visualize_barchart(fitted, n_words=0)


def test_ranks_of_topics_with_unequal_numbers_of_words(fitted):
    """The incumbent needs the same number of words in each topic."""
    data = term_rank_data(fitted, topics=[3])
    assert [len(weights) for weights in data.weights] == [5, 5, 5, 2, 5]
    assert data.chosen.tolist() == [False, False, False, True, False]
    figure = visualize_term_rank(fitted, topics=[3])
    assert len(figure.data) == 5
    named = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in named] == ["3_violin_chord"]
    np.testing.assert_allclose(named[0].y, [0.5, 0.25])
    assert list(named[0].x) == [1, 2]


def test_logarithms(fitted):
    figure = visualize_term_rank(fitted, log_scale=True)
    np.testing.assert_allclose(figure.data[0].y, np.log10(0.5 / np.arange(1, 6)))


def test_thousands_of_curves_are_one_trace():
    figure = visualize_term_rank(many_topics(2000), topics=[5])
    assert len(figure.data) == 2 and figure.data[1].name == "5_w5a_w5b_w5c"
    assert np.isnan(np.asarray(figure.data[0].y, dtype=float)).sum() == 1999


def test_unknown_topics(fitted):
    with pytest.raises(UnknownTopicError):
        visualize_term_rank(fitted, topics=[6])
    with pytest.raises(UnknownTopicError):
        visualize_barchart(fitted, topics=[6])
