"""The safetensors format: named arrays in one file, with a header that is checked before anything is allocated.

The layout is that of https://github.com/huggingface/safetensors (Apache-2.0): eight bytes of header length,
the header as JSON, the bytes of the arrays without gaps.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from leitmotif.errors import ModelFileError

__all__ = ["read_tensors", "tensor_chunks"]

DTYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
}
CODES = {dtype: code for code, dtype in DTYPES.items()}
MAX_HEADER_BYTES = 32 << 20


def tensor_chunks(
    tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None
) -> Iterator[bytes | memoryview]:
    """The bytes of a safetensors file, piece by piece, without copies of the arrays; the same bytes for the same arrays.

    Arrays with the longest elements come first, so that each starts at a multiple of its element size.
    """
    order = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    arrays, end = [], 0
    for name in order:
        array = np.asarray(tensors[name], order="C")
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        header[name] = {
            "dtype": CODES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [end, end + array.nbytes],
        }
        end += array.nbytes
        arrays.append(array)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    yield len(text).to_bytes(8, "little") + text
    for array in arrays:
        yield array.reshape(-1).view(np.uint8).data


def read_tensors(data: bytearray | memoryview, where: str) -> dict[str, np.ndarray]:
    """Arrays of a safetensors file, as views of ``data`` (copied only where they would not be aligned).

    Parameters
    ----------
    data : bytearray or memoryview
        The whole file. Read-only memory gives read-only arrays.
    where : str
        Name of the file, for messages.

    Raises
    ------
    ModelFileError
        Truncated, a header that promises other sizes than there are bytes, gaps or overlaps, an unknown type.
    """

    def wrong(reason: str) -> ModelFileError:
        return ModelFileError(f"{where}: {reason}")

    n_bytes = len(data)
    if n_bytes < 8:
        raise wrong("truncated: shorter than a safetensors header")
    n_header = int.from_bytes(data[:8], "little")
    if n_header > n_bytes - 8 or n_header > MAX_HEADER_BYTES:
        raise wrong(f"the header claims {n_header} bytes of a file of {n_bytes}: truncated, altered or not safetensors")
    try:
        header = json.loads(bytes(data[8 : 8 + n_header]))
    except (ValueError, RecursionError):
        raise wrong("the header is not JSON: altered or not safetensors") from None
    if not isinstance(header, dict):
        raise wrong("the header is not a table of arrays")
    header.pop("__metadata__", None)
    start = 8 + n_header
    tensors: dict[str, np.ndarray] = {}
    spans: list[tuple[int, int]] = []
    for name, entry in header.items():
        dtype, shape, begin, end = _entry(entry, name, wrong)
        if not 0 <= begin <= end <= n_bytes - start:
            raise wrong(f"array {name[:80]!r} lies outside of the file")
        if math.prod(shape) * dtype.itemsize != end - begin:
            raise wrong(f"array {name[:80]!r} of shape {shape} does not fill its {end - begin} bytes")
        spans.append((begin, end))
        array = np.frombuffer(data, dtype=dtype, count=math.prod(shape), offset=start + begin).reshape(shape)
        tensors[name] = array if array.flags.aligned else array.copy()
    position = 0
    for begin, end in sorted(spans):
        if begin != position:
            raise wrong("arrays overlap or leave a gap")
        position = end
    if position != n_bytes - start:
        raise wrong(f"{n_bytes - start - position} bytes belong to no array")
    return tensors


def _entry(entry: Any, name: str, wrong: Any) -> tuple[np.dtype[Any], tuple[int, ...], int, int]:
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        raise wrong(f"array {name[:80]!r} is not described")
    dtype = DTYPES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if dtype is None:
        raise wrong(f"array {name[:80]!r} has the unknown type {str(entry['dtype'])[:20]!r}")
    shape, offsets = entry["shape"], entry["data_offsets"]
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int and 0 <= n < 1 << 48 for n in numbers):
            raise wrong(f"array {name[:80]!r} has an absurd shape or place")
    if len(shape) > 8 or len(offsets) != 2:
        raise wrong(f"array {name[:80]!r} has an absurd shape or place")
    return dtype, tuple(shape), offsets[0], offsets[1]
