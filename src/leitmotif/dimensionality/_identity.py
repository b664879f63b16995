"""The reduction that reduces nothing."""

from __future__ import annotations

from typing import Any

__all__ = ["BaseDimensionalityReduction"]


class BaseDimensionalityReduction:
    """Leaves embeddings as they are; base class of reducers of one's own.

    With it as ``umap_model``, clustering sees the embeddings themselves.

    Examples
    --------
    >>> BaseDimensionalityReduction().fit().transform([[1.0, 2.0]])
    [[1.0, 2.0]]
    """

    @property
    def does_nothing(self) -> bool:
        """Whether embeddings stay as they are."""
        own, base = type(self), BaseDimensionalityReduction
        return own.fit is base.fit and own.transform is base.transform and own.fit_transform is base.fit_transform

    def fit(self, X: Any = None, y: Any = None) -> BaseDimensionalityReduction:  # noqa: ARG002 - scikit-learn's signature
        """Learn nothing."""
        return self

    def transform(self, X: Any) -> Any:
        """Give X back."""
        return X

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Give X back."""
        return self.fit(X, y).transform(X)
