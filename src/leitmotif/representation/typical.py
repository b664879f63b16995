"""Typical documents of topics, chosen once for all representation models of a pass that ask alike."""

from __future__ import annotations

from collections.abc import Sequence

from leitmotif.kernels.exemplars import representative_rows
from leitmotif.protocols import TopicEvidence
from leitmotif.typing import IntVector

__all__ = ["typical_rows", "typical_texts"]

N_SAMPLES = 500
"""Documents of a topic that are looked at (BERTopic's constant)."""


def typical_rows(
    evidence: TopicEvidence,
    n_docs: int,
    *,
    n_samples: int = N_SAMPLES,
    diversity: float | None = None,
    random_state: int | None = None,
) -> Sequence[IntVector]:
    """Rows of the documents nearest to each topic by c-TF-IDF, best first, in the order of ``evidence.topic_ids``."""
    seed = evidence.random_state if random_state is None else random_state
    key = f"typical documents: {n_docs} of {n_samples}, diversity {diversity}, seed {seed}"
    if key not in evidence.cache:
        evidence.cache[key] = representative_rows(
            lambda rows: evidence.weigh(evidence.document_terms[rows]),
            evidence.ctfidf,
            evidence.topics,
            evidence.topic_ids,
            n_samples=n_samples,
            n_docs=n_docs,
            random_state=seed,
            diversity=diversity,
            texts=evidence.documents,
        )
    found: Sequence[IntVector] = evidence.cache[key]
    return found


def typical_texts(evidence: TopicEvidence, n_docs: int, *, diversity: float | None = None) -> dict[int, list[str]]:
    """Texts of the typical documents of each topic, best first; none where the model has no texts."""
    topics = evidence.topic_ids.tolist()
    texts = evidence.documents
    if texts is None or n_docs <= 0:
        return {topic: [] for topic in topics}
    rows = typical_rows(evidence, n_docs, diversity=diversity)
    return {topic: [texts[int(i)] for i in own] for topic, own in zip(topics, rows, strict=True)}
