"""The topics of one document, by how strongly each is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.plotting import theme
from leitmotif.plotting.labels import cut, escaped, top_words, topic_labels
from leitmotif.plotting.palette import colors_of
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import FloatVector, IntVector
from leitmotif.validation import check_fitted

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["DistributionData", "distribution_data", "visualize_distribution"]

BAR_HEIGHT = 22


@dataclass(frozen=True, kw_only=True, eq=False)
class DistributionData:
    """Topics of one document that are strong enough, in the order of their ids.

    Attributes
    ----------
    topics : ndarray of int64, shape (m,)
    labels : list of str, length m
    probabilities : ndarray of float64, shape (m,)
    """

    topics: IntVector
    labels: list[str]
    probabilities: FloatVector


def distribution_data(
    fitted: Fitted, probabilities: Any, min_probability: float = 0.015, custom_labels: bool | str = False
) -> DistributionData:
    """The numbers of :func:`visualize_distribution`."""
    state = fitted.state
    check_fitted(state)
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim != 1:
        raise InvalidInputError(
            f"probabilities must be those of one document, shape (n_topics,); got shape {values.shape}. "
            "Pass one row, such as probs[0]"
        )
    if len(values) not in (state.n_topics, len(state.topic_ids)):
        raise InvalidInputError(
            f"probabilities has {len(values)} values for {state.n_topics} topics; pass one row of what "
            "approximate_distribution or calculate_probabilities=True gave"
        )
    if len(values) != state.n_topics:
        values = values[state.inner_rows]  # with a column for -1
    strong = np.flatnonzero(values >= min_probability)
    if not len(strong):
        largest = f"the largest is {values.max():.3g}" if len(values) else "there are none"
        raise InvalidInputError(
            f"no probability is at least min_probability={min_probability}; {largest}. Lower min_probability"
        )
    ids = state.inner_ids[strong]
    return DistributionData(topics=ids, labels=_labels(state, ids, custom_labels), probabilities=values[strong])


def visualize_distribution(
    topic_model: Fitted,
    probabilities: Any,
    min_probability: float = 0.015,
    custom_labels: bool | str = False,
    title: str = "<b>Topic Probability Distribution</b>",
    width: int = 800,
    height: int = 600,
) -> go.Figure:
    """The topics of one document, one bar each.

    Parameters
    ----------
    probabilities : array-like, shape (n_topics,)
        One row of the topic distributions: of ``approximate_distribution``, or of ``probabilities_`` with
        ``calculate_probabilities=True``.
    min_probability : float
        Leave out topics below it.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels. The figure grows where the bars would not be legible.

    Returns
    -------
    plotly.graph_objects.Figure
        One bar trace, topics in the order of their ids.

    Raises
    ------
    InvalidInputError
        Not one row of as many values as topics, or none of them at least ``min_probability``.
    """
    go = theme.graph_objects("visualize_distribution")
    data = distribution_data(topic_model, probabilities, min_probability, custom_labels)
    places = list(range(len(data.topics)))
    labels = [_bold_number(escaped(label)) for label in data.labels]
    figure = go.Figure(
        go.Bar(
            x=np.asarray(data.probabilities).tolist(),
            y=places,
            orientation="h",
            marker={"color": colors_of(data.topics.tolist())},
            text=[f"{value:.3f}" for value in data.probabilities],
            textposition="outside",
            cliponaxis=False,
            customdata=labels,
            hovertemplate="%{customdata}<br>probability %{x:.4f}<extra></extra>",
        )
    )
    theme.styled(
        figure,
        title,
        width,
        max(height, BAR_HEIGHT * len(places) + 130),
        xaxis={"title": {"text": "probability"}, "range": [0, float(data.probabilities.max()) * 1.12]},
        yaxis={
            "tickmode": "array",
            "tickvals": places,
            "ticktext": labels,
            "showgrid": False,
            "range": [len(places) - 0.4, -0.6],
            **theme.GAP_BEFORE_TICKS,
        },
        bargap=0.3,
    )
    return figure


def _labels(state: TopicState, ids: IntVector, custom_labels: bool | str) -> list[str]:
    if custom_labels is False or (custom_labels is True and state.custom_labels is None):
        return [cut(f"Topic {topic}: {'_'.join(top_words(state, topic))}", 52) for topic in ids.tolist()]
    return topic_labels(state, ids, custom_labels)


def _bold_number(label: str) -> str:
    """``Topic 3: a_b`` with its first part in bold."""
    head, colon, tail = label.partition(": ")
    return f"<b>{head}</b>{colon}{tail}" if colon and head.startswith("Topic ") else label
