"""Guided topics: documents that are near a list of seed words are drawn together before the reduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError
from leitmotif.kernels.similarity import nearest
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector

__all__ = ["Guided", "guide"]

DOCUMENT_SHARE = 0.75
"""A guided document keeps this share of its own embedding; the rest is its seed's (BERTopic's constant)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Guided:
    """Embeddings drawn towards the seeds, and which seed each document was given.

    Attributes
    ----------
    embeddings : ndarray, shape (n, d)
        A new array; the caller's is untouched.
    seeds : ndarray of int64, shape (n,)
        Number of the seed list, -1 where the average document is nearer than any seed.
    """

    embeddings: FloatMatrix
    seeds: IntVector


def guide(embeddings: FloatMatrix, seed_topic_list: Sequence[Sequence[str]], embedder: Any) -> Guided:
    """Give each document the seed that it is nearest to by cosine, if any, and move it a quarter of the way there.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d)
    seed_topic_list : sequence of sequences of str
        Words of each seed topic; the joined words are embedded.
    embedder : Embedder

    Raises
    ------
    EmbeddingsError
        The embedder's space is not that of ``embeddings``.
    """
    seeds = np.asarray(embedder.embed_documents([" ".join(words) for words in seed_topic_list]))
    if seeds.shape[1] != embeddings.shape[1]:
        raise EmbeddingsError(
            f"seed_topic_list is embedded in {seeds.shape[1]} dimensions, the embeddings given have "
            f"{embeddings.shape[1]}: pass the embedding_model that made them"
        )
    average = embeddings.mean(axis=0, dtype=np.float64)[None, :]
    choice, _ = nearest(embeddings, np.vstack([seeds, average]))
    assigned = np.where(choice == len(seeds), OUTLIER, choice).astype(np.int64)
    moved = np.array(embeddings, dtype=np.promote_types(embeddings.dtype, np.float32))
    members = np.flatnonzero(assigned != OUTLIER)
    moved[members] = DOCUMENT_SHARE * moved[members] + (1 - DOCUMENT_SHARE) * seeds[assigned[members]]
    return Guided(embeddings=moved, seeds=assigned)
