from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from leitmotif.errors import ModelFileError
from leitmotif.stores.tensors import CODES, read_tensors, tensor_chunks

safetensors = pytest.importorskip("safetensors.numpy")

arrays = st.sampled_from(sorted(CODES, key=str)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5))
)
tables = st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda s: s != "__metadata__"), arrays, max_size=5)


def same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return first.keys() == second.keys() and all(
        a.dtype == second[name].dtype and a.shape == second[name].shape and a.tobytes() == second[name].tobytes()
        for name, a in first.items()
    )


@settings(max_examples=60, deadline=None)
@given(tables)
def test_what_we_write_the_library_reads_and_the_other_way_round(table: dict[str, np.ndarray]) -> None:
    ours = b"".join(tensor_chunks(table))
    assert same(safetensors.load(ours), table)
    assert same(read_tensors(bytearray(safetensors.save(table)), "theirs"), table)
    assert same(read_tensors(bytearray(ours), "ours"), table)


def test_big_endian_and_fortran_arrays_are_read_back_in_value() -> None:
    table = {"a": np.arange(6, dtype=">i4").reshape(2, 3), "b": np.asfortranarray(np.arange(6.0).reshape(2, 3))}
    found = read_tensors(bytearray(b"".join(tensor_chunks(table))), "x")
    np.testing.assert_array_equal(found["a"], table["a"])
    np.testing.assert_array_equal(found["b"], table["b"])


def file_of(header: Any, body: bytes = b"\0" * 8) -> bytearray:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return bytearray(len(text).to_bytes(8, "little") + text + body)


def entry(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    return {"a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    "data",
    [
        bytearray(),
        bytearray(b"\xff" * 8),
        bytearray((1 << 60).to_bytes(8, "little") + b"{}"),
        file_of(b"not json"),
        file_of(b"[" * 100_000),
        file_of([1, 2]),
        file_of({"a": 3}),
        file_of(entry(dtype="OBJECT")),
        file_of(entry(dtype=["F32"])),
        file_of(entry(shape=(1 << 40, 1 << 40))),
        file_of(entry(shape=(-2,))),
        file_of(entry(shape=(2.0,))),
        file_of(entry(shape=(True, 2))),
        file_of(entry(shape=(3,))),
        file_of(entry(shape=(1,) * 9)),
        file_of(entry(offsets=(0, 1 << 40))),
        file_of(entry(offsets=(-8, 0))),
        file_of(entry(offsets=(8, 0))),
        file_of(entry(offsets=(0, 8, 16))),
        file_of(entry() | {"b": entry()["a"]}),
        file_of(entry(), b"\0" * 9),
        file_of(entry(), b"\0" * 7),
        file_of({}),
    ],
)
def test_a_header_that_lies_is_refused(data: bytearray) -> None:
    with pytest.raises(ModelFileError, match=r"here\.safetensors"):
        read_tensors(data, "here.safetensors")


def test_the_same_arrays_give_the_same_bytes_in_any_order() -> None:
    table = {"b": np.arange(3, dtype="u1"), "a": np.arange(3.0), "c": np.arange(5, dtype="i4")}
    assert b"".join(tensor_chunks(table)) == b"".join(tensor_chunks(dict(reversed(table.items()))))
