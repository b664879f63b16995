"""The search by cells against the exact one, and its two steps against plain ones."""

from __future__ import annotations

import numpy as np
import pytest

from leitmotif.kernels import _native
from leitmotif.kernels.cells import _LARGEST, _cut_large, cell_neighbors, find_cells
from leitmotif.kernels.neighbors import nearest_neighbors, prepare


def corpus(n: int, kind: str, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == "even":
        return rng.normal(size=(n, 12))
    centers = rng.normal(size=(60, 24))
    return centers[rng.integers(0, 60, n)] + 0.5 * rng.normal(size=(n, 24))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("kind", ["even", "groups"])
def test_nearly_all_neighbours_are_found(kind: str, metric: str) -> None:
    x = prepare(corpus(6000, kind), metric)
    exact = nearest_neighbors(x, 15, metric=metric, exact=True)
    found = cell_neighbors(x, 15, metric=metric)
    recall = np.mean([len(set(a) & set(b)) / 15 for a, b in zip(exact.indices, found.indices, strict=True)])
    assert recall >= 0.95
    assert (found.distances >= exact.distances - 1e-6).all()
    assert (found.indices != np.arange(6000)[:, None]).all()


def test_threads_do_not_change_a_bit() -> None:
    x = prepare(corpus(3000, "groups"), "cosine")
    one = cell_neighbors(x, 10, n_threads=1)
    for threads in (2, 3, 8):
        other = cell_neighbors(x, 10, n_threads=threads)
        assert np.array_equal(one.indices, other.indices) and np.array_equal(one.distances, other.distances)


def test_copies_fill_one_cell_and_are_found() -> None:
    x = prepare(np.ones((2000, 4)), "cosine")
    found = cell_neighbors(x, 5)
    assert (found.distances == 0).all() and found.indices[0].tolist() == [1, 2, 3, 4, 5]


def test_a_query_finds_the_nearest_of_the_cells_it_looks_into() -> None:
    rng = np.random.default_rng(3)
    x, queries = (rng.normal(size=(m, 19)).astype(np.float32) for m in (300, 70))
    cell = rng.integers(0, 9, 300)
    order = np.argsort(cell, kind="stable").astype(np.int64)
    start = np.searchsorted(cell[order], np.arange(10)).astype(np.int64)
    probes = np.stack([rng.permutation(9)[:3] for _ in queries]).astype(np.int32)
    probes[5, 1:] = -1
    found, keys = _native.search_cells(x, queries, order, start, probes, 40, False, 2, None)
    square = ((queries[:, None, :].astype(np.float64) - x[None]) ** 2).sum(axis=2)
    for q, looked in enumerate(probes):
        there = np.flatnonzero(np.isin(cell, looked))
        nearest = there[np.argsort(square[q, there])][:40]
        assert found[q, : len(nearest)].tolist() == nearest.tolist() and (found[q, len(nearest) :] == -1).all()
        np.testing.assert_allclose(keys[q, : len(nearest)], square[q, nearest] / 2, rtol=1e-5)


@pytest.mark.parametrize("d", [5, 16, 43])
def test_a_join_lets_neighbours_of_a_row_learn_of_each_other(d: int) -> None:
    """Against sets: who is in a list of a row, or has it in its own, meets all others there."""
    n, k = 90, 6
    rng = np.random.default_rng(d)
    x = rng.normal(size=(n, d)).astype(np.float32)
    square = ((x[:, None, :].astype(np.float64) - x[None]) ** 2).sum(axis=2) / 2
    ids = np.stack([rng.permutation(np.delete(np.arange(n), i))[:k] for i in range(n)]).astype(np.int32)
    ids = np.take_along_axis(ids, np.argsort(np.take_along_axis(square, ids, axis=1), axis=1), axis=1)
    joined, keys = ids.copy(), np.take_along_axis(square, ids, axis=1).astype(np.float32)
    order = rng.permutation(n).astype(np.int64)
    _native.join_neighbors(x, order, joined, keys, n, 1, 2, None)
    known = [set(row) for row in ids.tolist()]
    learnt = [set(row) for row in known]
    for i in range(n):
        party = known[i] | {j for j in range(n) if i in known[j]} | {i}
        for guest in party:
            learnt[guest] |= party - {guest}
    for i in range(n):
        assert joined[i].tolist() == sorted(learnt[i], key=lambda j, i=i: square[i, j])[:k]
    np.testing.assert_allclose(keys, np.take_along_axis(square, joined, axis=1), rtol=1e-4)


def test_a_second_round_of_joins_equals_two_calls() -> None:
    """Those who met in the first round are not compared again, and nothing is lost by that."""
    x = prepare(corpus(1500, "groups"), "cosine")
    rng = np.random.default_rng(0)
    ids = np.stack([rng.permutation(np.delete(np.arange(1500), i))[:8] for i in range(1500)]).astype(np.int32)
    order = np.arange(1500, dtype=np.int64)
    once, twice = ids.copy(), ids.copy()
    keys = np.zeros(ids.shape, np.float32)
    _native.join_neighbors(x, order, once, keys.copy(), 1500, 3, 0, None)
    for _ in range(3):
        _native.join_neighbors(x, order, twice, keys, 1500, 1, 0, None)
    assert (once == twice).all() and not (once == ids).all()


def test_progress_is_told_in_order_and_may_stop_the_search() -> None:
    """What Ctrl-C raises at the same places: here among the cells, which begin at 0.15."""
    x = prepare(np.random.default_rng(1).normal(size=(16_000, 96)), "cosine")
    told: list[float] = []

    def stop(done: float) -> None:
        told.append(done)
        if done > 0.15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cell_neighbors(x, 15, n_threads=1, progress=stop)
    assert told == sorted(told) and 0.15 < told[-1] < 0.6 and all(done <= 0.15 for done in told[:-1])


def test_progress_may_stop_the_joins() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40_000, 64)).astype(np.float32)
    ids = rng.integers(0, len(x), (len(x), 20)).astype(np.int32)
    told: list[float] = []

    def stop(done: float) -> None:
        told.append(done)
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _native.join_neighbors(x, np.arange(len(x)), ids, np.zeros(ids.shape, np.float32), 20, 2, 1, stop)
    assert 0 < told[-1] < 0.5  # within the first of two rounds


def test_large_cells_are_cut_and_every_row_is_in_one_part() -> None:
    rng = np.random.default_rng(0)
    home = np.sort(np.where(rng.random(7000) < 0.8, 2, rng.integers(0, 5, 7000)))
    probes = np.stack([home, (home + 1) % 5], axis=1).astype(np.int32)
    order, start, looked = _cut_large(probes, 5)
    assert np.array_equal(np.sort(order), np.arange(7000)) and start[0] == 0 and start[-1] == 7000
    assert np.diff(start).min() > 0 and np.diff(start).max() <= _LARGEST
    part = np.empty(7000, dtype=np.int64)
    part[order] = np.repeat(np.arange(len(start) - 1), np.diff(start))
    assert np.array_equal(looked[:, 0], part)  # a row looks into the part that it lies in
    cell_of_part = home[order[start[:-1]]]
    assert np.array_equal(cell_of_part[looked], probes)
    assert len(np.unique(looked[home == 1, 1])) == np.count_nonzero(cell_of_part == 2)  # others spread over the parts


def test_many_copies_cost_no_more_than_they_must() -> None:
    """A third of the rows are one text: its cell is cut, and each copy still finds copies."""
    x = corpus(12_000, "groups")
    x[::3] = x[0]
    found = cell_neighbors(prepare(x, "cosine"), 5)
    assert (found.distances[::3] == 0).all() and (found.indices[::3] % 3 == 0).all()
    assert (found.indices != np.arange(12_000)[:, None]).all()


def test_centres_are_means_that_lower_the_error() -> None:
    x = prepare(corpus(2000, "groups"), "euclidean")
    centers = find_cells(x, 40, metric="euclidean")
    error = ((x[:, None] - centers[None]) ** 2).sum(axis=2).min(axis=1).mean()
    start = x[np.random.default_rng(0).permutation(2000)[:40]]
    assert error < 0.8 * ((x[:, None] - start[None]) ** 2).sum(axis=2).min(axis=1).mean()
