"""Stages report to those who listen, and to nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from leitmotif.progress import Report, listen, stage, stage_by_share


def test_a_stage_tells_start_every_step_and_finish() -> None:
    heard: list[Report] = []
    with listen(heard.append), stage("count", total=5) as work:
        work.advance(2)
        work.advance(3)
    assert [(r.event, r.done, r.total) for r in heard] == [
        ("start", 0, 5),
        ("advance", 2, 5),
        ("advance", 5, 5),
        ("finish", 5, 5),
    ]
    assert len({r.key for r in heard}) == 1
    assert all(a.seconds <= b.seconds for a, b in pairwise(heard))


def test_a_share_becomes_thousandths_and_an_estimate() -> None:
    heard: list[Report] = []
    shares: list[float] = []
    with listen(heard.append), stage_by_share("lay out", shares.append) as report:
        for share in (0.25, 0.2501, 0.1, 1.0):
            report(share)
    assert [r.done for r in heard if r.event == "advance"] == [250, 1000] and shares == [0.25, 0.2501, 0.1, 1.0]
    quarter, whole = (r for r in heard if r.event == "advance")
    assert quarter.seconds_left == pytest.approx(3 * quarter.seconds) and whole.seconds_left == 0
    assert heard[0].seconds_left is None


def test_nobody_hears_outside_the_block_and_nested_listeners_both_hear() -> None:
    outer: list[str] = []
    inner: list[str] = []
    with listen(lambda r: outer.append(r.event)):
        with listen(lambda r: inner.append(r.event)), stage("a"):
            pass
        with stage("b"):
            pass
    with stage("c"):
        pass
    assert inner == ["start", "finish"]
    assert outer == ["start", "finish"] * 2


def test_a_stage_left_by_an_error_fails_and_the_error_passes() -> None:
    heard: list[str] = []
    with pytest.raises(KeyError), listen(lambda r: heard.append(r.event)), stage("a"):
        raise KeyError("x")
    assert heard == ["start", "fail"]


def test_workers_of_a_stage_report_to_its_listener_without_losing_a_step() -> None:
    heard: list[int] = []
    with listen(lambda r: heard.append(r.done)), stage("blocks", total=400) as work, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: work.advance(), range(400)))
    assert heard[-1] == 400
    assert sorted(heard[1:-1]) == list(range(1, 401))


def test_two_threads_do_not_hear_each_other() -> None:
    def work(name: str) -> set[str]:
        heard: set[str] = set()
        with listen(lambda r: heard.add(r.stage)):
            for _ in range(50):
                with stage(name):
                    pass
        return heard

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, ["a", "b"])) == [{"a"}, {"b"}]
