"""Saving and loading a model of 20,000 abstracts: ours against BERTopic 0.17.4, both with c-TF-IDF.

    LEITMOTIF_PEERS_PYTHON=… python benchmarks/files.py [--rounds 3] [--fitted]

60 topics and outliers. A child process fits one model a side (not measured), saves and loads it five times and gives the
medians, and the least processor time, which other programs of a busy machine leave alone; the sides run in turns. Ours keeps
everything, what BERTopic forgets included, and leaves the old model or the new one when it is killed, which BERTopic does not.
Neither waits for the disk; ``save_durable`` does. Files go to the folder for temporary files: with TMPDIR=/dev/shm no disk has
a part in it.

With ``--fitted`` ours fits its UMAP and HDBSCAN and cuts 200 topics from the tree, so that their state is in the files.
Fresh processes load it and transform once, with what UMAP and HDBSCAN learned and without (by similarity); four processes at
once tell how much of their memory they share. Its directory is compared with what BERTopic's would hold: BERTopic's own files
of the same topics, c-TF-IDF included, and what was learned to reduce embeddings, by the adaptation to the corpus and the reducer.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import arxiv60
import harness
import numpy as np

REPEATS = 5

SERVE = """
import json, os, re, sys, time
start, cpu = time.perf_counter(), time.process_time()
import numpy as np
from leitmotif import BERTopic
imported, imported_cpu = time.perf_counter(), time.process_time()
model = BERTopic.load(sys.argv[1], mapped=sys.argv[2] == "mapped")
loaded = time.perf_counter()
model.transform(None, np.random.default_rng(0).normal(size=(1, model.topic_embeddings_.shape[1])).astype("f4"))
done, done_cpu = time.perf_counter(), time.process_time()
found = {
    "import": imported - start,
    "import_processor": imported_cpu - cpu,
    "load": loaded - imported,
    "first_transform": done - loaded,
    "load_and_transform": done - imported,
    "load_and_transform_processor": done_cpu - imported_cpu,
}
if len(sys.argv) > 3:
    print("ready", flush=True)
    input()
    memory = dict(re.findall(r"(?m)^(Rss|Pss|Private_Dirty): +(\\d+)", open("/proc/self/smaps_rollup").read()))
    found |= {name.lower() + "_mib": int(kib) / 1024 for name, kib in memory.items()}
print(json.dumps(found))
"""


def timed(work: Callable[[], Any]) -> dict[str, float]:
    """Median time and least processor time of several runs; every save goes to the same place, as in use."""
    found, processor = [], []
    for _ in range(REPEATS):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        found.append(time.perf_counter() - start)
        processor.append(time.process_time() - cpu)
    return {"seconds": statistics.median(found), "processor_seconds": min(processor)}


def size(path: Path, names: str = "") -> int:
    """Bytes of a directory's files, or of those whose name begins with one of ``names``."""
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file() and f.name.startswith(tuple(names.split(","))))


def serve(path: Path, how: str) -> dict[str, float]:
    """Medians of three fresh processes, one after the other."""
    command = [sys.executable, "-c", SERVE, str(path), how]
    runs = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def memory(path: Path, how: str, processes: int = 4) -> dict[str, float]:
    """Memory of each of several processes that serve the model at the same time, on average in MiB."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", SERVE, str(path), how, "wait"]
    running = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    found = [json.loads(process.communicate("\n")[0]) for process in running]
    return {key: statistics.mean(run[key] for run in found) for key in ("rss_mib", "pss_mib", "private_dirty_mib")}


def state_bytes(state: Any) -> int:
    """Bytes of the arrays that a component learned."""
    values = state.values() if isinstance(state, dict) else [state]
    return sum(state_bytes(value) if isinstance(value, dict) else getattr(value, "nbytes", 0) for value in values)


def child(side: str, documents: int | None, fitted: bool) -> None:
    """Measure one side and print one line of JSON."""
    docs, embeddings, labels = arxiv60.read(arxiv60.prepare(arxiv60.TOPICS, documents, outliers=True))
    line: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        if fitted:
            from leitmotif import BERTopic

            model = BERTopic(
                embedding_model=arxiv60.manual_model(side).embedding_model, n_topics=min(200, len(docs) // 100)
            )
            model.fit(docs, embeddings)
        else:
            model = arxiv60.manual_model(side).fit(docs, embeddings, y=labels)
        kind = type(model)
        # Ours keeps c-TF-IDF in its own files; only a copy for BERTopic must be asked for.
        keep = {"serialization": "safetensors", "save_ctfidf": side == "bertopic", "save_embedding_model": False}
        works: list[tuple[str, Callable[[], Any]]] = [
            ("save", lambda: model.save(str(path), **keep)),
            ("load", lambda: kind.load(str(path), embedding_model=model.embedding_model)),
        ]
        if side == "leitmotif":
            works.append(("save_durable", lambda: model.save(str(path), durable=True, **keep)))
        for name, work in works:
            line |= {f"{name}_{unit}": value for unit, value in timed(work).items()}
        line["bytes"] = size(path)
        line["topics"] = len(set(model.topics_)) - 1
        if fitted:
            line["reducer_bytes"] = state_bytes(model.umap_model.get_state())
            line["adaptation_bytes"] = state_bytes(vars(model.state.extras.get("adaptation", SimpleNamespace())))
            theirs = Path(folder) / "theirs"
            model.save(theirs, save_ctfidf=True, save_embedding_model=False)
            line["bertopic_bytes"] = size(theirs, "topics,config,ctfidf,topic_embeddings")
            line["limit_bytes"] = line["bertopic_bytes"] + line["reducer_bytes"] + line["adaptation_bytes"]
            passive = Path(folder) / "passive"
            model.save(passive, save_embedding_model=False, include_fitted=False)
            line["serve"] = {
                "fitted": serve(path, "read"),
                "fitted_mapped": serve(path, "mapped"),
                "by_similarity": serve(passive, "read"),
            }
            line["memory_of_4_processes"] = {how: memory(path, how) for how in ("read", "mapped")}
        else:
            again = kind.load(str(path), embedding_model=model.embedding_model)
            found = np.asarray(again.transform(docs[:200], embeddings[:200])[0])
            line["transform_as_before"] = float(
                (found == np.asarray(model.transform(docs[:200], embeddings[:200])[0])).mean()
            )
    print(json.dumps(line))


def file_system() -> str | None:
    """Where temporary files lie: "ext2/ext3", "tmpfs", …; None where the system has no such command."""
    if not sys.platform.startswith("linux"):
        return None
    done = subprocess.run(
        ["stat", "-f", "-c", "%T", tempfile.gettempdir()], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("--fitted", action="store_true", help="also with our fitted UMAP and HDBSCAN in the files")
    options = arguments.parse_args()
    if options.side:
        child(options.side, options.documents, options.fitted)
        return
    arxiv60.prepare(arxiv60.TOPICS, options.documents, outliers=True)
    limit = [] if options.documents is None else ["--documents", str(options.documents)]
    if options.fitted:
        command = [sys.executable, __file__, "--side", "leitmotif", "--fitted", *limit]
        done = subprocess.run(command, capture_output=True, text=True, cwd=harness.HERE, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        harness.write(
            "files",
            {
                "fitted": True,
                "file_system": file_system(),
                "leitmotif": json.loads(done.stdout.splitlines()[-1]),
                **harness.facts(),
            },
        )
        return
    python = {"bertopic": arxiv60.peer_python()}
    found = harness.in_turns(__file__, "leitmotif", "bertopic", options.rounds, python, limit)
    size_and_place = {"documents": options.documents or 20_000, "file_system": file_system()}
    harness.write("files", {"fitted": False, **size_and_place, **found, **harness.facts()})


if __name__ == "__main__":
    main()
