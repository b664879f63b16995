"""Fits compared with each other, on components that say beforehand what they will find."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from leitmotif.cluster import HDBSCAN, Communities
from leitmotif.dimensionality import UMAP
from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.learning.stability import stability
from leitmotif.protocols import Components, Snapshot
from leitmotif.state import TopicState


class Same:
    """A reducer that leaves everything as it is."""

    def fit_transform(self, X):
        return X


class Scripted:
    """A clusterer whose labels depend on its seed: the first column, changed as the script of that seed says."""

    def __init__(self, random_state=None, script=()):
        self.random_state = random_state
        self.script = script

    def get_params(self, deep=True):
        return {"random_state": self.random_state, "script": self.script}

    def fit(self, X):
        self.labels_ = X[:, 0].astype(int)
        if self.random_state is not None:
            for row, label in self.script[self.random_state]:
                self.labels_[row] = label
        return self


def fitted(topics, clusterer, reducer=None, embeddings=None, **extras):
    topics = np.asarray(topics)
    ids, sizes = np.unique(topics, return_counts=True)
    state = TopicState(
        topic_ids=ids,
        topics=topics,
        sizes=sizes,
        mappings=ids[:, None],
        embeddings=topics[:, None].astype(float) if embeddings is None else embeddings,
        extras=extras,
    )
    components = Components(
        embedder=None, reducer=reducer or Same(), clusterer=clusterer, vectorizer=None, weighting=None
    )
    return Snapshot(state=state, components=components)


TOPICS = [0, 0, 0, 0, 1, 1, 1, -1]
SCRIPT = [[], [(0, 1), (4, -1)], [(4, -1), (5, -1), (6, -1)]]


def test_other_seeds():
    found = stability(fitted(TOPICS, Scripted(script=SCRIPT)), by="seeds", runs=3)
    # Topic 0: same; 3 of 4 in a cluster of 3; same. Topic 1: same; 2 of 3 in a cluster of 3, union 4; dissolved.
    assert found.overlap == pytest.approx([(1 + 3 / 4 + 1) / 3, (1 + 2 / 4 + 0) / 3])
    assert found.survival == pytest.approx([1, 1 / 3])
    runs = [TOPICS, [1, 0, 0, 0, -1, 1, 1, -1], [0, 0, 0, 0, -1, -1, -1, -1]]
    assert found.pairwise_ari == pytest.approx([adjusted_rand_score(a, b) for a, b in combinations(runs, 2)])
    assert found.n_clusters.tolist() == [2, 2, 1]
    assert found.overall["survivors"] == 1
    assert found.overall["ari"] == pytest.approx(found.pairwise_ari.mean())
    assert found.overall["n_clusters_spread"] == pytest.approx(1 / (5 / 3))
    assert found.to_frame().Survival.tolist() == found.survival.tolist()


def test_samples_of_the_documents():
    topics = np.repeat([0, 1, 2, -1], [50, 30, 1, 19])
    found = stability(fitted(topics, Scripted()), by="samples", runs=4, share=0.5)
    assert found.pairwise_ari.tolist() == [1] * 6  # the same labels, whatever the sample
    assert found.overlap == pytest.approx([1, 1, 1])  # runs whose sample lacks topic 2 are left out
    assert set(found.n_clusters.tolist()) == {2, 3}


def test_dense_cores_are_compared_where_outliers_were_assigned():
    assigned = fitted([0, 0, 0, 0, 1, 1, 1, 1], Scripted(), embeddings=np.array(TOPICS)[:, None], core_topics=TOPICS)
    assert stability(assigned, runs=2, by="samples", share=1.0).overlap.tolist() == [1, 1]


def test_real_components_keep_their_settings_and_are_not_fitted_again():
    rng = np.random.default_rng(0)
    topics = np.repeat(np.arange(5), 40)
    x = (np.eye(16)[topics] + 0.05 * rng.normal(size=(200, 16))).astype(np.float32)
    reducer, clusterer = UMAP(n_epochs=50), HDBSCAN(min_cluster_size=10)
    found = stability(fitted(topics, clusterer, reducer, x), runs=2)
    assert found.n_clusters.tolist() == [5, 5]
    assert found.survival.tolist() == [1] * 5
    assert found.pairwise_ari == pytest.approx([1.0])
    assert not hasattr(clusterer, "labels_") and reducer.random_state == 42
    coarse = stability(fitted(topics, HDBSCAN(min_cluster_size=70), UMAP(n_epochs=50), x), runs=2)
    assert coarse.n_clusters.max() < 5


@pytest.mark.parametrize("kind", [HDBSCAN, Communities])
def test_a_number_of_topics_that_was_asked_for_is_asked_for_again(kind):
    x = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    clusterer = kind(min_cluster_size=10).fit(x)
    other = len(set(clusterer.labels_) - {-1}) + 2
    cut = clusterer.at(n_clusters=other)
    found = stability(fitted(cut.labels_.tolist(), cut, Same(), x), by="seeds", runs=2)
    assert found.n_clusters.tolist() == [other, other]
    assert found.survival.tolist() == [1] * other, "no seed is in either: the same clusters again"


def test_what_cannot_be_compared():
    model = fitted(TOPICS, Scripted())
    for wrong in ({"runs": 1}, {"share": 0.0}, {"by": "luck"}):
        with pytest.raises(InvalidInputError):
            stability(model, **wrong)
    bare = Snapshot(state=TopicState(**{**vars(model.state), "embeddings": None}), components=model.components)
    with pytest.raises(MissingComponentError, match="embeddings="):
        stability(bare)
