"""Online topic modelling: documents arrive in batches, topics and words grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leitmotif.building.batches import ONLINE_ORDER, describe_batches, weigh_batches
from leitmotif.building.embedding import embed
from leitmotif.errors import InvalidInputError
from leitmotif.kernels.fingerprint import text_fingerprints
from leitmotif.kernels.relabel import group_means
from leitmotif.progress import stage
from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix

__all__ = ["partial_fit"]


def partial_fit(
    before: TopicState | None,
    documents: Sequence[str],
    embeddings: FloatMatrix | None,
    components: Components,
) -> TopicState:
    """The state after one more batch.

    Topic ids are the clusterer's labels and never sorted, so that a topic keeps its id through all batches; after an edit of
    the topics a cluster's documents go to what its topic became. Sizes add up;
    topic embeddings are means over all documents so far; words come from the counts of all batches (with the
    vectorizer's decay); typical documents are chosen among those of the batch and those chosen before.

    Parameters
    ----------
    before : TopicState or None
        None for the first batch.
    documents : sequence of str, length n
    embeddings : ndarray, shape (n, d), or None
        None: the components' embedder makes them.
    components : Components
        The clusterer must have ``partial_fit``, the vectorizer ``partial_fit`` and ``update_bow``
        (:class:`leitmotif.vectorizers.OnlineCountVectorizer`). A reducer without ``partial_fit`` is fitted on the first batch.

    Returns
    -------
    TopicState
        ``topics`` are those of this batch; ``sizes`` those of all.

    Raises
    ------
    InvalidInputError
        A component cannot learn in batches.
    """
    _check(components)
    if embeddings is None:
        with stage("embed documents", total=len(documents)) as work:
            embeddings = embed(components.embedder, documents, None, components.verbose)
            work.advance(len(documents))
    with stage("reduce dimensions"):
        reduced = _reduce(components.reducer, embeddings, first=before is None)
    with stage("cluster"):
        labels = _labels(components.clusterer, reduced)
    with stage("count words"):
        order = _order(before, labels)
        per_cluster, terms = _count(components.vectorizer, documents, labels, order)
    with stage("describe topics"):
        topic_of = _topics_of_clusters(before, order)
        topics = np.array([topic_of[label] for label in labels.tolist()], dtype=np.int64)
        mappings = np.array([[cluster, topic_of[cluster]] for cluster in sorted(order)], dtype=np.int64)
        state = replace(_grown(before, documents, embeddings, reduced, topics), mappings=mappings)
        state = replace(state, extras={**state.extras, ONLINE_ORDER: tuple(order)})
        return describe_batches(before, weigh_batches(state, per_cluster, terms, components), components)


def _check(components: Components) -> None:
    if not hasattr(components.clusterer, "partial_fit"):
        raise InvalidInputError(
            f"{type(components.clusterer).__name__} cannot learn in batches: "
            "pass hdbscan_model=MiniBatchKMeans(…) or another clusterer with partial_fit"
        )
    if not hasattr(components.vectorizer, "update_bow"):
        raise InvalidInputError(
            f"{type(components.vectorizer).__name__} cannot count in batches: pass vectorizer_model=OnlineCountVectorizer(…)"
        )


def _reduce(reducer: Any, embeddings: FloatMatrix, *, first: bool) -> FloatMatrix:
    if hasattr(reducer, "partial_fit"):
        reducer.partial_fit(embeddings)
    elif first:
        reducer.fit(embeddings)
    # One dtype through all batches: IncrementalPCA changes its own, and MiniBatchKMeans then refuses the second batch.
    return np.nan_to_num(np.asarray(reducer.transform(embeddings), dtype=np.float64))


def _labels(clusterer: Any, points: FloatMatrix) -> IntVector:
    clusterer.partial_fit(points)
    labels = getattr(clusterer, "labels_", None)
    if labels is None or len(labels) != len(points):
        labels = clusterer.predict(points)
    return np.asarray(labels).astype(np.int64)


def _topics_of_clusters(before: TopicState | None, order: list[int]) -> dict[int, int]:
    """Cluster -> topic: its own label, unless topics were merged, reduced or deleted since; then what it became.

    A cluster that is new then gets the next free id where its label is the id of another topic.
    """
    became = {} if before is None else {int(row[0]): int(row[-1]) for row in before.mappings}
    taken = set(became.values()) | (set() if before is None else set(before.topic_ids.tolist()))
    for cluster in order:
        if cluster not in became:
            became[cluster] = cluster if cluster not in taken else max(taken) + 1
            taken.add(became[cluster])
    return {cluster: became[cluster] for cluster in order}


def _order(before: TopicState | None, labels: IntVector) -> list[int]:
    """Clusters in the order in which they first came: a row of the vectorizer's counts never moves."""
    order = list(before.extras.get(ONLINE_ORDER, ())) if before is not None else []
    return order + [topic for topic in np.unique(labels).tolist() if topic not in order]


def _count(
    vectorizer: Any, documents: Sequence[str], labels: IntVector, order: list[int]
) -> tuple[SparseMatrix, np.ndarray]:
    """Counts of all batches so far, topic × term, and the terms."""
    grouped: dict[int, list[str]] = {topic: [] for topic in order}
    for text, label in zip(documents, labels.tolist(), strict=True):
        grouped[label].append(text)
    vectorizer.partial_fit(documents)
    # Documents are joined with a mark that no token crosses, so that no n-gram spans two of them by chance of order.
    counts = vectorizer.update_bow([" \n ".join(texts) for texts in grouped.values()])
    return counts.tocsr(), np.asarray(vectorizer.get_feature_names_out(), dtype=object)


def _grown(
    before: TopicState | None,
    documents: Sequence[str],
    embeddings: FloatMatrix,
    reduced: FloatMatrix,
    labels: IntVector,
) -> TopicState:
    """Sizes and mean embeddings of all batches, and the documents of this one."""
    present, counts = np.unique(labels, return_counts=True)
    old_ids = before.topic_ids if before is not None else np.empty(0, dtype=np.int64)
    ids = np.union1d(old_ids, present).astype(np.int64)
    sizes = np.zeros(len(ids), dtype=np.int64)
    sizes[np.searchsorted(ids, present)] = counts
    means = group_means(embeddings, np.searchsorted(ids, labels), len(ids)).astype(np.float64)
    if before is not None:
        rows = np.searchsorted(ids, old_ids)
        total = sizes.copy()
        total[rows] += before.sizes
        sums = means * sizes[:, None]
        sums[rows] += before.need_topic_embeddings("partial_fit").astype(np.float64) * before.sizes[:, None]
        means, sizes = sums / np.maximum(total, 1)[:, None], total
    return TopicState(
        topic_ids=ids,
        topics=labels,
        sizes=sizes,
        mappings=np.empty((0, 2), dtype=np.int64),
        topic_embeddings=means.astype(np.promote_types(embeddings.dtype, np.float32)),
        documents=documents,
        embeddings=embeddings,
        reduced_embeddings=reduced,
        fingerprints=text_fingerprints(documents),
        custom_labels=before.custom_labels if before is not None else None,
        extras={"online": True},
    )
