"""A state as entries of ``leitmotif.json``, and back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from leitmotif.passages import Passages
from leitmotif.state import DocumentTerms, TopicState, Vocabulary
from leitmotif.stores.codec import ArraySink, NotPlainError, decode, encode, later_lines
from leitmotif.stores.narrowing import narrow, wide
from leitmotif.stores.pictures import read_images
from leitmotif.stores.pieces import (
    pack_rows,
    pack_texts_by_topic,
    pack_words,
    unpack_rows,
    unpack_texts_by_topic,
    unpack_words,
)
from leitmotif.stores.sources import Source
from leitmotif.stores.weights import later_weights, pack_weights

__all__ = ["decode_state", "encode_each", "encode_state"]

logger = logging.getLogger(__name__)

NARROW = ("topic_ids", "topics", "sizes", "mappings")
"""int64 in memory, the narrowest type that holds them in the file."""

NO_ROWS = dict.fromkeys(("topics", "lengths", "rows"), np.empty(0, dtype=np.int8))


def encode_state(
    state: TopicState, sink: ArraySink, pool: dict[str, int], prefix: str = "", *, packs_weights: bool = True
) -> dict[str, Any]:
    """The entries of a state.

    Parameters
    ----------
    state : TopicState
    sink : ArraySink
        Takes the arrays, under names that start with ``prefix``.
    pool : dict
        Texts of representative documents and their places; grows.
    packs_weights : bool
        Whether c-TF-IDF may be kept as counts; not where BERTopic's files have its arrays.
    """
    values: dict[str, Any] = {field.name: getattr(state, field.name) for field in fields(state)}
    for name in NARROW:
        values[name] = narrow(values[name])
    values["representative_rows"] = pack_rows(state.representative_rows)
    values["representative_docs"] = pack_texts_by_topic(state.representative_docs, pool)
    values["documents"] = None  # in a Parquet file of their own
    values["passages"] = None if state.passages is None else _pack_passages(state.passages)
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
    return encoded | {"extras": encode_each(state.extras, f"{prefix}extras", sink)}


def encode_each(values: Mapping[str, Any], name: str, sink: ArraySink) -> dict[str, Any]:
    """Each value that is plain data; the others are left out with a warning."""
    found = {}
    for key, value in values.items():
        try:
            found[key] = encode(value, f"{name}.{key}", sink)
        except NotPlainError as error:
            logger.warning("not saved: %s", error)
    return found


def decode_state(
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
        whole = decode_state(some, arrays, source, pool)
        return replace(like, **{name: getattr(whole, name) for name in names & {field.name for field in fields(whole)}})
    vocabulary, entries = _vocabulary(entries, arrays)
    values = decode(entries, arrays)
    for name in NARROW:
        values[name] = wide(values[name])
    values["vocabulary"] = vocabulary
    values["representative_rows"] = unpack_rows(values.get("representative_rows", NO_ROWS))
    values["representative_docs"] = unpack_texts_by_topic(values.get("representative_docs", {}), pool)
    values["base_words"] = unpack_words(values.get("base_words", {}))
    values["words"] = unpack_words(values.get("words", {}))
    values["aspects"] = {name: unpack_words(packed) for name, packed in values.get("aspects", {}).items()}
    if values.get("passages") is not None:
        values["passages"] = _unpack_passages(values["passages"])
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


def _pack_passages(passages: Passages) -> dict[str, Any]:
    places = {name: narrow(getattr(passages, name)) for name in ("document", "start", "end")}
    return {**places, "n_documents": passages.n_documents, "rule": dict(passages.rule)}


def _unpack_passages(packed: Mapping[str, Any]) -> Passages:
    document, start, end = (wide(packed[name]) for name in ("document", "start", "end"))
    return Passages(
        texts=[], document=document, start=start, end=end, n_documents=packed["n_documents"], rule=packed["rule"]
    )


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
