"""How many embedded documents a second a model of 60 topics places by cosine: ours against BERTopic 0.17.4.

    LEITMOTIF_PEERS_PYTHON=… python benchmarks/transform.py [--rounds 3]

The model is the same on both sides (manual topics, so both go by the topics' embeddings). The documents are new to it:
every text has a word added, so that none is known as a training document.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import arxiv60
import harness
import numpy as np

REPEATS = 5


def job(side: str, path: Path) -> Callable[[], Any]:
    docs, embeddings, labels = arxiv60.read(path)
    model = arxiv60.manual_model(side).fit(docs, embeddings, y=labels)
    new = [f"{text} anew" for text in docs] * REPEATS
    vectors = np.tile(embeddings, (REPEATS, 1))
    model.transform(new[:100], vectors[:100])
    return partial(model.transform, new, vectors)


def main() -> None:
    options = harness.parser(__doc__).parse_args()
    path = arxiv60.prepare(documents=options.documents)
    if options.side:
        harness.sides({side: partial(job, side, path) for side in ("leitmotif", "bertopic")})
        return
    arguments = [] if options.documents is None else ["--documents", str(options.documents)]
    result = harness.in_turns(
        __file__, "leitmotif", "bertopic", options.rounds, {"bertopic": arxiv60.peer_python()}, arguments
    )
    n = REPEATS * (options.documents or 20_000)
    speed = {f"{side}_documents_per_second": round(n / result[side]["seconds"]) for side in ("leitmotif", "bertopic")}
    harness.write("transform", {**harness.facts(), "documents": n, "topics": arxiv60.TOPICS, **speed, **result})


if __name__ == "__main__":
    main()
