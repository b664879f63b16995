"""How often each topic occurs in each class of documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leitmotif.plotting import theme
from leitmotif.plotting.frames import Counted, column, counted, shown_as
from leitmotif.plotting.labels import cut, escaped
from leitmotif.plotting.palette import color_of
from leitmotif.protocols import Fitted

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["PerClassData", "per_class_data", "visualize_topics_per_class"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PerClassData(Counted):
    """Bars of T topics in B classes.

    Attributes
    ----------
    classes : list of str, length B
        In the order in which the frame first has them.
    """

    classes: list[str]


def per_class_data(
    fitted: Fitted,
    topics_per_class: pd.DataFrame,
    top_n_topics: int | None = 10,
    topics: Sequence[int] | None = None,
    normalize_frequency: bool = False,
    custom_labels: bool | str = False,
) -> PerClassData:
    """The numbers of :func:`visualize_topics_per_class`."""
    values = [str(value) for value in column(topics_per_class, "Class", "topics_per_class").tolist()]
    classes = list(dict.fromkeys(values))
    place_of = {name: i for i, name in enumerate(classes)}
    place = np.array([place_of[value] for value in values], dtype=np.int64)
    table = counted(
        fitted.state,
        topics_per_class,
        "topics_per_class",
        place,
        len(classes),
        topics,
        top_n_topics,
        normalize_frequency,
        custom_labels,
    )
    return PerClassData(**vars(table), classes=classes)


def visualize_topics_per_class(
    topic_model: Fitted,
    topics_per_class: pd.DataFrame,
    top_n_topics: int | None = 10,
    topics: Sequence[int] | None = None,
    normalize_frequency: bool = False,
    custom_labels: bool | str = False,
    title: str = "<b>Topics per Class</b>",
    width: int = 1250,
    height: int = 900,
) -> go.Figure:
    """How often a topic occurs in each class; the first topic is shown, the others on a click in the legend.

    Parameters
    ----------
    topics_per_class : pandas.DataFrame
        What ``topics_per_class(docs, classes)`` gave. It is not changed.
    top_n_topics : int, optional
        So many of the largest; ignored where ``topics`` is given.
    topics : sequence of int, optional
        Topics to show. -1 is never shown.
    normalize_frequency : bool
        Scale the bars of each topic to length one, so that small and large topics can be compared.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels. The figure grows where the names of the classes would not be legible.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar trace a topic that occurs in the frame.

    Raises
    ------
    InvalidInputError
        The frame lacks a column, or has none of the topics.
    UnknownTopicError
        ``topics`` or the frame holds an id that the model does not have.
    """
    go = theme.graph_objects("visualize_topics_per_class")
    data = per_class_data(topic_model, topics_per_class, top_n_topics, topics, normalize_frequency, custom_labels)
    places = list(range(len(data.classes)))
    names = [escaped(name) for name in data.classes]
    figure = go.Figure()
    for i, topic in enumerate(data.topics.tolist()):
        figure.add_trace(
            go.Bar(
                x=data.frequencies[i],
                y=names,
                orientation="h",
                marker={"color": color_of(topic)},
                visible=True if i == 0 else "legendonly",
                **shown_as(data, i, "y", "x"),
            )
        )
    theme.styled(
        figure,
        title,
        width,
        max(height, 18 * len(places) + 130),
        xaxis={
            "title": {"text": "normalised frequency" if normalize_frequency else "documents"},
            "rangemode": "tozero",
        },
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names,
            "autorange": "reversed",
            "showgrid": False,
            **theme.GAP_BEFORE_TICKS,
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [escaped(cut(name)) for name in data.classes],
        },
        legend={"title": {"text": "Topic"}},
        showlegend=True,
        bargap=0.25,
    )
    return figure
