"""Bins of equal width, against pandas.cut."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.timebins import equal_width_bins


@given(
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=50).filter(lambda v: len(set(v)) > 1), st.integers(1, 12)
)
def test_membership_is_that_of_pandas_cut(values, n_bins):
    values = np.array(values, dtype=np.float64)
    _, codes = equal_width_bins(values, n_bins)
    expected = pd.cut(values, n_bins, labels=False)
    edges = np.linspace(values.min(), values.max(), n_bins + 1)
    # On an inner edge the two may round differently; elsewhere they must agree.
    clear = np.abs(values[:, None] - edges[None, 1:-1]).min(axis=1, initial=np.inf) > 1e-6
    assert np.array_equal(codes[clear], expected[clear])


def test_first_edge_is_the_smallest_value():
    edges, codes = equal_width_bins(np.array([0.0, 6.0, 3.0]), 3)
    assert edges.tolist() == [0.0, 2.0, 4.0]
    assert codes.tolist() == [0, 2, 1]


def test_right_edges_belong_to_the_bin():
    _, codes = equal_width_bins(np.array([0.0, 2.0, 2.1, 4.0]), 2)
    assert codes.tolist() == [0, 0, 1, 1]


def test_nanoseconds_keep_their_precision():
    start = np.int64(1_700_000_000_000_000_001)
    values = start + np.arange(11, dtype=np.int64) * 2
    edges, codes = equal_width_bins(values, 10)
    assert edges.dtype == np.int64
    assert edges.tolist() == (start + np.arange(10) * 2).tolist()
    assert codes.tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("values", [np.array([5, 5, 5]), np.array([2.5])])
def test_equal_values_are_one_bin(values):
    edges, codes = equal_width_bins(values, 4)
    assert edges.tolist() == [values[0]]
    assert not codes.any()
