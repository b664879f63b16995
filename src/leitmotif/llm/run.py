"""The workers of one call for many prompts: what goes out when, how many at once, what is tried again, and what is late."""

from __future__ import annotations

import bisect
import heapq
import json
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from leitmotif.llm.failure import Failure
from leitmotif.llm.messages import Prompt, Reply

if TYPE_CHECKING:
    from leitmotif.llm.client import ChatClient

__all__ = ["FollowUp", "Run", "prompt_key"]

logger = logging.getLogger(__name__)

FollowUp: TypeAlias = Callable[[Prompt, Reply], Prompt | None]

LONGEST_PAUSE_S = 60.0
LONGEST_RETRY_AFTER_S = 300.0
LATE = 1.5
"""A request is late when it takes so many times as long as 95 of 100 others did, …"""
FEWEST_REPLIES = 10
"""… and so many have been answered."""


def prompt_key(prompt: Prompt) -> str:
    """What equal prompts have in common."""
    return json.dumps(prompt.to_json(), sort_keys=True)


@dataclass(eq=False, slots=True)
class _Flight:
    """A request on its way."""

    place: int
    prompt: Prompt
    attempt: int
    began: float
    first: bool
    """Whether nothing was sent for its place before."""


class Run:
    """A queue of prompts by when they may be sent, and a limit of requests at once that adapts.

    A prompt that waits for its next try holds no place: another goes out meanwhile, and the try comes before what was never
    sent. Each answer that there are too many requests takes a quarter off the limit (once for those that were on their way
    together), each reply adds a place. When only stragglers are left, places are free for what probably comes next, and for
    second requests in place of late ones.

    Parameters
    ----------
    client : ChatClient
        Whose ``try_once`` sends a prompt; its ``concurrency``, ``retries``, ``first_pause_s``, ``delay_s``, ``hedge`` and
        ``budget`` hold.
    todo : dict of int to Prompt
    done : callable
        Told each place and its reply, one at a time.
    follow_up, likely_next
        See :meth:`ChatClient.complete`.
    """

    def __init__(
        self,
        client: ChatClient,
        todo: dict[int, Prompt],
        done: Callable[[int, Reply], None],
        follow_up: FollowUp | None,
        likely_next: Callable[[], Sequence[Prompt]] | None,
    ) -> None:
        self.client = client
        self.todo = todo
        self.done = done
        self.follow_up = follow_up
        self.likely_next = None if client.budget.is_limited else likely_next
        self.hedge = client.hedge and not client.budget.is_limited
        self.ahead: dict[str, Reply] = {}
        self.fresh = deque(todo)  # places whose prompt was not sent yet
        self.queue: list[tuple[float, int, int]] = []  # prompts to send again: when, place, the how-manieth try
        self.open = set(todo)  # places without their reply
        self.flights: set[_Flight] = set()
        self.doubled: set[int] = set()  # places that were sent a second time for being late
        self.seconds: list[float] = []  # that replies took, ascending
        self.limit = float(client.concurrency)
        self.lowered_at = 0.0
        self.ended: Failure | None = None
        self.broken: BaseException | None = None
        self.change = threading.Condition()
        self.dice = random.Random(len(todo))

    def finish(self) -> dict[str, Reply]:
        """Work until every prompt has its reply; gives the replies to what was sent ahead, by :func:`prompt_key`.

        A request that another overtook is left to itself: it ends with its time-out at the latest, and counts in the budget.
        """
        size = min(self.client.concurrency, len(self.todo))
        try:
            for i in range(size):
                threading.Thread(target=self._work, name=f"leitmotif-llm-{i}", daemon=True).start()
            with self.change:
                while self.broken is None and self.open:
                    self.change.wait(0.2)  # in steps, so that Ctrl-C is heard
        except BaseException as error:
            with self.change:
                self._break(error)
            raise
        if self.broken is not None:
            raise self.broken
        return self.ahead

    def _work(self) -> None:
        while (flight := self._next()) is not None:
            try:
                if self.client.delay_s:
                    time.sleep(self.client.delay_s)
                    flight.began = time.monotonic()
                reply = self.client.try_once(flight.prompt)
                ask = self.follow_up if reply.failure is None and flight.place >= 0 else None
                following = None if ask is None else ask(flight.prompt, reply)
                with self.change:
                    self.flights.discard(flight)
                    if self._is_wanted(flight):
                        self._judge(flight, reply, following)
                    self.change.notify_all()
            except BaseException as error:  # a defect of ours, or of whoever listens to the progress
                with self.change:
                    self.flights.discard(flight)
                    self._break(error)
                return

    def _next(self) -> _Flight | None:
        """The next request; None when nothing is left for this worker."""
        with self.change:
            while True:
                if self.ended is not None:
                    self._give_up(self.ended)
                if not self.open or self.broken is not None:
                    self.change.notify_all()
                    return None
                now = time.monotonic()
                waits = []
                if len(self.flights) < max(int(self.limit), 1):
                    if self.queue and self.queue[0][0] <= now:  # before fresh ones, or all would wait for the end
                        _, place, attempt = heapq.heappop(self.queue)
                        return self._start(place, attempt, now, first=False)
                    if self.fresh:
                        return self._start(self.fresh.popleft(), 1, now, first=True)
                    waits = [self.queue[0][0] - now] if self.queue else []
                    late, next_late = self._late(now)
                    waits += [] if next_late is None else [next_late - now]
                    if self._send_ahead(late):
                        continue
                    if self.hedge and (alone := [flight for flight in late if flight.place not in self.doubled]):
                        slowest = min(alone, key=lambda flight: flight.began)
                        self.doubled.add(slowest.place)
                        return self._start(slowest.place, slowest.attempt, now, first=False)
                self.change.wait(min(waits, default=None))

    def _start(self, place: int, attempt: int, now: float, *, first: bool) -> _Flight:
        flight = _Flight(place, self.todo[place], attempt, now, first)
        self.flights.add(flight)
        return flight

    def _is_wanted(self, flight: _Flight) -> bool:
        """Whether no other request brought the reply before."""
        return flight.place in self.open and flight.prompt is self.todo[flight.place]

    def _late(self, now: float) -> tuple[list[_Flight], float | None]:
        """Requests that take much longer than others did, and when the next of the rest will be late."""
        if len(self.seconds) < FEWEST_REPLIES or not (self.hedge or self.likely_next):
            return [], None
        enough = LATE * self.seconds[int(0.95 * (len(self.seconds) - 1))]
        late = [flight for flight in self.flights if now - flight.began >= enough and self._is_wanted(flight)]
        return late, min((f.began + enough for f in self.flights if now - f.began < enough), default=None)

    def _send_ahead(self, late: Sequence[_Flight]) -> bool:
        """Queue what probably comes next, once, when all that is out is late or not its place's first request."""
        if self.likely_next is None or any(flight.first and flight not in late for flight in self.flights):
            return False
        prompts, self.likely_next = list(self.likely_next()), None
        for place, prompt in enumerate(prompts, -len(prompts)):
            self.todo[place] = prompt
            self.open.add(place)
            heapq.heappush(self.queue, (0.0, place, 1))
        if prompts:
            self.change.notify_all()
        return bool(prompts)

    def _judge(self, flight: _Flight, reply: Reply, following: Prompt | None) -> None:
        place, attempt, failure, now = flight.place, flight.attempt, reply.failure, time.monotonic()
        if failure is None:
            self.limit = min(self.limit + 1, self.client.concurrency)
            bisect.insort(self.seconds, now - flight.began)
        elif failure.kind == "rate limit" and flight.began > self.lowered_at:
            self.limit = max(self.limit * 0.75, 1.0)
            self.lowered_at = now
        twins = (other for other in self.flights if other.place == place and self._is_wanted(other))
        if failure is not None and any(twins) and not failure.ends_all:
            return  # the other request for this place is still on its way
        pause = None if failure is None or not failure.may_pass else self._pause(failure, attempt)
        if failure is not None and failure.kind == "timeout" and pause is not None and failure.retry_after_s is None:
            pause -= min(now - flight.began, pause)  # who has waited for so long need not wait on
        if following is not None and self.ended is None:
            self.todo[place] = following
            heapq.heappush(self.queue, (0.0, place, 1))
        elif failure is not None and pause is not None and self.ended is None:
            logger.info("try %d failed (%s); again in %.1f s", attempt, failure.message, pause)
            heapq.heappush(self.queue, (now + pause, place, attempt + 1))
        else:
            if failure is not None:
                failure = replace(failure, attempts=max(attempt, 1) if failure.kind != "budget" else attempt - 1)
                reply = replace(reply, failure=failure)
                if failure.ends_all and self.ended is None:
                    self.ended = failure
            self._close(place, reply)

    def _close(self, place: int, reply: Reply) -> None:
        self.open.discard(place)
        if place >= 0:
            self.done(place, reply)
        elif reply.failure is None:
            self.ahead[prompt_key(self.todo[place])] = reply

    def _give_up(self, reason: Failure) -> None:
        """Let everything that waits fail with the same words."""
        waiting = [(place, attempt) for _, place, attempt in self.queue] + [(place, 1) for place in self.fresh]
        self.queue.clear()
        self.fresh.clear()
        for place, attempt in waiting:
            self._close(place, Reply(failure=replace(reason, attempts=attempt - 1)))

    def _break(self, error: BaseException) -> None:
        self.broken = error
        self.queue.clear()
        self.fresh.clear()
        self.change.notify_all()

    def _pause(self, failure: Failure, attempt: int) -> float | None:
        """Seconds until the next try; None where there is none left, or the provider asks for too long a wait."""
        if attempt > self.client.retries:
            return None
        if failure.retry_after_s is not None:
            return failure.retry_after_s if failure.retry_after_s <= LONGEST_RETRY_AFTER_S else None
        growing = min(self.client.first_pause_s * 2.0 ** (attempt - 1), LONGEST_PAUSE_S)
        return growing * (1 - 0.25 * self.dice.random())  # not all at the same moment
