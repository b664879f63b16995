"""Key phrases: scores by hand, whole names before their parts, and one name for each topic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.keyphrases import Phrase, distinct_labels, enough, key_phrases, related

TEXTS = [
    "We train graph neural networks. The nodes of a graph are classified by graph neural networks.",
    "Graph neural networks classify nodes.",
    "Nodes pass messages in graph neural networks (GNNs).",
]
WEIGHTS = {"graph": 1.0, "neural": 0.5, "networks": 0.5, "nodes": 0.8, "gnns": 0.9, "messages": 0.2}


def every(words) -> bool:
    return True


def test_the_whole_name_leads_and_its_parts_are_left_out() -> None:
    found = key_phrases(TEXTS, WEIGHTS, is_phrase=every)
    assert found[0].text == "graph neural networks"
    assert found[0].stems == {"graph", "neural", "network"}
    assert not any(related(one.stems, other.stems) for one in found for other in found if one is not other)


def test_the_score_of_a_phrase_by_hand() -> None:
    found = key_phrases(
        ["solar panels work", "cheap solar panels"], {"solar": 4.0, "panels": 2.0, "cheap": 1.0}, is_phrase=every
    )
    # "cheap solar panels" would have (1 + 0.5 + 0.25) * sqrt(1 / 2); "solar panels" is there twice, once within the longer
    assert [phrase.text for phrase in found] == ["solar panels", "cheap solar"]
    assert found[0].score == pytest.approx((1.0 + 0.5) * (1 - 1 / 3) ** 0.25)
    rare = key_phrases(["wind", "cheap wind"], {"wind": 1.0, "cheap": 1.0}, is_phrase=every)
    assert rare[0].text == "cheap wind" and rare[0].score == pytest.approx(2.0 * (1 / 2) ** 0.5)
    single = key_phrases(["wind", "sun"], {"wind": 1.0}, is_phrase=every)
    assert single[0].score == pytest.approx(0.6 * (1 / 2) ** 0.5)


def test_phrases_keep_within_sentences_and_begin_with_a_word_of_meaning() -> None:
    found = key_phrases(
        ["the sun. Panels of the roof, and wind"],
        dict.fromkeys("sun panels roof wind the of and".split(), 1.0),
        is_phrase=every,
    )
    assert {phrase.text for phrase in found} == {"sun", "panels", "roof", "wind"}


def test_names_are_written_as_within_sentences() -> None:
    texts = ["Solar cells are cheap. We like NASA. Solar cells.", "The Solar cells, NASA, and solar cells."]
    found = {
        phrase.stems: phrase.text
        for phrase in key_phrases(texts, {"solar": 1.0, "cells": 1.0, "nasa": 1.0}, is_phrase=every)
    }
    assert found[frozenset({"nasa"})] == "NASA"
    assert found[frozenset({"solar", "cell"})] in {"Solar cells", "solar cells"}
    only_heads = key_phrases(["Solar cells. Solar cells."], {"solar": 1.0, "cells": 1.0}, is_phrase=every)
    assert only_heads[0].text == "solar cells"


def test_without_a_judge_phrases_are_short() -> None:
    assert max(len(phrase.text.split()) for phrase in key_phrases(TEXTS, WEIGHTS)) == 2
    assert key_phrases([], WEIGHTS) == key_phrases(TEXTS, {}) == key_phrases(["…"], WEIGHTS) == []


def test_a_phrase_is_no_commoner_than_its_rarest_word_among_all_documents() -> None:
    texts = ["flight dl123 is late"] * 4
    weights = {"flight": 1.0, "dl123": 0.5}
    (found,) = key_phrases(texts, weights, {"flight": 0.9, "dl123": 0.25}, is_phrase=every)
    assert found.score == pytest.approx(1.5 * 0.25**0.5)
    (rare,) = key_phrases(["dl123"] * 4, {"dl123": 1.0}, {"dl123": 0.02}, is_phrase=every)
    assert rare.score == pytest.approx(0.6 * (0.02 * 0.02 / 0.05) ** 0.5)
    both = key_phrases(["cell", "cells", "cell"], {"cell": 1.0}, {"cell": 0.4, "cells": 0.2}, is_phrase=every)
    assert both[0].score == pytest.approx(0.6 * 0.6**0.5)


def test_compounds_weigh_as_much_as_their_parts_and_a_genitive_is_no_other_word() -> None:
    weights = {"physics": 1.0, "informed": 0.5, "networks": 1.0}
    found = key_phrases(["physics-informed networks"], weights, is_phrase=every)
    assert found[0].text == "physics-informed networks" and found[0].score == pytest.approx(0.75 + 1.0)
    card = key_phrases(
        ["the card's rate", "the card rate", "the card rate"], {"card": 1.0, "rate": 1.0}, is_phrase=every
    )
    assert [p.text for p in card] == ["card rate"] and card[0].score == pytest.approx(2.0)


def test_a_judge_of_places_decides_by_most_of_them() -> None:
    class Judge:
        def __call__(self, words) -> bool:
            raise AssertionError

        def within(self, text: str):
            return lambda start, end: text[:start].endswith("the ") and text[start:end] in {"sun", "report"}

    texts = ["the sun", "the report", "report the sun", "report the sun", "sun"]
    found = key_phrases(texts, {"sun": 1.0, "report": 1.0}, is_phrase=Judge())
    assert [p.text for p in found] == ["sun"]  # three of four; of "report" one of three


def test_short_texts_are_read_in_greater_number() -> None:
    assert len(enough(["x" * 10] * 500)) == 100
    assert len(enough(["x" * 5000] * 500)) == 20
    assert len(enough(["x" * 400] * 500)) == 50
    assert len(enough(["x"] * 7)) == 7


def phrase(text: str, score: float) -> Phrase:
    return Phrase(text, score, frozenset(text.split()))


def test_a_phrase_goes_to_the_topic_that_it_leads_in() -> None:
    labels = distinct_labels(
        {
            0: [phrase("quantum states", 1.0), phrase("quantum dots", 0.9)],
            1: [phrase("quantum states", 1.0), phrase("spin chains", 0.2)],
        }
    )
    assert labels == {0: "Quantum dots", 1: "Quantum states"}  # half as telling, as both have it; 1 has little else


def test_single_words_get_company() -> None:
    own = [phrase("alarm", 1.0), phrase("alarms", 0.9), phrase("clock", 0.5), phrase("time", 0.1)]
    assert distinct_labels({0: own}) == {0: "Alarm, clock"}
    assert distinct_labels({0: []}, {0: ["the", "sun", "sea", "sky", "air"]}) == {0: "Sun, sea, sky"}
    same = [phrase("credit score", 1.0)]
    told = distinct_labels({0: same, 1: same}, {1: ["credit", "score", "improve"]})
    assert told == {0: "Credit score", 1: "Credit score, improve"}
    assert distinct_labels({0: [], 1: []}) == {0: "Topic 0", 1: "Topic 1"}
    assert distinct_labels({0: [phrase("iPhone sales", 1.0)]}) == {0: "iPhone sales"}


@given(
    st.dictionaries(
        st.integers(0, 8),
        st.lists(
            st.tuples(st.sampled_from(["ab", "bc", "cd", "a", "b", "a b", "b c"]), st.floats(0.01, 9)), max_size=4
        ),
        max_size=6,
    )
)
def test_no_two_names_are_the_same(given_phrases) -> None:
    phrases = {
        topic: sorted((phrase(text, score) for text, score in own), key=lambda p: -p.score)
        for topic, own in given_phrases.items()
    }
    labels = distinct_labels(phrases)
    assert list(labels) == list(phrases) and all(labels.values())
    assert len({label.casefold() for label in labels.values()}) == len(labels)
    assert distinct_labels(dict(reversed(phrases.items()))).keys() == labels.keys()
