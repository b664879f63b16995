"""Reduce and cluster given embeddings: seconds, memory, agreement with labels, and the same bits; against umap-learn + hdbscan.

    python benchmarks/geometry.py speed [--corpus bbc_news] [--rounds 3]     both warm, in turns
    python benchmarks/geometry.py process [--corpus bbc_news] [--rounds 3]   new processes, imports included
    python benchmarks/geometry.py quality [--corpus bbc_news] [--kind minilm] [--seeds 5]   AMI and ARI with the labels
    python benchmarks/geometry.py stages [--corpus arxiv20k]                 seconds of each stage of ours
    python benchmarks/geometry.py growth [--rows 20000,200000,800000]        ours on more and more sentences of abstracts
    python benchmarks/geometry.py search [--rows 20000,40000,200000]         neighbours: exact (up to 40,000 rows) and by cells
    python benchmarks/geometry.py stop   [--rows 200000]                     how long Ctrl-C waits in each stage of a whole fit
    python benchmarks/geometry.py bits [--corpus bbc_news]                   1, 2, 3 and 8 threads, new processes

Embeddings are those of ``corpora.py``. For ``quality`` the peer's fits come from ``peers.py``, which keeps them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import harness
import numpy as np
from corpora import CACHE, corpus

MIN_TOPIC_SIZE = 10


def ours(x: np.ndarray, seed: int = 42) -> np.ndarray:
    from leitmotif.cluster import HDBSCAN
    from leitmotif.dimensionality import UMAP

    reduced = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed).fit_transform(x)
    return HDBSCAN(min_cluster_size=MIN_TOPIC_SIZE, prediction_data=True).fit(reduced).labels_


def peer(x: np.ndarray, seed: int = 42) -> np.ndarray:
    import hdbscan
    import umap

    reduced = umap.UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed, low_memory=False
    ).fit_transform(x)
    return hdbscan.HDBSCAN(min_cluster_size=MIN_TOPIC_SIZE, prediction_data=True).fit(reduced).labels_


SIDES: dict[str, Callable[..., np.ndarray]] = {"leitmotif": ours, "umap-learn + hdbscan": peer}


def child() -> None:
    name, mode = sys.argv[sys.argv.index("--corpus") + 1], sys.argv[sys.argv.index("--mode") + 1]

    def job(side: Callable[..., np.ndarray]) -> Callable[[], Callable[[], Any]]:
        def prepared() -> Callable[[], Any]:
            x = corpus(name).vectors("minilm")
            if mode == "warm":
                side(x[:5000] if len(x) > 5000 else x)  # both of umap-learn's searches are compiled on the way
            return lambda: side(x)

        return prepared

    harness.sides({name: job(side) for name, side in SIDES.items()})


def speed(name: str, rounds: int, mode: str) -> dict[str, Any]:
    x = corpus(name).vectors("minilm")
    return {
        "rows": len(x),
        "dimensions": x.shape[1],
        "mode": mode,
        **harness.in_turns(
            __file__, "leitmotif", "umap-learn + hdbscan", rounds, arguments=["--corpus", name, "--mode", mode]
        ),
    }


def quality(name: str, kind: str, seeds: int) -> dict[str, Any]:
    """Agreement with the corpus' labels; the peer's side are the fits that ``peers.py`` has kept."""
    from quality import pairwise, read
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    x, y = corpus(name).vectors(kind), corpus(name).labels
    theirs = [run["labels"] for seed in range(seeds) if (run := read(name, kind, "bertopic", seed))]
    result: dict[str, Any] = {"embeddings": kind, "rows": len(x)}
    for side, found in (("leitmotif", [ours(x, seed) for seed in range(seeds)]), ("umap-learn + hdbscan", theirs)):
        measured = {
            "ami": [float(adjusted_mutual_info_score(y, labels)) for labels in found],
            "ari": [float(adjusted_rand_score(y, labels)) for labels in found],
            "topics": [float(labels.max() + 1) for labels in found],
            "outliers": [float((labels < 0).mean()) for labels in found],
            "pairwise_ari": pairwise([(np.arange(len(x)), labels) for labels in found]),
        }
        result[side] = {"seeds": len(found)} | {
            measure: {"mean": round(statistics.mean(values), 4), "spread": round(statistics.pstdev(values), 4)}
            for measure, values in measured.items()
            if values
        }
    return result


def stages(x: np.ndarray) -> dict[str, Any]:
    from leitmotif.dimensionality import UMAP
    from leitmotif.kernels import density, layout, neighbors, spectral

    seconds: dict[str, float] = {}
    processor: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start, start_cpu = time.perf_counter(), time.process_time()
        result = work()
        seconds[name] = round(time.perf_counter() - start, 4)
        processor[name] = round(time.process_time() - start_cpu, 4)
        return result

    ready = timed("prepare", lambda: neighbors.prepare(x, "cosine"))
    found = timed("neighbours", lambda: UMAP()._neighbors(ready, 0))
    graph = timed("graph", lambda: layout.fuzzy_graph(found))
    a, b = layout.curve_parameters(1.0, 0.0)
    start = timed("start", lambda: spectral.spectral_start(graph, 5, spectral.principal_coordinates(ready, 5), seed=42))
    n_epochs = layout.default_epochs(len(x))
    y = timed(
        "layout",
        lambda: layout.optimize(graph, layout.scale_start(start, 42), n_epochs=n_epochs, a=a, b=b, seed=42),
    )
    tree = timed("spanning tree", lambda: density.linkage(y.astype(np.float64), MIN_TOPIC_SIZE))

    def flat() -> Any:
        condensed = density.condense(tree, MIN_TOPIC_SIZE)
        return density.label_points(condensed, density.select(condensed))

    timed("extraction", flat)
    return {"rows": len(x), "dimensions": x.shape[1], "seconds": seconds, "processor_seconds": processor}


def gemm_rate(d: int) -> float:
    """Multiplications and additions a second of the BLAS on all cores, in units of 10^9."""
    a = np.random.default_rng(0).normal(size=(4096, d)).astype(np.float32)
    a @ a.T
    start = time.perf_counter()
    for _ in range(3):
        a @ a.T
    return 3 * 2 * 4096 * 4096 * d / (time.perf_counter() - start) / 1e9


def sentences() -> tuple[list[str], np.ndarray]:
    """All sentences of the abstracts in an order of chance, and their embeddings by the embedded vectors; kept in the cache."""
    from leitmotif.backend import StaticEmbedder
    from leitmotif.passages import split_documents

    texts, vectors = CACHE / "arxiv_sentences.json", CACHE / "arxiv_sentences_static.npy"
    if not vectors.exists():
        CACHE.mkdir(exist_ok=True)
        found = split_documents(
            harness.texts("arxiv20k") + harness.texts("arxiv_rest"), by="sentence", min_words=4
        ).texts
        mixed = [found[i] for i in np.random.default_rng(0).permutation(len(found)).tolist()]
        texts.write_text(json.dumps(mixed), encoding="utf-8")
        np.save(vectors, StaticEmbedder().embed(mixed))
    return json.loads(texts.read_text(encoding="utf-8")), np.load(vectors, mmap_mode="r")


def recall(x: np.ndarray, found: np.ndarray, rows: int = 400) -> float:
    """Share of the 15 nearest rows (by exact products) that a search has found, on some rows."""
    chosen = np.random.default_rng(1).choice(len(x), rows, replace=False)
    unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    near = np.argpartition(-(unit[chosen] @ unit.T), 14, axis=1)[:, :15]
    return float(np.mean([len(np.intersect1d(a, b)) / 15 for a, b in zip(near, found[chosen], strict=True)]))


def grown(n: int, part: str) -> dict[str, Any]:
    """One step of ``growth``, in a process of its own: reducing and clustering ("geometry"), or a whole fit."""
    import resource

    texts, embedded = sentences()
    texts, x = texts[:n], np.array(embedded[:n], dtype=np.float32)
    seen: dict[str, list[float]] = {}
    begun = time.perf_counter()

    def report(stage: str, _: float) -> None:
        seen.setdefault(stage, [time.perf_counter() - begun, 0.0])[1] = time.perf_counter() - begun

    result: dict[str, Any] = {"rows": n, "dimensions": x.shape[1], "part": part}
    if part == "fit":
        from leitmotif import BERTopic

        model = BERTopic()
        result |= harness.measure(lambda: model.fit(texts, x))
        labels = np.asarray(model.topics_)
    else:
        from leitmotif.cluster import HDBSCAN
        from leitmotif.dimensionality import UMAP

        reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42, progress=report)
        clusterer = HDBSCAN(min_cluster_size=MIN_TOPIC_SIZE, prediction_data=True, progress=report)

        def work() -> None:
            begin = time.perf_counter()
            reduced = reducer.fit_transform(x)
            result["reduce_seconds"] = time.perf_counter() - begin
            clusterer.fit(reduced)

        begun = time.perf_counter()
        result |= harness.measure(work)
        labels = clusterer.labels_
        result["stages"] = {stage: [round(first, 2), round(last, 2)] for stage, (first, last) in seen.items()}
        result["recall"] = recall(x, reducer.knn_indices_)
    result["kib_a_row"] = result["peak_mib"] * 1024 / n
    result["process_peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result |= {"topics": int(labels.max()) + 1, "outliers": float((labels < 0).mean())}
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in result.items()}


def search(n: int) -> dict[str, Any]:
    """Both searches for 15 neighbours (each row the first of its own) of the first n sentences."""
    from leitmotif.kernels import neighbors

    x = neighbors.prepare(sentences()[1][:n], "cosine")
    result: dict[str, Any] = {"rows": n, "dimensions": x.shape[1]}
    neighbors.nearest_neighbors(x[:4000], 14, exact=False)  # touches what a first call touches
    for side, exact in (("exact", True), ("cells", False)):
        if exact and n > 40_000:
            continue
        found: list[np.ndarray] = []
        measured = harness.measure(
            lambda exact=exact, found=found: found.append(neighbors.nearest_neighbors(x, 14, exact=exact)[0])
        )
        result[side] = {key: round(value, 3) for key, value in measured.items()}
        with_self = np.hstack([np.arange(n, dtype=np.int32)[:, None], found[0]])
        result[side]["recall"] = round(recall(x, with_self), 4)
    return result


def stop(n: int) -> dict[str, Any]:
    """The longest that Python could not have answered to Ctrl-C, in each stage of a whole fit.

    A timer sends a signal every 50 ms. Its handler runs where Ctrl-C would raise, and what lies between two runs is the wait.
    """
    import signal

    from leitmotif import BERTopic
    from leitmotif.progress import listen

    texts, embedded = sentences()
    texts, x = texts[:n], np.array(embedded[:n], dtype=np.float32)
    open_stages = ["between"]
    waits: dict[str, float] = {}
    last = time.perf_counter()

    def ring(*_: Any) -> None:
        nonlocal last
        now = time.perf_counter()
        waits[open_stages[-1]] = max(waits.get(open_stages[-1], 0.0), now - last)
        last = now

    def hear(report: Any) -> None:
        if report.event == "start":
            open_stages.append(report.stage)
        elif report.event == "finish":
            ring()  # a wait that ends with its stage is that stage's
            open_stages.remove(report.stage)

    signal.signal(signal.SIGALRM, ring)
    with listen(hear):
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        cpu, last = time.process_time(), time.perf_counter()
        BERTopic().fit(texts, x)
        signal.setitimer(signal.ITIMER_REAL, 0)
        ring()
    return {
        "rows": n,
        "longest_wait": {stage: round(wait, 3) for stage, wait in waits.items()},
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }


def bits(name: str) -> dict[str, Any]:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import geometry, hashlib; "
        "from leitmotif.dimensionality import UMAP; from leitmotif.cluster import HDBSCAN; "
        "e = UMAP().fit_transform(geometry.corpus(sys.argv[2]).vectors('minilm')); h = HDBSCAN(10).fit(e); "
        "print(hashlib.sha256(e.tobytes() + h.labels_.tobytes() + h.probabilities_.tobytes()).hexdigest())"
    )
    seen = {}
    for threads in (1, 2, 3, 8):
        env = {**os.environ, "LEITMOTIF_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        run = subprocess.run(
            [sys.executable, "-c", code, str(harness.HERE), name], env=env, capture_output=True, text=True, check=True
        )
        seen[str(threads)] = run.stdout.strip()[:16]
    return {"digests": seen, "equal": len(set(seen.values())) == 1}


def main() -> None:
    if "--side" in sys.argv:
        return child()
    arguments = harness.parser(__doc__)
    arguments.add_argument(
        "what", choices=["speed", "process", "quality", "stages", "growth", "search", "stop", "bits"]
    )
    arguments.add_argument("--corpus", default="bbc_news")
    arguments.add_argument("--kind", default="minilm")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--rows")
    arguments.add_argument("--part", choices=["geometry", "fit"], help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.part:
        print(json.dumps(grown(int(options.rows), options.part)))
        return None
    facts = {**harness.facts(("umap-learn", "hdbscan", "numba")), "what": options.what}
    if options.what in ("speed", "process"):
        mode = "warm" if options.what == "speed" else "cold"
        harness.write("geometry", {**facts, "corpus": options.corpus, **speed(options.corpus, options.rounds, mode)})
    elif options.what == "quality":
        result = quality(options.corpus, options.kind, options.seeds)
        harness.write("geometry", {**facts, "corpus": options.corpus, "seeds": options.seeds, **result})
    elif options.what == "stages":
        x = corpus(options.corpus).vectors(options.kind)[: options.documents]
        harness.write(
            "geometry", {**facts, "corpus": options.corpus, "gemm_gflops": round(gemm_rate(x.shape[1]), 1), **stages(x)}
        )
    elif options.what in ("search", "stop"):
        job, rows = (search, "20000,40000,200000") if options.what == "search" else (stop, "200000")
        for n in map(int, (options.rows or rows).split(",")):
            harness.write("geometry", {**facts, "corpus": "sentences of abstracts", **job(n)})
    elif options.what == "growth":
        sentences()
        for n in map(int, (options.rows or "20000,200000,800000").split(",")):
            for part in ("geometry", "fit"):
                command = [sys.executable, __file__, "growth", "--rows", str(n), "--part", part]
                run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
                result = json.loads(run.stdout.strip().splitlines()[-1])
                harness.write("geometry", {**facts, "what": "growth", "corpus": "sentences of abstracts", **result})
    else:
        harness.write("geometry", {**facts, "corpus": options.corpus, **bits(options.corpus)})
    return None


if __name__ == "__main__":
    main()
