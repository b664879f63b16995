"""Communities as a clusterer: blobs, other numbers, new points, files, odd input."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from leitmotif.cluster import Communities
from leitmotif.cluster import _scaling as scaling
from leitmotif.dimensionality import UMAP
from leitmotif.errors import EmbeddingsError, InvalidInputError, NotFittedError
from leitmotif.kernels.communities import community_tree
from leitmotif.kernels.neighbors import Neighbors


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(900, centers=6, n_features=4, cluster_std=0.8, random_state=3)


@pytest.fixture(scope="module")
def fitted(blobs):
    return Communities().fit(blobs[0])


def test_blobs_are_found(blobs, fitted):
    coarse = fitted.at(n_clusters=6)
    inside = coarse.labels_ >= 0
    assert adjusted_rand_score(blobs[1][inside], coarse.labels_[inside]) > 0.95
    assert fitted.n_clusters_ == len(np.unique(fitted.labels_[fitted.labels_ >= 0]))


def test_outliers_are_the_points_with_the_least_share_and_no_more_than_asked(blobs):
    wide = make_blobs(900, centers=6, n_features=4, cluster_std=4.0, random_state=3)[0]
    keep = Communities(min_share=0.9, max_outliers=0.05).fit(wide)
    assert 0 < (keep.labels_ < 0).mean() <= 0.05
    every = Communities(min_share=0.0).fit(wide)
    out = keep.labels_ < 0
    assert every.probabilities_[out].max() <= every.probabilities_[~out].min()
    assert not (Communities(max_outliers=0.0).fit(wide).labels_ < 0).any()


def test_the_graph_of_a_reducer_is_used(blobs):
    x = np.abs(blobs[0])
    reducer = UMAP(n_components=2, n_epochs=5).fit(x)
    found = Communities().fit(reducer.embedding_, graph=reducer.graph_)
    other = Communities().fit(UMAP(n_components=2, n_epochs=5, random_state=7).fit_transform(x), graph=reducer.graph_)
    assert np.array_equal(found.labels_, other.labels_), "no seed, no layout"
    with pytest.raises(EmbeddingsError, match="shape"):
        Communities().fit(x[:10], graph=reducer.graph_)


def test_strengths_are_shares_of_the_links(fitted):
    matrix = fitted.all_points_membership_vectors()
    assert matrix.shape == (900, fitted.n_clusters_)
    assert np.all(matrix.sum(axis=1) <= 1 + 1e-6)
    inside = np.flatnonzero(fitted.labels_ >= 0)
    assert np.allclose(matrix[inside, fitted.labels_[inside]], fitted.probabilities_[inside])


def test_no_strength_is_above_one(fitted, blobs):
    two = fitted.at(n_clusters=2)
    for strengths in (two.probabilities_, two.approximate_predict(blobs[0] + 0.01)[1], two.membership_vector(blobs[0])):
        assert strengths.min() >= 0 and strengths.max() <= 1


def test_other_numbers_nest_and_leave_the_fit_alone(fitted):
    before = fitted.labels_.copy()
    few, many = fitted.at(n_clusters=4), fitted.at(n_clusters=12)
    leaf = fitted.tree_.leaf
    assert len({(m, f) for m, f in zip(fitted.tree_.cut(12)[leaf], fitted.tree_.cut(4)[leaf], strict=True)}) == 12
    assert (few.n_clusters_, many.n_clusters_) == (4, 12)
    assert np.array_equal(fitted.labels_, before)
    table = fitted.resolutions()
    for n_clusters in (1, 4, fitted.tree_.n_leaves):
        row = int(np.flatnonzero(table["n_clusters"] == n_clusters)[0])
        sizes = np.bincount(fitted.tree_.cut(n_clusters)[leaf[leaf >= 0]])
        assert (table["smallest"][row], table["largest"][row]) == (sizes.min(), sizes.max())


def test_new_points_go_where_their_neighbours_are_whatever_the_batch(blobs, fitted):
    x = blobs[0]
    rng = np.random.default_rng(0)
    queries = (x + rng.normal(0, 0.05, x.shape)).astype(np.float32)[:200]
    labels, strengths = fitted.approximate_predict(queries)
    same = labels == fitted.labels_[:200]
    assert same.mean() > 0.85
    alone = [fitted.approximate_predict(queries[i : i + 1]) for i in range(20)]
    assert [int(a[0][0]) for a in alone] == labels[:20].tolist()
    assert [float(a[1][0]) for a in alone] == strengths[:20].tolist()
    assert np.array_equal(fitted.predict(x), fitted.labels_), "training points are known"
    assert fitted.membership_vector(queries).shape == (200, fitted.n_clusters_)


def test_points_whose_neighbours_are_known_go_where_their_links_lead(fitted):
    rows = np.array([[3, 40, 41, 700], [5, 5, 90, -1], [8, 11, 12, 13]], dtype=np.int32)
    far = np.array([[0.1, 0.2, 0.3, 0.9], [0.5, 0.5, 0.6, np.inf], [0.0, 0.1, 0.2, 0.3]], dtype=np.float32)
    labels, strengths = fitted.predict_among(Neighbors(rows, far))
    cluster = fitted.tree_.cut(fitted.n_clusters_)[fitted.tree_.leaf]
    for i in (0, 1):
        there = rows[i] >= 0
        beyond = np.where(there, far[i].astype(float) - far[i, 0], 0.0)
        weights = np.exp(-beyond / beyond.mean()) * there
        links = np.zeros(fitted.n_clusters_)
        for row, weight in zip(rows[i][there], weights[there] / weights.sum(), strict=True):
            links[cluster[row]] += weight
        np.testing.assert_allclose(fitted.memberships_among(Neighbors(rows[i : i + 1], far[i : i + 1]))[0], links)
        assert strengths[i] == pytest.approx(links.max() if links.max() >= fitted.cutoff_ else 0.0)
        assert labels[i] == (links.argmax() if links.max() >= fitted.cutoff_ else -1)
    assert (labels[2], strengths[2]) == (fitted.labels_[8], fitted.probabilities_[8]), "a training point is known"
    for wrong in (900, -2):
        with pytest.raises(InvalidInputError, match="900 training points"):
            fitted.predict_among(Neighbors(np.array([[wrong]]), np.ones((1, 1), np.float32)))


def test_files_pickles_and_clones(fitted, blobs):
    coarse = fitted.at(n_clusters=5)
    back = Communities.from_state(coarse.get_state())
    queries = blobs[0][:50] + 0.01
    for other in (back, pickle.loads(pickle.dumps(coarse))):
        assert np.array_equal(other.labels_, coarse.labels_)
        assert np.array_equal(other.probabilities_, coarse.probabilities_)
        assert np.array_equal(other.predict(queries), coarse.predict(queries))
        assert np.array_equal(other.at(n_clusters=9).labels_, fitted.at(n_clusters=9).labels_)
    assert clone(Communities(2.0, 5)).get_params() == Communities(2.0, 5).get_params()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("leaf", np.full(900, 10_000, dtype=np.int32)),
        ("merges", np.zeros((3, 2), dtype=np.int32)),
        ("n_default", 10_000),
        ("n_clusters", 0),
        ("share_columns", np.full(3, 7, dtype=np.int32)),
        ("center", np.zeros(9)),
    ],
)
def test_a_state_that_contradicts_itself_is_refused(fitted, name, value):
    with pytest.raises(InvalidInputError, match=r"no tree|finite numbers"):
        Communities.from_state(fitted.get_state() | {name: value})


def test_merges_of_a_file_must_make_a_tree(fitted):
    merges = fitted.tree_.merges.copy()
    merges[1] = merges[0]
    with pytest.raises(InvalidInputError, match=r"no tree|finite numbers"):
        Communities.from_state(fitted.get_state() | {"merges": merges})


@pytest.mark.parametrize(
    "wrong",
    [
        {"resolution": 0},
        {"resolution": "fine"},
        {"min_cluster_size": 1},
        {"min_share": 2.0},
        {"max_outliers": -0.1},
        {"n_neighbors": 1},
    ],
)
def test_parameters_out_of_range(wrong):
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        Communities(**wrong).fit(np.zeros((5, 2)))


def test_what_is_not_fitted_or_not_points():
    with pytest.raises(NotFittedError):
        Communities().predict(np.zeros((1, 2)))
    with pytest.raises(EmbeddingsError):
        Communities().fit(np.zeros(5))
    with pytest.raises(EmbeddingsError):
        Communities().fit(np.random.default_rng(0).normal(size=(30, 2))).predict(np.zeros((1, 3)))


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_a_handful_of_points(n):
    found = Communities().fit(np.arange(2.0 * n).reshape(n, 2))
    assert found.labels_.shape == (n,)
    assert np.all(found.labels_ >= -1)
    assert found.predict(np.zeros((2, 2))).shape == (2,)


def test_copies_of_one_point_and_two_graphs_without_a_tie():
    x = np.repeat(np.eye(2), 40, axis=0)
    labels = Communities().fit(x).at(n_clusters=2).labels_
    assert adjusted_rand_score(np.repeat([0, 1], 40), labels) == 1.0
    nothing = Communities().fit(x, graph=csr_matrix((80, 80)))
    assert set(nothing.labels_.tolist()) == {-1}


@pytest.fixture(scope="module")
def many():
    """8,000 points: the smallest default cluster is one of 20, and weights are raised to (5 / 8)^0.75."""
    x = make_blobs(8_000, centers=30, n_features=6, cluster_std=1.5, random_state=5)[0]
    return x, Communities(resolution=1.0, min_cluster_size=10).fit(x)


def test_from_5000_points_on_all_links_count_more_evenly(many):
    _, found = many
    graph = found._graph()
    evened = graph.copy()
    evened.data = (graph.data.astype(float) ** (5 / 8) ** 0.75).astype(np.float32)
    tree = community_tree(evened, resolution=1.0, smallest=10)
    assert np.array_equal(found.tree_.leaf, tree.leaf)
    assert np.array_equal(found.tree_.cut(tree.n_default), tree.cut(tree.n_default))
    plain = community_tree(graph, resolution=1.0, smallest=10)
    assert not np.array_equal(plain.leaf, tree.leaf)


def test_the_smallest_cluster_grows_with_the_points(many):
    x, _ = many
    small = Communities(resolution=50.0, min_cluster_size=10).fit(x).tree_
    grown = Communities(resolution=50.0).fit(x).tree_
    sizes = [np.bincount(t.cut(t.n_default)[t.leaf[t.leaf >= 0]]) for t in (small, grown)]
    assert sizes[0].min() < 20 <= sizes[1].min()


def test_the_default_resolution_has_no_jump_and_ends_where_it_should():
    asked = [scaling.resolution(n) for n in (1, 1_000, 2_249, 2_250, 5_000, 5_001, 10_000, 20_000, 10**7)]
    assert asked[1] == 1.0
    assert asked[2] == pytest.approx(asked[3], rel=1e-3)
    assert asked[4:6] == pytest.approx([1.5, 1.5], rel=1e-3)
    assert asked[6] == pytest.approx(np.sqrt(1.5 * 1.25))  # half way in the logarithm
    assert asked[7:] == pytest.approx([1.25, 1.25])
    assert np.all(np.diff(asked[:5]) > 0)
