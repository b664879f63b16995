"""The embedded tagger on sentences whose tags are beyond doubt, and its form on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.representation.tagger import tag, tokenize

UNIVERSAL = set("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split())

SENTENCES = [
    "We/PRON propose/VERB a/DET novel/ADJ method/NOUN to/PART classify/VERB images/NOUN of/ADP the/DET brain/NOUN ./PUNCT",
    "The/DET results/NOUN show/VERB that/SCONJ the/DET model/NOUN uses/VERB large/ADJ amounts/NOUN of/ADP data/NOUN ./PUNCT",
    "Deep/ADJ learning/NOUN is/AUX a/DET powerful/ADJ tool/NOUN ./PUNCT",
    "They/PRON study/VERB machine/NOUN learning/NOUN ./PUNCT",
    "He/PRON runs/VERB quickly/ADV ./PUNCT",
    "The/DET use/NOUN of/ADP cars/NOUN is/AUX limited/ADJ ./PUNCT",
    "You/PRON can/AUX use/VERB it/PRON ./PUNCT",
    "Angela/PROPN Merkel/PROPN visited/VERB Paris/PROPN ./PUNCT",
    "Stock/NOUN markets/NOUN fell/VERB sharply/ADV after/ADP the/DET bank/NOUN raised/VERB interest/NOUN rates/NOUN ./PUNCT",
    "It/PRON costs/VERB 3.5/NUM million/NUM dollars/NOUN and/CCONJ was/AUX not/PART cheap/ADJ ./PUNCT",
    "My/PRON dog/NOUN 's/PART old/ADJ house/NOUN",
    "She/PRON has/AUX seen/VERB two/NUM beautiful/ADJ gardens/NOUN ./PUNCT",
    "Researchers/NOUN have/VERB new/ADJ ideas/NOUN ,/PUNCT but/CCONJ no/DET money/NOUN ./PUNCT",
    "Graph/NOUN Neural/ADJ Networks/NOUN for/ADP Traffic/NOUN Forecasting/NOUN :/PUNCT A/DET Survey/NOUN",
    "Non/X -/PUNCT linear/ADJ models/NOUN run/VERB on/ADP fast/ADJ GPUs/NOUN and/CCONJ the/DET NVIDIA/PROPN cards/NOUN",
    "models/NOUN trained/VERB on/ADP unlabelled/ADJ text/NOUN",
]


def test_sentences_by_hand() -> None:
    """A rule that mends one sentence must not cost another."""
    wrong, n = [], 0
    for sentence in SENTENCES:
        expected = [tuple(pair.rsplit("/", 1)) for pair in sentence.split()]
        found = tag(" ".join(token for token, _ in expected).replace(" 's", "'s"))
        assert [token for token, _ in found] == [token for token, _ in expected]
        wrong += [(f, e) for f, e in zip(found, expected, strict=True) if f != e]
        n += len(expected)
    assert not wrong, f"{len(wrong)} of {n}"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("hyperparameterization", "NOUN"),
        ("unsupervisedly", "ADV"),
        ("quantumlike", "ADJ"),
        ("graphical", "ADJ"),
        ("tokenize", "VERB"),
        ("embeddings", "NOUN"),
        ("zorblax", "NOUN"),
        ("2019", "NUM"),
    ],
)
def test_unknown_words_by_their_endings(word: str, expected: str) -> None:
    assert tag(word) == [(word, expected)]


def test_the_same_word_by_its_neighbours() -> None:
    assert dict(tag("they have to model traffic"))["model"] == "VERB"
    assert dict(tag("a model of traffic"))["model"] == "NOUN"
    assert dict(tag("the walk was long"))["walk"] == "NOUN"
    assert dict(tag("we can walk home"))["walk"] == "VERB"
    assert dict(tag("it results in nothing"))["results"] == "VERB"
    assert dict(tag("the results are good"))["results"] == "NOUN"
    assert dict(tag("methods using the data"))["using"] == "VERB"
    assert dict(tag("reinforcement learning"))["learning"] == "NOUN"


@given(st.text())
def test_any_text_comes_out_whole(text: str) -> None:
    found = tag(text)
    assert "".join(token for token, _ in found) == "".join(text.split())
    assert {part for _, part in found} <= UNIVERSAL
    assert [token for token, _ in found] == tokenize(text)
