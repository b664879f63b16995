"""Many prompts to one provider: concurrent, written down, within a budget, tried again where that may help."""

from __future__ import annotations

import heapq
import json
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from leitmotif.errors import InvalidInputError
from leitmotif.llm.budget import Budget, Estimate, Usage, output_limit, prompt_tokens, token_counter
from leitmotif.llm.failure import Failure, describe_failure
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.messages import Prompt, Reply
from leitmotif.llm.providers import Provider
from leitmotif.progress import stage

__all__ = ["ChatClient"]

logger = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60.0
LONGEST_RETRY_AFTER_S = 300.0


class ChatClient:
    """Turns prompts into replies, in their order. Nothing that a provider does raises: a reply says why there is none.

    Parameters
    ----------
    provider : Provider
        See :func:`leitmotif.llm.connect`.
    concurrency : int
        Most requests at once. It gives way where the provider says that there are too many, and comes back.
    retries : int
        Further tries of a prompt after a rate limit, overload, a time-out or a lost connection; after other failures none.
    first_pause_s : float
        Pause before the second try where the provider names none; each further one is twice as long, up to a minute.
    ledger : Ledger, optional
        Replies that were given once are taken from here, and new ones written down.
    budget : Budget, optional
        What does not fit is not sent.
    tokenizer : object with encode, or function, optional
        Counts the tokens of prompts; default: a safe count by bytes.
    delay_s : float
        Pause before each request of a worker.

    Raises
    ------
    InvalidInputError
        ``concurrency`` below 1, negative retries, or a budget of money without the model's price.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        concurrency: int = 8,
        retries: int = 4,
        first_pause_s: float = 1.0,
        ledger: Ledger | None = None,
        budget: Budget | None = None,
        tokenizer: Any = None,
        delay_s: float = 0.0,
    ) -> None:
        if concurrency < 1 or retries < 0:
            raise InvalidInputError(
                f"concurrency must be at least 1 and retries at least 0; got {concurrency!r} and {retries!r}"
            )
        self.provider = provider
        self.concurrency = concurrency
        self.retries = retries
        self.first_pause_s = first_pause_s
        self.ledger = ledger
        self.budget = Budget() if budget is None else budget
        self.budget.check(provider.model)
        self.count_tokens = token_counter(tokenizer)
        self.delay_s = delay_s

    @property
    def usage(self) -> Usage:
        """What was spent through the budget so far."""
        return self.budget.spent

    def estimate(self, prompts: Sequence[Prompt]) -> Estimate:
        """Calls, tokens and money that :meth:`complete` would spend now, if every first try went well; nothing is sent."""
        new = [prompt for prompt in prompts if self._recall(prompt) is None]
        missing = list({_hashable(prompt): prompt for prompt in new}.values())
        into = sum(prompt_tokens(prompt, self.count_tokens) for prompt in missing)
        out = len(missing) * output_limit(self.provider.parameters)
        return Estimate(
            calls=len(missing),
            input_tokens=into,
            output_tokens=out,
            money=self.budget.price(self.provider.model, into, out),
            prompts=len(prompts),
            recalled=len(prompts) - len(new),
        )

    def complete(
        self,
        prompts: Sequence[Prompt],
        what: str = "ask the language model",
        follow_up: Callable[[Prompt, Reply], Prompt | None] | None = None,
    ) -> list[Reply]:
        """A reply for each prompt, in order; equal prompts are sent once.

        After a failure that would meet every prompt (quota, key, budget) those not yet sent fail with the same words.

        Parameters
        ----------
        prompts : sequence of Prompt
        what : str
            For the progress bar.
        follow_up : callable, optional
            A prompt to send in place of one whose reply will not do, or None; it goes out while others are still answered.
        """
        replies: list[Reply | None] = [None] * len(prompts)
        todo: dict[int, Prompt] = {}
        first: dict[str, int] = {}
        places: dict[int, list[int]] = {}
        for place, prompt in enumerate(prompts):
            leader = first.setdefault(_hashable(prompt), place)
            if leader != place and replies[leader] is not None:
                replies[place] = replies[leader]
                continue
            if leader == place:
                missing, replies[place] = self._recalled(prompt, follow_up)
                if missing is None:
                    continue
                todo[place] = missing
            places.setdefault(leader, []).append(place)
        with stage(what, total=len(prompts)) as work:
            work.advance(len(prompts) - sum(map(len, places.values())))

            def done(place: int, reply: Reply) -> None:
                for same in places[place]:
                    replies[same] = reply
                work.advance(len(places[place]))

            if hasattr(self.provider, "send_all"):
                while todo:
                    todo = self._in_batches(todo, done, follow_up)
            elif todo:
                _Run(self, todo, done, follow_up).finish()
        return [reply if reply is not None else Reply(failure=Failure("error", "not sent")) for reply in replies]

    def forget(self, prompt: Prompt) -> None:
        """Drop the reply to a prompt that could not be used."""
        if self.ledger is not None:
            self.ledger.forget(self._key(prompt))

    def try_once(self, prompt: Prompt) -> Reply:
        """One request within the budget, written down where it went well.

        A server that refuses the schema of a prompt is asked again without, and no schema is sent to it any more.
        """
        reply = self._request(prompt)
        failure = reply.failure
        if failure is not None and prompt.schema is not None and _is_about_schema(failure):
            held: Any = self.provider
            if getattr(held, "holds_to_schema", False):
                logger.info("the server refuses JSON schemas, they are left out: %s", failure.message)
                held.holds_to_schema = False
            reply = self._request(prompt)
        self._write_down(prompt, reply)
        return reply

    def _request(self, prompt: Prompt) -> Reply:
        into, out = prompt_tokens(prompt, self.count_tokens), output_limit(self.provider.parameters)
        ticket = self.budget.reserve(self.provider.model, into, out)
        if isinstance(ticket, Failure):
            return Reply(failure=ticket)
        reply = Reply(failure=Failure("error", "interrupted"))
        try:
            reply = self.provider.send(prompt)
        except Exception as error:  # whatever a provider's library raises must not cost the run
            reply = Reply(failure=describe_failure(error, self._secrets()))
            logger.debug("a request failed: %s", reply.failure)
        finally:
            self.budget.settle(ticket, self.provider.model, reply)
        return reply

    def _recalled(
        self, prompt: Prompt, follow_up: Callable[[Prompt, Reply], Prompt | None] | None
    ) -> tuple[Prompt | None, Reply | None]:
        """What is still to be sent for a prompt, or the reply that the ledger has in the end."""
        reply = self._recall(prompt)
        while reply is not None:
            following = None if follow_up is None else follow_up(prompt, reply)
            if following is None:
                return None, reply
            prompt, reply = following, self._recall(following)
        return prompt, None

    def _in_batches(
        self,
        todo: dict[int, Prompt],
        done: Callable[[int, Reply], None],
        follow_up: Callable[[Prompt, Reply], Prompt | None] | None,
    ) -> dict[int, Prompt]:
        """One batch, as large as the budget allows, for providers that take them; gives what is to follow."""
        provider: Any = self.provider
        tickets = {}
        following: dict[int, Prompt] = {}
        for place, prompt in todo.items():
            into, out = prompt_tokens(prompt, self.count_tokens), output_limit(provider.parameters)
            ticket = self.budget.reserve(provider.model, into, out)
            if isinstance(ticket, Failure):
                done(place, Reply(failure=ticket))
            else:
                tickets[place] = ticket
        if not tickets:
            return {}
        found = provider.send_all([todo[place] for place in tickets])
        for (place, ticket), answer in zip(tickets.items(), found, strict=True):
            failed = isinstance(answer, BaseException)
            reply = Reply(failure=describe_failure(answer, self._secrets())) if failed else answer
            self.budget.settle(ticket, provider.model, reply)
            self._write_down(todo[place], reply)
            after = None if failed or follow_up is None else follow_up(todo[place], reply)
            if after is None:
                done(place, reply)
            else:
                following[place] = after
        return following

    def _write_down(self, prompt: Prompt, reply: Reply) -> None:
        if self.ledger is not None and reply.failure is None:
            self.ledger.put(self._key(prompt), self.provider.model, self.provider.parameters, prompt, reply)

    def _recall(self, prompt: Prompt) -> Reply | None:
        return None if self.ledger is None else self.ledger.get(self._key(prompt))

    def _key(self, prompt: Prompt) -> str:
        return Ledger.key(self.provider.model, self.provider.parameters, prompt)

    def _secrets(self) -> list[str]:
        secrets = getattr(self.provider, "secrets", None)
        return list(secrets()) if callable(secrets) else []


def _is_about_schema(failure: Failure) -> bool:
    words = ("response_format", "json_schema", "schema", "output_config", "structured")
    return failure.kind == "bad request" and any(word in failure.message.lower() for word in words)


def _hashable(prompt: Prompt) -> str:
    return json.dumps(prompt.to_json(), sort_keys=True)


class _Run:
    """The workers of one :meth:`ChatClient.complete`: a queue of prompts by when they may be sent, and a limit that adapts.

    A prompt that waits for its next try holds no place: another goes out meanwhile. Each answer that there are too many
    requests takes a quarter off the limit (once for those that were on their way together), each reply adds a place.
    """

    def __init__(
        self,
        client: ChatClient,
        todo: dict[int, Prompt],
        done: Callable[[int, Reply], None],
        follow_up: Callable[[Prompt, Reply], Prompt | None] | None,
    ) -> None:
        self.client = client
        self.todo = todo
        self.done = done
        self.follow_up = follow_up
        self.fresh = deque(todo)  # prompts not sent yet
        self.queue: list[tuple[float, int, int]] = []  # prompts to send again: when, which, the how-manieth try
        self.limit = float(client.concurrency)
        self.active = 0
        self.lowered_at = 0.0
        self.ended: Failure | None = None
        self.broken: BaseException | None = None
        self.change = threading.Condition()
        self.dice = random.Random(len(todo))

    def finish(self) -> None:
        """Work until every prompt has its reply."""
        size = min(self.client.concurrency, len(self.todo))
        workers = [threading.Thread(target=self._work, name=f"leitmotif-llm-{i}", daemon=True) for i in range(size)]
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                while worker.is_alive():
                    worker.join(0.2)  # in steps, so that Ctrl-C is heard
        except BaseException:
            with self.change:
                self._drop()
                self.change.notify_all()
            raise
        if self.broken is not None:
            raise self.broken

    def _work(self) -> None:
        while True:
            try:
                job = self._next()
                if job is None:
                    return
                place, attempt = job
                if self.client.delay_s:
                    time.sleep(self.client.delay_s)
                began, prompt = time.monotonic(), self.todo[place]
                reply = self.client.try_once(prompt)
                ask = self.follow_up if reply.failure is None else None
                self._judge(place, attempt, began, reply, None if ask is None else ask(prompt, reply))
            except BaseException as error:  # a defect of ours, or of whoever listens to the progress
                with self.change:
                    self.broken = error
                    self._drop()
                    self.change.notify_all()
                return

    def _next(self) -> tuple[int, int] | None:
        """The next prompt that may go out; None when nothing is left for this worker."""
        with self.change:
            while True:
                if self.broken is not None:
                    return None
                if self.ended is not None:
                    waiting = [(place, attempt) for _, place, attempt in self.queue]
                    for place, attempt in [*waiting, *((place, 1) for place in self.fresh)]:
                        self.done(place, Reply(failure=replace(self.ended, attempts=attempt - 1)))
                    self._drop()
                if not self.queue and not self.fresh and self.active == 0:
                    self.change.notify_all()
                    return None
                pause = None
                if self.active < max(int(self.limit), 1):
                    pause = self.queue[0][0] - time.monotonic() if self.queue else None
                    if self.fresh or (pause is not None and pause <= 0):
                        ready = pause is not None and pause <= 0  # those go first, or all would wait for the end
                        place, attempt = heapq.heappop(self.queue)[1:] if ready else (self.fresh.popleft(), 1)
                        self.active += 1
                        return place, attempt
                self.change.wait(pause)

    def _judge(self, place: int, attempt: int, began: float, reply: Reply, following: Prompt | None) -> None:
        failure = reply.failure
        with self.change:
            self.active -= 1
            if failure is None:
                self.limit = min(self.limit + 1, self.client.concurrency)
            elif failure.kind == "rate limit" and began > self.lowered_at:
                self.limit = max(self.limit * 0.75, 1.0)
                self.lowered_at = time.monotonic()
            pause = None if failure is None or not failure.may_pass else self._pause(failure, attempt)
            if following is not None and self.ended is None:
                self.todo[place] = following
                heapq.heappush(self.queue, (0.0, place, 1))
            elif failure is not None and pause is not None and self.ended is None:
                logger.info("try %d failed (%s); again in %.1f s", attempt, failure.message, pause)
                heapq.heappush(self.queue, (time.monotonic() + pause, place, attempt + 1))
            else:
                if failure is not None:
                    failure = replace(failure, attempts=max(attempt, 1) if failure.kind != "budget" else attempt - 1)
                    reply = replace(reply, failure=failure)
                    if failure.ends_all and self.ended is None:
                        self.ended = failure
                self.done(place, reply)
            self.change.notify_all()

    def _drop(self) -> None:
        self.queue.clear()
        self.fresh.clear()

    def _pause(self, failure: Failure, attempt: int) -> float | None:
        """Seconds until the next try; None where there is none left, or the provider asks for too long a wait."""
        if attempt > self.client.retries:
            return None
        if failure.retry_after_s is not None:
            return failure.retry_after_s if failure.retry_after_s <= LONGEST_RETRY_AFTER_S else None
        growing = min(self.client.first_pause_s * 2.0 ** (attempt - 1), LONGEST_PAUSE_S)
        return growing * (1 + 0.25 * self.dice.random())
