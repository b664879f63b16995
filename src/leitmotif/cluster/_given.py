"""The clusterer that clusters nothing."""

from __future__ import annotations

from typing import Any

__all__ = ["BaseCluster"]


class BaseCluster:
    """Takes ``y`` as the labels; base class of clusterers of one's own.

    With it as ``hdbscan_model``, topics are the labels given to ``fit`` (manual topic modelling).

    Examples
    --------
    >>> BaseCluster().fit([[0.0], [1.0]], y=[3, 4]).labels_
    [3, 4]
    """

    @property
    def does_nothing(self) -> bool:
        """Whether the labels given are all it looks at."""
        return type(self).fit is BaseCluster.fit

    def fit(self, X: Any, y: Any = None) -> BaseCluster:  # noqa: ARG002 - scikit-learn's signature
        """Keep ``y`` as ``labels_``."""
        self.labels_ = y
        return self

    def transform(self, X: Any) -> Any:
        """Give X back."""
        return X
