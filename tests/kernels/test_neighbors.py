"""Nearest neighbours against a full distance matrix in double precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.kernels.neighbors import nearest_neighbors, prepare, query_neighbors


def full_distances(a: np.ndarray, b: np.ndarray, metric: str) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    square = ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)
    return np.sqrt(square) if metric == "euclidean" else square / 2


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 420),
    d=st.integers(1, 70),
    k=st.integers(1, 20),
    metric=st.sampled_from(["cosine", "euclidean"]),
    seed=st.integers(0, 10**6),
)
def test_finds_the_nearest_of_random_rows(n: int, d: int, k: int, metric: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = prepare(rng.normal(size=(n, d)), metric)
    found = nearest_neighbors(x, k, metric=metric, n_threads=2)
    distances = full_distances(x, x, metric)
    np.fill_diagonal(distances, np.inf)
    have = min(k, n - 1)
    wanted = np.sort(distances, axis=1)[:, :have]
    np.testing.assert_allclose(found.distances[:, :have], wanted, atol=2e-6 * max(1.0, float(wanted.max(initial=0))))
    assert (found.indices[:, have:] == -1).all()
    for i, row in enumerate(found.indices[:, :have]):
        assert len(set(row.tolist())) == have and i not in row
        np.testing.assert_allclose(distances[i, row], found.distances[i, :have], atol=1e-6)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_queries_find_the_nearest_and_do_not_depend_on_their_batch(metric: str) -> None:
    rng = np.random.default_rng(1)
    x, q = prepare(rng.normal(size=(500, 33)), metric), prepare(rng.normal(size=(301, 33)), metric)
    found = query_neighbors(x, q, 7, metric=metric)
    wanted = np.argsort(full_distances(q, x, metric), axis=1, kind="stable")[:, :7]
    assert (found.indices == wanted).mean() > 0.999
    parts = [query_neighbors(x, q[i : i + 37], 7, metric=metric) for i in range(0, 301, 37)]
    assert np.array_equal(np.vstack([p.indices for p in parts]), found.indices)
    assert np.array_equal(np.vstack([p.distances for p in parts]), found.distances)


def test_threads_and_input_type_do_not_change_a_bit() -> None:
    x16 = np.random.default_rng(2).normal(size=(1000, 48)).astype(np.float16)
    x = prepare(x16, "cosine")
    assert np.array_equal(x, prepare(x16.astype(np.float64), "cosine"))
    one = nearest_neighbors(x, 15, n_threads=1)
    for threads in (2, 3, 8):
        other = nearest_neighbors(x, 15, n_threads=threads)
        assert np.array_equal(one.indices, other.indices)
        assert np.array_equal(one.distances, other.distances)


def test_copies_are_at_distance_zero_and_ties_go_to_the_lower_row() -> None:
    x = prepare(np.tile(np.random.default_rng(3).normal(size=(1, 9)), (40, 1)), "cosine")
    found = nearest_neighbors(x, 5)
    assert (found.distances == 0).all()
    assert found.indices[0].tolist() == [1, 2, 3, 4, 5]
    assert found.indices[30].tolist() == [0, 1, 2, 3, 4]


def test_hundreds_of_copies_leave_room_for_nobody_else() -> None:
    """More copies of a row than a row has candidates waiting: bounds tell none of them apart, rows' numbers do."""
    rng = np.random.default_rng(4)
    x = prepare(rng.normal(size=(6, 37))[rng.integers(0, 6, 1500)], "cosine")
    found = nearest_neighbors(x, 15, exact=True, n_threads=2)
    assert (found.distances == 0).all()
    for i in (0, 1, 700, 1499):
        copies = [j for j in range(len(x)) if j != i and np.array_equal(x[i], x[j])]
        assert found.indices[i].tolist() == copies[:15]


INSTRUCTIONS = """
import hashlib, numpy as np
from leitmotif.kernels.neighbors import nearest_neighbors, prepare, query_neighbors
from leitmotif.dimensionality import UMAP
rng = np.random.default_rng(0)
seen = hashlib.sha256()
for n, d, metric, scale in (
    (700, 3, "cosine", 1), (1300, 37, "cosine", 1), (900, 50, "euclidean", 1e3), (450, 16, "euclidean", 1e-20)
):
    x = rng.normal(size=(n, d)) * rng.exponential(size=(n, 1)) * scale
    x[5], x[200:260], x[300:330] = 0, x[7], x[8] + 1e-4 * scale * rng.normal(size=(30, d))
    x = prepare(x, metric)
    for k in (1, 15, 40):
        for found in (nearest_neighbors(x, k, metric=metric, exact=True), nearest_neighbors(x, k, metric=metric, exact=False),
                      query_neighbors(x, x[::3], k, metric=metric)):
            seen.update(found.indices.tobytes() + found.distances.tobytes())
seen.update(UMAP(n_epochs=20).fit_transform(x).tobytes())
print(seen.hexdigest())
"""


def test_instruction_sets_do_not_change_a_bit(printed_under_instruction_sets) -> None:
    assert len(printed_under_instruction_sets(INSTRUCTIONS)) == 1


def test_memory_mapped_half_precision_is_read(tmp_path: object) -> None:
    path = f"{tmp_path}/x.npy"
    x = np.random.default_rng(4).normal(size=(50, 6)).astype(np.float16)
    np.save(path, x)
    assert np.array_equal(prepare(np.load(path, mmap_mode="r"), "cosine"), prepare(x, "cosine"))


def test_what_cannot_be_used_is_said() -> None:
    with pytest.raises(InvalidInputError, match="metric must be one of"):
        prepare(np.zeros((2, 2)), "manhattan")
    with pytest.raises(EmbeddingsError, match="row 1 holds a value that is not finite"):
        prepare(np.array([[0.0, 1.0], [np.nan, 0.0]]), "cosine")
    with pytest.raises(EmbeddingsError, match="expected a matrix"):
        prepare(np.zeros(3), "cosine")


def test_progress_is_told_and_may_stop_the_search() -> None:
    x = prepare(np.random.default_rng(5).normal(size=(6000, 256)), "cosine")
    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nearest_neighbors(x, 15, n_threads=1, progress=stop)
    assert len(told) == 1 and 0 < told[0] <= 1
