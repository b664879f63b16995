"""Files that somebody made to break, mislead or take over the reader. What was tried is listed in SECURITY.md."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
import pickle
import resource
import shutil
import stat
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.stores import load, read_model, sub_models, write_model
from leitmotif.stores.checks import check_state
from leitmotif.stores.tensors import read_tensors, tensor_chunks

from .conftest import SETTINGS, make_state

GOLDEN = Path(__file__).parent / "golden"
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def model(tmp_path: Path, components: Components) -> Path:
    path = tmp_path / "model"
    write_model(path, make_state(), SETTINGS, components, save_ctfidf=True, include_docs="all")
    return path


@pytest.fixture(params=["safetensors", "pytorch"])
def theirs(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return Path(shutil.copytree(GOLDEN / f"bertopic-0.17.4-{request.param}", tmp_path / "theirs"))


def signed(path: Path) -> None:
    """Make the check sums right again, as an attacker would."""
    files = [file for file in path.rglob("*") if file.is_file() and file.name != "SHA256SUMS"]
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(path)}\n" for file in files]
    (path / "SHA256SUMS").write_text("".join(lines))


class Evil:
    """A pickle of this makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.marker),))


# -- pickles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "topics.json",
        "config.json",
        "ctfidf_config.json",
        "leitmotif.json",
        "leitmotif.safetensors",
        "topic_embeddings.safetensors",
        "ctfidf.safetensors",
        "topic_embeddings.bin",
        "ctfidf.bin",
        "documents.parquet",
        "SHA256SUMS",
        "images/0.jpg",
    ],
)
def test_a_pickle_under_any_name_runs_nothing(tmp_path: Path, model: Path, theirs: Path, name: str) -> None:
    marker = tmp_path / "marker"
    for path in (model, theirs):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(pickle.dumps(Evil(marker)))
        (path / name.replace(".bin", ".safetensors")).unlink(missing_ok=True) if name.endswith(".bin") else None
        if path == model and name != "SHA256SUMS":
            signed(path)
        try:
            read_model(path)
        except ModelFileError as error:
            assert str(path) in str(error)
            refused = True
        else:
            refused = False
        stem = name.split(".")[0]
        if path == model:  # ours does not read what BERTopic's files only repeat
            assert refused == (stem in ("leitmotif", "documents", "ctfidf", "SHA256SUMS"))
        elif stem not in ("images/0", "documents"):  # Pillow may be missing; BERTopic has no documents
            assert refused
    assert not marker.exists()


@pytest.mark.parametrize("name", ["model", "model.pkl", "model.bin", "model.safetensors", "model.zip", "model.json"])
def test_a_single_pickle_is_read_only_when_allowed_in_words(tmp_path: Path, name: str) -> None:
    marker = tmp_path / "marker"
    (tmp_path / name).write_bytes(pickle.dumps(Evil(marker)))
    with pytest.raises(ModelFileError):
        read_model(tmp_path / name)
    for allowed in (False, None, 1, "yes"):
        with pytest.raises((ModelFileError, InvalidInputError), match="allow_pickle"):
            load(object, tmp_path / name, allow_pickle=allowed)  # type: ignore[arg-type]
    assert not marker.exists()


def test_a_class_that_is_not_in_the_table_is_never_imported(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "evil_module.py").write_text(f"import os; os.mkdir({str(tmp_path / 'marker')!r})")
    monkeypatch.syspath_prepend(tmp_path)
    body = json.loads((model / "leitmotif.json").read_bytes())
    for path in ("evil_module.Evil", "os.system", "subprocess.Popen", "leitmotif.stores.pickles.read_pickle"):
        for role in ("reducer", "clusterer", "vectorizer", "weighting"):
            changed = copy.deepcopy(body)
            changed["parts"][role] = {"class": path, "params": {"args": "touch x"}, "state": {}}
            changed["parts"]["main"] = [{"class": path, "params": {}}]
            (model / "leitmotif.json").write_text(json.dumps(changed))
            signed(model)
            sub_models(read_model(model))
    assert not (tmp_path / "marker").exists()


def test_parameters_that_open_something_else_are_refused(model: Path) -> None:
    from leitmotif.stores import Part

    for part in (
        Part(path="leitmotif.backend.StaticEmbedder", params={"path": "/etc/passwd"}),
        Part(path="leitmotif.representation.PartOfSpeech", params={"model": "../../evil"}),
        Part(path="leitmotif.representation.PartOfSpeech", params={"model": "some_package"}),
    ):
        with pytest.raises(ModelFileError, match="not opened"):
            part.build()


# -- damage -----------------------------------------------------------------------------------------


def damaged(path: Path) -> Iterator[Path]:
    for file in sorted(path.iterdir()):
        whole = file.read_bytes()
        yield file
        file.write_bytes(whole)


def test_every_file_cut_anywhere_is_refused(model: Path) -> None:
    rng = np.random.default_rng(0)
    for file in damaged(model):
        whole = file.read_bytes()
        for n in {0, 1, len(whole) - 1, *rng.integers(0, len(whole), 6).tolist()}:
            file.write_bytes(whole[:n])
            with pytest.raises(ModelFileError, match=r"model/"):
                read_model(model)


def test_every_flipped_bit_is_noticed(model: Path) -> None:
    rng = np.random.default_rng(1)
    for file in damaged(model):
        whole = file.read_bytes()
        for _ in range(25):
            changed = bytearray(whole)
            changed[rng.integers(len(whole))] ^= 1 << int(rng.integers(8))
            file.write_bytes(changed)
            with pytest.raises(ModelFileError):
                read_model(model)


def test_every_missing_file_is_noticed(model: Path) -> None:
    for file in damaged(model):
        file.unlink()
        with pytest.raises(ModelFileError, match=file.name):
            read_model(model)


@quick
@given(st.data())
def test_flipped_bits_under_right_sums_give_our_error_or_a_sound_model(model: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(file for file in model.iterdir() if file.name != "SHA256SUMS")))
    whole = file.read_bytes()
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(changed)
    signed(model)
    try:
        sub_models(read_model(model))
    except ModelFileError:
        pass
    finally:
        file.write_bytes(whole)


def places(tree: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield here
    items = tree.items() if isinstance(tree, dict) else enumerate(tree[:4]) if isinstance(tree, list) else ()
    for key, value in items:
        yield from places(value, (*here, key))


ODD = [
    None,
    True,
    -1,
    -2,
    10**30,
    1e308,
    "",
    "x",
    "-7",
    [],
    {},
    [[]],
    {"$array": "topics"},
    {"$map": [1]},
    {"$x": 1},
    [None] * 9,
]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_json_in_any_place_gives_our_error_or_a_sound_model(model: Path, data: st.DataObject) -> None:
    names = ["leitmotif.json", "topics.json", "config.json", "ctfidf_config.json"]
    ours = data.draw(st.booleans())
    path = model if ours else GOLDEN / "bertopic-0.17.4-safetensors"
    if not ours:
        path = Path(shutil.copytree(path, model.parent / "copy", dirs_exist_ok=True))
        names = names[1:]
    name = data.draw(st.sampled_from(names))
    whole = (path / name).read_bytes()
    tree = json.loads(whole)
    place = data.draw(st.sampled_from(list(places(tree))))
    odd = data.draw(st.sampled_from(ODD))
    if place:
        owner = tree
        for key in place[:-1]:
            owner = owner[key]
        if data.draw(st.booleans()):
            owner[place[-1]] = odd
        else:
            del owner[place[-1]]
    else:
        tree = odd
    (path / name).write_text(json.dumps(tree))
    if ours:
        signed(path)
    try:
        sub_models(read_model(path))
    except ModelFileError as error:
        assert str(path) in str(error) or "file does not hold" in str(error) or "not made" in str(error)
    finally:
        (path / name).write_bytes(whole)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_array_in_place_of_another_gives_our_error_or_a_sound_model(model: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from([model / f"{n}.safetensors" for n in ("leitmotif", "topic_embeddings", "ctfidf")]))
    whole = file.read_bytes()
    arrays = read_tensors(bytearray(whole), "x")
    name = data.draw(st.sampled_from(sorted(arrays)))
    array = arrays[name]
    change = data.draw(
        st.sampled_from(["nan", "negative", "huge", "shorter", "longer", "flat", "deep", "type", "gone"])
    )
    if change == "gone":
        del arrays[name]
    elif change in ("nan", "negative", "huge"):
        array = array.copy()
        if array.size:
            info = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
            extremes = {"nan": np.nan if array.dtype.kind == "f" else info.max, "negative": info.min, "huge": info.max}
            array.flat[0] = extremes[change]
        arrays[name] = array
    else:
        arrays[name] = {
            "shorter": lambda: array[:-1],
            "longer": lambda: np.concatenate([array, array[:1]]),
            "flat": lambda: array.reshape(-1)[: array.size // 2],
            "deep": lambda: array[None],
            "type": lambda: array.astype(np.float16 if array.dtype.kind != "f" else np.int8),
        }[change]()
    file.write_bytes(b"".join(tensor_chunks(arrays)))
    signed(model)
    try:
        saved = read_model(model)
        parts = sub_models(saved)
        points = np.zeros((3, 6), dtype=np.float32)
        parts["hdbscan_model"].predict(parts["umap_model"].transform(points))
    except ModelFileError:
        pass
    except ValueError as error:  # scikit-learn's own check of the points
        assert "feature" in str(error) or "dtype" in str(error)
    finally:
        file.write_bytes(whole)


@quick
@given(st.data())
def test_damaged_files_of_bertopic_give_our_error_or_a_sound_model(theirs: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(theirs.iterdir())))
    whole = file.read_bytes()
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(0, 3))):
        changed[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(changed[: data.draw(st.integers(len(whole) - 40, len(whole)))])
    try:
        sub_models(read_model(theirs))
    except ModelFileError:
        pass
    finally:
        file.write_bytes(whole)


# -- numbers that cannot be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"topics":[', '"topics":[-2,'),
        ('"topics":[', '"topics":[7,'),
        ('"topics":[', '"topics":[1.5,'),
        ('"topics":[', '"topics":[1e400,'),
        ('"topics":[', '"topics":[99999999999999999999,'),
        ('"topic_sizes":{"0":', '"topic_sizes":{"0":-'),
        ('"topic_sizes":{"0":', '"topic_sizes":{"x":1,"0":'),
        ('"topic_mapper":[', '"topic_mapper":[3,'),
        ('"topic_mapper":[[', '"topic_mapper":[[-5,'),
        ('"topic_representations":{"0":[[', '"topic_representations":{"0":[[NaN,'),
        ('"topic_representations":{"0":[', '"topic_representations":{"0":[["w",NaN],'),
        ('"topic_representations":{"0":[', '"topic_representations":{"0":[["w",1e400],'),
        ('"topic_representations":{"0":[', '"topic_representations":{"0":[3,'),
    ],
)
def test_impossible_numbers_in_json_are_refused(theirs: Path, old: str, new: str) -> None:
    text = json.dumps(json.loads((theirs / "topics.json").read_text()), separators=(",", ":"))
    assert old in text
    (theirs / "topics.json").write_text(text.replace(old, new, 1))
    with pytest.raises(ModelFileError, match=r"theirs"):
        read_model(theirs)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["topic_embeddings.topic_embeddings", "ctfidf.data", "ctfidf.diag"])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, name: str, value: float) -> None:
    path = Path(shutil.copytree(GOLDEN / "bertopic-0.17.4-safetensors", tmp_path / "theirs"))
    stem, key = name.split(".")
    file = path / f"{stem}.safetensors"
    arrays = {key: array.copy() for key, array in read_tensors(bytearray(file.read_bytes()), "x").items()}
    arrays[key].flat[0] = value
    file.write_bytes(b"".join(tensor_chunks(arrays)))
    with pytest.raises(ModelFileError, match=r"NaN or infinite|finite"):
        read_model(path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hashes": np.array([3, 3, 9], dtype=np.uint32)},
        {"hashes": np.array([1, 2, 3])},
        {"idf": np.ones(2)},
        {"directions": np.ones((4, 2))},
        {"directions": np.full((3, 2), np.nan)},
        {"weight": "long"},
    ],
)
def test_a_corpus_adaptation_that_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    sound = {
        "hashes": np.array([1, 5, 9], dtype=np.uint32),
        "idf": np.ones(3),
        "directions": np.ones((3, 2)),
        "weight": 0.5,
    }

    def state(parts: dict[str, Any]) -> TopicState:
        return replace(make_state(), extras={"adaptation": SimpleNamespace(**parts)})

    check_state(state(sound), "here")
    with pytest.raises(ModelFileError, match="adaptation"):
        check_state(state(sound | wrong), "here")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed_topic_list", 1e308),
        ("seed_topic_list", [[1]]),
        ("zeroshot_topic_list", "name"),
        ("zeroshot_topic_list", [["name"]]),
        ("n_gram_range", "ab"),
        ("n_gram_range", [1, {"$float": "nan"}]),
        ("top_n_words", None),
        ("random_state", "x"),
    ],
)
def test_parameters_of_other_types_are_refused(model: Path, name: str, value: Any) -> None:
    body = json.loads((model / "leitmotif.json").read_bytes())
    body["settings"][name] = value
    (model / "leitmotif.json").write_text(json.dumps(body))
    signed(model)
    with pytest.raises(ModelFileError, match=name):
        read_model(model)


# -- sizes ------------------------------------------------------------------------------------------


def peak_bytes(path: Path) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            read_model(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_sizes_that_only_the_header_has_allocate_nothing(theirs: Path) -> None:
    read_model(theirs)
    header = json.dumps({"topic_embeddings": {"dtype": "F64", "shape": [1 << 40, 4], "data_offsets": [0, 1 << 45]}})
    (theirs / "topic_embeddings.bin").unlink(missing_ok=True)
    (theirs / "topic_embeddings.safetensors").write_bytes(len(header).to_bytes(8, "little") + header.encode())
    assert peak_bytes(theirs) < 5 << 20


def test_a_file_full_of_holes_is_not_read(theirs: Path) -> None:
    with (theirs / "topics.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ModelFileError, match=r"topics\.json.*more than"):
        read_model(theirs)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 8 << 20  # KiB


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, '{"a":' * 100_000, '"' + "x" * 100, "1" * 1_000_000, "\xff\xfe", "nul"]
)
def test_json_that_is_none_is_refused(theirs: Path, text: str) -> None:
    (theirs / "topics.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelFileError, match=r"topics\.json"):
        read_model(theirs)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("topics.json", "w") as member:
            for _ in range(200):
                member.write(bytes(1 << 20))
        archive.writestr("config.json", "{}")
    assert bomb.stat().st_size < 1 << 20
    assert peak_bytes(bomb) < 5 << 20


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path, model: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("topics.json", bytes(40 << 20))
    data = bytearray(out.getvalue())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    (tmp_path / "liar.zip").write_bytes(data)
    assert peak_bytes(tmp_path / "liar.zip") < 5 << 20


# -- places -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/evil", "a/../../evil", "C:\\evil", "..\\evil", "\\\\host\\evil", "a//b", "x" * 300]
)
def test_zip_members_that_leave_the_model_are_refused(tmp_path: Path, name: str) -> None:
    before = set(tmp_path.parent.rglob("*"))
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("topics.json", "{}")
        archive.writestr(name, "x")
    with pytest.raises(ModelFileError, match=r"slip\.zip"):
        read_model(path)
    assert set(tmp_path.parent.rglob("*")) - before == {path}


def test_links_and_doubles_in_a_zip_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("topics.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ModelFileError, match="symbolic link"):
        read_model(tmp_path / "link.zip")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("topics.json", "{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("topics.json", "{}")
    with pytest.raises(ModelFileError, match="twice"):
        read_model(tmp_path / "two.zip")


def test_symbolic_links_are_refused(tmp_path: Path, model: Path, theirs: Path) -> None:
    for path in (model, theirs):
        for file in sorted(path.iterdir()):
            moved = tmp_path / f"{path.name}-{file.name}"
            file.rename(moved)
            file.symlink_to(moved)
            with pytest.raises(ModelFileError, match="symbolic link"):
                read_model(path)
            file.unlink()
            moved.rename(file)
    read_model(theirs)


def test_links_of_the_hubs_cache_are_followed_and_no_others(tmp_path: Path, theirs: Path) -> None:
    repository = tmp_path / "models--user--model"
    snapshot, blobs = repository / "snapshots" / "abc123", repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for i, file in enumerate(sorted(theirs.iterdir())):
        file.rename(blobs / str(i))
        (snapshot / file.name).symlink_to(Path("..") / ".." / "blobs" / str(i))
    read_model(snapshot)
    secret = tmp_path / "secret"
    secret.write_text("{}")
    (snapshot / "topics.json").unlink()
    (snapshot / "topics.json").symlink_to(secret)
    with pytest.raises(ModelFileError, match="symbolic link"):
        read_model(snapshot)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_directories_in_place_of_files_do_not_block(theirs: Path) -> None:
    (theirs / "topics.json").unlink()
    os.mkfifo(theirs / "topics.json")
    with pytest.raises(ModelFileError, match="not a regular file"):
        read_model(theirs)
    (theirs / "topics.json").unlink()
    (theirs / "topics.json").mkdir()
    with pytest.raises(ModelFileError, match="not a regular file"):
        read_model(theirs)


def test_what_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="does not exist"):
        read_model(tmp_path / "nowhere")
    with pytest.raises(ModelFileError, match=r"topics\.json.*missing"):
        read_model(tmp_path)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ModelFileError, match="neither a directory nor a zip"):
        read_model(tmp_path / "text")


def test_reading_touches_no_network(model: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for path in (model, theirs):
        sub_models(read_model(path))
    for missing in (model.parent / "no" / "model", "./no/model", "/no/model", f"{model.name}/x"):
        monkeypatch.chdir(model.parent)
        with pytest.raises(ModelFileError, match="does not exist"):
            load(object, missing)
