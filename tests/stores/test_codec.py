from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_matrix

from leitmotif.stores.codec import ArraySink, NotPlainError, as_csr, decode, encode, pack_texts, unpack_texts

from .conftest import assert_same

# Any str, lone surrogates too.
texts = st.text(st.characters(), max_size=6) | st.text(st.characters(categories=["Cs"]), max_size=3)
keys = texts | st.integers(-5, 5) | st.tuples(st.integers(0, 3), texts)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats()
    | texts
    | hnp.arrays(st.sampled_from(["f4", "f8", "i8", "u1", "?"]), hnp.array_shapes(min_dims=0, max_dims=2, min_side=0))
    | st.lists(texts, max_size=4).map(lambda values: np.array(values, dtype=object))
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$array", "$map", "a"]), inner, max_size=2)
        | st.sets(st.integers(), max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(trees)
def test_any_plain_value_comes_back(value: Any) -> None:
    sink = ArraySink()
    encoded = encode(value, "x", sink)
    text = json.dumps(encoded, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")
    assert_same(value, decode(json.loads(text), sink.arrays))


def test_a_random_generator_goes_on_where_it_stood() -> None:
    random = np.random.RandomState(3)
    random.normal(size=5)
    sink = ArraySink()
    encoded = json.loads(json.dumps(encode({"r": random}, "x", sink)))
    again = decode(encoded, sink.arrays)["r"]
    np.testing.assert_array_equal(again.normal(size=700), random.normal(size=700))
    for place in (-1, 625, 10**12, 1.5, None):
        encoded["r"]["$random"]["state"]["pos"] = place
        with pytest.raises(ValueError, match="random generator"):
            decode(encoded, sink.arrays)


@settings(max_examples=100, deadline=None)
@given(st.lists(texts))
def test_texts_come_back(values: list[str]) -> None:
    assert unpack_texts(*pack_texts(values)) == values


@pytest.mark.parametrize("value", [object(), print, int, {"a": [object()]}, np.array([object()]), np.array([1j])])
def test_what_is_no_data_is_not_written(value: Any) -> None:
    with pytest.raises(NotPlainError):
        encode(value, "x", ArraySink())


def test_equal_arrays_are_kept_once() -> None:
    sink = ArraySink()
    encode({"a": np.arange(3.0), "b": np.arange(3.0), "c": np.arange(3)}, "x", sink)
    assert sorted(sink.arrays) == ["x.a", "x.c"]


def test_a_matrix_comes_back_sorted_and_equal() -> None:
    matrix = csr_matrix((np.array([1.0, 2.0]), np.array([1, 0]), np.array([0, 2, 2])), shape=(2, 3))
    sink = ArraySink()
    found = decode(encode(matrix, "m", sink), sink.arrays)
    np.testing.assert_array_equal(found.toarray(), [[2, 1, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("indices", "indptr", "shape"),
    [
        ([0, -1], [0, 1, 2], (2, 3)),
        ([0, 3], [0, 1, 2], (2, 3)),
        ([0, 1], [0, 2, 1], (2, 3)),
        ([0, 1], [0, 1, 3], (2, 3)),
        ([0, 1], [-1, 1, 2], (2, 3)),
        ([0, 1], [0, 1, 2], (3, 3)),
        ([0, 1], [0, 1, 2], (-1, 3)),
        ([0, 1], [0, 1, 2], (2, -3)),
        ([0.0, 1.0], [0, 1, 2], (2, 3)),
        ([[0, 1]], [0, 1, 2], (2, 3)),
    ],
)
def test_indices_that_leave_a_matrix_are_refused(indices: Any, indptr: Any, shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="sparse matrix"):
        as_csr(np.ones(2), np.array(indices), np.array(indptr), shape)


@pytest.mark.parametrize(
    ("packed", "lengths"),
    [
        (np.array([255], "u1"), np.array([1], "u4")),
        (np.array([65], "u1"), np.array([2], "u4")),
        (np.array([65], "u1"), np.array([], "u4")),
        (np.array([65], "u1"), np.array([1], "i4")),
        (np.array([65], "i4"), np.array([1], "u4")),
    ],
)
def test_damaged_texts_are_refused(packed: np.ndarray, lengths: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"texts|utf-8"):
        unpack_texts(packed, lengths)
