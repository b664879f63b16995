"""Topics over time and per class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.plotting import (
    over_time_data,
    per_class_data,
    visualize_topics_over_time,
    visualize_topics_per_class,
)

from .conftest import many_topics


@pytest.fixture
def over_time() -> pd.DataFrame:
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01", "2024-03-01", "2024-03-01"])
    return pd.DataFrame(
        {
            "Topic": [0, 1, 0, 0, -1],
            "Words": ["a, b", "c", "d <i>", "e", "x"],
            "Frequency": [3, 2, 4, 12, 9],
            "Timestamp": days,
        }
    )


@pytest.fixture
def per_class() -> pd.DataFrame:
    return pd.DataFrame(
        {"Topic": [0, 1, 0, -1], "Words": ["a", "b", "c", "x"], "Frequency": [3, 5, 4, 1], "Class": list("zzyy")}
    )


def test_curves_with_zeros_where_a_topic_does_not_occur(fitted, over_time):
    data = over_time_data(fitted, over_time)
    assert data.topics.tolist() == [0, 1]
    assert data.labels == ["0_rocket_orbit_moon_launch", "1_bread_butter_oven_flour"]
    assert data.frequencies.tolist() == [[3, 4, 12], [2, 0, 0]]
    assert data.words == [["a, b", "d <i>", "e"], ["c", "", ""]]
    assert pd.DatetimeIndex(data.times).strftime("%m").tolist() == ["01", "02", "03"]


def test_normalised_curves_have_length_one(fitted, over_time):
    data = over_time_data(fitted, over_time, normalize_frequency=True)
    np.testing.assert_allclose(data.frequencies, [[3 / 13, 4 / 13, 12 / 13], [1, 0, 0]])


def test_the_frame_of_the_caller_is_not_changed(fitted, over_time, per_class):
    before = over_time.copy(), per_class.copy()
    visualize_topics_over_time(fitted, over_time)
    visualize_topics_per_class(fitted, per_class)
    pd.testing.assert_frame_equal(over_time, before[0])
    pd.testing.assert_frame_equal(per_class, before[1])


@pytest.mark.parametrize("labels", [True, "LLM"])
def test_labels_of_every_kind(fitted, over_time, per_class, labels):
    """The incumbent raises TypeError for the labels of an aspect."""
    wanted = {True: "&lt;i&gt;label&lt;/i&gt; 1", "LLM": "1_About bread"}[labels]
    assert visualize_topics_over_time(fitted, over_time, custom_labels=labels).data[1].name == wanted
    assert visualize_topics_per_class(fitted, per_class, custom_labels=labels).data[1].name == wanted


def test_lines(fitted, over_time):
    figure = visualize_topics_over_time(fitted, over_time, topics=[1, 0])
    assert [trace.name for trace in figure.data] == ["1_bread_butter_oven_flour", "0_rocket_orbit_moon_launch"]
    assert list(figure.data[1].y) == [3, 4, 12] and figure.data[1].hovertext[1] == "d &lt;i&gt;"
    assert figure.data[0].line.color != figure.data[1].line.color
    assert len(visualize_topics_over_time(fitted, over_time, top_n_topics=1).data) == 1


@pytest.mark.parametrize(
    "times", [["2024", "2023", "2022", "2021", "2020"], [5, 4, 3, 2, 1], [0.5, 0.4, 0.3, 0.2, 0.1]]
)
def test_times_of_other_kinds_come_in_order(fitted, over_time, times):
    data = over_time_data(fitted, over_time.assign(Timestamp=times))
    assert data.times.tolist() == times[::-1]
    assert data.frequencies[0].tolist() == [0, 12, 4, 0, 3]


def test_bars_by_class(fitted, per_class):
    data = per_class_data(fitted, per_class)
    assert data.classes == ["z", "y"]
    assert data.frequencies.tolist() == [[3, 4], [5, 0]] and data.words == [["a", "c"], ["b", ""]]
    figure = visualize_topics_per_class(fitted, per_class, normalize_frequency=True)
    np.testing.assert_allclose(figure.data[0].x, [0.6, 0.8])
    assert list(figure.data[0].y) == ["z", "y"]
    assert [trace.visible for trace in figure.data] == [True, "legendonly"]


def test_only_the_ten_largest_are_shown_at_first():
    frame = pd.DataFrame({"Topic": range(30), "Words": "w", "Frequency": 1, "Timestamp": 1})
    figure = visualize_topics_over_time(many_topics(30), frame)
    assert [trace.visible for trace in figure.data].count(True) == 10 and len(figure.data) == 30
    classes = frame.rename(columns={"Timestamp": "Class"})
    assert len(visualize_topics_per_class(many_topics(30), classes).data) == 10


def test_frames_that_do_not_fit(fitted, over_time, per_class):
    with pytest.raises(UnknownTopicError, match=r"does not have: \[8\].*call topics_over_time\(\) again"):
        visualize_topics_over_time(fitted, over_time.replace({"Topic": {1: 8}}))
    with pytest.raises(InvalidInputError, match=r"column 'Class'.*Timestamp"):
        visualize_topics_per_class(fitted, over_time)
    with pytest.raises(InvalidInputError, match="column 'Timestamp'"):
        visualize_topics_over_time(fitted, 5)
    with pytest.raises(InvalidInputError, match="no rows for the topics"):
        visualize_topics_over_time(fitted, over_time, topics=[4])
    with pytest.raises(UnknownTopicError):
        visualize_topics_per_class(fitted, per_class, topics=[44])


def test_polars_frames(fitted, over_time):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({name: over_time[name].tolist() for name in over_time.columns})
    assert over_time_data(fitted, frame).frequencies.tolist() == [[3, 4, 12], [2, 0, 0]]
