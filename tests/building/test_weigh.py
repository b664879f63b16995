"""C-TF-IDF against the published formula, computed on joined documents as BERTopic does."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer as SklearnCounts

from leitmotif.building.counting import count_corpus
from leitmotif.building.weigh import document_weights, weigh
from leitmotif.vectorizers import ClassTfidfTransformer, CountVectorizer


def joined(texts, rows, n):
    return [" ".join(text for text, row in zip(texts, rows, strict=True) if row == topic) for topic in range(n)]


def reference(texts, rows, n, **limits):
    """Grootendorst 2022, eq. 2: tf (share of the topic's words) x ln(1 + A / f)."""
    counter = SklearnCounts(**limits)
    X = counter.fit_transform(joined(texts, rows, n)).toarray().astype(float)
    average = int(X.sum(axis=1).mean())
    return X / X.sum(axis=1, keepdims=True) * np.log(1 + average / X.sum(axis=0)), counter.get_feature_names_out()


@pytest.mark.parametrize("limits", [{}, {"min_df": 2}, {"max_df": 0.7}, {"max_features": 9}, {"stop_words": "english"}])
def test_weights_and_topic_level_limits_are_those_of_joined_documents(corpus, components, limits):
    texts, _, targets = corpus
    components = replace(components, vectorizer=CountVectorizer(**limits))
    weighed = weigh(count_corpus(components.vectorizer, texts), targets, 3, components)
    expected, terms = reference(texts, targets, 3, **limits)
    assert weighed.vocabulary.terms.tolist() == terms.tolist()
    np.testing.assert_allclose(weighed.ctfidf.toarray(), expected, rtol=1e-12)


def test_n_grams_do_not_cross_documents(components):
    components = replace(components, vectorizer=CountVectorizer(ngram_range=(2, 2)))
    weighed = weigh(count_corpus(components.vectorizer, ["red apple", "green pear"]), np.array([0, 0]), 1, components)
    assert weighed.vocabulary.terms.tolist() == ["green pear", "red apple"]


def test_limits_that_leave_nothing_are_set_aside_with_a_warning(components, caplog):
    components = replace(components, vectorizer=CountVectorizer(min_df=5))
    with caplog.at_level(logging.WARNING, logger="leitmotif"):
        weighed = weigh(count_corpus(components.vectorizer, ["one two", "two three"]), np.array([0, 1]), 2, components)
    assert weighed.vocabulary.terms.tolist() == ["one", "three", "two"]
    assert "they count topics" in caplog.text


def test_seed_words_multiply_the_inverse_frequency(corpus, components):
    texts, _, targets = corpus
    counts = count_corpus(components.vectorizer, texts)
    plain = weigh(counts, targets, 3, components)
    weighting = ClassTfidfTransformer(seed_words=["Rocket", "oven"], seed_multiplier=3)
    seeded = weigh(counts, targets, 3, replace(components, weighting=weighting, seed_words=frozenset({"oven"})))
    ratio = seeded.vocabulary.idf / plain.vocabulary.idf
    expected = {"rocket": 3.0, "oven": 1.2}
    np.testing.assert_allclose(ratio, [expected.get(term, 1.0) for term in plain.vocabulary.terms], rtol=1e-12)
    assert not hasattr(weighting, "_idf_diag"), "the component given is not fitted behind the caller's back"


def test_documents_are_weighed_with_the_models_inverse_frequencies(fitted):
    state = fitted.state
    counts = state.document_terms.matrix[:, state.vocabulary.columns][:5]
    found = document_weights(state, fitted.components, counts).toarray()
    dense = counts.toarray().astype(float)
    np.testing.assert_allclose(found, dense / dense.sum(axis=1, keepdims=True) * state.vocabulary.idf, rtol=1e-12)


def test_a_corpus_without_a_single_word_still_has_topics(components):
    counts = count_corpus(components.vectorizer, ["", " ", "a"])
    assert counts.matrix.shape == (3, 0)
    assert weigh(counts, np.array([0, 1, 1]), 2, components).ctfidf.shape == (2, 0)
