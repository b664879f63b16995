from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.stores import explain_difference

from .conftest import SETTINGS, make_state


def model(state: TopicState, components: Components, **settings: Any) -> Any:
    return SimpleNamespace(state=state, components=components, get_params=lambda: SETTINGS | settings)


def test_the_same_model_does_not_differ(components: Components) -> None:
    assert explain_difference(model(make_state(), components), model(make_state(), components)) == []


def test_each_thing_that_differs_has_a_line(components: Components) -> None:
    state = make_state()
    first = model(state, components)
    topics = state.topics.copy()
    topics[[-1, -2]] = (topics[[-1, -2]] + 2) % 3
    cases: list[tuple[Any, str]] = [
        (model(state, components, random_state=1), "parameter random_state: 7 against 1"),
        (model(state, replace(components, reducer=PCA(3))), "reducer, n_components: 2 against 3"),
        (model(state, replace(components, clusterer=None)), "clusterer: sklearn.cluster.KMeans against none"),
        (model(replace(state, topics=topics), components), "2 of 40 documents have another topic"),
        (
            model(replace(state, fingerprints=state.fingerprints[::-1].copy()), components),
            "the documents are the same in another order",
        ),
        (
            model(replace(state, topic_embeddings=state.topic_embeddings + 0.5), components),
            "topic_embeddings differ by at most 0.5",
        ),
        (model(replace(state, probabilities=None), components), "probabilities differ: only one model has them"),
        (model(replace(state, words={**state.words, 1: [("x", 1.0)]}), components), "words of 1 topics differ: 1"),
        (model(replace(state, custom_labels=None), components), "custom_labels of 2 topics differ: -1, 3"),
        (model(replace(state, aspects={}), components), "the aspect 'POS' differs"),
    ]
    for other, line in cases:
        assert line in explain_difference(first, other)
        assert len(explain_difference(first, other)) <= 3


def test_other_documents_and_topics_are_counted(components: Components) -> None:
    first, second = make_state(), make_state(1, n_documents=30, n_topics=3, outliers=False)
    lines = explain_difference(model(first, components), model(second, components))
    assert "documents: 40 against 30" in lines
    assert "topics: 4 and outliers against 3" in lines
    assert any(line.startswith("0 distinct documents are in both, 40") for line in lines)
    assert any(line.startswith("vocabulary: ") for line in lines)


@pytest.mark.parametrize("value", [np.nan, float("inf")])
def test_values_that_json_lacks_are_compared(components: Components, value: float) -> None:
    a = model(make_state(), components, zeroshot_min_similarity=value)
    assert explain_difference(a, a) == []
