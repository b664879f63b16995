"""What every benchmark needs: the data, the facts of the machine, measuring in turns, and a line of JSON.

A measurement of time and memory runs in a process of its own, ours and the peer's in turns, so that neither profits
from what the other left behind and a slow minute of the machine hits both.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
RESULTS = HERE / "results"


def data_path(name: str) -> Path:
    """Path of a corpus file, from the folder LEITMOTIF_DATA or ``../shared/data`` beside the repository."""
    folder = Path(os.environ.get("LEITMOTIF_DATA", REPOSITORY.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        raise SystemExit(f"{name} is not in {folder}: set LEITMOTIF_DATA to the folder with the benchmark corpora")
    return path


def load(name: str, limit: int | None = None) -> list[dict[str, Any]]:
    """Records of a corpus of gzipped JSON lines (``text`` and, where there are, ``title``, ``label``, ``date``)."""
    with gzip.open(data_path(f"{name}.jsonl.gz"), "rt", encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(limit or sys.maxsize), lines)]  # noqa: B905


def texts(name: str, limit: int | None = None) -> list[str]:
    """Texts of a corpus."""
    return [record["text"] for record in load(name, limit)]


def facts(packages: Sequence[str] = ()) -> dict[str, Any]:
    """Commit, versions and machine of a measurement."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
        ).stdout.strip()

    versions = {"python": platform.python_version()}
    for package in ("leitmotif", "numpy", "scipy", "scikit-learn", *packages):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "absent"
    return {
        "commit": git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "--", "src") else ""),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": versions,
        "machine": {
            "system": platform.system(),
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        },
    }


def measure(work: Callable[[], Any]) -> dict[str, float]:
    """Seconds of ``work()``, processor seconds, and by how many MiB the memory rose above what stood before it."""
    before = _resident_mib()
    peak, done = [before], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            peak[0] = max(peak[0], _resident_mib())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start, start_cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    done.set()
    watcher.join()
    peak[0] = max(peak[0], _resident_mib())
    del result
    return {"seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak[0] - before}


def sides(jobs: Mapping[str, Callable[[], Callable[[], Any]]]) -> None:
    """Entry of a child process: prepare one side of the comparison, measure it, print the numbers.

    ``jobs``: name -> function that imports and loads what is needed and gives the function to measure.
    """
    work = jobs[sys.argv[sys.argv.index("--side") + 1]]()
    print(json.dumps(measure(work)))


def in_turns(
    script: str,
    ours: str,
    peer: str,
    rounds: int = 3,
    python: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
) -> dict[str, Any]:
    """Measure two sides of ``script`` in turns, each time in a fresh process.

    Parameters
    ----------
    script : str
        ``__file__`` of the benchmark; it calls :func:`sides` when started with ``--side NAME``.
    ours, peer : str
        Names of the sides.
    rounds : int
    python : mapping of str to str, optional
        Interpreter of a side, where it has an environment of its own.
    arguments : sequence of str
        Further arguments of the child.

    Returns
    -------
    dict
        Medians of each side, and ``ratio``: the median over rounds of peer ÷ ours for ``seconds`` and ``peak_mib``.
    """
    runs: dict[str, list[dict[str, float]]] = {ours: [], peer: []}
    for turn in range(rounds):
        for side in (ours, peer) if turn % 2 == 0 else (peer, ours):
            command = [(python or {}).get(side, sys.executable), script, "--side", side, *arguments]
            child = subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=False)
            if child.returncode:
                raise SystemExit(f"{' '.join(command)} failed:\n{child.stderr[-2000:]}")
            runs[side].append(json.loads(child.stdout.strip().splitlines()[-1]))
    keys = [key for key in runs[ours][0] if key in runs[peer][0]]
    return {
        side: {key: round(statistics.median(run[key] for run in runs[side]), 4) for key in runs[side][0]}
        for side in runs
    } | {
        "ratio": {
            key: round(
                statistics.median(b[key] / max(a[key], 1e-9) for a, b in zip(runs[ours], runs[peer], strict=True)), 2
            )
            for key in keys
        },
        "rounds": rounds,
    }


def write(name: str, line: Mapping[str, Any]) -> None:
    """Print a result as one line of JSON and append it to ``results/NAME.jsonl``."""
    text = json.dumps({"benchmark": name, **line}, ensure_ascii=False)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{name}.jsonl").open("a", encoding="utf-8") as file:
        file.write(text + "\n")


def parser(description: str | None) -> argparse.ArgumentParser:
    """Arguments that every benchmark has."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("--rounds", type=int, default=3, help="how often each side runs (default 3)")
    arguments.add_argument("--documents", type=int, default=None, help="only so many documents")
    arguments.add_argument("--side", help=argparse.SUPPRESS)
    return arguments


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _resident_mib() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:  # not Linux: the highest so far is what there is
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
