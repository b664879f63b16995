"""Our own two files: ``leitmotif.json`` (what there is) and ``leitmotif.safetensors`` (the arrays that it names).

They hold everything that BERTopic's files forget. Topic embeddings and c-TF-IDF stand in BERTopic's files where those
keep them exactly, and are named from there (``"@topic_embeddings…"``, ``"@ctfidf…"``): nothing large is written twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np

from leitmotif.errors import ModelFileError
from leitmotif.history import Edit, History
from leitmotif.state import DocumentTerms, TopicState, Vocabulary
from leitmotif.stores.bertopic_files import read_weights
from leitmotif.stores.checks import check_state
from leitmotif.stores.codec import ArraySink, NotPlainError, decode, encode, later_lines
from leitmotif.stores.narrowing import narrow, wide
from leitmotif.stores.parts import Part, part_from_json
from leitmotif.stores.pictures import read_images
from leitmotif.stores.records import EmbedderNote, SavedModel, SavedParts
from leitmotif.stores.sources import Source, explained, parse_json
from leitmotif.stores.tensors import read_tensors
from leitmotif.stores.weights import later_weights, pack_weights

__all__ = ["FORMAT_VERSION", "encode_model", "read_native"]

logger = logging.getLogger(__name__)

FORMAT_VERSION = 2
TEXTS, ARRAYS = "leitmotif.json", "leitmotif.safetensors"

NOTHING = dict.fromkeys(("topics", "lengths", "rows"), np.empty(0, dtype=np.int8))

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
    }
    pool: dict[str, int] = {}
    body["state"] = _encode_state(
        state, sink, pool, packs_weights=not any(name.startswith("@ctfidf") for name in shared)
    )
    if history is not None and history.edits:
        body["history"] = _encode_history(history, state, body["state"], sink, pool)
    body["texts"] = encode(np.array(list(pool), dtype=object), "texts", sink) if pool else None
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
    import platform
    from importlib.metadata import PackageNotFoundError, version

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


def _encode_state(
    state: TopicState, sink: ArraySink, pool: dict[str, int], prefix: str = "", *, packs_weights: bool = True
) -> dict[str, Any]:
    values: dict[str, Any] = {field.name: getattr(state, field.name) for field in fields(state)}
    for name in NARROW:
        values[name] = narrow(values[name])
    values["representative_rows"] = _ragged(state.representative_rows)
    values["representative_docs"] = _ragged(
        {
            topic: np.array([pool.setdefault(text, len(pool)) for text in texts], dtype=np.int64)
            for topic, texts in state.representative_docs.items()
        }
    )
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
        if packs_weights and state.ctfidf is not None:
            values["ctfidf"] = pack_weights(state.ctfidf, vocabulary.idf) or state.ctfidf
    del values["extras"]
    encoded = {key: encode(value, prefix + key, sink) for key, value in values.items()}
    return encoded | {"extras": _encoded_each(state.extras, f"{prefix}extras", sink)}


def _encode_history(
    history: History, now: TopicState, body: Mapping[str, Any], sink: ArraySink, pool: dict[str, int]
) -> dict[str, Any]:
    """The edits, and of each state that they speak of what differs from the present one (number 0)."""
    numbers = {id(now): 0}
    states: list[dict[str, Any]] = []

    def number(state: TopicState) -> int:
        if id(state) not in numbers:
            numbers[id(state)] = len(states) + 1
            encoded = _encode_state(state, sink, pool, f"{len(states) + 1}.")
            states.append({key: value for key, value in encoded.items() if value != body[key]})
        return numbers[id(state)]

    edits = [
        {
            "verb": edit.verb,
            "arguments": encode(dict(edit.arguments), "", ArraySink()),
            "before": number(edit.before),
            "after": number(edit.after),
            "changed": {
                name: [_encode_changed(name, value, f"edit.{i}.{name}.{side}", sink) for side, value in enumerate(pair)]
                for name, pair in edit.changed.items()
            },
        }
        for i, edit in enumerate(history.edits)
    ]
    return {"keep": history.keep, "done": history.done, "edits": edits, "states": states}


def _encode_changed(name: str, value: Any, where: str, sink: ArraySink) -> Any:
    if isinstance(value, SavedParts):
        return {
            "main": _chain(value.main or (), f"{where}.main", sink),
            "aspects": {aspect: _chain(chain, f"{where}.{aspect}", sink) for aspect, chain in value.aspects.items()},
        }
    return _part(value, where, sink) if "." in name else encode(value, where, sink)


def pack_words(by_topic: Mapping[int, Any]) -> Any:
    """Words of many topics as four arrays; anything that is not ranked (word, weight) pairs stays as it is."""
    if not set(map(type, by_topic.values())) <= {list}:
        return dict(by_topic)
    pairs = list(chain.from_iterable(by_topic.values()))
    if not set(map(type, pairs)) <= {tuple} or not set(map(len, pairs)) <= {2}:
        return dict(by_topic)
    words, weights = zip(*pairs, strict=True) if pairs else ((), ())
    if not set(map(type, words)) <= {str} or not set(map(type, weights)) <= {float, np.float64}:
        return dict(by_topic)
    lengths = np.array([len(ranked) for ranked in by_topic.values()], dtype=np.int64)
    return {
        "topics": narrow(np.array(list(by_topic), dtype=np.int64)),
        "lengths": narrow(lengths),
        "words": np.array(words, dtype=object),
        "weights": np.array(weights, dtype=np.float64),
    }


def _ragged(rows: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    """Whole numbers by topic as three arrays."""
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
        texts = body.get("texts")
        pool = [] if texts is None else decode(texts, arrays).tolist()
        state = _decode_state(body["state"], arrays, source, pool)
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
            history=_history_reader(body.get("history"), body["state"], state, arrays, source, pool),
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


def _history_reader(
    entries: Any,
    body: Mapping[str, Any],
    now: TopicState,
    arrays: Mapping[str, np.ndarray],
    source: Source,
    pool: Sequence[str],
) -> Callable[[], History] | None:
    """What reads the history of a model: few who load one ever ask for it."""
    if entries is None:
        return None

    def read() -> History:
        with explained(source.path, TEXTS):
            states = [now]
            for place, differing in enumerate(entries["states"], 1):
                states.append(
                    _decode_state(body | differing, arrays, source, pool, like=now, differing=differing.keys())
                )
                check_state(states[-1], f"{source.path}, state {place} of the history")
            edits = tuple(
                Edit(
                    verb=str(entry["verb"]),
                    arguments=decode(entry["arguments"], {}),
                    before=states[_place(entry["before"], states)],
                    after=states[_place(entry["after"], states)],
                    changed={
                        name: (_decode_changed(name, first, arrays), _decode_changed(name, second, arrays))
                        for name, (first, second) in entry["changed"].items()
                    },
                )
                for entry in entries["edits"]
            )
            done, keep = entries["done"], entries["keep"]
            if type(done) is not int or type(keep) is not int or not 0 <= done <= len(edits):
                raise ValueError("the history says no place among its edits")
            return History(edits=edits, done=done, keep=max(keep, len(edits)))

    return read


def _place(number: Any, states: Sequence[TopicState]) -> int:
    if type(number) is not int or not 0 <= number < len(states):
        raise ValueError(f"the history speaks of a state {number!r}")
    return number


def _decode_changed(name: str, entry: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if entry is None or "." not in name:
        return decode(entry, arrays)
    if "class" in entry:
        return part_from_json(entry, decode(entry, arrays))
    return _decode_parts({**dict.fromkeys(("reducer", "clusterer", "vectorizer", "weighting")), **entry}, arrays)


def _decode_state(
    entries: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    source: Source,
    pool: Sequence[str],
    *,
    like: TopicState | None = None,
    differing: Collection[str] = (),
) -> TopicState:
    """A state; with ``like``, one that shares all of that but what is ``differing``."""
    if like is not None:
        names = set(differing) - {"image_aspect"}  # pictures are kept of the present state alone
        some = {key: value for key, value in entries.items() if key in names or key in NARROW}
        whole = _decode_state(some, arrays, source, pool)
        return replace(like, **{name: getattr(whole, name) for name in names & {field.name for field in fields(whole)}})
    vocabulary, entries = _vocabulary(entries, arrays)
    values = decode(entries, arrays)
    for name in NARROW:
        values[name] = wide(values[name])
    values["vocabulary"] = vocabulary
    values["representative_rows"] = _unragged(values.get("representative_rows", NOTHING))
    values["representative_docs"] = _texts_of(values.get("representative_docs", {}), pool)
    values["base_words"] = unpack_words(values.get("base_words", {}))
    values["words"] = unpack_words(values.get("words", {}))
    values["aspects"] = {name: unpack_words(packed) for name, packed in values.get("aspects", {}).items()}
    counts = values.get("document_terms")
    if counts is not None:
        if counts["dtype"] not in ("<i4", "<i8", "<f4", "<f8"):
            raise ValueError(f"counts are of the type {counts['dtype']!r}")
        matrix = counts["matrix"].astype(counts["dtype"])
        values["document_terms"] = DocumentTerms(matrix=matrix, terms=counts["terms"])
    image_aspect = values.pop("image_aspect", None)
    known = {field.name for field in fields(TopicState)}
    for name in values.keys() - known:
        logger.info("the model's %r is not known to this version and is left out", name)
    later: dict[str, Callable[[], Any]] = {}
    if isinstance(values.get("ctfidf"), dict):
        later["ctfidf"] = later_weights(values.pop("ctfidf"), len(values["topic_ids"]))
    state = TopicState(**{name: value for name, value in values.items() if name in known})
    if later:
        del state.__dict__["ctfidf"]
        state = TopicState.later(state.__dict__, later)
    if image_aspect is None:
        return state
    images = read_images(source, state.topic_ids.tolist())
    return replace(state, aspects={**state.aspects, image_aspect: {**state.aspects.get(image_aspect, {}), **images}})


def _vocabulary(
    entries: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> tuple[Vocabulary | None, Mapping[str, Any]]:
    """The vocabulary, and the other entries."""
    entry = entries.get("vocabulary")
    others = {key: value for key, value in entries.items() if key != "vocabulary"}
    if entry is None:
        return None, others
    columns, idf = (decode(entry[name], arrays) for name in ("columns", "idf"))
    columns = None if columns is None else wide(columns)
    make = later_lines(entry["terms"], arrays, len(idf))
    if make is None:
        return Vocabulary(terms=decode(entry["terms"], arrays), columns=columns, idf=idf), others
    return Vocabulary.later({"columns": columns, "idf": idf}, {"terms": make}), others


def _texts_of(packed: Mapping[Any, Any], pool: Sequence[str]) -> dict[int, Any]:
    if packed.keys() != {"topics", "lengths", "rows"}:  # version 1 has the texts themselves
        return dict(packed)
    places = wide(packed["rows"])
    if len(places) and not 0 <= int(places.min()) <= int(places.max()) < len(pool):
        raise ValueError("a representative document is none of the texts")
    texts = [pool[place] for place in places.tolist()]
    return {topic: texts[start:stop] for topic, start, stop in _pieces(packed, len(texts))}


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
