"""Time stamps of any kind, in a few dozen bins with names that people use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import InvalidInputError
from leitmotif.typing import IntVector

__all__ = ["MAX_BINS", "Timeline", "timeline"]

MAX_BINS = 60
"""More bars than this are not told apart in a curve as wide as a panel."""

# Spans of one bin in months; a quarter and a decade have names of their own.
_MONTHS = (1, 3, 12, 24, 60, 120, 300, 600, 1200, 6000, 12000)
# Days, from which weeks begin on Monday (1970-01-05 was one).
_DAYS = (1, 7)


@dataclass(frozen=True, kw_only=True, eq=False)
class Timeline:
    """Bins over time.

    Attributes
    ----------
    labels : list of str, length B
        Name of each bin in order of time: ``"2024"``, ``"2024 Q3"``, ``"2024-07"``, ``"2024-07-15"`` or the left edge of
        a range of numbers.
    codes : ndarray of int64, shape (n,)
        Bin of each time stamp; -1 where there is none or it cannot be read.
    """

    labels: list[str]
    codes: IntVector


def timeline(timestamps: Sequence[Any] | NDArray[Any]) -> Timeline | None:
    """Time stamps in at most :data:`MAX_BINS` bins of one calendar unit.

    The unit is the finest that needs no more bins and that the data resolves: months for ``"2024-07"``, years for ``2024``.

    Parameters
    ----------
    timestamps : sequence of length n
        Dates as text, ``datetime``, ``numpy.datetime64`` or pandas; years; or any numbers. Missing: ``None``, NaN, ``""``.

    Returns
    -------
    Timeline or None
        None where not one can be read. O(n).
    """
    values = [_plain(value) for value in timestamps]
    present = [value for value in values if value is not None]
    if not present:
        return None
    if all(isinstance(value, int | float) for value in present):
        return _numbers(np.array([np.nan if value is None else float(value) for value in values]))
    return _dates(values)


def _plain(value: Any) -> Any:
    """A number, a text or a date; None where missing. Texts of digits only are numbers."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value != value:
        return None
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        return int(value) if value.isdecimal() and len(value) <= 4 else value
    return value


def _dates(values: list[Any]) -> Timeline | None:
    import pandas as pd

    kinds: dict[Any, int] = {}
    codes = np.array([-1 if value is None else kinds.setdefault(str(value), len(kinds)) for value in values])
    parsed = pd.to_datetime(pd.Series(list(kinds), dtype=object), errors="coerce", format="mixed", utc=True)
    moments = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[s]")
    of_each = np.full(len(values), np.datetime64("NaT"), dtype="datetime64[s]")
    of_each[codes >= 0] = moments[codes[codes >= 0]]
    known = ~np.isnat(of_each)
    if not known.any():
        return None
    return _spread(of_each, known)


def _spread(moments: NDArray[np.datetime64], known: NDArray[np.bool_]) -> Timeline:
    """The finest calendar unit that keeps to the limit and that the data resolves."""
    present = moments[known]
    days = present.astype("datetime64[D]")
    months = present.astype("datetime64[M]")
    day_numbers, month_numbers = days.astype(np.int64), months.astype(np.int64)
    candidates: list[tuple[IntVector, int, bool]] = []
    if (days != months).any():
        candidates += [((day_numbers - (4 if span == 7 else 0)) // span, span, True) for span in _DAYS]
    resolves_months = (months != months.astype("datetime64[Y]")).any()
    candidates += [(month_numbers // span, span, False) for span in _MONTHS if resolves_months or span >= 12]
    index, span, is_days = next((c for c in candidates if np.ptp(c[0]) < MAX_BINS), candidates[-1])
    first = int(index.min())
    codes = np.full(len(moments), -1, dtype=np.int64)
    codes[known] = index - first
    return Timeline(
        labels=[_label(first + i, span, is_days=is_days) for i in range(int(np.ptp(index)) + 1)],
        codes=codes,
    )


def _label(index: int, span: int, *, is_days: bool) -> str:
    if is_days:
        return str(np.datetime64(index * span + (4 if span == 7 else 0), "D"))
    month = np.datetime64(index * span, "M")
    if span == 1:
        return str(month)
    year = str(month.astype("datetime64[Y]"))
    return f"{year} Q{index % 4 + 1}" if span == 3 else year


def _numbers(values: NDArray[np.float64]) -> Timeline | None:
    """Years, or any numbers: each value a bin where they are few whole numbers, else bins of one round width."""
    known = np.isfinite(values)
    if not known.any():
        return None
    low, high = float(values[known].min()), float(values[known].max())
    whole = bool(np.all(values[known] == np.floor(values[known])))
    width = _round_width((high - low) / MAX_BINS, whole=whole)
    first = np.floor(low / width)
    codes = np.full(len(values), -1, dtype=np.int64)
    codes[known] = np.floor(values[known] / width) - first
    n_bins = int(codes.max()) + 1
    if n_bins > MAX_BINS + 1:  # a guard for numbers beyond what a float can step by
        raise InvalidInputError(f"time stamps from {low:g} to {high:g} cannot be laid out in bins")
    edges = [(first + i) * width for i in range(n_bins)]
    return Timeline(labels=[f"{edge:.0f}" if whole else f"{edge:.6g}" for edge in edges], codes=codes)


def _round_width(least: float, *, whole: bool) -> float:
    """The smallest of 1, 2, 5 × 10^k that is at least ``least`` (and at least 1 for whole numbers)."""
    if whole and least <= 1:
        return 1.0
    if least <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-12)))
