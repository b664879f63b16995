"""Reading a model that is a directory or a zip file of plain data, whoever wrote it, without running a thing."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.state import TopicState
from leitmotif.stores.bertopic_files import read_bertopic
from leitmotif.stores.checks import check_settings, check_state
from leitmotif.stores.digests import later_sha256
from leitmotif.stores.directory import OWN
from leitmotif.stores.documents import DOCUMENTS, read_documents
from leitmotif.stores.native import ARRAYS, TEXTS, read_native
from leitmotif.stores.records import SavedModel
from leitmotif.stores.replacing import SUMS, set_aside
from leitmotif.stores.sources import DirectorySource, MemorySource, Source, ZipSource, explained

__all__ = ["is_model", "read_model"]

logger = logging.getLogger(__name__)


def is_model(path: str | os.PathLike[str]) -> bool:
    """Whether a path looks like a model: a directory with its files, or a zip file."""
    path = Path(path)
    return any((place / name).is_file() for place in (path, set_aside(path)) for name in (TEXTS, "topics.json")) or (
        path.suffix == ".zip" and path.is_file()
    )


def read_model(path: str | os.PathLike[str], *, mapped: bool = False) -> SavedModel:
    """Read a model that we or BERTopic wrote, in either of the two serializations, as a directory or a zip file of it.

    Nothing in the files is run, no link is followed, and no network is touched.

    Parameters
    ----------
    path : path-like
    mapped : bool
        Leave arrays in the file, read-only and shared between processes. Then do not change the directory in place.

    Raises
    ------
    ModelFileError
        Missing, damaged, altered since it was written, or not a model.
    """
    source = _source(Path(path))
    names = source.names()
    if TEXTS not in names:
        if ARRAYS in names or SUMS in names:
            raise ModelFileError(
                f"{source.path / TEXTS}: missing, but other files of leitmotif are there: the model is incomplete"
            )
        return _checked(read_bertopic(source))
    source, verify = _read_whole(source, mapped)
    try:
        saved = read_native(source, mapped=mapped)
        if DOCUMENTS in names:
            with explained(source.path, DOCUMENTS):
                saved = replace(saved, state=_with_documents(saved.state, read_documents(source)))
        saved = _checked(saved)
    except Exception:
        verify()  # damage is told as damage, whatever came of it
        raise
    verify()
    return saved


def _checked(saved: SavedModel) -> SavedModel:
    with explained(saved.path, ""):
        check_state(saved.state, str(saved.path))
        check_settings(saved.settings, str(saved.path))
    return saved


def _with_documents(state: TopicState, documents: list[str]) -> TopicState:
    passages = state.passages
    if passages is None:
        return replace(state, documents=documents)
    try:
        texts = passages.cut(documents)
    except InvalidInputError as error:
        raise ValueError(f"the texts are not those that were divided: {error}") from error
    return replace(state, documents=texts, passages=replace(passages, texts=texts, sources=documents))


def _source(path: Path) -> Source:
    if path.is_dir():
        return DirectorySource(path)
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(b"PK"):
            return ZipSource(path)
        raise ModelFileError(
            f"{path} is neither a directory nor a zip file of a model. If it is a pickle that you trust, "
            "load it with allow_pickle=True: a pickle can run any code"
        )
    aside = set_aside(path)
    if aside.is_dir():
        logger.warning(
            "%s was being replaced when the save was interrupted; reading the model that was there before", path
        )
        return DirectorySource(aside)
    raise ModelFileError(f"{path} does not exist: pass the directory that save() wrote")


def _read_whole(source: Source, mapped: bool) -> tuple[Source, Callable[[], None]]:
    """The files, each read once, and what compares them with their SHA-256, which are made meanwhile."""
    data = source.read(SUMS, max_bytes=1 << 20)
    listed: dict[str, str] = {}
    if not data.endswith(b"\n"):
        raise ModelFileError(f"{source.path / SUMS}: truncated")
    for line in data.decode("utf-8", "replace").splitlines():
        match = re.fullmatch(r"([0-9a-f]{64})  ([\w./-]{1,100})", line)
        if match is None:
            raise ModelFileError(f"{source.path / SUMS}: damaged: {line[:80]!r}")
        listed[match[2]] = match[1]
    present = {name for name in source.names() if name in OWN or name.startswith("images/")} - {SUMS, "images"}
    for name in sorted(present ^ listed.keys()):
        state = "missing" if name in listed else "not of this model: another program wrote it"
        raise ModelFileError(f"{source.path / name}: {state}")
    files: dict[str, bytearray | memoryview] = {}
    found: dict[str, Callable[[], str]] = {}
    for name in listed:
        files[name] = source.map(name) if mapped and name.endswith(".safetensors") else source.read(name)
        found[name] = later_sha256([files[name]])

    def verify() -> None:
        for name, digest in listed.items():
            if found[name]() != digest:
                raise ModelFileError(
                    f"{source.path / name}: altered since it was saved, or damaged (its SHA-256 is not the one in "
                    f"{SUMS}). If another program changed it on purpose, remove {SUMS}, {TEXTS} and {ARRAYS}: the rest is "
                    "then read as BERTopic's files"
                )

    return MemorySource(source.path, files), verify
