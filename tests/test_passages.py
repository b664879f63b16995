"""Passages: where they begin and end, what they hold, and what becomes of documents without text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leitmotif.errors import DocumentsError, InvalidInputError
from leitmotif.passages import split_documents

PIECES = (
    'A b c.|Dr. X|et al.|e.g.|3.14|U.S.|J. Doe!|你好。再见！|「はい。」と|...|?|"Yes."|[1]|- x|1. Y|(Z.)|word'.split(
        "|"
    )
)
GAPS = [" ", "\n", "\n\n", "\t", "\r\n", "", "  ", "\n \n", "\u2029"]
TEXTS = st.one_of(
    st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS)), max_size=12).map(
        lambda pairs: "".join(piece + gap for piece, gap in pairs)
    ),
    st.text(alphabet=st.characters(codec="utf-8"), max_size=60),
)
DOCS = st.lists(st.one_of(st.none(), TEXTS), max_size=5)


def sentences(text: str) -> list[str]:
    return split_documents([text]).texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Smith met Mrs. Jones. They left.", ["Dr. Smith met Mrs. Jones.", "They left."]),
        (
            "See Smith et al. (2019) and Fig. 3. It shows this.",
            ["See Smith et al. (2019) and Fig. 3.", "It shows this."],
        ),
        ("Use tools, e.g. Python, i.e. code. Done.", ["Use tools, e.g. Python, i.e. code.", "Done."]),
        ("It grew by 3.5 percent. Then 2.1.", ["It grew by 3.5 percent.", "Then 2.1."]),
        ("J. R. R. Tolkien wrote it. He did.", ["J. R. R. Tolkien wrote it.", "He did."]),
        ("Oranges have vitamin C. They are good.", ["Oranges have vitamin C.", "They are good."]),
        ("He waited... and left. Then... Nothing.", ["He waited... and left.", "Then...", "Nothing."]),
        ('He said "Stop." She did. (It was late.) Then', ['He said "Stop."', "She did.", "(It was late.)", "Then"]),
        ("The U.S. Army left the U.S. The end.", ["The U.S. Army left the U.S.", "The end."]),
        ("See p. 5 and no. 7. He said no. Then nothing.", ["See p. 5 and no. 7.", "He said no.", "Then nothing."]),
        ("It was shown.[12] We agree.", ["It was shown.[12]", "We agree."]),
        ("今天很好。我们走吧！你呢？", ["今天很好。", "我们走吧！", "你呢？"]),
        ("彼は「はい。」と言った。そうだ。", ["彼は「はい。」と言った。", "そうだ。"]),
        ("A title\n\nA sentence over\ntwo lines. End", ["A title", "A sentence over\ntwo lines.", "End"]),
        ("Needs:\n- one\n- two\n1. First\n2. Second", ["Needs:", "- one", "- two", "1. First", "2. Second"]),
        ("visit example.com now. Yes", ["visit example.com now.", "Yes"]),
        ("no capital. but goes on. Ends", ["no capital. but goes on.", "Ends"]),
    ],
)
def test_sentences_by_hand(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@settings(max_examples=150, deadline=None)
@given(
    DOCS,
    st.sampled_from(["sentence", "paragraph", "window"]),
    st.one_of(st.none(), st.integers(1, 6)),
    st.integers(1, 3),
)
def test_every_character_is_in_one_passage_and_in_order(
    docs: list[str | None], by: str, most: int | None, least: int
) -> None:
    if most is not None:
        least = min(least, most)
    found = split_documents(docs, by=by, max_words=most, min_words=least)
    assert found.n_documents == len(docs)
    assert len(found.texts) == len(found.document) == len(found.start) == len(found.end)
    assert set(found.document.tolist()) == set(range(len(docs)))
    assert (np.diff(found.document) >= 0).all()
    for number, document in enumerate(docs):
        own = np.flatnonzero(found.document == number)
        text = document or ""
        covered = np.zeros(len(text), dtype=int)
        for i in own:
            assert found.texts[i] == text[found.start[i] : found.end[i]]
            covered[found.start[i] : found.end[i]] += 1
        assert (np.diff(found.start[own]) >= 0).all()
        assert all(covered[k] == 1 for k, character in enumerate(text) if not character.isspace())
        assert (covered <= 1).all()
        if text.strip():
            assert all(found.texts[i].strip() == found.texts[i] != "" for i in own)
        else:
            assert [found.texts[i] for i in own] == [""]


def test_windows_are_equal_and_no_longer_than_asked() -> None:
    words = [f"w{i}" for i in range(25)]
    found = split_documents([" ".join(words)], by="window", max_words=10)
    assert [len(text.split()) for text in found.texts] == [8, 8, 9]
    assert " ".join(found.texts).split() == words


def test_short_sentences_join_a_neighbour_within_the_limit() -> None:
    assert split_documents(["Yes. I do think so. No."], min_words=2).texts == ["Yes. I do think so. No."]
    assert split_documents(["Yes. I do think so. No."], min_words=2, max_words=5).texts == [
        "Yes. I do think so.",
        "No.",
    ]


def test_paragraphs_are_blocks_or_else_lines() -> None:
    assert split_documents(["a\nb\n\nc"], by="paragraph").texts == ["a\nb", "c"]
    assert split_documents(["a\r\nb\nc"], by="paragraph").texts == ["a", "b", "c"]


def test_missing_documents_keep_their_place() -> None:
    found = split_documents([None, "A. B.", float("nan"), np.str_("Yes."), ""])
    assert found.texts == ["", "A. B.", "", "Yes.", ""]
    assert found.document.tolist() == [0, 1, 2, 3, 4]
    assert split_documents([]).texts == [] and split_documents([]).n_documents == 0


def test_gather_and_spread() -> None:
    found = split_documents(["One. Two two. Three", None, "Four"])
    values = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [9.0, 9.0], [2.0, 4.0]])
    np.testing.assert_allclose(found.gather(values), [[2 / 3, 2 / 3], [9, 9], [2, 4]])
    np.testing.assert_allclose(found.gather(values[:, 1], how="sum"), [2, 9, 4])
    np.testing.assert_allclose(found.gather(values, how="max"), [[1, 1], [9, 9], [2, 4]])
    np.testing.assert_allclose(found.gather(values, weights=[1, 2, 1, 0, 5]), [[0.5, 0.75], [0, 0], [2, 4]])
    assert found.spread(["a", "b", "c"]) == ["a", "a", "a", "b", "c"]


@pytest.mark.parametrize(
    "call",
    [
        lambda: split_documents(["a"], by="word"),
        lambda: split_documents(["a"], max_words=0),
        lambda: split_documents(["a"], max_words=2, min_words=3),
        lambda: split_documents(["a"]).gather([1.0, 2.0]),
        lambda: split_documents(["a"]).gather([1.0], how="median"),
        lambda: split_documents(["a"]).spread([1, 2]),
    ],
)
def test_what_cannot_be_is_refused(call) -> None:
    with pytest.raises(InvalidInputError):
        call()


@pytest.mark.parametrize("docs", ["one text", ["a", 3]])
def test_documents_that_are_no_texts_are_refused(docs) -> None:
    with pytest.raises(DocumentsError):
        split_documents(docs)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 30)), min_size=1, max_size=6), st.integers(3, 40))
@settings(max_examples=60, deadline=None)
def test_by_length_long_documents_are_divided_and_short_ones_are_not(plan, most):
    docs = [" ".join([" ".join(["Word"] * n) + "."] * times) for n, times in plan]
    passages = split_documents(docs, by="length", max_words=most)
    assert passages.sources == docs
    assert passages.cut(docs) == passages.texts
    for number, text in enumerate(docs):
        pieces = [passages.texts[i] for i in np.flatnonzero(passages.document == number)]
        assert " ".join(pieces).split() == text.split()
        assert all(len(piece.split()) <= most for piece in pieces)
        size = plan[number][0]
        if len(text.split()) <= most:
            assert pieces == [text]
        elif size <= most:
            assert {piece[-1] for piece in pieces} == {"."}  # no sentence is cut that fits
            if size <= most // 3:  # the parts are of about equal length
                assert np.ptp([len(piece.split()) for piece in pieces]) <= 2 * size


@given(
    st.lists(st.lists(st.tuples(st.integers(-1, 3), st.integers(1, 4)), min_size=1, max_size=6), min_size=1, max_size=6)
)
@settings(max_examples=100, deadline=None)
def test_prevailing_and_shares_are_what_counting_characters_gives(documents):
    passages = split_documents(
        ["\n\n".join("x" * length for _, length in pieces) for pieces in documents], by="paragraph"
    )
    labels = [label for pieces in documents for label, _ in pieces]
    assert len(passages) == len(labels)
    found, shares = passages.prevailing(labels)
    table = passages.shares(labels, [0, 1, 2, 3])
    for number, pieces in enumerate(documents):
        covered = {label: sum(n for other, n in pieces if other == label) for label, _ in pieces if label >= 0}
        total = sum(n for _, n in pieces)
        best = min((label for label in covered if covered[label] == max(covered.values())), default=-1)
        assert found[number] == best
        assert shares[number] == pytest.approx(covered.get(best, 0) / total)
        np.testing.assert_allclose(table[number], [covered.get(label, 0) / total for label in range(4)])


def test_cut_refuses_other_documents():
    passages = split_documents(["One. Two.", "Three."])
    assert passages.cut(["ONE. TWO.", "THREE."]) == ["ONE.", "TWO.", "THREE."]
    with pytest.raises(InvalidInputError, match="same documents"):
        passages.cut(["One. Two."])
    with pytest.raises(InvalidInputError, match="document 1 is shorter"):
        passages.cut(["One. Two.", "T"])
