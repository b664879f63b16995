"""MaximalMarginalRelevance: its choice by the formula, its order and calls."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from leitmotif.representation import MaximalMarginalRelevance


def naive(pairs, embed, diversity: float, n: int):
    """Query: the words joined. Chosen one by one; given back in the order of the words."""
    vectors = [embed.vector(word) if " " not in word else embed([word])[0] for word, _ in pairs]
    unit = [vector / np.linalg.norm(vector) for vector in vectors]
    query = embed([" ".join(word for word, _ in pairs)])[0]
    near = [float(vector @ query / np.linalg.norm(query)) for vector in unit]
    chosen = [int(np.argmax(near))]
    while len(chosen) < min(n, len(pairs)):
        worth = [
            -np.inf if i in chosen else (1 - diversity) * near[i] - diversity * max(unit[i] @ unit[j] for j in chosen)
            for i in range(len(pairs))
        ]
        chosen.append(int(np.argmax(worth)))
    return [pairs[i] for i in sorted(chosen)]


@pytest.mark.parametrize("diversity", [0.0, 0.1, 0.3, 0.9])
def test_choice_is_the_formula_in_the_order_of_the_words(evidence, words, diversity: float) -> None:
    found = MaximalMarginalRelevance(diversity=diversity, top_n_words=4).represent(evidence, words)
    for topic in (-1, 0, 1):
        assert found[topic] == naive(words[topic], evidence.embed_words, diversity, 4)


def test_all_words_of_all_topics_are_embedded_in_one_call(evidence, words) -> None:
    MaximalMarginalRelevance().represent(evidence, words)
    (asked,) = evidence.embed_words.asked
    assert len(asked) == len(set(asked))
    assert {word for pairs in words.values() for word, _ in pairs} < set(asked)


def test_fewer_words_than_asked_and_padding(evidence) -> None:
    """BERTopic 0.17 gives the padding back."""
    found = MaximalMarginalRelevance(top_n_words=5).represent(
        evidence, {0: [("orbit", 0.4), ("", 1e-5)], 1: [("", 1e-5)], 7: []}
    )
    assert found == {0: [("orbit", 0.4)], 1: [], 7: []}


def test_without_an_embedder_the_words_stay(make_evidence, words, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        assert MaximalMarginalRelevance().represent(make_evidence(embed_words=None), words) == words
    assert "embedding model" in caplog.text
