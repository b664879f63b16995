"""Texts that no file can hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leitmotif.kernels import _native

__all__ = ["surrogate_rows"]


def surrogate_rows(values: Sequence[Any]) -> list[int] | None:
    """Rows of the texts that hold half a surrogate pair; None where some value is not exactly a ``str``.

    Neither JSON, nor Arrow, nor UTF-8 takes such a text. Cost O(n), and O(characters) for texts beyond Latin-1.
    """
    rows: list[int] | None = _native.surrogate_rows(tuple(values))
    return rows
