"""Patterns of tagged tokens against enumeration of all stretches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.errors import InvalidInputError
from leitmotif.representation.patterns import compile_patterns, phrases

LETTERS = {"ADJ": "J", "NOUN": "N", "VERB": "V"}
STEP = st.fixed_dictionaries({"POS": st.sampled_from(list(LETTERS))}, optional={"OP": st.sampled_from("?+*")})


@given(st.lists(st.sampled_from(list(LETTERS)), max_size=7), st.lists(STEP, min_size=1, max_size=4))
def test_matches_are_those_of_a_regular_expression(tags: list[str], pattern: list[dict[str, str]]) -> None:
    tokens = [(f"w{i}", part) for i, part in enumerate(tags)]
    letters = "".join(LETTERS[part] for part in tags)
    expression = re.compile("".join(LETTERS[step["POS"]] + step.get("OP", "") for step in pattern))
    expected = {
        " ".join(word for word, _ in tokens[start:end])
        for start in range(len(tags))
        for end in range(start + 1, len(tags) + 1)
        if expression.fullmatch(letters, start, end)
    }
    assert set(phrases(tokens, compile_patterns([pattern]))) == expected


TOKENS = [("Deep", "ADJ"), ("nets", "NOUN"), ("learn", "VERB"), ("fast", "ADV")]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ([{"POS": {"IN": ["ADJ", "ADV"]}}], ["Deep", "fast"]),
        ([{"POS": {"NOT_IN": ["ADJ", "ADV"]}}], ["nets", "learn"]),
        ([{"LOWER": "deep"}, {"POS": "NOUN"}], ["Deep nets"]),
        ([{"TEXT": "deep"}], []),
        ([{"POS": "NOUN"}, {"POS": "ADJ", "OP": "!"}], ["nets learn"]),
        ([{}], ["Deep", "nets", "learn", "fast"]),
    ],
)
def test_keys(pattern, expected: list[str]) -> None:
    assert phrases(TOKENS, compile_patterns([pattern])) == expected


@pytest.mark.parametrize(
    "token", [{"LEMMA": "be"}, {"POS": "NOUN", "OP": "{2}"}, {"POS": {"REGEX": "N.*"}}, {"POS": 3}]
)
def test_what_only_spacy_knows_is_refused(token) -> None:
    with pytest.raises(InvalidInputError, match="pos_patterns"):
        compile_patterns([[token]])
