"""The dendrogram of the topics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.linkage import node_members, topic_linkage
from leitmotif.plotting import theme
from leitmotif.plotting.labels import cut, escaped, topic_labels
from leitmotif.plotting.palette import look
from leitmotif.plotting.selection import chosen_topics, topic_vectors
from leitmotif.protocols import Fitted
from leitmotif.typing import FloatMatrix, IntVector

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

__all__ = ["HierarchyData", "hierarchy_data", "visualize_hierarchy"]

LEAF_HEIGHT = 16
"""Pixels a topic needs, so that its label can be read."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HierarchyData:
    """A dendrogram of T topics, whose leaves stand at 0, 1, … T - 1 across.

    Attributes
    ----------
    topics : ndarray of int64, shape (T,)
        Topic at each leaf, in the order of the leaves.
    labels : list of str, length T
        Their labels.
    tree : ndarray of float64, shape (T - 1, 4)
        SciPy's linkage matrix; leaf i of it is the i-th of the topics in ascending order of id.
    across, along : ndarray of float64, shape (T - 1, 4)
        The four corners of each merge's bracket: places across the leaves, and distances.
    groups : ndarray of int64, shape (T - 1,)
        Merges below the colour threshold that hang together have the same number, counted in the order of
        the leaves; -1 above it.
    nodes : ndarray of int64, shape (m,)
        Merges that have a name (a marker is drawn on them).
    names : list of str, length m
    """

    topics: IntVector
    labels: list[str]
    tree: FloatMatrix
    across: FloatMatrix
    along: FloatMatrix
    groups: IntVector
    nodes: IntVector
    names: list[str]


def hierarchy_data(
    fitted: Fitted,
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = None,
    use_ctfidf: bool = True,
    custom_labels: bool | str = False,
    hierarchical_topics: pd.DataFrame | None = None,
    linkage_function: Callable[[Any], Any] | None = None,
    distance_function: Callable[[Any], Any] | None = None,
    color_threshold: float = 1,
) -> HierarchyData:
    """The numbers of :func:`visualize_hierarchy`. Cost O(T^2) for T topics."""
    from scipy.cluster.hierarchy import leaves_list

    state = fitted.state
    ids = np.sort(chosen_topics(state, topics, top_n_topics))
    if len(ids) < 2:
        raise InvalidInputError(f"visualize_hierarchy needs at least two topics; got {ids.tolist()}")
    vectors, _ = topic_vectors(state, ids, use_ctfidf, "visualize_hierarchy")
    tree = topic_linkage(vectors, distance_function, linkage_function)
    leaves = np.asarray(leaves_list(tree), dtype=np.int64)
    across, along = _brackets(tree, leaves)
    nodes, names = _named_nodes(hierarchical_topics, ids, tree)
    return HierarchyData(
        topics=ids[leaves],
        labels=topic_labels(state, ids[leaves], custom_labels),
        tree=tree,
        across=across,
        along=along,
        groups=_groups(tree, leaves, float(color_threshold)),
        nodes=nodes,
        names=names,
    )


def visualize_hierarchy(
    topic_model: Fitted,
    orientation: str = "left",
    topics: Sequence[int] | None = None,
    top_n_topics: int | None = None,
    use_ctfidf: bool = True,
    custom_labels: bool | str = False,
    title: str = "<b>Hierarchical Clustering</b>",
    width: int = 1000,
    height: int = 600,
    hierarchical_topics: pd.DataFrame | None = None,
    linkage_function: Callable[[Any], Any] | None = None,
    distance_function: Callable[[Any], Any] | None = None,
    color_threshold: float = 1,
) -> go.Figure:
    """The dendrogram of the topics: those that meet early are alike.

    Parameters
    ----------
    orientation : {"left", "bottom"}
        Where the topics stand.
    topics : sequence of int, optional
        Topics to show; all by default. -1 is never shown.
    top_n_topics : int, optional
        Show only so many of the largest.
    use_ctfidf : bool
        Compare topics by c-TF-IDF, otherwise by their embeddings.
    custom_labels : bool or str
        True: the labels set with ``set_topic_labels``. A str: the words of that aspect.
    title : str
    width, height : int
        In pixels. The side along which the topics stand grows where they would not be legible.
    hierarchical_topics : pandas.DataFrame, optional
        What ``hierarchical_topics(docs)`` gave: merges get a marker with the words of the merged topics. Use the same
        ``linkage_function`` and ``distance_function`` there, since merges that the two do not share get none.
    linkage_function : callable, optional
        Condensed distances -> linkage matrix. Default: Ward's, leaves in optimal order.
    distance_function : callable, optional
        Topic matrix -> square or condensed distances. Default: 1 - cosine.
    color_threshold : float
        Merges below this distance are coloured group by group.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace of brackets a colour, and one of markers where there are names.

    Raises
    ------
    InvalidInputError
        Fewer than two topics, another orientation, distances or linkage of the wrong form.
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    """
    if orientation not in ("left", "bottom"):
        raise InvalidInputError(f"orientation must be 'left' or 'bottom'; got {orientation!r}")
    go = theme.graph_objects("visualize_hierarchy")
    data = hierarchy_data(
        topic_model,
        topics,
        top_n_topics,
        use_ctfidf,
        custom_labels,
        hierarchical_topics,
        linkage_function,
        distance_function,
        color_threshold,
    )
    left = orientation == "left"
    colors = look()
    figure = go.Figure()
    for group in np.unique(data.groups).tolist():
        own = data.groups == group
        across, along = data.across[own], data.along[own]
        figure.add_trace(
            go.Scatter(
                x=_with_gaps(along if left else across),
                y=_with_gaps(across if left else along),
                mode="lines",
                line={"color": colors.muted if group < 0 else colors.cycle[group % 8], "width": 1.8},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    if len(data.nodes):
        middle = data.across[data.nodes][:, 1:3].mean(axis=1).tolist()
        distance = data.tree[data.nodes, 2].tolist()
        figure.add_trace(
            go.Scatter(
                x=distance if left else middle,
                y=middle if left else distance,
                mode="markers",
                marker={"color": colors.ink, "size": 7},
                hovertext=[escaped(name) for name in data.names],
                customdata=distance,
                hovertemplate="<b>%{hovertext}</b><br>distance %{customdata:.3f}<extra></extra>",
                showlegend=False,
            )
        )
    n = len(data.topics)
    ticks = {
        "tickmode": "array",
        "tickvals": list(range(n)),
        "ticktext": [escaped(label) for label in data.labels],
        "showgrid": False,
        **theme.GAP_BEFORE_TICKS,
        "range": [n - 0.4, -0.6] if left else [-0.6, n - 0.4],
    }
    distances = {"range": [0.0, 1.02 * float(data.tree[:, 2].max()) or 1.0], "title": {"text": "distance"}}
    needed = LEAF_HEIGHT * n + 130
    theme.styled(
        figure,
        title,
        width if left else max(width, needed),
        max(height, needed) if left else height,
        xaxis=distances if left else {**ticks, "tickangle": 90},
        yaxis=ticks if left else distances,
    )
    return figure


def _with_gaps(lines: FloatMatrix) -> list[float | None]:
    """The points of all lines in one list, None after each line."""
    return [value for line in lines.tolist() for value in (*line, None)]


def _brackets(tree: FloatMatrix, leaves: IntVector) -> tuple[FloatMatrix, FloatMatrix]:
    n = len(leaves)
    place = np.empty(2 * n - 1)
    place[leaves] = np.arange(n)
    level = np.zeros(2 * n - 1)
    across, along = np.empty((n - 1, 4)), np.empty((n - 1, 4))
    for step, (first, second) in enumerate(tree[:, :2].astype(np.int64).tolist()):
        distance = tree[step, 2]
        across[step] = [place[first], place[first], place[second], place[second]]
        along[step] = [level[first], distance, distance, level[second]]
        place[n + step] = (place[first] + place[second]) / 2.0
        level[n + step] = distance
    return across, along


def _groups(tree: FloatMatrix, leaves: IntVector, threshold: float) -> IntVector:
    """Number of the group of each merge below the threshold; -1 for those above.

    A merge belongs to the group of its parent if that is below too. Where a linkage of the caller's is not
    monotonic, each merge is still judged by its own distance.
    """
    n = len(leaves)
    below = tree[:, 2] < threshold
    top = np.arange(n - 1)
    for step in range(n - 2, -1, -1):
        for child in tree[step, :2].astype(np.int64).tolist():
            if child >= n and below[step] and below[child - n]:
                top[child - n] = top[step]
    first_leaf = np.empty(2 * n - 1)
    first_leaf[leaves] = np.arange(n)
    for step, (first, second) in enumerate(tree[:, :2].astype(np.int64).tolist()):
        first_leaf[n + step] = min(first_leaf[first], first_leaf[second])
    heads = np.flatnonzero(below & (top == np.arange(n - 1)))
    number = {int(head): i for i, head in enumerate(heads[np.argsort(first_leaf[n + heads], kind="stable")])}
    return np.array([number[int(top[step])] if below[step] else -1 for step in range(n - 1)], dtype=np.int64)


def _named_nodes(frame: pd.DataFrame | None, ids: IntVector, tree: FloatMatrix) -> tuple[IntVector, list[str]]:
    """Merges of the tree that the frame has too (over the topics shown), and their names there."""
    if frame is None:
        return np.empty(0, dtype=np.int64), []
    shown = set(ids.tolist())
    name_of: dict[frozenset[int], tuple[int, str]] = {}
    for topics, name in zip(frame["Topics"], frame["Parent_Name"], strict=True):
        members = frozenset(int(topic) for topic in topics)
        key = members & shown
        if key not in name_of or len(members) < name_of[key][0]:  # the smallest merge that holds these topics
            name_of[key] = (len(members), cut(str(name), 80))
    nodes, names = [], []
    for step, leaves in enumerate(node_members(tree)[len(ids) :]):
        found = name_of.get(frozenset(ids[leaves].tolist()))
        if found is not None:
            nodes.append(step)
            names.append(found[1])
    return np.array(nodes, dtype=np.int64), names
