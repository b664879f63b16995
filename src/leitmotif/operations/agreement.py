"""How well topics agree with somebody's classes of the documents."""

from __future__ import annotations

from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.typing import OUTLIER, FloatVector, IntVector
from leitmotif.validation import as_topics

__all__ = ["agreement", "purities"]


def agreement(topics: Any, labels: Any) -> dict[str, float]:
    """Numbers that compare topics with classes, from their contingency table.

    Parameters
    ----------
    topics : sequence of int, length N
        -1 for outliers, which count as one topic of their own, except in the number of topics.
    labels : sequence, length N
        Classes of any type; missing values are one class.

    Returns
    -------
    dict of str to float
        ``ami``, ``ari``: adjusted mutual information and Rand index, 1 for the same partition and about 0 by chance;
        ``v_measure``, ``fmi`` (Fowlkes and Mallows), ``purity``: 1 for the same partition, larger than 0 by chance, and the more
        topics the larger; ``n_labels``; ``topic_count_error``: |topics - classes| / classes.

    Raises
    ------
    InvalidInputError
        Another number of labels than topics.

    Examples
    --------
    >>> {name: round(value, 2) for name, value in agreement([0, 0, 1, 2], ["a", "a", "b", "b"]).items()}
    {'ami': 0.57, 'ari': 0.57, 'v_measure': 0.8, 'fmi': 0.71, 'purity': 1.0, 'n_labels': 2.0, 'topic_count_error': 0.5}
    """
    from sklearn import metrics

    found, classes = _checked(topics, labels)
    table = metrics.cluster.contingency_matrix(classes, found, sparse=True)
    n_labels, n_topics = len(np.unique(classes)), len(np.unique(found[found != OUTLIER]))
    return {
        "ami": float(metrics.adjusted_mutual_info_score(classes, found)),
        "ari": float(metrics.adjusted_rand_score(classes, found)),
        "v_measure": float(metrics.v_measure_score(classes, found)),
        "fmi": float(metrics.fowlkes_mallows_score(classes, found)),
        "purity": float(table.max(axis=0).sum() / max(table.sum(), 1)),
        "n_labels": float(n_labels),
        "topic_count_error": abs(n_topics - n_labels) / max(n_labels, 1),
    }


def purities(topics: Any, labels: Any, wanted: IntVector) -> FloatVector:
    """Share of the most frequent class among the documents of each wanted topic, shape (len(wanted),); NaN without any."""
    from scipy.sparse import coo_matrix

    found, classes = _checked(topics, labels)
    ids, row = np.unique(found, return_inverse=True)
    table = coo_matrix((np.ones(len(row)), (row, classes))).tocsr()
    largest = table.max(axis=1).toarray().ravel() if len(ids) else np.empty(0)
    share = dict(zip(ids.tolist(), (largest / np.bincount(row)).tolist(), strict=True))
    return np.array([share.get(topic, np.nan) for topic in wanted.tolist()])


def _checked(topics: Any, labels: Any) -> tuple[IntVector, IntVector]:
    """Topics, and the classes as numbers from 0."""
    import pandas as pd

    found = as_topics(topics, len(topics))
    classes = pd.factorize(pd.Series(labels).reset_index(drop=True), use_na_sentinel=False)[0]
    if len(classes) != len(found):
        raise InvalidInputError(f"labels has {len(classes)} values for {len(found)} documents; pass one a document")
    return found, classes.astype(np.int64)
