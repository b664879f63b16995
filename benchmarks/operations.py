"""Verbs on a fitted model of 20,000 abstracts: ours against BERTopic 0.17.4 on the same documents and labels.

    LEITMOTIF_PEERS_PYTHON=… python benchmarks/operations.py [--rounds 3] [--only merge_topics,reduce_topics]

60 topics and outliers, for the hierarchy 200, for KeyBERT 500; for ``transform`` also models that learned their topics with
UMAP and HDBSCAN, and ours as fitted by default beside BERTopic's. A child process fits one model a side (not measured) and
then measures each verb once, edits on copies of the model; the sides run in turns.
"""

from __future__ import annotations

import copy
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import arxiv60
import harness
import numpy as np

SIDES = ("leitmotif", "bertopic")
HIERARCHY = 200
"""Topics of the model that the hierarchy is made of."""
KEYBERT = 500
"""Topics of the model that gets words by KeyBERT."""
NEW = (2_000, 20_000)
"""New documents that a model with UMAP and HDBSCAN places: the embeddings of the corpus, each moved a little."""
SMALL = 600
"""Documents of the model that every verb runs on before it is measured: nothing is imported while the clock runs."""


def verbs(side: str, documents: int | None) -> dict[str, Callable[[], Callable[[], Any]]]:
    """Name of a verb -> what prepares it and gives the call to measure."""
    fitted: dict[int | str, Any] = {}

    def model(topics: int) -> Any:
        if topics not in fitted:
            docs, embeddings, labels = arxiv60.read(arxiv60.prepare(topics, documents, outliers=True))
            fitted[topics] = arxiv60.manual_model(side).fit(docs, embeddings, y=labels)
        return fitted[topics]

    docs, embeddings, _ = arxiv60.read(arxiv60.prepare(arxiv60.TOPICS, documents, outliers=True))
    records = harness.load("arxiv20k", documents)
    months, classes = [record["date"] for record in records], [record["label"] for record in records]
    sixty = model(arxiv60.TOPICS)

    def on_a_copy(call: Callable[[Any], Any]) -> Callable[[], Callable[[], Any]]:
        def prepare() -> Callable[[], Any]:
            other = copy.deepcopy(sixty)
            return lambda: call(other)

        return prepare

    def as_it_is(call: Callable[[Any], Any]) -> Callable[[], Callable[[], Any]]:
        return lambda: lambda: call(sixty)

    def months_as_dates() -> Callable[[], Any]:
        import pandas as pd

        dates = pd.to_datetime(months).tolist()  # strings end BERTopic 0.17.4 on pandas 3
        return lambda: sixty.topics_over_time(docs, dates, nr_bins=20)

    def hierarchy() -> Callable[[], Any]:
        large = model(HIERARCHY)
        return lambda: large.hierarchical_topics(docs)

    def keybert() -> Callable[[], Any]:
        many = copy.deepcopy(model(KEYBERT))
        words = arxiv60.library(side).representation.KeyBERTInspired()
        return lambda: many.update_topics(docs, representation_model=words)

    def place(how_many: int, **parameters: Any) -> Callable[[], Callable[[], Any]]:
        """Transform after a fit with reducer and clusterer; what is given applies to ours."""

        def prepare() -> Callable[[], Any]:
            ours = parameters if side == "leitmotif" else {}
            key = json.dumps(ours)
            if key not in fitted:
                fitted[key] = arxiv60.learning_model(side, **ours).fit(docs, embeddings)
            model, vectors = fitted[key], embeddings[:how_many]
            noise = np.random.default_rng(1).normal(scale=0.2 * vectors.std(), size=vectors.shape)
            vectors = (vectors + noise).astype(np.float32)
            texts = [f"{text} anew" for text in docs[:how_many]]
            model.transform(texts[:50], vectors[:50])  # what is compiled or indexed at the first call is not measured
            return lambda: model.transform(texts, vectors)

        return prepare

    def update(m: Any) -> None:
        m.update_topics(docs, topics=np.roll(np.asarray(m.topics_), 1).tolist())

    return {
        "topics_over_time (20 bins)": months_as_dates,
        "topics_per_class (28 classes)": as_it_is(lambda m: m.topics_per_class(docs, classes)),
        f"hierarchical_topics ({HIERARCHY} topics)": hierarchy,
        "update_topics": on_a_copy(update),
        f"KeyBERTInspired ({KEYBERT} topics)": keybert,
        "reduce_topics (to 20)": on_a_copy(lambda m: m.reduce_topics(docs, nr_topics=20)),
        "merge_topics": on_a_copy(lambda m: m.merge_topics(docs, [[1, 2], [3, 4, 5]])),
        "delete_topics": on_a_copy(lambda m: m.delete_topics([3, 7])),
        "reduce_outliers (c-tf-idf)": as_it_is(lambda m: m.reduce_outliers(docs, m.topics_, strategy="c-tf-idf")),
        "reduce_outliers (embeddings)": as_it_is(
            lambda m: m.reduce_outliers(docs, m.topics_, strategy="embeddings", embeddings=embeddings)
        ),
        "approximate_distribution": as_it_is(lambda m: m.approximate_distribution(docs, window=8, stride=4)),
        "get_document_info": as_it_is(lambda m: m.get_document_info(docs)),
        "find_topics": as_it_is(lambda m: m.find_topics("neural networks")),
        "transform (given embeddings)": as_it_is(lambda m: m.transform(docs, embeddings)),
    } | {
        f"transform ({what}, {n:,} new)": place(n, **parameters)
        for what, parameters in (("UMAP and HDBSCAN", {"compat": "bertopic"}), ("as fitted by default", {}))
        for n in NEW
    }


def child(side: str, documents: int | None, only: str) -> None:
    """Measure the verbs of one side and print one line of JSON; every verb has run once on a small model before."""

    def wanted(size: int | None) -> dict[str, Callable[[], Callable[[], Any]]]:
        return {
            name: prepare
            for name, prepare in verbs(side, size).items()
            if any(part in name for part in only.split(","))
        }

    for prepare in wanted(SMALL).values():
        prepare()()
    numbers = {name: harness.measure(prepare()) for name, prepare in wanted(documents).items()}
    print(json.dumps(numbers))


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("--only", default="", help="parts of the names of verbs, with commas between")
    options = arguments.parse_args()
    if options.side:
        child(options.side, options.documents, options.only)
        return
    for topics in (arxiv60.TOPICS, HIERARCHY, KEYBERT):
        for documents in (options.documents, SMALL):
            arxiv60.prepare(topics, documents, outliers=True)
    python = {"leitmotif": sys.executable, "bertopic": arxiv60.peer_python()}
    runs: dict[str, list[dict[str, dict[str, float]]]] = {side: [] for side in SIDES}
    for turn in range(options.rounds):
        for side in SIDES if turn % 2 == 0 else SIDES[::-1]:
            command = [python[side], __file__, "--side", side, "--only", options.only]
            if options.documents is not None:
                command += ["--documents", str(options.documents)]
            quiet = os.environ | {"TQDM_DISABLE": "1", "TOKENIZERS_PARALLELISM": "false"}
            done = subprocess.run(command, capture_output=True, text=True, cwd=harness.HERE, check=False, env=quiet)
            if done.returncode:
                raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
            runs[side].append(json.loads(done.stdout.strip().splitlines()[-1]))
    facts = harness.facts()
    for name in runs["leitmotif"][0]:
        line: dict[str, Any] = {"verb": name, "documents": options.documents or 20_000}
        for side in SIDES:
            line[side] = {
                key: round(statistics.median(run[name][key] for run in runs[side]), 4) for key in runs[side][0][name]
            }
        pairs = list(zip(runs["leitmotif"], runs["bertopic"], strict=True))
        line["ratio"] = {
            key: round(statistics.median(b[name][key] / max(a[name][key], 1e-9) for a, b in pairs), 2)
            for key in line["leitmotif"]
        }
        harness.write("operations", {**facts, **line, "rounds": options.rounds})


if __name__ == "__main__":
    main()
