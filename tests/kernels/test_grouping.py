"""Sums of sparse rows, against dense sums."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, vstack

from leitmotif.kernels.grouping import group_sums, tree_sums, with_sorted_indices


@given(st.integers(0, 1000), st.sampled_from([(12, 5), (3, 400), (40, 7)]))
def test_group_sums(seed, shape):
    rng = np.random.default_rng(seed)
    matrix = csr_matrix(rng.integers(0, 3, shape) * (rng.random(shape) < 0.3))
    groups = rng.integers(0, 4, shape[0])
    sums = group_sums(matrix, groups, 5)
    dense = np.stack([matrix.toarray()[groups == g].sum(axis=0) for g in range(5)])
    assert np.array_equal(sums.toarray(), dense)
    for row in range(5):
        assert (np.diff(sums.indices[sums.indptr[row] : sums.indptr[row + 1]]) > 0).all()


def test_sorted_indices_keep_the_entries():
    matrix = csr_matrix((np.array([3, 1, 2]), np.array([2, 0, 1]), np.array([0, 2, 3])), shape=(2, 3))
    assert with_sorted_indices(matrix).indices.tolist() == [0, 2, 1]
    assert with_sorted_indices(matrix).data.tolist() == [1, 3, 2]


def test_tree_sums():
    rng = np.random.default_rng(0)
    leaves = csr_matrix(rng.integers(0, 2, (4, 9)))
    sums = tree_sums(leaves, np.array([[0, 2], [3, 1], [4, 5]]))
    dense = leaves.toarray()
    expected = [dense[0] + dense[2], dense[3] + dense[1], dense.sum(axis=0)]
    assert np.array_equal(vstack(sums).toarray(), np.stack(expected))
