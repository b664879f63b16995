"""Topic distributions of 20,000 abstracts over 60 topics: ours against BERTopic 0.17.4.

    LEITMOTIF_PEERS_PYTHON=… python benchmarks/distribution.py [--rounds 1] [--documents 20000]

Measured: ``approximate_distribution`` of all documents with window 4 and stride 1 (the default) and with window 8 and
stride 4 (the tutorial), on models fitted with the same labels. The largest difference between both results is given too.

Memory cannot come down to a tenth of the peer's at window 8 and stride 4: the result, float64 on both sides, is 9.2 MiB, and
the peer's peak with it is 48. Ours is about 11 above the result: the words of a block of documents, and threads' tables.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import arxiv60
import harness
import numpy as np

WINDOWS = [(8, 4), (4, 1)]


def job(side: str, path: Path, window: int, stride: int, output: Path) -> Callable[[], Any]:
    docs, embeddings, labels = arxiv60.read(path)
    if side == "leitmotif":
        from leitmotif.vectorizers import CountVectorizer
    else:
        from sklearn.feature_extraction.text import CountVectorizer
    # Another language than English, as BERTopic strips English texts of punctuation when it counts topics.
    model = arxiv60.manual_model(side, vectorizer_model=CountVectorizer(), language="multilingual")
    model.fit(docs, embeddings, y=labels)
    model.approximate_distribution(docs[:20])

    # Topics of equal size are numbered differently: the columns of what is compared are the labels.
    columns = [model.topics_[np.flatnonzero(labels == label)[0]] for label in np.unique(labels)]
    np.save(output / f"{side}_columns.npy", columns)

    def work() -> Any:
        result = model.approximate_distribution(docs, window=window, stride=stride)[0]
        np.save(output / f"{side}.npy", result)
        return result

    return work


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("--window", type=int, help="with --stride: only this one")
    arguments.add_argument("--stride", type=int)
    arguments.add_argument("--output", type=Path)
    options = arguments.parse_args()
    path = arxiv60.prepare(documents=options.documents)
    if options.side:
        how = (path, options.window, options.stride, options.output)
        harness.sides({side: partial(job, side, *how) for side in ("leitmotif", "bertopic")})
        return
    for window, stride in [(options.window, options.stride)] if options.window else WINDOWS:
        with tempfile.TemporaryDirectory() as folder:
            given = {"window": window, "stride": stride, "output": folder, "documents": options.documents}
            result = harness.in_turns(
                __file__,
                "leitmotif",
                "bertopic",
                options.rounds,
                python={"bertopic": arxiv60.peer_python()},
                arguments=[word for name, value in given.items() if value for word in (f"--{name}", str(value))],
            )
            ours, theirs = (
                np.load(Path(folder) / f"{side}.npy")[:, np.load(Path(folder) / f"{side}_columns.npy")]
                for side in ("leitmotif", "bertopic")
            )
        same = {
            "documents": len(ours),
            "topics": ours.shape[1],
            "window": window,
            "stride": stride,
            "largest_difference": float(np.abs(ours - theirs).max()),
        }
        harness.write("distribution", {**harness.facts(), **same, **result})


if __name__ == "__main__":
    main()
