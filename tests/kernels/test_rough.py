"""The rough search for queries against the exact one, and what its bits may not depend on."""

from __future__ import annotations

import numpy as np
import pytest

from leitmotif.kernels.neighbors import prepare, query_neighbors
from leitmotif.kernels.rough import CANDIDATES, KEPT_LENGTH, RoughRows, main_directions, rough_pays


def points(n: int, d: int, seed: int = 0) -> np.ndarray:
    """Groups whose directions matter less and less, as those of embeddings do."""
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(40, d))
    x = centers[rng.integers(0, 40, n)] + rng.normal(size=(n, d))
    return x * 1.0 / np.sqrt(1 + np.arange(d))


@pytest.mark.parametrize(("metric", "d"), [("cosine", 96), ("euclidean", 96), ("cosine", 5), ("euclidean", 17)])
def test_nearly_all_neighbours_are_found_with_their_exact_distances(metric: str, d: int) -> None:
    x = points(3000, d) * (1 if metric == "cosine" else 1e4)
    center = x.mean(axis=0)
    rows, queries = prepare(x[:2700], metric, center), prepare(x[2700:], metric, center)
    found = RoughRows(rows).neighbors(queries, 15, metric=metric)
    exact = query_neighbors(rows, queries, 15, metric=metric)
    same = np.mean([len(np.intersect1d(a, b)) / 15 for a, b in zip(found.indices, exact.indices, strict=True)])
    assert same > 0.99
    agree = found.indices == exact.indices
    assert agree.mean() > 0.95
    np.testing.assert_array_equal(found.distances[agree], exact.distances[agree])
    assert (np.diff(found.distances, axis=1) >= 0).all()


def test_batch_order_and_threads_do_not_change_a_bit() -> None:
    rows, queries = prepare(points(2500, 48), "cosine"), prepare(points(300, 48, seed=1), "cosine")
    search = RoughRows(rows, n_threads=1)
    whole = search.neighbors(queries, 10, n_threads=1)
    again = RoughRows(rows, n_threads=4).neighbors(queries[::-1].copy(), 10, n_threads=4)
    parts = [search.neighbors(queries[i : i + 7], 10) for i in range(0, 300, 7)]
    for which in (0, 1):
        assert np.array_equal(whole[which], again[which][::-1])
        assert np.array_equal(whole[which], np.concatenate([part[which] for part in parts]))


def test_directions_hold_the_share_asked_for_and_no_more_than_they_must() -> None:
    x = points(2000, 80).astype(np.float32)
    directions = main_directions(x)
    used = directions[np.abs(directions).sum(axis=1) > 0]
    np.testing.assert_allclose(used @ used.T, np.eye(len(used)), atol=1e-5)

    def held(rows: np.ndarray) -> float:
        return float(((x @ rows.T) ** 2).sum() / (x**2).sum())

    assert held(used) >= KEPT_LENGTH > held(used[:-16])


def test_copies_zeros_and_few_rows() -> None:
    x = np.zeros((60, 20))
    x[20:] = np.random.default_rng(2).normal(size=(40, 20))
    x[40:55] = x[30]
    rows = prepare(x, "cosine")
    found = RoughRows(rows).neighbors(rows, 60)
    exact = query_neighbors(rows, rows, 60)
    assert np.array_equal(np.sort(found.indices), np.tile(np.arange(60), (60, 1))), "all rows, where so many are wanted"
    np.testing.assert_array_equal(found.distances, exact.distances)
    few = RoughRows(rows[:3]).neighbors(rows[:2], 5)
    assert (few.indices[:, 3:] == -1).all() and np.isinf(few.distances[:, 3:]).all()
    assert sorted(few.indices[0, :3].tolist()) == [0, 1, 2]


def test_values_of_any_size_end_well() -> None:
    for scale in (1e-38, 1e30):
        x = (np.random.default_rng(3).normal(size=(100, 20)) * scale).astype(np.float32)
        found = RoughRows(x).neighbors(x[:5], 3, metric="euclidean")
        assert found.indices.shape == (5, 3) and found.indices.max() < 100


def test_it_pays_for_many_rows_whatever_the_queries() -> None:
    assert not rough_pays(1000)
    assert rough_pays(20_000)
    assert CANDIDATES[0] >= 2 * 15


INSTRUCTIONS = """
import hashlib, numpy as np
from leitmotif.kernels.neighbors import prepare
from leitmotif.kernels.rough import RoughRows
rng = np.random.default_rng(0)
seen = hashlib.sha256()
for n, d, metric in ((700, 3, "cosine"), (1300, 37, "cosine"), (900, 130, "euclidean")):
    x = prepare(rng.normal(size=(n, d)) * rng.exponential(size=(n, 1)), metric)
    for k in (1, 15):
        found = RoughRows(x).neighbors(x[::3] + np.float32(0.01), k, metric=metric)
        seen.update(found.indices.tobytes() + found.distances.tobytes())
print(seen.hexdigest())
"""


def test_instruction_sets_do_not_change_a_bit(printed_under_instruction_sets) -> None:
    assert len(printed_under_instruction_sets(INSTRUCTIONS)) == 1
