"""Names for 200 topics from a local server with 0.5 s latency: concurrent, with faults, again, killed at half, and on a budget.

The server and the client library (``openai``) are the real thing; only the model behind is not. Usage::

    python benchmarks/labels.py [--topics 200] [--runs 5] [--one-by-one]

``seconds…`` are medians of the runs, ``spread…`` the shortest and the longest.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import harness

sys.path.insert(0, str(harness.REPOSITORY))

from tests.llm.server import Fault, Server, rate_limit, serve, topic_of

from leitmotif.llm import Budget, ChatClient, Ledger, Naming, TopicFacts, connect, name_topics

LATENCY_S = 0.5
TIMEOUT_S = 1.2
COLOURS = "red green blue dark pale old new far wet dry"
THINGS = (
    "solar turbine oven rocket court goal bridge river market school hospital engine garden museum harbour forest desert "
    "castle library orchestra"
)
NAMES = [f"{colour} {thing}" for colour in COLOURS.split() for thing in THINGS.split()]


def topics(n: int) -> list[TopicFacts]:
    return [
        TopicFacts(topic=i, keywords=[f"word{i}", "some", "words"], documents=[f"A text on word{i}. " * 10])
        for i in range(n)
    ]


def good(request: dict[str, Any], number: int) -> str:  # noqa: ARG001 - the server gives both
    return json.dumps({"label": NAMES[int(topic_of(request))], "description": "A sentence.", "dropped_keywords": []})


def faulty(request: dict[str, Any], number: int) -> Any:
    """Every tenth request is refused, fails, hangs, or is answered badly; two topics in a hundred get another's name."""
    faults = [
        rate_limit("0.4"), Fault(500), Fault(hang_s=2.0), "I'm sorry, but", Fault(body=b'{"id": "x", "choi'),
        "<think>hm</think>```json\n" + good(request, 0)[:-2], rate_limit(None), Fault(503),
    ]  # fmt: skip
    if number % 10 == 0:
        return faults[number // 10 % len(faults)]
    if "nearly the same name" not in str(request) and int(topic_of(request)) % 50 == 49:
        return json.dumps({"label": NAMES[0], "description": "", "dropped_keywords": []})
    return good(request, number)


def run(
    server: Server,
    n: int,
    concurrency: int,
    ledger: Ledger | None = None,
    budget: Budget | None = None,
    timeout_s: float = TIMEOUT_S,
    hedge: bool = False,
) -> tuple[Naming, float]:
    provider = connect(None, "m", base_url=f"{server.url}/v1", timeout_s=timeout_s)
    client = ChatClient(
        provider, concurrency=concurrency, ledger=ledger, budget=budget, first_pause_s=0.25, hedge=hedge
    )
    began = time.perf_counter()
    naming = name_topics(client, topics(n))
    seconds = time.perf_counter() - began
    assert set(naming.labels) | set(naming.failures) == set(range(n)), "a topic is neither named nor listed"
    assert len(set(naming.labels.values())) == len(naming.labels), "names are not unique"
    return naming, round(seconds, 2)


def killed_at_half(server: Server, n: int, path: Path) -> dict[str, int]:
    """Start a run in a process of its own, kill it when half of the replies are in the ledger, and run it again."""
    child = subprocess.Popen([sys.executable, __file__, "--child", server.url, str(path), str(n)], cwd=harness.HERE)
    while not path.exists() or len(Ledger(path)) < n // 2:
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    time.sleep(2 * LATENCY_S)
    kept, before = len(Ledger(path)), len(server.requests)
    run(server, n, 20, Ledger(path))
    return {"kept_after_kill": kept, "calls_of_rerun": len(server.requests) - before}


def once(n: int, folder: Path) -> dict[str, Any]:
    """What one run of everything takes and sends."""
    line: dict[str, Any] = {}
    ledger = Ledger(folder / "ledger.sqlite")
    with serve(good, LATENCY_S) as server:
        _, line["seconds"] = run(server, n, 20, ledger)
        line["calls"], line["most_at_once"] = len(server.requests), server.most_at_once
        _, line["seconds_rerun"] = run(server, n, 20, ledger)
        line["calls_rerun"] = len(server.requests) - line["calls"]
        line |= killed_at_half(server, n, folder / "killed.sqlite")
        before = len(server.requests)
        naming, _ = run(server, n, 20, budget=Budget(calls=n // 4))
        line |= {"calls_on_budget": len(server.requests) - before, "named_on_budget": len(naming.labels)}
    kinds: dict[str, dict[str, Any]] = {
        "with_faults": {},
        "with_faults_long_timeout": {"timeout_s": 10.0},
        "with_faults_long_timeout_hedged": {"timeout_s": 10.0, "hedge": True},
    }
    for kind, options in kinds.items():
        with serve(faulty, LATENCY_S) as server:
            naming, line[f"seconds_{kind}"] = run(server, n, 20, **options)
            line |= {f"calls_{kind}": len(server.requests), f"named_{kind}": len(naming.labels)}
            line[f"failures_{kind}"] = {topic: str(failure) for topic, failure in naming.failures.items()}
    return line


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("--topics", type=int, default=200)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--one-by-one", action="store_true", help="also one call at a time (over 100 s)")
    given = arguments.parse_args()
    n = given.topics
    line: dict[str, Any] = {
        "topics": n,
        "latency_s": LATENCY_S,
        "concurrency": 20,
        "runs": given.runs,
        "budget": n // 4,
    }
    with tempfile.TemporaryDirectory() as folder:
        runs = []
        for i in range(given.runs):
            (own := Path(folder) / str(i)).mkdir()
            runs.append(once(n, own))
    for name in runs[0]:
        found = [one[name] for one in runs]
        if name.startswith("seconds"):
            line[name] = round(statistics.median(found), 2)
            line[f"spread{name.removeprefix('seconds')}"] = [min(found), max(found)]
        else:
            line[name] = found[0] if found.count(found[0]) == len(found) else found
    if given.one_by_one:
        with serve(good, LATENCY_S) as server:
            _, line["seconds_one_by_one"] = run(server, n, 1)
    harness.write("labels", line | harness.facts(["openai"]))


if __name__ == "__main__":
    if "--child" in sys.argv:
        url, path, n = sys.argv[sys.argv.index("--child") + 1 :]
        stand_in = Server(good, 0.0)
        stand_in.url = url
        run(stand_in, int(n), 20, Ledger(path))
    else:
        main()
