from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import IncrementalPCA

from leitmotif.errors import InvalidInputError
from leitmotif.learning import partial_fit
from leitmotif.representation import MaximalMarginalRelevance
from leitmotif.vectorizers import CountVectorizer, OnlineCountVectorizer


class Fixed:
    """A clusterer that knows the subject of each point from the position of its largest value."""

    def partial_fit(self, X):
        self.labels_ = X[:, :3].argmax(axis=1)
        return self


class Unchanged:
    def fit(self, X):
        return self

    def transform(self, X):
        return X


@pytest.fixture
def online(components):
    return replace(
        components, reducer=Unchanged(), clusterer=Fixed(), vectorizer=OnlineCountVectorizer(stop_words="english")
    )


def batches(corpus, n):
    texts, embeddings, targets = corpus
    for rows in np.array_split(np.arange(len(texts)), n):
        yield [texts[i] for i in rows], embeddings[rows], targets[rows]


def test_sizes_counts_and_embeddings_of_all_batches(corpus, online):
    texts, embeddings, targets = corpus
    state = None
    for docs, vectors, labels in batches(corpus, 4):
        state = partial_fit(state, docs, vectors, online)
        assert state.topics.tolist() == labels.tolist()
    assert state.sizes.tolist() == np.bincount(targets).tolist()
    for topic in range(3):
        np.testing.assert_allclose(state.topic_embeddings[topic], embeddings[targets == topic].mean(axis=0), rtol=1e-4)
    whole = CountVectorizer(stop_words="english").fit(texts)
    expected = whole.transform([" ".join(t for t, y in zip(texts, targets, strict=True) if y == k) for k in range(3)])
    found = dict(zip(state.vocabulary.terms, np.asarray(online.vectorizer.X_.sum(axis=0)).ravel(), strict=True))
    assert found == dict(zip(whole.get_feature_names_out(), np.asarray(expected.sum(axis=0)).ravel(), strict=True))


def test_typical_documents_and_aspects_outlive_their_batch(corpus, online):
    online = replace(online, aspects={"MMR": (MaximalMarginalRelevance(),)})
    first, second = batches(corpus, 2)
    state = partial_fit(None, first[0], first[1], online)
    only_space = second[2] == 0
    docs = [text for text, keep in zip(second[0], only_space, strict=True) if keep]
    after = partial_fit(state, docs, second[1][only_space], online)
    assert after.representative_docs[1] and set(after.representative_docs[1]) <= set(first[0])
    assert set(after.aspects["MMR"]) == {0, 1, 2}
    assert all(after.words[topic][0][1] > 0 for topic in (0, 1, 2))


def test_a_topic_that_comes_late_with_a_low_id_gets_its_own_counts(corpus, online):
    texts, embeddings, targets = corpus
    late = targets == 0
    others, rest = (
        [t for t, y in zip(texts, late, strict=True) if not y],
        [t for t, y in zip(texts, late, strict=True) if y],
    )
    state = partial_fit(None, others, embeddings[~late], online)
    assert state.topic_ids.tolist() == [1, 2]
    state = partial_fit(state, rest, embeddings[late], online)
    assert state.topic_ids.tolist() == [0, 1, 2]
    assert {word for word, _ in state.words[0][:5]} <= set(
        "rocket orbit moon launch satellite astronaut gravity mission planet telescope".split()
    )


def test_decay_forgets_gently(corpus, online):
    online = replace(online, vectorizer=OnlineCountVectorizer(decay=0.1))
    total = 0.0
    state = None
    for docs, vectors, _ in batches(corpus, 3):
        state = partial_fit(state, docs, vectors, online)
        total = total * 0.9 + sum(len(text.split()) for text in docs)
        assert online.vectorizer.X_.sum() == pytest.approx(total)


def test_scikit_learns_online_components(corpus, online):
    online = replace(online, reducer=IncrementalPCA(3), clusterer=MiniBatchKMeans(3, random_state=0, n_init=1))
    state = None
    for docs, vectors, _ in batches(corpus, 3):
        state = partial_fit(state, docs, vectors, online)
    assert state.sizes.sum() == len(corpus[0])


def test_components_that_cannot_learn_in_batches_are_named(corpus, online):
    texts, embeddings, _ = corpus
    with pytest.raises(InvalidInputError, match="KMeans cannot learn in batches"):
        partial_fit(None, texts, embeddings, replace(online, clusterer=KMeans(3)))
    with pytest.raises(InvalidInputError, match="OnlineCountVectorizer"):
        partial_fit(None, texts, embeddings, replace(online, vectorizer=CountVectorizer()))
