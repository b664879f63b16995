"""Many prompts to one provider: concurrent, written down, within a budget, tried again where that may help."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from leitmotif.errors import InvalidInputError
from leitmotif.llm.budget import (
    ASSUMED_OUTPUT_TOKENS,
    Budget,
    Estimate,
    Usage,
    most_tokens,
    output_limit,
    prompt_tokens,
    token_counter,
)
from leitmotif.llm.failure import Failure, describe_failure
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.messages import Prompt, Reply
from leitmotif.llm.providers import Provider
from leitmotif.llm.run import FollowUp, Run, prompt_key
from leitmotif.progress import stage

__all__ = ["ChatClient"]

logger = logging.getLogger(__name__)


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
        Longest pause before the second try where the provider names none; each further one is twice as long, up to a minute.
    ledger : Ledger, optional
        Replies that were given once are taken from here, and new ones written down.
    budget : Budget, optional
        What does not fit is not sent.
    tokenizer : object with encode, or function, optional
        Counts the tokens of prompts; default: a count by bytes, for estimates a third of them, for limits each.
    delay_s : float
        Pause before each request of a worker.
    hedge : bool
        When all prompts are on their way, send those that wait much longer than the others a second time, and take the
        reply that comes first (hedged requests: Dean and Barroso, "The tail at scale", CACM 56(2), 2013). A server that hangs
        then costs no time-out, but a call. Not within a budget.

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
        hedge: bool = False,
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
        self.hedge = hedge
        self._most_tokens = most_tokens if tokenizer is None else self.count_tokens
        self._ahead: dict[str, Reply] = {}

    @property
    def usage(self) -> Usage:
        """What was spent through the budget so far."""
        return self.budget.spent

    def estimate(self, prompts: Sequence[Prompt]) -> Estimate:
        """Calls, tokens and money that :meth:`complete` would spend now, if every first try went well; nothing is sent."""
        new = [prompt for prompt in prompts if self._recall(prompt) is None]
        missing = list({prompt_key(prompt): prompt for prompt in new}.values())
        into = sum(prompt_tokens(prompt, self.count_tokens) for prompt in missing)
        out = len(missing) * (output_limit(self.provider.parameters) or ASSUMED_OUTPUT_TOKENS)
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
        follow_up: FollowUp | None = None,
        likely_next: Callable[[], Sequence[Prompt]] | None = None,
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
        likely_next : callable, optional
            Prompts that the next call of this method will probably bring. They are asked for once, when only stragglers are still
            out, and sent in the places that are free; the next call takes their replies. Not within a budget.
        """
        ahead, self._ahead = self._ahead, {}
        replies: list[Reply | None] = [None] * len(prompts)
        todo: dict[int, Prompt] = {}
        first: dict[str, int] = {}
        places: dict[int, list[int]] = {}
        for place, prompt in enumerate(prompts):
            leader = first.setdefault(prompt_key(prompt), place)
            if leader != place and replies[leader] is not None:
                replies[place] = replies[leader]
                continue
            if leader == place:
                missing, replies[place] = self._recalled(prompt, follow_up, ahead)
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
                self._ahead = Run(self, todo, done, follow_up, likely_next).finish()
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
        return self._written_down(prompt, reply)

    def _request(self, prompt: Prompt) -> Reply:
        ticket = self.budget.reserve(self.provider.model, *self._most(prompt))
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

    def _most(self, prompt: Prompt) -> tuple[int, int | None]:
        """Most tokens that a prompt may have, and its reply where that is limited."""
        return prompt_tokens(prompt, self._most_tokens), output_limit(self.provider.parameters)

    def _recalled(
        self, prompt: Prompt, follow_up: FollowUp | None, ahead: dict[str, Reply]
    ) -> tuple[Prompt | None, Reply | None]:
        """What is still to be sent for a prompt, or the reply that is known already."""
        reply = ahead.get(prompt_key(prompt)) or self._recall(prompt)
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
        follow_up: FollowUp | None,
    ) -> dict[int, Prompt]:
        """One batch, as large as the budget allows, for providers that take them; gives what is to follow."""
        provider: Any = self.provider
        tickets = {}
        following: dict[int, Prompt] = {}
        for place, prompt in todo.items():
            ticket = self.budget.reserve(provider.model, *self._most(prompt), wait=False)
            if not isinstance(ticket, Failure):
                tickets[place] = ticket
            elif tickets:
                following[place] = prompt  # there may be room when these are settled
            else:
                done(place, Reply(failure=ticket))
        if not tickets:
            return {}
        found = provider.send_all([todo[place] for place in tickets])
        for (place, ticket), answer in zip(tickets.items(), found, strict=True):
            failed = isinstance(answer, BaseException)
            reply = Reply(failure=describe_failure(answer, self._secrets())) if failed else answer
            self.budget.settle(ticket, provider.model, reply)
            reply = self._written_down(todo[place], reply)
            after = None if failed or follow_up is None else follow_up(todo[place], reply)
            if after is None:
                done(place, reply)
            else:
                following[place] = after
        return following

    def _written_down(self, prompt: Prompt, reply: Reply) -> Reply:
        if self.ledger is None or reply.failure is not None:
            return reply
        return self.ledger.put(self._key(prompt), self.provider.model, self.provider.parameters, prompt, reply)

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
