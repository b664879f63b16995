"""Reduce and cluster given embeddings: seconds, memory, agreement with labels, and the same bits; against umap-learn + hdbscan.

    python benchmarks/geometry.py speed [--corpus bbc_news] [--rounds 3]     both warm, in turns
    python benchmarks/geometry.py process [--corpus bbc_news] [--rounds 3]   new processes, imports included
    python benchmarks/geometry.py quality [--corpus bbc_news] [--seeds 5]    AMI and ARI with the corpus' labels
    python benchmarks/geometry.py stages [--corpus arxiv20k]                 seconds of each stage of ours
    python benchmarks/geometry.py growth [--documents 20000,50000,100000]    ours on more and more rows
    python benchmarks/geometry.py bits [--corpus bbc_news]                   1, 2, 3 and 8 threads, new processes

Embeddings: ``CORPUS_minilm.f16.npy`` beside the corpora, or ``benchmarks/.cache/CORPUS_KIND.npy``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import harness
import numpy as np

CACHE = harness.HERE / ".cache"
MIN_TOPIC_SIZE = 10


def embeddings(corpus: str, kind: str = "minilm") -> np.ndarray:
    cached = CACHE / f"{corpus}_{kind}.npy"
    if cached.exists():
        return np.load(cached).astype(np.float32)
    return np.load(harness.data_path(f"{corpus}_{kind}.f16.npy")).astype(np.float32)


def labels(corpus: str) -> np.ndarray:
    return np.unique([str(record.get("label")) for record in harness.load(corpus)], return_inverse=True)[1]


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
    corpus, mode = sys.argv[sys.argv.index("--corpus") + 1], sys.argv[sys.argv.index("--mode") + 1]

    def job(side: Callable[..., np.ndarray]) -> Callable[[], Callable[[], Any]]:
        def prepared() -> Callable[[], Any]:
            x = embeddings(corpus)
            if mode == "warm":
                side(x[:5000] if len(x) > 5000 else x)  # both of umap-learn's searches are compiled on the way
            return lambda: side(x)

        return prepared

    harness.sides({name: job(side) for name, side in SIDES.items()})


def speed(corpus: str, rounds: int, mode: str) -> dict[str, Any]:
    x = embeddings(corpus)
    return {
        "rows": len(x),
        "dimensions": x.shape[1],
        "mode": mode,
        **harness.in_turns(
            __file__, "leitmotif", "umap-learn + hdbscan", rounds, arguments=["--corpus", corpus, "--mode", mode]
        ),
    }


def quality(corpus: str, kind: str, seeds: int, which: str) -> dict[str, Any]:
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    x, y = embeddings(corpus, kind), labels(corpus)
    result: dict[str, Any] = {"embeddings": kind}
    for name, side in SIDES.items():
        if which not in ("both", name):
            continue
        found = [side(x, seed) for seed in range(seeds)]
        result[name] = {
            metric: {"mean": round(statistics.mean(values), 4), "spread": round(statistics.pstdev(values), 4)}
            for metric, values in {
                "ami": [float(adjusted_mutual_info_score(y, f)) for f in found],
                "ari": [float(adjusted_rand_score(y, f)) for f in found],
                "topics": [float(f.max() + 1) for f in found],
                "outliers": [float((f < 0).mean()) for f in found],
            }.items()
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


def more_rows(n: int) -> np.ndarray:
    """The given embeddings, each several times with noise: as many rows as wanted, in about the same shape."""
    x = embeddings("arxiv20k")
    rng = np.random.default_rng(0)
    parts = [x[rng.permutation(len(x))[: min(len(x), n)]]]
    while sum(map(len, parts)) < n:
        parts.append(x + rng.normal(0, 0.6 / np.sqrt(x.shape[1]), size=x.shape).astype(np.float32))
    return np.concatenate(parts)[:n]


def bits(corpus: str) -> dict[str, Any]:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import geometry, hashlib; "
        "from leitmotif.dimensionality import UMAP; from leitmotif.cluster import HDBSCAN; "
        "e = UMAP().fit_transform(geometry.embeddings(sys.argv[2])); h = HDBSCAN(10).fit(e); "
        "print(hashlib.sha256(e.tobytes() + h.labels_.tobytes() + h.probabilities_.tobytes()).hexdigest())"
    )
    seen = {}
    for threads in (1, 2, 3, 8):
        env = {**os.environ, "LEITMOTIF_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        run = subprocess.run(
            [sys.executable, "-c", code, str(harness.HERE), corpus], env=env, capture_output=True, text=True, check=True
        )
        seen[str(threads)] = run.stdout.strip()[:16]
    return {"digests": seen, "equal": len(set(seen.values())) == 1}


def main() -> None:
    if "--side" in sys.argv:
        return child()
    arguments = harness.parser(__doc__)
    arguments.add_argument("what", choices=["speed", "process", "quality", "stages", "growth", "bits"])
    arguments.add_argument("--corpus", default="bbc_news")
    arguments.add_argument("--kind", default="minilm")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--only", default="both")
    arguments.add_argument("--rows", default="20000,50000,100000")
    options = arguments.parse_args()
    facts = {**harness.facts(("umap-learn", "hdbscan", "numba")), "what": options.what}
    if options.what in ("speed", "process"):
        mode = "warm" if options.what == "speed" else "cold"
        harness.write("geometry", {**facts, "corpus": options.corpus, **speed(options.corpus, options.rounds, mode)})
    elif options.what == "quality":
        result = quality(options.corpus, options.kind, options.seeds, options.only)
        harness.write("geometry", {**facts, "corpus": options.corpus, "seeds": options.seeds, **result})
    elif options.what == "stages":
        x = embeddings(options.corpus, options.kind)[: options.documents]
        harness.write(
            "geometry", {**facts, "corpus": options.corpus, "gemm_gflops": round(gemm_rate(x.shape[1]), 1), **stages(x)}
        )
    elif options.what == "growth":
        for n in map(int, options.rows.split(",")):
            harness.write("geometry", {**facts, "corpus": "arxiv20k, multiplied with noise", **stages(more_rows(n))})
    else:
        harness.write("geometry", {**facts, "corpus": options.corpus, **bits(options.corpus)})
    return None


if __name__ == "__main__":
    main()
