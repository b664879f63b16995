from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.relabel import group_indicator, group_means, majority_by_key, overlap, size_order

LABELS = st.lists(st.integers(-1, 6), min_size=1, max_size=60).map(lambda x: np.array(x, dtype=np.int64))


@given(LABELS)
def test_sizes_descend_in_the_new_numbering(labels):
    order = size_order(labels)
    new = np.array([order[label] for label in labels.tolist()])
    inner = np.unique(new[new >= 0])
    assert inner.tolist() == list(range(len(inner)))
    counts = [int((new == topic).sum()) for topic in inner]
    assert counts == sorted(counts, reverse=True)
    assert ((new == -1) == (labels == -1)).all()


def test_equal_sizes_keep_the_order_of_their_ids():
    assert size_order(np.array([5, 3, 5, 3, 9, -1])) == {3: 0, 5: 1, 9: 2, -1: -1}


@given(LABELS)
def test_group_indicator_sums_rows(labels):
    rows = labels + 1
    matrix = np.arange(len(rows) * 2).reshape(-1, 2)
    summed = group_indicator(rows, 8) @ matrix
    expected = np.array([matrix[rows == group].sum(axis=0) for group in range(8)])
    assert (summed == expected).all()


@given(LABELS)
def test_group_means(labels):
    matrix = np.random.default_rng(0).normal(size=(len(labels), 3)).astype(np.float32)
    means = group_means(matrix, labels + 1, 8)
    for group in range(8):
        members = matrix[labels + 1 == group]
        expected = members.astype(np.float64).mean(axis=0) if len(members) else np.zeros(3)
        np.testing.assert_allclose(means[group], expected, rtol=1e-6, atol=1e-7)


def test_overlap_counts_shared_documents():
    assert overlap(np.array([0, 0, 1]), 2, np.array([2, 0, 0]), 3).tolist() == [[1, 0, 1], [1, 0, 0]]


def test_equal_texts_get_one_label():
    labels = np.array([4, 4, -1, 2, -1, -1, 7])
    keys = np.array([1, 1, 1, 5, 5, 9, 2])
    assert majority_by_key(labels, keys).tolist() == [4, 4, 4, 2, 2, -1, 7]
    assert labels.tolist() == [4, 4, -1, 2, -1, -1, 7]
