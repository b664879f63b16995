"""Topics that were learned in batches: the vectorizer holds the counts of all of them, the state the documents of the last."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leitmotif.building.describe import describe
from leitmotif.kernels.grouping import group_sums
from leitmotif.protocols import Components
from leitmotif.state import DocumentTerms, TopicState, Vocabulary
from leitmotif.typing import SparseMatrix

__all__ = ["ONLINE_ORDER", "counted_in_batches", "describe_batches", "weigh_batches", "with_all_batches"]

ONLINE_ORDER = "online_order"
"""In ``extras``: the clusters in the order of the rows of the vectorizer's counts."""


def counted_in_batches(state: TopicState, vectorizer: Any) -> bool:
    """Whether what is known of the words are counts of all batches, kept by the vectorizer."""
    counts = getattr(vectorizer, "X_", None)
    return counts is not None and len(state.extras.get(ONLINE_ORDER, ())) == counts.shape[0]


def weigh_batches(state: TopicState, counts: SparseMatrix, terms: np.ndarray, components: Components) -> TopicState:
    """The state with vocabulary and c-TF-IDF made of the counts of all batches, cluster × term.

    A cluster whose topic has no row (all its documents left it by hand) waits until one comes again.
    """
    topic_of = {int(row[0]): int(row[-1]) for row in state.mappings}
    rows = [state.row(topic_of[c]) if topic_of[c] in state else -1 for c in state.extras[ONLINE_ORDER]]
    per_topic = group_sums(counts, np.array(rows, dtype=np.int64), len(state.topic_ids))
    weighting = copy.copy(components.weighting)
    weighting.fit(per_topic)
    idf = np.asarray(weighting._idf_diag.diagonal(), dtype=np.float64)
    vocabulary = Vocabulary(terms=terms, columns=np.arange(len(terms)), idf=idf)
    return replace(state, vocabulary=vocabulary, ctfidf=weighting.transform(per_topic).tocsr())


def with_all_batches(
    before: TopicState, state: TopicState, components: Components, final: Mapping[int, int]
) -> TopicState:
    """A state whose topics are unions of those before, with sizes, embeddings and c-TF-IDF of all batches.

    Parameters
    ----------
    before : TopicState
        Learned in batches.
    state : TopicState
        The next one: labels of the last batch and mappings are made.
    components : Components
    final : mapping of int to int
        Topic before -> topic after, for every topic.
    """
    ids, place = np.unique([final[topic] for topic in before.topic_ids.tolist()], return_inverse=True)
    share = np.zeros((len(ids), len(place)))
    share[place, np.arange(len(place))] = before.sizes
    sizes = share.sum(axis=1)
    means = before.topic_embeddings
    if means is not None:
        means = (share @ means.astype(np.float64) / np.maximum(sizes, 1)[:, None]).astype(means.dtype)
    state = replace(
        state, topic_ids=ids.astype(np.int64), sizes=sizes.astype(np.int64), topic_embeddings=means, document_terms=None
    )
    vectorizer = components.vectorizer
    terms = np.asarray(vectorizer.get_feature_names_out(), dtype=object)
    return weigh_batches(state, vectorizer.X_.tocsr(), terms, components)


def describe_batches(
    before: TopicState | None,
    state: TopicState,
    components: Components,
    final: Mapping[int, int] | None = None,
    kept: Mapping[int, int] | None = None,
    *,
    represent: bool = True,
    images: Sequence[Any] | None = None,
) -> TopicState:
    """Words, aspects and typical documents, chosen among the last batch and the typical documents so far.

    ``final`` gives what the topics before became (default: themselves), ``kept`` those that keep their words: new id -> old
    id (default: none).
    """
    final, kept = final or {}, kept or {}
    earlier, rows_before = _typical_so_far(before)
    texts = [text for _, text in earlier] + list(state.documents or ())
    topics = np.array([final.get(topic, topic) for topic, _ in earlier], dtype=np.int64)
    if state.documents is not None:  # not where topics_ was assigned the topics of all batches
        topics = np.concatenate([topics, state.topics])
    assert state.vocabulary is not None
    candidates = replace(
        state,
        topics=topics,
        documents=texts,
        document_terms=DocumentTerms(
            matrix=components.vectorizer.transform(texts).tocsr(), terms=state.vocabulary.terms
        ),
        embeddings=None,
    )
    source = candidates if before is None else replace(before, representative_rows=rows_before)
    described = describe(source, candidates, components, kept, represent=represent, images=images)
    first = len(earlier)
    rows = {topic: found[found >= first] - first for topic, found in described.representative_rows.items()}
    if before is not None:  # those of the last batch are among the typical documents so far, too
        rows |= {new: before.representative_rows[old] for new, old in kept.items() if old in before.representative_rows}
    return replace(
        described,
        topics=state.topics,
        documents=state.documents,
        document_terms=None,
        embeddings=state.embeddings,
        representative_rows=rows,
    )


def _typical_so_far(before: TopicState | None) -> tuple[list[tuple[int, str]], dict[int, np.ndarray]]:
    """Topic and text of each typical document, and the places of each topic's."""
    earlier: list[tuple[int, str]] = []
    places: dict[int, np.ndarray] = {}
    for topic, texts in (before.representative_docs if before else {}).items():
        places[topic] = np.arange(len(earlier), len(earlier) + len(texts), dtype=np.int64)
        earlier += [(topic, text) for text in texts]
    return earlier, places
