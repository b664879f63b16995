"""model2vec's static models as embedders, ready made or distilled with the corpus's own words."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from model2vec import StaticModel

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.typing import FloatMatrix

__all__ = ["Model2VecBackend"]


class Model2VecBackend(BaseEmbedder):
    """Embeddings by a model2vec ``StaticModel``.

    Parameters
    ----------
    embedding_model : str or StaticModel
        A model, its name or path; with ``distill``, the sentence-transformers model to distil.
    distill : bool
        Distil on the first call of :meth:`embed`, with the words of its documents as vocabulary.
    distill_kwargs : mapping, optional
        For ``model2vec.distill.distill``, such as ``{"pca_dims": 256}``.
    distill_vectorizer : vectorizer, optional
        What finds the words of the documents; scikit-learn's ``CountVectorizer()`` if None.

    Raises
    ------
    InvalidInputError
        Neither a name nor a model.
    """

    def __init__(
        self,
        embedding_model: str | StaticModel,
        distill: bool = False,
        distill_kwargs: Mapping[str, Any] | None = None,
        distill_vectorizer: Any = None,
    ) -> None:
        self._hf_model: str | None = embedding_model if isinstance(embedding_model, str) else None
        self.distill = distill
        self.distill_kwargs = dict(distill_kwargs or {})
        self.distill_vectorizer = distill_vectorizer
        self._distilled = False
        model: Any = embedding_model
        if not distill:
            if isinstance(embedding_model, str):
                model = StaticModel.from_pretrained(embedding_model)
            elif not callable(getattr(embedding_model, "encode", None)):
                raise InvalidInputError(
                    f"embedding_model is a {type(embedding_model).__name__}: pass a model2vec StaticModel or its name"
                )
        super().__init__(model)

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts: ndarray of float32, shape (n, d)."""
        if self.distill and not self._distilled:
            self.embedding_model = self._distil(documents)
            self._distilled = True
        options = {"max_length": None} if self._may_cut else {}  # by default it reads 512 tokens of a text
        found = self.embedding_model.encode(list(documents), show_progress_bar=verbose, **options)
        return checked(found, len(documents), "the model2vec model")

    @property
    def _may_cut(self) -> bool:
        return "max_length" in inspect.signature(self.embedding_model.encode).parameters

    def _distil(self, documents: Sequence[str]) -> Any:
        import numpy as np

        try:
            from model2vec.distill import distill
        except ImportError as error:
            raise MissingDependencyError(
                f"distilling needs more than model2vec itself: pip install 'model2vec[distill]' ({error})"
            ) from error

        vectorizer = self.distill_vectorizer
        if vectorizer is None:
            from sklearn.feature_extraction.text import CountVectorizer

            vectorizer = CountVectorizer()
        frequency = np.asarray(vectorizer.fit_transform(documents).sum(axis=0)).ravel()
        words = vectorizer.get_feature_names_out()
        # Commonest first: model2vec takes the order for the frequency.
        vocabulary = [str(words[j]) for j in np.argsort(-frequency, kind="stable")]
        return distill(self.embedding_model, **({"vocabulary": vocabulary} | self.distill_kwargs))
