"""A small corpus with known topics, and a model fitted on it without any heavy component."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# The same examples on every run, and no failure because a shared machine was slow.
settings.register_profile("leitmotif", deadline=None, derandomize=True)
settings.load_profile("leitmotif")

SUBJECTS = {
    "space": "rocket orbit moon launch satellite astronaut gravity mission planet telescope",
    "food": "bread butter oven recipe flour sugar kitchen baking dough pastry",
    "music": "guitar melody concert drums orchestra singer rhythm chord album violin",
}


def make_corpus(n_per_subject: int = 20, seed: int = 0) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts of three subjects, well separated embeddings (8-d), and the subject of each."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for subject, words in enumerate(SUBJECTS.values()):
        for _ in range(n_per_subject + 4 * (2 - subject)):  # sizes differ, so that the order by size is certain
            texts.append("the " + " ".join(rng.choice(words.split(), size=7)) + " today")
            labels.append(subject)
    order = rng.permutation(len(texts))
    targets = np.array(labels)[order]
    centres = np.eye(3, 8) * 5
    embeddings = (centres[targets] + rng.normal(scale=0.2, size=(len(order), 8))).astype(np.float32)
    return [texts[i] for i in order], embeddings, targets


@pytest.fixture(scope="session")
def corpus() -> tuple[list[str], np.ndarray, np.ndarray]:
    return make_corpus()


@pytest.fixture
def shared_data() -> Path:
    """The folder of shared corpora, or a skip that says what is missing."""
    folder = Path(os.environ.get("LEITMOTIF_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared corpora at {folder}: set LEITMOTIF_DATA")
    return folder


@pytest.fixture
def components():
    """Components that need no embedder: PCA, KMeans with three clusters, and our counting."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    from leitmotif.protocols import Components
    from leitmotif.vectorizers import ClassTfidfTransformer, CountVectorizer

    return Components(
        embedder=None,
        reducer=PCA(3, random_state=0),
        clusterer=KMeans(3, n_init=1, random_state=0),
        vectorizer=CountVectorizer(),
        weighting=ClassTfidfTransformer(),
    )


@pytest.fixture
def fitted(corpus, components):
    """A snapshot fitted on the small corpus."""
    from leitmotif.learning import FitSettings, fit
    from leitmotif.protocols import Snapshot

    texts, embeddings, _ = corpus
    return Snapshot(state=fit(texts, embeddings, None, components, FitSettings()), components=components)
