"""Other numbers of topics from one fit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from leitmotif import BERTopic
from leitmotif.cluster import HDBSCAN, Communities
from leitmotif.errors import InvalidInputError


class LeavesSomeOut(KMeans):
    """Three clusters, and every fifth document in none."""

    def fit(self, X, y=None, sample_weight=None):
        super().fit(X)
        self.labels_[::5] = -1
        return self


@pytest.fixture(scope="module")
def fitted():
    from tests.conftest import make_corpus

    texts, embeddings, _ = make_corpus()
    return texts, embeddings, BERTopic().fit(texts, embeddings)


def test_at_gives_another_model_and_leaves_this_one(fitted):
    texts, embeddings, model = fitted
    before, words = list(model.topics_), model.get_topics()
    for k in (2, 5):
        other = model.at(k)
        assert len(set(other.topics_) - {-1}) == other.state.n_topics == k
        assert set(other.get_topics()) == set(other.topics_)
        assert other.transform(texts, embeddings)[0] == other.topics_
        assert [len(words) for words in other.get_topics().values()] == [10] * len(other.get_topics())
    assert model.topics_ == before
    assert model.get_topics() == words
    assert model.hdbscan_model is not model.at(2).hdbscan_model


def test_at_equals_a_fit_that_asks_for_the_number(fitted):
    texts, embeddings, model = fitted
    asked = BERTopic(n_topics=4).fit(texts, embeddings)
    assert model.at(4).topics_ == asked.topics_
    assert model.at(4).get_topics() == asked.get_topics()


def test_memberships_are_in_the_order_of_the_topics(fitted):
    texts, embeddings, _ = fitted
    model = BERTopic(calculate_probabilities=True).fit(texts, embeddings)
    other = model.at(3)
    assert other.probabilities_.shape == (len(texts), 3)
    inside = np.flatnonzero(np.array(other.topics_) >= 0)
    best = other.probabilities_[inside].argmax(axis=1)
    assert np.mean(best == np.array(other.topics_)[inside]) > 0.95


def test_tables(fitted):
    _, _, model = fitted
    table = model.resolutions()
    assert table["Topics"].tolist() == list(range(1, len(table) + 1))
    assert table["Largest"].iloc[0] == len(model.topics_)
    assert (table["Largest"].diff().dropna() <= 0).all()
    suggested = model.suggest(lowest=2)
    assert set(suggested["Topics"]) <= set(table["Topics"])
    labels = np.arange(len(model.topics_)) % 3
    rows = model.sweep([2, 4], labels=labels)
    assert rows["Topics"].tolist() == [2, 4]
    assert {"npmi", "diversity", "ami"} <= set(rows.columns)
    expected = model.at(4).evaluate(labels=labels).overall
    assert rows["npmi"].iloc[1] == pytest.approx(expected["npmi"])
    assert rows["Outliers"].iloc[1] == pytest.approx(np.mean(np.array(model.at(4).topics_) == -1))


def test_what_cannot_be_cut(fitted):
    texts, embeddings, model = fitted
    for wrong in (0, True, 2.5, 10_000):
        with pytest.raises(InvalidInputError, match=r"number|clusters"):
            model.at(wrong)
    with pytest.raises(InvalidInputError, match="no tree"):
        BERTopic(hdbscan_model=KMeans(3, n_init=1)).fit(texts, embeddings).at(2)
    with pytest.raises(InvalidInputError, match="lowest"):
        model.suggest(lowest=1)


def test_hdbscan_has_other_resolutions_too(fitted):
    texts, embeddings, _ = fitted
    model = BERTopic(hdbscan_model=HDBSCAN(min_cluster_size=10)).fit(texts, embeddings)
    assert model.at(3).state.n_topics == 3
    assert (model.resolutions()["Smallest"] >= 2).all()


def test_the_defaults_are_those_of_bertopic_where_asked_for(fitted):
    texts, embeddings, model = fitted
    theirs = BERTopic(compat="bertopic").fit(texts, embeddings)
    explicit = BERTopic(min_topic_size=10).fit(texts, embeddings)
    assert isinstance(model.hdbscan_model, Communities)
    assert isinstance(theirs.hdbscan_model, HDBSCAN)
    assert theirs.topics_ == explicit.topics_


def test_outliers_are_assigned_on_request(fitted):
    texts, embeddings, _ = fitted
    given = {"hdbscan_model": LeavesSomeOut(3, n_init=1, random_state=0)}
    keep = BERTopic(**given).fit(texts, embeddings)
    assert keep.topics_.count(-1) > 0.15 * len(texts)
    none = BERTopic(**given, outliers="assign").fit(texts, embeddings)
    some = BERTopic(**given, outliers="assign", target_fraction=0.1).fit(texts, embeddings)
    assert -1 not in none.topics_
    assert some.topics_.count(-1) == min(keep.topics_.count(-1), int(0.1 * len(texts)))
    assert {w for words in keep.get_topics().values() for w, _ in words} >= {
        w for words in none.get_topics().values() for w, _ in words
    }
    for wrong in ({"outliers": "drop"}, {"target_fraction": 2.0}):
        with pytest.raises(InvalidInputError):
            BERTopic(**wrong).fit(texts, embeddings)
