"""The topics of whole fits in numbers: ours, BERTopic's, KMeans' and a Gaussian mixture's, on identical embeddings.

    python benchmarks/quality.py fit    [--corpora bbc_news] [--kinds minilm] [--seeds 5]   ours: fit, and keep what was found
    python benchmarks/quality.py score  [--corpora bbc_news] [--kinds minilm]               a line for each method that was kept
    python benchmarks/quality.py topics [--corpora bbc_news] [--kinds minilm]               our largest topics beside BERTopic's
    python benchmarks/quality.py counts [--corpora bbc_news] [--kinds minilm]               our numbers of topics in parts of it
    python benchmarks/quality.py paper  [--kinds minilm] [--seeds 3]                        the BERTopic paper's protocol on BBC

The others' fits come from ``peers.py`` and need no second run. ``quality_tables.py`` makes docs/quality.md of the lines.

Each line has means and spreads over seeds. AMI, ARI: all documents, outliers as one topic. NPMI: co-occurrence in documents,
10 words a topic, those of several words included. WEC: mean cosine of the words' embedded vectors (English; it favours methods
that choose words by such vectors, ours among them). Count error: |topics - labels| / labels. Stability: mean pairwise ARI over
seeds, and over samples of nine tenths on the documents of both.
"""

from __future__ import annotations

import json
import statistics
import time
from itertools import combinations
from typing import Any

import harness
import numpy as np
from corpora import KINDS, corpus
from peers import N_WORDS, SAMPLES, kept, rows_of_sample, store

OURS = "leitmotif"
METHODS = (OURS, "bertopic", "bertopic best practices", "kmeans", "gmm")
PARTS = {5_000: 3, 10_000: 2, 20_000: 1}
"""Documents of a part of a corpus, and how many such parts are drawn."""
PAPER_TOPICS = (10, 20, 30, 40, 50)


def model(seed: int, **settings: Any) -> Any:
    """Our defaults with another seed."""
    from leitmotif import BERTopic

    return BERTopic(random_state=seed, **settings)


def fit(name: str, kind: str, seed: int, sample: int | None = None) -> None:
    """Our fit of a seed or sample, kept beside the others'."""
    rows = rows_of_sample(len(corpus(name).texts), sample)
    texts = [corpus(name).texts[row] for row in rows.tolist()]
    x = corpus(name).vectors(kind)[rows]
    estimator = model(seed)
    start, cpu = time.perf_counter(), time.process_time()
    estimator.fit(texts, x)
    spent = {"seconds": round(time.perf_counter() - start, 2), "cpu_seconds": round(time.process_time() - cpu, 2)}
    state = estimator.state
    words = [[word for word, _ in state.words[topic][:N_WORDS] if word] for topic in state.inner_ids.tolist()]
    path = kept(name, kind, OURS, seed, sample)
    store(path, state.topics, words, commit=harness.facts()["commit"], **spent)
    print(path.name, spent["seconds"], len(words), flush=True)


def read(name: str, kind: str, method: str, seed: int, sample: int | None = None) -> dict[str, Any] | None:
    """A run that was kept: labels, words, and what it cost; None where there is none."""
    path = kept(name, kind, method, seed, sample)
    if not path.exists():
        return None
    with np.load(path) as file:
        return {"labels": file["labels"], **json.loads(str(file["facts"]))}


def numbers(name: str, found: dict[str, Any]) -> dict[str, float]:
    """The measures of one run."""
    from leitmotif.backend import StaticEmbedder
    from leitmotif.evaluate import agreement, coherence, diversity, word_embedding_coherence

    labels, words, texts = found["labels"], found["words"], corpus(name).texts
    result: dict[str, float] = {
        "topics": len(words),
        "outliers": float((labels < 0).mean()),
        "npmi": float(np.nanmean(coherence(words, texts, "npmi", top_n=N_WORDS))) if words else float("nan"),
        "diversity": diversity(words, N_WORDS),
        "seconds": found["seconds"],
        "cpu_seconds": found["cpu_seconds"],
    }
    if name.split("_")[0] not in ("de", "ja", "zh") and words:
        result["wec"] = float(np.nanmean(word_embedding_coherence(words, StaticEmbedder(), N_WORDS)))
    if corpus(name).labels is not None:
        compared = agreement(labels, corpus(name).labels)
        result |= {key: compared[key] for key in ("ami", "ari", "topic_count_error")}
    return result


def pairwise(runs: list[tuple[np.ndarray, np.ndarray]]) -> list[float]:
    """Adjusted Rand index of each two runs on the documents of both."""
    from sklearn.metrics import adjusted_rand_score

    found = []
    for (rows, labels), (others, theirs) in combinations(runs, 2):
        _, left, right = np.intersect1d(rows, others, assume_unique=True, return_indices=True)
        found.append(float(adjusted_rand_score(labels[left], theirs[right])))
    return found


def score(name: str, kind: str, method: str, seeds: int) -> dict[str, Any] | None:
    """Means and spreads of a method's runs; None where none was kept."""
    runs = [run for seed in range(seeds) if (run := read(name, kind, method, seed))]
    if not runs:
        return None
    measured = [numbers(name, run) for run in runs]
    result: dict[str, Any] = {
        key: {
            "mean": round(statistics.mean(values), 4),
            "spread": round(statistics.pstdev(values), 4),
            "each": [round(value, 4) for value in values],
        }
        for key in measured[0]
        for values in [[one[key] for one in measured]]
    }
    n = len(corpus(name).texts)
    over_seeds = pairwise([(np.arange(n), run["labels"]) for run in runs])
    samples = [(s, run) for s in range(SAMPLES) if (run := read(name, kind, method, 0, s))]
    over_samples = pairwise([(rows_of_sample(n, s), run["labels"]) for s, run in samples])
    for key, values in (("stability_seeds", over_seeds), ("stability_samples", over_samples)):
        if values:
            result[key] = {"mean": round(statistics.mean(values), 4), "each": [round(value, 4) for value in values]}
    commits = sorted({run["commit"] for run in runs if "commit" in run})
    return {"seeds": len(runs), **({"fitted_at": commits} if commits else {}), **result}


def beside(name: str, kind: str, n: int = 15) -> list[dict[str, Any]]:
    """Our largest topics of the first seed, and BERTopic's topic with which each shares most documents."""
    ours, theirs = read(name, kind, OURS, 0), read(name, kind, "bertopic", 0)
    if ours is None or theirs is None:
        return []
    rows = []
    for topic, words in enumerate(ours["words"][:n]):
        own = ours["labels"] == topic
        ids, shared = np.unique(theirs["labels"][own & (theirs["labels"] >= 0)], return_counts=True)
        other = int(ids[shared.argmax()]) if len(ids) else -1
        rows.append(
            {
                "documents": int(own.sum()),
                "words": words,
                "shared": int(shared.max(initial=0)),
                "their_documents": int((theirs["labels"] == other).sum()) if len(ids) else 0,
                "their_words": theirs["words"][other] if len(ids) else [],
            }
        )
    return rows


def counts(name: str, kind: str) -> dict[str, list[int]]:
    """Numbers of topics in parts of a corpus, by their documents; of a corpus of 20,000 and more."""
    texts, x = corpus(name).texts, corpus(name).vectors(kind)
    found: dict[str, list[int]] = {}
    for size, times in PARTS.items():
        for part in range(times):
            rows = np.sort(np.random.default_rng(part).permutation(len(texts))[:size])
            made = model(0).fit([texts[row] for row in rows.tolist()], x[rows])
            found.setdefault(str(size), []).append(len(made.state.inner_ids))
    return found


def paper_words(name: str, n_topics: int, kind: str, seed: int) -> list[list[str]]:
    """Ten words of each topic of a fit under the paper's protocol: as many topics as wanted, clusters of five and more."""
    made = model(seed, n_topics=n_topics, min_topic_size=5)
    made.fit(corpus(name).texts, corpus(name).vectors(kind))
    return [[word for word, _ in made.state.words[topic][:10]] for topic in made.state.inner_ids.tolist()]


def paper_numbers(name: str, words: list[list[str]]) -> dict[str, float]:
    """Coherence and diversity as the paper's code has them: a word that the corpus lacks counts as the corpus' first word."""
    from leitmotif.evaluate import coherence, diversity

    tokens = [text.split() for text in corpus(name).texts]
    known = {token for text in tokens for token in text}
    replaced = [[word if word in known else tokens[0][0] for word in topic] for topic in words]
    return {
        "coherence": float(np.nanmean(coherence(replaced, tokens, "c_npmi", top_n=10))),
        "diversity": diversity(replaced, 10),
    }


def paper(kind: str, seeds: int) -> dict[str, Any]:
    """Ours and, where ``peers.py --methods paper`` was run, BERTopic 0.17.4: means over seeds for each number of topics."""
    result: dict[str, Any] = {"embeddings": kind, "seeds": seeds}
    for method in (OURS, "bertopic"):
        rows = []
        for k in PAPER_TOPICS:
            found = []
            for seed in range(seeds):
                if method == OURS:
                    found.append(paper_numbers("bbc_news", paper_words("bbc_news", k, kind, seed)))
                elif run := read("bbc_news", kind, f"paper {k}", seed):
                    found.append(paper_numbers("bbc_news", run["words"]))
            if found:
                rows.append({"topics": k} | {key: round(statistics.mean(f[key] for f in found), 4) for key in found[0]})
        if rows:
            means = {key: round(statistics.mean(row[key] for row in rows), 4) for key in ("coherence", "diversity")}
            result[method] = {**means, "each": rows}
    return result


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("what", choices=["fit", "score", "topics", "counts", "paper"])
    arguments.add_argument("--corpora", default=",".join(KINDS))
    arguments.add_argument("--kinds", default="minilm,static,lsa")
    arguments.add_argument("--methods", default=",".join(METHODS))
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--samples", type=int, default=SAMPLES)
    options = arguments.parse_args()
    kinds = options.kinds.split(",")
    if options.what == "paper":
        for kind in [kind for kind in KINDS["bbc_news"] if kind in kinds]:
            harness.write(
                "quality", {**harness.facts(), "what": "paper", "corpus": "bbc_news", **paper(kind, options.seeds)}
            )
        return
    for name in options.corpora.split(","):
        for kind in [kind for kind in KINDS[name] if kind in kinds]:
            if options.what == "fit":
                for seed in range(options.seeds):
                    fit(name, kind, seed)
                for sample in range(options.samples):
                    fit(name, kind, 0, sample)
                continue
            if options.what == "counts":
                if len(corpus(name).texts) >= max(PARTS):
                    line = {"what": "counts", "corpus": name, "embeddings": kind, "topics": counts(name, kind)}
                    harness.write("quality", {**harness.facts(), **line})
                continue
            if options.what == "topics":
                if rows := beside(name, kind):
                    line = {"what": "topics", "corpus": name, "embeddings": kind, "rows": rows}
                    harness.write("quality", {**harness.facts(), **line})
                continue
            for method in options.methods.split(","):
                if found := score(name, kind, method, options.seeds):
                    line = {"what": "score", "corpus": name, "embeddings": kind, "method": method, **found}
                    harness.write("quality", {**harness.facts(("umap-learn", "hdbscan")), **line})


if __name__ == "__main__":
    main()
