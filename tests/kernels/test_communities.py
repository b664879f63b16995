"""Communities of graphs: known partitions, no vertex that would gain by moving, and the heights of the tree."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import adjusted_rand_score

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.communities import absorb_small, communities, community_tree, link_shares


def graph_of(edges: list[tuple[int, int]], n: int, weights: list[float] | None = None) -> csr_matrix:
    rows, columns = np.array(edges).T
    values = np.ones(len(edges)) if weights is None else np.array(weights)
    half = csr_matrix((values, (rows, columns)), shape=(n, n))
    return (half + half.T).tocsr()


def ring_of_cliques(n_cliques: int, size: int) -> csr_matrix:
    edges = [
        (c * size + a, c * size + b) for c in range(n_cliques) for a in range(size) for b in range(a + 1, size)
    ] + [(c * size, ((c + 1) % n_cliques) * size + 1) for c in range(n_cliques)]
    return graph_of(edges, n_cliques * size)


def modularity(graph: csr_matrix, labels: np.ndarray, resolution: float) -> float:
    dense = graph.toarray()
    degree = dense.sum(axis=1)
    same = labels[:, None] == labels[None, :]
    return float(((dense - resolution * np.outer(degree, degree) / degree.sum()) * same).sum() / degree.sum())


def test_a_ring_of_cliques_shows_the_limit_of_resolution():
    # Fortunato & Barthélemy 2007: with 30 cliques of 5 in a ring, pairs of cliques have the higher modularity.
    graph = ring_of_cliques(30, 5)
    cliques = np.repeat(np.arange(30), 5)
    coarse = communities(graph)
    assert modularity(graph, coarse, 1.0) >= modularity(graph, cliques // 2, 1.0) - 1e-9
    assert all(len(set(coarse[cliques == c].tolist())) == 1 for c in range(30))
    assert np.array_equal(communities(graph, resolution=4.0), cliques)


def test_no_vertex_would_gain_by_moving():
    rng = np.random.default_rng(5)
    points = rng.normal(size=(70, 3))
    distance = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    graph = csr_matrix(np.where(distance < 1.2, np.exp(-distance), 0.0) * (1 - np.eye(70)))
    for resolution in (0.5, 1.0, 3.0):
        labels = communities(graph, resolution=resolution)
        best = modularity(graph, labels, resolution)
        for vertex in range(70):
            for other in [*np.unique(labels).tolist(), 70]:
                moved = labels.copy()
                moved[vertex] = other
                assert modularity(graph, moved, resolution) <= best + 1e-9


def set_partitions(n: int) -> list[np.ndarray]:
    """All partitions of n things, as labels that grow by at most one."""
    found = [[0]]
    for _ in range(n - 1):
        found = [[*labels, c] for labels in found for c in range(max(labels) + 2)]
    return [np.array(labels) for labels in found]


def test_many_runs_find_the_best_of_all_partitions_of_small_graphs():
    every = set_partitions(7)
    assert len(every) == 877, "the Bell number of 7"
    rng = np.random.default_rng(11)
    hits = 0
    for resolution in (0.7, 1.0, 1.6):
        for _ in range(12):
            dense = np.triu((rng.random((7, 7)) < 0.6) * rng.random((7, 7)), 1)
            graph = csr_matrix(dense + dense.T)
            best = max(modularity(graph, labels, resolution) for labels in every)
            found = modularity(graph, communities(graph, resolution=resolution, runs=16), resolution)
            assert found <= best + 1e-9
            hits += found >= best - 1e-9
    assert hits >= 34, "of 36: moves of single vertices do not leave every trap"


def noisy_groups(seed: int, n: int = 600) -> csr_matrix:
    """Twelve groups that are linked to the next one nearly as much as inside."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(12), n // 12)
    near = np.abs(group[:, None] - group[None])
    dense = np.triu(rng.random((n, n)) < np.select([near == 0, near == 1], [0.10, 0.055], 0.004), 1)
    return csr_matrix((dense + dense.T).astype(float))


def test_many_runs_are_better_than_one_and_agree_more_on_nine_tenths():
    graph = noisy_groups(3)
    agreement, worth = {}, {}
    for runs in (1, 16):
        samples = []
        for seed in range(6):
            rows = np.sort(np.random.default_rng(seed).permutation(600)[:540])
            part = graph[rows][:, rows]
            samples.append((rows, part, communities(part, runs=runs)))
        worth[runs] = [modularity(part, labels, 1.0) for _, part, labels in samples]
        agreement[runs] = np.mean(
            [
                adjusted_rand_score(one[np.isin(a, b)], two[np.isin(b, a)])
                for (a, _, one), (b, _, two) in combinations(samples, 2)
            ]
        )
    assert all(many >= single - 1e-9 for single, many in zip(worth[1], worth[16], strict=True))
    assert agreement[16] > agreement[1]


def test_many_runs_are_the_same_for_any_number_of_threads_and_end_where_no_vertex_gains():
    graph = noisy_groups(4, 240)
    for resolution in (0.6, 2.0):
        labels = communities(graph, resolution=resolution, runs=16, n_threads=1)
        for n_threads in (2, 3, 7):
            assert np.array_equal(communities(graph, resolution=resolution, runs=16, n_threads=n_threads), labels)
        inside = np.eye(labels.max() + 2)[labels]
        degree = np.asarray(graph.sum(axis=1)).ravel()
        mass = degree @ inside - inside * degree[:, None]  # of each community without the vertex
        gain = graph @ inside - resolution * degree[:, None] * mass / degree.sum()
        assert np.all(gain.max(axis=1) <= gain[np.arange(240), labels] + 1e-9)


def test_groups_are_not_crossed_and_weigh_as_in_the_whole_graph():
    graph = ring_of_cliques(6, 4)
    groups = np.repeat([0, 0, 1, 1, 2, 2], 4)
    found = communities(graph, resolution=0.1, groups=groups)
    assert np.array_equal(communities(graph, resolution=0.1, groups=groups, runs=5), found)
    assert all(len(set(groups[found == c].tolist())) == 1 for c in range(found.max() + 1))
    assert np.array_equal(found, groups)


def test_small_communities_join_the_one_they_are_tied_to():
    graph = graph_of([(0, 1), (1, 2), (0, 2), (2, 3), (4, 5), (5, 6), (4, 6)], 8, [5, 5, 5, 1, 5, 5, 5])
    labels = absorb_small(graph, np.array([0, 0, 0, 1, 2, 2, 2, 3]), 3)
    assert labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 2], "the last vertex has no tie and stays"


def test_heights_are_the_resolutions_at_which_merging_pays():
    graph = ring_of_cliques(8, 6)
    tree = community_tree(graph, resolution=2.0, smallest=3)
    assert tree.n_default == tree.n_leaves == 8
    total, degree = graph.sum(), np.asarray(graph.sum(axis=1)).ravel()
    masses = degree.reshape(8, 6).sum(axis=1)
    kept, gone = tree.merges[0]
    assert tree.heights[0] == pytest.approx(1.0 * total / (masses[kept] * masses[gone]))
    before, after = tree.cut(8)[tree.leaf], tree.cut(7)[tree.leaf]
    for resolution, sign in ((0.99, 1), (1.01, -1)):
        at = float(tree.heights[0]) * resolution
        assert np.sign(modularity(graph, after, at) - modularity(graph, before, at)) == sign


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_every_cut_lies_within_the_next_coarser_one(seed, smallest):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    dense = np.triu((rng.random((n, n)) < 0.15) * rng.random((n, n)), 1)
    tree = community_tree(csr_matrix(dense + dense.T), resolution=1.0, smallest=smallest)
    if not tree.n_leaves:
        return
    inside = tree.leaf >= 0
    sizes = np.bincount(tree.leaf[inside])
    assert sizes.min() >= smallest
    finer = None
    for k in range(tree.n_leaves, 0, -1):
        cut = tree.cut(k)
        assert np.array_equal(np.unique(cut), np.arange(k))
        if finer is not None:
            assert len(set(zip(finer.tolist(), cut.tolist(), strict=True))) == k + 1
        finer = cut
    for k in (0, tree.n_leaves + 1):
        with pytest.raises(InvalidInputError, match=f"1 to {tree.n_leaves}"):
            tree.cut(k)


def test_shares_of_links_sum_to_one_where_every_vertex_has_a_community():
    graph = ring_of_cliques(5, 5)
    labels = np.repeat(np.arange(5), 5)
    shares = link_shares(graph, labels).toarray()
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert shares[0, 0] == pytest.approx(4 / 5)
    assert shares[0, 1] == pytest.approx(1 / 5)


def test_graphs_without_edges_or_vertices():
    assert communities(csr_matrix((3, 3))).tolist() == [0, 1, 2]
    assert community_tree(csr_matrix((0, 0)), resolution=1.0, smallest=2).n_leaves == 0
    tree = community_tree(csr_matrix((3, 3)), resolution=1.0, smallest=2)
    assert tree.leaf.tolist() == [-1, -1, -1]
