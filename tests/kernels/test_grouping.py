"""Sums of sparse rows and the terms of merged nodes, against dense sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.sparse import csr_matrix

from leitmotif.kernels import _native
from leitmotif.kernels.grouping import group_sums, merge_generations, tree_top_terms


@given(
    st.integers(0, 1000),
    st.sampled_from([(12, 5), (3, 400), (40, 7), (1, 1), (5, 70_000)]),
    st.sampled_from(["int32", "int64", "float64", "float32", "bool"]),
    st.integers(1, 3),
)
def test_group_sums(seed, shape, dtype, threads):
    rng = np.random.default_rng(seed)
    matrix = csr_matrix((rng.integers(0, 3, shape) * (rng.random(shape) < 0.3)).astype(dtype))
    groups = rng.integers(-1, 4, shape[0])
    sums = group_sums(matrix, groups, 5, threads)
    dense = np.stack([matrix.toarray()[groups == g].sum(axis=0) for g in range(5)])
    assert np.array_equal(sums.toarray(), dense)
    assert sums.dtype == (np.float64 if dtype.startswith("float") else np.int64)
    for row in range(5):
        assert (np.diff(sums.indices[sums.indptr[row] : sums.indptr[row + 1]]) > 0).all()


def test_group_sums_of_nothing():
    assert group_sums(csr_matrix((0, 4)), np.empty(0, dtype=np.int64), 2).toarray().tolist() == [[0] * 4] * 2
    assert group_sums(csr_matrix((3, 0)), np.zeros(3, dtype=np.int64), 1).shape == (1, 0)


def test_sums_of_fractions_add_in_the_order_of_the_rows():
    values = np.array([[0.1], [1e16], [-1e16], [0.3]])
    total = group_sums(csr_matrix(values), np.zeros(4, dtype=np.int64), 1)
    expected = 0.0
    for value in values.ravel().tolist():
        expected += value
    assert total[0, 0] == expected


@given(st.integers(2, 30), st.integers(0, 1000), st.booleans(), st.integers(1, 2))
def test_terms_of_merged_nodes(n_leaves, seed, root, threads):
    rng = np.random.default_rng(seed)
    leaves = rng.integers(0, 3, (n_leaves, 12)) * (rng.random((n_leaves, 12)) < 0.5)
    children = linkage(rng.random((n_leaves, 2)))[:, :2].astype(np.int64)
    idf = np.round(rng.random(12) * 3, 1) * (rng.random(12) < 0.8)
    columns, weights = tree_top_terms(csr_matrix(leaves), idf, children, 4, root=root, n_threads=threads)
    nodes = list(leaves.astype(float))
    for merge, (left, right) in enumerate(children.tolist()):
        nodes.append(nodes[left] + nodes[right])
        shares = nodes[-1] / max(nodes[-1].sum(), 1)
        expected = (np.sqrt(shares) if root else shares) * idf
        best = [c for c in np.lexsort((np.arange(12), -expected))[:4] if expected[c] > 0]
        assert columns[merge].tolist() == best + [-1] * (4 - len(best))
        assert weights[merge][: len(best)].tolist() == expected[best].tolist()


@given(st.integers(1, 40), st.integers(0, 1000))
def test_generations_hold_each_leaf_once(n_leaves, seed):
    points = np.random.default_rng(seed).random((n_leaves, 2))
    children = linkage(points)[:, :2].astype(np.int64) if n_leaves > 1 else np.empty((0, 2), dtype=np.int64)
    below = [{leaf} for leaf in range(n_leaves)]
    for left, right in children.tolist():
        below.append(below[left] | below[right])
    generations = merge_generations(children)
    assert sorted(np.concatenate([*generations, np.empty(0, dtype=np.int64)]).tolist()) == list(range(len(children)))
    for merges in generations:
        held = [leaf for merge in merges.tolist() for leaf in below[n_leaves + merge]]
        assert len(held) == len(set(held))


def test_arrays_that_do_not_fit_are_refused():
    def sums(indptr, indices, data, order, starts):
        arrays = (
            np.array(indptr),
            np.array(indices, dtype=np.int32),
            np.array(data),
            np.array(order),
            np.array(starts),
        )
        return _native.group_sums(*arrays, 3)

    sums([0, 1], [2], [1], [0], [0, 1])
    for bad in (
        ([0, 2], [2], [1], [0], [0, 1]),
        ([0, 1], [3], [1], [0], [0, 1]),
        ([0, 1], [-1], [1], [0], [0, 1]),
        ([0, 1], [2], [1], [1], [0, 1]),
        ([0, 1], [2], [1], [0], [0, 2]),
    ):
        with pytest.raises(ValueError, match=r"fit each other|outside|fall"):
            sums(*bad)
    leaves, idf = csr_matrix(np.eye(3)), np.ones(3)
    for children in ([[0, 1], [2, 2]], [[0, 3], [1, 2]], [[0, 1], [0, 2]], [[0, 1]]):
        with pytest.raises(ValueError, match=r"earlier ones|fit each other"):
            tree_top_terms(leaves, idf, np.array(children), 2)
