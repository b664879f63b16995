"""UMAP as a component: determinism, new points, labels, odd input."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.base import clone

from leitmotif.cluster import HDBSCAN
from leitmotif.dimensionality import UMAP, BaseDimensionalityReduction
from leitmotif.errors import EmbeddingsError, InvalidInputError, NotFittedError
from leitmotif.kernels import cost
from leitmotif.progress import Report, listen


def groups(
    n_groups: int = 6, size: int = 50, d: int = 24, spread: float = 0.25, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(n_groups, d))
    labels = np.repeat(np.arange(n_groups), size)
    return centers[labels] + spread * rng.normal(size=(n_groups * size, d)), labels


def test_groups_stay_apart_and_rows_keep_their_neighbours() -> None:
    x, labels = groups()
    y = UMAP(n_neighbors=10, n_components=2).fit_transform(x)
    assert y.dtype == np.float32 and y.shape == (300, 2)
    nearest = np.argsort(cdist(y, y) + np.diag(np.full(300, np.inf)), axis=1)[:, :10]
    assert (labels[nearest] == labels[:, None]).mean() > 0.99


@pytest.mark.parametrize("init", ["spectral", "pca", "random"])
def test_threads_do_not_change_a_bit(init: str) -> None:
    x, _ = groups(seed=1)
    first = UMAP(n_neighbors=8, init=init, n_jobs=1, n_epochs=50).fit_transform(x)
    for threads in (2, 3, 8):
        assert np.array_equal(first, UMAP(n_neighbors=8, init=init, n_jobs=threads, n_epochs=50).fit_transform(x))


def test_a_new_process_gives_the_same_bits() -> None:
    script = (
        "import numpy as np, hashlib; from leitmotif.dimensionality import UMAP;"
        "x = np.random.default_rng(5).normal(size=(400, 20));"
        "print(hashlib.sha256(UMAP(n_epochs=40).fit_transform(x).tobytes()).hexdigest())"
    )
    seen = set()
    for threads, seed in (("1", "0"), ("3", "1")):
        env = {**os.environ, "LEITMOTIF_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONHASHSEED": seed}
        seen.add(
            subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True).stdout
        )
    assert len(seen) == 1


def test_seed_changes_the_layout_and_repeats_it() -> None:
    x, _ = groups(seed=2)
    a, b, c = (UMAP(random_state=s, n_epochs=30).fit_transform(x) for s in (1, 1, 2))
    assert np.array_equal(a, b) and not np.array_equal(a, c)


def test_training_rows_come_back_as_they_are() -> None:
    x, _ = groups(seed=3)
    model = UMAP(n_neighbors=10).fit(x)
    assert np.array_equal(model.transform(x), model.embedding_)
    assert np.array_equal(model.transform(x[::-7]), model.embedding_[::-7])


def test_new_points_land_in_their_group_whatever_comes_with_them() -> None:
    x, labels = groups(size=60, seed=4)
    known = np.arange(len(x)) % 6 != 0
    model = UMAP(n_neighbors=10).fit(x[known])
    placed = model.transform(x[~known])
    nearest = cdist(placed, model.embedding_).argmin(axis=1)
    assert (labels[known][nearest] == labels[~known]).mean() > 0.98
    alone = np.vstack([model.transform(row[None]) for row in x[~known]])
    assert np.array_equal(alone, placed)
    assert np.array_equal(model.transform(x[~known][::-1])[::-1], placed)


@pytest.mark.parametrize("n", [600, 4500])  # by the exact search, and after a rough look
def test_the_nearest_training_rows_of_new_points(n: int) -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(n, 24)) / np.sqrt(1 + np.arange(24))
    model = UMAP(n_neighbors=10, n_components=2, n_epochs=3, init="random").fit(x)
    new = x[:50] + rng.normal(scale=0.02, size=(50, 24))
    found = model.nearest(np.concatenate([new, x[7:8]]))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    distances = 1 - new / np.linalg.norm(new, axis=1, keepdims=True) @ unit.T
    expected = np.argsort(distances, axis=1, kind="stable")[:, :10]
    assert np.mean([len(np.intersect1d(a, b)) for a, b in zip(expected, found.indices, strict=False)]) > 9.8
    np.testing.assert_allclose(found.distances[:50, 0], distances.min(axis=1), atol=1e-6)
    assert (found.indices[50, 0], found.distances[50, 0]) == (7, 0)
    back, copied = UMAP.from_state(model.get_state()), pickle.loads(pickle.dumps(model))
    for other in (back, copied):
        assert np.array_equal(other.nearest(new).indices, found.indices[:50])
        assert np.array_equal(other.transform(new[3:9]), model.transform(new)[3:9])


def test_labels_pull_together_what_the_data_mix() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(400, 10))
    y = rng.integers(0, 2, size=400)

    def mixing(e: np.ndarray) -> float:
        nearest = np.argsort(cdist(e, e) + np.diag(np.full(400, np.inf)), axis=1)[:, :10]
        return float((y[nearest] == y[:, None]).mean())

    free = mixing(UMAP(random_state=0).fit_transform(x))
    told = mixing(UMAP(random_state=0, target_weight=0.9).fit_transform(x, y=y))
    partly = np.where(np.arange(400) % 2 == 0, y, -1)
    half = mixing(UMAP(random_state=0, target_weight=0.9).fit_transform(x, y=partly))
    assert free < 0.6 and told > 0.95 and free < half < told


def test_neighbours_are_kept_and_can_be_given_back() -> None:
    x, _ = groups(seed=7)
    model = UMAP(n_neighbors=12).fit(x)
    assert np.array_equal(model.knn_indices_[:, 0], np.arange(300))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    full = 1 - unit @ unit.T
    np.testing.assert_allclose(np.sort(full, axis=1)[:, :12], model.knn_dists_, atol=1e-6)
    again = UMAP(n_neighbors=12, precomputed_knn=(model.knn_indices_, model.knn_dists_)).fit_transform(x)
    assert np.array_equal(again, model.embedding_)
    with pytest.raises(InvalidInputError, match="precomputed_knn"):
        UMAP(n_neighbors=20, precomputed_knn=(model.knn_indices_, model.knn_dists_)).fit(x)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "correlation", "hellinger"])
def test_metrics_are_what_they_say(metric: str) -> None:
    x = np.abs(groups(seed=8)[0])
    model = UMAP(metric=metric, n_neighbors=5, n_epochs=5).fit(x)
    if metric == "hellinger":
        p = np.sqrt(x / x.sum(axis=1, keepdims=True))
        full = np.sqrt(np.maximum(0, 1 - p @ p.T))
    else:
        full = cdist(x, x, metric)
    np.testing.assert_allclose(np.sort(full, axis=1)[:, 1:5], model.knn_dists_[:, 1:], atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 14, 16])
def test_few_points_give_finite_coordinates(n: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, 12))
    model = UMAP(n_components=5).fit(x)
    assert model.embedding_.shape == (n, 5) and np.isfinite(model.embedding_).all()
    assert np.isfinite(model.transform(x + 1)).all()


def test_equal_rows_and_pieces_give_finite_coordinates() -> None:
    assert np.isfinite(UMAP().fit_transform(np.ones((60, 4)))).all()
    assert np.isfinite(UMAP().fit_transform(np.zeros((60, 4)))).all()
    apart = np.repeat(np.eye(4), 30, axis=0) + np.random.default_rng(0).normal(0, 0.01, (120, 4))
    y = UMAP(n_neighbors=12, n_components=2).fit_transform(apart)
    assert np.isfinite(y).all()
    labels = np.repeat(np.arange(4), 30)
    within = max(cdist(y[labels == k], y[labels == k].mean(0)[None]).mean() for k in range(4))
    assert (
        within < 0.5 * cdist(*[np.stack([y[labels == k].mean(0) for k in range(4)])] * 2)[np.triu_indices(4, 1)].min()
    )


def test_what_is_not_supported_raises() -> None:
    x, _ = groups()
    for options, message in [
        ({"densmap": True}, "densmap=True is not supported"),
        ({"unique": True}, "unique=True is not supported"),
        ({"target_metric": "l2"}, "target_metric='l2' is not supported"),
        ({"metric": "manhattan"}, "metric must be one of"),
        ({"n_neighbors": 1}, "n_neighbors must be at least 2"),
        ({"min_dist": 2.0}, "min_dist must be from 0 to spread"),
        ({"init": "tswspectral"}, "init must be"),
        ({"init": np.zeros((3, 5))}, "init must have shape"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            UMAP(**options).fit(x)
    with pytest.raises(InvalidInputError, match="one label for each"):
        UMAP().fit(x, y=[0, 1])
    with pytest.raises(EmbeddingsError, match="not finite"):
        UMAP().fit(np.full((5, 3), np.nan))
    with pytest.raises(EmbeddingsError, match="empty"):
        UMAP().fit(np.empty((0, 3)))
    with pytest.raises(NotFittedError):
        UMAP().transform(x)
    with pytest.raises(EmbeddingsError, match="fitted on 24"):
        UMAP(n_epochs=5).fit(x).transform(x[:, :3])


def test_it_is_an_estimator() -> None:
    model = UMAP(n_neighbors=7, min_dist=0.1)
    assert clone(model).get_params()["min_dist"] == 0.1
    x, _ = groups(seed=9)
    model.fit(x)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.transform(x[:5] + 0.01), model.transform(x[:5] + 0.01))
    assert x[0, 0] == groups(seed=9)[0][0, 0]


def test_progress_tells_stages() -> None:
    stages: list[str] = []
    x = np.random.default_rng(0).normal(size=(4000, 128))
    UMAP(n_jobs=1, n_epochs=3000, progress=lambda stage, share: stages.append(stage)).fit(x)
    assert set(stages) <= {"neighbors", "layout"} and stages


def test_listeners_hear_stages_with_the_time_that_is_left() -> None:
    heard: list[Report] = []
    x = np.random.default_rng(0).normal(size=(4000, 128))
    with listen(heard.append):
        model = UMAP(n_jobs=1, n_epochs=3000)
        HDBSCAN(20).fit(model.fit_transform(x))
    assert {report.stage for report in heard} == {"search neighbours", "lay out", "span the tree"}
    steps = [report for report in heard if report.event == "advance"]
    assert steps and all(report.seconds_left is not None and report.seconds_left >= 0 for report in steps)
    assert all(report.done <= 1000 for report in heard)


def test_the_cost_is_told_and_a_shortage_named(monkeypatch, caplog) -> None:
    x, _ = groups()
    with caplog.at_level("INFO", logger="leitmotif"):
        UMAP(n_epochs=1).fit(x)
        assert "reducing 300 rows of 24 numbers takes about 0.00 GB" in caplog.text
        assert not [record for record in caplog.records if record.levelname == "WARNING"]
        monkeypatch.setattr(cost, "free_bytes", lambda: 100_000)
        UMAP(n_epochs=1).fit(x)
    assert [record.levelname for record in caplog.records if "are free" in record.getMessage()] == ["WARNING"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent with os.kill")
@pytest.mark.parametrize(("n", "d", "n_epochs"), [(40_000, 64, 10), (2_000, 8, 10_000_000)], ids=["search", "layout"])
def test_ctrl_c_ends_the_work_soon(n: int, d: int, n_epochs: int) -> None:
    x = np.random.default_rng(0).normal(size=(n, d))
    pressed: list[float] = []

    def press() -> None:
        pressed.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background of a shell ignores it
    timer = threading.Timer(0.5, press)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            UMAP(n_epochs=n_epochs).fit(x)
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)
    assert time.perf_counter() - pressed[0] < 5.0  # two seconds are promised; this machine may be busy


@pytest.mark.peers
def test_curve_is_that_of_umap_learn() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    from leitmotif.kernels.layout import curve_parameters

    for spread, min_dist in [(1.0, 0.0), (1.0, 0.1), (1.0, 0.99), (2.0, 0.5), (0.5, 0.2)]:
        d = np.linspace(0, 3 * spread, 300)
        wanted = np.where(d < min_dist, 1.0, np.exp(-(d - min_dist) / spread))
        fitted, _ = optimize.curve_fit(lambda x, a, b: 1 / (1 + a * x ** (2 * b)), d, wanted)
        np.testing.assert_allclose(curve_parameters(spread, min_dist), fitted, rtol=1e-4)


def test_identity_leaves_everything() -> None:
    x = np.eye(3)
    model = BaseDimensionalityReduction()
    assert model.fit() is model and model.fit(x).transform(x) is x and model.fit_transform(x) is x


def test_rows_that_nobody_needs_are_kept_in_their_own_place() -> None:
    x = np.random.default_rng(7).normal(size=(80, 6)).astype(np.float32)
    given, disposable = x.copy(), x.copy()
    plain = UMAP(n_neighbors=5, n_epochs=20).fit(given)
    thrifty = UMAP(n_neighbors=5, n_epochs=20).fit(disposable, overwrite=True)
    assert np.array_equal(given, x) and not np.array_equal(disposable, x)
    assert np.shares_memory(thrifty._train, disposable)
    assert np.array_equal(plain.embedding_, thrifty.embedding_)
    assert np.array_equal(plain.transform(x[:9] + 0.01), thrifty.transform(x[:9] + 0.01))
    half = x.astype(np.float16)
    assert not np.shares_memory(UMAP(n_neighbors=5, n_epochs=20).fit(half, overwrite=True)._train, half)
