"""Spanning tree, condensed tree and selection against slow, plain versions and against hdbscan's own extraction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leitmotif.kernels import _native, density


def plain_tree(x: np.ndarray, min_samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kruskal on the full graph, edges ordered by (weight, distance, smaller row, larger row)."""
    n = len(x)
    square = np.zeros((n, n))
    for k in range(x.shape[1]):
        square += (x[:, k, None] - x[None, :, k]) ** 2
    core = np.sort(square + np.diag(np.full(n, np.inf)), axis=1)[:, min_samples - 1]
    i, j = np.triu_indices(n, 1)
    weight = np.maximum(square[i, j], np.maximum(core[i], core[j]))
    parent = list(range(n))

    def root(v: int) -> int:
        while parent[v] != v:
            v = parent[v]
        return v

    edges = []
    for e in np.lexsort((j, i, square[i, j], weight)):
        a, b = root(int(i[e])), root(int(j[e]))
        if a != b:
            parent[a] = b
            edges.append((int(i[e]), int(j[e]), float(np.sqrt(weight[e]))))
    return np.array([e[:2] for e in edges]), np.array([e[2] for e in edges]), np.sqrt(core)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(2, 90),
    d=st.integers(1, 6),
    min_samples=st.integers(1, 12),
    levels=st.sampled_from([2, 4, 0]),
    seed=st.integers(0, 10**6),
)
def test_tree_is_kruskals_even_where_points_coincide(n: int, d: int, min_samples: int, levels: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) if levels == 0 else rng.integers(0, levels, size=(n, d)).astype(float)
    min_samples = min(min_samples, n - 1)
    wanted = plain_tree(x, min_samples)
    for threads in (1, 3):
        tree = density.linkage(x, min_samples, n_threads=threads)
        assert np.array_equal(tree.ends, wanted[0])
        np.testing.assert_array_equal(tree.distances, wanted[1])
        np.testing.assert_array_equal(tree.core, wanted[2])


def test_nearest_rows_of_a_tree_are_exact() -> None:
    rng = np.random.default_rng(0)
    x, q = rng.normal(size=(700, 4)), rng.normal(size=(50, 4))
    rows, distances = _native.tree_neighbors(x, q, 9, 2)
    full = np.sqrt(((q[:, None] - x[None]) ** 2).sum(axis=2))
    assert np.array_equal(rows, np.argsort(full, axis=1)[:, :9])
    np.testing.assert_allclose(distances, np.sort(full, axis=1)[:, :9], rtol=1e-12)


def test_all_points_equal_takes_no_quadratic_time() -> None:
    tree = density.linkage(np.zeros((30_000, 3)), 5)
    assert (tree.distances == 0).all() and tree.sizes[-1] == 30_000


def data_sets() -> dict[str, np.ndarray]:
    datasets = pytest.importorskip("sklearn.datasets")
    rng = np.random.default_rng(7)
    return {
        "blobs": datasets.make_blobs(700, centers=9, n_features=3, random_state=1)[0],
        "moons": datasets.make_moons(500, noise=0.06, random_state=1)[0],
        "noise": rng.uniform(size=(400, 2)),
        "grid": np.stack(np.meshgrid(range(16), range(16)), -1).reshape(-1, 2).astype(float),
        "copies": np.repeat(rng.normal(size=(80, 2)), rng.integers(1, 12, 80), axis=0),
        "iris": datasets.load_iris().data,
        "wine": datasets.load_wine().data,
        "equal": np.zeros((40, 2)),
    }


OPTIONS: list[dict[str, object]] = [
    {},
    {"cluster_selection_method": "leaf"},
    {"allow_single_cluster": True},
    {"cluster_selection_epsilon": 0.25},
    {"cluster_selection_epsilon": 0.25, "cluster_selection_method": "leaf"},
    {"cluster_selection_epsilon": 0.25, "allow_single_cluster": True},
    {"max_cluster_size": 60},
]


@pytest.mark.peers
@pytest.mark.parametrize("name", ["blobs", "moons", "noise", "grid", "copies", "iris", "wine", "equal"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(map(str, o.values())) or "default")
def test_extraction_equals_hdbscans_label_for_label(name: str, options: dict[str, object]) -> None:
    """The same dendrogram in gives the same labels, strengths, persistence and outlier scores out."""
    hdbscan = pytest.importorskip("hdbscan")
    x = data_sets()[name]
    peer = hdbscan.HDBSCAN(min_cluster_size=8, approx_min_span_tree=False, **options).fit(x)
    merges = peer.single_linkage_tree_.to_numpy()
    tree = density.condense(
        density.Linkage(
            np.empty((0, 2), np.int64),
            np.ascontiguousarray(merges[:, 2]),
            np.zeros(len(x)),
            np.ascontiguousarray(merges[:, :2]).astype(np.int64),
            merges[:, 3].astype(np.int64),
        ),
        8,
    )
    epsilon = float(options.get("cluster_selection_epsilon", 0.0))  # type: ignore[arg-type]
    chosen = density.select(
        tree,
        method=str(options.get("cluster_selection_method", "eom")),
        epsilon=epsilon,
        allow_single_cluster=bool(options.get("allow_single_cluster", False)),
        max_cluster_size=int(options.get("max_cluster_size", 0)),  # type: ignore[call-overload]
    )
    ours = density.label_points(tree, chosen, epsilon=epsilon)
    assert np.array_equal(ours.labels, peer.labels_)
    np.testing.assert_array_equal(ours.probabilities, peer.probabilities_)
    if epsilon == 0.0:  # with epsilon the library reports the sum below a lifted cluster, not the cluster's own
        np.testing.assert_allclose(ours.persistence, peer.cluster_persistence_, rtol=1e-12)
    np.testing.assert_allclose(density.outlier_scores(tree), np.nan_to_num(peer.outlier_scores_), rtol=1e-12)


@pytest.mark.peers
@pytest.mark.parametrize("name", ["blobs", "moons", "noise", "grid", "copies", "iris", "wine"])
def test_heights_of_the_tree_are_hdbscans(name: str) -> None:
    """The sorted weights of every exact minimum spanning tree are the same, whatever the ties."""
    hdbscan = pytest.importorskip("hdbscan")
    x = data_sets()[name]
    peer = hdbscan.HDBSCAN(min_cluster_size=8, approx_min_span_tree=False).fit(x)
    np.testing.assert_allclose(
        density.linkage(x, 8).distances, peer.single_linkage_tree_.to_numpy()[:, 2], rtol=1e-9, atol=1e-12
    )


def test_condensed_tree_of_two_groups_by_hand() -> None:
    # Two chains of three points with steps of 1 on a line, 10 apart; min_samples 1, so heights are plain distances.
    x = np.array([[0.0], [1.0], [2.0], [12.0], [13.0], [14.0]])
    tree = density.condense(density.linkage(x, 1), 3)
    frame = tree.to_pandas()
    assert frame[frame.child >= 6].values.tolist() == [[6, 7, 0.1, 3], [6, 8, 0.1, 3]]
    assert set(frame[frame.parent == 7].child) in ({0, 1, 2}, {3, 4, 5})
    assert (frame[frame.child < 6].lambda_val == 1.0).all()
    assert tree.stability.tolist() == pytest.approx([0.1 * 6, 0.9 * 3, 0.9 * 3])
    picked = density.label_points(tree, density.select(tree))
    assert picked.labels.tolist() in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    assert picked.probabilities.tolist() == [1.0] * 6
