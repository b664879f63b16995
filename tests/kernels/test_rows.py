from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.rows import RowIndex


@given(st.integers(0, 40), st.integers(0, 20), st.integers(1, 4), st.sampled_from(["f4", "f8"]), st.integers(0, 999))
def test_the_first_equal_row_is_found(n: int, m: int, d: int, dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, queries = (rng.choice([-1.0, -0.0, 0.0, 0.5], size=(k, d)).astype(dtype) for k in (n, m))
    expected = [next((i for i, row in enumerate(rows.tolist()) if row == query), -1) for query in queries.tolist()]
    assert RowIndex(rows).find(queries).tolist() == expected


@pytest.mark.parametrize("n", [1, 1023, 1025, 3000])
def test_every_row_finds_itself(n: int) -> None:
    rows = np.random.default_rng(n).normal(size=(n, 7)).astype(np.float32)
    index = RowIndex(rows)
    assert index.find(rows).tolist() == list(range(n))
    assert (index.find(np.nextafter(rows, np.float32(9))) == -1).all()
