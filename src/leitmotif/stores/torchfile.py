"""PyTorch's ``.bin`` files as weights only, read and written without torch and without unpickling.

``torch.save`` writes a zip of stored members: a pickle that describes a dictionary of tensors, and one member of raw
numbers a tensor. The pickle's instructions are looked at one by one; the few that such a dictionary is made of are
carried out here on our own data, and any other, or any other name than those of tensors, is an error. No pickle
machine ever runs.
"""

from __future__ import annotations

import io
import math
import pickletools
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from leitmotif.errors import ModelFileError

__all__ = ["read_torch", "torch_bytes"]

STORAGES = {
    "BoolStorage": np.dtype("?"),
    "ByteStorage": np.dtype("u1"),
    "CharStorage": np.dtype("i1"),
    "ShortStorage": np.dtype("<i2"),
    "IntStorage": np.dtype("<i4"),
    "LongStorage": np.dtype("<i8"),
    "HalfStorage": np.dtype("<f2"),
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
}
REBUILD = "torch._utils _rebuild_tensor_v2"
ORDERED = "collections OrderedDict"
MAX_PICKLE_BYTES = 1 << 20
_MARK = object()


def read_torch(data: bytearray | memoryview | bytes, where: str) -> dict[str, np.ndarray]:
    """Tensors of a ``.bin`` file that holds a dictionary of names to dense tensors.

    Parameters
    ----------
    data : bytes-like
        The whole file.
    where : str
        Name of the file, for messages.

    Raises
    ------
    ModelFileError
        Not such a file; anything in it but tensors; sizes that do not fit; compressed members.
    """

    def wrong(reason: str) -> ModelFileError:
        return ModelFileError(f"{where}: {reason}")

    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = {member.filename: member for member in archive.infolist()}
        pickled = [name for name in members if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickled) != 1:
            raise wrong("not a file of PyTorch tensors")
        folder = pickled[0].removesuffix("data.pkl")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members.values()):
            raise wrong("has compressed members, which PyTorch never writes")
        if members[pickled[0]].file_size > MAX_PICKLE_BYTES:
            raise wrong("describes more than tensors")
        order = archive.read(folder + "byteorder") if folder + "byteorder" in members else b"little"
        if order != b"little":
            raise wrong("is not in little-endian byte order")
        described = _tensors_described(archive.read(pickled[0]), wrong)
        tensors: dict[str, np.ndarray] = {}
        if sum(math.prod(shape) * dtype.itemsize for dtype, _, _, shape, _ in described.values()) > len(data):
            raise wrong("describes more numbers than it has")
        for name, (storage, key, offset, shape, strides) in described.items():
            member = members.get(f"{folder}data/{key}")
            if member is None:
                raise wrong(f"the numbers of {name[:80]!r} are missing")
            numbers = np.frombuffer(archive.read(member), dtype=storage)
            last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
            if 0 in shape:
                tensors[name] = np.zeros(shape, dtype=storage)
            elif last >= len(numbers) or math.prod(shape) > len(numbers):
                raise wrong(f"{name[:80]!r} of shape {shape} is larger than its {len(numbers)} numbers")
            else:
                steps = [step * storage.itemsize for step in strides]
                tensors[name] = np.ndarray(shape, storage, numbers, offset * storage.itemsize, steps).copy()
        return tensors
    except ModelFileError:
        raise
    except Exception as error:  # zipfile, zlib, struct and pickletools each have their own errors for damaged bytes
        raise wrong(f"not a file of PyTorch tensors: {error}") from error


def _tensors_described(
    pickled: bytes, wrong: Any
) -> dict[str, tuple[np.dtype[Any], str, int, tuple[int, ...], tuple[int, ...]]]:
    """Name -> (number type, member, offset, shape, strides), from the few instructions that torch.save writes."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}

    def to_mark() -> list[Any]:
        at = max(i for i, item in enumerate(stack) if item is _MARK)
        items = stack[at + 1 :]
        del stack[at:]
        return items

    for opcode, argument, _ in pickletools.genops(pickled):
        value: Any = argument
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                stack.append(_MARK)
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_TUPLE":
                stack.append(())
            case "NEWFALSE" | "NEWTRUE":
                stack.append(opcode.name == "NEWTRUE")
            case "BINUNICODE" | "SHORT_BINUNICODE" | "BININT" | "BININT1" | "BININT2" | "LONG1":
                stack.append(value)
            case "GLOBAL":
                known = value in (REBUILD, ORDERED) or value.removeprefix("torch ") in STORAGES
                if not known:
                    raise wrong(f"wants {value[:80]!r}; only tensors are read, and nothing was run")
                stack.append(("global", value))
            case "BINPUT" | "LONG_BINPUT":
                memo[value] = stack[-1]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[value])
            case "TUPLE":
                stack.append(tuple(to_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                n = int(opcode.name[-1])
                stack[-n:] = [tuple(stack[-n:])]
            case "BINPERSID":
                stack.append(_storage(stack.pop(), wrong))
            case "REDUCE":
                arguments, function = stack.pop(), stack.pop()
                stack.append(_call(function, arguments, wrong))
            case "SETITEM":
                item, key = stack.pop(), stack.pop()
                stack[-1][key] = item
            case "SETITEMS":
                items = to_mark()
                stack[-1].update(zip(items[::2], items[1::2], strict=True))
            case "STOP":
                break
            case _:
                raise wrong(f"holds the pickle instruction {opcode.name}; only tensors are read, and nothing was run")
    result = stack[-1] if stack else None
    if not isinstance(result, dict):
        raise wrong("is not a dictionary of tensors")
    for name, item in result.items():
        if not isinstance(name, str) or not (isinstance(item, tuple) and len(item) == 5):
            raise wrong("is not a dictionary of tensors")
    return result


def _storage(identity: Any, wrong: Any) -> tuple[str, np.dtype[Any], str]:
    match identity:
        case ("storage", ("global", str(name)), str(key), str(), int()) if name.removeprefix("torch ") in STORAGES:
            return "numbers", STORAGES[name.removeprefix("torch ")], key
    raise wrong("refers to something that is not a tensor's numbers")


def _call(function: Any, arguments: Any, wrong: Any) -> Any:
    match function, arguments:
        case ("global", "collections OrderedDict"), ():
            return {}
        case ("global", "torch._utils _rebuild_tensor_v2"), (("numbers", dtype, key), int(offset), shape, strides, *_):
            numbers = (*shape, *strides)
            sane = isinstance(shape, tuple) and isinstance(strides, tuple) and len(shape) == len(strides) <= 8
            if sane and offset >= 0 and all(type(n) is int and 0 <= n < 1 << 48 for n in numbers):
                return dtype, key, offset, shape, strides
    raise wrong("describes something that is not a dense tensor")


def torch_bytes(tensors: Mapping[str, np.ndarray], folder: str = "archive") -> bytes:
    """A file that ``torch.load(..., weights_only=True)`` reads as a dictionary of tensors.

    The same bytes for the same arrays.
    """
    names = {dtype: name for name, dtype in STORAGES.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:

        def write(name: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0)), data)

        arrays = [np.asarray(array, order="C") for array in tensors.values()]
        arrays = [array.astype(array.dtype.newbyteorder("<"), copy=False) for array in arrays]
        instructions = [b"\x80\x02}("]
        for key, (name, array) in enumerate(zip(tensors, arrays, strict=True)):
            strides = [step // array.itemsize for step in array.strides]
            instructions += [
                _text(name),
                _global(REBUILD),
                b"((" + _text("storage") + _global(f"torch {names[array.dtype]}") + _text(str(key)) + _text("cpu"),
                _int(array.size) + b"tQ" + _int(0),
                b"(" + b"".join(map(_int, array.shape)) + b"t(" + b"".join(map(_int, strides)) + b"t",
                b"\x89" + _global(ORDERED) + b")RtR",
            ]
        write("data.pkl", b"".join([*instructions, b"u."]))
        write("byteorder", b"little")
        for key, array in enumerate(arrays):
            write(f"data/{key}", array.tobytes())
        write("version", b"3\n")
    return out.getvalue()


def _text(text: str) -> bytes:
    data = text.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _global(name: str) -> bytes:
    return b"c" + name.replace(" ", "\n").encode() + b"\n"


def _int(number: int) -> bytes:
    if number < 1 << 31:
        return b"J" + struct.pack("<i", number)
    return b"\x8a\x08" + struct.pack("<q", number)
