"""The UMAP graph and its layout: McInnes, Healy & Melville (2018), arXiv:1802.03426."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from leitmotif.kernels import _native
from leitmotif.kernels.neighbors import Neighbors
from leitmotif.typing import IntVector, SparseMatrix

__all__ = [
    "curve_parameters",
    "default_epochs",
    "fuzzy_graph",
    "optimize",
    "place_queries",
    "scale_start",
    "supervise",
]

Progress = Callable[[float], object]


@lru_cache(maxsize=64)
def curve_parameters(spread: float, min_dist: float) -> tuple[float, float]:
    """The a and b of 1 / (1 + a d^2b) closest to the wanted fall-off (paper, §3.2).

    The wanted curve is 1 up to ``min_dist`` and exp(-(d - min_dist) / spread) beyond, on 300 points of
    [0, 3 spread]; least squares by Levenberg and Marquardt's method from (1, 1).
    """
    d = np.linspace(0.0, 3.0 * spread, 300)
    wanted = np.where(d < min_dist, 1.0, np.exp(-(d - min_dist) / spread))
    log_d = np.log(np.where(d > 0, d, 1.0))

    def residual(a: float, b: float) -> np.ndarray:
        return 1.0 / (1.0 + a * d ** (2 * b)) - wanted

    a, b, damping = 1.0, 1.0, 1e-3
    error = residual(a, b)
    for _ in range(200):
        power = np.where(d > 0, d ** (2 * b), 0.0)
        slope = -1.0 / (1.0 + a * power) ** 2
        jacobian = np.stack([slope * power, slope * a * power * 2 * log_d], axis=1)
        normal = jacobian.T @ jacobian
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-12), -jacobian.T @ error)
        tried = residual(max(a + step[0], 1e-6), max(b + step[1], 1e-6))
        if tried @ tried < error @ error:
            a, b, error, damping = max(a + step[0], 1e-6), max(b + step[1], 1e-6), tried, damping / 3
            if np.abs(step).max() < 1e-10:
                break
        else:
            damping *= 4
            if damping > 1e12:
                break
    return float(a), float(b)


def default_epochs(n: int) -> int:
    """500 epochs up to 10,000 points, 200 above, as umap-learn."""
    return 500 if n <= 10_000 else 200


def fuzzy_graph(
    neighbors: Neighbors,
    *,
    set_op_mix_ratio: float = 1.0,
    local_connectivity: float = 1.0,
    n_threads: int = 0,
) -> SparseMatrix:
    """The symmetric graph of membership strengths (paper, algorithms 2 and 3).

    Parameters
    ----------
    neighbors : Neighbors
        Each point's first neighbour is the point itself, at distance 0.
    set_op_mix_ratio : float
        1: fuzzy union, 0: fuzzy intersection, between: a blend.
    local_connectivity : float
        How many nearest neighbours count as fully connected.

    Returns
    -------
    csr_matrix of float32, shape (n, n)
        Symmetric, values in (0, 1], indices sorted, no diagonal.
    """
    strengths = row_strengths(neighbors, local_connectivity, n_threads)
    n, k = neighbors.indices.shape
    rows = np.repeat(np.arange(n, dtype=np.int32), k)
    columns = neighbors.indices.ravel()
    keep = (columns >= 0) & (columns != rows) & (strengths.ravel() > 0)
    directed = sp.csr_matrix((strengths.ravel()[keep], (rows[keep], columns[keep])), shape=(n, n))
    return symmetrize(directed, set_op_mix_ratio)


def row_strengths(
    neighbors: Neighbors, local_connectivity: float, n_threads: int = 0, *, alone: bool = False
) -> NDArray[np.float32]:
    """Membership of each neighbour in each point's fuzzy set, shape (n, k), in [0, 1].

    A fuzzy set is at least a thousandth of the mean distance wide: of all points, so that it is not done where a point must be
    ``alone``.
    """
    distances = np.where(np.isfinite(neighbors.distances), neighbors.distances, np.float32(0))
    distances = np.ascontiguousarray(distances, dtype=np.float32)
    strengths = np.empty_like(distances)
    floor_all = 1e-3 * float(distances.mean(dtype=np.float64)) if distances.size and not alone else 0.0
    _native.membership_strengths(distances, strengths, float(local_connectivity), floor_all, n_threads)
    return strengths


def symmetrize(directed: SparseMatrix, mix: float) -> SparseMatrix:
    """Fuzzy union, intersection, or a blend of a graph and its transpose."""
    transposed = directed.T.tocsr()
    both = directed.multiply(transposed).tocsr()
    graph = (mix * (directed + transposed - both) + (1.0 - mix) * both).tocsr()
    graph = sp.csr_matrix(graph, dtype=np.float32)
    graph.eliminate_zeros()
    graph.sort_indices()
    return graph


def supervise(graph: SparseMatrix, y: IntVector, *, target_weight: float = 0.5) -> SparseMatrix:
    """Intersect the graph with known labels: edges between different labels fade.

    Edges between two labels are multiplied by exp(-far), those with an end of unknown label (-1) by
    exp(-1); far = 2.5 / (1 - target_weight). Each row is then scaled to a maximum of 1 and the graph made symmetric again.
    """
    far = 2.5 / (1.0 - target_weight) if target_weight < 1.0 else 1e12
    coo = graph.tocoo()
    left, right = y[coo.row], y[coo.col]
    unknown = (left == -1) | (right == -1)
    factor = np.where(unknown, np.exp(-1.0), np.where(left == right, 1.0, np.exp(-far)))
    faded = sp.csr_matrix((coo.data * factor, (coo.row, coo.col)), shape=graph.shape)
    faded.eliminate_zeros()
    highest = np.asarray(faded.max(axis=1).todense()).ravel()
    scale = sp.diags(1.0 / np.where(highest > 0, highest, 1.0))
    return symmetrize((scale @ faded).tocsr(), 1.0)


def scale_start(start: np.ndarray, seed: int) -> NDArray[np.float32]:
    """Coordinates blown up to at most 10, a little noise added, each dimension then moved to [0, 10]."""
    start = np.asarray(start, dtype=np.float64)
    largest = np.abs(start).max(initial=0.0)
    if largest > 0:
        start = start * (10.0 / largest)
    start = start + np.random.default_rng([seed, 1]).normal(scale=1e-4, size=start.shape)
    return to_box(start)


def to_box(start: np.ndarray) -> NDArray[np.float32]:
    """Each dimension stretched to [0, 10]."""
    low, high = start.min(axis=0, initial=np.inf), start.max(axis=0, initial=-np.inf)
    span = np.where(high > low, high - low, 1.0)
    return np.ascontiguousarray(10.0 * (start - low) / span, dtype=np.float32)


def vertex_keys(n: int, seed: int) -> NDArray[np.uint32]:
    """A random key of each vertex, from the seed and its number alone."""
    x = np.arange(n, dtype=np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**64)
    return _mix(x)


def _mix(x: np.ndarray) -> NDArray[np.uint32]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(32)).astype(np.uint32)


def row_keys(x: NDArray[np.floating[Any]]) -> NDArray[np.uint32]:
    """A random key of each row, from the bits of its values alone: the same wherever the row stands."""
    bits = np.ascontiguousarray(x).view(np.uint32)
    factors = np.arange(1, 2 * bits.shape[1], 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return _mix(np.einsum("ij,j->i", bits, factors, dtype=np.uint64, casting="safe"))  # without a matrix of products


def sample_rates(weights: np.ndarray) -> NDArray[np.uint32]:
    """Share of epochs in which each edge is sampled (1 for the strongest), times 2^32."""
    top = float(weights.max(initial=0.0))
    share = np.asarray(weights, dtype=np.float64) / (top if top > 0 else 1.0)
    return np.minimum(share * 2.0**32, 2.0**32 - 1).astype(np.uint32)


def optimize(
    graph: SparseMatrix,
    start: NDArray[np.float32],
    *,
    n_epochs: int,
    a: float,
    b: float,
    learning_rate: float = 1.0,
    repulsion_strength: float = 1.0,
    negative_sample_rate: int = 5,
    seed: int = 42,
    n_threads: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Lay the graph out (paper, algorithm 5, as owner-computes).

    Parameters
    ----------
    graph : csr_matrix of float32, shape (n, n)
        Symmetric; edges that would be sampled less than once are left out.
    start : ndarray of float32, shape (n, c)
        Left as it is.

    Returns
    -------
    ndarray of float32, shape (n, c)

    Notes
    -----
    O(n_epochs · edges · negative_sample_rate · c). The samples of an epoch are dealt to sixteen turns; in a turn all
    coordinates stand still, each vertex adds up what its samples and those of its neighbours do to it, and all move at once.
    Random numbers are a function of (seed, vertex, edge, epoch); sixteen samples share the others they are pushed from.
    """
    y = np.array(start, dtype=np.float32, order="C")
    if not len(y) or n_epochs <= 0:
        return y
    weights = graph.data
    lowest = weights.max(initial=0.0) / (n_epochs if n_epochs > 10 else default_epochs(len(y)))
    kept = weights >= lowest
    indptr = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])[graph.indptr].astype(np.int64)
    _native.optimize_layout(
        y,
        np.empty((0, y.shape[1]), dtype=np.float32),
        indptr,
        graph.indices[kept].astype(np.int32),
        sample_rates(weights[kept]),
        vertex_keys(len(y), seed),
        int(n_epochs),
        float(learning_rate),
        float(a),
        float(b),
        float(repulsion_strength),
        int(negative_sample_rate),
        seed & 0xFFFFFFFF,
        n_threads,
        progress,
    )
    return y


def place_queries(
    neighbors: Neighbors,
    embedding: NDArray[np.float32],
    keys: NDArray[np.uint32],
    *,
    n_epochs: int,
    a: float,
    b: float,
    local_connectivity: float = 1.0,
    learning_rate: float = 1.0,
    repulsion_strength: float = 1.0,
    negative_sample_rate: int = 5,
    seed: int = 42,
    n_threads: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Coordinates of new points in a finished layout that stays as it is.

    Each new point starts at the mean of its neighbours, weighted by membership, and moves along its own edges and
    negative samples. Its place depends on itself and the layout only, not on what else is placed with it.
    """
    m, k = neighbors.indices.shape
    connected = max(0.0, local_connectivity - 1.0)
    strengths = row_strengths(_with_self(neighbors), connected, n_threads, alone=True)[:, 1:]
    columns = np.where(neighbors.indices >= 0, neighbors.indices, 0)
    strengths = np.where(neighbors.indices >= 0, strengths, np.float32(0))
    total = strengths.sum(axis=1, dtype=np.float64)
    share = strengths / np.where(total > 0, total, 1.0)[:, None]
    y = np.einsum("ij,ijk->ik", share, embedding[columns].astype(np.float64)).astype(np.float32)
    if not m or n_epochs <= 0:
        return y
    top = strengths.max(axis=1, initial=0.0)[:, None]
    # Rates are relative to the point's own strongest edge, so that they do not depend on the batch.
    share = strengths.astype(np.float64) / np.where(top > 0, top, 1.0)
    rates = np.minimum(share * 2.0**32, 2.0**32 - 1).astype(np.uint32)
    _native.optimize_layout(
        y,
        embedding,
        np.arange(0, m * k + 1, k, dtype=np.int64),
        np.ascontiguousarray(columns, dtype=np.int32).ravel(),
        rates.ravel(),
        keys,
        int(n_epochs),
        float(learning_rate),
        float(a),
        float(b),
        float(repulsion_strength),
        int(negative_sample_rate),
        seed & 0xFFFFFFFF,
        n_threads,
        progress,
    )
    return y


def _with_self(neighbors: Neighbors) -> Neighbors:
    """The neighbours of queries in the form of a fit's: the point itself first, at distance 0."""
    m = len(neighbors.indices)
    return Neighbors(
        np.hstack([np.full((m, 1), -1, dtype=np.int32), neighbors.indices]),
        np.hstack([np.zeros((m, 1), dtype=np.float32), neighbors.distances]),
    )
