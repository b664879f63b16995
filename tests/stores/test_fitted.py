"""Our reducer and clusterer in a file: they answer as before, and a state that lies reaches no compiled code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leitmotif.cluster import HDBSCAN, Communities
from leitmotif.dimensionality import UMAP
from leitmotif.errors import LeitmotifError, ModelFileError, NotFittedError
from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.stores import Part, read_model, sub_models, write_model
from leitmotif.stores.restoring import answers_by_similarity

from .conftest import SETTINGS

RNG = np.random.default_rng(0)
POINTS = (RNG.normal(size=(150, 12)) + np.repeat(np.eye(3, 12) * 8, 50, 0)).astype(np.float32)
NEW = np.vstack([POINTS[:5], POINTS[::10] + RNG.normal(scale=0.1, size=(15, 12)).astype(np.float32)])


@pytest.fixture(scope="module")
def fitted() -> tuple[UMAP, HDBSCAN]:
    reducer = UMAP(n_components=2, random_state=3, n_epochs=30).fit(POINTS)
    return reducer, HDBSCAN(min_cluster_size=12).fit(reducer.embedding_)


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "hellinger", "correlation"])
def test_a_reducer_transforms_as_before(metric: str) -> None:
    x, new = (np.abs(POINTS), np.abs(NEW)) if metric == "hellinger" else (POINTS, NEW)
    reducer = UMAP(n_components=2, metric=metric, n_epochs=20, random_state=np.random.RandomState(1)).fit(x)
    again = UMAP.from_state(reducer.get_state())
    np.testing.assert_array_equal(again.transform(new), reducer.transform(new))
    np.testing.assert_array_equal(again.embedding_, reducer.embedding_)


@pytest.mark.parametrize("labels", [None, np.repeat([0, 1, -1], 50)])
@pytest.mark.parametrize("n_neighbors", [5, 150])
def test_neighbours_and_graph_come_back(labels: Any, n_neighbors: int) -> None:
    reducer = UMAP(n_components=2, n_neighbors=n_neighbors, n_epochs=5, set_op_mix_ratio=0.7).fit(POINTS, labels)
    once = UMAP.from_state(reducer.get_state())
    again = UMAP.from_state(once.get_state())  # without having looked at the graph
    np.testing.assert_array_equal(again.knn_indices_, reducer.knn_indices_)
    np.testing.assert_array_equal(again.knn_dists_, reducer.knn_dists_)
    assert again.knn_indices_.dtype == reducer.knn_indices_.dtype
    assert (again.graph_ != reducer.graph_).nnz == 0
    assert again.graph_.dtype == reducer.graph_.dtype
    old = {name: value for name, value in reducer.get_state().items() if name != "neighbors"}  # version 1
    assert not hasattr(UMAP.from_state(old), "graph_")
    assert not hasattr(UMAP(), "graph_")


def test_the_map_of_the_documents_is_the_same_after_loading(
    tmp_path: Path, corpus: tuple[list[str], np.ndarray, np.ndarray]
) -> None:
    from leitmotif import BERTopic
    from leitmotif.operations.map import document_map

    texts, embeddings, _ = corpus
    reducer = UMAP(n_neighbors=8, n_components=3, n_epochs=20)
    model = BERTopic(umap_model=reducer, hdbscan_model=HDBSCAN(min_cluster_size=10)).fit(texts, embeddings)
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(document_map(BERTopic.load(tmp_path / "m")), document_map(model))


def test_both_come_back_from_a_file(
    tmp_path: Path, fitted: tuple[UMAP, HDBSCAN], state: TopicState, components: Components
) -> None:
    reducer, clusterer = fitted
    write_model(tmp_path / "m", state, SETTINGS, replace(components, reducer=reducer, clusterer=clusterer))
    parts = sub_models(read_model(tmp_path / "m"))
    points = reducer.transform(NEW)
    np.testing.assert_array_equal(parts["umap_model"].transform(NEW), points)
    found = parts["hdbscan_model"]
    for name in ("labels_", "probabilities_", "cluster_persistence_", "outlier_scores_"):
        np.testing.assert_array_equal(getattr(found, name), getattr(clusterer, name))
    for ours, theirs in zip(found.approximate_predict(points), clusterer.approximate_predict(points), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(found.membership_vector(points), clusterer.membership_vector(points))
    np.testing.assert_array_equal(found.labels_for(min_cluster_size=5), clusterer.labels_for(min_cluster_size=5))
    assert found.get_params() == clusterer.get_params()
    assert parts["umap_model"].get_params() == reducer.get_params()


def test_communities_come_back_from_a_file(
    tmp_path: Path, fitted: tuple[UMAP, HDBSCAN], state: TopicState, components: Components
) -> None:
    reducer = fitted[0]
    clusterer = Communities(min_cluster_size=4).fit(reducer.embedding_, graph=reducer.graph_)
    write_model(tmp_path / "m", state, SETTINGS, replace(components, reducer=reducer, clusterer=clusterer))
    found = sub_models(read_model(tmp_path / "m"))["hdbscan_model"]
    points = reducer.transform(NEW)
    for name in ("labels_", "probabilities_"):
        np.testing.assert_array_equal(getattr(found, name), getattr(clusterer, name))
    for ours, theirs in zip(found.approximate_predict(points), clusterer.approximate_predict(points), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(found.membership_vector(points), clusterer.membership_vector(points))
    counts = clusterer.resolutions()["n_clusters"].tolist()
    for n_clusters in counts[:3]:
        np.testing.assert_array_equal(
            found.labels_for(n_clusters=n_clusters), clusterer.labels_for(n_clusters=n_clusters)
        )
    assert found.get_params() == clusterer.get_params()


def test_points_of_double_precision_stay_so() -> None:
    clusterer = HDBSCAN(min_cluster_size=5).fit(RNG.normal(size=(40, 2)))
    again = HDBSCAN.from_state(clusterer.get_state())
    np.testing.assert_array_equal(again._data, clusterer._data)


def test_what_is_not_fitted_has_no_state(tmp_path: Path, state: TopicState, components: Components) -> None:
    for unfitted in (UMAP(), HDBSCAN()):
        with pytest.raises(NotFittedError):
            unfitted.get_state()
    write_model(tmp_path / "m", state, SETTINGS, replace(components, reducer=UMAP(), clusterer=HDBSCAN(33)))
    saved = read_model(tmp_path / "m")
    assert answers_by_similarity(saved)
    found = sub_models(saved)["hdbscan_model"]
    assert found.min_cluster_size == 33
    with pytest.raises(NotFittedError):
        found.get_state()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points_come_back(n: int) -> None:
    clusterer = HDBSCAN(min_cluster_size=2).fit(np.zeros((n, 2)))
    np.testing.assert_array_equal(HDBSCAN.from_state(clusterer.get_state()).labels_, clusterer.labels_)


def lies(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The state with one thing in it turned into something that cannot be."""
    found = []
    for name, value in state.items():
        found.append({key: item for key, item in state.items() if key != name})
        values: list[Any] = [None, "x", [], np.array(3.0)]
        if isinstance(value, np.ndarray):
            values += [value[:-1], value[:, :1] if value.ndim == 2 else value[None], np.concatenate([value, value])]
            largest = np.iinfo(value.dtype).max if value.dtype.kind == "i" else 2.0**31
            for extreme in (-1, largest, np.nan, np.inf):
                if value.dtype.kind == "f" or np.isfinite(extreme):
                    changed = value.copy()
                    changed[(-1,) * value.ndim] = extreme
                    values.append(changed)
        found += [state | {name: each} for each in values]
    return found


def test_states_that_lie_are_refused_or_harmless(fitted: tuple[UMAP, HDBSCAN]) -> None:
    reducer, clusterer = fitted
    communities = Communities(min_cluster_size=4).fit(reducer.embedding_, graph=reducer.graph_)
    for component, path in (
        (reducer, "leitmotif.dimensionality.UMAP"),
        (clusterer, "leitmotif.cluster.HDBSCAN"),
        (communities, "leitmotif.cluster.Communities"),
    ):
        refused = 0
        states = lies(component.get_state())
        if isinstance(component, UMAP):
            states += [component.get_state() | {"neighbors": each} for each in lies(component.get_state()["neighbors"])]
        states += [component.get_state() | {"params": {"n_neighbors": -3, "min_cluster_size": -1}}]
        states += [component.get_state() | {"params": {"no_such": 1}}]
        states += [component.get_state() | {"params": {"n_jobs": 10**9}}]
        for state in states:
            try:
                made = Part(path=path, state=state).build()
                if isinstance(made, UMAP):
                    made.transform(NEW)
                    assert not hasattr(made, "graph_") or np.isfinite(made.graph_.data).all()
                else:
                    made.approximate_predict(fitted[0].embedding_[:10])
            except (ModelFileError, LeitmotifError):
                refused += 1
        assert refused > 0.8 * len(states)


def test_edges_that_are_no_tree_are_refused(fitted: tuple[UMAP, HDBSCAN]) -> None:
    state = fitted[1].get_state()
    for ends in (
        np.zeros_like(state["ends"]),
        state["ends"][:, [0, 0]],
        np.repeat(state["ends"][:1], len(state["ends"]), 0),
    ):
        with pytest.raises(LeitmotifError, match="one tree"):
            HDBSCAN.from_state(state | {"ends": ends})


def test_every_class_that_a_file_may_name_exists() -> None:
    import importlib

    from leitmotif.stores.classes import FITTED, OURS, UNFITTED, public_path

    assert set(FITTED) < UNFITTED
    for path in [*OURS, *(name for name in UNFITTED if name.startswith("sklearn."))]:
        module, _, name = path.rpartition(".")
        kind = getattr(importlib.import_module(module), name)
        assert isinstance(kind, type)
        assert public_path(kind) == path


def test_a_tagger_comes_back() -> None:
    from leitmotif.representation import PartOfSpeech
    from leitmotif.stores.parts import part_of

    for given in (PartOfSpeech(), PartOfSpeech("en_core_web_sm", top_n_words=4)):
        part = part_of(given, "representation model")
        assert part is not None
        again = part.build()
        assert again.get_params() == given.get_params()
