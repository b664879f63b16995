"""What a run may cost: counted before anything is sent, and a limit that no call passes."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leitmotif.errors import InvalidInputError
from leitmotif.llm.failure import Failure
from leitmotif.llm.messages import Prompt, Reply

__all__ = ["ASSUMED_OUTPUT_TOKENS", "Budget", "Estimate", "Usage", "count_tokens", "token_counter"]

ASSUMED_OUTPUT_TOKENS = 120
"""Tokens of a reply where no ``max_tokens`` says more: a label with a sentence and a few words."""

_FRAME_TOKENS = 12  # what a chat template puts around the messages

Prices = Mapping[str, tuple[float, float]]


def count_tokens(text: str) -> int:
    """A count of tokens on the safe side: a token for every three bytes of UTF-8 (English has about four)."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / 3)


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
        As the provider counted them, estimated where it did not say.
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

    A call is only sent when it fits: its input as counted and its output as limited by ``max_tokens`` (else 120 tokens)
    are set aside before, and put right by what the provider counted. Without ``max_tokens`` a model that talks on may pass a
    limit of tokens or money with the calls that are on their way; the limit of calls always holds.

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
    ) -> None:
        for name, limit in (("calls", calls), ("tokens", tokens), ("money", money)):
            if limit is not None and limit < 0:
                raise InvalidInputError(f"Budget: {name} must not be negative; got {limit!r}")
        for model, price in (prices or {}).items():
            if not (isinstance(price, tuple | list) and len(price) == 2 and all(p >= 0 for p in price)):
                raise InvalidInputError(
                    f"Budget: the price of {model!r} must be (a million tokens in, out); got {price!r}"
                )
        self.calls, self.tokens, self.money = calls, tokens, money
        self.prices = dict(prices or {})
        self._lock = threading.Lock()
        self._spent = Usage()
        self._held: dict[int, tuple[int, int]] = {}
        self._next = 0

    @property
    def spent(self) -> Usage:
        """What was spent so far."""
        with self._lock:
            return self._spent

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

    def reserve(self, model: str, input_tokens: int, output_tokens: int) -> int | Failure:
        """Set a call aside: a ticket for :meth:`settle`, or the failure that says which limit it would pass."""
        with self._lock:
            held_in = sum(into for into, _ in self._held.values())
            held_out = sum(out for _, out in self._held.values())
            total_in = self._spent.input_tokens + held_in + input_tokens
            total_out = self._spent.output_tokens + held_out + output_tokens
            if self.calls is not None and self._spent.calls + len(self._held) + 1 > self.calls:
                return Failure("budget", f"the budget of {self.calls:,} calls is used up", attempts=0)
            if self.tokens is not None and total_in + total_out > self.tokens:
                return Failure(
                    "budget", f"the budget of {self.tokens:,} tokens has no room for the next call", attempts=0
                )
            money = self.price(model, total_in, total_out)
            if self.money is not None and (money is None or money > self.money):
                return Failure("budget", f"the budget of {self.money:g} has no room for the next call", attempts=0)
            self._next += 1
            self._held[self._next] = (input_tokens, output_tokens)
            return self._next

    def settle(self, ticket: int, model: str, reply: Reply) -> None:
        """Put a call's true numbers in place of what was set aside; a call that failed counts, its tokens do not.

        A time-out counts with its input: the provider may well have worked on it.
        """
        with self._lock:
            into, out = self._held.pop(ticket)
            if reply.failure is not None:
                into, out = (into, 0) if reply.failure.kind == "timeout" else (0, 0)
            else:
                into = into if reply.input_tokens is None else reply.input_tokens
                out = sum(map(count_tokens, reply.texts)) if reply.output_tokens is None else reply.output_tokens
            total_in, total_out = self._spent.input_tokens + into, self._spent.output_tokens + out
            self._spent = Usage(
                calls=self._spent.calls + 1,
                input_tokens=total_in,
                output_tokens=total_out,
                money=self.price(model, total_in, total_out),
            )

    def __repr__(self) -> str:
        limits = {"calls": self.calls, "tokens": self.tokens, "money": self.money, "prices": self.prices or None}
        return f"Budget({', '.join(f'{name}={value!r}' for name, value in limits.items() if value is not None)})"

    def __reduce__(self) -> Any:
        limits = {"calls": self.calls, "tokens": self.tokens, "money": self.money, "prices": self.prices}
        return _budget, (limits,)


def prompt_tokens(prompt: Prompt, count: Callable[[str], int] = count_tokens) -> int:
    """Tokens of a prompt with its frame."""
    return count(prompt.user) + count(prompt.system or "") + sum(map(count, prompt.documents)) + _FRAME_TOKENS


def output_limit(parameters: Mapping[str, Any]) -> int:
    """Tokens that a reply may have, from whatever the limit is called; an assumption where there is none."""
    for name in ("max_tokens", "max_completion_tokens", "max_new_tokens", "max_output_tokens", "num_predict"):
        value = parameters.get(name)
        if isinstance(value, int) and value > 0:
            return value
    return ASSUMED_OUTPUT_TOKENS


def _budget(limits: dict[str, Any]) -> Budget:
    return Budget(**limits)
