"""c-TF-IDF as a transformer in scikit-learn's manner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags

from leitmotif.errors import InvalidInputError, NotFittedError
from leitmotif.estimator import Estimator
from leitmotif.kernels.ctfidf import class_idf, ctfidf
from leitmotif.typing import SparseMatrix

__all__ = ["ClassTfidfTransformer"]


class ClassTfidfTransformer(Estimator):
    """Weigh the terms of topics: frequent in one topic, rare in the others.

    Parameters
    ----------
    bm25_weighting : bool
        Inverse frequencies after BM25, which take more weight from words that are frequent everywhere.
    reduce_frequent_words : bool
        Square root of the term frequencies.
    seed_words : list of str, optional
        Words whose inverse frequency is multiplied with ``seed_multiplier``. The model does that, as it knows the terms
        (``multiplier`` of :meth:`fit`).
    seed_multiplier : float

    Attributes
    ----------
    idf_ : ndarray of float64, shape (V,)
        Inverse frequency of each term, finite and at least 0: words that the counts never have weigh 0, and so do words
        that BM25 would give a negative weight.

    Examples
    --------
    >>> from scipy.sparse import csr_matrix
    >>> ClassTfidfTransformer().fit_transform(csr_matrix([[2, 2, 0], [2, 0, 2]])).toarray().round(3)
    array([[0.347, 0.549, 0.   ],
           [0.347, 0.   , 0.549]])
    """

    _takes = ("two_d_array", "sparse")

    def __init__(
        self,
        bm25_weighting: bool = False,
        reduce_frequent_words: bool = False,
        seed_words: Sequence[str] | None = None,
        seed_multiplier: float = 2,
    ) -> None:
        self.bm25_weighting = bm25_weighting
        self.reduce_frequent_words = reduce_frequent_words
        self.seed_words = seed_words
        self.seed_multiplier = seed_multiplier

    def fit(self, X: SparseMatrix, multiplier: np.ndarray | None = None) -> ClassTfidfTransformer:
        """Learn the inverse frequency of each term.

        Parameters
        ----------
        X : sparse matrix, shape (T, V)
            Counts of each term in each topic.
        multiplier : ndarray of float, shape (V,), optional
            What each inverse frequency is multiplied with.

        Returns
        -------
        self
        """
        X = csr_matrix(X)
        idf = class_idf(X, bool(self.bm25_weighting))
        if multiplier is not None:
            factors = np.asarray(multiplier, dtype=np.float64)
            if factors.shape != idf.shape:
                raise InvalidInputError(
                    f"multiplier has shape {factors.shape}, but X has {len(idf)} terms: pass one factor a term"
                )
            idf = idf * factors
        self.n_features_in_ = len(idf)
        self._idf_diag = diags(idf, format="csr")
        return self

    def transform(self, X: SparseMatrix, copy: bool = True) -> SparseMatrix:  # noqa: ARG002
        """c-TF-IDF of rows of counts.

        Parameters
        ----------
        X : sparse matrix, shape (n, V)
            Counts of topics, documents or pieces of documents. Never changed.
        copy : bool
            Accepted for scikit-learn's sake; the result is always new.

        Returns
        -------
        csr_matrix of float64, shape (n, V)
        """
        idf = self.idf_
        X = csr_matrix(X)
        if X.shape[1] != len(idf):
            raise InvalidInputError(
                f"X has {X.shape[1]} terms, but the inverse frequencies were learned for {len(idf)}: "
                "count with the fitted vectorizer"
            )
        return ctfidf(X, idf, bool(self.reduce_frequent_words))

    def fit_transform(self, X: SparseMatrix, y: Any = None) -> SparseMatrix:  # noqa: ARG002 - scikit-learn's signature
        """c-TF-IDF of the topics whose counts it learns from."""
        return self.fit(X).transform(X)

    @property
    def idf_(self) -> np.ndarray:
        """Inverse frequency of each term, shape (V,)."""
        if not hasattr(self, "_idf_diag"):
            raise NotFittedError("this ClassTfidfTransformer is not fitted yet: call fit or fit_transform first")
        return np.asarray(self._idf_diag.diagonal(), dtype=np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The columns of X keep their names: those given, else ``x0``, ``x1`` and so on."""
        n = len(self.idf_)
        names = [f"x{i}" for i in range(n)] if input_features is None else list(input_features)
        if len(names) != n:
            raise InvalidInputError(f"input_features has {len(names)} names, but {n} terms were learned")
        return np.array(names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_idf_diag")
