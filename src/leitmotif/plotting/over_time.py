"""How often each topic occurs over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leitmotif.plotting import theme
from leitmotif.plotting.frames import Counted, column, counted, shown_as
from leitmotif.plotting.palette import color_of, dash_of
from leitmotif.protocols import Fitted

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["OverTimeData", "over_time_data", "visualize_topics_over_time"]

VISIBLE_UP_TO = 10
"""With more topics the smaller ones are drawn on a click in the legend."""
MARKED_UP_TO = 60


@dataclass(frozen=True, kw_only=True, eq=False)
class OverTimeData(Counted):
    """Curves of T topics over B times.

    Attributes
    ----------
    times : ndarray, shape (B,)
        Ascending, of the kind that the frame has (datetime64, numbers or str).
    """

    times: np.ndarray


def over_time_data(
    fitted: Fitted,
    topics_over_time: pd.DataFrame,
    top_n_topics: int | None = None,
    topics: Sequence[int] | None = None,
    normalize_frequency: bool = False,
    custom_labels: bool | str = False,
) -> OverTimeData:
    """The numbers of :func:`visualize_topics_over_time`."""
    times, place = np.unique(column(topics_over_time, "Timestamp", "topics_over_time"), return_inverse=True)
    table = counted(
        fitted.state,
        topics_over_time,
        "topics_over_time",
        place.ravel(),
        len(times),
        topics,
        top_n_topics,
        normalize_frequency,
        custom_labels,
    )
    return OverTimeData(**vars(table), times=times)


def visualize_topics_over_time(
    topic_model: Fitted,
    topics_over_time: pd.DataFrame,
    top_n_topics: int | None = None,
    topics: Sequence[int] | None = None,
    normalize_frequency: bool = False,
    custom_labels: bool | str = False,
    title: str = "<b>Topics over Time</b>",
    width: int = 1250,
    height: int = 450,
) -> go.Figure:
    """How often each topic occurs over time, one line a topic, with its words at the time on hover.

    Parameters
    ----------
    topics_over_time : pandas.DataFrame
        What ``topics_over_time(docs, timestamps)`` gave. It is not changed.
    top_n_topics : int, optional
        Show only so many of the largest.
    topics : sequence of int, optional
        Topics to show; all by default. -1 is never shown.
    normalize_frequency : bool
        Scale each curve to length one, so that small and large topics can be compared.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        One line a topic that occurs in the frame. A time at which it has no documents counts as zero. With more than
        ten topics the smaller ones are hidden until clicked in the legend.

    Raises
    ------
    InvalidInputError
        The frame lacks a column, or has none of the topics.
    UnknownTopicError
        ``topics`` or the frame holds an id that the model does not have.
    """
    go = theme.graph_objects("visualize_topics_over_time")
    data = over_time_data(topic_model, topics_over_time, top_n_topics, topics, normalize_frequency, custom_labels)
    state = topic_model.state.by_document
    by_size = np.lexsort((data.topics, -state.sizes[state.rows(data.topics)]))
    visible = set(by_size[:VISIBLE_UP_TO].tolist())
    mode = "lines+markers" if len(data.times) <= MARKED_UP_TO else "lines"
    figure = go.Figure()
    for i, topic in enumerate(data.topics.tolist()):
        figure.add_trace(
            go.Scatter(
                x=data.times,
                y=data.frequencies[i],
                mode=mode,
                line={"color": color_of(topic), "width": 2, "dash": dash_of(topic)},
                marker={"size": 5},
                visible=True if i in visible else "legendonly",
                **shown_as(data, i, "x", "y"),
            )
        )
    theme.styled(
        figure,
        title,
        width,
        height,
        yaxis={
            "title": {"text": "normalised frequency" if normalize_frequency else "documents"},
            "rangemode": "tozero",
        },
        legend={"title": {"text": "Topic"}},
        showlegend=True,
    )
    return figure
