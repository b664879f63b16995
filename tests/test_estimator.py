"""Our estimators in scikit-learn's hands, though none of them imports it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone, is_clusterer
from sklearn.exceptions import NotFittedError as SklearnNotFitted
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from leitmotif import BERTopic
from leitmotif.cluster import HDBSCAN
from leitmotif.dimensionality import UMAP
from leitmotif.errors import InvalidInputError
from leitmotif.estimator import Estimator
from leitmotif.vectorizers import ClassTfidfTransformer, CountVectorizer, OnlineCountVectorizer

ESTIMATORS = [
    UMAP(n_neighbors=7, min_dist=0.1, random_state=None),
    HDBSCAN(min_cluster_size="auto", cluster_selection_method="leaf"),
    CountVectorizer(ngram_range=(1, 2), stop_words=["a", "b"]),
    OnlineCountVectorizer(decay=0.2, lowercase=False),
    ClassTfidfTransformer(seed_words=["x"]),
    BERTopic(nr_topics=3, umap_model=UMAP(n_neighbors=4)),
]
X = np.repeat(np.eye(4), 20, axis=0) + np.random.default_rng(0).normal(0, 0.05, (80, 4))


def by_name(estimator: object) -> str:
    return type(estimator).__name__


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=by_name)
def test_a_clone_has_the_same_parameters(estimator: Estimator) -> None:
    twin = clone(estimator)
    assert twin is not estimator and twin.get_params(deep=False).keys() == estimator.get_params(deep=False).keys()
    for name, value in estimator.get_params(deep=False).items():
        assert repr(twin.get_params(deep=False)[name]) == repr(value)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=by_name)
def test_tools_can_ask_what_it_is(estimator: Estimator) -> None:
    tags = get_tags(estimator)
    texts = isinstance(estimator, CountVectorizer | BERTopic)
    assert (tags.input_tags.string, tags.input_tags.two_d_array) == (texts, not texts)
    assert tags.target_tags.required is False
    assert is_clusterer(estimator) == isinstance(estimator, HDBSCAN)
    with pytest.raises(SklearnNotFitted):
        check_is_fitted(estimator)
    with pytest.raises(InvalidInputError, match=f"{type(estimator).__name__} has no parameter 'no_such'"):
        estimator.set_params(no_such=1)


def test_parts_are_reached_through_two_underscores() -> None:
    class Pair(Estimator):
        def __init__(self, first: object = None, second: object = 3) -> None:
            self.first, self.second = first, second

    pair = Pair(UMAP(n_neighbors=9), UMAP)
    assert pair.get_params()["first__n_neighbors"] == 9 and "second__n_neighbors" not in pair.get_params()
    assert set(pair.get_params(deep=False)) == {"first", "second"}
    assert pair.set_params(first__n_neighbors=5, second=4) is pair
    assert (pair.first.n_neighbors, pair.second) == (5, 4)


def test_what_differs_from_the_defaults_is_shown() -> None:
    assert repr(UMAP()) == "UMAP()"
    assert repr(UMAP(n_components=2, init=np.zeros(2))) == "UMAP(init=array([0., 0.]), n_components=2)"
    assert repr(OnlineCountVectorizer(0.5)).startswith("OnlineCountVectorizer(")


def test_they_stand_in_pipelines() -> None:
    pipe = Pipeline([("unit", Normalizer()), ("map", UMAP(n_neighbors=10, n_epochs=60)), ("groups", HDBSCAN(8))])
    for options in ParameterGrid({"map__n_components": [2, 3], "groups__min_cluster_size": [10]}):
        labels = clone(pipe).set_params(**options).fit_predict(X)
        direct = UMAP(n_neighbors=10, n_epochs=60, n_components=options["map__n_components"])
        assert np.array_equal(labels, HDBSCAN(10).fit_predict(direct.fit_transform(Normalizer().fit_transform(X))))
    check_is_fitted(pipe.fit(X))

    texts = ["red green green", "blue red", "blue blue green"]
    weigh = make_pipeline(CountVectorizer(), ClassTfidfTransformer()).fit(texts)
    assert weigh.get_feature_names_out().tolist() == ["blue", "green", "red"]
    counts = CountVectorizer().fit_transform(texts)
    np.testing.assert_array_equal(
        weigh.transform(texts).toarray(), ClassTfidfTransformer().fit_transform(counts).toarray()
    )


def test_fitting_and_transforming_load_neither_sklearn_nor_pandas() -> None:
    code = """
import sys
import numpy as np
from leitmotif import BERTopic
from leitmotif.vectorizers import CountVectorizer
rng = np.random.default_rng(0)
docs = [f"the word{i % 3} and thing{i % 3} of it{i}" for i in range(90)]
embeddings = np.eye(8)[np.arange(90) % 3] + rng.normal(0, 0.05, (90, 8))
model = BERTopic(vectorizer_model=CountVectorizer(stop_words="english", strip_accents="ascii"))
assert model.fit(docs, embeddings).transform(docs[:3], embeddings[:3])[0]
print([name for name in ("sklearn", "pandas", "joblib", "umap", "hdbscan", "numba") if name in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
