"""c-TF-IDF kept as counts comes back to the bit, and counts that lie are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from leitmotif.kernels.ctfidf import class_idf, ctfidf
from leitmotif.stores.narrowing import narrow, wide
from leitmotif.stores.weights import later_weights, pack_weights, unpack_weights


def counts_of(seed: int, n_rows: int, n_terms: int, most: int) -> csr_matrix:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, most + 1, size=(n_rows, n_terms)) * (rng.random((n_rows, n_terms)) < 0.5)
    if n_rows > 2:
        counts[1] = 0  # a topic without words
    return csr_matrix(counts.astype(np.int32))


@given(
    st.integers(0, 999),
    st.integers(1, 9),
    st.integers(1, 60),
    st.sampled_from([1, 3, 200, 70_000]),
    st.booleans(),
    st.booleans(),
)
def test_weights_of_counts_come_back_to_the_bit(
    seed: int, n_rows: int, n_terms: int, most: int, root: bool, seeded: bool
) -> None:
    counts = counts_of(seed, n_rows, n_terms, most)
    idf = class_idf(counts) * (np.random.default_rng(seed).choice([1.0, 2.0], n_terms) if seeded else 1.0)
    matrix = ctfidf(counts, idf, root)
    packed = pack_weights(matrix, idf)
    if packed is None:  # a topic whose rarest term is not rare: the weights are kept themselves
        return
    assert packed["root"] in (root, False)
    again = unpack_weights(packed)
    assert again.data.tobytes() == matrix.data.tobytes()
    np.testing.assert_array_equal(again.indices, matrix.indices)
    np.testing.assert_array_equal(again.indptr, matrix.indptr)
    assert again.shape == matrix.shape


@pytest.mark.parametrize("root", [False, True])
def test_usual_topics_are_packed(root: bool) -> None:
    counts = counts_of(3, 200, 500, 40)  # more than one block
    idf = class_idf(counts)
    packed = pack_weights(ctfidf(counts, idf, root), idf)
    assert packed is not None
    np.testing.assert_array_equal(packed["counts"], counts.data)
    assert packed["counts"].dtype == np.int8
    assert packed["indices"].dtype == np.int16


def test_what_counts_do_not_give_is_kept_as_it_is() -> None:
    counts = counts_of(1, 5, 30, 9)
    idf = class_idf(counts)
    matrix = ctfidf(counts, idf)
    changed = matrix.copy()
    changed.data[7] = np.nextafter(changed.data[7], 1)
    zero = idf.copy()
    zero[matrix.indices[0]] = 0.0
    for other, factors in (
        (changed, idf),
        (matrix, idf * np.pi),
        (matrix * -1.0, idf),
        (matrix, zero),
        (matrix.astype(np.float32), idf),
        (csr_matrix((3, 30)), idf),
    ):
        assert pack_weights(other, factors) is None


def test_counts_that_lie_are_refused() -> None:
    counts = counts_of(2, 6, 20, 9)
    counts.data[counts.indptr[:-1][np.diff(counts.indptr) > 0]] = 1
    idf = class_idf(counts)
    good: dict[str, Any] = pack_weights(ctfidf(counts, idf), idf) or {}
    assert (later_weights(good, 6)() != ctfidf(counts, idf)).nnz == 0
    lies: list[dict[str, Any]] = [{"shape": (6, 19)}, {"shape": (6, 21)}, {"shape": (-1, 20)}, {"shape": (7, 20)}]
    lies += [
        {"counts": value} for value in (-good["counts"], good["counts"] * 0, good["counts"][1:], good["counts"] / 2)
    ]
    lies += [{"indices": value} for value in (good["indices"] + 20, good["indices"] - 20, good["indices"][1:])]
    lies += [{"indptr": value} for value in (good["indptr"][::-1], good["indptr"][1:], good["indptr"] + 1)]
    lies += [
        {"idf": value}
        for value in (idf[1:], idf.astype(np.float32), idf[None], np.full_like(idf, np.inf), np.full_like(idf, np.nan))
    ]
    for lie in lies:
        with pytest.raises((ValueError, KeyError, TypeError)):
            later_weights(good | lie, 6)
    with pytest.raises(ValueError, match="5 topics"):
        later_weights(good, 5)


@given(st.lists(st.integers(-(2**62), 2**62), max_size=20))
def test_narrow_numbers_are_the_same_numbers(values: list[int]) -> None:
    array = np.array(values, dtype=np.int64)
    assert wide(narrow(array)).tolist() == values
    assert narrow(array).dtype.itemsize <= 8


def test_the_narrowest_type_is_taken() -> None:
    for high, dtype in (
        (127, "i1"),
        (255, "u1"),
        (256, "i2"),
        (65535, "u2"),
        (65536, "i4"),
        (2**32 - 1, "u4"),
        (2**32, "i8"),
    ):
        assert narrow(np.array([0, high])).dtype == dtype
        assert narrow(np.array([-1, high])).dtype != dtype or dtype[0] == "i"
    assert narrow(np.array([0.5])).dtype == np.float64
    with pytest.raises(ValueError, match="whole numbers"):
        wide(np.array([0.5]))
