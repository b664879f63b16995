"""Our own two files: ``leitmotif.json`` (what there is) and ``leitmotif.safetensors`` (the arrays that it names).

They hold everything that BERTopic's files forget. Topic embeddings and c-TF-IDF stand in BERTopic's files where those
keep them exactly, and are named from there (``"@topic_embeddings…"``, ``"@ctfidf…"``): nothing large is written twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from leitmotif.errors import ModelFileError
from leitmotif.history import History
from leitmotif.state import TopicState
from leitmotif.stores.bertopic_files import read_weights
from leitmotif.stores.codec import ArraySink, decode, encode
from leitmotif.stores.edits import encode_history, history_reader
from leitmotif.stores.parts import part_from_json, part_to_json
from leitmotif.stores.records import EmbedderNote, SavedModel, SavedParts
from leitmotif.stores.sources import Source, explained, parse_json
from leitmotif.stores.states import decode_state, encode_each, encode_state
from leitmotif.stores.tensors import read_tensors

__all__ = ["FORMAT_VERSION", "encode_model", "read_native"]

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2
TEXTS, ARRAYS = "leitmotif.json", "leitmotif.safetensors"


def encode_model(
    state: TopicState,
    settings: Mapping[str, Any],
    embedder: EmbedderNote,
    parts: SavedParts,
    *,
    shared: Mapping[str, np.ndarray],
    defaults: Iterable[str] = (),
    history: History | None = None,
) -> tuple[bytes, dict[str, np.ndarray]]:
    """Contents of ``leitmotif.json`` and the arrays of ``leitmotif.safetensors``.

    Parameters
    ----------
    state : TopicState
        With the parts that shall not be written already taken out.
    settings, embedder, parts
        See :class:`leitmotif.stores.records.SavedModel`.
    shared : mapping of str to ndarray
        Arrays of BERTopic's files by the name that they have here; an equal array of ours is not written again.
    defaults : iterable of str
        Sub-models that nobody gave to the constructor.
    history : History, optional
        Edits whose states have the same parts taken out.
    """
    sink = ArraySink()
    for name, array in shared.items():
        sink.offer(name, array)
    body: dict[str, Any] = {
        "format": "leitmotif model",
        "version": FORMAT_VERSION,
        "written_by": versions(),
        "data": _data(state),
        "settings": encode_each(settings, "settings", sink),
        "defaults": sorted(defaults),
        "embedder": {
            "kind": embedder.kind,
            "name": embedder.name,
            "part": part_to_json(embedder.part, "embedder", sink),
        },
        "parts": parts.to_json(sink),
    }
    pool: dict[str, int] = {}
    body["state"] = encode_state(
        state, sink, pool, packs_weights=not any(name.startswith("@ctfidf") for name in shared)
    )
    if history is not None and history.edits:
        body["history"] = encode_history(history, state, body["state"], sink, pool)
    body["texts"] = encode(np.array(list(pool), dtype=object), "texts", sink) if pool else None
    body["shared"] = sorted({name[1:].split(".")[0] for name in sink.used & shared.keys()})
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return text, {name: array for name, array in sink.arrays.items() if name not in shared}


def _data(state: TopicState) -> dict[str, Any]:
    prints = None if state.fingerprints is None else np.ascontiguousarray(state.fingerprints, dtype="<u8")
    return {
        "n_documents": state.by_document.n_documents,
        "n_topics": state.n_topics,
        "fingerprint": None if prints is None else blake2b(prints.tobytes(), digest_size=16).hexdigest(),
    }


@cache
def versions() -> dict[str, str]:
    """Versions of ours, of Python and of the libraries whose numbers are in a model."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in ("leitmotif", "numpy", "scipy", "scikit-learn"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


# -- reading ----------------------------------------------------------------------------------------


def read_native(source: Source, *, mapped: bool = False) -> SavedModel:
    """A model from our files (and those of BERTopic's that ours refer to).

    Parameters
    ----------
    source : Source
    mapped : bool
        Leave the arrays in the file and share them between processes, read-only.

    Raises
    ------
    ModelFileError
        Damaged, of a later format, or inconsistent.
    """
    body = parse_json(source, TEXTS)
    with explained(source.path, TEXTS):
        if not isinstance(body, dict) or body.get("format") != "leitmotif model":
            raise ValueError("does not say that it is a leitmotif model")
        if not isinstance(body["version"], int) or body["version"] > FORMAT_VERSION:
            writer = body.get("written_by", {}).get("leitmotif", "a later version")
            raise ModelFileError(
                f"{source.path / TEXTS}: format {body['version']}, written by leitmotif {writer}; this one reads up to "
                f"{FORMAT_VERSION}: pip install --upgrade leitmotif"
            )
        if not isinstance(body["written_by"], dict) or not isinstance(body["data"], dict):
            raise ValueError("does not say what wrote it from what")
        shared = [name for name in ("topic_embeddings", "ctfidf") if name in body["shared"]]
    data = source.map(ARRAYS) if mapped else source.read(ARRAYS)
    arrays = read_tensors(data, str(source.path / ARRAYS))
    for name in shared:
        arrays |= {f"@{name}.{key}": array for key, array in (read_weights(source, name) or {}).items()}
    with explained(source.path, TEXTS):
        texts = body.get("texts")
        pool = [] if texts is None else decode(texts, arrays).tolist()
        state = decode_state(body["state"], arrays, source, pool)
        note = body["embedder"]
        entry = decode(body["embedder"], arrays)
        embedder = EmbedderNote(kind=note["kind"], name=note["name"], part=part_from_json(note["part"], entry["part"]))
        return SavedModel(
            path=source.path,
            written_by="leitmotif",
            state=state,
            settings=decode(body["settings"], arrays),
            embedder=embedder,
            parts=SavedParts.from_json(body["parts"], arrays),
            manifest={key: value for key, value in body.items() if key in ("version", "written_by", "data")},
            defaults=frozenset(str(name) for name in body["defaults"]),
            history=history_reader(body.get("history"), body["state"], state, arrays, source, pool, TEXTS),
        )
