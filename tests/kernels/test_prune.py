"""Pruning against scikit-learn's ``CountVectorizer`` with the same limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from leitmotif.kernels.prune import document_frequencies, prune_terms

limits = st.one_of(st.integers(1, 6), st.floats(0, 1))


@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=8), min_size=1, max_size=6),
    limits,
    limits,
    st.one_of(st.none(), st.integers(1, 9)),
)
def test_the_same_terms_stay_as_in_sklearn(rows, min_df, max_df, max_features):
    docs = [" ".join(letter * 2 for letter in row) for row in rows]
    assume(any(docs))
    plain = CountVectorizer()
    matrix = plain.fit_transform(docs)
    vectorizer = CountVectorizer(min_df=min_df, max_df=max_df, max_features=max_features)
    try:
        vectorizer.fit(docs)
    except ValueError:
        with pytest.raises(ValueError, match=r"max_df"):
            prune_terms(matrix, min_df, max_df, max_features)
        return
    kept = plain.get_feature_names_out()[prune_terms(matrix, min_df, max_df, max_features)]
    assert kept.tolist() == vectorizer.get_feature_names_out().tolist()


def test_document_frequencies_count_rows_not_occurrences():
    assert document_frequencies(csr_matrix([[3, 0, 1], [2, 0, 0]])).tolist() == [2, 0, 1]


def test_a_share_of_one_is_all_rows_and_an_integer_one_is_one_row():
    matrix = csr_matrix([[1, 1], [1, 0]])
    assert prune_terms(matrix, min_df=1.0).tolist() == [0]
    assert prune_terms(matrix, max_df=1).tolist() == [1]
    assert prune_terms(matrix, min_df=np.int64(2)).tolist() == [0]


def test_the_error_says_what_to_change():
    matrix = csr_matrix([[1, 1], [1, 0]])
    with pytest.raises(ValueError, match=r"raise max_df or lower min_df"):
        prune_terms(matrix, min_df=2, max_df=1)
    with pytest.raises(ValueError, match=r"Try a lower min_df \(now 3\) or a higher max_df \(now 4\)"):
        prune_terms(matrix, min_df=3, max_df=4)
