"""BERTopic, KMeans and a Gaussian mixture on the corpora of ``corpora.py``: labels and words, computed once and kept.

    $LEITMOTIF_PEERS_PYTHON benchmarks/peers.py [--corpora bbc_news] [--kinds minilm] [--methods bertopic,...] [--seeds 5]

Runs with the peers' interpreter (BERTopic 0.17.4, umap-learn, hdbscan; for ``gmm`` also Turftopic on PYTHONPATH). What lies in
``.cache/quality`` is not computed again: peers do not change. ``quality.py`` reads it.
"""

from __future__ import annotations

import json
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
import numpy as np
from corpora import CACHE, KINDS, corpus

KEPT = CACHE / "quality"
N_WORDS = 10
SAMPLES = 3
SHARE = 0.9
Run = dict[str, Any]


def kept(name: str, kind: str, method: str, seed: int, sample: int | None = None) -> Path:
    """Where a run lies: of a seed on all documents, or of one sample of them."""
    part = f"s{seed}" if sample is None else f"sample{sample}"
    return KEPT / f"{name}.{kind}.{method}.{part}.npz"


def store(path: Path, labels: Any, words: list[list[str]], **facts: Any) -> None:
    """One run: a label a document, and the words of each topic but -1, best first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"words": words, **facts}, ensure_ascii=False)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, labels=np.asarray(labels, dtype=np.int32), facts=np.array(text))
    part.rename(path)


def rows_of_sample(n: int, sample: int | None) -> np.ndarray:
    """All rows, or nine tenths of them by chance."""
    if sample is None:
        return np.arange(n)
    return np.sort(np.random.default_rng(100 + sample).permutation(n)[: int(SHARE * n)])


class Given:
    """A reducer that was asked before."""

    def __init__(self, reduced: np.ndarray) -> None:
        self.reduced = reduced

    def fit(self, *_: Any, **__: Any) -> Given:
        return self

    def transform(self, *_: Any) -> np.ndarray:
        return self.reduced


def reduced(name: str, kind: str, seed: int, sample: int | None, x: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Umap-learn's coordinates with BERTopic's settings; seconds and processor seconds they took."""
    path = kept(name, kind, "umap", seed, sample)
    if not path.exists():
        import umap

        make = umap.UMAP(
            n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed, low_memory=False
        )
        start, cpu = time.perf_counter(), time.process_time()
        found = make.fit_transform(x)
        path.parent.mkdir(parents=True, exist_ok=True)
        spent = [time.perf_counter() - start, time.process_time() - cpu]
        np.savez(path, reduced=found, spent=spent)
    with np.load(path) as file:
        return file["reduced"], *file["spent"].tolist()


def parts(method: str, near: np.ndarray, n_labels: int, seed: int) -> dict[str, Any]:
    """What a method gives to BERTopic's constructor."""
    from bertopic.dimensionality import BaseDimensionalityReduction
    from hdbscan import HDBSCAN
    from sklearn.cluster import KMeans
    from sklearn.feature_extraction.text import CountVectorizer

    if method == "bertopic":
        return {"umap_model": Given(near)}
    if method == "bertopic best practices":
        clusters = HDBSCAN(
            min_cluster_size=150, metric="euclidean", cluster_selection_method="eom", prediction_data=True
        )
        words = CountVectorizer(stop_words="english", min_df=0.05, max_df=0.8, ngram_range=(1, 2))
        return {"umap_model": Given(near), "hdbscan_model": clusters, "vectorizer_model": words}
    return {
        "umap_model": BaseDimensionalityReduction(),
        "hdbscan_model": KMeans(n_labels, n_init=1, random_state=seed),
        "vectorizer_model": CountVectorizer(stop_words="english"),
    }


def bertopic(
    method: str, texts: list[str], x: np.ndarray, near: np.ndarray, n_labels: int, seed: int, **more: Any
) -> Run:
    from bertopic import BERTopic

    model = BERTopic(**parts(method, near, n_labels, seed), **more)
    topics, _ = model.fit_transform(texts, x)
    found = model.get_topics()
    words = [[w for w, _ in found[t][:N_WORDS] if w] for t in sorted(found) if t >= 0]
    return {"labels": topics, "words": words}


def gmm(texts: list[str], x: np.ndarray, n_labels: int, seed: int) -> Run:
    """Turftopic's Gaussian mixture with soft c-TF-IDF, as many components as the corpus has labels."""
    sys.modules.setdefault("igraph", types.ModuleType("igraph"))  # only its network plots need it
    from sklearn.feature_extraction.text import CountVectorizer
    from turftopic import GMM

    class Encoder:
        def encode(self, *_: Any, **__: Any) -> np.ndarray:
            raise AssertionError("embeddings are given")

    words = CountVectorizer(stop_words="english", min_df=min(10, 1 + len(texts) // 500))
    model = GMM(n_labels, encoder=Encoder(), vectorizer=words, random_state=seed)
    weights = model.fit_transform(texts, embeddings=x)
    best = np.argsort(-model.components_, axis=1)[:, :N_WORDS]
    return {"labels": weights.argmax(axis=1), "words": model.get_vocab()[best].tolist()}


def paper(kind: str, seed: int) -> None:
    """BERTopic under its paper's protocol on BBC News: clusters of five and more, merged to 10 … 50 topics and the outliers."""
    x, texts = corpus("bbc_news").vectors(kind), corpus("bbc_news").texts
    for k in (10, 20, 30, 40, 50):
        path = kept("bbc_news", kind, f"paper {k}", seed)
        if not path.exists():
            near = reduced("bbc_news", kind, seed, None, x)[0]
            store(path, **bertopic("bertopic", texts, x, near, 0, seed, min_topic_size=5, nr_topics=k + 1))
            print(path.name, flush=True)


def run(method: str, name: str, kind: str, seed: int, sample: int | None = None) -> None:
    path = kept(name, kind, method, seed, sample)
    if path.exists():
        return
    rows = rows_of_sample(len(corpus(name).texts), sample)
    x, texts = corpus(name).vectors(kind)[rows], [corpus(name).texts[row] for row in rows.tolist()]
    labels = corpus(name).labels
    if labels is None and method in ("kmeans", "gmm"):
        return
    n_labels = 0 if labels is None else len(np.unique(labels))
    near, spent, spent_cpu = np.empty(0), 0.0, 0.0
    if method.startswith("bertopic"):
        near, spent, spent_cpu = reduced(name, kind, seed, sample, x)
    job: Callable[[], Run] = lambda: (  # noqa: E731
        gmm(texts, x, n_labels, seed) if method == "gmm" else bertopic(method, texts, x, near, n_labels, seed)
    )
    start, cpu = time.perf_counter(), time.process_time()
    found = job()
    spent, spent_cpu = spent + time.perf_counter() - start, spent_cpu + time.process_time() - cpu
    store(path, **found, seconds=round(spent, 2), cpu_seconds=round(spent_cpu, 2))
    print(path.name, round(spent, 1), flush=True)


def warm_up() -> None:
    """Let numba compile both of umap-learn's searches, so that no run is charged for it."""
    import umap

    x = np.random.default_rng(0).normal(size=(4500, 16)).astype(np.float32)
    for n in (500, 4500):
        umap.UMAP(n_neighbors=15, n_components=5, metric="cosine", n_epochs=5, random_state=0).fit_transform(x[:n])


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("--corpora", default=",".join(KINDS))
    arguments.add_argument("--kinds", default="minilm,static,lsa")
    arguments.add_argument("--methods", default="bertopic,bertopic best practices,kmeans")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--samples", type=int, default=SAMPLES)
    options = arguments.parse_args()
    warm_up()
    kinds = options.kinds.split(",")
    for name in options.corpora.split(","):
        for kind in [kind for kind in KINDS[name] if kind in kinds]:
            for method in options.methods.split(","):
                for seed in range(options.seeds):
                    paper(kind, seed) if method == "paper" else run(method, name, kind, seed)
            for sample in range(options.samples):
                for method in [method for method in options.methods.split(",") if method != "paper"]:
                    run(method, name, kind, 0, sample)


if __name__ == "__main__":
    main()
