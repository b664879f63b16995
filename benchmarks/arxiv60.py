"""arxiv20k with its MiniLM embeddings in 60 fixed groups: what the benchmarks against BERTopic start from.

Both sides get the same documents, embeddings and labels, and the same stand-in for a word embedder, so that only the libraries
differ: fixed random vectors by the hash of a word cost next to nothing on either side.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import harness
import numpy as np

TOPICS = 60
DIMENSIONS = 384


def prepare(topics: int = TOPICS, documents: int | None = None, outliers: bool = False) -> Path:
    """Make (once) the file with embeddings and labels, and give its path; with ``outliers`` a quarter has label -1."""
    path = harness.HERE / ".cache" / f"arxiv20k_{topics}_{documents or 'all'}_{outliers}.npz"
    if not path.exists():
        from sklearn.cluster import KMeans

        embeddings = np.load(harness.data_path("arxiv20k_minilm.f16.npy"))[:documents].astype(np.float32)
        model = KMeans(topics, n_init=1, random_state=0).fit(embeddings)
        labels = model.labels_.astype(np.int64)
        if outliers:
            distance = model.transform(embeddings).min(axis=1)
            labels[distance > np.quantile(distance, 0.75)] = -1
        path.parent.mkdir(exist_ok=True)
        np.savez(path, embeddings=embeddings, labels=labels)
    return path


def read(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Documents, embeddings (n, 384) float32 and labels (n,)."""
    with np.load(path) as arrays:
        embeddings, labels = arrays["embeddings"], arrays["labels"]
    return harness.texts("arxiv20k", len(labels)), embeddings, labels


def hashed(words: Sequence[str]) -> np.ndarray:
    """Unit vectors (n, 384) that depend on the text alone."""
    table = np.random.default_rng(0).normal(size=(4096, DIMENSIONS)).astype(np.float32)
    vectors = table[[zlib.crc32(str(word).encode()) % 4096 for word in words]]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def peer_python() -> str:
    """The interpreter of the environment that BERTopic is installed in."""
    python = os.environ.get("LEITMOTIF_PEERS_PYTHON")
    if not python:
        raise SystemExit("set LEITMOTIF_PEERS_PYTHON to a Python that has bertopic==0.17.4 installed")
    return python


def library(side: str) -> Any:
    """The modules of one side under one name: ``leitmotif`` or ``bertopic``."""
    import importlib
    from types import SimpleNamespace

    modules = ("representation", "cluster", "dimensionality", "backend", "vectorizers")
    root = importlib.import_module(side)
    return SimpleNamespace(
        BERTopic=root.BERTopic, **{name: importlib.import_module(f"{side}.{name}") for name in modules}
    )


def embedder(side: str) -> Any:
    """The stand-in embedder as an object of the side's own base class."""
    base = library(side).backend.BaseEmbedder

    class Hashed(base):  # type: ignore[misc, valid-type]
        def embed(self, documents: Sequence[str], verbose: bool = False) -> np.ndarray:  # noqa: ARG002
            return hashed(documents)

    return Hashed()


def manual_model(side: str, **parameters: Any) -> Any:
    """A model of one side that takes its topics from y; words by c-TF-IDF on both sides, which ours does when asked for."""
    names = library(side)
    if side == "leitmotif":
        parameters = {"compat": "bertopic", **parameters}
    return names.BERTopic(
        embedding_model=embedder(side),
        umap_model=names.dimensionality.BaseDimensionalityReduction(),
        hdbscan_model=names.cluster.BaseCluster(),
        **parameters,
    )


def learning_model(side: str, **parameters: Any) -> Any:
    """A model of one side that finds its topics with the parts that the side makes itself."""
    return library(side).BERTopic(embedding_model=embedder(side), **parameters)
