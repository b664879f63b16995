"""Colours of topics: the same in every figure, and told apart by colour-blind readers."""

from __future__ import annotations

from collections.abc import Iterable

from leitmotif.typing import OUTLIER

__all__ = [
    "CYCLE",
    "DASHES",
    "FAINT",
    "GRID",
    "INK",
    "MUTED",
    "OUTLIERS",
    "SEQUENTIAL",
    "color_of",
    "colors_of",
    "dash_of",
    "ink_on",
]

INK = "#1F2933"
MUTED = "#7B8794"
FAINT = "#9AA5B1"
GRID = "#E6E9ED"
OUTLIERS = "#C4CAD2"
"""Documents of no topic; lighter than every topic."""

# Okabe & Ito, Color Universal Design (2008), with a darker yellow, which must show on white, and
# purple for black.
_EIGHT = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#DFD23C", "#4B2E83")
# The same hues, darker and lighter: lightness is what every reader sees.
_DARKER = ("#004A75", "#94650A", "#00614A", "#8A4069", "#23759F", "#8A3B00", "#8F861A", "#291A4D")
_LIGHTER = ("#6FB1DC", "#F4CC7A", "#6CCBB0", "#E7B7D0", "#A6D8F5", "#F3A26D", "#F0E9A0", "#A08FC9")

CYCLE = _EIGHT + _DARKER + _LIGHTER
DASHES = ("solid", "dash", "dot")

SEQUENTIAL = (
    (0.0, "#F7FBFF"),
    (0.25, "#C9DDF0"),
    (0.5, "#7FB2D9"),
    (0.75, "#2F78B3"),
    (1.0, "#08306B"),
)
"""One hue from light to dark: readable without colour."""


def color_of(topic: int) -> str:
    """Colour of a topic; grey for the outliers. After 24 topics the colours come round again."""
    return OUTLIERS if topic == OUTLIER else CYCLE[int(topic) % len(CYCLE)]


def colors_of(topics: Iterable[int]) -> list[str]:
    """Colour of each topic."""
    return [color_of(topic) for topic in topics]


def dash_of(topic: int) -> str:
    """How the line of a topic is dashed: solid for the first eight, then told apart by the dashes as well."""
    return DASHES[(int(topic) // len(_EIGHT)) % len(DASHES)]


def ink_on(color: str) -> str:
    """White or dark, whichever reads better on a colour given as ``#RRGGBB`` (WCAG relative luminance)."""
    channels = [int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if luminance < 0.32 else INK
