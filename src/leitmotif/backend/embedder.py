"""The base class of every embedder, and the check that each result passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, LeitmotifError
from leitmotif.typing import FloatMatrix, IntVector

__all__ = ["UNLIMITED", "BaseEmbedder", "checked", "token_counts"]


UNLIMITED = 1_000_000
"""Libraries write numbers of this size and more where a model has no longest text."""


class BaseEmbedder:
    """An embedding model. Write your own by overriding :meth:`embed`.

    Parameters
    ----------
    embedding_model : object, optional
        What embeds documents; kept as ``embedding_model``.
    word_embedding_model : object, optional
        What embeds words; kept as ``word_embedding_model``.

    Examples
    --------
    >>> import numpy as np
    >>> class Lengths(BaseEmbedder):
    ...     def embed(self, documents, verbose=False):
    ...         return np.array([[len(text), text.count(" ")] for text in documents], dtype=float)
    >>> Lengths().embed_words(["a", "word"]).tolist()
    [[1.0, 0.0], [4.0, 0.0]]
    """

    def __init__(self, embedding_model: Any = None, word_embedding_model: Any = None) -> None:
        self.embedding_model = embedding_model
        self.word_embedding_model = word_embedding_model

    @property
    def does_nothing(self) -> bool:
        """Whether it embeds nothing: manual topics (``y=``, nothing reduced or clustered) then do without embeddings."""
        return type(self).embed is BaseEmbedder.embed and type(self).embed_documents is BaseEmbedder.embed_documents

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts.

        Parameters
        ----------
        documents : sequence of str, length n
        verbose : bool
            Show progress, where the model can.

        Returns
        -------
        ndarray of float, shape (n, d), finite

        Raises
        ------
        LeitmotifError
            This class does not say how to embed.
        """
        raise LeitmotifError(
            f"{type(self).__name__} does not embed anything: override embed(documents, verbose=False) in a subclass, "
            "or pass embeddings= to fit, transform and the others"
        )

    @property
    def max_tokens(self) -> int | None:
        """How many tokens of a text the model reads, special ones included; what follows is left out. None: all of them.

        An embedder with a number here also says what it counts (:meth:`count_tokens`), so that a fit can tell which documents are
        cut, and divide them with ``BERTopic(chunking="auto")``.
        """
        return None

    def count_tokens(self, documents: Sequence[str]) -> IntVector:
        """Tokens of each text as the model counts them, special ones included: shape (n,)."""
        raise LeitmotifError(f"{type(self).__name__} does not count tokens: override count_tokens(documents)")

    def embed_words(self, words: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of words or short phrases, shape (n, d); those of :meth:`embed` unless overridden."""
        return self.embed(words, verbose)

    def embed_documents(self, document: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of documents, shape (n, d); those of :meth:`embed` unless overridden."""
        return self.embed(document, verbose)


def token_counts(tokenizer: Any, documents: Sequence[str]) -> IntVector:
    """Tokens of each text by a tokenizer of transformers, special ones included and nothing cut: shape (n,)."""
    if not len(documents):
        return np.empty(0, dtype=np.int64)
    found = tokenizer(list(documents), truncation=False, padding=False, verbose=False)["input_ids"]
    return np.fromiter(map(len, found), dtype=np.int64, count=len(documents))


def checked(found: Any, n_documents: int, source: str) -> FloatMatrix:
    """What a model gave, as a finite float array of shape (n_documents, d).

    Parameters
    ----------
    found : array-like or tensor
        float32 and float64 keep their type; everything else becomes float32.
    n_documents : int
    source : str
        Who gave it; for the message.

    Raises
    ------
    EmbeddingsError
        Not numbers, not two-dimensional, another number of rows, or values that are not finite.
    """
    if hasattr(found, "detach"):  # a torch tensor, wherever it lies
        found = found.detach().cpu().float().numpy()
    if hasattr(found, "toarray"):
        found = found.toarray()
    try:
        vectors = np.asarray(found)
        if vectors.dtype not in (np.float32, np.float64):
            vectors = vectors.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise EmbeddingsError(f"{source} gave {_described(found)}, not an array of numbers: {error}") from error
    if n_documents == 0 and vectors.size == 0:
        return vectors.reshape(0, vectors.shape[1] if vectors.ndim == 2 else 0)
    if vectors.ndim != 2 or len(vectors) != n_documents:
        raise EmbeddingsError(
            f"{source} gave {_described(found)} for {n_documents} texts; it must give one row of numbers a text, "
            f"shape ({n_documents}, d)"
        )
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise EmbeddingsError(
            f"{source} gave values that are not finite for {len(bad)} of {n_documents} texts, the first at position {bad[0]}"
        )
    return vectors


def _described(found: Any) -> str:
    shape = getattr(found, "shape", None)
    kind = type(found).__name__
    if shape is not None:
        return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} of shape {tuple(shape)}"
    return f"a {kind} of length {len(found)}" if hasattr(found, "__len__") else f"{found!r:.80}"
