"""Zero-shot topics: documents near a named topic get it; only the others are clustered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, MissingComponentError
from leitmotif.kernels.similarity import nearest
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector

__all__ = ["ZeroShot", "match_names"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ZeroShot:
    """Which documents a list of names explains.

    Attributes
    ----------
    names : tuple of str
    embeddings : ndarray, shape (names, d)
    assigned : ndarray of int64, shape (n,)
        Number of the name, -1 for documents that none reaches.
    """

    names: tuple[str, ...]
    embeddings: FloatMatrix
    assigned: IntVector


def match_names(embeddings: FloatMatrix, names: Sequence[str], min_similarity: float, embedder: Any) -> ZeroShot:
    """Give each document the most similar name, where its cosine is at least ``min_similarity``.

    Raises
    ------
    MissingComponentError
        There is no embedder for the names.
    EmbeddingsError
        The embedder's space is not that of ``embeddings``.
    """
    if embedder is None:
        raise MissingComponentError("zeroshot_topic_list needs an embedding model: pass embedding_model=")
    vectors = np.asarray(embedder.embed_documents(list(names)))
    if vectors.shape[1] != embeddings.shape[1]:
        raise EmbeddingsError(
            f"zeroshot_topic_list is embedded in {vectors.shape[1]} dimensions, the embeddings given have "
            f"{embeddings.shape[1]}: pass the embedding_model that made them"
        )
    best, similarity = nearest(embeddings, vectors)
    assigned = np.where(similarity >= min_similarity, best, OUTLIER).astype(np.int64)
    return ZeroShot(names=tuple(names), embeddings=vectors, assigned=assigned)
