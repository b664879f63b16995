"""Topics of new documents.

A document that the model was fitted on gets the topic that it has; any other is predicted on its own, so that the
answer never depends on what else is in the batch.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.building.adaptation import adapted
from leitmotif.building.embedding import embed
from leitmotif.errors import DocumentsError, EmbeddingsError
from leitmotif.kernels.fingerprint import text_ends, text_fingerprints
from leitmotif.kernels.similarity import cosine, nearest
from leitmotif.passages import Passages, split_documents
from leitmotif.protocols import Components, Fitted, Snapshot
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, FloatVector, IntVector
from leitmotif.validation import as_embeddings, as_single_or_many, check_fitted

__all__ = ["predict_embeddings", "topic_similarities", "transform"]

logger = logging.getLogger(__name__)

WHOLE = {"by": "length", "max_words": 10**9}
"""How to divide where nobody knows how: not at all."""


def transform(
    fitted: Fitted,
    documents: Any,
    embeddings: Any = None,
    images: Sequence[Any] | None = None,
) -> tuple[list[int], FloatMatrix | FloatVector | None]:
    """Topic of each document, and how firmly it belongs there.

    Parameters
    ----------
    documents : str, sequence of str, Passages or None
        One text or several. None: only ``embeddings`` (or ``images``) are known. A model that divided its documents
        divides these alike, or takes the passages given, and answers for each document.
    embeddings : ndarray, shape (n, d), optional
        Embeddings of the documents by the model that made those of the fit; of the passages, where documents are divided.
    images : sequence, optional
        An image a document.

    Returns
    -------
    topics : list of int, length n
        For documents of the fit, the topics that they have.
    probabilities : ndarray of float64, shape (n,) or (n, T without -1), or None
        HDBSCAN: strength in the own cluster, or with ``calculate_probabilities`` in every topic. Without a clusterer that
        predicts, and in zero-shot models: cosine similarity to the topic. None for clusterers that give no strengths. Of
        divided documents: how much of them has the topic, by length.

    Raises
    ------
    DocumentsError, EmbeddingsError
        Input that cannot be used.
    MissingComponentError
        Embeddings are needed, and the model has no embedding model.
    """
    check_fitted(fitted.state)
    state, components = fitted.state, fitted.components
    if documents is None and embeddings is None and images is None:
        raise DocumentsError("pass documents, embeddings or images")
    if state.passages is not None and documents is not None and images is None:
        return _by_passages(fitted, documents, embeddings)
    texts = None if documents is None else as_single_or_many(documents)
    n = len(texts) if texts is not None else len(embeddings if embeddings is not None else images or ())
    if embeddings is not None:
        embeddings = as_embeddings(embeddings, n)
    if n == 0:
        return [], _no_rows(state.probabilities)
    rows = np.full(n, -1, dtype=np.int64)
    if texts is not None and images is None:
        rows = _training_rows(state, texts)
    by_cosine = not _predicts(components.clusterer)
    new = np.arange(n) if by_cosine else np.flatnonzero(rows < 0)
    if embeddings is not None:
        embeddings = embeddings[new] if len(new) < n else embeddings
    elif len(new):
        embeddings = _embed(components, None if texts is None else _some(texts, new), images)
    topics = np.full(n, OUTLIER, dtype=np.int64)
    probabilities: FloatMatrix | FloatVector | None = None
    if len(new):
        new_texts = None if texts is None or images is not None else _some(texts, new)
        topics[new], predicted = predict_embeddings(fitted, embeddings, new_texts)
        probabilities = _spread(predicted, new, n)
    known = np.flatnonzero(rows >= 0)
    topics[known] = state.topics[rows[known]]
    if not by_cosine:
        probabilities = _with_known(probabilities, state.probabilities, known, rows, n)
    return topics.tolist(), probabilities


def _by_passages(fitted: Fitted, documents: Any, embeddings: Any) -> tuple[list[int], FloatMatrix | FloatVector | None]:
    """Topics of documents from those of their passages."""
    state = fitted.state
    rule = {} if state.passages is None else state.passages.rule
    if isinstance(documents, Passages):
        passages = documents
    elif embeddings is not None:
        raise EmbeddingsError(
            "embeddings are given for whole documents, and the model divides documents: leave embeddings out, or divide and "
            "embed yourself, passages = split_documents(documents, …), and pass transform(passages, embeddings of passages.texts)"
        )
    else:
        passages = split_documents(as_single_or_many(documents), **rule or WHOLE)
    topics, _ = transform(Snapshot(state=state.by_row, components=fitted.components), passages.texts, embeddings)
    own, share = passages.prevailing(topics)
    probabilities = passages.shares(topics, state.inner_ids) if _every_topic(state) else share
    if passages.sources:
        whole = state.by_document
        rows = _training_rows(whole, passages.sources)
        known = np.flatnonzero(rows >= 0)
        own[known] = whole.topics[rows[known]]
        if whole.probabilities is not None:
            probabilities[known] = whole.probabilities[rows[known]]
    return own.tolist(), probabilities


def _some(texts: list[str], rows: IntVector) -> list[str]:
    return texts if len(rows) == len(texts) else [texts[i] for i in rows.tolist()]


def _training_rows(state: TopicState, texts: list[str]) -> IntVector:
    """Row of the training document that each text is, -1 for a new one."""
    if not state.documents or len(state.documents) != state.n_documents:
        return state.training_rows(text_fingerprints(texts))
    if len(texts) == state.n_documents and texts == state.documents and state.fingerprints is not None:
        return state.known_rows
    # Most new texts end otherwise than any of the corpus: they need not be read.
    rows = np.full(len(texts), -1, dtype=np.int64)
    ends, known = text_ends(texts), state.document_ends
    near = np.flatnonzero(known[np.minimum(np.searchsorted(known, ends), len(known) - 1)] == ends)
    rows[near] = state.training_rows(text_fingerprints([texts[i] for i in near.tolist()]))
    return rows


def predict_embeddings(
    fitted: Fitted, embeddings: FloatMatrix, documents: list[str] | None = None
) -> tuple[IntVector, FloatMatrix | FloatVector | None]:
    """Topics of embeddings, each on its own: by the named topics, then by reducer and clusterer, or by cosine.

    ``documents`` are their texts, for a model whose embeddings were adapted to its corpus.
    """
    state, components = fitted.state, fitted.components
    zero_shot = state.extras.get("zeroshot")
    if zero_shot is None:
        return _unnamed(state, components, embeddings, documents, 0)
    topics = np.full(len(embeddings), OUTLIER, dtype=np.int64)
    final = {int(row[0]): int(row[-1]) for row in state.mappings}
    best, similarity = nearest(embeddings, zero_shot.embeddings)
    near = similarity >= state.extras["zeroshot_min_similarity"]
    topics[near] = [final.get(int(name), OUTLIER) for name in best[near]]
    rest = np.flatnonzero(~near)
    if len(rest):
        texts = None if documents is None else [documents[i] for i in rest.tolist()]
        topics[rest] = _unnamed(state, components, embeddings[rest], texts, len(zero_shot.names))[0]
    return topics, topic_similarities(state, embeddings)


def topic_similarities(state: TopicState, embeddings: FloatMatrix) -> FloatMatrix | FloatVector:
    """How near embeddings are to the topics, as the model keeps strengths: to the nearest topic, or to each but -1."""
    vectors = state.need_topic_embeddings("transform")
    if _every_topic(state):
        return cosine(embeddings, vectors[state.inner_rows])
    return nearest(embeddings, vectors)[1]


def _unnamed(
    state: TopicState, components: Components, embeddings: FloatMatrix, documents: list[str] | None, shift: int
) -> tuple[IntVector, FloatMatrix | FloatVector | None]:
    """Topics by reducer and clusterer, whose cluster c has the label ``shift + c``; by cosine where it cannot predict."""
    if not _predicts(components.clusterer):
        return _by_cosine(state, embeddings)
    final = {int(row[0]): int(row[-1]) for row in state.mappings}
    seen = adapted(state.extras.get("adaptation"), embeddings, documents)
    if _know_each_other(components.reducer, components.clusterer):
        labels, strengths = _predict_among(components.clusterer, components.reducer.nearest(seen), state)
    else:
        points = np.nan_to_num(np.asarray(components.reducer.transform(seen)))
        # KMeans refuses points of another precision than those it was fitted on.
        if state.reduced_embeddings is not None:
            points = points.astype(state.reduced_embeddings.dtype, copy=False)
        labels, strengths = _predict(components.clusterer, points, state)
    topics = [final.get(int(label) + shift, OUTLIER) if label != OUTLIER else OUTLIER for label in labels]
    return np.array(topics, dtype=np.int64), strengths


def _every_topic(state: TopicState) -> bool:
    """Whether the model keeps a strength for every topic, not only for a document's own."""
    return state.probabilities is not None and state.probabilities.ndim == 2


def _embed(components: Components, texts: list[str] | None, images: Sequence[Any] | None) -> FloatMatrix:
    return embed(components.embedder, texts, images, components.verbose)


def _predicts(clusterer: Any) -> bool:
    """Whether a clusterer can tell the cluster of a new point."""
    if _is_hdbscan(clusterer):
        return getattr(clusterer, "_prediction_data", None) is not None
    return hasattr(clusterer, "predict") and hasattr(clusterer, "fit")


def _is_hdbscan(clusterer: Any) -> bool:
    return type(clusterer).__module__.split(".")[0] == "hdbscan"


def _predict(
    clusterer: Any, points: FloatMatrix, state: TopicState
) -> tuple[IntVector, FloatMatrix | FloatVector | None]:
    """Labels and strengths of points, in the clusterer's numbering; strengths as the state keeps them."""
    every_topic = _every_topic(state)
    if _is_hdbscan(clusterer):
        import hdbscan

        labels, strengths = hdbscan.approximate_predict(clusterer, points)
        matrix = hdbscan.membership_vector(clusterer, points) if every_topic else None
    elif hasattr(clusterer, "approximate_predict"):
        labels, strengths = clusterer.approximate_predict(points)
        matrix = clusterer.membership_vector(points) if every_topic else None
    else:
        labels, strengths, matrix = clusterer.predict(points), None, None
    if matrix is not None:
        return np.asarray(labels), _topic_columns(np.asarray(matrix), state)
    return np.asarray(labels), None if strengths is None or every_topic else np.asarray(strengths, dtype=np.float64)


def _know_each_other(reducer: Any, clusterer: Any) -> bool:
    """Whether the rows that the reducer finds near are points of the clusterer: not where zero-shot names took some before."""
    ways = hasattr(reducer, "nearest") and hasattr(clusterer, "predict_among")
    return ways and len(reducer.embedding_) == len(clusterer.labels_)


def _predict_among(
    clusterer: Any, neighbors: Any, state: TopicState
) -> tuple[IntVector, FloatMatrix | FloatVector | None]:
    """Labels and strengths by the training documents that are nearest: a clusterer of a graph needs no coordinates."""
    labels, strengths = clusterer.predict_among(neighbors)
    if _every_topic(state):
        return labels, _topic_columns(clusterer.memberships_among(neighbors), state)
    return labels, strengths


def _topic_columns(matrix: FloatMatrix, state: TopicState) -> FloatMatrix:
    """Membership in clusters, added up to membership in the topics that they became."""
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    clusters = [(int(row[0]), int(row[-1])) for row in state.mappings if row[0] != OUTLIER]
    result = np.zeros((len(matrix), len(state.inner_ids)))
    for column, (_, topic) in enumerate(sorted(clusters)[: matrix.shape[1]]):
        if topic in state and topic != OUTLIER:
            result[:, int(np.searchsorted(state.inner_ids, topic))] += matrix[:, column]
    return result


def _by_cosine(state: TopicState, embeddings: FloatMatrix) -> tuple[IntVector, FloatMatrix | FloatVector]:
    """The topic with the most similar mean embedding; the outlier topic is one of the candidates, as in BERTopic."""
    vectors = state.need_topic_embeddings("transform")
    if vectors.shape[1] != embeddings.shape[1]:
        raise EmbeddingsError(
            f"embeddings have {embeddings.shape[1]} dimensions, the model's topics have {vectors.shape[1]}: "
            "use the embedding model of the fit"
        )
    if _every_topic(state):
        similarity = cosine(embeddings, vectors)
        return state.topic_ids[similarity.argmax(axis=1)], similarity[:, state.inner_rows]
    best, highest = nearest(embeddings, vectors)
    return state.topic_ids[best], highest


def _no_rows(probabilities: FloatMatrix | FloatVector | None) -> FloatMatrix | FloatVector | None:
    return None if probabilities is None else probabilities[:0]


def _spread(values: FloatMatrix | FloatVector | None, rows: IntVector, n: int) -> FloatMatrix | FloatVector | None:
    if values is None or len(rows) == n:
        return values
    full = np.zeros((n, *values.shape[1:]), dtype=np.float64)
    full[rows] = values
    return full


def _with_known(
    probabilities: FloatMatrix | FloatVector | None,
    stored: FloatMatrix | FloatVector | None,
    known: IntVector,
    rows: IntVector,
    n: int,
) -> FloatMatrix | FloatVector | None:
    """The stored strengths of training documents beside the predicted ones of the others."""
    if stored is None or (probabilities is None and len(known) < n):
        return probabilities
    full = np.zeros((n, *stored.shape[1:])) if probabilities is None else np.array(probabilities, dtype=np.float64)
    if full.shape[1:] == stored.shape[1:]:
        full[known] = stored[rows[known]]
    return full
