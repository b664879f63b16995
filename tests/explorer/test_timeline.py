"""Time stamps of many kinds fall into the bins that people would name."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.explorer.timeline import MAX_BINS, timeline


@pytest.mark.parametrize(
    ("stamps", "labels"),
    [
        (["2024-05", "2024-07"], ["2024-05", "2024-06", "2024-07"]),
        (["2024-05-03", "2024-05-05"], ["2024-05-03", "2024-05-04", "2024-05-05"]),
        (["2024-05-03T23:00:00+02:00"], ["2024-05-03"]),
        ([dt.datetime(2024, 1, 1), dt.date(2024, 2, 1)], ["2024-01", "2024-02"]),
        ([np.datetime64("2020"), np.datetime64("2022")], ["2020", "2021", "2022"]),
        ([1999, 2001], ["1999", "2000", "2001"]),
        (["1999", "", "2001", None], ["1999", "2000", "2001"]),
        ([0.5, 0.5], ["0"]),
        (["2010-01", "2024-12"], [f"{y} Q{q}" for y in range(2010, 2025) for q in (1, 2, 3, 4)]),
    ],
)
def test_bins_have_the_names_of_their_unit(stamps: list[object], labels: list[str]) -> None:
    found = timeline(stamps)
    assert found is not None
    assert found.labels == labels


def test_weeks_begin_on_monday() -> None:
    found = timeline(["2024-01-03", "2024-12-29"])  # a Wednesday; a Sunday
    assert found is not None
    assert found.labels[0] == "2024-01-01"
    assert found.labels[-1] == "2024-12-23"
    assert len(found.labels) == 52


def test_nothing_to_read_gives_none_and_unreadable_ones_are_left_out() -> None:
    assert timeline(["", None, float("nan")]) is None
    assert timeline(["soon", "later"]) is None
    found = timeline(["2024-01", "soon", None, "2024-02"])
    assert found is not None
    assert found.codes.tolist() == [0, -1, -1, 1]


@given(st.lists(st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)), min_size=1, max_size=30))
def test_bins_are_few_and_in_the_order_of_time(dates: list[dt.date]) -> None:
    found = timeline([date.isoformat() for date in dates])
    assert found is not None
    assert len(found.labels) <= MAX_BINS
    assert found.labels == sorted(found.labels)
    assert found.codes.min() == 0
    assert found.codes.max() == len(found.labels) - 1
    for a, code_a in zip(dates, found.codes, strict=True):
        assert found.labels[code_a][:4] <= a.isoformat()[:4]
        for b, code_b in zip(dates, found.codes, strict=True):
            assert (a < b) <= (code_a <= code_b)


@given(st.lists(st.integers(0, 10**9) | st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_numbers_fall_into_few_bins_that_begin_below_them(numbers: list[float]) -> None:
    found = timeline(numbers)
    assert found is not None
    assert len(found.labels) <= MAX_BINS + 1
    order = np.argsort(numbers, kind="stable")
    assert (np.diff(found.codes[order]) >= 0).all()
