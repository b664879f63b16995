"""HDBSCAN as a component: against the hdbscan library, new points, memberships, odd input."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_moons

from leitmotif.cluster import HDBSCAN, BaseCluster
from leitmotif.cluster._utils import hdbscan_delegator, is_supported_hdbscan
from leitmotif.errors import EmbeddingsError, InvalidInputError, NotFittedError
from leitmotif.kernels import density, resolution


def blobs(n: int = 900, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    x, y, _ = make_blobs(n, centers=7, n_features=4, cluster_std=0.7, random_state=seed, return_centers=True)
    return x, y


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len({p[0] for p in pairs}) == len({p[1] for p in pairs}) and np.array_equal(a < 0, b < 0)


def with_tree_of(ours: HDBSCAN, peer: object) -> HDBSCAN:
    """Ours on the dendrogram of the peer, so that ties break as there."""
    merges = peer.single_linkage_tree_.to_numpy()  # type: ignore[attr-defined]
    ours.linkage_ = density.Linkage(
        ours.linkage_.ends,
        np.ascontiguousarray(merges[:, 2]),
        ours.linkage_.core,
        np.ascontiguousarray(merges[:, :2]).astype(np.int64),
        merges[:, 3].astype(np.int64),
    )
    return ours.at(min_cluster_size=ours.min_cluster_size_)


@pytest.mark.peers
def test_labels_are_hdbscans_but_for_ties() -> None:
    hdbscan = pytest.importorskip("hdbscan")
    for x in (make_moons(600, noise=0.05, random_state=1)[0], blobs()[0]):
        peer = hdbscan.HDBSCAN(min_cluster_size=12, approx_min_span_tree=False).fit(x)
        ours = HDBSCAN(min_cluster_size=12).fit(x)
        disagree = (ours.labels_ < 0) != (peer.labels_ < 0)
        assert disagree.mean() <= 0.01
        both = (ours.labels_ >= 0) & (peer.labels_ >= 0)
        assert same_partition(ours.labels_[both], peer.labels_[both])


@pytest.mark.peers
def test_predictions_are_hdbscans() -> None:
    hdbscan = pytest.importorskip("hdbscan")
    x, _ = blobs()
    train, new = x[:600], x[600:]
    peer = hdbscan.HDBSCAN(min_cluster_size=10, approx_min_span_tree=False, prediction_data=True).fit(train)
    ours = with_tree_of(HDBSCAN(min_cluster_size=10).fit(train), peer)
    assert np.array_equal(ours.labels_, peer.labels_)
    labels, strengths = ours.approximate_predict(new)
    wanted, wanted_strengths = hdbscan.approximate_predict(peer, new)
    assert (labels == wanted).mean() > 0.98
    assert np.abs(strengths - wanted_strengths)[labels == wanted].mean() < 0.01
    np.testing.assert_allclose(
        ours.all_points_membership_vectors(), hdbscan.all_points_membership_vectors(peer), atol=1e-6
    )
    for a, b in zip(ours.exemplars_, peer.exemplars_, strict=True):
        assert np.array_equal(np.sort(a, axis=0), np.sort(b, axis=0))


def test_training_points_get_their_labels_back() -> None:
    x, _ = blobs()
    model = HDBSCAN(min_cluster_size=10).fit(x)
    assert np.array_equal(model.predict(x), model.labels_)
    assert np.array_equal(model.predict(x[::-3]), model.labels_[::-3])
    labels, strengths = model.approximate_predict(x[5:6])
    assert labels[0] == model.labels_[5] and strengths[0] == model.probabilities_[5]


def test_new_points_do_not_depend_on_their_batch() -> None:
    x, _ = blobs()
    model = HDBSCAN(min_cluster_size=10).fit(x)
    new = x[:200] + np.random.default_rng(0).normal(0, 0.1, (200, 4))
    labels, strengths = model.approximate_predict(new)
    vectors = model.membership_vector(new)
    for i in range(0, 200, 17):
        one = model.approximate_predict(new[i : i + 1])
        assert one[0][0] == labels[i] and one[1][0] == strengths[i]
        assert np.array_equal(model.membership_vector(new[i : i + 1])[0], vectors[i])
    assert (labels[model.labels_[:200] >= 0] == model.labels_[:200][model.labels_[:200] >= 0]).mean() > 0.97


def test_memberships_are_distributions_that_point_to_the_label() -> None:
    x = np.vstack([blobs()[0], np.random.default_rng(1).uniform(-12, 12, size=(200, 4))])
    model = HDBSCAN(min_cluster_size=10).fit(x)
    vectors = model.all_points_membership_vectors()
    k = model.labels_.max() + 1
    assert vectors.shape == (len(x), k)
    assert (vectors >= 0).all() and (vectors.sum(axis=1) <= 1 + 1e-9).all()
    inside = model.labels_ >= 0
    assert (vectors.argmax(axis=1)[inside] == model.labels_[inside]).mean() > 0.98
    assert vectors[~inside].sum(axis=1).mean() < vectors[inside].sum(axis=1).mean()


def test_other_resolutions_come_from_the_same_tree() -> None:
    x, _ = blobs(600)
    model = HDBSCAN(min_cluster_size=5, min_samples=8).fit(x)
    for size in (8, 15, 40, 120):
        again = HDBSCAN(min_cluster_size=size, min_samples=8).fit(x)
        assert np.array_equal(model.labels_for(min_cluster_size=size), again.labels_)


@pytest.mark.parametrize("k", [1, 2, 5, 9, 30])
def test_exactly_k_clusters_are_cut_from_the_tree(k: int) -> None:
    x = np.vstack([blobs(600)[0], np.random.default_rng(0).uniform(-10, 10, size=(60, 4))])
    model = HDBSCAN(min_cluster_size=8, min_samples=3).fit(x)
    cut = model.at(n_clusters=k)
    assert set(cut.labels_.tolist()) - {-1} == set(range(k))
    assert np.array_equal(cut.labels_, model.labels_for(n_clusters=k))
    assert np.array_equal(cut.predict(x), cut.labels_)
    assert cut.all_points_membership_vectors().shape == (660, k)


def test_the_cut_is_the_most_stable_of_all() -> None:
    """Against trying every set of k clusters that meets each branch once."""
    x = make_blobs(120, centers=14, n_features=2, cluster_std=0.9, random_state=4)[0]
    model = HDBSCAN(min_cluster_size=4, min_samples=2).fit(x)
    tree = model.condensed_tree_

    def cuts(c: int) -> list[frozenset[int]]:
        kids = [d for d in range(1, tree.n_clusters) if tree.cluster_parent[d] == c]
        found = [frozenset([c])]
        if kids:
            left, right = (cuts(d) for d in kids)
            found += [a | b for a in left for b in right]
        return found

    every = cuts(0)
    assert len(every) > 20
    for k in sorted({len(c) for c in every}):
        wanted = max(tree.stability[list(c)].sum() for c in every if len(c) == k)
        chosen = resolution.exactly(tree, k)
        assert frozenset(chosen.tolist()) in every and len(chosen) == k
        assert tree.stability[chosen].sum() == pytest.approx(wanted)


def test_a_cut_survives_its_state() -> None:
    x, _ = blobs(400)
    cut = HDBSCAN(min_cluster_size=9).fit(x).at(n_clusters=4)
    again = HDBSCAN.from_state(cut.get_state())
    assert np.array_equal(again.labels_, cut.labels_)
    assert np.array_equal(again.predict(x + 0.1), cut.predict(x + 0.1))
    auto = HDBSCAN(min_cluster_size="auto").fit(x)
    assert np.array_equal(HDBSCAN.from_state(auto.get_state()).labels_, auto.labels_)


def test_more_clusters_than_there_are_is_an_error() -> None:
    x, _ = blobs(60)
    with pytest.raises(InvalidInputError, match="cannot cut 50 clusters: the data hold at most"):
        HDBSCAN().fit(x).labels_for(n_clusters=50)
    with pytest.raises(InvalidInputError, match="either min_cluster_size or n_clusters"):
        HDBSCAN().fit(x).labels_for()


def test_persistence_curve_counts_the_leaves_of_every_size() -> None:
    x = np.vstack([blobs(500)[0], np.random.default_rng(0).uniform(-10, 10, size=(50, 4))])
    model = HDBSCAN(min_cluster_size=5).fit(x)
    curve = model.persistence_curve_
    for size in (2, 3, 5, 9, 20, 45, 70):
        tree = density.condense(model.linkage_, size)
        at = np.searchsorted(curve.min_cluster_size, size, side="right") - 1
        leaves = len(tree.leaves[tree.leaves > 0])
        assert (curve.n_clusters[at] if at >= 0 else 0) == leaves
    assert list(curve.to_pandas().columns) == ["min_cluster_size", "persistence", "n_clusters"]


def test_auto_finds_the_groups() -> None:
    x = make_blobs(1500, centers=6, n_features=5, cluster_std=0.6, random_state=2)
    model = HDBSCAN(min_cluster_size="auto").fit(x[0])
    assert model.labels_.max() + 1 == 6 and model.min_cluster_size_ >= 10
    assert clone(model).min_cluster_size == "auto"
    assert (HDBSCAN(min_cluster_size="auto").fit(np.zeros((3, 2))).labels_ == -1).all()


def test_threads_do_not_change_a_bit() -> None:
    x, _ = blobs(2000)
    first = HDBSCAN(n_jobs=1).fit(x)
    for threads in (2, 3, 8):
        other = HDBSCAN(n_jobs=threads).fit(x)
        assert np.array_equal(first.linkage_.ends, other.linkage_.ends)
        assert np.array_equal(first.labels_, other.labels_)
        assert np.array_equal(first.probabilities_, other.probabilities_)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 11])
def test_few_points(n: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, 3))
    model = HDBSCAN(min_cluster_size=5).fit(x)
    assert model.labels_.shape == model.probabilities_.shape == model.outlier_scores_.shape == (n,)
    if n < 10:
        assert (model.labels_ == -1).all()
    assert np.array_equal(model.predict(x), model.labels_)
    assert model.predict(np.ones((2, 3))).shape == (2,)
    assert len(model.all_points_membership_vectors()) == n


def test_equal_points_and_groups_of_copies() -> None:
    assert (HDBSCAN().fit(np.zeros((30, 2))).labels_ == -1).all()
    assert (HDBSCAN(allow_single_cluster=True).fit(np.zeros((30, 2))).labels_ == 0).all()
    copies = np.repeat(np.arange(6.0), 20)[:, None] ** 2
    model = HDBSCAN().fit(copies)
    assert same_partition(model.labels_, np.repeat(np.arange(6), 20))
    assert (model.probabilities_ == 1).all() and np.isfinite(model.all_points_membership_vectors()).all()
    assert np.isfinite(model.membership_vector(copies[:5] + 0.1)).all()


def test_what_is_not_supported_raises() -> None:
    x, _ = blobs(50)
    for options, message in [
        ({"metric": "manhattan"}, "metric='manhattan' is not supported"),
        ({"branch_detection_data": True}, "branch_detection_data=True is not supported"),
        ({"min_cluster_size": 1}, "min_cluster_size must be at least 2 or 'auto', got 1"),
        ({"cluster_selection_method": "best"}, "cluster_selection_method must be one of"),
        ({"min_samples": 0}, "min_samples must be None or at least 1"),
        ({"alpha": 0.0}, "alpha must be positive"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            HDBSCAN(**options).fit(x)
    with pytest.raises(EmbeddingsError, match="row 0 holds a value that is not finite"):
        HDBSCAN().fit(np.array([[np.inf, 0.0]]))
    with pytest.raises(NotFittedError):
        HDBSCAN().predict(x)
    with pytest.raises(EmbeddingsError, match="fitted on 4"):
        HDBSCAN().fit(x).predict(x[:, :2])


def test_it_is_an_estimator_and_pickles() -> None:
    x, _ = blobs(300)
    model = HDBSCAN(min_cluster_size=9, prediction_data=True)
    assert clone(model).get_params()["min_cluster_size"] == 9
    model.fit(x)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(x + 0.1), model.predict(x + 0.1))
    assert list(model.condensed_tree_.to_pandas().columns) == ["parent", "child", "lambda_val", "child_size"]


def test_delegator_asks_ours_and_hdbscans() -> None:
    x, _ = blobs(300)
    ours = HDBSCAN(min_cluster_size=10).fit(x)
    assert is_supported_hdbscan(ours) and not is_supported_hdbscan(BaseCluster())
    assert np.array_equal(hdbscan_delegator(ours, "approximate_predict", x)[0], ours.labels_)
    assert hdbscan_delegator(ours, "membership_vector", x).shape == (300, ours.labels_.max() + 1)
    assert hdbscan_delegator(ours, "all_points_membership_vectors").shape == (300, ours.labels_.max() + 1)
    assert hdbscan_delegator(BaseCluster(), "approximate_predict", x) is None
    with pytest.raises(InvalidInputError, match="func must be one of"):
        hdbscan_delegator(ours, "predict", x)


@pytest.mark.peers
def test_delegator_asks_the_library() -> None:
    hdbscan = pytest.importorskip("hdbscan")
    x, _ = blobs(300)
    peer = hdbscan.HDBSCAN(min_cluster_size=10, prediction_data=True).fit(x)
    assert is_supported_hdbscan(peer)
    assert len(hdbscan_delegator(peer, "approximate_predict", x)[0]) == 300
    assert len(hdbscan_delegator(peer, "membership_vector", x)) == 300
    assert len(hdbscan_delegator(peer, "all_points_membership_vectors")) == 300


def test_given_labels_are_kept() -> None:
    model = BaseCluster().fit(np.eye(3), y=[1, 1, 2])
    assert model.labels_ == [1, 1, 2] and model.transform(5) == 5
