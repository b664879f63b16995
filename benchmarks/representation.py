"""The representation stage on 20,000 abstracts in 60 topics: ours against BERTopic 0.17.4.

    LEITMOTIF_PEERS_PYTHON=… python benchmarks/representation.py [--rounds 3]

Measured: a fit with given embeddings and labels, so that nothing is embedded, reduced or clustered: counts (pairs of words,
English stop words), c-TF-IDF, KeyBERT and MMR aspects, representative documents, topic vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import arxiv60
import harness
import numpy as np


def job(side: str, path: Path) -> Callable[[], Any]:
    docs, embeddings, labels = arxiv60.read(path)
    names = arxiv60.library(side)
    if side == "leitmotif":
        from leitmotif.vectorizers import CountVectorizer
    else:
        from sklearn.feature_extraction.text import CountVectorizer

    def model() -> Any:
        return arxiv60.manual_model(
            side,
            vectorizer_model=CountVectorizer(stop_words="english", ngram_range=(1, 2)),
            representation_model={
                "KeyBERT": names.representation.KeyBERTInspired(),
                "MMR": names.representation.MaximalMarginalRelevance(diversity=0.3),
            },
        )

    model().fit(docs[:300], embeddings[:300], y=np.arange(300) % 5)
    return partial(model().fit, docs, embeddings, y=labels)


def main() -> None:
    options = harness.parser(__doc__).parse_args()
    path = arxiv60.prepare(documents=options.documents)
    if options.side:
        harness.sides({side: partial(job, side, path) for side in ("leitmotif", "bertopic")})
        return
    arguments = [] if options.documents is None else ["--documents", str(options.documents)]
    result = harness.in_turns(
        __file__,
        "leitmotif",
        "bertopic",
        options.rounds,
        python={"bertopic": arxiv60.peer_python()},
        arguments=arguments,
    )
    harness.write("representation", {**harness.facts(), "topics": arxiv60.TOPICS, **result})


if __name__ == "__main__":
    main()
