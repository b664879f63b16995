"""Evidence from a fitted model, for scripts that call a representation model by hand as with BERTopic."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from leitmotif.protocols import Components, Fitted, TopicEvidence
from leitmotif.state import TopicState
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["evidence_of"]


def evidence_of(
    fitted: Fitted, documents: Any, c_tf_idf: SparseMatrix | None, topics: Sequence[int], embeddings: Any = None
) -> TopicEvidence:
    """What representation models may look at, from a fitted model and a frame of documents.

    Parameters
    ----------
    fitted : fitted model
    documents : DataFrame or None
        Columns ``Document`` and ``Topic``, and ``Image`` where there are images; None for the documents of the fit.
    c_tf_idf : csr_matrix, shape (T, V), or None
        One row for each of ``topics``, ascending; None for the model's own rows.
    topics : sequence of int
    embeddings : ndarray, shape (n, d), optional
        Embeddings of ``documents``; known where they are the documents of the fit.

    Raises
    ------
    MissingComponentError
        The model has no c-TF-IDF.
    """
    state, components = fitted.state, fitted.components
    vocabulary, own_weights = state.need_vocabulary("representing topics")
    topic_ids = np.array(sorted(topics), dtype=np.int64)
    texts, document_topics, of_the_fit = _documents(state, documents)
    counts = _counts(state, components, texts, of_the_fit)
    embedder = components.embedder
    rows = [state.row(topic) for topic in topic_ids.tolist()] if all(int(t) in state for t in topic_ids) else None
    vectors = state.topic_embeddings
    return TopicEvidence(
        topic_ids=topic_ids,
        ctfidf=own_weights[state.rows(topic_ids)] if c_tf_idf is None else c_tf_idf,
        terms=vocabulary.terms,
        documents=texts,
        topics=document_topics,
        document_terms=counts,
        embeddings=embeddings if embeddings is not None or not of_the_fit else state.embeddings,
        topic_embeddings=None if vectors is None or rows is None else vectors[rows],
        top_n_words=components.top_n_words,
        weigh=_weigher(components, vocabulary.idf),
        embed_words=None if embedder is None else embedder.embed_words,
        embed_documents=None if embedder is None else embedder.embed_documents,
        images=_column(documents, "Image"),
        random_state=components.random_state,
        verbose=components.verbose,
    )


def _documents(state: TopicState, frame: Any) -> tuple[list[str] | None, IntVector, bool]:
    """Texts, their topics, and whether they are those of the fit, row by row."""
    kept = None if state.documents is None else list(state.documents)
    if frame is None:
        return kept, state.topics, True
    texts = list(frame["Document"])
    topics = np.asarray(frame["Topic"], dtype=np.int64) if "Topic" in frame else state.topics
    return texts, topics, kept == texts


def _counts(state: TopicState, components: Components, texts: list[str] | None, of_the_fit: bool) -> SparseMatrix:
    vocabulary, _ = state.need_vocabulary("representing topics")
    if of_the_fit:
        counts = state.need_counts("representing topics").matrix
        return counts if vocabulary.columns is None else counts[:, vocabulary.columns].tocsr()
    from scipy.sparse import csr_matrix

    counter = copy.copy(components.vectorizer)
    for name, neutral in (("min_df", 1), ("max_df", 1.0), ("max_features", None)):
        if hasattr(counter, name):
            setattr(counter, name, neutral)
    counted = csr_matrix(counter.fit_transform(texts or []))
    column_of = {term: i for i, term in enumerate(vocabulary.terms.tolist())}
    columns = np.array([column_of.get(str(term), -1) for term in counter.get_feature_names_out()], dtype=np.int64)
    entries = counted.tocoo()
    known = columns[entries.col] >= 0
    return csr_matrix(
        (entries.data[known], (entries.row[known], columns[entries.col[known]])),
        shape=(counted.shape[0], len(vocabulary.terms)),
    )


def _weigher(components: Components, idf: np.ndarray) -> Callable[[SparseMatrix], SparseMatrix]:
    from scipy.sparse import diags

    weighting: Any = copy.copy(components.weighting)
    weighting._idf_diag = diags(idf, format="csr")
    return lambda counts: weighting.transform(counts).tocsr()


def _column(frame: Any, name: str) -> list[Any] | None:
    if frame is None or name not in frame:
        return None
    values = list(frame[name])
    return None if all(value is None for value in values) else values
