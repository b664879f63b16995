"""Coherence, against Gensim's numbers and against windows made one by one."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from leitmotif.kernels.coherence import c_v, diversity, in_documents, in_windows, npmi, u_mass

# Texts, topics, and the coherences that Gensim (see "made_by") gave for them, as "measure/window".
FIXTURE = json.loads((Path(__file__).parent / "gensim_coherence.json").read_text())
WINDOWS = {"c_npmi": 10, "c_v": 110}


def as_arrays(texts):
    index = {}
    tokens = [[index.setdefault(word, len(index)) for word in text] for text in texts]
    return index, np.array([*chain(*tokens)], dtype=np.int64), np.cumsum([0, *map(len, tokens)])


def counts_of(tokens, offsets, n_terms):
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return csr_matrix((np.ones(len(tokens), dtype=np.int32), (rows, tokens)), shape=(len(offsets) - 1, n_terms))


@pytest.mark.parametrize("case", [key for key in FIXTURE if "/" in key])
def test_equals_gensim(case):
    measure, width = case.split("/")
    index, tokens, offsets = as_arrays([text.split() for text in FIXTURE["texts"]])
    words = np.array([[index[word] for word in topic] for topic in FIXTURE["topics"]])
    if measure == "u_mass":
        values = u_mass(in_documents(counts_of(tokens, offsets, len(index)), words))
    else:
        window = WINDOWS[measure] if width == "None" else int(width)
        together = in_windows(tokens, offsets, words, window, like_gensim=True)
        values = {"c_npmi": npmi, "c_v": c_v}[measure](together)
    assert values == pytest.approx(FIXTURE[case], abs=1e-9)


def one_by_one(texts, words, window, like_gensim):
    """Every window as a set; like Gensim, a word leaves the set with any of its occurrences."""
    joint, n = np.zeros((*words.shape, words.shape[1]), dtype=np.int64), 0
    for text in texts:
        present = set(text[:window])
        for start in range(max(1, len(text) - window + 1)):
            if start and like_gensim:
                present.discard(text[start - 1])
                present.add(text[start + window - 1])
            elif start:
                present = set(text[start : start + window])
            n += 1
            for topic, own in enumerate(words):
                found = np.array([word in present for word in own])
                joint[topic] += np.outer(found, found)
    return n, joint


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(-1, 6), max_size=25), min_size=1, max_size=5), st.integers(1, 12), st.booleans())
def test_windows_equal_those_made_one_by_one(texts, window, like_gensim):
    words = np.array([[0, 1, 2], [3, 4, 5], [0, 3, 6], [5, 2, -1]])
    offsets = np.cumsum([0, *map(len, texts)])
    together = in_windows(np.array([*chain(*texts)], dtype=np.int64), offsets, words, window, like_gensim)
    n, joint = one_by_one(
        [[None if word == -1 else word for word in text] for text in texts], words, window, like_gensim
    )
    joint[3, 2, :] = joint[3, :, 2] = 0  # not a word
    assert together.n == n
    assert np.array_equal(together.joint, joint)


def test_counts_of_two_parts_add_up():
    index, tokens, offsets = as_arrays([text.split() for text in FIXTURE["texts"]])
    words = np.array([[index[word] for word in topic] for topic in FIXTURE["topics"]])
    whole = in_windows(tokens, offsets, words, 10)
    cut = offsets[20]
    parts = in_windows(tokens[:cut], offsets[:21], words, 10) + in_windows(tokens[cut:], offsets[20:] - cut, words, 10)
    assert parts.n == whole.n
    assert np.array_equal(parts.joint, whole.joint)


def test_documents_by_hand():
    counts = csr_matrix(np.array([[2, 1, 0], [1, 1, 0], [0, 1, 1], [0, 0, 3]]))
    together = in_documents(counts, np.array([[0, 1], [0, 2], [1, -1]]))
    assert together.joint[0].tolist() == [[2, 2], [2, 3]]
    assert together.joint[1].tolist() == [[2, 0], [0, 2]]
    values = npmi(together)
    assert values[0] == pytest.approx(np.log(0.5 / (0.5 * 0.75)) / -np.log(0.5))
    assert values[1] == pytest.approx(-1, abs=0.06)  # never together
    assert np.isnan(values[2])
    assert u_mass(together)[0] == pytest.approx(np.log(2 / 2), abs=1e-9)


def test_words_that_do_not_occur():
    together = in_documents(csr_matrix((3, 4)), np.array([[0, 1], [2, 3]]))
    for measure in (npmi, u_mass, c_v):
        assert measure(together).tolist() == [0, 0]


def test_diversity():
    assert diversity(np.array([[0, 1], [1, 2], [3, -1]])) == pytest.approx(4 / 5)
    assert np.isnan(diversity(np.full((1, 2), -1)))
