"""What the default clusterer changes with the number of points, so that parts of a corpus have as many topics as the whole."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from leitmotif.typing import SparseMatrix

__all__ = ["evened", "evening", "resolution", "smallest_cluster"]

# The 15 neighbours of a document reach as far among 5,000 as 60 would among 20,000: the more documents, the more evenly all 15
# count, and the fewer groups of near repetitions come apart. Weights are raised to (FEW / n)^EVENING, n from FEW to LARGE.
FEW, LARGE, EVENING = 5_000, 20_000, 0.75
# (points, resolution), between them straight lines of the logarithms; constant from the last on. Below the first fewer
# documents show fewer topics: (n / SMALL)^RISE. Measured by ``benchmarks/quality.py counts``.
SMALL, RISE = 1_000, 0.17
RESOLUTIONS = ((2_250, 2.25**RISE), (FEW, 1.5), (LARGE, 1.25))
# A cluster has at least a point in so many, within these bounds.
POINTS_A_CLUSTER = 400
SMALLEST = (10, 50)


def resolution(n: int) -> float:
    """γ of modularity for n points."""
    if n < RESOLUTIONS[0][0]:
        return float((max(n, 1) / SMALL) ** RISE)
    points, resolutions = np.log(np.array(RESOLUTIONS)).T
    return float(np.exp(np.interp(np.log(n), points, resolutions)))


def smallest_cluster(n: int) -> int:
    """Points that a cluster of n points has at least."""
    return int(np.clip(n // POINTS_A_CLUSTER, *SMALLEST))


def evening(n: int) -> float:
    """Power of the weights of n points, at most 1."""
    return float((FEW / np.clip(n, FEW, LARGE)) ** EVENING)


def evened(graph: SparseMatrix, n: int) -> csr_matrix:
    """A graph of n points with weights nearer to each other, the more points there are."""
    graph = csr_matrix(graph)
    if n <= FEW:
        return graph
    # Rounded to float32: powers differ in their last bits from one processor to the next.
    data = (graph.data.astype(np.float64) ** evening(n)).astype(np.float32)
    return csr_matrix((data, graph.indices, graph.indptr), shape=graph.shape)
