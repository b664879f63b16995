"""Our own two files: ``leitmotif.json`` (what there is) and ``leitmotif.safetensors`` (the arrays that it names).

They hold everything that BERTopic's files forget. Topic embeddings and c-TF-IDF stand in BERTopic's files where those
keep them exactly, and are named from there (``"@topic_embeddings…"``, ``"@ctfidf…"``): nothing large is written twice.
"""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from leitmotif.errors import ModelFileError
from leitmotif.state import DocumentTerms, TopicState, Vocabulary
from leitmotif.stores.bertopic_files import read_weights
from leitmotif.stores.codec import ArraySink, NotPlainError, decode, encode
from leitmotif.stores.parts import Part, part_from_json
from leitmotif.stores.pictures import read_images
from leitmotif.stores.records import EmbedderNote, SavedModel, SavedParts
from leitmotif.stores.sources import Source, explained, parse_json
from leitmotif.stores.tensors import read_tensors

__all__ = ["FORMAT_VERSION", "encode_model", "read_native"]

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1
TEXTS, ARRAYS = "leitmotif.json", "leitmotif.safetensors"

NARROW = ("topic_ids", "topics", "sizes", "mappings")
"""int64 in memory, the narrowest type that holds them in the file."""


def encode_model(
    state: TopicState,
    settings: Mapping[str, Any],
    embedder: EmbedderNote,
    parts: SavedParts,
    *,
    shared: Mapping[str, np.ndarray],
    defaults: Iterable[str] = (),
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
    """
    sink = ArraySink()
    for name, array in shared.items():
        sink.offer(name, array)
    body: dict[str, Any] = {
        "format": "leitmotif model",
        "version": FORMAT_VERSION,
        "written_by": versions(),
        "data": _data(state),
        "settings": _encoded_each(settings, "settings", sink),
        "defaults": sorted(defaults),
        "embedder": {"kind": embedder.kind, "name": embedder.name, "part": _part(embedder.part, "embedder", sink)},
        "parts": {
            "reducer": _part(parts.reducer, "reducer", sink),
            "clusterer": _part(parts.clusterer, "clusterer", sink),
            "vectorizer": _part(parts.vectorizer, "vectorizer", sink),
            "weighting": _part(parts.weighting, "weighting", sink),
            "main": None if parts.main is None else _chain(parts.main, "main", sink),
            "aspects": {name: _chain(chain, f"aspect.{name}", sink) for name, chain in parts.aspects.items()},
        },
        "state": _encode_state(state, sink),
    }
    body["shared"] = sorted({name[1:].split(".")[0] for name in sink.used & shared.keys()})
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return text, {name: array for name, array in sink.arrays.items() if name not in shared}


def _data(state: TopicState) -> dict[str, Any]:
    prints = None if state.fingerprints is None else np.ascontiguousarray(state.fingerprints, dtype="<u8")
    return {
        "n_documents": state.n_documents,
        "n_topics": state.n_topics,
        "fingerprint": None if prints is None else blake2b(prints.tobytes(), digest_size=16).hexdigest(),
    }


@cache
def versions() -> dict[str, str]:
    """Versions of ours, of Python and of the libraries whose numbers are in a model."""
    found = {"python": platform.python_version()}
    for name in ("leitmotif", "numpy", "scipy", "scikit-learn"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _part(part: Part | None, name: str, sink: ArraySink) -> Any:
    return None if part is None else part.to_json(name, sink)


def _chain(chain: Sequence[Part], name: str, sink: ArraySink) -> list[Any]:
    return [_part(part, f"{name}.{i}", sink) for i, part in enumerate(chain)]


def _encoded_each(values: Mapping[str, Any], name: str, sink: ArraySink) -> dict[str, Any]:
    """Each value that is plain data; the others are left out with a warning."""
    found = {}
    for key, value in values.items():
        try:
            found[key] = encode(value, f"{name}.{key}", sink)
        except NotPlainError as error:
            logger.warning("not saved: %s", error)
    return found


def _encode_state(state: TopicState, sink: ArraySink) -> dict[str, Any]:
    values: dict[str, Any] = {field.name: getattr(state, field.name) for field in fields(state)}
    for name in NARROW:
        values[name] = narrow(values[name])
    values["representative_rows"] = _ragged(state.representative_rows)
    values["documents"] = None  # in a Parquet file of their own
    values["base_words"], values["words"] = pack_words(state.base_words), pack_words(state.words)
    values["aspects"] = {
        name: pack_words({topic: value for topic, value in by_topic.items() if not hasattr(value, "convert")})
        for name, by_topic in state.aspects.items()
    }
    images = [name for name, by_topic in state.aspects.items() if any(hasattr(v, "convert") for v in by_topic.values())]
    values["image_aspect"] = images[0] if images else None
    counts = state.document_terms
    if counts is not None:
        matrix = counts.matrix.copy()
        matrix.data = narrow(matrix.data)
        values["document_terms"] = {"matrix": matrix, "terms": counts.terms, "dtype": counts.matrix.dtype.str}
    vocabulary = state.vocabulary
    if vocabulary is not None:
        columns = None if counts is None or vocabulary.columns is None else narrow(vocabulary.columns)
        values["vocabulary"] = {"terms": vocabulary.terms, "columns": columns, "idf": vocabulary.idf}
    del values["extras"]
    encoded = {key: encode(value, key, sink) for key, value in values.items()}
    return encoded | {"extras": _encoded_each(state.extras, "extras", sink)}


def narrow(array: np.ndarray) -> np.ndarray:
    """Whole numbers in the narrowest signed type that holds them."""
    if array.dtype.kind not in "iu" or not array.size:
        return array
    low, high = int(array.min()), int(array.max())
    for dtype in (np.int8, np.int16, np.int32):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return array.astype(dtype)
    return array


def pack_words(by_topic: Mapping[int, Any]) -> Any:
    """Words of many topics as four arrays; anything that is not ranked (word, weight) pairs stays as it is."""
    words, weights = [], []
    for ranked in by_topic.values():
        if not isinstance(ranked, list):
            return dict(by_topic)
        for item in ranked:
            if type(item) is not tuple or len(item) != 2 or type(item[0]) is not str or not isinstance(item[1], float):
                return dict(by_topic)
            words.append(item[0])
            weights.append(item[1])
    lengths = np.array([len(ranked) for ranked in by_topic.values()], dtype=np.int64)
    return {
        "topics": narrow(np.array(list(by_topic), dtype=np.int64)),
        "lengths": narrow(lengths),
        "words": np.array(words, dtype=object),
        "weights": np.array(weights, dtype=np.float64),
    }


def _ragged(rows: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    lengths = np.array([len(each) for each in rows.values()], dtype=np.int64)
    values = np.concatenate(list(rows.values())) if rows else np.empty(0, dtype=np.int64)
    ids = np.array(list(rows), dtype=np.int64)
    return {"topics": narrow(ids), "lengths": narrow(lengths), "rows": narrow(values.astype(np.int64))}


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
        state = _decode_state(body["state"], arrays, source)
        note = body["embedder"]
        entry = decode(body["embedder"], arrays)
        embedder = EmbedderNote(kind=note["kind"], name=note["name"], part=part_from_json(note["part"], entry["part"]))
        return SavedModel(
            path=source.path,
            written_by="leitmotif",
            state=state,
            settings=decode(body["settings"], arrays),
            embedder=embedder,
            parts=_decode_parts(body["parts"], arrays),
            manifest={key: value for key, value in body.items() if key in ("version", "written_by", "data")},
            defaults=frozenset(str(name) for name in body["defaults"]),
        )


def _decode_parts(entries: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> SavedParts:
    decoded = decode(entries, arrays)

    def chain(raw: Any, values: Any) -> tuple[Part, ...]:
        found = (part_from_json(entry, value) for entry, value in zip(raw, values, strict=True))
        return tuple(part for part in found if part is not None)

    single = {
        name: part_from_json(entries[name], decoded[name])
        for name in ("reducer", "clusterer", "vectorizer", "weighting")
    }
    main = entries["main"]
    return SavedParts(
        **single,
        main=None if main is None else chain(main, decoded["main"]),
        aspects={name: chain(raw, decoded["aspects"][name]) for name, raw in entries["aspects"].items()},
    )


def _decode_state(entries: Mapping[str, Any], arrays: Mapping[str, np.ndarray], source: Source) -> TopicState:
    values = decode(entries, arrays)
    for name in NARROW:
        values[name] = wide(values[name])
    values["representative_rows"] = _unragged(values["representative_rows"])
    values["base_words"], values["words"] = unpack_words(values["base_words"]), unpack_words(values["words"])
    values["aspects"] = {name: unpack_words(packed) for name, packed in values["aspects"].items()}
    counts = values["document_terms"]
    if counts is not None:
        if counts["dtype"] not in ("<i4", "<i8", "<f4", "<f8"):
            raise ValueError(f"counts are of the type {counts['dtype']!r}")
        matrix = counts["matrix"].astype(counts["dtype"])
        values["document_terms"] = DocumentTerms(matrix=matrix, terms=counts["terms"])
    vocabulary = values["vocabulary"]
    if vocabulary is not None:
        if vocabulary["columns"] is not None:
            vocabulary["columns"] = wide(vocabulary["columns"])
        values["vocabulary"] = Vocabulary(**vocabulary)
    image_aspect = values.pop("image_aspect", None)
    known = {field.name for field in fields(TopicState)}
    for name in values.keys() - known:
        logger.info("the model's %r is not known to this version and is left out", name)
    state = TopicState(**{name: value for name, value in values.items() if name in known})
    if image_aspect is None:
        return state
    images = read_images(source, state.topic_ids.tolist())
    return replace(state, aspects={**state.aspects, image_aspect: {**state.aspects.get(image_aspect, {}), **images}})


def wide(array: Any) -> np.ndarray:
    """Whole numbers as int64."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iu":
        raise ValueError("topics are not whole numbers")
    return array.astype(np.int64)


def _unragged(packed: Mapping[str, np.ndarray]) -> dict[int, np.ndarray]:
    rows = wide(packed["rows"])
    return {topic: rows[start:stop] for topic, start, stop in _pieces(packed, len(rows))}


def unpack_words(packed: Mapping[Any, Any]) -> dict[int, Any]:
    """Words by topic, as :func:`pack_words` was given them."""
    if packed.keys() != {"topics", "lengths", "words", "weights"}:
        return dict(packed)
    words, weights = packed["words"].tolist(), packed["weights"].tolist()
    pairs = list(zip(words, weights, strict=True))
    return {topic: pairs[start:stop] for topic, start, stop in _pieces(packed, len(pairs))}


def _pieces(packed: Mapping[str, np.ndarray], total: int) -> list[tuple[int, int, int]]:
    """Topic, start and stop of each piece."""
    ids, lengths = wide(packed["topics"]), wide(packed["lengths"])
    if len(ids) != len(lengths) or (len(lengths) and int(lengths.min()) < 0) or int(lengths.sum()) != total:
        raise ValueError("pieces do not fit their topics")
    ends = np.cumsum(lengths)
    return list(zip(ids.tolist(), (ends - lengths).tolist(), ends.tolist(), strict=True))
