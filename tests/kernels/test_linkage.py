"""Topic linkage against SciPy and numbers by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cophenet, fcluster, leaves_list, linkage
from scipy.sparse import csr_matrix
from scipy.spatial.distance import pdist, squareform

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.linkage import (
    condensed_distances,
    cosine_distances,
    node_members,
    topic_linkage,
    validate_distance_matrix,
)


def test_cosine_distances_by_hand_sparse_and_dense_alike():
    X = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0], [0.0, 0.0], [-3.0, 0.0]])
    h = 1 - np.sqrt(0.5)
    wanted = np.array(
        [[0, h, 1, 1, 2], [h, 0, h, 1, 2 - h], [1, h, 0, 1, 1], [1, 1, 1, 0, 1], [2, 2 - h, 1, 1, 0]],
    )
    np.testing.assert_allclose(cosine_distances(X), wanted, atol=1e-12)
    np.testing.assert_allclose(cosine_distances(csr_matrix(X)), wanted, atol=1e-12)


@given(st.integers(2, 25), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_distances_and_tree_are_those_of_scipy(n, seed):
    X = np.random.default_rng(seed).normal(size=(n, 4))
    np.testing.assert_allclose(condensed_distances(X), pdist(X, "cosine"), atol=1e-10)
    tree = topic_linkage(X)
    peer = linkage(pdist(X, "cosine"), "ward", optimal_ordering=True)
    np.testing.assert_allclose(cophenet(tree), cophenet(peer), atol=1e-8)
    assert sorted(leaves_list(tree)) == list(range(n))


def test_equal_distances_give_the_same_tree_whatever_the_rounding():
    X = np.repeat(np.eye(4), 2, axis=0)
    tree = topic_linkage(X)
    assert (tree[:4, 2] == 0).all()
    # equal but for rounding: scaling rows does not change a cosine
    scaled = topic_linkage(X * np.linspace(0.1, 7.3, 8)[:, None])
    np.testing.assert_array_equal(tree, scaled)
    assert [m.tolist() for m in node_members(tree)[8:12]] == [[0, 1], [2, 3], [4, 5], [6, 7]]


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_topics_have_no_merges(n):
    assert topic_linkage(np.ones((n, 3))).shape == (0, 4)


def test_functions_of_the_caller_are_used():
    X = np.array([[0.0], [1.0], [10.0]])
    tree = topic_linkage(X, lambda x: squareform(pdist(x)), lambda d: linkage(d, "single"))
    np.testing.assert_allclose(tree, [[0, 1, 1, 2], [2, 3, 9, 3]])


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), "shape"),
        (np.zeros(4), "shape"),
        (np.array([[0, 1, 2], [9, 0, 1], [2, 1, 0]]), "symmetrical"),
        (np.ones((3, 3)), "diagonal"),
        (-np.ones(3), "negative"),
        (np.array([1, np.nan, 2]), "finite"),
    ],
)
def test_what_is_no_distance_matrix_is_refused(matrix, message):
    with pytest.raises(InvalidInputError, match=message):
        validate_distance_matrix(matrix, 3)


def test_square_and_condensed_are_the_same():
    condensed = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(validate_distance_matrix(squareform(condensed), 3), condensed)
    np.testing.assert_array_equal(validate_distance_matrix(condensed, 3), condensed)


def test_a_linkage_function_that_gives_something_else_is_refused():
    with pytest.raises(InvalidInputError, match=r"linkage_function gave .*\(2, 2\)"):
        topic_linkage(np.eye(3), linkage_function=lambda d: np.zeros((2, 2)))


@given(st.integers(2, 20), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_members_of_a_node_are_a_flat_cluster(n, seed):
    tree = topic_linkage(np.random.default_rng(seed).normal(size=(n, 3)))
    members = node_members(tree)
    assert len(members) == 2 * n - 1
    np.testing.assert_array_equal(members[-1], np.arange(n))
    for step in range(n - 1):
        labels = fcluster(tree, tree[step, 2], criterion="distance")
        assert len(set(labels[members[n + step]])) == 1
        assert len(members[n + step]) == tree[step, 3]


@given(st.integers(1, 30), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_sparse_topics_are_as_far_apart_as_dense_ones(n, seed):
    rng = np.random.default_rng(seed)
    shares = rng.random(40) ** 3  # some terms that nearly all topics have, many that one or two have
    X = rng.random((n, 40)) * (rng.random((n, 40)) < shares)
    np.testing.assert_allclose(cosine_distances(csr_matrix(X)), cosine_distances(X), atol=1e-12)
