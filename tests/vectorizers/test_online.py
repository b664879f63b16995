"""Growing counts against a dict of floats."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from leitmotif.vectorizers import ClassTfidfTransformer, OnlineCountVectorizer

BATCHES = [["red green red", "blue"], ["green green", "red yellow blue", "new topic"], ["violet red", "indigo"]]


def reference(batches, decay, delete_min_df):
    counts: dict[tuple[int, str], float] = {}
    for batch in batches:
        counts = {key: value * (1 - (decay or 0)) for key, value in counts.items()}
        for row, text in enumerate(batch):
            for word in text.split():
                counts[row, word] = counts.get((row, word), 0) + 1
        if delete_min_df is not None:
            words = {word for _, word in counts}
            rare = {word for word in words if sum(v for (_, w), v in counts.items() if w == word) < delete_min_df}
            counts = {key: value for key, value in counts.items() if key[1] not in rare}
    return {key: value for key, value in counts.items() if value}


@pytest.mark.parametrize("decay", [None, 0.0, 0.1, 1.0])
@pytest.mark.parametrize("delete_min_df", [None, 1, 1.5])
def test_counts_decay_and_rare_words_leave(decay, delete_min_df):
    vectorizer = OnlineCountVectorizer(decay=decay, delete_min_df=delete_min_df)
    for batch in BATCHES:
        matrix = vectorizer.partial_fit(batch).update_bow(batch)
        terms = vectorizer.get_feature_names_out()
        assert matrix.shape[1] == len(terms) == len(vectorizer.vocabulary_)
    found = {(row, terms[column]): matrix[row, column] for row, column in zip(*matrix.nonzero(), strict=True)}
    assert found == pytest.approx(reference(BATCHES, decay, delete_min_df))


@pytest.mark.parametrize("options", [{}, {"token_pattern": r"(?u)\b\w+\b"}])
def test_new_terms_follow_the_old_ones_sorted(options):
    vectorizer = OnlineCountVectorizer(**options).partial_fit(["bb cc"]).partial_fit(["zz aa bb", "dd"])
    assert vectorizer.get_feature_names_out().tolist() == ["bb", "cc", "aa", "dd", "zz"]


def test_weighing_never_changes_the_counts():
    vectorizer = OnlineCountVectorizer(decay=0.01)
    for batch in BATCHES:
        matrix = vectorizer.partial_fit(batch).update_bow(batch)
        before = vectorizer.X_.toarray()
        ClassTfidfTransformer().fit(vectorizer.X_).transform(vectorizer.X_)
        matrix.data[:] = np.nan
        np.testing.assert_array_equal(vectorizer.X_.toarray(), before)


def test_clone_keeps_the_parameters_of_both_classes():
    vectorizer = OnlineCountVectorizer(0.1, 2, stop_words="english", ngram_range=(1, 2))
    twin = clone(vectorizer)
    assert twin.get_params() == vectorizer.get_params()
    assert (twin.decay, twin.delete_min_df, twin.stop_words, twin.ngram_range) == (0.1, 2, "english", (1, 2))


def test_a_given_vocabulary_stays():
    vectorizer = OnlineCountVectorizer(vocabulary=["red", "blue"], delete_min_df=5)
    for batch in BATCHES:
        matrix = vectorizer.partial_fit(batch).update_bow(batch)
    assert matrix.toarray().tolist() == [[3, 0], [1, 2], [0, 0]]


def test_a_wrong_decay_is_refused():
    with pytest.raises(ValueError, match="decay is 2"):
        OnlineCountVectorizer(decay=2).partial_fit(["aa"]).update_bow(["aa"])
