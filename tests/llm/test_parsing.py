"""Names out of everything that models answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.llm.parsing import find_json, is_label, read_fields, read_labels, strip_thinking, tidy_label

GOOD = [
    '{"label": "Solar power", "description": "x"}',
    '```json\n{"label": "Solar power",}\n```',
    '<think>hm {"label": "X"}</think>{"label": "Solar power"}',
    "no opening tag </think>\nSolar power.",
    'Sure! Here is the label: "Solar power"',
    "Sure! Here is the label:\n\n**Solar power**",
    "topic: Solar power",
    "Label: Solar power\nDescription: panels",
    "**Label:** Solar power",
    '{"label": "Solar power", "description": "cut off he',
    "{'label': 'Solar power'}",
    '{label: "Solar power"}',
    "{“label”: “Solar power”}",
    '[{"label": "Solar power"}]',
    '{"answer": {"label": "Solar power"}}',
    '{"Topic": "Solar power"} I hope that helps!',
    'The topic is "Solar power".',
    "1. Solar power",
    "«Solar power»",
    '\n\n  "Solar   power"\n',
    'First {broken and then {"label": "Solar power"}',
]
BAD = [
    None,
    "",
    "   \n ",
    "<think> endless",
    '{"label": "Solar po',
    '{"label": ""}',
    '{"label": null}',
    "null",
    "N/A",
    "I'm sorry, I cannot do that.",
    "```\n```",
    '{"label": "…"}',
    "{}",
    "<topic>",
    "word " * 40,
]


@pytest.mark.parametrize("answer", GOOD)
def test_the_name_is_found(answer: str) -> None:
    assert read_fields(answer)["label"] == "Solar power"


@pytest.mark.parametrize("answer", BAD)
def test_what_is_no_name_is_none(answer: str | None) -> None:
    assert "label" not in read_fields(answer)


@given(st.text(max_size=300))
def test_whatever_comes_nothing_breaks_and_names_are_valid(answer: str) -> None:
    label = read_fields(answer).get("label")
    assert label is None or (is_label(label) and label == label.strip() and "\n" not in label)
    assert all(is_label(found) for found in read_labels(answer, [1, 2]).values())


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=12), min_size=1, max_size=4), st.text("ab \n", max_size=9))
def test_json_within_a_text_is_read_as_json_is(value: dict[str, str], around: str) -> None:
    text = json.dumps(value)
    if "```" not in text:
        assert list(find_json(around + text + around)) == [value]


@pytest.mark.parametrize(
    "answer",
    [
        '{"labels": [{"id": 3, "label": "Solar"}, {"id": -1, "label": "Wind."}, {"id": 9, "label": "?"}]}',
        '{"3": "Solar", "-1": "Wind"}',
        "3: Solar\nTopic -1: Wind",
        '```json\n[{"topic": "3", "name": "Solar"}, {"topic": "-1", "name": "Wind"}]\n```',
    ],
)
def test_several_names(answer: str) -> None:
    assert read_labels(answer, [-1, 3, 4]) == {3: "Solar", -1: "Wind"}


def test_small_things() -> None:
    assert strip_thinking("<thinking>a</thinking> b <think>c") == "b"
    assert tidy_label('- "U.S."') == "U.S."
    assert tidy_label("*Solar* and *wind*") == "*Solar* and *wind*"
