"""How a fit comes to know what it knows: embed, count, reduce, cluster, and build."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from leitmotif.building.adaptation import adapt
from leitmotif.building.counting import count_corpus
from leitmotif.building.embedding import embed
from leitmotif.building.rebuild import rebuild
from leitmotif.errors import InvalidInputError
from leitmotif.kernels.counts import tokenized_once
from leitmotif.kernels.fingerprint import text_fingerprints
from leitmotif.kernels.relabel import majority_by_key
from leitmotif.learning.captions import captions
from leitmotif.learning.components import cluster_labels, exactly, memberships, neighbor_graph, reduce, strengths
from leitmotif.learning.guided import guide
from leitmotif.learning.zero_shot import ZeroShot, match_names
from leitmotif.operations.assign import topic_similarities
from leitmotif.operations.outliers import assign_outliers
from leitmotif.operations.reduce import labels_for_reduction
from leitmotif.passages import Passages
from leitmotif.progress import stage
from leitmotif.protocols import Components, Snapshot
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, FloatVector, IntVector, SparseMatrix

__all__ = ["FitSettings", "fit"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """The constructor's parameters that steer a fit; see :class:`leitmotif.BERTopic`."""

    nr_topics: int | Literal["auto"] | None = None
    n_topics: int | None = None
    calculate_probabilities: bool = False
    seed_topic_list: Sequence[Sequence[str]] | None = None
    zeroshot_topic_list: Sequence[str] | None = None
    zeroshot_min_similarity: float = 0.7
    outliers: Literal["keep", "assign"] = "keep"
    target_fraction: float = 0.0
    corpus_adaptation: bool = False

    def check(self) -> None:
        """Raise :class:`InvalidInputError` for settings that no fit can follow, before any work is done."""
        if self.n_topics is not None:
            whole = isinstance(self.n_topics, int | np.integer) and not isinstance(self.n_topics, bool)
            if not whole or self.n_topics < 1:
                raise InvalidInputError(f"n_topics must be a whole number of at least 1; got {self.n_topics!r}")
            if self.nr_topics is not None:
                raise InvalidInputError(
                    "pass n_topics (topics without the outliers) or nr_topics (BERTopic's count), not both"
                )
        if self.outliers not in ("keep", "assign"):
            raise InvalidInputError(f"outliers must be 'keep' or 'assign'; got {self.outliers!r}")
        if not 0 <= self.target_fraction <= 1:
            raise InvalidInputError(f"target_fraction must be a share from 0 to 1; got {self.target_fraction!r}")
        nr_topics = self.nr_topics
        if nr_topics is None or nr_topics == "auto":
            return
        if isinstance(nr_topics, bool) or not isinstance(nr_topics, int | np.integer):
            raise InvalidInputError(f'nr_topics needs to be an int or "auto"; got {nr_topics!r}')
        if nr_topics < 1:
            raise InvalidInputError(f"nr_topics must be at least 1; got {nr_topics}")


def fit(
    documents: Sequence[str] | Passages | None,
    embeddings: FloatMatrix | None,
    y: IntVector | None,
    components: Components,
    settings: FitSettings,
    images: Sequence[Any] | None = None,
) -> TopicState:
    """Learn topics from documents, or from the passages of documents.

    Parameters
    ----------
    documents : sequence of str, length N, or Passages, or None
        Checked by :mod:`leitmotif.validation`. Of passages ``embeddings`` have a row, ``y`` a value each. None: there are only
        images, and captions of each topic's typical images are its text (:func:`leitmotif.learning.captions.captions`).
    embeddings : ndarray, shape (N, d), or None
        None: the components' embedder makes them.
    y : ndarray of int64, shape (N,), or None
        Known labels, -1 for unknown.
    components : Components
        Reducer, clusterer and vectorizer are fitted in place, as in BERTopic.
    settings : FitSettings
    images : sequence, optional
        One image a document.

    Returns
    -------
    TopicState
    """
    settings.check()
    passages = documents if isinstance(documents, Passages) else None
    if isinstance(documents, Passages):
        documents = documents.texts
    n = len(documents if documents is not None else images or ())
    counts = fingerprints = None
    manual = embeddings is None and images is None and _labels_alone(components, settings, y)
    with tokenized_once(documents or ()):
        if embeddings is None and not manual:
            with stage("embed documents", total=n) as work:
                look_at = getattr(type(components.embedder), "look_at", None)
                if documents is not None and images is None and look_at is not None:
                    look_at(components.embedder, documents)
                embeddings = embed(components.embedder, documents, images, components.verbose)
                work.advance(n)
        seen = embeddings
        extras: dict[str, Any] = {}
        if settings.seed_topic_list and embeddings is not None:
            guided = guide(embeddings, settings.seed_topic_list, components.embedder)
            seen, y = guided.embeddings, guided.seeds
            extras["seeds"] = guided.seeds
        if documents is not None:
            with stage("count words"):
                counts = count_corpus(components.vectorizer, documents)
            fingerprints = text_fingerprints(documents)
        if settings.corpus_adaptation and documents is not None and images is None and seen is not None:
            with stage("adapt to the corpus"):
                adaptation, seen = adapt(seen, documents)
            if adaptation is not None:
                extras["adaptation"] = adaptation
    zero_shot = None
    if settings.zeroshot_topic_list and embeddings is not None:
        zero_shot = match_names(
            embeddings, settings.zeroshot_topic_list, settings.zeroshot_min_similarity, components.embedder
        )
        if not (zero_shot.assigned != OUTLIER).any():
            zero_shot = None
    reduced = None
    if seen is not None:
        with stage("reduce dimensions"):
            reduced = reduce(components.reducer, seen, y, overwrite="adaptation" in extras)
    with stage("cluster"):
        if reduced is not None:
            clustered = _cluster(components, reduced, y, zero_shot, settings)
        else:
            assert y is not None
            clustered = _Clustered(labels=y, probabilities=None)
        if y is None and fingerprints is not None:
            clustered = replace(clustered, labels=majority_by_key(clustered.labels, fingerprints.astype(np.int64)))
    if documents is None and embeddings is not None:
        documents = captions(components, clustered.labels, images or (), embeddings)
        counts = count_corpus(components.vectorizer, documents)
    blank = TopicState(
        topic_ids=np.empty(0, dtype=np.int64),
        topics=clustered.labels,
        sizes=np.empty(0, dtype=np.int64),
        mappings=np.unique(clustered.labels)[:, None],
        document_terms=counts,
        documents=documents,
        embeddings=embeddings,
        reduced_embeddings=reduced,
        fingerprints=fingerprints,
        extras=extras,
        passages=passages,
    )
    with stage("describe topics"):
        state = _build(blank, clustered, components, settings, zero_shot, images)
        if settings.outliers == "assign":
            state = assign_outliers(Snapshot(state=state, components=components), settings.target_fraction)
        return state


def _labels_alone(components: Components, settings: FitSettings, y: IntVector | None) -> bool:
    """Whether the labels are all there is to learn from: nothing is embedded, reduced or clustered (manual topics)."""
    parts = (components.embedder, components.reducer, components.clusterer)
    plain = not settings.seed_topic_list and not settings.zeroshot_topic_list
    return y is not None and plain and all(getattr(part, "does_nothing", False) for part in parts)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Clustered:
    """Raw labels, and what the clusterer says of how firm they are.

    With zero-shot names, name k has the label ``k`` and cluster c the label ``len(names) + c``.
    """

    labels: IntVector
    probabilities: FloatMatrix | None
    matrix_labels: IntVector | None = None


def _cluster(
    components: Components,
    reduced: FloatMatrix,
    y: IntVector | None,
    zero_shot: ZeroShot | None,
    settings: FitSettings,
) -> _Clustered:
    graph = neighbor_graph(components.reducer, len(reduced))
    if zero_shot is not None:
        return _cluster_the_rest(components, reduced, y, zero_shot, settings.n_topics, graph)
    labels = cluster_labels(components.clusterer, reduced, y, graph)
    if settings.n_topics is not None:
        labels = exactly(components.clusterer, labels, settings.n_topics)
    if settings.calculate_probabilities:
        matrix = memberships(components.clusterer)
        if matrix is not None:
            columns = np.unique(labels[labels != OUTLIER])
            if matrix.shape == (len(labels), len(columns)):
                return _Clustered(labels=labels, probabilities=matrix, matrix_labels=columns)
    return _Clustered(labels=labels, probabilities=strengths(components.clusterer, len(labels)))


def _cluster_the_rest(
    components: Components,
    reduced: FloatMatrix,
    y: IntVector | None,
    zero_shot: ZeroShot,
    n_topics: int | None,
    graph: SparseMatrix | None,
) -> _Clustered:
    labels = zero_shot.assigned.copy()
    rest = np.flatnonzero(labels == OUTLIER)
    if len(rest):
        among = None if graph is None else graph[rest][:, rest]
        found = cluster_labels(components.clusterer, reduced[rest], None if y is None else y[rest], among)
        if n_topics is not None:
            n_named = len(np.unique(zero_shot.assigned[zero_shot.assigned != OUTLIER]))
            found = exactly(components.clusterer, found, n_topics - n_named)
        labels[rest] = np.where(found == OUTLIER, OUTLIER, found + len(zero_shot.names))
    return _Clustered(labels=labels, probabilities=None)


def _build(
    blank: TopicState,
    clustered: _Clustered,
    components: Components,
    settings: FitSettings,
    zero_shot: ZeroShot | None,
    images: Sequence[Any] | None,
) -> TopicState:
    """Words for the raw labels: numbered by size, and reduced to ``nr_topics`` where that is asked for."""
    raw = np.unique(clustered.labels).tolist()
    mapping = {label: label for label in raw}
    topics = clustered.labels
    if zero_shot is not None:  # named topics first, in the order of the list, then the clusters
        inner = [label for label in raw if label != OUTLIER]
        mapping = {label: number for number, label in enumerate(inner)} | {OUTLIER: OUTLIER}
        ids, inverse = np.unique(topics, return_inverse=True)
        topics = np.array([mapping[int(label)] for label in ids], dtype=np.int64)[inverse]
    first = Snapshot(state=blank, components=components)
    nr_topics = settings.nr_topics
    state = rebuild(first, topics, mapping, sort=zero_shot is None, represent=nr_topics is None, images=images)
    if zero_shot is not None:
        names = {mapping[label]: zero_shot.names[label] for label in raw if 0 <= label < len(zero_shot.names)}
        state = replace(
            state,
            zeroshot_names=names,
            extras={**state.extras, "zeroshot": zero_shot, "zeroshot_min_similarity": settings.zeroshot_min_similarity},
        )
        state = replace(state, probabilities=_similarities(state, settings.calculate_probabilities))
    else:
        state = replace(state, probabilities=_ordered_probabilities(clustered, state))
    if nr_topics is not None:
        snapshot = Snapshot(state=state, components=components)
        merged = labels_for_reduction(state, nr_topics)
        if zero_shot is not None:  # not sorted by size afterwards, so that the numbers must leave no gaps here
            left = sorted(set(merged.values()) - {OUTLIER})
            numbers = {label: number for number, label in enumerate(left)} | {OUTLIER: OUTLIER}
            merged = {topic: numbers[label] for topic, label in merged.items()}
        ids, inverse = np.unique(state.topics, return_inverse=True)
        topics = np.array([merged.get(int(topic), int(topic)) for topic in ids], dtype=np.int64)[inverse]
        state = rebuild(snapshot, topics, merged, sort=zero_shot is None, keep_words="none", images=images)
    return state


def _similarities(state: TopicState, all_topics: bool) -> FloatMatrix | FloatVector | None:
    """Strengths in a model with named topics: cosine to the nearest topic, or to every topic but -1."""
    if state.embeddings is None or state.topic_embeddings is None:
        return None
    kind = np.zeros((0, 0)) if all_topics else None
    return topic_similarities(replace(state, probabilities=kind), state.embeddings)


def _ordered_probabilities(clustered: _Clustered, state: TopicState) -> FloatMatrix | None:
    """Membership columns in the order of the topic ids; a vector of strengths as it is."""
    if clustered.matrix_labels is None or clustered.probabilities is None:
        return clustered.probabilities
    final = {int(row[0]): int(row[-1]) for row in state.mappings}
    ordered = np.zeros_like(clustered.probabilities)
    for column, label in enumerate(clustered.matrix_labels.tolist()):
        ordered[:, int(np.searchsorted(state.inner_ids, final[label]))] = clustered.probabilities[:, column]
    return ordered
