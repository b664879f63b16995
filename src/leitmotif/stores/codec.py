"""Plain data and arrays as JSON with references to named arrays, and back to the same types.

JSON has no tuples, sets, arrays and no keys but texts. They are written as objects with one key that starts with ``$``:

    {"$tuple": […]}  {"$set": […]}  {"$map": [[key, value], …]}  {"$float": "nan" | "inf" | "-inf"}
    {"$array": name}                the array ``name`` of the tensor file
    {"$lines": name}                array of texts: UTF-8, with a line break between them
    {"$texts": {…}}                 the same where a text has line breaks: the names of ``bytes`` and ``lengths``
    {"$csr": {…}, "shape": [n, m]}  sparse matrix by rows: the names of ``data``, ``indices`` and ``indptr``
    {"$record": {field: value}}     a small record; read back as an object with these attributes
    {"$random": {…}}                a ``numpy.random.RandomState`` where it stands

Nothing in here names a class, so nothing can be made to run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import sparse

from leitmotif.errors import ModelFileError
from leitmotif.stores.tensors import CODES

__all__ = ["ArraySink", "NotPlainError", "decode", "encode", "is_plain", "later_lines", "pack_texts", "unpack_texts"]

MAX_DEPTH = 40


class NotPlainError(TypeError):
    """A value that is neither plain data nor an array of numbers or texts."""


class ArraySink:
    """Arrays on their way to a file; equal ones are kept once."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.used: set[str] = set()
        self._alike: dict[tuple[str, tuple[int, ...]], list[str]] = {}

    def offer(self, name: str, array: np.ndarray) -> None:
        """Make an array known that stands in another file already; it counts as used once an equal one is put."""
        self.put(name, array)
        self.used.discard(name)

    def put(self, name: str, array: np.ndarray) -> str:
        """Keep an array and say under which name it stands."""
        array = np.ascontiguousarray(array).reshape(array.shape)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        alike = self._alike.setdefault((array.dtype.str, array.shape), [])
        known = next((other for other in alike if same_bytes(self.arrays[other], array)), None)
        if known is None:
            alike.append(name)
            self.arrays[name] = array
        self.used.add(known or name)
        return known or name


def same_bytes(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two arrays of one shape and type are the same to the bit."""
    return first is second or bool(np.array_equal(first.reshape(-1).view(np.uint8), second.reshape(-1).view(np.uint8)))


def is_plain(value: Any) -> bool:
    """Whether :func:`encode` can write the value."""
    try:
        encode(value, "", ArraySink())
    except NotPlainError:
        return False
    return True


def encode(value: Any, name: str, sink: ArraySink, depth: int = 0) -> Any:
    """The value as JSON; its arrays go to ``sink`` under names that start with ``name``.

    Raises
    ------
    NotPlainError
        Something in it is an object of a class, a function, or an array of objects.
    """
    if depth > MAX_DEPTH:
        raise NotPlainError(f"{name} is nested too deeply")
    match value:
        case None | bool() | str() | int():
            return value if type(value) in (type(None), bool, int, str) else _plain_scalar(value, name)
        case np.bool_() | np.integer():
            return value.item()
        case float() | np.floating():
            number = float(value)
            return number if math.isfinite(number) else {"$float": str(number)}
        case np.ndarray():
            return _encode_array(value, name, sink)
        case Mapping():
            if all(type(key) is str and not key.startswith("$") for key in value):
                return {key: encode(item, f"{name}.{key}", sink, depth + 1) for key, item in value.items()}
            pairs = [
                [encode(key, f"{name}.{i}.key", sink, depth + 1), encode(item, f"{name}.{i}", sink, depth + 1)]
                for i, (key, item) in enumerate(value.items())
            ]
            return {"$map": pairs}
        case tuple():
            return {"$tuple": [encode(item, f"{name}.{i}", sink, depth + 1) for i, item in enumerate(value)]}
        case list():
            return [encode(item, f"{name}.{i}", sink, depth + 1) for i, item in enumerate(value)]
        case Set():
            return {"$set": sorted((encode(item, name, sink, depth + 1) for item in value), key=repr)}
    if isinstance(value, np.random.RandomState):
        return {"$random": encode(value.get_state(legacy=False), name, sink, depth + 1)}
    fields = _record_fields(value)
    if fields is not None:
        return {"$record": {key: encode(item, f"{name}.{key}", sink, depth + 1) for key, item in fields.items()}}
    if sparse.issparse(value):
        matrix = value.tocsr()
        if not matrix.has_sorted_indices:
            matrix = matrix.sorted_indices()
        parts = {part: sink.put(f"{name}.{part}", getattr(matrix, part)) for part in ("data", "indices", "indptr")}
        return {"$csr": parts, "shape": list(matrix.shape)}
    raise NotPlainError(f"{name} is a {type(value).__module__}.{type(value).__qualname__}, which is not plain data")


def _record_fields(value: Any) -> dict[str, Any] | None:
    if isinstance(value, SimpleNamespace):
        return vars(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields_of(value)}
    return None


def _plain_scalar(value: Any, name: str) -> Any:
    # numpy.str_ and the like are texts; enumerations are not.
    if isinstance(value, str) and type(value).__module__ == "numpy":
        return str(value)
    raise NotPlainError(f"{name} is a {type(value).__qualname__}, which is not plain data")


def _encode_array(array: np.ndarray, name: str, sink: ArraySink) -> Any:
    if array.dtype.newbyteorder("<") in CODES:
        return {"$array": sink.put(name, array)}
    if array.dtype.kind in "UO":
        texts: list[Any] = array.ravel().tolist()
        try:
            joined = "\n".join(texts)
        except TypeError as error:
            raise NotPlainError(f"{name} is an array of objects that are not all texts") from error
        lines = _as_bytes(joined)
        if array.ndim == 1 and _line_count(lines) == len(texts):
            return {"$lines": sink.put(name, lines)}
        packed, lengths = pack_texts(texts)
        where = {"bytes": sink.put(f"{name}.bytes", packed), "lengths": sink.put(f"{name}.lengths", lengths)}
        shape = {} if array.ndim == 1 else {"shape": list(array.shape)}
        return {"$texts": where, **shape}
    raise NotPlainError(f"{name} is an array of {array.dtype}, which is not plain data")


def decode(value: Any, arrays: Mapping[str, np.ndarray], depth: int = 0) -> Any:
    """What :func:`encode` was given. Arrays are those of ``arrays``, not copies.

    Raises
    ------
    KeyError, TypeError, ValueError
        Not written by :func:`encode`.
    """
    if depth > 2 * MAX_DEPTH:
        raise ModelFileError("nested too deeply")
    if isinstance(value, list):
        return [decode(item, arrays, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$tuple": list(items)}:
            return tuple(decode(item, arrays, depth + 1) for item in items)
        case {"$set": list(items)}:
            return set(decode(items, arrays, depth + 1))
        case {"$map": list(pairs)}:
            return {decode(key, arrays, depth + 1): decode(item, arrays, depth + 1) for key, item in pairs}
        case {"$record": dict(items)}:
            return SimpleNamespace(**{key: decode(item, arrays, depth + 1) for key, item in items.items()})
        case {"$random": dict(numbers)}:
            return _random_state(decode(numbers, arrays, depth + 1))
        case {"$float": str(number)} if number in ("nan", "inf", "-inf"):
            return float(number)
        case {"$array": str(name)}:
            return arrays[name]
        case {"$lines": str(name)}:
            return np.array(_as_text(arrays[name]).split("\n"), dtype=object)
        case {"$texts": {"bytes": str(packed), "lengths": str(lengths)}}:
            texts = np.array(unpack_texts(arrays[packed], arrays[lengths]), dtype=object)
            return texts.reshape(value["shape"]) if "shape" in value else texts
        case {"$csr": {"data": str(data), "indices": str(indices), "indptr": str(indptr)}, "shape": [int(n), int(m)]}:
            return as_csr(arrays[data], arrays[indices], arrays[indptr], (n, m))
    if any(key.startswith("$") for key in value):
        raise ValueError(f"an unknown kind of value: {sorted(value)[0][:40]!r}")
    return {key: decode(item, arrays, depth + 1) for key, item in value.items()}


def _random_state(numbers: Mapping[str, Any]) -> np.random.RandomState:
    # NumPy takes the position as it is given and would read beyond the key.
    key, place = numbers["state"]["key"], numbers["state"]["pos"]
    if key.shape != (624,) or key.dtype != np.uint32 or type(place) is not int or not 0 <= place <= 624:
        raise ValueError("the state of a random generator is none")
    random = np.random.RandomState(0)
    random.set_state(("MT19937", key, place, int(bool(numbers["has_gauss"])), float(numbers["gauss"])))
    return random


def as_csr(data: np.ndarray, indices: np.ndarray, indptr: np.ndarray, shape: tuple[int, int]) -> sparse.csr_matrix:
    """A sparse matrix, after a look at every index: a wrong one would read memory that is not the matrix's."""
    for part in (indices, indptr):
        if part.ndim != 1 or part.dtype.kind not in "iu":
            raise ValueError("the indices of a sparse matrix are not whole numbers")
    n_rows, n_columns = shape
    sound = (
        data.ndim == 1
        and n_rows >= 0
        and n_columns >= 0
        and len(indptr) == n_rows + 1
        and len(data) == len(indices) == int(indptr[-1])
        and int(indptr[0]) == 0
        and bool(np.all(indptr[1:] >= indptr[:-1]))
        and (len(indices) == 0 or 0 <= int(indices.min()) <= int(indices.max()) < n_columns)
    )
    if not sound:
        raise ValueError(f"a sparse matrix of shape {shape} does not fit its indices")
    return sparse.csr_matrix((data, indices, indptr), shape=shape, copy=False)


def later_lines(entry: Any, arrays: Mapping[str, np.ndarray], n: int) -> Callable[[], np.ndarray] | None:
    """What makes the ``n`` texts of an entry ``$lines``, which are counted now; None for an entry of another kind.

    Raises
    ------
    KeyError, ValueError
        There is no such array, or it holds another number of texts. What is no UTF-8 raises :class:`ModelFileError` when made.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("$lines"), str):
        return None
    name = entry["$lines"]
    packed = _checked_bytes(arrays[name])
    if _line_count(packed) != n:
        raise ValueError(f"{_line_count(packed)} texts in place of {n}")

    def make() -> np.ndarray:
        try:
            return np.array(_as_text(packed).split("\n"), dtype=object)
        except UnicodeDecodeError as error:
            raise ModelFileError(f"the texts {name!r} of the model are not UTF-8: {error}") from error

    return make


def _line_count(packed: np.ndarray) -> int:
    return int(np.count_nonzero(packed == ord("\n"))) + 1


def pack_texts(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Texts as one array of UTF-8 bytes and one of their lengths in characters; lone surrogates are kept."""
    packed = _as_bytes("".join(texts))
    lengths = np.fromiter(map(len, texts), dtype=np.uint32, count=len(texts))
    if not len(lengths) or int(lengths.max()) < 256:
        lengths = lengths.astype(np.uint8)
    return packed, lengths


def _as_bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)


def _as_text(packed: np.ndarray) -> str:
    return _checked_bytes(packed).tobytes().decode("utf-8", "surrogatepass")


def _checked_bytes(packed: np.ndarray) -> np.ndarray:
    if packed.dtype != np.uint8 or packed.ndim != 1:
        raise ValueError("texts are not stored as bytes")
    return packed


def unpack_texts(packed: np.ndarray, lengths: np.ndarray) -> list[str]:
    """Texts of :func:`pack_texts`."""
    if lengths.dtype.kind != "u" or lengths.ndim != 1:
        raise ValueError("texts are not stored as bytes and lengths")
    joined = _as_text(packed)
    ends = np.cumsum(lengths, dtype=np.int64)
    if len(joined) != (int(ends[-1]) if len(ends) else 0):
        raise ValueError("texts do not have the lengths that are stored")
    stops = ends.tolist()
    return [joined[start:stop] for start, stop in zip([0, *stops], stops, strict=False)]
