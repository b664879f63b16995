"""Fewer topics: similar ones are merged until so many are left, or as far as they clearly belong together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.building.batches import counted_in_batches
from leitmotif.building.counting import with_corpus
from leitmotif.building.rebuild import rebuild
from leitmotif.errors import InvalidInputError
from leitmotif.kernels import density
from leitmotif.kernels.linkage import topic_linkage
from leitmotif.operations.counted import known_texts
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, IntVector
from leitmotif.validation import check_fitted

__all__ = ["labels_for_reduction", "reduce_topics"]


def reduce_topics(
    fitted: Fitted,
    docs: Sequence[str] | None,
    nr_topics: int | str = 20,
    images: Sequence[Any] | None = None,
    use_ctfidf: bool = False,
) -> TopicState:
    """Merge the most similar topics until ``nr_topics`` are left; topics that stay as they are keep their words.

    Parameters
    ----------
    docs : sequence of str, length N, or None
        The documents of the fit (what None means); they are not counted a second time.
    nr_topics : int or "auto"
        How many topics shall be left, the outlier topic **included** where there is one. "auto" merges topics that form
        a dense group (HDBSCAN over the topics' vectors).
    images : sequence, length N, optional
        Images of the documents, for representation models that look at them.
    use_ctfidf : bool
        Compare topics by c-TF-IDF, otherwise by their embeddings (by c-TF-IDF too where the model has none).

    Returns
    -------
    TopicState
        Numbered anew by size. As a method of the model: the model, changed in place.

    Raises
    ------
    InvalidInputError
        ``nr_topics`` is neither a positive whole number nor "auto", or another number of documents than the model was
        fitted on.
    """
    check_fitted(fitted.state)
    mapping = labels_for_reduction(fitted.state, nr_topics, use_ctfidf)
    if not counted_in_batches(fitted.state, fitted.components.vectorizer):  # the counts of all batches are there
        fitted = with_corpus(fitted, known_texts(fitted.state, docs))
    state = fitted.state
    new = np.array([mapping[topic] for topic in state.topic_ids.tolist()], dtype=np.int64)
    return rebuild(fitted, new[state.document_rows], mapping, images=images)


def labels_for_reduction(state: TopicState, nr_topics: int | str, use_ctfidf: bool = False) -> dict[int, int]:
    """Topic -> the topic that it is merged into: the smallest id of its group. Every topic has an entry; -1 stays.

    Topics with a name from ``zeroshot_topic_list`` stay as they are and are counted. With a number, groups come from
    average linkage over cosine distances, as in BERTopic. With "auto" from HDBSCAN
    (smallest cluster 2, excess of mass) over the vectors at unit length; topics in no group stay.

    Raises
    ------
    InvalidInputError
        ``nr_topics`` is neither a positive whole number nor "auto", is 1 in a model that has outliers, or leaves no room
        for the named topics.
    MissingComponentError
        The model has neither topic embeddings nor c-TF-IDF.
    """
    if isinstance(nr_topics, str):
        if nr_topics != "auto":
            raise InvalidInputError(f"nr_topics needs to be an int or 'auto'; got {nr_topics!r}")
    elif isinstance(nr_topics, bool) or not isinstance(nr_topics, int | np.integer):
        raise InvalidInputError(f"nr_topics needs to be an int or 'auto'; got {nr_topics!r}")
    elif nr_topics - int(state.has_outliers) < 1:
        least = 1 + int(state.has_outliers)
        raise InvalidInputError(
            f"nr_topics must be at least {least}; got {nr_topics}"
            + (". It counts the outlier topic -1: 2 leaves one topic and the outliers" if state.has_outliers else "")
        )
    free = np.array([int(topic) not in state.zeroshot_names for topic in state.inner_ids], dtype=bool)
    ids = state.inner_ids[free]
    unchanged = {int(topic): int(topic) for topic in state.topic_ids}
    if len(ids) < 2 or (not isinstance(nr_topics, str) and nr_topics >= len(state.topic_ids)):
        return unchanged
    n_kept = int(state.has_outliers) + int((~free).sum())
    if not isinstance(nr_topics, str) and nr_topics <= n_kept:
        raise InvalidInputError(
            f"nr_topics={nr_topics} leaves no topic beside the {n_kept} that stay (named topics and outliers); "
            f"pass at least {n_kept + 1}, or merge_topics to merge named topics"
        )
    vectors = _topic_vectors(state, use_ctfidf)[free]
    groups = _dense_groups(vectors) if isinstance(nr_topics, str) else _linked_groups(vectors, int(nr_topics) - n_kept)
    representative: dict[int, int] = {}
    mapping = dict(unchanged)
    for topic, group in zip(ids.tolist(), groups.tolist(), strict=True):
        mapping[topic] = topic if group < 0 else representative.setdefault(group, topic)
    return mapping


def _topic_vectors(state: TopicState, use_ctfidf: bool) -> Any:
    """What topics are compared by: embeddings, or c-TF-IDF where it was asked for or is all there is."""
    if state.topic_embeddings is not None and not use_ctfidf:
        return np.asarray(state.topic_embeddings[state.inner_rows])
    _, ctfidf = state.need_vocabulary("reduce_topics")
    return ctfidf[state.inner_rows]


def _linked_groups(vectors: Any, n_groups: int) -> IntVector:
    """Group of each topic after the first ``n - n_groups`` merges of average linkage over 1 - cosine."""
    from scipy.cluster.hierarchy import linkage

    n = vectors.shape[0]
    tree = np.asarray(topic_linkage(vectors, None, lambda distances: linkage(distances, "average")))
    # The first merges of the tree, not a threshold on its heights: with equal heights that would give another number
    # of groups.
    group = np.arange(n + len(tree))
    for i in range(n - n_groups):
        group[tree[i, :2].astype(np.int64)] = n + i
    for node in range(n + len(tree) - 1, -1, -1):
        group[node] = group[group[node]]
    return group[:n].astype(np.int64)


def _dense_groups(vectors: Any) -> IntVector:
    """Cluster of each topic by HDBSCAN, -1 for a topic on its own."""
    dense: FloatMatrix = np.asarray(vectors.toarray() if hasattr(vectors, "toarray") else vectors, dtype=np.float64)
    norms = np.linalg.norm(dense, axis=1, keepdims=True)
    dense = dense / np.where(norms == 0, 1.0, norms)
    if len(dense) < 3:
        return np.full(len(dense), -1, dtype=np.int64)
    tree = density.condense(density.linkage(dense, min_samples=2), min_cluster_size=2)
    return density.label_points(tree, density.select(tree, method="eom")).labels
