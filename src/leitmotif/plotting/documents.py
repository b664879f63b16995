"""The map of documents, coloured by topic."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.sampling import sample_positions
from leitmotif.plotting import theme
from leitmotif.plotting.labels import cut, escaped, fitting, snippet, topic_labels
from leitmotif.plotting.palette import color_of, colors_of
from leitmotif.plotting.positions import document_positions
from leitmotif.plotting.selection import chosen_topics, rows_by_topic
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, FloatVector, IntVector
from leitmotif.validation import as_documents

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["DocumentsData", "documents_data", "map_labels", "shown_rows", "visualize_documents"]

logger = logging.getLogger(__name__)

SAMPLED_FROM = 100
"""Topics with fewer documents are shown whole, whatever ``sample`` is."""
TRACES_UP_TO = 200
"""With more topics one trace holds all of them, coloured point by point: browsers cannot draw thousands of traces."""
HEAVY = 100_000
LABEL_SIZE = 12
MAP_LABEL_LENGTH = 34


@dataclass(frozen=True, kw_only=True, eq=False)
class DocumentsData:
    """What the map shows: n documents, T topics.

    Attributes
    ----------
    rows : ndarray of int64, shape (n,)
        Positions of the documents shown, ascending.
    topics : ndarray of int64, shape (n,)
        Topic of each; -1 for outliers and for topics that were not asked for.
    x, y : ndarray of float32, shape (n,)
    topic_ids : ndarray of int64, shape (T,)
        Topics shown, ascending.
    labels : list of str, length T
    sizes : ndarray of int64, shape (T,)
        Documents of each topic in the model, sampled or not.
    label_x, label_y : ndarray of float64, shape (T,)
        Where each label belongs: the median of the topic's points.
    """

    rows: IntVector
    topics: IntVector
    x: FloatVector
    y: FloatVector
    topic_ids: IntVector
    labels: list[str]
    sizes: IntVector
    label_x: FloatVector
    label_y: FloatVector


def documents_data(
    fitted: Fitted,
    docs: Sequence[str] | None = None,
    topics: Sequence[int] | None = None,
    embeddings: FloatMatrix | None = None,
    reduced_embeddings: FloatMatrix | None = None,
    sample: float | None = None,
    custom_labels: bool | str = False,
) -> DocumentsData:
    """The numbers of :func:`visualize_documents`; texts are looked up by ``rows`` when they are drawn."""
    state = fitted.state.by_document
    texts = checked_docs(state, docs)
    everything = topics is None and state.n_topics == 0
    ids = state.inner_ids if everything else np.sort(chosen_topics(state, topics))
    rows = shown_rows(state, sample, fitted.components.random_state)
    places = document_positions(fitted, texts, embeddings, reduced_embeddings, rows, "visualize_documents")
    of_row = state.topics[rows]
    of_row = np.where(np.isin(of_row, ids), of_row, OUTLIER)
    label_x, label_y = _medians(places, of_row, ids)
    return DocumentsData(
        rows=rows,
        topics=of_row,
        x=places[:, 0],
        y=places[:, 1],
        topic_ids=ids,
        labels=topic_labels(state, ids, custom_labels),
        sizes=state.sizes[state.rows(ids)],
        label_x=label_x,
        label_y=label_y,
    )


def visualize_documents(
    topic_model: Fitted,
    docs: Sequence[str],
    topics: Sequence[int] | None = None,
    embeddings: FloatMatrix | None = None,
    reduced_embeddings: FloatMatrix | None = None,
    sample: float | None = None,
    hide_annotations: bool = False,
    hide_document_hover: bool = False,
    custom_labels: bool | str = False,
    title: str = "<b>Documents and Topics</b>",
    width: int = 1200,
    height: int = 750,
) -> go.Figure:
    """A map of the documents, coloured by topic, with the text of each on hover.

    Parameters
    ----------
    docs : sequence of str, length N
        What the hover boxes show: the documents of the fit, or their titles, in the same order.
    topics : sequence of int, optional
        Topics to colour; the documents of all others are grey.
    embeddings : ndarray, shape (N, d), optional
        Embeddings of the documents. Without them the model's own are used.
    reduced_embeddings : ndarray, shape (N, 2), optional
        The places themselves; nothing is computed then.
    sample : float in (0, 1], optional
        Share of the documents to show of every topic that has at least 100. Which ones depends on the model's
        ``random_state`` only, and a smaller share is part of a larger one.
    hide_annotations : bool
        No labels on the map.
    hide_document_hover : bool
        No texts, which keeps the page small.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace "other" (outliers and topics not asked for), then one a topic; with more than 200 topics
        one for all of them.

    Raises
    ------
    InvalidInputError
        ``docs`` of another length than the fit's documents, or ``sample`` outside (0, 1].
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    MissingComponentError
        No places are given and the model has nothing to make them of.

    Notes
    -----
    Places that are not given are laid out by a copy of the model's reducer with two components.
    """
    go = theme.graph_objects("visualize_documents")
    texts = checked_docs(topic_model.state, docs)
    data = documents_data(topic_model, texts, topics, embeddings, reduced_embeddings, sample, custom_labels)
    if len(data.rows) > HEAVY and not hide_document_hover:
        logger.warning(
            "visualize_documents: the texts of %d documents make a page that browsers open slowly; "
            "pass sample=0.1 or hide_document_hover=True",
            len(data.rows),
        )
    hover = None if hide_document_hover or texts is None else texts
    marker = marker_style(len(data.rows))
    figure = go.Figure()
    grey = data.topics == OUTLIER
    figure.add_trace(
        go.Scattergl(
            x=data.x[grey],
            y=data.y[grey],
            name="other",
            mode="markers",
            marker={**marker, "color": color_of(OUTLIER), "opacity": 0.5},
            showlegend=bool(grey.any()),
            **_hover(hover, data.rows[grey]),
        )
    )
    if len(data.topic_ids) <= TRACES_UP_TO:
        for topic, label in zip(data.topic_ids.tolist(), data.labels, strict=True):
            own = data.topics == topic
            figure.add_trace(
                go.Scattergl(
                    x=data.x[own],
                    y=data.y[own],
                    name=escaped(label),
                    mode="markers",
                    marker={**marker, "color": color_of(topic)},
                    **_hover(hover, data.rows[own]),
                )
            )
    else:
        figure.add_trace(_all_topics(go, data, hover, marker))
    legend = legend_width(data.labels) if len(data.topic_ids) <= TRACES_UP_TO else 60.0
    annotations = [] if hide_annotations else map_labels(data, width - 48 - legend, height - 90)
    theme.styled(figure, title, width, height, annotations=annotations, **theme.map_layout())
    return figure


def checked_docs(state: TopicState, docs: Any) -> list[str] | None:
    """The documents as a list, or an error if there is not one for each document of the fit."""
    if docs is None:
        return None
    texts = as_documents(docs, name="docs")
    n = state.by_document.n_documents
    if len(texts) != n:
        raise InvalidInputError(
            f"docs has {len(texts)} texts, but the model was fitted on {n} documents; "
            "pass the documents of the fit, or one title for each"
        )
    return texts


def shown_rows(state: TopicState, sample: float | None, random_state: int) -> IntVector:
    """Rows of the documents to show, ascending: all, or a share of each topic with at least 100 documents.

    Raises
    ------
    InvalidInputError
        ``sample`` is not in (0, 1].
    """
    if sample is None:
        return np.arange(state.n_documents, dtype=np.int64)
    if not 0.0 < float(sample) <= 1.0:
        raise InvalidInputError(f"sample must be a share above 0 and at most 1; got {sample}")
    kept = [np.empty(0, dtype=np.int64)]
    for topic, rows in zip(state.topic_ids.tolist(), rows_by_topic(state, state.topic_ids), strict=True):
        if len(rows) >= SAMPLED_FROM:
            size = max(1, int(np.ceil(float(sample) * len(rows))))
            rows = rows[sample_positions(len(rows), size, random_state, topic)]
        kept.append(rows)
    return np.sort(np.concatenate(kept))


def marker_style(n_documents: int) -> dict[str, Any]:
    """Points that are smaller and fainter where there are more of them."""
    magnitude = np.log10(max(n_documents, 10))
    return {
        "size": float(np.round(np.clip(9.5 - 1.4 * magnitude, 2.0, 8.0), 1)),
        "opacity": float(np.round(np.clip(1.05 - 0.09 * magnitude, 0.5, 0.9), 2)),
    }


def legend_width(labels: Sequence[str]) -> float:
    """About how many pixels the legend takes."""
    return 60.0 + 6.6 * max((len(label) for label in labels), default=0)


def map_labels(data: DocumentsData, width: float, height: float) -> list[dict[str, Any]]:
    """Annotations with the labels of the largest topics, as many as fit without covering one another.

    They are no points of any trace, so that no document can be lost to a label.
    """
    if not len(data.x) or not len(data.topic_ids):
        return []
    low_x, high_x = float(data.x.min()), float(data.x.max())
    low_y, high_y = float(data.y.min()), float(data.y.max())
    order = np.lexsort((data.topic_ids, -data.sizes))
    order = order[np.isfinite(data.label_x[order])]
    x = (data.label_x[order] - low_x) / max(high_x - low_x, 1e-9) * width
    y = (data.label_y[order] - low_y) / max(high_y - low_y, 1e-9) * height
    texts = [cut(data.labels[i], MAP_LABEL_LENGTH) for i in order.tolist()]
    fit, sideways, upwards = fitting(x, y, texts, LABEL_SIZE, width, height)
    return [
        {
            "x": float(data.label_x[order[i]]),
            "y": float(data.label_y[order[i]]),
            "text": escaped(texts[i]),
            "showarrow": False,
            "xshift": to_right,
            "yshift": up,
            "font": {"size": LABEL_SIZE},
            "borderpad": 1,
        }
        for i, to_right, up in zip(fit, sideways, upwards, strict=True)
    ]


def _medians(places: FloatMatrix, topics: IntVector, ids: IntVector) -> tuple[FloatVector, FloatVector]:
    """Median place of each topic's points; NaN for a topic of which no document is shown."""
    order = np.argsort(topics, kind="stable")
    starts = np.searchsorted(topics[order], ids, side="left")
    ends = np.searchsorted(topics[order], ids, side="right")
    middle = np.full((len(ids), 2), np.nan)
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if end > start:
            middle[i] = np.median(places[order[start:end]], axis=0)
    return middle[:, 0], middle[:, 1]


def _hover(texts: list[str] | None, rows: IntVector) -> dict[str, Any]:
    if texts is None:
        return {"hovertemplate": "<b>%{fullData.name}</b><extra></extra>"}
    return {
        "hovertext": [snippet(texts[row]) for row in rows.tolist()],
        "hovertemplate": "<b>%{fullData.name}</b><br>%{hovertext}<extra></extra>",
    }


def _all_topics(go: Any, data: DocumentsData, texts: list[str] | None, marker: dict[str, Any]) -> Any:
    inside = np.flatnonzero(data.topics != OUTLIER)
    label_of = {topic: escaped(label) for topic, label in zip(data.topic_ids.tolist(), data.labels, strict=True)}
    names = [f"<b>{label_of[topic]}</b>" for topic in data.topics[inside].tolist()]
    if texts is not None:
        rows = data.rows[inside].tolist()
        names = [f"{name}<br>{snippet(texts[row])}" for name, row in zip(names, rows, strict=True)]
    return go.Scattergl(
        x=data.x[inside],
        y=data.y[inside],
        name="topics",
        mode="markers",
        marker={**marker, "color": colors_of(data.topics[inside].tolist())},
        hovertext=names,
        hovertemplate="%{hovertext}<extra></extra>",
    )
