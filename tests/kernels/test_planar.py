"""Places on a plane: exact where a plane suffices, neighbours where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from leitmotif.kernels.planar import (
    _repulsion,
    classical_scaling,
    in_unit_square,
    neighbor_embedding,
    principal_plane,
    separate_discs,
    topic_map,
)


@pytest.mark.parametrize("n", [3, 40, 400])
def test_points_of_a_plane_keep_their_distances(n):
    points = np.random.default_rng(n).normal(size=(n, 2)) * [3, 1]
    np.testing.assert_allclose(pdist(classical_scaling(squareform(pdist(points)))), pdist(points), atol=1e-8)


def test_the_far_end_of_each_axis_is_positive():
    points = np.array([[-5.0, 0], [1, 2], [1, -1]])
    places = classical_scaling(squareform(pdist(points)))
    for axis in (0, 1):
        assert places[np.abs(places[:, axis]).argmax(), axis] > 0


@pytest.mark.parametrize("n", [0, 1, 2])
def test_hardly_any_points(n):
    places = classical_scaling(np.ones((n, n)) - np.eye(n))
    assert places.shape == (n, 2) and (places[:, 1] == 0).all()
    assert topic_map(np.eye(3)[:n]).shape == (n, 2)


def test_equal_points_give_finite_places():
    for n in (5, 30):
        assert np.isfinite(topic_map(np.ones((n, 4)))).all()
    assert np.isfinite(topic_map(np.zeros((12, 4)))).all()


@given(st.integers(3, 30), st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=25)
def test_the_principal_plane_is_that_of_a_pca(n, d, seed):
    X = np.random.default_rng(seed).normal(size=(n, d)) * np.arange(1, d + 1)
    np.testing.assert_allclose(np.abs(principal_plane(X)), np.abs(PCA(2).fit_transform(X)), atol=1e-7)


def test_one_column_is_a_line():
    assert principal_plane(np.arange(4.0)[:, None]).tolist() == [[1.5, 0], [0.5, 0], [-0.5, 0], [-1.5, 0]]


def test_the_repulsion_is_the_sum_over_all_pairs():
    points = np.random.default_rng(0).normal(size=(150, 2))
    gap = points[:, None] - points[None]
    weight = 1 / (1 + (gap**2).sum(axis=2))
    np.fill_diagonal(weight, 0)
    wanted = ((weight**2)[:, :, None] * gap).sum(axis=1) / weight.sum()
    np.testing.assert_allclose(_repulsion(points, block=32), wanted, rtol=1e-4, atol=1e-8)


def test_neighbours_stay_neighbours_better_than_by_scaling():
    rng = np.random.default_rng(5)
    X = np.repeat(rng.normal(size=(40, 30)), 6, axis=0) + 0.5 * rng.normal(size=(240, 30))
    distances = squareform(pdist(X, "cosine"))
    start = classical_scaling(distances)
    places = neighbor_embedding(distances, start, 8.0)
    kept = trustworthiness(distances, places, n_neighbors=5, metric="precomputed")
    assert kept > 0.99 and trustworthiness(distances, start, n_neighbors=5, metric="precomputed") < 0.85


def test_a_map_of_topics_does_not_depend_on_lengths_or_runs():
    X = np.random.default_rng(1).normal(size=(60, 10))
    first = topic_map(X)
    np.testing.assert_array_equal(first, topic_map(X))
    np.testing.assert_array_equal(first, topic_map(X * np.linspace(0.1, 40, 60)[:, None]))


@given(st.integers(2, 40), st.integers(0, 99))
@settings(max_examples=25)
def test_discs_part_where_there_is_room(n, seed):
    rng = np.random.default_rng(seed)
    points = rng.random((n, 2))
    radii = rng.uniform(0.01, 0.05, n)
    moved = separate_discs(points, radii, n_steps=800)
    gaps = pdist(moved)
    needed = 0.9 * (radii[:, None] + radii[None])[np.triu_indices(n, 1)]
    assert (gaps >= needed - 1e-3).all()


def test_discs_that_do_not_touch_stay():
    points = np.array([[0.0, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(separate_discs(points, np.full(3, 0.2)), points, atol=1e-5)


def test_the_unit_square_keeps_proportions():
    assert in_unit_square(np.array([[0.0, 0], [4, 2]])).tolist() == [[0, 0.25], [1, 0.75]]
    assert in_unit_square(np.array([[3.0, 3]])).tolist() == [[0.5, 0.5]]
