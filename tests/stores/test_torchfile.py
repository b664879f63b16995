from __future__ import annotations

import io
import json
import os
import pickle
import struct
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leitmotif.errors import ModelFileError
from leitmotif.stores.torchfile import STORAGES, read_torch, torch_bytes

GOLDEN = Path(__file__).parent / "golden"


def tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    table = {name: rng.integers(0, 2, (3, 4)).astype(dtype) for name, dtype in STORAGES.items()}
    return table | {"empty": np.zeros((0, 3), "f4"), "number": np.array(3.5), "ключ": np.arange(300, dtype="i8")}


def test_what_we_write_we_read() -> None:
    found = read_torch(torch_bytes(tensors()), "x")
    assert found.keys() == tensors().keys()
    for name, array in tensors().items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_files_of_torch_itself_are_read() -> None:
    # Written by torch 2.13 through BERTopic, beside the same numbers as safetensors.
    from leitmotif.stores.tensors import read_tensors

    for name in ("topic_embeddings", "ctfidf"):
        theirs = read_torch((GOLDEN / "bertopic-0.17.4-pytorch" / f"{name}.bin").read_bytes(), name)
        same = read_tensors(
            bytearray((GOLDEN / "bertopic-0.17.4-safetensors" / f"{name}.safetensors").read_bytes()), name
        )
        assert theirs.keys() == same.keys()
        for key in same:
            assert theirs[key].dtype == same[key].dtype
            np.testing.assert_array_equal(theirs[key], same[key])


@pytest.mark.peers
def test_torch_reads_what_we_write(tmp_path: Path) -> None:
    python = os.environ.get("LEITMOTIF_PEERS_PYTHON")
    if python is None:
        pytest.skip("LEITMOTIF_PEERS_PYTHON names no Python with torch")
    (tmp_path / "ours.bin").write_bytes(torch_bytes(tensors()))
    code = (
        "import torch, json, sys; t = torch.load(sys.argv[1], weights_only=True); "
        "print(json.dumps({k: [str(v.dtype), v.tolist()] for k, v in t.items()}))"
    )
    done = subprocess.run([python, "-c", code, str(tmp_path / "ours.bin")], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    for name, array in tensors().items():
        assert found[name][1] == array.tolist()


# -- files that are not what they seem --------------------------------------------------------------


class Evil:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (os.system, (f"touch {self.marker}",))


def archive(pickled: bytes, members: dict[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        file.writestr("a/data.pkl", pickled)
        for name, data in (members or {}).items():
            file.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_runs_code_runs_nothing(tmp_path: Path, protocol: int) -> None:
    marker = tmp_path / "marker"
    for thing in (Evil(marker), {"topic_embeddings": Evil(marker)}, [Evil(marker)]):
        pickled = pickle.dumps(thing, protocol=protocol)
        for data in (pickled, archive(pickled)):
            with pytest.raises(ModelFileError):
                read_torch(data, "evil.bin")
    assert not marker.exists()


@pytest.mark.parametrize(
    "pickled",
    [
        b"cos\nsystem\n(S'true'\ntR.",
        b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        b"(S'true'\nios\nsystem\n.",
        b"\x80\x02cbuiltins\neval\n.",
        b"\x80\x02ctorch\n_C\n.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n}b.",
        b"\x80\x02}r\xff\xff\xff\x7f.",
        b"\x80\x02" + b"(" * 1000 + b".",
        b"\x80\x04\x96" + struct.pack("<Q", 1 << 60) + b".",
        b"\x80\x02\x8b" + struct.pack("<i", 1 << 30) + b".",
        b"\x80\x02].",
        b"\x80\x02}X\x01\x00\x00\x00aK\x01s.",
        b"\x80\x02}(u.",
        b"\x80\x02tt.",
        b"\x80\x02h\x05.",
        b"",
        b"\x80\x02",
    ],
)
def test_other_pickles_are_refused(pickled: bytes) -> None:
    if pickled in (b"\x80\x02}r\xff\xff\xff\x7f.", b"\x80\x02}(u."):
        assert read_torch(archive(pickled), "x.bin") == {}  # a memo index costs nothing here
        return
    with pytest.raises(ModelFileError):
        read_torch(archive(pickled), "x.bin")


def described(shape: tuple[int, ...], strides: tuple[int, ...], offset: int = 0, n: int = 4, copies: int = 1) -> bytes:
    def number(value: int) -> bytes:
        return b"\x8a\x08" + struct.pack("<q", value)

    one = (
        b"X\x01\x00\x00\x00%c"
        b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
        b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpu" + number(n) + b"tQ" + number(offset) + b"("
    )
    body = (
        one
        + b"".join(map(number, shape))
        + b"t("
        + b"".join(map(number, strides))
        + b"t\x89ccollections\nOrderedDict\n)RtR"
    )
    return b"\x80\x02}(" + b"".join(body % (97 + i % 26) for i in range(copies)) + b"u."


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((5,), (1,), 0),
        ((4,), (1,), 1),
        ((1 << 40,), (0,), 0),
        ((1 << 40, 1 << 40), (0, 0), 0),
        ((2,), (1 << 62,), 0),
        ((2,), (-1,), 1),
        ((-2,), (1,), 0),
        ((2,), (1,), -1),
        ((2, 2), (1,), 0),
    ],
)
def test_tensors_that_reach_beyond_their_numbers_are_refused(
    shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> None:
    with pytest.raises(ModelFileError):
        read_torch(archive(described(shape, strides, offset), {"a/data/0": b"\0" * 16}), "x.bin")


def test_many_tensors_of_the_same_numbers_do_not_multiply_them() -> None:
    data = archive(described((250_000,), (1,), n=250_000, copies=26), {"a/data/0": bytes(1_000_000)})
    with pytest.raises(ModelFileError, match="more numbers than it has"):
        read_torch(data, "x.bin")


def test_a_transposed_tensor_is_read_right() -> None:
    numbers = np.arange(6, dtype="<f4")
    data = archive(described((3, 2), (1, 3)), {"a/data/0": numbers.tobytes()})
    np.testing.assert_array_equal(read_torch(data, "x")["a"], numbers.reshape(2, 3).T)


def test_compressed_members_are_refused() -> None:
    data = archive(described((4,), (1,)), {"a/data/0": bytes(16)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(ModelFileError, match="compressed"):
        read_torch(data, "x.bin")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_give_our_error_or_tensors(data: st.DataObject) -> None:
    whole = bytearray(torch_bytes({"a": np.arange(4.0), "b": np.arange(6, dtype="i4").reshape(2, 3)}))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    whole = whole[: data.draw(st.integers(len(whole) // 2, len(whole)))]
    try:
        found = read_torch(bytes(whole), "x.bin")
    except ModelFileError:
        return
    assert all(isinstance(array, np.ndarray) for array in found.values())
