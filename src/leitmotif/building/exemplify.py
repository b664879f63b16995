"""Typical documents of topics."""

from __future__ import annotations

from collections.abc import Callable

from leitmotif.building.weigh import document_weights, known_scale
from leitmotif.kernels.exemplars import CountedDocuments, representative_rows
from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.typing import IntVector, SparseMatrix

__all__ = ["N_CANDIDATES", "N_REPRESENTATIVE", "typical_documents"]

N_REPRESENTATIVE = 3
N_CANDIDATES = 500


def typical_documents(
    state: TopicState,
    components: Components,
    topic_ids: IntVector,
    *,
    n_docs: int = N_REPRESENTATIVE,
    n_candidates: int = N_CANDIDATES,
    diversity: float | None = None,
) -> dict[int, IntVector]:
    """Rows of the documents nearest to each topic by c-TF-IDF cosine, best first.

    At most ``n_candidates`` documents a topic are looked at, drawn without replacement from a stream keyed by
    ``random_state`` and the topic; texts that occur twice count once.

    Returns
    -------
    dict of int to ndarray of int64
        Up to ``n_docs`` rows of the corpus a topic.
    """
    vocabulary, ctfidf = state.need_vocabulary("choosing representative documents")
    counts = state.need_counts("choosing representative documents").matrix
    columns = vocabulary.columns
    columns = None if columns is not None and len(columns) == counts.shape[1] else columns
    scale = known_scale(components.weighting)
    documents: CountedDocuments | Callable[[IntVector], SparseMatrix]
    if scale is not None and state.documents is not None and diversity is None:
        documents = CountedDocuments(counts=counts, columns=columns, idf=vocabulary.idf, root=scale == "root")
    else:
        kept = counts if columns is None else counts[:, columns].tocsr()
        documents = lambda some: document_weights(state, components, kept[some])  # noqa: E731
    rows = representative_rows(
        documents,
        ctfidf[state.rows(topic_ids)],
        state.topics,
        topic_ids,
        n_samples=n_candidates,
        n_docs=n_docs,
        random_state=components.random_state,
        diversity=diversity,
        texts=state.documents,
    )
    return dict(zip(topic_ids.tolist(), rows, strict=True))
