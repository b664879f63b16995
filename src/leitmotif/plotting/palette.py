"""Colours of topics: the same in every figure, told apart by colour-blind readers, for light and for dark ground."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from leitmotif.typing import OUTLIER

__all__ = ["DARK", "DASHES", "LIGHT", "SEQUENTIAL", "Look", "color_of", "colors_of", "dash_of", "ink_on", "look"]

DASHES = ("solid", "dash", "dot")
DASHED_FROM = 8
"""Lines of the first eight topics are told apart by colour alone."""

SEQUENTIAL = (
    (0.0, "#F7FBFF"),
    (0.25, "#C9DDF0"),
    (0.5, "#7FB2D9"),
    (0.75, "#2F78B3"),
    (1.0, "#08306B"),
)
"""One hue from light to dark: readable without colour."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """The colours of a figure.

    Attributes
    ----------
    ground, ink, muted, faint, grid : str
        Ground, text, and what stands behind.
    outliers : str
        Grey of the documents of no topic; every topic differs from it.
    cycle : tuple of str, length 24
        Of topics 0, 1, 2, … The first six are those of Okabe & Ito, Color Universal Design (2008); each further one is the
        farthest from all before it (CIE 1976), the smallest distance over normal sight, protanopia, deuteranopia and tritanopia
        as Machado, Oliveira and Fernandes (2009) simulate them. No two of the 24 are nearer than 12.
    """

    ground: str
    ink: str
    muted: str
    faint: str
    grid: str
    outliers: str
    cycle: tuple[str, ...]


_LIGHT_CYCLE = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#34152B", "#170D8E",
    "#721D14", "#D1C681", "#711D6D", "#8E71F5", "#AB5637", "#78536B", "#6441C2", "#370065",
    "#43060E", "#D5A2A1", "#174A3B", "#95A94E", "#B31609", "#A7C8EA", "#562C8B", "#476A4E",
)  # fmt: skip
_DARK_CYCLE = (
    "#3A86D8", "#E69F00", "#1FB58A", "#CC79A7", "#8FD0F5", "#E8703A", "#E1F79A", "#A34A3D",
    "#FCC8CE", "#875093", "#98C06D", "#5952D2", "#B7FA66", "#889CD7", "#E0E111", "#C83122",
    "#51895E", "#E7A3C3", "#A041B5", "#BCF8FB", "#71D759", "#14F2A2", "#7978FB", "#D57576",
)  # fmt: skip

LIGHT = Look(
    ground="#FFFFFF",
    ink="#1F2933",
    muted="#7B8794",
    faint="#9AA5B1",
    grid="#E6E9ED",
    outliers="#C4CAD2",
    cycle=_LIGHT_CYCLE,
)
DARK = Look(
    ground="#14171C",
    ink="#E4E7EB",
    muted="#9AA5B1",
    faint="#66707C",
    grid="#2A3038",
    outliers="#565E69",
    cycle=_DARK_CYCLE,
)


def look() -> Look:
    """:data:`DARK` when ``plotly.io.templates.default`` names a dark template, else :data:`LIGHT`."""
    plotly_io = sys.modules.get("plotly.io")
    return DARK if plotly_io is not None and "dark" in str(plotly_io.templates.default) else LIGHT


def color_of(topic: int) -> str:
    """Colour of a topic; grey for the outliers. After 24 topics the colours come round again."""
    colors = look()
    return colors.outliers if topic == OUTLIER else colors.cycle[int(topic) % len(colors.cycle)]


def colors_of(topics: Iterable[int]) -> list[str]:
    """Colour of each topic."""
    return [color_of(topic) for topic in topics]


def dash_of(topic: int) -> str:
    """How the line of a topic is dashed: solid for the first eight, then told apart by the dashes as well."""
    return DASHES[(int(topic) // DASHED_FROM) % len(DASHES)]


def ink_on(color: str) -> str:
    """White or dark, whichever reads better on a colour given as ``#RRGGBB`` (WCAG relative luminance)."""
    channels = [int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#FFFFFF" if luminance < 0.32 else LIGHT.ink
