"""Smoothed cells, against the averages formed in full."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from leitmotif.kernels.smoothing import best_smoothed_terms, l1_rows, with_predecessors


def random_sparse(rng, shape, density):
    return csr_matrix(rng.random(shape) * (rng.random(shape) < density))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8), st.floats(0.02, 0.9), st.booleans(), st.booleans(), st.integers(1, 3))
def test_best_terms_equal_those_of_the_full_average(seed, n, density, whole, earlier, threads):
    rng = np.random.default_rng(seed)
    cells, background = random_sparse(rng, (9, 25), density), random_sparse(rng, (3, 25), 0.5)
    cells.data = np.round(cells.data * 4)  # many equal weights
    rows = rng.integers(0, 3, 9)
    before = np.where(rng.random(9) < 0.5, np.arange(9) - 1, -1)
    columns, weights = best_smoothed_terms(
        cells,
        n,
        background=background if whole else None,
        background_rows=rows if whole else None,
        predecessor=before if earlier else None,
        n_threads=threads,
    )
    full = l1_rows(cells)
    full = (with_predecessors(full, before) if earlier else full).toarray()
    if whole:
        full = (full + l1_rows(background).toarray()[rows]) / 2
    for cell in range(9):
        order = np.lexsort((np.arange(25), -full[cell]))[:n]
        order = order[full[cell][order] > 0]
        assert columns[cell].tolist() == order.tolist() + [-1] * (n - len(order))
        assert weights[cell].tolist() == full[cell][order].tolist() + [0.0] * (n - len(order))


def test_many_cells_of_many_topics_are_told_apart():
    rng = np.random.default_rng(1)
    cells, background = random_sparse(rng, (700, 60), 0.1), random_sparse(rng, (40, 60), 0.3)
    rows = rng.integers(0, 40, 700)
    columns, _ = best_smoothed_terms(cells, 3, background=background, background_rows=rows)
    full = l1_rows(cells).toarray() + l1_rows(background).toarray()[rows]
    assert np.array_equal(columns, np.argsort(-full, axis=1, kind="stable")[:, :3])


def test_without_background_the_best_are_the_cells_own():
    cells = csr_matrix(np.array([[0.0, 0.2, 0.2, 0.6], [0.0, 0.0, 0.0, 0.0]]))
    columns, weights = best_smoothed_terms(cells, 3)
    assert columns.tolist() == [[3, 1, 2], [-1, -1, -1]]
    assert weights.tolist() == [[0.6, 0.2, 0.2], [0.0, 0.0, 0.0]]


def test_no_cells():
    assert best_smoothed_terms(csr_matrix((0, 4)), 3)[0].shape == (0, 3)


def test_predecessors_enter_unsmoothed():
    cells = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    smoothed = with_predecessors(cells, np.array([-1, 0, 1]))
    assert smoothed.toarray().tolist() == [[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]]


def test_l1_rows_leaves_its_argument_alone():
    matrix = csr_matrix(np.array([[1.0, 3.0], [0.0, 0.0]]))
    assert l1_rows(matrix).toarray().tolist() == [[0.25, 0.75], [0.0, 0.0]]
    assert matrix.toarray().tolist() == [[1.0, 3.0], [0.0, 0.0]]
