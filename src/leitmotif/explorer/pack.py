"""Numbers and texts in the form in which the page carries them: small, and safe inside HTML."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "pack_integers",
    "pack_json",
    "pack_places",
    "pack_texts",
    "quantise",
    "safe_json",
    "shortened",
    "text_limit",
    "z_codes",
]

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


def z_codes(places: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """Place of each point on the Z-order curve, (n,): the bits of x and y in turns, the lowest those of x.

    Points that are neighbours in the order of these codes are neighbours on the map (G. M. Morton, 1966).
    """
    x, y = (_apart(places[:, axis].astype(np.uint32)) for axis in (0, 1))
    return x | (y << np.uint32(1))


def pack_places(codes: NDArray[np.uint32]) -> str:
    """Ascending codes as the steps between them, which take half the room of the positions themselves."""
    return pack_integers(np.diff(codes, prepend=np.uint32(0)), "u4")


def pack_integers(values: NDArray[Any], dtype: str) -> str:
    """Whole numbers as base64 of their deflated bytes: all lowest bytes, then all next ones.

    The high bytes are nearly all alike and take almost no room.
    """
    data = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<"))
    return _packed(data.view(np.uint8).reshape(len(data), -1).T.tobytes())


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
        heads = [""] * len(texts[part]) if titles is None else [shortened(title, 200) for title in titles[part]]
        chunks.append(pack_json([heads, [shortened(text, limit) for text in texts[part]]]))
    return chunks


def text_limit(n_documents: int) -> int:
    """Characters of each text that go into the page: whole texts in small corpora, the beginning in large ones."""
    if n_documents <= 5000:
        return 4000
    return max(80, min(300, 30_000_000 // n_documents))


def safe_json(value: Any) -> str:
    """JSON that can stand inside a script element: no ``<``, ``>``, ``&`` and no line separators of JavaScript."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def shortened(text: str, limit: int) -> str:
    """A text of at most ``limit`` characters, cut at a space where there is one, with ``…`` behind what was cut."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    space = head.rfind(" ", limit * 2 // 3)  # texts without spaces (Chinese, Japanese) are cut where they are
    return (head[:space] if space > 0 else head).rstrip() + "…"


def _apart(bits: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The 16 bits of each number with a zero before each."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | (bits << np.uint32(shift))) & np.uint32(mask)
    return bits


def _packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode("ascii")
