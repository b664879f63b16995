"""Many prompts at once: order, cap, ledger, budget, failures; no network."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leitmotif.errors import InvalidInputError
from leitmotif.llm import Budget, ChatClient, Ledger, Prompt, Reply
from leitmotif.llm.budget import count_tokens, prompt_tokens
from leitmotif.llm.failure import describe_failure, redact, without_secrets
from leitmotif.progress import listen


class Fake:
    """A provider that answers by a function of the prompt and the number of the call."""

    model = "fake"

    def __init__(self, answer=lambda text, n: text.upper(), pause_s: float = 0.0, **parameters) -> None:
        self.answer, self.pause_s, self.parameters = answer, pause_s, parameters
        self.sent: list[str] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def send(self, prompt: Prompt) -> Reply:
        with self.lock:
            self.sent.append(prompt.user)
            number = len(self.sent)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.pause_s)
        with self.lock:
            self.at_once -= 1
        found = self.answer(prompt.user, number)
        if isinstance(found, BaseException):
            raise found
        return found if isinstance(found, Reply) else Reply(texts=(found,), input_tokens=10, output_tokens=2)


class HTTPError(Exception):
    def __init__(self, status: int, message: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status_code, self.headers = status, headers or {}


def prompts(n: int) -> list[Prompt]:
    return [Prompt(user=f"p{i}") for i in range(n)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=15), st.integers(1, 6))
def test_replies_are_in_order_and_equal_prompts_are_sent_once(numbers: list[int], concurrency: int) -> None:
    fake = Fake()
    replies = ChatClient(fake, concurrency=concurrency).complete([Prompt(user=f"p{i}") for i in numbers])
    assert [reply.text for reply in replies] == [f"P{i}" for i in numbers]
    assert sorted(fake.sent) == sorted({f"p{i}" for i in numbers})


def test_as_many_at_once_as_allowed_and_no_more() -> None:
    fake = Fake(pause_s=0.03)
    began = time.perf_counter()
    ChatClient(fake, concurrency=5).complete(prompts(20))
    assert fake.most_at_once == 5
    assert time.perf_counter() - began < 0.45  # one by one: 0.6


def test_the_limit_gives_way_and_comes_back() -> None:
    """A server that takes three at once: nothing is lost, and the longer it goes the less is refused."""
    fake = Fake(pause_s=0.01)
    fake.answer = lambda text, n: HTTPError(429) if fake.at_once >= 3 else text
    client = ChatClient(fake, concurrency=12, retries=50, first_pause_s=0.005)
    assert all(reply.failure is None for reply in client.complete(prompts(60)))


def test_waiting_for_another_try_holds_no_place() -> None:
    fake = Fake(lambda text, n: HTTPError(429, "", {"Retry-After": "0.3"}) if n == 1 else text)
    began = time.perf_counter()
    ended = {}
    fake_answer = fake.answer

    def answer(text, n):
        ended[text] = time.perf_counter() - began
        return fake_answer(text, n)

    fake.answer = answer
    ChatClient(fake, concurrency=1).complete(prompts(4))
    assert ended["p0"] >= 0.3 > max(ended[f"p{i}"] for i in (1, 2, 3))


def test_a_wait_that_is_too_long_is_not_waited_for() -> None:
    reply = ChatClient(Fake(lambda text, n: HTTPError(429, "come back", {"retry-after": "3600"}))).complete(prompts(1))[
        0
    ]
    assert reply.failure.kind == "rate limit" and reply.failure.retry_after_s == 3600


@pytest.mark.parametrize(
    ("error", "kind", "wait"),
    [
        (HTTPError(429, "slow"), "rate limit", None),
        (HTTPError(429, "slow", {"Retry-After": "7"}), "rate limit", 7.0),
        (HTTPError(429, "slow", {"retry-after-ms": "250", "retry-after": "9"}), "rate limit", 0.25),
        (HTTPError(429, "You exceeded your current quota"), "quota", None),
        (HTTPError(400, "Your credit balance is too low"), "quota", None),
        (HTTPError(402, "pay"), "quota", None),
        (HTTPError(401), "refused key", None),
        (HTTPError(422), "bad request", None),
        (HTTPError(529), "overload", None),
        (TimeoutError(), "timeout", None),
        (ConnectionResetError(), "connection", None),
        (RuntimeError("?"), "error", None),
    ],
)
def test_kinds_of_failure(error: Exception, kind: str, wait: float | None) -> None:
    failure = describe_failure(error)
    assert (failure.kind, failure.retry_after_s) == (kind, wait)
    assert failure.may_pass == (kind in {"rate limit", "overload", "timeout", "connection"})


def test_retry_after_may_be_a_date() -> None:
    wait = describe_failure(
        HTTPError(429, "", {"Retry-After": formatdate(time.time() + 30, usegmt=True)})
    ).retry_after_s
    assert 25 < wait <= 30


def test_keys_are_taken_out() -> None:
    text = redact("key sk-proj-abcdefghijklmnop, Bearer abcdef.ghi, api_key='xyz12345' http://me:pw@host", ["xyz"])
    assert not any(secret in text for secret in ("abcdefghijklmnop", "abcdef.ghi", "xyz", "me:pw"))
    given = {"api_key": 1, "extra_headers": {"a": 1}, "max_tokens": 5, "nested": {"Authorization": 1, "top_k": 2}}
    assert without_secrets(given) == {"max_tokens": 5, "nested": {"top_k": 2}}


# -- stragglers ------------------------------------------------------------------------------------


class Slow(Fake):
    """The first request for p19 hangs."""

    def send(self, prompt: Prompt) -> Reply:
        with self.lock:
            self.sent.append(prompt.user)
            hangs = prompt.user == "p19" and self.sent.count("p19") == 1
        time.sleep(1.5 if hangs else 0.02)
        return Reply(texts=(f"{prompt.user} {'late' if hangs else 'soon'}",), input_tokens=10, output_tokens=2)


def test_a_late_request_is_sent_again_where_allowed_and_only_then() -> None:
    slow, ledger = Slow(), Ledger()
    client = ChatClient(slow, concurrency=4, hedge=True, ledger=ledger)
    began = time.perf_counter()
    replies = client.complete(prompts(20))
    assert time.perf_counter() - began < 1.2
    assert [reply.text for reply in replies] == [f"p{i} soon" for i in range(20)]
    assert slow.sent.count("p19") == 2 and client.usage.calls == len(slow.sent)
    time.sleep(1.6)  # the overtaken reply comes, and changes nothing that was written down
    assert ChatClient(Slow(), ledger=ledger).complete(prompts(20)) == [replace(r, recalled=True) for r in replies]
    assert (client.usage.calls, client.usage.output_tokens) == (len(slow.sent), 2 * len(slow.sent))
    for options in ({}, {"hedge": True, "budget": Budget(calls=50)}):
        alone = Slow()
        ChatClient(alone, concurrency=4, **options).complete(prompts(20))
        assert alone.sent.count("p19") == 1


def test_a_late_request_that_fails_leaves_the_matter_to_its_twin() -> None:
    class Failing(Slow):
        def send(self, prompt: Prompt) -> Reply:
            reply = super().send(prompt)
            if reply.text == "p19 soon" and self.sent.count("p19") == 2:
                raise HTTPError(400)
            return reply

    failing = Failing()
    reply = ChatClient(failing, concurrency=4, hedge=True).complete(prompts(20))[19]
    assert reply.text == "p19 late" and failing.sent.count("p19") == 2


def test_what_comes_next_is_sent_while_a_straggler_is_out() -> None:
    slow = Slow()
    client = ChatClient(slow, concurrency=4)
    client.complete(prompts(20), likely_next=lambda: [Prompt(user="next"), Prompt(user="not wanted after all")])
    assert slow.sent.index("next") >= 20
    assert client.complete([Prompt(user="next"), Prompt(user="other")])[0].text == "next soon"
    assert slow.sent.count("next") == 1
    assert client.complete([Prompt(user="next")])[0].text == "next soon"  # kept for one call, not for ever
    assert slow.sent.count("next") == 2
    for options in ({"hedge": True}, {"budget": Budget(tokens=10**9)}):
        quick = Fake(pause_s=0.01)
        ChatClient(quick, concurrency=4, **options).complete(prompts(20), likely_next=lambda: [Prompt(user="next")])
        assert len(quick.sent) - quick.sent.count("next") >= 20 and quick.sent.count("next") <= 1
    assert "next" not in quick.sent


# -- ledger ----------------------------------------------------------------------------------------


def test_a_rerun_sends_nothing_and_other_parameters_do(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    first = ChatClient(Fake(temperature=0), ledger=Ledger(path)).complete(prompts(5))
    again = Fake(temperature=0)
    replies = ChatClient(again, ledger=Ledger(path)).complete(prompts(6))
    assert [r.texts for r in replies[:5]] == [r.texts for r in first] and all(r.recalled for r in replies[:5])
    assert again.sent == ["p5"]
    other = Fake(temperature=1)
    ChatClient(other, ledger=Ledger(path)).complete(prompts(2))
    assert sorted(other.sent) == ["p0", "p1"]
    assert path.stat().st_mode & 0o077 == 0


def test_failures_are_not_written_down() -> None:
    ledger, fake = Ledger(), Fake(lambda text, n: HTTPError(400) if text == "p1" else text)
    assert [r.failure is None for r in ChatClient(fake, ledger=ledger).complete(prompts(3))] == [True, False, True]
    assert len(ledger) == 2


def test_many_threads_write_one_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ChatClient(Fake(), ledger=ledger, concurrency=16).complete(prompts(200))
    assert len(ledger) == 200
    assert len(pickle.loads(pickle.dumps(ledger))) == 200


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("not a database, whatever it is called " * 50)
    with pytest.raises(InvalidInputError, match="no ledger"):
        Ledger(tmp_path / "notes")
    with pytest.raises(InvalidInputError, match="no directory"):
        Ledger(tmp_path / "nowhere" / "ledger")


KILLED = """
import os, sys
from leitmotif.llm import ChatClient, Ledger, Prompt, Reply
class Provider:
    model, parameters, n = "fake", {}, 0
    def send(self, prompt):
        Provider.n += 1
        if Provider.n == 11:
            os.kill(os.getpid(), 9)
        return Reply(texts=(prompt.user.upper(),))
ChatClient(Provider(), ledger=Ledger(sys.argv[1]), concurrency=1).complete([Prompt(user=f"p{i}") for i in range(20)])
"""


def test_a_run_that_was_killed_goes_on_where_it_stood(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert ended.returncode == -9
    fake = Fake()
    replies = ChatClient(fake, ledger=Ledger(path)).complete(prompts(20))
    assert sorted(fake.sent) == sorted(f"p{i}" for i in range(10, 20))
    assert [reply.text for reply in replies] == [f"P{i}" for i in range(20)]


# -- budget ----------------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 12), st.integers(1, 5))
def test_a_budget_of_n_calls_makes_n(calls: int, concurrency: int) -> None:
    fake = Fake()
    replies = ChatClient(fake, budget=Budget(calls=calls), concurrency=concurrency).complete(prompts(10))
    assert len(fake.sent) == min(calls, 10)
    assert sum(reply.failure is None for reply in replies) == min(calls, 10)
    assert {reply.failure.kind for reply in replies if reply.failure} <= {"budget"}


def test_a_second_try_is_a_call() -> None:
    fake = Fake(lambda text, n: HTTPError(500))
    budget = Budget(calls=3)
    replies = ChatClient(fake, budget=budget, retries=9, first_pause_s=0.001, concurrency=1).complete(prompts(2))
    assert len(fake.sent) == 3 == budget.spent.calls
    assert {reply.failure.kind for reply in replies} == {"budget"}


def test_a_budget_of_tokens_or_money_is_kept() -> None:
    price = {"fake": (1e6, 2e6)}  # one for a token in, two for one out: 10 + 2 * 2 = 14 a call
    for budget in (Budget(tokens=300), Budget(money=400, prices=price)):
        fake = Fake(max_tokens=50)
        ChatClient(fake, budget=budget, concurrency=4).complete(prompts(100))
        spent = budget.spent
        assert spent.calls == len(fake.sent) > 3
        assert spent.input_tokens == 10 * spent.calls and spent.output_tokens == 2 * spent.calls
        assert spent.input_tokens + spent.output_tokens <= 300 or spent.money == 14 * spent.calls <= 400
    with pytest.raises(InvalidInputError, match="price"):
        ChatClient(Fake(), budget=Budget(money=1))


def test_a_call_waits_for_room_that_others_may_leave() -> None:
    """Four replies of up to 100 tokens do not fit at once; as each takes two, all twenty fit one after the other."""
    fake = Fake(pause_s=0.005, max_tokens=100)
    budget = Budget(tokens=20 * 12 + 200)
    replies = ChatClient(fake, budget=budget, concurrency=8).complete(prompts(20))
    assert all(reply.failure is None for reply in replies)
    assert budget.spent.input_tokens + budget.spent.output_tokens == 240


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 3000), st.integers(1, 6), st.lists(st.integers(1, 60), min_size=12, max_size=12))
def test_a_limit_of_tokens_is_never_passed(limit: int, concurrency: int, out: list[int]) -> None:
    """Whatever is counted in the end, as long as tokens are no shorter than a byte and replies no longer than said."""

    def answer(text: str, n: int) -> Reply:
        return Reply(texts=("x",), input_tokens=len(text), output_tokens=out[int(text[1:].split()[0]) % 12])

    for given_limit in ({"parameters": {"max_tokens": 60}}, {"reply_tokens": 60}):
        fake = Fake(answer, **given_limit.get("parameters", {}))
        reply_tokens = {name: value for name, value in given_limit.items() if name == "reply_tokens"}
        budget = Budget(tokens=limit, **reply_tokens)
        questions = [Prompt(user=f"p{i} " + "z" * (20 * i)) for i in range(12)]
        ChatClient(fake, budget=budget, concurrency=concurrency).complete(questions)
        assert budget.spent.input_tokens + budget.spent.output_tokens <= limit


def test_models_of_different_price_share_a_budget() -> None:
    budget = Budget(
        money=1, prices={"a": (1e5, 0), "b": (0, 5e4)}
    )  # a tenth for each token in, a twentieth for each out
    for model in "ab":
        ticket = budget.reserve(model, 2, 2)
        budget.settle(ticket, model, Reply(texts=("x",), input_tokens=2, output_tokens=2))
    assert budget.spent.money == pytest.approx(0.2 + 0.1)
    assert budget.reserve("c", 0, 0).kind == "budget"


def test_a_time_out_counts_as_if_it_had_been_answered() -> None:
    budget = Budget(tokens=1000)
    replies = ChatClient(Fake(lambda text, n: TimeoutError(), max_tokens=50), budget=budget, retries=0).complete(
        prompts(1)
    )
    assert replies[0].failure.kind == "timeout"
    assert budget.spent.output_tokens == 50 and budget.spent.input_tokens >= 2


def test_the_estimate_counts_what_is_missing() -> None:
    budget, ledger = Budget(prices={"fake": (3.0, 5.0)}), Ledger()
    client = ChatClient(Fake(max_tokens=50), budget=budget, ledger=ledger)
    client.complete(prompts(4))
    estimate = client.estimate(prompts(10))
    assert (estimate.prompts, estimate.recalled, estimate.calls) == (10, 4, 6)
    assert estimate.input_tokens == sum(prompt_tokens(prompt) for prompt in prompts(10)[4:])
    assert estimate.output_tokens == 300
    assert estimate.money == pytest.approx((3 * estimate.input_tokens + 5 * 300) / 1e6)


@given(st.text(max_size=200))
def test_tokens_are_counted_on_the_safe_side(text: str) -> None:
    assert count_tokens(text) * 3 >= len(text.encode("utf-8", "surrogatepass"))


# -- progress and interruption ---------------------------------------------------------------------


def test_progress_is_told_and_may_stop_the_run() -> None:
    heard: list[int] = []
    with listen(lambda report: heard.append(report.done)):
        ChatClient(Fake(), concurrency=3).complete(prompts(9))
    assert heard[0] == 0 and heard[-1] == 9 and heard == sorted(heard)

    def stop(report) -> None:
        if report.done == 3:
            raise RuntimeError("enough")

    fake = Fake(pause_s=0.01)
    with pytest.raises(RuntimeError, match="enough"), listen(stop):
        ChatClient(fake, concurrency=1).complete(prompts(50))
    assert len(fake.sent) < 10


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"retries": -1}, {"tokenizer": 3}])
def test_settings_that_cannot_be(wrong) -> None:
    with pytest.raises(InvalidInputError):
        ChatClient(Fake(), **wrong)
    with pytest.raises(InvalidInputError):
        Budget(calls=-1)
