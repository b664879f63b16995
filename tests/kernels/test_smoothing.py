"""Smoothed cells, against the averages formed in full."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from leitmotif.kernels.smoothing import best_terms_with_global, l1_rows, with_predecessors


def random_sparse(rng, shape, density):
    return csr_matrix(rng.random(shape) * (rng.random(shape) < density))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 8), st.floats(0.02, 0.9))
def test_best_terms_equal_those_of_the_full_average(seed, n, density):
    rng = np.random.default_rng(seed)
    cells, background = random_sparse(rng, (9, 25), density), random_sparse(rng, (3, 25), 0.5)
    rows = rng.integers(0, 3, 9)
    columns, weights = best_terms_with_global(cells, background, rows, n)
    full = (cells.toarray() + background.toarray()[rows]) / 2
    for cell in range(9):
        order = np.lexsort((np.arange(25), -full[cell]))[:n]
        order = order[full[cell][order] > 0]
        found = columns[cell][columns[cell] >= 0]
        assert found.tolist() == order.tolist()
        assert np.allclose(weights[cell][: len(order)], full[cell][order])


def test_without_background_the_best_are_the_cells_own():
    cells = csr_matrix(np.array([[0.0, 0.2, 0.2, 0.6], [0.0, 0.0, 0.0, 0.0]]))
    columns, weights = best_terms_with_global(cells, None, np.zeros(2, dtype=np.int64), 3)
    assert columns.tolist() == [[3, 1, 2], [-1, -1, -1]]
    assert weights.tolist() == [[0.6, 0.2, 0.2], [0.0, 0.0, 0.0]]


def test_predecessors_enter_unsmoothed():
    cells = csr_matrix(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    smoothed = with_predecessors(cells, np.array([-1, 0, 1]))
    assert smoothed.toarray().tolist() == [[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]]


def test_l1_rows_leaves_its_argument_alone():
    matrix = csr_matrix(np.array([[1.0, 3.0], [0.0, 0.0]]))
    assert l1_rows(matrix).toarray().tolist() == [[0.25, 0.75], [0.0, 0.0]]
    assert matrix.toarray().tolist() == [[1.0, 3.0], [0.0, 0.0]]
