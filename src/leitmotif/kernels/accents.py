"""Texts without accents, as scikit-learn's ``strip_accents`` means it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from leitmotif.errors import InvalidInputError

__all__ = ["accent_stripper"]


def accent_stripper(name: Any) -> Callable[[str], str] | None:
    """What removes accents: for "ascii", for "unicode", a function as it is; None for None.

    Raises
    ------
    InvalidInputError
        Any other value.
    """
    if name is None or callable(name):
        return name
    if name not in ("ascii", "unicode"):
        raise InvalidInputError(f"strip_accents must be 'ascii', 'unicode', a function or None, got {name!r}")
    return _to_ascii if name == "ascii" else _without_marks


def _without_marks(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _to_ascii(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
