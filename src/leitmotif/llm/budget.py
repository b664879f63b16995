"""What a run may cost: counted before anything is sent, and a limit that no call passes."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from leitmotif.errors import InvalidInputError
from leitmotif.llm.failure import Failure
from leitmotif.llm.messages import Prompt, Reply

__all__ = ["ASSUMED_OUTPUT_TOKENS", "Budget", "Estimate", "Usage", "count_tokens", "most_tokens", "token_counter"]

ASSUMED_OUTPUT_TOKENS = 120
"""Tokens of a reply that are foreseen where no ``max_tokens`` says more: a label with a sentence and a few words."""
LONGEST_REPLY_TOKENS = 4096
"""Tokens of a reply that are set aside within a limit where no ``max_tokens`` says more."""

_FRAME_TOKENS = 16  # what a chat template puts around the messages

Prices = Mapping[str, tuple[float, float]]


def count_tokens(text: str) -> int:
    """A count of tokens that is mostly too high: one for every three bytes of UTF-8 (English has about four)."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / 3)


def most_tokens(text: str) -> int:
    """As many tokens as a text can have: one for every byte of UTF-8, as no token is shorter."""
    return len(text.encode("utf-8", "surrogatepass"))


def token_counter(tokenizer: Any) -> Callable[[str], int]:
    """How many tokens a text has, by a tokenizer with ``encode`` or a function text -> int; the safe count without one."""
    if tokenizer is None or isinstance(tokenizer, str):
        return count_tokens
    if hasattr(tokenizer, "encode"):

        def encoded(text: str) -> int:
            found = tokenizer.encode(text)
            return len(getattr(found, "ids", found))

        return encoded
    if callable(tokenizer):
        return lambda text: int(tokenizer(text))
    raise InvalidInputError(f"tokenizer must have encode() or be a function of a text; got {type(tokenizer).__name__}")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was spent, or would be.

    Attributes
    ----------
    calls : int
        Requests sent; each try counts.
    input_tokens, output_tokens : int
        As the provider counted them, estimated where it did not say. A request that ran into its time-out counts with all
        that was set aside for it, as the provider may have worked on it to the end.
    money : float or None
        In the currency of the prices; None where the model has no price.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    money: float | None = None


@dataclass(frozen=True, kw_only=True)
class Estimate(Usage):
    """What a run would spend before it is made.

    Attributes
    ----------
    prompts : int
        All of them; ``recalled`` are in the ledger and cost nothing.
    recalled : int
    """

    prompts: int = 0
    recalled: int = 0


class Budget:
    """Limits that hold for everything sent through it, from any thread.

    A call is only sent when it fits: as many tokens as its prompt can have (one for each byte, or as the tokenizer counts)
    and as its reply may have (``max_tokens`` among the parameters, else ``reply_tokens``) are set aside before, and put
    right by what the provider counted. A call that fits only beside those on their way waits for them. So all limits hold,
    but where no ``max_tokens`` is sent and a model says more than ``reply_tokens``: then the calls on their way may pass a
    limit of tokens or money.

    Parameters
    ----------
    calls : int, optional
        Most requests; a second try is a request too.
    tokens : int, optional
        Most tokens, in and out together.
    money : float, optional
        Most money; needs a price of the model.
    prices : mapping of str to (float, float), optional
        Model -> price of a million tokens in and out, in any currency: ``{"gpt-4o-mini": (0.15, 0.60)}``. None are built in,
        because they change.
    reply_tokens : int
        Longest reply of the model, for limits of tokens or money where no ``max_tokens`` is sent.

    Raises
    ------
    InvalidInputError
        A limit below 0, or a price that is no pair of numbers.
    """

    def __init__(
        self,
        *,
        calls: int | None = None,
        tokens: int | None = None,
        money: float | None = None,
        prices: Prices | None = None,
        reply_tokens: int = LONGEST_REPLY_TOKENS,
    ) -> None:
        for name, limit in (("calls", calls), ("tokens", tokens), ("money", money), ("reply_tokens", reply_tokens)):
            if limit is not None and limit < 0:
                raise InvalidInputError(f"Budget: {name} must not be negative; got {limit!r}")
        for model, price in (prices or {}).items():
            if not (isinstance(price, tuple | list) and len(price) == 2 and all(p >= 0 for p in price)):
                raise InvalidInputError(
                    f"Budget: the price of {model!r} must be (a million tokens in, out); got {price!r}"
                )
        self.calls, self.tokens, self.money = calls, tokens, money
        self.prices = dict(prices or {})
        self.reply_tokens = reply_tokens
        self._change = threading.Condition()
        self._spent = Usage()
        self._held: dict[int, Usage] = {}
        self._next = 0

    @property
    def spent(self) -> Usage:
        """What was spent so far; calls on their way count with what is set aside for them."""
        with self._change:
            return self._with(*self._held.values())

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit."""
        return any(limit is not None for limit in (self.calls, self.tokens, self.money))

    def price(self, model: str, input_tokens: int, output_tokens: int) -> float | None:
        """Money for so many tokens; None where the model has no price."""
        if model not in self.prices:
            return None
        into, out = self.prices[model]
        return (input_tokens * into + output_tokens * out) / 1e6

    def check(self, model: str) -> None:
        """Raise where a limit of money cannot be kept because the model has no price.

        Raises
        ------
        InvalidInputError
        """
        if self.money is not None and model not in self.prices:
            raise InvalidInputError(
                f"a budget of money needs the price of {model!r}: Budget(money=…, prices={{{model!r}: (in, out)}}), "
                "for a million tokens each"
            )

    def reserve(self, model: str, input_tokens: int, output_tokens: int | None, *, wait: bool = True) -> int | Failure:
        """Set a call aside: a ticket for :meth:`settle`, or the failure that says which limit it would pass.

        Parameters
        ----------
        model : str
        input_tokens : int
        output_tokens : int or None
            Limit of the reply; None: ``reply_tokens``.
        wait : bool
            For calls on their way, where there will be room if they take less than was set aside for them.
        """
        out = self.reply_tokens if output_tokens is None else output_tokens
        call = Usage(calls=1, input_tokens=input_tokens, output_tokens=out, money=self.price(model, input_tokens, out))
        with self._change:
            while (reason := self._passed(self._with(*self._held.values(), call))) is not None:
                if not (wait and self._held) or self._passed(self._with(call)) is not None or reason == "calls":
                    return Failure("budget", self._words(reason), attempts=0)
                self._change.wait()
            self._next += 1
            self._held[self._next] = call
            return self._next

    def settle(self, ticket: int, model: str, reply: Reply) -> None:
        """Put a call's true numbers in place of what was set aside.

        A call that failed counts, its tokens do not; but a time-out counts with all, as the provider may have worked on it.
        """
        with self._change:
            call = self._held.pop(ticket)
            into = call.input_tokens if reply.input_tokens is None else reply.input_tokens
            out = sum(map(count_tokens, reply.texts)) if reply.output_tokens is None else reply.output_tokens
            if reply.failure is not None and reply.failure.kind != "timeout":
                into = out = 0
            if reply.failure is None or reply.failure.kind != "timeout":
                call = Usage(calls=1, input_tokens=into, output_tokens=out, money=self.price(model, into, out))
            self._spent = self._with(call)
            self._change.notify_all()

    def _with(self, *calls: Usage) -> Usage:
        """What was spent with so many calls more; no money where one of them has no price."""
        every = [self._spent, *calls]
        prices = [usage.money for usage in every if usage.calls]
        priced = bool(prices) and None not in prices
        return Usage(
            calls=sum(usage.calls for usage in every),
            input_tokens=sum(usage.input_tokens for usage in every),
            output_tokens=sum(usage.output_tokens for usage in every),
            money=sum(price for price in prices if price is not None) if priced else None,
        )

    def _passed(self, total: Usage) -> Literal["calls", "tokens", "money"] | None:
        """The limit that a sum would pass."""
        if self.calls is not None and total.calls > self.calls:
            return "calls"
        if self.tokens is not None and total.input_tokens + total.output_tokens > self.tokens:
            return "tokens"
        if self.money is not None and (total.money is None or total.money > self.money):
            return "money"
        return None

    def _words(self, limit: Literal["calls", "tokens", "money"]) -> str:
        if limit == "calls":
            return f"the budget of {self.calls:,} calls is used up"
        amount = f"{self.tokens:,} tokens" if limit == "tokens" else f"{self.money:g}"
        return f"the budget of {amount} has no room for the next call"

    def __repr__(self) -> str:
        limits = {"calls": self.calls, "tokens": self.tokens, "money": self.money, "prices": self.prices or None}
        return f"Budget({', '.join(f'{name}={value!r}' for name, value in limits.items() if value is not None)})"

    def __reduce__(self) -> Any:
        limits = {name: getattr(self, name) for name in ("calls", "tokens", "money", "prices", "reply_tokens")}
        return _budget, (limits,)


def prompt_tokens(prompt: Prompt, count: Callable[[str], int] = count_tokens) -> int:
    """Tokens of a prompt with its frame and schema."""
    schema = "" if prompt.schema is None else json.dumps(prompt.schema)
    return sum(map(count, (prompt.user, prompt.system or "", schema, *prompt.documents))) + _FRAME_TOKENS


def output_limit(parameters: Mapping[str, Any]) -> int | None:
    """Most tokens of a reply, whatever the limit is called; None where there is none."""
    for name in ("max_tokens", "max_completion_tokens", "max_new_tokens", "max_output_tokens", "num_predict"):
        value = parameters.get(name)
        if isinstance(value, int) and value > 0:
            return value
    return None


def _budget(limits: dict[str, Any]) -> Budget:
    return Budget(**limits)
