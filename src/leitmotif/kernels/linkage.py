"""Hierarchical clustering of topic vectors: distances, the merge tree, and what lies under its nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import _native
from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix

__all__ = ["condensed_distances", "cosine_distances", "node_members", "topic_linkage", "validate_distance_matrix"]

DECIMALS = 12
"""Distances are rounded to this many decimals, so that those that differ by rounding errors only are equal."""

ROUNDING = 1e-5
"""What a distance of zero may be off by: ``1 - cosine_similarity(x)`` of float32 is off by a few 1e-7."""

ORDERED_UP_TO = 500
"""Most topics for which leaves are put in their optimal order, which costs O(n^3)."""


def cosine_distances(X: FloatMatrix | SparseMatrix) -> FloatMatrix:
    """``1 - cosine`` between all rows.

    Parameters
    ----------
    X : ndarray or sparse matrix, shape (n, d)

    Returns
    -------
    ndarray of float64, shape (n, n)
        Symmetrical, in [0, 2], zero on the diagonal. A zero row is at distance 1 from every other.
        Rounded to 12 decimals, which makes the result independent of the number of BLAS threads. Cost O(n^2 d).
    """
    from scipy.sparse import issparse

    if issparse(X):
        sparse: Any = X
        similarity = _products(sparse.tocsr())
    else:
        dense = np.asarray(X, dtype=np.float64)
        norms = np.linalg.norm(dense, axis=1, keepdims=True)
        dense = dense / np.where(norms > 0, norms, 1.0)
        similarity = dense @ dense.T
    distances: FloatMatrix = np.round(1.0 - (similarity + similarity.T) / 2.0, DECIMALS)
    np.fill_diagonal(distances, 0.0)
    np.clip(distances, 0.0, 2.0, out=distances)
    return distances


def _products(rows: SparseMatrix) -> FloatMatrix:
    """Cosines of all pairs of different rows. The diagonal is not that of the cosines."""
    data = np.asarray(rows.data, dtype=np.float64)
    indptr = rows.indptr.astype(np.int64)
    norms = (
        np.array([np.sqrt(np.dot(row, row)) for row in np.split(data, indptr[1:-1])]) if rows.shape[0] else np.empty(0)
    )
    norms = np.where(norms > 0, norms, 1.0)
    products: FloatMatrix = _native.pair_products(
        indptr, rows.indices.astype(np.int32, copy=False), data, rows.shape[1]
    )
    products /= norms[:, None]
    products /= norms
    return products


def validate_distance_matrix(X: Any, n_samples: int) -> FloatMatrix:
    """A distance matrix in condensed form, or an error that says what is wrong with it.

    Parameters
    ----------
    X : array-like or sparse matrix
        Square, shape (n_samples, n_samples), symmetrical with a zero diagonal; or condensed (the upper
        triangle row by row), shape (n_samples * (n_samples - 1) / 2,). Values that rounding has made a little less than
        zero, and a diagonal that it has made a little different from zero, are taken as zero.
    n_samples : int

    Returns
    -------
    ndarray of float64, shape (n_samples * (n_samples - 1) / 2,)

    Raises
    ------
    InvalidInputError
        Another shape, values that are negative or not finite, a matrix that is not symmetrical or
        has a diagonal other than zero.
    """
    from scipy.sparse import issparse

    distances = np.asarray(X.toarray() if issparse(X) else X, dtype=np.float64)
    n_pairs = n_samples * (n_samples - 1) // 2
    if not np.isfinite(distances).all():
        raise InvalidInputError("the distance matrix holds NaN or infinite values; return finite distances")
    distances = np.where((distances < 0) & (distances >= -ROUNDING), 0.0, distances)
    if (distances < 0).any():
        raise InvalidInputError(
            f"distance matrix cannot contain negative values, and the smallest is {distances.min():.3g}; "
            "return distances, not similarities"
        )
    if distances.shape == (n_pairs,):
        return distances
    if distances.shape != (n_samples, n_samples):
        raise InvalidInputError(
            f"the distance matrix has shape {distances.shape}; return a square one of shape ({n_samples}, {n_samples}) "
            f"or a condensed one of shape ({n_pairs},)"
        )
    if not np.allclose(distances, distances.T, atol=ROUNDING):
        raise InvalidInputError("the distance matrix is not symmetrical; return one with D[i, j] == D[j, i]")
    if not np.allclose(np.diagonal(distances), 0.0, atol=ROUNDING):
        raise InvalidInputError(
            "the distance matrix must have zeros on its diagonal; return distances, not similarities"
        )
    return distances[np.triu_indices(n_samples, 1)]


def condensed_distances(
    X: FloatMatrix | SparseMatrix, distance_function: Callable[[Any], Any] | None = None
) -> FloatMatrix:
    """Distances between all pairs of rows, condensed and rounded; cosine distances unless told otherwise.

    Parameters
    ----------
    X : ndarray or sparse matrix, shape (n, d)
    distance_function : callable, optional
        From ``X`` to a square or condensed distance matrix.

    Raises
    ------
    InvalidInputError
        ``distance_function`` gave something that is not a distance matrix (:func:`validate_distance_matrix`).
    """
    n = int(X.shape[0])
    if distance_function is None:
        return cosine_distances(X)[np.triu(np.ones((n, n), dtype=bool), 1)]
    return np.round(validate_distance_matrix(distance_function(X), n), DECIMALS)


def topic_linkage(
    X: FloatMatrix | SparseMatrix,
    distance_function: Callable[[Any], Any] | None = None,
    linkage_function: Callable[[Any], Any] | None = None,
) -> FloatMatrix:
    """The tree of merges of topic vectors, as SciPy's linkage matrix.

    Equal distances stay equal: pairs are then merged in an order that depends on the row numbers
    only, never on noise. The steps of the tree are its rows, so nothing needs distances that differ.

    Parameters
    ----------
    X : ndarray or sparse matrix, shape (n, d)
        One row a topic, the outlier topic left out.
    distance_function : callable, optional
        From ``X`` to a square or condensed distance matrix; ``1 - cosine`` by default.
    linkage_function : callable, optional
        From condensed distances to a linkage matrix; Ward's method with leaves in optimal order
        (up to 500 topics; beyond that the order costs O(n^3)) by default.

    Returns
    -------
    ndarray of float64, shape (n - 1, 4)
        Row i makes node ``n + i`` of the nodes in columns 0 and 1, at the distance in column 2; column 3 counts
        topics. No rows for fewer than two topics. Cost O(n^2 d).

    Raises
    ------
    InvalidInputError
        One of the functions gave something of the wrong form.

    References
    ----------
    Ward (1963), Hierarchical grouping to optimize an objective function. Bar-Joseph, Gifford and Jaakkola (2001), Fast
    optimal leaf ordering for hierarchical clustering.
    """
    from scipy.cluster.hierarchy import is_valid_linkage, linkage

    n = int(X.shape[0])
    distances = condensed_distances(X, distance_function)
    if n < 2:
        return np.empty((0, 4))
    if linkage_function is None:
        return np.asarray(linkage(distances, "ward", optimal_ordering=n <= ORDERED_UP_TO))
    tree = np.asarray(linkage_function(distances), dtype=np.float64)
    if tree.shape != (n - 1, 4) or not is_valid_linkage(tree):
        raise InvalidInputError(
            f"linkage_function gave an array of shape {tree.shape} that is not a linkage matrix of {n} topics; return "
            f"what scipy.cluster.hierarchy.linkage returns, of shape ({n - 1}, 4)"
        )
    return tree


def node_members(tree: FloatMatrix) -> list[IntVector]:
    """Leaves under every node of a linkage matrix, ascending: n leaves first, then the n - 1 merges.

    Cost O(n^2) at worst (a chain).
    """
    n = len(tree) + 1
    members = [np.array([leaf], dtype=np.int64) for leaf in range(n)]
    for left, right in tree[:, :2].astype(np.int64):
        members.append(np.sort(np.concatenate([members[left], members[right]])))
    return members
