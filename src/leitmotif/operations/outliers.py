"""Topics for outliers: for each document of topic -1 the topic that it comes nearest to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from leitmotif.building.rebuild import rebuild
from leitmotif.building.weigh import document_weights
from leitmotif.errors import EmbeddingsError, InvalidInputError, MissingComponentError
from leitmotif.kernels.similarity import nearest
from leitmotif.operations.counted import are_training_documents, corpus_counts, known_texts, vocabulary_counts
from leitmotif.operations.distribute import approximate_distribution
from leitmotif.protocols import Fitted, Snapshot
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, FloatVector, IntVector
from leitmotif.validation import as_embeddings, as_topics, check_fitted

__all__ = ["STRATEGIES", "assign_outliers", "reduce_outliers"]

STRATEGIES = ("probabilities", "distributions", "c-tf-idf", "embeddings")


def reduce_outliers(
    fitted: Fitted,
    documents: Sequence[str] | None,
    topics: Any,
    images: Sequence[Any] | None = None,
    strategy: str = "distributions",
    probabilities: np.ndarray | None = None,
    threshold: float = 0,
    embeddings: np.ndarray | None = None,
    distributions_params: Mapping[str, Any] | None = None,
    *,
    target_fraction: float | None = None,
) -> list[int]:
    """A topic for each document, where outliers have the topic that they come nearest to. The model is not changed.

    Pass the result to ``update_topics(docs, topics=new_topics)`` to take it over.

    Parameters
    ----------
    documents : sequence of str, length n
        Documents; those of the fit are not counted or embedded a second time. None where ``images`` stand alone.
    topics : sequence of int, length n
        Topic of each document; only those at -1 are looked at.
    images : sequence, length n, optional
        Images of the documents; makes the strategy "embeddings".
    strategy : {"distributions", "probabilities", "c-tf-idf", "embeddings"}
        Nearest by approximate distribution, by the clusterer's probabilities, by cosine of c-TF-IDF, or by
        cosine of embeddings.
    probabilities : ndarray, shape (n, T), optional
        For "probabilities"; default those of the fit, where it calculated them for all topics.
    threshold : float
        Least probability or similarity for a document to leave the outliers.
    embeddings : ndarray, shape (n, d), optional
        For "embeddings"; default those of the fit, or those that the model's embedder makes of the outliers.
    distributions_params : mapping, optional
        Arguments of ``approximate_distribution`` for "distributions".
    target_fraction : float, optional
        Leave this share of all documents outliers: only those that are nearest to a topic move, nearest first.

    Returns
    -------
    list of int, length n

    Raises
    ------
    InvalidInputError
        There is no outlier, an unknown strategy, probabilities missing or of the wrong shape, wrong lengths.
    EmbeddingsError
        Embeddings of the wrong shape.
    MissingComponentError
        The model lacks what the strategy needs.

    Notes
    -----
    One product of the outliers' rows and the topics' rows, O(outliers × topics × terms of a document) for "c-tf-idf".
    """
    check_fitted(fitted.state)
    fitted = Snapshot(state=fitted.state.by_document, components=fitted.components)
    state = fitted.state
    if images is not None:
        strategy = "embeddings"
    if strategy not in STRATEGIES:
        raise InvalidInputError(f"strategy must be one of {', '.join(map(repr, STRATEGIES))}; got {strategy!r}")
    if target_fraction is not None and not 0 <= target_fraction <= 1:
        raise InvalidInputError(f"target_fraction must be a share from 0 to 1; got {target_fraction!r}")
    texts = None if documents is None else known_texts(state, documents)
    if texts is None and images is None:
        raise InvalidInputError("reduce_outliers needs documents or images; got neither")
    n_documents = len(texts) if texts is not None else len(images or ())
    if images is not None and len(images) != n_documents:
        raise InvalidInputError(f"images has {len(images)} entries for {n_documents} documents; pass one a document")
    labels = as_topics(topics, n_documents)
    outliers = np.flatnonzero(labels == OUTLIER)
    if not len(outliers):
        if not state.has_outliers:
            raise InvalidInputError("No outliers to reduce: neither the model nor topics has a document in topic -1.")
        return _as_list(labels)
    if not state.n_topics:
        raise InvalidInputError("the model has no topic besides the outliers that a document could move to")
    if strategy == "probabilities":
        best, strength = _by_probability(fitted, texts, outliers, probabilities, n_documents)
    elif strategy == "distributions":
        best, strength = _by_distribution(fitted, texts, outliers, threshold, distributions_params)
    elif strategy == "c-tf-idf":
        best, strength = _by_ctfidf(fitted, texts, outliers)
    else:
        best, strength = _by_embedding(fitted, texts, outliers, embeddings, images, n_documents)
    found = _accepted(strength, threshold)
    if target_fraction is not None:
        found = found[: max(0, len(outliers) - int(np.floor(target_fraction * n_documents)))]
    labels = labels.copy()
    labels[outliers[found]] = state.inner_ids[best[found]]
    return _as_list(labels)


def assign_outliers(
    fitted: Fitted, max_share: float = 0.1, strategy: Literal["embeddings", "c-tf-idf"] = "embeddings"
) -> TopicState:
    """The state in which outliers have the topic they come nearest to, until at most ``max_share`` of all are left.

    The nearest move first. Words, aspects and examples stay those of each topic's dense core; sizes, topic embeddings and
    c-TF-IDF follow, and the topics are numbered by size again. ``extras["core_topics"]`` keeps the topic that each
    document had before, in the new numbers.

    Parameters
    ----------
    max_share : float
        Share of the documents that may stay outliers, in [0, 1].
    strategy : {"embeddings", "c-tf-idf"}
        How near a document is to a topic; see :func:`reduce_outliers`. Without embeddings it is "c-tf-idf".

    Raises
    ------
    InvalidInputError
        ``max_share`` is no share.
    """
    check_fitted(fitted.state)
    state = fitted.state
    if not 0 <= max_share <= 1:
        raise InvalidInputError(f"max_share must be a share from 0 to 1; got {max_share!r}")
    if not state.has_outliers or not state.n_topics:
        return state
    if state.embeddings is None:
        strategy = "c-tf-idf"
    rows = Snapshot(state=state.by_row, components=fitted.components)  # each passage for itself
    found = reduce_outliers(
        rows, state.documents, state.topics, strategy=strategy, embeddings=state.embeddings, target_fraction=max_share
    )
    after = rebuild(fitted, np.asarray(found, dtype=np.int64), sort=not state.zeroshot_names, keep_words="all")
    inner = state.topics != OUTLIER
    core = np.where(inner, after.topics, OUTLIER)
    return replace(after, extras={**after.extras, "core_topics": core})


def _accepted(strength: FloatVector, threshold: float) -> IntVector:
    """Positions of outliers that reach the threshold, strongest first; a strength of 0 is none at all."""
    enough = (strength >= threshold) & (strength > 0)
    order = np.argsort(-strength, kind="stable")
    return order[enough[order]].astype(np.int64)


def _by_probability(
    fitted: Fitted, texts: Sequence[str] | None, outliers: IntVector, probabilities: Any, n_documents: int
) -> tuple[IntVector, FloatVector]:
    state = fitted.state
    if probabilities is None and are_training_documents(state, texts, outliers):
        probabilities = state.probabilities
        if probabilities is not None and np.ndim(probabilities) != 2:
            probabilities = None
    if probabilities is None:
        raise InvalidInputError(
            "strategy 'probabilities' needs the probability of each topic in each document: pass probabilities= of a "
            "model with calculate_probabilities=True"
        )
    matrix = np.asarray(probabilities)
    if (
        matrix.ndim != 2
        or matrix.shape[0] != n_documents
        or matrix.shape[1] not in (state.n_topics, len(state.topic_ids))
    ):
        raise InvalidInputError(
            f"probabilities must have the shape ({n_documents}, {state.n_topics}), documents by topics; "
            f"got {matrix.shape}. Fit with calculate_probabilities=True"
        )
    if matrix.shape[1] != state.n_topics:  # the cosine path of transform has a column for -1
        matrix = matrix[:, state.inner_rows]
    return _row_maximum(matrix[outliers])


def _by_distribution(
    fitted: Fitted,
    texts: Sequence[str] | None,
    outliers: IntVector,
    threshold: float,
    distributions_params: Mapping[str, Any] | None,
) -> tuple[IntVector, FloatVector]:
    parameters = {"min_similarity": threshold} | dict(distributions_params or {})
    distributions, _ = approximate_distribution(fitted, [str(text) for text in _some(texts, outliers)], **parameters)
    best, strength = _row_maximum(distributions)
    # The threshold was one of similarities, applied above; of a distribution all that counts is that there is one.
    return best, np.where(strength > 0, np.maximum(strength, threshold), -np.inf)


def _by_ctfidf(fitted: Fitted, texts: Sequence[str] | None, outliers: IntVector) -> tuple[IntVector, FloatVector]:
    state = fitted.state
    what = "reduce_outliers(strategy='c-tf-idf')"
    _, ctfidf = state.need_vocabulary(what)
    if state.document_terms is not None and are_training_documents(state, texts, outliers):
        counts = corpus_counts(fitted, what, outliers)
    else:
        counts = vocabulary_counts(fitted, _some(texts, outliers), what)
    return nearest(document_weights(state, fitted.components, counts), ctfidf[state.inner_rows])


def _by_embedding(
    fitted: Fitted,
    texts: Sequence[str] | None,
    outliers: IntVector,
    embeddings: Any,
    images: Sequence[Any] | None,
    n_documents: int,
) -> tuple[IntVector, FloatVector]:
    state = fitted.state
    vectors = state.need_topic_embeddings("reduce_outliers(strategy='embeddings')")
    own = state.embeddings
    if embeddings is not None:
        rows = as_embeddings(embeddings, n_documents)[outliers]
    elif images is None and own is not None and are_training_documents(state, texts, outliers):
        rows = own[outliers]
    else:
        rows = _embedded(fitted, texts, outliers, images)
    if rows.shape[1] != vectors.shape[1]:
        raise EmbeddingsError(
            f"embeddings have {rows.shape[1]} dimensions, but the topics have {vectors.shape[1]}: "
            "pass those of the embedding model that the model was fitted with"
        )
    return nearest(rows, vectors[state.inner_rows])


def _embedded(
    fitted: Fitted, texts: Sequence[str] | None, outliers: IntVector, images: Sequence[Any] | None
) -> FloatMatrix:
    """Embeddings of the outliers alone."""
    embedder: Any = fitted.components.embedder
    if embedder is None:
        raise MissingComponentError(
            "reduce_outliers(strategy='embeddings') needs embeddings, and the model has no embedder: pass embeddings="
        )
    if images is None:
        return np.asarray(embedder.embed_documents(_some(texts, outliers)))
    chosen = [images[row] for row in outliers.tolist()]
    if texts is not None and hasattr(embedder, "embed"):
        return np.asarray(embedder.embed(_some(texts, outliers), images=chosen))
    if not hasattr(embedder, "embed_images"):
        raise MissingComponentError(
            f"images need an embedder of images; {type(embedder).__name__} has no embed_images: pass embeddings="
        )
    return np.asarray(embedder.embed_images(chosen))


def _some(texts: Sequence[str] | None, rows: IntVector) -> list[str]:
    if texts is None:
        raise InvalidInputError("this strategy needs documents; got None")
    return [texts[row] for row in rows.tolist()]


def _as_list(labels: IntVector) -> list[int]:
    result: list[int] = labels.tolist()
    return result


def _row_maximum(matrix: np.ndarray) -> tuple[IntVector, FloatVector]:
    best = matrix.argmax(axis=1).astype(np.int64)
    return best, matrix[np.arange(len(best)), best].astype(np.float64)
