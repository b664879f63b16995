"""Where the bytes of a saved model come from: a directory or a single zip file, read with suspicion.

Nothing outside the model is opened, no link is followed (but those of the Hub's own cache), nothing is
unpacked to disk, and no more is read than a file of its kind may hold.
"""

from __future__ import annotations

import json
import mmap
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from leitmotif.errors import ModelFileError

__all__ = ["DirectorySource", "MemorySource", "Source", "ZipSource", "explained", "parse_json"]

MAX_JSON_BYTES = 256 << 20
"""A JSON file of a model with ten million documents is about half of this."""

MAX_TENSOR_BYTES = 1 << 40
MAX_INFLATION = 200
"""A member of a zip file may not grow by more than this when unpacked (beyond the first 16 MiB)."""


class Source(Protocol):
    """Named files of one model."""

    path: Path

    def names(self) -> frozenset[str]:
        """The files that there are: plain names, and ``images/…``."""
        ...

    def read(self, name: str, *, max_bytes: int = MAX_TENSOR_BYTES) -> bytearray:
        """All bytes of a file, in memory of their own."""
        ...

    def map(self, name: str) -> memoryview:
        """All bytes of a file, read-only and shared between processes where the source allows it."""
        ...


@contextmanager
def explained(path: Path, name: str) -> Iterator[None]:
    """Turn whatever a malformed file provokes into a :class:`ModelFileError` that names the file and the reason."""
    try:
        yield
    except ModelFileError:
        raise
    except (KeyError, IndexError) as error:
        raise ModelFileError(f"{path / name}: an entry is missing: {error}") from error
    except RecursionError as error:
        raise ModelFileError(f"{path / name}: nested too deeply") from error
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path / name}: not what a model holds: {error}") from error


def parse_json(source: Source, name: str) -> Any:
    """Contents of a JSON file: finite numbers only, bounded size.

    Raises
    ------
    ModelFileError
        Missing, too large, truncated, not UTF-8, not JSON, or with NaN or infinite numbers in it.
    """
    data = source.read(name, max_bytes=MAX_JSON_BYTES)
    with explained(source.path, name):
        try:
            return json.loads(data, parse_constant=_refuse_constant)
        except json.JSONDecodeError as error:
            raise ModelFileError(
                f"{source.path / name}: not JSON ({error.msg}, line {error.lineno}): truncated or altered?"
            ) from None
        except UnicodeDecodeError as error:
            raise ModelFileError(f"{source.path / name}: not UTF-8 at byte {error.start}") from None


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no number that a model may hold")


class DirectorySource:
    """A model that is a directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> frozenset[str]:
        """See :class:`Source`."""
        found: set[str] = set()
        for entry in os.scandir(self.path):
            if entry.name == "images" and entry.is_dir(follow_symlinks=False):
                found.update(f"images/{image.name}" for image in os.scandir(entry.path))
            else:
                found.add(entry.name)
        return frozenset(found)

    def read(self, name: str, *, max_bytes: int = MAX_TENSOR_BYTES) -> bytearray:
        """See :class:`Source`."""
        descriptor, size = self._open(name, max_bytes)
        with os.fdopen(descriptor, "rb") as file:
            data = bytearray(size)
            view, n_read = memoryview(data), 0
            while n_read < size:
                n = file.readinto(view[n_read:])
                if not n:
                    raise ModelFileError(f"{self.path / name}: shorter than its size says; is it being written?")
                n_read += n
        return data

    def map(self, name: str) -> memoryview:
        """See :class:`Source`."""
        descriptor, size = self._open(name, MAX_TENSOR_BYTES)
        with os.fdopen(descriptor, "rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if size else memoryview(b"")

    def _open(self, name: str, max_bytes: int) -> tuple[int, int]:
        path = self.path / name
        self._refuse_links(path)
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            raise ModelFileError(f"{path}: missing; is {self.path} the directory of a saved model?") from None
        except OSError as error:
            raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            os.close(descriptor)
            if stat.S_ISREG(status.st_mode):
                raise ModelFileError(
                    f"{path}: {status.st_size} bytes, more than the {max_bytes} that such a file may have"
                )
            raise ModelFileError(f"{path}: not a regular file")
        return descriptor, status.st_size

    def _refuse_links(self, path: Path) -> None:
        # A link could make a model read any file of its reader. The Hub's cache keeps links of its own:
        # models--a--b/snapshots/<revision>/<file> -> ../../blobs/<hash>; only those are followed.
        for part in (path, path.parent) if path.parent != self.path else (path,):
            if not part.is_symlink():
                continue
            cache = self.path.resolve().parents
            blobs = cache[1] / "blobs" if len(cache) > 1 and cache[0].name == "snapshots" else None
            if blobs is None or blobs != part.resolve().parent:
                raise ModelFileError(f"{part}: a symbolic link, which a model may not hold; copy the file itself")


class ZipSource:
    """A model that is one zip file, read member by member and never unpacked to disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.is_symlink() and not path.is_file():
            raise ModelFileError(f"{path}: a link to nothing")
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise ModelFileError(f"{path}: not a zip file: {error}") from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            if member.is_dir():
                continue
            name = member.filename
            parts = name.split("/")
            if ".." in parts or "" in parts or "\\" in name or ":" in name or len(name) > 255:
                raise ModelFileError(f"{path}: a member leaves the model: {name[:80]!r}")
            if stat.S_ISLNK(member.external_attr >> 16):
                raise ModelFileError(f"{path}: {name!r} is a symbolic link, which a model may not hold")
            if name in self._members:
                raise ModelFileError(f"{path}: {name!r} is in it twice")
            self._members[name] = member
        self._strip_common_folder()

    def _strip_common_folder(self) -> None:
        # "zip -r model.zip model/" puts everything under model/.
        folders = {name.split("/")[0] for name in self._members if "/" in name}
        if len(folders) == 1 and folders != {"images"} and all("/" in name for name in self._members):
            self._members = {name.split("/", 1)[1]: member for name, member in self._members.items()}

    def names(self) -> frozenset[str]:
        """See :class:`Source`."""
        return frozenset(self._members)

    def read(self, name: str, *, max_bytes: int = MAX_TENSOR_BYTES) -> bytearray:
        """See :class:`Source`."""
        member = self._members.get(name)
        if member is None:
            raise ModelFileError(f"{self.path / name}: missing; is {self.path} a saved model?")
        size = member.file_size
        if size > max_bytes or size > MAX_INFLATION * member.compress_size + (16 << 20):
            raise ModelFileError(f"{self.path / name}: would unpack to {size} bytes; that is no model")
        try:
            with self._zip.open(member) as file:
                data = bytearray(file.read(size + 1))
        except (OSError, RuntimeError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
            raise ModelFileError(f"{self.path / name}: damaged: {error}") from error
        except Exception as error:  # zlib.error derives from Exception alone
            raise ModelFileError(f"{self.path / name}: damaged: {error}") from error
        if len(data) != size:
            raise ModelFileError(f"{self.path / name}: {len(data)} bytes instead of {size}")
        return data

    def map(self, name: str) -> memoryview:
        """See :class:`Source`."""
        return memoryview(self.read(name)).toreadonly()


class MemorySource:
    """Files that were read already; each is given out once, so that its memory is free when nobody needs it."""

    def __init__(self, path: Path, files: dict[str, bytearray | memoryview]) -> None:
        self.path = path
        self._files = files
        self._names = frozenset(files)

    def names(self) -> frozenset[str]:
        """See :class:`Source`."""
        return self._names

    def read(self, name: str, *, max_bytes: int = MAX_TENSOR_BYTES) -> bytearray:
        """See :class:`Source`."""
        data = self._take(name)
        if len(data) > max_bytes:
            raise ModelFileError(f"{self.path / name}: {len(data)} bytes, more than the {max_bytes} that it may have")
        return data if isinstance(data, bytearray) else bytearray(data)

    def map(self, name: str) -> memoryview:
        """See :class:`Source`."""
        return memoryview(self._take(name)).toreadonly()

    def _take(self, name: str) -> bytearray | memoryview:
        data = self._files.pop(name, None)
        if data is None:
            raise ModelFileError(f"{self.path / name}: missing; is {self.path} the directory of a saved model?")
        return data
