"""Numbers and texts in the form in which the page carries them: small, and safe inside HTML."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["pack_array", "pack_json", "pack_texts", "quantise", "safe_json", "text_limit"]

CHUNK = 1000
"""Documents a text chunk: what is unpacked at once to show one document."""


def quantise(positions: NDArray[np.float32]) -> tuple[NDArray[np.uint16], tuple[float, float, float]]:
    """Positions as uint16 in a square, with the (x, y, scale) that gives them back.

    ``position ≈ (x, y) + code * scale``; the two axes keep one scale, so that distances keep their proportions.
    The error is at most half a step, 1/131,070 of the larger extent.
    """
    if not len(positions):
        return np.zeros((0, 2), dtype=np.uint16), (0.0, 0.0, 1.0)
    places = positions.astype(np.float64)
    low, span = places.min(axis=0), float(np.ptp(places, axis=0).max())
    scale = span / 65535 if span > 0 else 1.0
    return np.rint((places - low) / scale).astype(np.uint16), (float(low[0]), float(low[1]), scale)


def pack_array(values: NDArray[Any], dtype: str) -> str:
    """An array as base64 of its deflated little-endian bytes; two-dimensional ones column after column.

    A column of neighbouring values packs better than pairs.
    """
    data = np.ascontiguousarray(values.T.astype(np.dtype(dtype).newbyteorder("<")))
    return _packed(data.tobytes())


def pack_json(value: Any) -> str:
    """Any JSON value, deflated, as base64."""
    return _packed(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def pack_texts(texts: Sequence[str], titles: Sequence[str] | None, limit: int) -> list[str]:
    """Titles and texts in chunks of :data:`CHUNK` documents, each ``[[title, …], [text, …]]``.

    Texts longer than ``limit`` characters are cut at a space and end in ``…``; titles at 200.
    """
    chunks = []
    for start in range(0, len(texts), CHUNK):
        part = slice(start, start + CHUNK)
        heads = [""] * len(texts[part]) if titles is None else [_cut(title, 200) for title in titles[part]]
        chunks.append(pack_json([heads, [_cut(text, limit) for text in texts[part]]]))
    return chunks


def text_limit(n_documents: int) -> int:
    """Characters of each text that go into the page: whole texts in small corpora, the beginning in large ones."""
    if n_documents <= 5000:
        return 4000
    return max(80, min(300, 6_000_000 // n_documents))


def safe_json(value: Any) -> str:
    """JSON that can stand inside a script element: no ``<``, ``>``, ``&`` and no line separators of JavaScript."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = text[:limit]
    space = head.rfind(" ", limit * 2 // 3)  # texts without spaces (Chinese, Japanese) are cut where they are
    return (head[:space] if space > 0 else head).rstrip() + "…"


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")
