"""Writing a directory so that at every moment the old one or the new one is whole.

    1. everything is written to a new directory beside the target;
    2. the old directory is renamed to ``.<name>.leitmotif-old``;
    3. the new one is renamed to its place;
    4. the old one is removed.

A process that is killed before 3 leaves the old model (between 2 and 3 under the name of step 2, where reading finds it);
after 3, the new one. Against a loss of power, which takes what the system has not brought to the disk yet, step 1 and step 3
can be waited for (``durable``).
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from leitmotif.errors import ModelFileError
from leitmotif.stores.digests import later_sha256

__all__ = ["SUMS", "DirectoryReplacement", "replace_file", "set_aside"]

logger = logging.getLogger(__name__)

SUMS = "SHA256SUMS"
STALE_AFTER_S = 3600.0


def set_aside(path: Path) -> Path:
    """Where the old directory waits between steps 2 and 4."""
    return path.with_name(f".{path.name}.leitmotif-old")


class DirectoryReplacement:
    """A directory in the making, as a context: it takes its place when the block ends well, and vanishes otherwise.

    Parameters
    ----------
    path : Path
        Its place. A link is followed to the directory that it points to.
    own : frozenset of str
        Names that belong to a model: these are replaced. Other files of an old model's directory are carried over.
    durable : bool
        Wait until the new files are on the disk before the old ones go, and until the renames are.

    Raises
    ------
    ModelFileError
        The place is taken by a file, or by a directory that is neither empty nor a model.
    """

    def __init__(self, path: Path, own: frozenset[str], *, durable: bool = False) -> None:
        self.path = Path(os.path.realpath(path))
        self._own = own
        self._durable = durable
        self._sums: dict[str, Callable[[], str]] = {}
        self._locked: int | None = None
        if not self.path.name:
            raise ModelFileError(f"{path} is no place for a model")
        self._new = self.path.with_name(f".{self.path.name}.leitmotif-new-{os.getpid()}-{os.urandom(4).hex()}")

    def _is_model(self, path: Path) -> bool:
        return any((path / name).exists() for name in ("topics.json", "leitmotif.json"))

    def __enter__(self) -> DirectoryReplacement:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._locked = _lock(self.path.parent)
            self._finish_what_was_interrupted()
            self._check_place()
            self._new.mkdir()
        except BaseException as error:
            self._unlock()
            if isinstance(error, OSError):
                raise _unwritable(self.path, error) from error
            raise
        return self

    def _check_place(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ModelFileError(
                f"{self.path} is a file; a model is a directory: choose another path, or remove the file"
            )
        if self.path.is_dir() and not self._is_model(self.path) and any(self.path.iterdir()):
            some = sorted(entry.name for entry in self.path.iterdir())[:3]
            raise ModelFileError(
                f"{self.path} is not empty and holds no model (but {', '.join(some)}): "
                f"choose a path of its own, such as {self.path / 'model'}"
            )

    def _unlock(self) -> None:
        if self._locked is not None:
            os.close(self._locked)
            self._locked = None

    def write(self, name: str, chunks: Iterable[bytes | memoryview]) -> None:
        """Write one file of the new directory; its check sum is made meanwhile."""
        pieces = list(chunks)
        self._sums[name] = later_sha256(pieces)
        try:
            with self._opened(name) as file:
                for piece in pieces:
                    file.write(piece)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _opened(self, name: str) -> BinaryIO:
        target = self._new / name
        if "/" in name:
            target.parent.mkdir(exist_ok=True)
        return target.open("xb")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            digests = {name: digest() for name, digest in sorted(self._sums.items())}
            if kind is None:
                self.write(SUMS, ["".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode()])
                if self._durable:
                    self._sync()
                self._carry_over()
                self._take_place()
        except OSError as problem:
            raise _unwritable(self.path, problem) from problem
        finally:
            shutil.rmtree(self._new, ignore_errors=True)
            self._unlock()

    def _sync(self) -> None:
        """See every file onto the disk: all at once, as a disk does several in the time of one."""

        def sync(name: str) -> None:
            descriptor = os.open(self._new / name, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(sync, self._sums))

    def _carry_over(self) -> None:
        """Take along what somebody else put into the old directory (a README, a .git), by hard links."""
        if not self.path.is_dir():
            return
        for entry in self.path.iterdir():
            target = self._new / entry.name
            if entry.name in self._own or os.path.lexists(target):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.copytree(entry, target, symlinks=True, copy_function=_link_or_copy)
            elif entry.is_symlink():
                target.symlink_to(entry.readlink())
            else:
                _link_or_copy(str(entry), str(target))

    def _take_place(self) -> None:
        aside = set_aside(self.path)
        if self._durable:
            _sync_directory(self._new)
        for attempt in range(20):
            try:
                if self.path.exists():
                    shutil.rmtree(aside, ignore_errors=True)
                    self.path.rename(aside)
                self._new.rename(self.path)
                break
            except OSError:
                # Somebody else saves to the same place at the same time: the later one wins, whole.
                if attempt == 19:
                    if not self.path.exists() and aside.exists():
                        aside.rename(self.path)
                    raise
                time.sleep(0.01 * (attempt + 1))
        if self._durable:
            _sync_directory(self.path.parent)
        shutil.rmtree(aside, ignore_errors=True)

    def _finish_what_was_interrupted(self) -> None:
        aside = set_aside(self.path)
        if aside.is_dir() and not self.path.exists():
            aside.rename(self.path)
        for litter in self.path.parent.glob(f".{self.path.name}.leitmotif-new-*"):
            if time.time() - litter.stat().st_mtime > STALE_AFTER_S:
                logger.info("removing %s, left by a save that was interrupted", litter)
                shutil.rmtree(litter, ignore_errors=True)


def replace_file(path: Path, chunks: Iterable[bytes], *, durable: bool = False) -> None:
    """Write one file so that the old one or the new one is whole at every moment; ``durable`` as for a directory."""
    new = path.with_name(f".{path.name}.leitmotif-new-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        new.replace(path)
        if durable:
            _sync_directory(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        new.unlink(missing_ok=True)


def _lock(directory: Path) -> int | None:
    """Wait until nobody else saves into this directory; closing the descriptor, or dying, lets the next one in."""
    try:
        import fcntl
    except ImportError:  # Windows: the renames alone decide who wins
        return None
    descriptor = os.open(directory, os.O_RDONLY)
    with contextlib.suppress(OSError):  # a network disk without locks
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _unwritable(path: Path, error: OSError) -> ModelFileError:
    return ModelFileError(
        f"{path}: the model cannot be written ({error.strerror or error}); what was there before is untouched"
    )


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _sync_directory(path: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle of a directory to sync
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
