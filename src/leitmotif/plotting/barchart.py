"""The best words of the largest topics, a small bar chart a topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.plotting import theme
from leitmotif.plotting.labels import cut, escaped, topic_labels
from leitmotif.plotting.palette import color_of
from leitmotif.plotting.selection import chosen_topics
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatVector, IntVector

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["BarchartData", "barchart_data", "visualize_barchart"]

N_COLUMNS = 4
TITLE_HEIGHT = 90
BAR_HEIGHT = 26
WORD_LENGTH = 22


@dataclass(frozen=True, kw_only=True, eq=False)
class BarchartData:
    """Words and weights of T topics.

    Attributes
    ----------
    topics : ndarray of int64, shape (T,)
    labels : list of str, length T
        ``Topic k``, or the label asked for.
    words : list of list of str
        Best first; a topic with too few words has fewer.
    weights : list of ndarray of float64
    """

    topics: IntVector
    labels: list[str]
    words: list[list[str]]
    weights: list[FloatVector]


def barchart_data(
    fitted: Fitted,
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = 8,
    n_words: int = 5,
    custom_labels: bool | str = False,
) -> BarchartData:
    """The numbers of :func:`visualize_barchart`."""
    if int(n_words) < 1:
        raise InvalidInputError(f"n_words must be at least 1; got {n_words}")
    state = fitted.state
    ids = chosen_topics(state, topics, top_n_topics)
    plain = custom_labels is False or (custom_labels is True and state.custom_labels is None)
    pairs = [[pair for pair in state.words.get(topic, [])[: int(n_words)] if pair[0]] for topic in ids.tolist()]
    return BarchartData(
        topics=ids,
        labels=[f"Topic {topic}" for topic in ids.tolist()] if plain else topic_labels(state, ids, custom_labels),
        words=[[str(word) for word, _ in topic_pairs] for topic_pairs in pairs],
        weights=[np.array([weight for _, weight in topic_pairs], dtype=np.float64) for topic_pairs in pairs],
    )


def visualize_barchart(
    topic_model: Fitted,
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = 8,
    n_words: int = 5,
    custom_labels: bool | str = False,
    title: str = "Topic Word Scores",
    width: int = 250,
    height: int = 250,
    autoscale: bool = False,
) -> go.Figure:
    """The best words of topics and their weights, four topics a row.

    Parameters
    ----------
    topics : sequence of int, optional
        Topics to show, in this order. -1 is never shown.
    top_n_topics : int, optional
        Show so many of the largest; ignored where ``topics`` is given.
    n_words : int
        Words a topic.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        Of one of the small charts, in pixels.
    autoscale : bool
        Make the charts as high as ``n_words`` bars need.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar trace a topic.

    Raises
    ------
    InvalidInputError
        ``n_words`` or ``top_n_topics`` is not positive.
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    """
    go, make_subplots = theme.graph_objects("visualize_barchart"), theme.subplots("visualize_barchart")
    data = barchart_data(topic_model, topics, top_n_topics, n_words, custom_labels)
    n_columns = min(N_COLUMNS, len(data.topics))
    n_rows = -(-len(data.topics) // n_columns)
    cell_height = BAR_HEIGHT * n_words + 70 if autoscale else height
    # The words stand left of the bars, so the gap between two charts must hold the longest of them.
    longest = max((len(cut(word, WORD_LENGTH)) for words in data.words for word in words), default=1)
    figure_width = max(width * n_columns, 480)
    gap = (22 + 6.4 * longest) / figure_width
    figure = make_subplots(
        rows=n_rows,
        cols=n_columns,
        horizontal_spacing=min(gap, 0.7 / max(n_columns - 1, 1)) if n_columns > 1 else 0.0,
        vertical_spacing=min(52 / (cell_height * n_rows), 0.9 / max(n_rows - 1, 1)) if n_rows > 1 else 0.0,
        subplot_titles=[escaped(cut(label, max(14, width // 8))) for label in data.labels],
    )
    for i, topic in enumerate(data.topics.tolist()):
        words = data.words[i][::-1]
        figure.add_trace(
            go.Bar(
                x=[float(weight) for weight in data.weights[i][::-1]],
                y=[escaped(cut(word, WORD_LENGTH)) for word in words],
                orientation="h",
                marker={"color": color_of(topic)},
                hovertext=[escaped(word) for word in words],
                hovertemplate="%{hovertext}: %{x:.4f}<extra></extra>",
                showlegend=False,
            ),
            row=i // n_columns + 1,
            col=i % n_columns + 1,
        )
    figure.update_xaxes(nticks=4, showgrid=True, rangemode="tozero")
    figure.update_yaxes(type="category", showgrid=False, **theme.GAP_BEFORE_TICKS)
    theme.styled(
        figure,
        title,
        figure_width,
        cell_height * n_rows + (TITLE_HEIGHT if n_rows == 1 else 40),
        bargap=0.25,
        margin={"l": 24, "r": 24, "t": TITLE_HEIGHT, "b": 30},
    )
    figure.update_annotations(font={"size": 13})
    return figure
