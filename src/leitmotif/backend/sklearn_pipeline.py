"""scikit-learn pipelines as embedders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.typing import FloatMatrix

__all__ = ["SklearnEmbedder"]


class SklearnEmbedder(BaseEmbedder):
    """Embeddings by a pipeline such as ``make_pipeline(TfidfVectorizer(), TruncatedSVD(100))``.

    Parameters
    ----------
    pipe : sklearn.pipeline.Pipeline
        From texts to numbers. One that is not fitted is fitted on the first texts that are embedded.
    """

    def __init__(self, pipe: Any) -> None:
        super().__init__(pipe)
        self.pipe = pipe

    def embed(self, documents: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d)."""
        try:
            check_is_fitted(self.pipe)
        except NotFittedError:
            # Fitting and transforming are two steps, so that the same texts give the same rows on every later call.
            self.pipe.fit(list(documents))
        return checked(self.pipe.transform(list(documents)), len(documents), "the scikit-learn pipeline")
