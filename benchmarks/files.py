"""Saving and loading a model of 20,000 abstracts: ours against BERTopic 0.17.4, both with c-TF-IDF.

    LEITMOTIF_PEERS_PYTHON=… python benchmarks/files.py [--rounds 3] [--fitted]

60 topics and outliers. A child process fits one model a side (not measured), saves and loads it five times and gives the
medians; the sides run in turns. Ours keeps everything, what BERTopic forgets included. With ``--fitted`` ours also fits
its UMAP and HDBSCAN, so that their state is in the files, and a fresh process loads the model and transforms once.
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
from typing import Any

import arxiv60
import harness
import numpy as np

REPEATS = 5

SERVE = """
import json, sys, time
start = time.perf_counter()
import numpy as np
from leitmotif import BERTopic
imported = time.perf_counter()
model = BERTopic.load(sys.argv[1])
loaded = time.perf_counter()
model.transform(None, np.random.default_rng(0).normal(size=(1, model.topic_embeddings_.shape[1])).astype("f4"))
print(json.dumps({"import": imported - start, "load": loaded - imported, "first transform": time.perf_counter() - loaded}))
"""


def seconds(work: Callable[[], Any]) -> float:
    """Median of several runs; every save goes to the same place, as in use."""
    found = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def size(path: Path, names: str = "") -> int:
    """Bytes of a directory's files, or of those whose name begins with one of ``names``."""
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file() and f.name.startswith(tuple(names.split(","))))


def child(side: str, documents: int | None, fitted: bool) -> None:
    """Measure one side and print one line of JSON."""
    docs, embeddings, labels = arxiv60.read(arxiv60.prepare(arxiv60.TOPICS, documents, outliers=True))
    line: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        if fitted:
            from leitmotif import BERTopic

            model = BERTopic(embedding_model=arxiv60.manual_model(side).embedding_model).fit(docs, embeddings)
        else:
            model = arxiv60.manual_model(side).fit(docs, embeddings, y=labels)
        kind = type(model)
        # Ours keeps c-TF-IDF in its own files; only a copy for BERTopic must be asked for.
        keep = {"serialization": "safetensors", "save_ctfidf": side == "bertopic", "save_embedding_model": False}
        line["save_seconds"] = seconds(lambda: model.save(str(path), **keep))
        line["load_seconds"] = seconds(lambda: kind.load(str(path), embedding_model=model.embedding_model))
        line["bytes"] = size(path)
        line["topics"] = len(set(model.topics_)) - 1
        if fitted:
            line["reducer_bytes"] = model.umap_model.get_state()["train"].nbytes
            served = [
                json.loads(
                    subprocess.run(
                        [sys.executable, "-c", SERVE, str(path)], capture_output=True, text=True, check=True
                    ).stdout
                )
                for _ in range(3)
            ]
            line["serve"] = {key: statistics.median(run[key] for run in served) for key in served[0]}
        else:
            again = kind.load(str(path), embedding_model=model.embedding_model)
            found = np.asarray(again.transform(docs[:200], embeddings[:200])[0])
            line["transform_as_before"] = float(
                (found == np.asarray(model.transform(docs[:200], embeddings[:200])[0])).mean()
            )
    print(json.dumps(line))


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
            "files", {"fitted": True, "leitmotif": json.loads(done.stdout.splitlines()[-1]), **harness.facts()}
        )
        return
    python = {"bertopic": arxiv60.peer_python()}
    found = harness.in_turns(__file__, "leitmotif", "bertopic", options.rounds, python, limit)
    harness.write("files", {"fitted": False, "documents": options.documents or 20_000, **found, **harness.facts()})


if __name__ == "__main__":
    main()
