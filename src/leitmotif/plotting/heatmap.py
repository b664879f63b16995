"""The similarity of every topic to every other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.linkage import cosine_distances, topic_linkage
from leitmotif.plotting import theme
from leitmotif.plotting.labels import cut, escaped, topic_labels
from leitmotif.plotting.palette import SEQUENTIAL
from leitmotif.plotting.selection import chosen_topics, topic_vectors
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatMatrix, IntVector

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["HeatmapData", "heatmap_data", "visualize_heatmap"]

TICK_LENGTH = 32
LINE = 13
"""Pixels that a label needs."""
ROOM = 330
"""Pixels for title, labels and colours beside the map."""
NAMED_UP_TO = 60
"""With more topics the labels stand in the hover boxes only."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HeatmapData:
    """Similarities of T topics.

    Attributes
    ----------
    topics : ndarray of int64, shape (T,)
        In the order of the rows and columns.
    labels : list of str, length T
    similarity : ndarray of float64, shape (T, T), in [-1, 1]
        Cosines; row and column i belong to ``topics[i]``.
    clusters : ndarray of int64, shape (T,), or None
        Cluster of each topic, 0, 1, … along the axis.
    """

    topics: IntVector
    labels: list[str]
    similarity: FloatMatrix
    clusters: IntVector | None


def heatmap_data(
    fitted: Fitted,
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = None,
    n_clusters: int | None = None,
    use_ctfidf: bool = False,
    custom_labels: bool | str = False,
) -> HeatmapData:
    """The numbers of :func:`visualize_heatmap`. Cost O(T^2 d) for T topics."""
    state = fitted.state
    ids = chosen_topics(state, topics, top_n_topics)
    if topics is None:
        ids = np.sort(ids)
    vectors, _ = topic_vectors(state, ids, use_ctfidf, "visualize_heatmap")
    clusters = None
    if n_clusters is not None:
        order, clusters = _clustered(vectors, int(n_clusters))
        ids, vectors = ids[order], vectors[order]
    return HeatmapData(
        topics=ids,
        labels=topic_labels(state, ids, custom_labels),
        similarity=1.0 - cosine_distances(vectors),
        clusters=clusters,
    )


def visualize_heatmap(
    topic_model: Fitted,
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = None,
    n_clusters: int | None = None,
    use_ctfidf: bool = False,
    custom_labels: bool | str = False,
    title: str = "<b>Similarity Matrix</b>",
    width: int = 800,
    height: int = 800,
) -> go.Figure:
    """The cosine similarity of every topic to every other.

    Parameters
    ----------
    topics : sequence of int, optional
        Topics to show, in this order; all by default. -1 is never shown.
    top_n_topics : int, optional
        Show only so many of the largest.
    n_clusters : int, optional
        Order the topics so that those of the same of so many clusters stand together. Fewer than topics are shown.
    use_ctfidf : bool
        Compare topics by c-TF-IDF instead of their embeddings.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels. The figure grows where the labels would not be legible.

    Returns
    -------
    plotly.graph_objects.Figure
        One heatmap trace.

    Raises
    ------
    InvalidInputError
        ``n_clusters`` is not between 1 and the number of topics less one.
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    MissingComponentError
        The model has neither topic embeddings nor c-TF-IDF.
    """
    go = theme.graph_objects("visualize_heatmap")
    data = heatmap_data(topic_model, topics, top_n_topics, n_clusters, use_ctfidf, custom_labels)
    n = len(data.topics)
    labels = [escaped(cut(label, TICK_LENGTH)) for label in data.labels]
    # Places are numbers and labels are ticks: as categories, two topics with the same label would be one row.
    places = list(range(n))
    similarity = np.round(data.similarity, 4).astype(np.float32)
    low = min(0.0, float(similarity.min()))
    named = n <= NAMED_UP_TO
    heat = go.Heatmap(
        x=places,
        y=places,
        z=similarity,
        zmin=low,
        zmax=1.0,
        colorscale=[list(stop) for stop in SEQUENTIAL],
        xgap=1 if n <= 40 else 0,
        ygap=1 if n <= 40 else 0,
        colorbar={"title": {"text": "similarity", "side": "right"}, "thickness": 14, "len": 0.7, "outlinewidth": 0},
        hovertemplate="%{x}<br>%{y}<br>similarity %{z:.3f}<extra></extra>",
    )
    ticks = {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": labels,
        "showgrid": False,
        **theme.GAP_BEFORE_TICKS,
        "showticklabels": named,
        "constrain": "domain",
        "tickfont": {"size": 12 if n <= 30 else 10},
    }
    figure = go.Figure(heat)
    least = LINE * n + ROOM if named else 0
    theme.styled(
        figure,
        title,
        max(width, least),
        max(height, least),
        xaxis={**ticks, "tickangle": 90 if n > 6 else 30, "range": [-0.5, n - 0.5]},
        yaxis={**ticks, "range": [n - 0.5, -0.5], "scaleanchor": "x"},
    )
    return figure


def _clustered(vectors: FloatMatrix, n_clusters: int) -> tuple[IntVector, IntVector]:
    """Order of the topics by cluster, and the cluster of each in that order, numbered along it."""
    from scipy.cluster.hierarchy import fcluster, leaves_list

    n = int(vectors.shape[0])
    if not 1 <= n_clusters < n:
        raise InvalidInputError(
            f"n_clusters must be at least 1 and lower than the number of topics, {n}; got {n_clusters}"
        )
    tree = topic_linkage(vectors)
    order = np.asarray(leaves_list(tree), dtype=np.int64)  # a cluster is a subtree, so its leaves are side by side
    labels = fcluster(tree, n_clusters, criterion="maxclust")[order]
    starts = np.concatenate([[False], labels[1:] != labels[:-1]])
    return order, np.cumsum(starts).astype(np.int64)
