"""How far the work is: long calls report stages, and whoever listens draws them.

A stage costs next to nothing when nobody listens, so kernels and learning report without asking::

    with stage("embed documents", total=len(docs)) as work:
        for block in blocks:
            ...
            work.advance(len(block))

and an application listens for the length of one call::

    with listen(lambda report: print(report.stage, report.done, report.total)):
        model.fit(docs)

Listening is local to the context (:mod:`contextvars`): two fits in two threads do not hear each other.
A stage that is advanced from worker threads reports to the listener of the thread that opened it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Literal, TypeAlias

__all__ = ["Listener", "Report", "Stage", "listen", "stage", "stage_by_share"]


@dataclass(frozen=True, slots=True)
class Report:
    """One message of a stage.

    Attributes
    ----------
    event : {"start", "advance", "finish", "fail"}
        ``"fail"``: the stage was left by an exception.
    stage : str
        What is being done, in a few words: ``"embed documents"``.
    key : int
        The same for all reports of one stage, and no other's.
    done, total : int, int or None
        Units done so far and in all; ``total`` is None where it is not known.
    seconds : float
        Since the stage began.
    """

    event: Literal["start", "advance", "finish", "fail"]
    stage: str
    key: int
    done: int
    total: int | None
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """What is left if it goes on as it went; None where nothing is done yet or the total is not known."""
        if not self.done or self.total is None:
            return None
        return self.seconds * (self.total - self.done) / self.done


Listener: TypeAlias = Callable[[Report], None]

_listeners: ContextVar[tuple[Listener, ...]] = ContextVar("leitmotif_progress", default=())


class Stage:
    """A piece of work that reports how far it is. Made by :func:`stage`."""

    __slots__ = ("_began", "_done", "_listeners", "_lock", "name", "total")

    def __init__(self, name: str, total: int | None, listeners: tuple[Listener, ...]) -> None:
        self.name = name
        self.total = total
        self._listeners = listeners
        self._done = 0
        self._began = time.perf_counter()
        self._lock = Lock()

    def advance(self, n: int = 1) -> None:
        """``n`` more units are done; may be called from any thread."""
        if not self._listeners:
            return
        with self._lock:
            self._done += n
            self._tell("advance")

    def _tell(self, event: Literal["start", "advance", "finish", "fail"]) -> None:
        if not self._listeners:
            return
        report = Report(event, self.name, id(self), self._done, self.total, time.perf_counter() - self._began)
        for listener in self._listeners:
            listener(report)


@contextmanager
def stage(name: str, total: int | None = None) -> Iterator[Stage]:
    """Open a stage: it starts here and ends with the block.

    Parameters
    ----------
    name : str
        What is being done, in a few words and lower case.
    total : int or None
        Units of the whole, for a bar with an estimate; None: only that it runs.
    """
    work = Stage(name, total, _listeners.get())
    work._tell("start")
    try:
        yield work
    except BaseException:
        work._tell("fail")
        raise
    work._tell("finish")


@contextmanager
def stage_by_share(name: str, also: Callable[[float], object] | None = None) -> Iterator[Callable[[float], None]]:
    """Open a stage for work that tells which share of it is done: gives what to call with the share, in [0, 1].

    Parameters
    ----------
    name : str
        As for :func:`stage`.
    also : callable, optional
        Is called with every share too.
    """
    with stage(name, total=1000) as work:
        done = 0

        def report(share: float) -> None:
            nonlocal done
            if (now := int(1000 * share)) > done:
                work.advance(now - done)
                done = now
            if also is not None:
                also(share)

        yield report


@contextmanager
def listen(listener: Listener) -> Iterator[None]:
    """Send the reports of every stage opened in this block (and in this context) to ``listener``.

    Blocks nest: an inner listener hears in addition to the outer ones. An exception that a listener
    raises leaves the work it interrupts, which is how a caller can stop a fit.
    """
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)
