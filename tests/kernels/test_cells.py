"""The search by cells against the exact one."""

from __future__ import annotations

import numpy as np
import pytest

from leitmotif.kernels.cells import _blocks, cell_neighbors, find_cells
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


def test_blocks_cover_every_position_once() -> None:
    sizes = np.array([0, 5, 400, 192, 193, 0, 1])
    start, cell = _blocks(sizes)
    lengths = np.diff(start)
    assert start[0] == 0 and start[-1] == sizes.sum() and (lengths > 0).all() and lengths.max() <= 192
    assert np.array_equal(np.bincount(cell, weights=lengths, minlength=7), sizes)


def test_centres_are_means_that_lower_the_error() -> None:
    x = prepare(corpus(2000, "groups"), "euclidean")
    centers = find_cells(x, 40, metric="euclidean")
    error = ((x[:, None] - centers[None]) ** 2).sum(axis=2).min(axis=1).mean()
    start = x[np.random.default_rng(0).permutation(2000)[:40]]
    assert error < 0.8 * ((x[:, None] - start[None]) ** 2).sum(axis=2).min(axis=1).mean()
