"""Long documents into passages before a fit: how long a passage is, and whose passages the given embeddings are."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.passages import Passages, count_words, split_documents

__all__ = ["PASSAGE_WORDS", "check_chunking", "divided"]

logger = logging.getLogger(__name__)

PASSAGE_WORDS = 128
"""With "auto", words of a passage at most: long enough to be about something, short enough to be about one thing
(measured in the guide to long documents)."""

SAMPLE = 200
"""Documents whose tokens are counted to know how many words the embedding model reads."""


def check_chunking(chunking: Any) -> None:
    """Raise :class:`InvalidInputError` unless it is None, "auto" or a positive whole number."""
    whole = isinstance(chunking, int | np.integer) and not isinstance(chunking, bool) and chunking >= 1
    if not (chunking is None or whole or (isinstance(chunking, str) and chunking == "auto")):
        raise InvalidInputError(
            f'chunking must be "auto", a number of words, or None; got {chunking!r}. For paragraphs or sentences divide the '
            "documents yourself, split_documents(docs, by=…), and fit on the passages"
        )


def divided(documents: Sequence[str], chunking: Any, embedder: Any, embeddings: Any) -> Passages | None:
    """The passages to fit on, or None where documents stay whole.

    Parameters
    ----------
    documents : sequence of str
    chunking : "auto", int or None
        Words of a passage at most. "auto": :data:`PASSAGE_WORDS`, or fewer where the embedding model reads fewer.
    embedder : Embedder or None
    embeddings : ndarray or None

    Raises
    ------
    EmbeddingsError
        There are embeddings of the whole documents.
    """
    check_chunking(chunking)
    if chunking is None:
        return None
    if embeddings is not None:
        raise EmbeddingsError(
            f"embeddings are given for whole documents, and chunking={chunking!r} divides them: leave embeddings out, or divide "
            'and embed yourself, passages = split_documents(docs, by="length", max_words=128), and call '
            "fit(passages, embeddings of passages.texts), or set chunking=None"
        )
    most = _words_read(documents, embedder) if chunking == "auto" else int(chunking)
    passages = split_documents(documents, by="length", max_words=most)
    n_long = int((np.bincount(passages.document, minlength=passages.n_documents) > 1).sum())
    logger.info(
        "%d of %d documents are longer than %d words: %d passages in all", n_long, len(documents), most, len(passages)
    )
    return passages


def _words_read(documents: Sequence[str], embedder: Any) -> int:
    """Words of a passage that the embedder reads to its end, :data:`PASSAGE_WORDS` at most."""
    limit = getattr(embedder, "max_tokens", None)
    if limit is None:
        return PASSAGE_WORDS
    some = [documents[i] for i in np.unique(np.linspace(0, len(documents) - 1, SAMPLE).astype(np.int64)).tolist()]
    words = np.array([count_words(text) for text in some])
    tokens = np.asarray(embedder.count_tokens(some))
    enough = words >= 10
    ratio = float(np.quantile(tokens[enough] / words[enough], 0.95)) if enough.any() else 1.5
    return max(8, min(PASSAGE_WORDS, int(limit / ratio)))
