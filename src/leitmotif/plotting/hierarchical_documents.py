"""The map of documents at several levels of the topic hierarchy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.plotting import theme
from leitmotif.plotting.documents import (
    DocumentsData,
    checked_docs,
    documents_data,
    legend_width,
    map_labels,
    marker_style,
)
from leitmotif.plotting.frames import column
from leitmotif.plotting.labels import cut, escaped, snippet
from leitmotif.plotting.palette import color_of, look
from leitmotif.protocols import Fitted
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["HierarchicalDocumentsData", "hierarchical_documents_data", "visualize_hierarchical_documents"]


@dataclass(frozen=True, kw_only=True, eq=False)
class HierarchicalDocumentsData:
    """A map of documents and what its T topics are called at L levels.

    Attributes
    ----------
    documents : DocumentsData
        The map itself, at the level of the topics.
    distances : ndarray of float64, shape (L,)
        Merges up to this distance are made at each level, ascending; 0 at the first, where none is.
    nodes : ndarray of int64, shape (L, T)
        Topic, or merged topic (``Parent_ID``), that each topic belongs to at each level.
    labels : list of dict of int to str, length L
        Label of every node of a level.
    """

    documents: DocumentsData
    distances: np.ndarray
    nodes: IntVector
    labels: list[dict[int, str]]


def hierarchical_documents_data(
    fitted: Fitted,
    hierarchical_topics: pd.DataFrame,
    docs: Sequence[str] | None = None,
    topics: Sequence[int] | None = None,
    embeddings: FloatMatrix | None = None,
    reduced_embeddings: FloatMatrix | None = None,
    sample: float | None = None,
    nr_levels: int = 10,
    level_scale: str = "linear",
    custom_labels: bool | str = False,
) -> HierarchicalDocumentsData:
    """The numbers of :func:`visualize_hierarchical_documents`."""
    data = documents_data(fitted, docs, topics, embeddings, reduced_embeddings, sample, custom_labels)
    parents = column(hierarchical_topics, "Parent_ID", "hierarchical_topics").astype(np.int64)
    names = column(hierarchical_topics, "Parent_Name", "hierarchical_topics")
    members = column(hierarchical_topics, "Topics", "hierarchical_topics")
    distances = column(hierarchical_topics, "Distance", "hierarchical_topics").astype(np.float64)
    order = np.argsort(parents, kind="stable")  # parents are numbered in the order of the merges
    n_done = _merges_by_level(len(order) + 1, nr_levels, level_scale)
    label_of = dict(zip(data.topic_ids.tolist(), data.labels, strict=True))
    position = {topic: i for i, topic in enumerate(data.topic_ids.tolist())}
    current = data.topic_ids.copy()
    nodes = np.empty((len(n_done), len(current)), dtype=np.int64)
    done = 0
    for level, n_merges in enumerate(n_done):
        for merge in order[done:n_merges].tolist():
            node = int(parents[merge])
            current[[position[int(topic)] for topic in members[merge] if int(topic) in position]] = node
            label_of[node] = cut(f"{node}_{names[merge]}")
        done = n_merges
        nodes[level] = current
    return HierarchicalDocumentsData(
        documents=data,
        distances=np.array([distances[order[n - 1]] if n else 0.0 for n in n_done]),
        nodes=nodes,
        labels=[{node: label_of[node] for node in np.unique(row).tolist()} for row in nodes],
    )


def visualize_hierarchical_documents(
    topic_model: Fitted,
    docs: Sequence[str],
    hierarchical_topics: pd.DataFrame,
    topics: Sequence[int] | None = None,
    embeddings: FloatMatrix | None = None,
    reduced_embeddings: FloatMatrix | None = None,
    sample: float | None = None,
    hide_annotations: bool = False,
    hide_document_hover: bool = True,
    nr_levels: int = 10,
    level_scale: str = "linear",
    custom_labels: bool | str = False,
    title: str = "<b>Hierarchical Documents and Topics</b>",
    width: int = 1200,
    height: int = 750,
) -> go.Figure:
    """A map of the documents with a slider over the levels of the topic hierarchy, from the topics to the last two.

    Parameters
    ----------
    docs : sequence of str, length N
        What the hover boxes show: the documents of the fit, or their titles.
    hierarchical_topics : pandas.DataFrame
        What ``hierarchical_topics(docs)`` gave.
    topics, embeddings, reduced_embeddings, sample, hide_annotations, hide_document_hover, custom_labels
        As in :func:`~leitmotif.plotting.visualize_documents`.
    nr_levels : int
        How many levels the slider has; never more than there are merges.
    level_scale : {"linear", "log"}
        Make as many merges from each level to the next, or more of them in the first levels.
    title : str
    width, height : int
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace "other" and one a topic. The slider changes their names and colours; the points are in the page
        once, however many levels there are.

    Raises
    ------
    InvalidInputError
        ``level_scale`` is neither of the two, ``nr_levels`` is not positive, the frame lacks a column, or ``docs``
        has another length than the fit's documents.
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    """
    go = theme.graph_objects("visualize_hierarchical_documents")
    texts = checked_docs(topic_model.state, docs)
    data = hierarchical_documents_data(
        topic_model,
        hierarchical_topics,
        texts,
        topics,
        embeddings,
        reduced_embeddings,
        sample,
        nr_levels,
        level_scale,
        custom_labels,
    )
    points = data.documents
    marker = marker_style(len(points.rows))
    first = _look(data, 0)
    figure = go.Figure()
    for i, topic in enumerate([OUTLIER, *points.topic_ids.tolist()]):
        own = points.topics == topic
        shown: dict[str, Any] = {"hovertemplate": "<b>%{fullData.name}</b><extra></extra>"}
        if texts is not None and not hide_document_hover:
            shown = {
                "hovertext": [snippet(texts[row]) for row in points.rows[own].tolist()],
                "hovertemplate": "<b>%{fullData.name}</b><br>%{hovertext}<extra></extra>",
            }
        color = color_of(OUTLIER) if topic == OUTLIER else first["marker.color"][i - 1]
        figure.add_trace(
            go.Scattergl(
                x=points.x[own],
                y=points.y[own],
                mode="markers",
                name="other" if topic == OUTLIER else first["name"][i - 1],
                legendgroup="other" if topic == OUTLIER else first["legendgroup"][i - 1],
                showlegend=bool(own.any()) if topic == OUTLIER else first["showlegend"][i - 1],
                marker={**marker, "color": color, "opacity": 0.5 if topic == OUTLIER else marker["opacity"]},
                **shown,
            )
        )
    area = (width - 48 - legend_width(points.labels), height - 180)
    annotations = [[] if hide_annotations else _node_labels(data, level, *area) for level in range(len(data.nodes))]
    traces = list(range(1, len(points.topic_ids) + 1))
    steps = [
        {
            "label": str(level),
            "method": "update",
            "args": [_look(data, level), {"annotations": annotations[level]}, traces],
        }
        for level in range(len(data.nodes))
    ]
    slider = {
        "active": 0,
        "steps": steps,
        "pad": {"t": 20},
        "currentvalue": {"prefix": "Level ", "font": {"color": look().ink}},
    }
    theme.styled(
        figure,
        title,
        width,
        height,
        annotations=annotations[0],
        sliders=[slider],
        showlegend=True,
        **theme.map_layout(),
    )
    return figure


def _merges_by_level(n_topics: int, nr_levels: int, level_scale: str) -> list[int]:
    """How many merges have been made at each level: none at the first, all but the very last one at the last."""
    if level_scale not in ("linear", "log", "logarithmic"):
        raise InvalidInputError(f"level_scale needs to be 'linear' or 'log'; got {level_scale!r}")
    if int(nr_levels) < 1:
        raise InvalidInputError(f"nr_levels must be at least 1; got {nr_levels}")
    if n_topics <= 2:
        return [0]
    n_levels = min(int(nr_levels), n_topics - 1)
    space = np.linspace if level_scale == "linear" else np.geomspace
    left = np.rint(space(n_topics, 2, n_levels)).astype(np.int64)  # topics left at each level
    return [int(n) for n in np.unique(n_topics - left)]


def _look(data: HierarchicalDocumentsData, level: int) -> dict[str, list[Any]]:
    """Name, colour and legend entry of each topic's trace at a level; merged topics share them."""
    nodes = data.nodes[level].tolist()
    labels = data.labels[level]
    leader: dict[int, int] = {}
    for topic, node in zip(data.documents.topic_ids.tolist(), nodes, strict=True):
        leader.setdefault(node, topic)
    colors, heads = [], []
    seen: set[int] = set()
    for node in nodes:
        colors.append(color_of(leader[node]))
        heads.append(node not in seen)
        seen.add(node)
    return {
        "name": [escaped(labels[node]) for node in nodes],
        "legendgroup": [str(node) for node in nodes],
        "showlegend": heads,
        "marker.color": colors,
    }


def _node_labels(data: HierarchicalDocumentsData, level: int, width: float, height: float) -> list[dict[str, Any]]:
    """Labels of the nodes of a level, each at the median of its documents."""
    points = data.documents
    nodes, place = np.unique(data.nodes[level], return_inverse=True)
    node_of = dict(zip(points.topic_ids.tolist(), place.ravel().tolist(), strict=True))
    of_point = np.array([node_of.get(topic, -1) for topic in points.topics.tolist()], dtype=np.int64)
    middle = np.full((len(nodes), 2), np.nan)
    for node in range(len(nodes)):
        own = of_point == node
        if own.any():
            middle[node] = np.median(np.stack([points.x[own], points.y[own]]), axis=1)
    level_map = DocumentsData(
        rows=points.rows,
        topics=of_point,
        x=points.x,
        y=points.y,
        topic_ids=nodes,
        labels=[data.labels[level][node] for node in nodes.tolist()],
        sizes=np.bincount(place.ravel(), weights=points.sizes, minlength=len(nodes)).astype(np.int64),
        label_x=middle[:, 0],
        label_y=middle[:, 1],
    )
    return map_labels(level_map, width, height)
