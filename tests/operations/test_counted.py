"""Counts of the vocabulary: stored, and made anew by a vectorizer that may know other terms in another order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import diags
from sklearn.feature_extraction.text import CountVectorizer

from leitmotif.errors import MissingComponentError
from leitmotif.operations.counted import are_training_documents, corpus_counts, vocabulary_counts
from leitmotif.operations.dynamic import topics_over_time
from leitmotif.operations.hierarchy import hierarchical_topics
from leitmotif.operations.outliers import reduce_outliers
from leitmotif.protocols import Snapshot
from leitmotif.state import Vocabulary


@pytest.fixture
def pruned(fitted):
    """The same model with every third term left out of its vocabulary, as ``min_df`` does."""
    state = fitted.state
    columns = np.flatnonzero(np.arange(len(state.vocabulary.terms)) % 3)
    vocabulary = Vocabulary(terms=state.vocabulary.terms[columns], columns=columns, idf=state.vocabulary.idf[columns])
    weighting = type(fitted.components.weighting)()
    weighting._idf_diag = diags(vocabulary.idf, format="csr")
    return Snapshot(
        state=replace(state, vocabulary=vocabulary, ctfidf=state.ctfidf[:, columns].tocsr()),
        components=replace(fitted.components, weighting=weighting),
    )


def test_stored_counts_are_those_of_the_vocabulary(pruned, documents):
    state = pruned.state
    expected = CountVectorizer(vocabulary=state.vocabulary.terms.tolist()).transform(documents).toarray()
    assert np.array_equal(vocabulary_counts(pruned, documents, "this").toarray(), expected)
    assert np.array_equal(vocabulary_counts(pruned, None, "this").toarray(), expected)
    assert np.array_equal(corpus_counts(pruned, "this", np.array([5, 2])).toarray(), expected[[5, 2]])


def test_a_vectorizer_with_other_terms_in_another_order(pruned, documents):
    terms = pruned.state.vocabulary.terms.tolist()
    other = CountVectorizer(vocabulary=["unheard", *terms[::-1][:-2]])
    model = Snapshot(state=pruned.state, components=replace(pruned.components, vectorizer=other))
    found = vocabulary_counts(model, documents[:7], "this").toarray()
    expected = CountVectorizer(vocabulary=terms).transform(documents[:7]).toarray()
    expected[:, :2] = 0  # terms that this vectorizer does not know
    assert np.array_equal(found, expected)


def test_verbs_of_a_pruned_model_agree_on_stored_and_fresh_counts(pruned, documents):
    forgetful = Snapshot(state=replace(pruned.state, document_terms=None), components=pruned.components)
    times, topics = np.arange(60) % 4, pruned.state.topics
    pd.testing.assert_frame_equal(
        topics_over_time(pruned, documents, times), topics_over_time(forgetful, documents, times)
    )
    pd.testing.assert_frame_equal(hierarchical_topics(pruned, documents), hierarchical_topics(forgetful, documents))
    stored, fresh = (
        reduce_outliers(model, documents, topics, strategy="c-tf-idf", threshold=0.2) for model in (pruned, forgetful)
    )
    assert stored == fresh


def test_which_texts_are_those_of_the_fit(fitted, documents):
    state = fitted.state
    assert are_training_documents(state, documents)
    assert are_training_documents(state, list(documents))
    assert not are_training_documents(state, documents[::-1])
    assert not are_training_documents(state, documents[:59])
    assert not are_training_documents(state, None)
    changed = ["something else", *documents[1:]]
    assert not are_training_documents(state, changed)
    assert are_training_documents(state, changed, np.array([3, 4]))
    assert not are_training_documents(state, changed, np.array([0, 4]))


def test_missing_parts(fitted, documents):
    bare = Snapshot(state=replace(fitted.state, document_terms=None), components=fitted.components)
    with pytest.raises(MissingComponentError, match="this needs the document x term counts"):
        vocabulary_counts(bare, None, "this")
    mute = Snapshot(state=bare.state, components=replace(fitted.components, vectorizer=None))
    with pytest.raises(MissingComponentError, match="vectorizer"):
        vocabulary_counts(mute, documents, "this")
