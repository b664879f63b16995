"""How fast the embedded embedder is, and how well vectors separate labelled corpora, as they are and adapted to the corpus.

    python benchmarks/embedding.py [--rounds 3] [--documents 20000] [--seeds 2] [--corpora bbc_news,stackoverflow]

Speed: abstracts a second from raw text, and where a fit has cut it into words already. Quality: adjusted mutual information
between the labels and k-means with the labels' number of clusters, mean over seeds, for the embedded vectors and for
all-MiniLM-L6-v2 where its vectors are at hand, each also adapted to the corpus (``corpus_adaptation``), and for LSA of the corpus
alone. The labels are somebody's categories, not the topics: the numbers rank embeddings, and prove nothing alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import harness
import numpy as np
from corpora import KINDS, corpus

CORPORA = ("bbc_news", "stackoverflow", "clinc150", "arxiv20k")


def separation(vectors: np.ndarray, labels: list[str], seeds: int) -> list[float]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_mutual_info_score

    k = len(set(labels))
    found = [KMeans(k, n_init=1, max_iter=60, random_state=seed).fit_predict(vectors) for seed in range(seeds)]
    return [round(float(adjusted_mutual_info_score(labels, clusters)), 4) for clusters in found]


def quality(name: str, documents: int | None, seeds: int) -> dict[str, Any]:
    from leitmotif.backend import LsaEmbedder
    from leitmotif.building.adaptation import adapted, learn_adaptation

    given = corpus(name)
    rows = [i for i, label in enumerate(given.labels) if label != "oos"][:documents]  # that has no subject of its own
    docs, labels = [given.texts[i] for i in rows], [given.labels[i] for i in rows]
    plain = {kind: given.vectors(kind)[rows] for kind in KINDS[name] if kind in ("static", "minilm")}
    adaptation = learn_adaptation(docs)
    vectors = plain | {f"{kind} adapted": adapted(adaptation, found, docs) for kind, found in plain.items()}
    vectors["lsa"] = LsaEmbedder().embed(docs)
    scores = {kind: separation(found, labels, seeds) for kind, found in vectors.items()}
    means = {kind: round(float(np.mean(found)), 4) for kind, found in scores.items()}
    return {"corpus": name, "documents": len(docs), "labels": len(set(labels)), "mean_ami": means, "ami": scores}


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("--seeds", type=int, default=2)
    arguments.add_argument("--corpora", default=",".join(CORPORA))
    options = arguments.parse_args()

    def from_text() -> Callable[[], Any]:
        from leitmotif.backend import StaticEmbedder

        docs, embedder = harness.texts("arxiv20k", options.documents), StaticEmbedder()
        embedder.embed(docs[:50])
        return lambda: embedder.embed(docs)

    def from_words() -> Callable[[], Any]:
        from leitmotif.backend import StaticEmbedder
        from leitmotif.kernels import counts

        docs, embedder = harness.texts("arxiv20k", options.documents), StaticEmbedder()
        embedder.embed(["one text"])

        def run() -> Any:
            return embedder.embed(docs)

        memory = counts.tokenized_once(docs)
        memory.__enter__()  # to the end of the process, as a fit keeps it to its own end
        counts.tokenize(docs)
        return run

    if options.side:
        harness.sides({"text": from_text, "words": from_words})
        return
    n = options.documents or 20_000
    given = [] if options.documents is None else ["--documents", str(options.documents)]
    speed = harness.in_turns(__file__, "text", "words", options.rounds, arguments=given)
    a_second = {side: round(n / speed[side]["seconds"]) for side in ("text", "words")}
    harness.write("embedding", {**harness.facts(), "measured": "speed", "documents_a_second": a_second, **speed})
    for name in filter(None, options.corpora.split(",")):
        found = quality(name, options.documents, options.seeds)
        harness.write("embedding", {**harness.facts(), "measured": "separation", **found})


if __name__ == "__main__":
    main()
