"""sentence-transformers models as embedders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sentence_transformers import SentenceTransformer

from leitmotif.backend.embedder import UNLIMITED, BaseEmbedder, checked, token_counts
from leitmotif.errors import InvalidInputError
from leitmotif.typing import FloatMatrix, IntVector

__all__ = ["SentenceTransformerBackend"]


class SentenceTransformerBackend(BaseEmbedder):
    """Embeddings by a sentence-transformers model.

    Parameters
    ----------
    embedding_model : str or SentenceTransformer
        A name on the Hugging Face hub, a local path, or a model. A name is kept, so that a saved model can name it.
    model2vec : bool
        ``embedding_model`` is the name of a model2vec model; it is loaded as a static embedding.

    Raises
    ------
    InvalidInputError
        Neither a name nor a model.
    """

    def __init__(self, embedding_model: str | SentenceTransformer, model2vec: bool = False) -> None:
        self._hf_model: str | None = embedding_model if isinstance(embedding_model, str) else None
        model: Any
        if isinstance(embedding_model, str):
            if model2vec:
                model = SentenceTransformer(modules=[_static_embedding().from_model2vec(embedding_model)])
            else:
                model = SentenceTransformer(embedding_model)
        elif isinstance(embedding_model, SentenceTransformer) or callable(getattr(embedding_model, "encode", None)):
            model = embedding_model
        else:
            raise InvalidInputError(
                f"embedding_model is a {type(embedding_model).__name__}: pass a SentenceTransformer or its name, "
                'such as "all-MiniLM-L6-v2"'
            )
        super().__init__(model)

    @property
    def max_tokens(self) -> int | None:
        """The model's ``max_seq_length``; None for a model that has none."""
        limit = getattr(self.embedding_model, "max_seq_length", None)
        return int(limit) if isinstance(limit, int | float) and 0 < limit < UNLIMITED else None

    def count_tokens(self, documents: Sequence[str]) -> IntVector:
        """Tokens of each text by the model's tokenizer, shape (n,)."""
        return token_counts(self.embedding_model.tokenizer, documents)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts: ndarray of float32, shape (n, d)."""
        found = self.embedding_model.encode(list(documents), show_progress_bar=verbose)
        return checked(found, len(documents), "the sentence-transformers model")


def _static_embedding() -> Any:
    try:  # where version 6 keeps it
        from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    except ImportError:
        from sentence_transformers.models import StaticEmbedding
    return StaticEmbedding
