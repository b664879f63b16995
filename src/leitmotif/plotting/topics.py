"""The map of topics: each a disc as large as its documents are many, similar ones side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.kernels.planar import in_unit_square, separate_discs, topic_map
from leitmotif.plotting import theme
from leitmotif.plotting.labels import escaped, fitting, top_words, topic_labels
from leitmotif.plotting.palette import colors_of, ink_on, look
from leitmotif.plotting.selection import chosen_topics, topic_vectors
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatMatrix, FloatVector, IntVector

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["TopicsData", "topics_data", "visualize_topics"]

LARGEST = 56.0
SMALLEST = 5.0
COVERED = 0.2
"""Largest share of the map that the discs may cover together."""
MARGIN = 0.1
LABEL_SIZE = 11
LABELLED_UP_TO = 60
SLIDER_HEIGHT = 110


@dataclass(frozen=True, kw_only=True, eq=False)
class TopicsData:
    """What the map shows; T topics in the order of their ids.

    Attributes
    ----------
    topics : ndarray of int64, shape (T,)
    x, y : ndarray of float64, shape (T,), in [0, 1]
    sizes : ndarray of int64, shape (T,)
        Documents of each.
    diameters : ndarray of float64, shape (T,)
        In pixels; areas are as the sizes.
    labels : list of str
    words : list of list of str
        The five best words of each.
    uses_ctfidf : bool
        Whether c-TF-IDF was compared, and not the topic embeddings.
    """

    topics: IntVector
    x: FloatVector
    y: FloatVector
    sizes: IntVector
    diameters: FloatVector
    labels: list[str]
    words: list[list[str]]
    uses_ctfidf: bool


def topics_data(
    fitted: Fitted,
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = None,
    use_ctfidf: bool = False,
    custom_labels: bool | str = False,
    width: int = 650,
    height: int = 650,
) -> TopicsData:
    """The numbers of :func:`visualize_topics`. Cost O(T^2) for T topics."""
    state = fitted.state.by_document
    ids = np.sort(chosen_topics(state, topics, top_n_topics))
    vectors, uses_ctfidf = topic_vectors(state, ids, use_ctfidf, "visualize_topics")
    sizes = state.sizes[state.rows(ids)]
    inner_width, inner_height = _inner(width, height)
    diameters = _diameters(sizes, inner_width * inner_height)
    points = topic_map(vectors)
    side = min(inner_width, inner_height) * (1.0 - 2 * MARGIN)
    for _ in range(3):  # pushing apart widens the map, and filling the square again shrinks it
        points = in_unit_square(separate_discs(points, diameters / 2.0 / side))
    return TopicsData(
        topics=ids,
        x=points[:, 0],
        y=points[:, 1],
        sizes=sizes,
        diameters=diameters,
        labels=topic_labels(state, ids, custom_labels),
        words=[top_words(state, topic) for topic in ids.tolist()],
        uses_ctfidf=uses_ctfidf,
    )


def visualize_topics(
    topic_model: Fitted,
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = None,
    use_ctfidf: bool = False,
    custom_labels: bool | str = False,
    title: str = "<b>Intertopic Distance Map</b>",
    width: int = 650,
    height: int = 650,
) -> go.Figure:
    """A map of the topics: similar ones stand side by side, areas are numbers of documents.

    The slider rings one topic at a time.

    Parameters
    ----------
    topics : sequence of int, optional
        Topics to show; all by default. -1 is never shown.
    top_n_topics : int, optional
        Show only so many of the largest.
    use_ctfidf : bool
        Compare topics by c-TF-IDF instead of their embeddings.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        Two traces: the discs, and the ring.

    Raises
    ------
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    MissingComponentError
        The model has neither topic embeddings nor c-TF-IDF.

    Notes
    -----
    The places come from classical scaling of the cosine distances, followed for ten topics and more by an
    embedding of their neighbourhoods (:func:`leitmotif.kernels.planar.topic_map`); discs are then moved apart where
    they would cover each other. They are the same on every run.
    """
    go = theme.graph_objects("visualize_topics")
    data = topics_data(topic_model, topics, top_n_topics, use_ctfidf, custom_labels, width, height)
    colors = colors_of(data.topics.tolist())
    names = [
        str(topic) if size >= 9 + 6 * len(str(topic)) else ""
        for topic, size in zip(data.topics.tolist(), data.diameters, strict=True)
    ]
    discs = go.Scatter(
        x=data.x,
        y=data.y,
        mode="markers+text",
        text=names,
        textposition="middle center",
        textfont={"size": 11, "color": [ink_on(color) for color in colors]},
        marker={"size": data.diameters, "color": colors, "opacity": 0.85, "line": {"width": 1, "color": look().ground}},
        customdata=[
            [topic, escaped(label), escaped(" | ".join(words)), int(size)]
            for topic, label, words, size in zip(
                data.topics.tolist(), data.labels, data.words, data.sizes.tolist(), strict=True
            )
        ],
        hovertemplate="<b>Topic %{customdata[0]}</b><br>%{customdata[1]}<br>Words: %{customdata[2]}"
        "<br>Size: %{customdata[3]:,}<extra></extra>",
        showlegend=False,
    )
    ring = go.Scatter(
        x=[data.x[0]],
        y=[data.y[0]],
        mode="markers",
        marker={"size": [data.diameters[0] + 7], "color": "rgba(0,0,0,0)", "line": {"width": 3, "color": "#D1242F"}},
        hoverinfo="skip",
        showlegend=False,
    )
    figure = go.Figure([discs, ring])
    reach = [-MARGIN / (1 - 2 * MARGIN), 1 + MARGIN / (1 - 2 * MARGIN)]
    axis = {"range": reach, "visible": False}
    theme.styled(
        figure,
        title,
        width,
        height,
        xaxis={**axis, "constrain": "domain"},
        yaxis={**axis, "scaleanchor": "x", "constrain": "domain"},
        margin={"l": 24, "r": 24, "t": 56, "b": 24},
        annotations=_annotations(data, width, height),
        sliders=[_slider(data)],
    )
    return figure


def _inner(width: int, height: int) -> tuple[float, float]:
    """Width and height of the map itself, in pixels."""
    return max(width - 48.0, 50.0), max(height - 80.0 - SLIDER_HEIGHT, 50.0)


def _diameters(sizes: IntVector, area: float) -> FloatVector:
    share = np.maximum(sizes, 1) / max(int(sizes.max()), 1)
    largest = min(LARGEST, float(np.sqrt(COVERED * area / (np.pi / 4.0 * share.sum()))))
    return np.round(np.maximum(largest * np.sqrt(share), min(SMALLEST, largest)), 2)


def _annotations(data: TopicsData, width: int, height: int) -> list[dict[str, Any]]:
    """Labels under or over the discs, the largest first, as many as fit beside one another and the discs.

    None on a crowded map, where only a few small discs at the rim would get one.
    """
    if len(data.topics) > LABELLED_UP_TO:
        return []
    inner_width, inner_height = _inner(width, height)
    side = min(inner_width, inner_height)
    places = np.stack([data.x, data.y], axis=1) * (1 - 2 * MARGIN) + MARGIN
    x = places[:, 0] * side + (inner_width - side) / 2
    y = places[:, 1] * side + (inner_height - side) / 2
    radius = data.diameters / 2
    discs: FloatMatrix = np.stack([x - radius, x + radius, y - radius, y + radius], axis=1)
    order = np.lexsort((data.topics, -data.sizes))
    # Under its disc or else above it; farther off nobody would know whose label it is.
    beside = np.concatenate([-radius[order] - 9, radius[order] + 9])
    order = np.concatenate([order, order])
    texts = [data.labels[i] for i in order.tolist()]
    fit, sideways, _ = fitting(
        x[order], y[order] + beside, texts, LABEL_SIZE, inner_width, inner_height, taken=discs, steps=(0.0,)
    )
    labels: dict[int, dict[str, Any]] = {}
    for i, shift in zip(fit, sideways, strict=True):
        topic = int(order[i])
        place = {"x": data.x[topic], "y": data.y[topic], "xshift": shift, "yshift": beside[i]}
        labels.setdefault(topic, {**place, "text": escaped(texts[i]), "showarrow": False, "font": {"size": LABEL_SIZE}})
    return list(labels.values())


def _slider(data: TopicsData) -> dict[str, Any]:
    steps = [
        {
            "label": f"Topic {topic}",
            "method": "restyle",
            "args": [{"x": [[x]], "y": [[y]], "marker.size": [[diameter + 7]]}, [1]],
        }
        for topic, x, y, diameter in zip(
            data.topics.tolist(), data.x.tolist(), data.y.tolist(), data.diameters.tolist(), strict=True
        )
    ]
    return {
        "active": 0,
        "steps": steps,
        "pad": {"t": 24},
        "font": {"size": 11},
        "currentvalue": {"font": {"color": look().ink}},
    }
