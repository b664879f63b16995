"""A save that is interrupted at any point leaves the old model or the new one."""

from __future__ import annotations

import errno
import os
import pathlib
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leitmotif.errors import ModelFileError
from leitmotif.protocols import Components
from leitmotif.stores import read_model, write_model
from leitmotif.stores.replacing import replace_file, set_aside

from .conftest import SETTINGS, assert_same_state, make_state, without_texts

OLD, NEW = make_state(1), make_state(2, n_topics=3)

# Everything through which a save touches the disk.
STEPS = [
    (os, "fsync"),
    (os, "open"),
    (pathlib.Path, "open"),
    (pathlib.Path, "mkdir"),
    (pathlib.Path, "rename"),
    (shutil, "rmtree"),
]


def interrupt_at(n: int, strike: Callable[[], Any]) -> Iterator[None]:
    """Let the n-th step strike before it is done; yields once, with everything patched."""
    count = 0
    patch = pytest.MonkeyPatch()
    for owner, name in STEPS:
        original = getattr(owner, name)

        def step(*args: Any, _original: Any = original, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == n:
                strike()
            return _original(*args, **kwargs)

        patch.setattr(owner, name, step)
    try:
        yield
    finally:
        patch.undo()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("durable", [False, True])
def test_kill_at_any_step_leaves_a_whole_model(tmp_path: Path, components: Components, durable: bool) -> None:
    path = tmp_path / "model"
    outcomes = []
    for n in range(1, 60):
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        write_model(path, OLD, SETTINGS, components)
        child = os.fork()
        if child == 0:
            try:
                for _ in interrupt_at(n, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                    write_model(path, NEW, SETTINGS, components, durable=durable)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        found = read_model(path).state
        outcomes.append("new" if found.n_topics == NEW.n_topics else "old")
        assert_same_state(without_texts(NEW if outcomes[-1] == "new" else OLD), found)
        write_model(path, NEW, SETTINGS, components)
        assert_same_state(without_texts(NEW), read_model(path).state)
        assert not set_aside(path).exists()
        if not os.WIFSIGNALED(status):
            break
    assert outcomes[-1] == "new"
    assert len(outcomes) > 15
    assert outcomes == sorted(outcomes, reverse=True)  # old, …, old, new, …, new


@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_a_full_disk_at_any_step_leaves_the_old_model_and_no_litter(
    tmp_path: Path, components: Components, code: int, durable: bool
) -> None:
    path = tmp_path / "model"
    write_model(path, OLD, SETTINGS, components)
    before = {file.name: file.read_bytes() for file in path.iterdir()}

    def full() -> None:
        raise OSError(code, os.strerror(code))

    failures = 0
    for n in range(1, 60):
        for _ in interrupt_at(n, full):
            try:
                write_model(path, NEW, SETTINGS, components, durable=durable)
                saved = True
            except ModelFileError as error:
                assert os.strerror(code) in str(error)
                saved = False
                failures += 1
        assert [entry.name for entry in tmp_path.iterdir()] == ["model"]
        after = {file.name: file.read_bytes() for file in path.iterdir()}
        assert (after != before) == saved
        if saved:
            break
    assert failures > (15 if durable else 8)  # fewer steps where the disk is not waited for


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc/self/fd")
def test_the_disk_is_waited_for_in_the_right_order(
    tmp_path: Path, components: Components, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    write_model(path, OLD, SETTINGS, components)
    told: list[str] = []
    sync, rename = os.fsync, pathlib.Path.rename

    def synced(descriptor: int) -> None:
        told.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        told.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(pathlib.Path, "rename", renamed)
    write_model(path, NEW, SETTINGS, components, durable=True)
    files = {file.name for file in path.iterdir()}
    assert set(told[: len(files)]) == files  # the contents, before the old model goes
    assert told[len(files)].startswith(".model.leitmotif-new")
    assert told[len(files) + 1 :] == ["rename", "rename", tmp_path.name]
    told.clear()
    write_model(path, OLD, SETTINGS, components)
    assert told == ["rename", "rename"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_writing_fails_whole_in_the_middle_of_a_file(
    tmp_path: Path, components: Components, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    write_model(path, OLD, SETTINGS, components)
    real = pathlib.Path.open

    def half(self: Path, mode: str = "r", **options: Any) -> Any:
        file = real(self, mode, **options)
        if "x" not in mode or self.name != "leitmotif.safetensors":
            return file
        file.close()
        return open(os.open("/dev/full", os.O_WRONLY), "wb")  # noqa: PTH123 - the writer closes it

    monkeypatch.setattr(pathlib.Path, "open", half)
    with pytest.raises(ModelFileError, match="No space left"):
        write_model(path, NEW, SETTINGS, components)
    monkeypatch.undo()
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]
    assert_same_state(without_texts(OLD), read_model(path).state)


def test_the_model_before_is_found_when_only_it_is_left(
    tmp_path: Path, components: Components, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "model"
    write_model(path, OLD, SETTINGS, components)
    path.rename(set_aside(path))
    assert_same_state(without_texts(OLD), read_model(path).state)
    assert "interrupted" in caplog.text
    write_model(path, NEW, SETTINGS, components)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_litter_of_an_interrupted_save_is_removed_when_it_is_old(tmp_path: Path, components: Components) -> None:
    old, young = (tmp_path / f".model.leitmotif-new-1-{name}" for name in ("old", "young"))
    for litter in (old, young):
        litter.mkdir()
    os.utime(old, (0, 0))
    write_model(tmp_path / "model", OLD, SETTINGS, components)
    assert not old.exists()
    assert young.exists()


def test_savers_at_the_same_time_leave_one_whole_model(tmp_path: Path, components: Components) -> None:
    path = tmp_path / "model"
    errors: list[BaseException] = []

    def save(state: Any) -> None:
        try:
            for _ in range(5):
                write_model(path, state, SETTINGS, components)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(state,)) for state in (OLD, NEW, OLD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    found = read_model(path).state
    assert_same_state(without_texts(NEW if found.n_topics == NEW.n_topics else OLD), found)
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_one_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    replace_file(path, [b"old"])

    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(ModelFileError, match="No space left"):
        replace_file(path, chunks())
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.zip"]
