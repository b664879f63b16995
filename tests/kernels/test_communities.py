"""Communities of graphs: known partitions, no vertex that would gain by moving, and the heights of the tree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

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


def test_groups_are_not_crossed_and_weigh_as_in_the_whole_graph():
    graph = ring_of_cliques(6, 4)
    groups = np.repeat([0, 0, 1, 1, 2, 2], 4)
    found = communities(graph, resolution=0.1, groups=groups)
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
