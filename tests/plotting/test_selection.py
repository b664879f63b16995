"""Which topics are shown, and what they are compared by."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from leitmotif.errors import InvalidInputError, MissingComponentError, UnknownTopicError
from leitmotif.plotting.selection import chosen_topics, rows_by_topic, topic_vectors


def test_all_the_largest_or_those_given(state):
    assert chosen_topics(state).tolist() == [0, 1, 2, 3, 4]
    assert chosen_topics(state, top_n_topics=2).tolist() == [0, 1]
    assert chosen_topics(state, [3, 1, 3]).tolist() == [3, 1]
    assert chosen_topics(state, np.array([4, 0])).tolist() == [4, 0]
    assert chosen_topics(state, (t for t in [2])).tolist() == [2]
    assert chosen_topics(state, [2], top_n_topics=1).tolist() == [2]


def test_the_largest_go_by_size_not_by_id(state):
    turned = replace(state, sizes=np.array([99, 3, 5, 4, 5, 9]))
    assert chosen_topics(turned, top_n_topics=4).tolist() == [4, 1, 3, 2]  # equal ones by id


def test_outliers_are_never_a_topic(state):
    assert chosen_topics(state, [-1, 2]).tolist() == [2]
    with pytest.raises(InvalidInputError, match="-1 is never shown"):
        chosen_topics(state, [-1])


def test_what_cannot_be_shown_is_an_error(state):
    with pytest.raises(UnknownTopicError, match="topic 9 does not exist"):
        chosen_topics(state, [0, 9])
    with pytest.raises(InvalidInputError, match="at least 1"):
        chosen_topics(state, top_n_topics=0)
    empty = replace(state, topic_ids=np.array([-1]), sizes=np.array([60]), topics=np.full(60, -1))
    with pytest.raises(InvalidInputError, match="all documents are outliers"):
        chosen_topics(empty)


def test_vectors_are_looked_up_by_id(state):
    vectors, is_ctfidf = topic_vectors(state, np.array([3, 0]), False, "x")
    np.testing.assert_array_equal(vectors, state.topic_embeddings[[4, 1]])
    assert not is_ctfidf
    vectors, is_ctfidf = topic_vectors(state, np.array([1]), True, "x")
    assert is_ctfidf and vectors.toarray().tolist() == [[0.0, 2.0, 0.0]]


def test_the_other_vectors_stand_in_for_missing_ones(state, caplog):
    with caplog.at_level(logging.WARNING):
        vectors, is_ctfidf = topic_vectors(replace(state, ctfidf=None), np.array([0]), True, "the map")
    assert not is_ctfidf and vectors.tolist() == [[1.0, 0.0, 0.0]]
    assert "the map: the model has no c-TF-IDF, its topic embeddings are compared instead" in caplog.text
    _, is_ctfidf = topic_vectors(replace(state, topic_embeddings=None), np.array([0]), False, "the map")
    assert is_ctfidf
    with pytest.raises(MissingComponentError, match="the map needs c-TF-IDF or topic embeddings"):
        topic_vectors(replace(state, ctfidf=None, topic_embeddings=None), np.array([0]), True, "the map")


def test_rows_of_topics(state):
    for topic, rows in zip([4, -1], rows_by_topic(state, np.array([4, -1])), strict=True):
        assert rows.tolist() == np.flatnonzero(state.topics == topic).tolist()
