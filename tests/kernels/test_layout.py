"""The layout's forces against the paper's formulas, and the same bits whatever computes them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from leitmotif.kernels import _native, layout

A, B = 1.93, 0.79


def pull(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What an edge does to x (paper, §4.3; each component at most 4)."""
    square = ((x - y) ** 2).sum()
    return np.clip(-2 * A * B * square ** (B - 1) / (1 + A * square**B) * (x - y), -4, 4)


def push(x: np.ndarray, others: np.ndarray) -> np.ndarray:
    square = ((x - others) ** 2).sum(axis=1, keepdims=True)
    return np.clip(2 * B / ((0.001 + square) * (1 + A * square**B)) * (x - others), -4, 4)


def ring(n: int) -> sp.csr_matrix:
    edges = sp.coo_matrix((np.ones(n, np.float32), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    return sp.csr_matrix(edges + edges.T)


@pytest.mark.parametrize("d", [1, 2, 5, 8, 13, 40])
def test_an_edge_pulls_both_its_ends(d: int) -> None:
    start = np.random.default_rng(d).normal(size=(2, d)).astype(np.float32)
    start[1] += 3.0
    graph = sp.csr_matrix(np.array([[0, 1], [1, 0]], dtype=np.float32))
    # Nothing is sampled in the first epoch; in the second, at half the rate, each of the two samples moves both.
    moved = layout.optimize(graph, start, n_epochs=2, a=A, b=B, negative_sample_rate=0).astype(np.float64)
    x, y = start.astype(np.float64)
    force = pull(x, y)
    together = np.stack([x + force, y - force])
    x, y = x + force / 2, y - force / 2
    force = pull(x, y)
    one_after_the_other = np.stack([x + force / 2, y - force / 2])
    error = min(np.abs(moved - expected).max() for expected in (together, one_after_the_other))
    assert error < 1e-3 * np.abs(moved - start).max()


@pytest.mark.parametrize("negatives", [1, 5, 11])
def test_pushes_are_those_of_random_others_on_average(negatives: int) -> None:
    n, seeds, rate = 40, 300, 1e-4
    start = np.random.default_rng(3).normal(scale=1.5, size=(n, 3)).astype(np.float32)
    options = {"n_epochs": 2, "a": A, "b": B, "learning_rate": rate}
    still = layout.optimize(ring(n), start, negative_sample_rate=0, **options).astype(np.float64)
    moved = [
        layout.optimize(ring(n), start, negative_sample_rate=negatives, seed=seed, **options) - still
        for seed in range(seeds)
    ]
    found = np.stack(moved) / (rate / 2)
    x = start.astype(np.float64)
    # Each vertex has two samples, and each of them as many draws from all n vertices.
    expected = np.stack([2 * negatives * push(x[i], x).sum(axis=0) / n for i in range(n)])
    error = np.abs(found.mean(axis=0) - expected)
    noise = found.std(axis=0) / np.sqrt(seeds) + 0.02 * negatives
    assert (error < 5 * noise).all() and np.corrcoef(found.mean(axis=0).ravel(), expected.ravel())[0, 1] > 0.95


def test_pushes_grow_with_repulsion_and_vanish_with_it() -> None:
    start = np.random.default_rng(4).normal(size=(30, 2)).astype(np.float32)
    options = {"n_epochs": 3, "a": A, "b": B}
    free = layout.optimize(ring(30), start, repulsion_strength=0.0, **options)
    assert np.array_equal(free, layout.optimize(ring(30), start, negative_sample_rate=0, **options))
    assert layout.optimize(ring(30), start, repulsion_strength=4.0, **options).std() > free.std()


@pytest.mark.parametrize(("n", "d"), [(90, 12), (700, 2), (700, 5), (5600, 5)])
def test_threads_do_not_change_a_bit(n: int, d: int) -> None:
    rng = np.random.default_rng(n + d)
    graph = sp.random(n, n, density=min(0.2, 12 / n), random_state=1, dtype=np.float32, format="csr")
    graph = sp.csr_matrix(graph.maximum(graph.T))
    start = rng.uniform(0, 10, size=(n, d)).astype(np.float32)
    one = layout.optimize(graph, start, n_epochs=4, a=A, b=B, n_threads=1)
    assert np.isfinite(one).all()
    for threads in (2, 3, 8):
        assert np.array_equal(one, layout.optimize(graph, start, n_epochs=4, a=A, b=B, n_threads=threads))


def test_an_error_of_the_listener_ends_the_layout_on_every_thread() -> None:
    start = np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32)

    def stop(share: float) -> None:
        raise RuntimeError(f"at {share < 1}")

    with pytest.raises(RuntimeError, match="at True"):
        layout.optimize(ring(3000), start, n_epochs=1_000_000, a=A, b=B, n_threads=3, progress=stop)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 60), density=st.floats(0, 0.1), seed=st.integers(0, 1000))
def test_pieces_of_a_graph_are_scipys(n: int, density: float, seed: int) -> None:
    graph = sp.random(n, n, density=density, random_state=seed, format="csr")
    graph = sp.csr_matrix(graph + graph.T)
    part = _native.graph_parts(graph.indptr.astype(np.int64), graph.indices.astype(np.int32))
    n_parts, expected = connected_components(graph, directed=False)
    assert part.max() + 1 == n_parts and len(set(zip(part.tolist(), expected.tolist(), strict=True))) == n_parts
    assert np.array_equal(np.unique(part, return_index=True)[1], np.sort(np.unique(part, return_index=True)[1]))


@pytest.mark.slow
@pytest.mark.parametrize("search", ["exact", "cells"])
def test_a_corpus_gets_the_same_bits_in_every_process(search: str) -> None:
    script = f"""
import hashlib
import numpy as np
from leitmotif.cluster import HDBSCAN
from leitmotif.dimensionality import UMAP
rng = np.random.default_rng(0)
x = rng.normal(size=(80, 64))[rng.integers(0, 80, 12_000)] + 0.7 * rng.normal(size=(12_000, 64))
y = UMAP(n_epochs=60, force_approximation_algorithm={search == "cells"}).fit_transform(x)
found = HDBSCAN(15).fit(y)
print(hashlib.sha256(y.tobytes() + found.labels_.tobytes() + found.probabilities_.tobytes()).hexdigest())
"""
    seen = set()
    for threads in ("1", "2", "3", "8"):
        env = {
            **os.environ,
            "LEITMOTIF_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "PYTHONHASHSEED": threads,
        }
        run = subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True)
        seen.add(run.stdout)
    assert len(seen) == 1 and len(seen.pop().strip()) == hashlib.sha256().digest_size * 2
