"""Places on a plane for a few vectors: maps of topics. Layouts of whole corpora are a reducer's work."""

from __future__ import annotations

from typing import Any

import numpy as np

from leitmotif.kernels.linkage import cosine_distances
from leitmotif.typing import FloatMatrix, FloatVector, SparseMatrix

__all__ = [
    "classical_scaling",
    "in_unit_square",
    "neighbor_embedding",
    "principal_plane",
    "separate_discs",
    "topic_map",
]

MDS_UP_TO = 9
"""Up to so many points all distances can be shown; with more, neighbours matter more than the far ones."""

DENSE_UP_TO = 300
DECIMALS = 6
GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


def topic_map(vectors: FloatMatrix | SparseMatrix) -> FloatMatrix:
    """Places in the unit square for topic vectors, similar ones (cosine) side by side.

    Classical scaling of the cosine distances for a few topics, and from there an embedding of their
    neighbourhoods for more. No random numbers: the same vectors always give the same map.

    Parameters
    ----------
    vectors : ndarray or sparse matrix, shape (n, d)

    Returns
    -------
    ndarray of float64, shape (n, 2), in [0, 1]
        Cost O(n^2) a step, a few seconds for 2,000 topics.
    """
    distances = cosine_distances(vectors)
    n = len(distances)
    points = classical_scaling(distances)
    if n > MDS_UP_TO:
        points = _upright(neighbor_embedding(distances, points, perplexity=min(15.0, (n - 1) / 4.0)))
    return in_unit_square(points)


def classical_scaling(distances: FloatMatrix) -> FloatMatrix:
    """Points on a plane whose distances are as given, as well as a plane allows (Torgerson, 1952).

    The two leading eigenvectors of the doubly centred squared distances; the sign of each axis is such that
    its largest coordinate is positive.

    Parameters
    ----------
    distances : ndarray, shape (n, n)

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Cost O(n^2) a step of Lanczos' method, O(n^3) up to 300 points.
    """
    from scipy.linalg import eigh
    from scipy.sparse.linalg import eigsh

    n = len(distances)
    points = np.zeros((n, 2))
    if n < 2:
        return points
    squared = np.asarray(distances, dtype=np.float64) ** 2
    means = squared.mean(axis=0)
    inner = -0.5 * (squared - means[:, None] - means[None, :] + means.mean())
    n_axes = min(2, n - 1)
    if n <= DENSE_UP_TO:
        values, vectors = eigh(inner, subset_by_index=(n - n_axes, n - 1))
    else:
        values, vectors = eigsh(inner, k=n_axes, which="LA", v0=_sunflower(n).sum(axis=1), tol=1e-8)
    axes = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
    points[:, :n_axes] = axes
    return _fixed_signs(points)


def principal_plane(X: FloatMatrix) -> FloatMatrix:
    """The rows of ``X`` projected on their two principal axes, signs fixed as in :func:`classical_scaling`.

    Parameters
    ----------
    X : ndarray, shape (n, d)

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Cost O(n d^2).
    """
    from scipy.linalg import eigh

    rows = np.asarray(X, dtype=np.float64)
    points = np.zeros((len(rows), 2))
    if not len(rows):
        return points
    rows = rows - rows.mean(axis=0)
    d = rows.shape[1]
    n_axes = min(2, d)
    _, axes = eigh(rows.T @ rows, subset_by_index=(d - n_axes, d - 1))
    points[:, :n_axes] = rows @ axes[:, ::-1]
    return _fixed_signs(points)


def neighbor_embedding(distances: FloatMatrix, start: FloatMatrix, perplexity: float) -> FloatMatrix:
    """A plane in which close points stay close, from a first guess (t-SNE, van der Maaten & Hinton, JMLR 2008).

    Attraction runs over the ``3 * perplexity`` nearest neighbours only, repulsion over all pairs. Sums have a fixed
    order, no BLAS.

    Parameters
    ----------
    distances : ndarray of float64, shape (n, n)
    start : ndarray, shape (n, 2)
        Rounded and scaled down before use.
    perplexity : float
        About how many neighbours count.

    Returns
    -------
    ndarray of float64, shape (n, 2)
    """
    n = len(distances)
    rows, columns, strength = _neighbor_strengths(distances, perplexity)
    spread = float(np.abs(start).max()) or 1.0
    points = np.round(start / spread, DECIMALS)
    points += 1e-3 * _sunflower(n)  # equal points could never part
    points *= 1e-2
    velocity = np.zeros_like(points)
    n_steps = int(np.clip(250_000 // n, 125, 500))
    pace = max(n / 12.0, 20.0)
    for step in range(n_steps):
        early = step < n_steps // 4
        gap = points[rows] - points[columns]
        pull = strength * (12.0 if early else 1.0) / (1.0 + gap[:, 0] ** 2 + gap[:, 1] ** 2)
        attraction = np.stack([np.bincount(rows, pull * gap[:, axis], minlength=n) for axis in (0, 1)], axis=1)
        gradient = 4.0 * (attraction - _repulsion(points))
        velocity = (0.5 if early else 0.8) * velocity - pace * gradient
        length = np.sqrt((velocity**2).sum(axis=1, keepdims=True))
        velocity *= np.minimum(1.0, 5.0 / np.maximum(length, 1e-12))  # few points, long steps
        points = points + velocity
        points -= points.mean(axis=0)
    return points


def separate_discs(points: FloatMatrix, radii: FloatVector, n_steps: int = 80) -> FloatMatrix:
    """The same points, pushed apart until discs of the given radii overlap by a tenth at most, or steps run out.

    Parameters
    ----------
    points : ndarray of float64, shape (n, 2)
    radii : ndarray, shape (n,)
        In the unit of the points.
    """
    from scipy.spatial import cKDTree

    moved = np.array(points, dtype=np.float64)
    if len(moved) < 2:
        return moved
    moved += 1e-6 * float(np.max(radii)) * _sunflower(len(moved))
    reach = 2.0 * float(np.max(radii))
    for _ in range(n_steps):
        pairs = cKDTree(moved).query_pairs(reach, output_type="ndarray")
        if not len(pairs):
            break
        a, b = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].T
        gap = moved[a] - moved[b]
        length = np.maximum(np.sqrt((gap**2).sum(axis=1)), 1e-12)
        push = np.maximum(0.9 * (radii[a] + radii[b]) - length, 0.0)
        if not push.any():
            break
        shift = gap * (0.5 * push / length)[:, None]
        for axis in (0, 1):
            moved[:, axis] += np.bincount(a, shift[:, axis], minlength=len(moved))
            moved[:, axis] -= np.bincount(b, shift[:, axis], minlength=len(moved))
    return moved


def in_unit_square(points: FloatMatrix) -> FloatMatrix:
    """Points shifted and scaled, with the proportions kept, so that they fill [0, 1] and are centred in it."""
    if not len(points):
        return points
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    if extent <= 0:
        return np.full_like(points, 0.5)
    scaled: FloatMatrix = np.round((points - (low + high) / 2.0) / extent + 0.5, DECIMALS)
    return scaled


def _neighbor_strengths(distances: FloatMatrix, perplexity: float) -> tuple[Any, Any, FloatVector]:
    """Symmetrical strengths between nearest neighbours, summing to one: (rows, columns, strengths)."""
    from scipy.sparse import csr_matrix

    n = len(distances)
    k = int(np.clip(np.ceil(3 * perplexity), 1, n - 1))
    others = np.array(distances)
    np.fill_diagonal(others, np.inf)
    neighbors = np.argsort(others, axis=1, kind="stable")[:, :k]
    near = np.take_along_axis(others, neighbors, axis=1) ** 2
    near -= near.min(axis=1, keepdims=True)
    scale = np.maximum(near.max(axis=1, keepdims=True), 1e-12)
    near /= scale
    low, high = np.full(n, 1e-3), np.full(n, 1e4)
    target = np.log(perplexity)
    for _ in range(40):  # bisection on the precision of each point's Gaussian, on a log scale
        precision = np.sqrt(low * high)
        weights = np.exp(-near * precision[:, None])
        weights /= weights.sum(axis=1, keepdims=True)
        entropy = -(weights * np.log(np.maximum(weights, 1e-300))).sum(axis=1)
        too_wide = entropy > target
        low = np.where(too_wide, precision, low)
        high = np.where(too_wide, high, precision)
    matrix = csr_matrix((weights.ravel(), neighbors.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    both: Any = ((matrix + matrix.T) / (2.0 * n)).tocoo()
    order = np.lexsort((both.col, both.row))
    return both.row[order], both.col[order], both.data[order]


def _repulsion(points: FloatMatrix, block: int = 64) -> FloatMatrix:
    """Mean push on each point by all others with Student-t weights, shape (n, 2), in single precision.

    It is most of the work: blocks stay in the cache, and nothing is allocated within them that need not be.
    """
    x, y = points[:, 0].astype(np.float32), points[:, 1].astype(np.float32)
    push = np.empty_like(points)
    total = -float(len(points))  # without the points themselves
    for start in range(0, len(points), block):
        dx = x[start : start + block, None] - x[None, :]
        dy = y[start : start + block, None] - y[None, :]
        weight = dx * dx
        weight += dy * dy
        weight += 1.0
        np.reciprocal(weight, out=weight)
        total += float(weight.sum())
        weight *= weight
        push[start : start + block, 0] = np.einsum("ij,ij->i", weight, dx)
        push[start : start + block, 1] = np.einsum("ij,ij->i", weight, dy)
    push /= max(total, 1e-12)
    return push


def _upright(points: FloatMatrix) -> FloatMatrix:
    """Points turned to their principal axes, the shorter one stretched up to threefold to fill a square.

    Neighbours tell something in such a map, directions and far distances do not.
    """
    turned = principal_plane(points)
    extent = np.ptp(turned, axis=0)
    turned *= np.clip(0.85 * extent.max() / np.maximum(extent, 1e-12), 1.0, 3.0)
    return turned


def _sunflower(n: int) -> FloatMatrix:
    """Points, n of them, spread evenly over the unit disc, none of them equal (Vogel, 1979)."""
    steps = np.arange(n, dtype=np.float64)
    radius = np.sqrt((steps + 0.5) / max(n, 1))
    return np.stack([radius * np.cos(steps * GOLDEN_ANGLE), radius * np.sin(steps * GOLDEN_ANGLE)], axis=1)


def _fixed_signs(points: FloatMatrix) -> FloatMatrix:
    """Each axis mirrored where needed: its coordinate farthest from zero (the first of equal ones) is positive."""
    for axis in range(points.shape[1]):
        column = np.round(points[:, axis], 9)
        if len(column) and column[np.argmax(np.abs(column))] < 0:
            points[:, axis] = -points[:, axis]
    return points
