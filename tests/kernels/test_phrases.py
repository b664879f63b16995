"""Phrases: against counting by hand."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from leitmotif.kernels import phrases as kernel
from leitmotif.kernels.counts import join_terms, tokenize
from leitmotif.kernels.phrases import phrases


def found(texts, usable=lambda word: True, longest=3):
    stream = tokenize(texts)
    mask = np.array([usable(word) for word in stream.words], dtype=bool)
    return join_terms(stream.words, phrases(stream, mask, longest)).tolist()


def by_hand(texts, least):
    tokens = [text.split() for text in texts]
    n = sum(map(len, tokens))
    single = Counter(word for words in tokens for word in words)
    pairs = Counter(pair for words in tokens for pair in pairwise(words))
    return sorted(
        " ".join(pair)
        for pair, count in pairs.items()
        if count >= least
        and np.log(count * n / (single[pair[0]] * single[pair[1]])) >= kernel.LEAST_NPMI * np.log(n / count)
    )


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(["aa", "bb", "cc", "dd", "ee"]), max_size=12), min_size=1, max_size=12))
def test_pairs_are_those_counted_by_hand(documents) -> None:
    texts = [" ".join(words) for words in documents]
    assert sorted(found(texts, longest=2)) == by_hand(texts, 2)


def test_longer_phrases_stop_words_and_ends_of_documents() -> None:
    noise = [f"word{i} and word{i + 1} of it" for i in range(200)]
    texts = ["we use support vector machine for it"] * 8 + ["vector of the machine", "support"] + noise
    assert found(texts, lambda word: word not in {"we", "use", "for", "it"})[:3] == [
        "support vector",
        "vector machine",
        "support vector machine",
    ]
    assert "it we" not in found(texts)
    assert not any("vector" in phrase for phrase in found(texts, lambda word: word != "vector"))


def test_nothing_to_find() -> None:
    assert found([]) == [] and found(["one"]) == [] and found(["aa bb"] * 9, longest=1) == []
