"""Tables of topic to words, rows or texts as a few flat arrays: all pieces one after the other, and how long each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from leitmotif.stores.narrowing import narrow, wide

__all__ = ["pack_rows", "pack_texts_by_topic", "pack_words", "unpack_rows", "unpack_texts_by_topic", "unpack_words"]


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
    return {
        "topics": _topics(by_topic),
        "lengths": _lengths(by_topic),
        "words": np.array(words, dtype=object),
        "weights": np.array(weights, dtype=np.float64),
    }


def unpack_words(packed: Mapping[Any, Any]) -> dict[int, Any]:
    """Words by topic, as :func:`pack_words` was given them."""
    if packed.keys() != {"topics", "lengths", "words", "weights"}:
        return dict(packed)
    words, weights = packed["words"].tolist(), packed["weights"].tolist()
    pairs = list(zip(words, weights, strict=True))
    return {topic: pairs[start:stop] for topic, start, stop in _spans(packed, len(pairs))}


def pack_rows(rows: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    """Whole numbers by topic as three arrays."""
    values = np.concatenate(list(rows.values())) if rows else np.empty(0, dtype=np.int64)
    return {"topics": _topics(rows), "lengths": _lengths(rows), "rows": narrow(values.astype(np.int64))}


def unpack_rows(packed: Mapping[str, np.ndarray]) -> dict[int, np.ndarray]:
    """Whole numbers by topic, as :func:`pack_rows` was given them."""
    rows = wide(packed["rows"])
    return {topic: rows[start:stop] for topic, start, stop in _spans(packed, len(rows))}


def pack_texts_by_topic(texts: Mapping[int, Sequence[str]], pool: dict[str, int]) -> dict[str, np.ndarray]:
    """Texts by topic as places in a pool, into which those go that are not there yet."""
    places = [pool.setdefault(text, len(pool)) for text in chain.from_iterable(texts.values())]
    return {"topics": _topics(texts), "lengths": _lengths(texts), "rows": narrow(np.array(places, dtype=np.int64))}


def unpack_texts_by_topic(packed: Mapping[Any, Any], pool: Sequence[str]) -> dict[int, Any]:
    """Texts by topic, as :func:`pack_texts_by_topic` was given them; version 1 of the format has the texts themselves."""
    if packed.keys() != {"topics", "lengths", "rows"}:
        return dict(packed)
    places = wide(packed["rows"])
    if len(places) and not 0 <= int(places.min()) <= int(places.max()) < len(pool):
        raise ValueError("a representative document is none of the texts")
    texts = [pool[place] for place in places.tolist()]
    return {topic: texts[start:stop] for topic, start, stop in _spans(packed, len(texts))}


def _topics(by_topic: Mapping[int, Any]) -> np.ndarray:
    return narrow(np.array(list(by_topic), dtype=np.int64))


def _lengths(by_topic: Mapping[int, Any]) -> np.ndarray:
    return narrow(np.fromiter(map(len, by_topic.values()), dtype=np.int64, count=len(by_topic)))


def _spans(packed: Mapping[str, np.ndarray], total: int) -> list[tuple[int, int, int]]:
    """Topic, start and stop of each piece."""
    ids, lengths = wide(packed["topics"]), wide(packed["lengths"])
    if len(ids) != len(lengths) or (len(lengths) and int(lengths.min()) < 0) or int(lengths.sum()) != total:
        raise ValueError("pieces do not fit their topics")
    ends = np.cumsum(lengths)
    return list(zip(ids.tolist(), (ends - lengths).tolist(), ends.tolist(), strict=True))
