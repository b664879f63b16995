"""A vocabulary and counts that grow batch by batch, and may forget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from leitmotif.errors import InvalidInputError, NotFittedError
from leitmotif.kernels.counts import count
from leitmotif.typing import SparseMatrix
from leitmotif.vectorizers.count import CountVectorizer

__all__ = ["OnlineCountVectorizer"]


class OnlineCountVectorizer(CountVectorizer):
    """Count terms of documents that arrive in batches.

    Parameters
    ----------
    decay : float in [0, 1], optional
        Which share of the earlier counts is forgotten with each batch.
    delete_min_df : float, optional
        Terms whose count over all rows is below this after a batch leave the vocabulary; they may come back.
    **kwargs
        Parameters of :class:`CountVectorizer`. With a ``vocabulary`` of one's own nothing is added to it.

    Attributes
    ----------
    X_ : csr_matrix, shape (topics, V)
        Counts of all batches; float64 with ``decay``. It is never changed in place.

    Examples
    --------
    >>> vectorizer = OnlineCountVectorizer(decay=0.5)
    >>> vectorizer.partial_fit(["red green"]).update_bow(["red green"]).toarray()
    array([[1., 1.]])
    >>> vectorizer.partial_fit(["red blue"]).update_bow(["red blue"]).toarray()
    array([[0.5, 1.5, 1. ]])
    >>> vectorizer.get_feature_names_out().tolist()
    ['green', 'red', 'blue']
    """

    def __init__(self, decay: float | None = None, delete_min_df: float | None = None, **kwargs: Any) -> None:
        self.decay = decay
        self.delete_min_df = delete_min_df
        super().__init__(**kwargs)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        # Names are read from the signature of __init__, where **kwargs hides those of the parent.
        return sorted({"decay", "delete_min_df", *CountVectorizer._get_param_names()})

    def partial_fit(self, raw_documents: Iterable[Any], y: Any = None) -> OnlineCountVectorizer:  # noqa: ARG002
        """Add the terms of a batch that are new: sorted, behind those already there."""
        if not hasattr(self, "vocabulary_"):
            self.fit(raw_documents)
            return self
        if self.fixed_vocabulary_:
            return self
        known = self.vocabulary_
        new = [term for term in self._terms_of(raw_documents) if term not in known]
        if new:
            self.adopt_terms(np.array([*self.get_feature_names_out(), *new], dtype=object))
        return self

    def update_bow(self, raw_documents: Iterable[Any]) -> SparseMatrix:
        """Add the counts of a batch to those before.

        Parameters
        ----------
        raw_documents : iterable of str
            One text a row: in online topic modelling the joined documents of each topic, in the order of the topics.

        Returns
        -------
        csr_matrix, shape (rows, V)
            A copy of ``X_``. Rows and columns that are new were 0 before; rows that are missing now get nothing.
        """
        if self.decay is not None and not 0 <= self.decay <= 1:
            raise InvalidInputError(f"decay is {self.decay}: pass a share from 0 to 1, or None")
        batch = self.transform(raw_documents)
        before: SparseMatrix | None = getattr(self, "X_", None)
        if self.decay is not None:
            batch = batch.astype(np.float64)
        if before is not None:
            shape = (max(before.shape[0], batch.shape[0]), batch.shape[1])
            kept = _grown(before, shape)
            if self.decay is not None:
                kept = kept * (1 - self.decay)
            batch = csr_matrix(kept + _grown(batch, shape))
            batch.sort_indices()
        self.X_ = batch
        if self.delete_min_df is not None:
            self._delete_rare()
        return self.X_.copy()

    def get_state(self) -> dict[str, Any]:
        """Parameters, terms and counts as plain data, for a file; :meth:`from_state` goes on from there.

        Raises
        ------
        NotFittedError
            Before the first batch.
        """
        if not hasattr(self, "X_"):
            raise NotFittedError("this OnlineCountVectorizer has counted nothing yet: call partial_fit and update_bow")
        params = {name: value for name, value in self.get_params().items() if name != "dtype"}
        return {"params": params, "terms": self.get_feature_names_out(), "X": self.X_}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> OnlineCountVectorizer:
        """The vectorizer of :meth:`get_state`."""
        made = cls(**state["params"])
        matrix, terms = csr_matrix(state["X"]), np.asarray(state["terms"], dtype=object)
        if matrix.shape[1] != len(terms):
            raise InvalidInputError(f"{len(terms)} terms do not fit counts of shape {matrix.shape}")
        made.adopt_terms(terms)
        made.X_ = matrix
        return made

    def _delete_rare(self) -> None:
        totals = np.asarray(self.X_.sum(axis=0)).ravel()
        kept = np.flatnonzero(totals >= self.delete_min_df)
        if len(kept) < len(totals) and not self.fixed_vocabulary_:
            self.adopt_terms(self.get_feature_names_out()[kept])
            self.X_ = self.X_[:, kept]

    def _terms_of(self, raw_documents: Iterable[Any]) -> list[str]:
        """Distinct terms of a batch, sorted."""
        if self._is_default():
            terms: list[str] = count(self._stream(raw_documents), self.ngram_range, self._stop_words())[1].tolist()
            return terms
        analyze = self.build_analyzer()
        return sorted({term for document in raw_documents for term in analyze(document)})


def _grown(matrix: SparseMatrix, shape: tuple[int, int]) -> SparseMatrix:
    """The same entries in a larger matrix."""
    indptr = np.concatenate([matrix.indptr, np.full(shape[0] - matrix.shape[0], matrix.indptr[-1])])
    return csr_matrix((matrix.data, matrix.indices, indptr), shape=shape)
