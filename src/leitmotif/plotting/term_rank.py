"""How fast the weights of a topic's words fall off, rank by rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.plotting import theme
from leitmotif.plotting.labels import escaped, topic_labels
from leitmotif.plotting.palette import color_of, dash_of, look
from leitmotif.plotting.selection import chosen_topics
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatVector, IntVector

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["TermRankData", "term_rank_data", "visualize_term_rank"]

COLORED_UP_TO = 12
"""With more curves they are thin and grey, except those asked for."""
TRACES_UP_TO = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class TermRankData:
    """Weights by rank of all T topics.

    Attributes
    ----------
    topics : ndarray of int64, shape (T,)
    labels : list of str, length T
    words : list of list of str
        Best first.
    weights : list of ndarray of float64
        Weight of rank 1, 2, …; as many as the topic has words.
    chosen : ndarray of bool, shape (T,)
        Topics that were asked for by id.
    """

    topics: IntVector
    labels: list[str]
    words: list[list[str]]
    weights: list[FloatVector]
    chosen: np.ndarray


def term_rank_data(
    fitted: Fitted, topics: Sequence[int] | None = None, custom_labels: bool | str = False
) -> TermRankData:
    """The numbers of :func:`visualize_term_rank`."""
    state = fitted.state
    ids = chosen_topics(state)
    asked = ids[:0] if topics is None else chosen_topics(state, topics)
    pairs = [[pair for pair in state.words.get(topic, []) if pair[0]] for topic in ids.tolist()]
    return TermRankData(
        topics=ids,
        labels=topic_labels(state, ids, custom_labels),
        words=[[str(word) for word, _ in topic_pairs] for topic_pairs in pairs],
        weights=[np.array([weight for _, weight in topic_pairs], dtype=np.float64) for topic_pairs in pairs],
        chosen=np.isin(ids, asked),
    )


def visualize_term_rank(
    topic_model: Fitted,
    topics: Sequence[int] | None = None,
    log_scale: bool = False,
    custom_labels: bool | str = False,
    title: str = "<b>Term score decline per Topic</b>",
    width: int = 800,
    height: int = 500,
) -> go.Figure:
    """The weights of each topic's words from the best downwards: where a curve goes flat, more words say little.

    Parameters
    ----------
    topics : sequence of int, optional
        Topics to bring out in colour; the curves of all others stay grey.
    log_scale : bool
        Show the logarithm (base 10) of the weights; weights of zero or less have none and are left out.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        One line a topic; with more than 200 topics one trace holds those not asked for.

    Raises
    ------
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    """
    go = theme.graph_objects("visualize_term_rank")
    data = term_rank_data(topic_model, topics, custom_labels)
    colored = data.chosen if data.chosen.any() else np.full(len(data.topics), len(data.topics) <= COLORED_UP_TO)
    figure = go.Figure()
    plain = np.flatnonzero(~colored).tolist()
    if len(plain) > TRACES_UP_TO:
        figure.add_trace(_together(go, data, plain, log_scale))
    else:
        for i in plain:
            figure.add_trace(_line(go, data, i, log_scale, {"color": look().faint, "width": 1.2}, False))
    for i in np.flatnonzero(colored).tolist():
        topic = int(data.topics[i])
        style = {"color": color_of(topic), "width": 2.2, "dash": dash_of(topic)}
        figure.add_trace(_line(go, data, i, log_scale, style, True))
    longest = max((len(weights) for weights in data.weights), default=1)
    theme.styled(
        figure,
        title,
        width,
        height,
        xaxis={
            "title": {"text": "rank of the word"},
            "dtick": 1 if longest <= 15 else None,
            "range": [0.6, longest + 0.4],
        },
        yaxis={"title": {"text": "weight (log scale)" if log_scale else "weight"}},
    )
    return figure


def _points(data: TermRankData, i: int, log_scale: bool) -> tuple[np.ndarray, np.ndarray, list[str]]:
    weights, words = data.weights[i], [escaped(word) for word in data.words[i]]
    ranks = np.arange(1, len(weights) + 1)
    if not log_scale:
        return ranks, weights, words
    positive = weights > 0
    return (
        ranks[positive],
        np.log10(weights[positive]),
        [word for word, keep in zip(words, positive, strict=True) if keep],
    )


def _line(go: Any, data: TermRankData, i: int, log_scale: bool, line: dict[str, Any], named: bool) -> Any:
    ranks, heights, words = _points(data, i, log_scale)
    return go.Scatter(
        x=ranks,
        y=heights,
        mode="lines",
        name=escaped(data.labels[i]),
        line=line,
        hovertext=words,
        hovertemplate="<b>%{fullData.name}</b><br>%{x}. %{hovertext}: %{y:.4f}<extra></extra>",
        showlegend=named,
    )


def _together(go: Any, data: TermRankData, topics: list[int], log_scale: bool) -> Any:
    x: list[float] = []
    y: list[float] = []
    texts: list[str] = []
    for i in topics:
        ranks, heights, words = _points(data, i, log_scale)
        label = escaped(data.labels[i])
        x += [*ranks.tolist(), np.nan]
        y += [*heights.tolist(), np.nan]
        texts += [*(f"<b>{label}</b><br>{word}" for word in words), ""]
    return go.Scattergl(
        x=x,
        y=y,
        mode="lines",
        name="topics",
        line={"color": look().faint, "width": 1},
        hovertext=texts,
        hovertemplate="%{hovertext}: %{y:.4f}<extra></extra>",
        showlegend=False,
    )
