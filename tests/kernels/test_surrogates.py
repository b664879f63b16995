"""Half surrogate pairs, against what Python's own encoder refuses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.surrogates import surrogate_rows


def refused(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


@given(st.lists(st.text(st.characters(codec=None) | st.sampled_from("aé\u07ff\ud800\udfff\ue000\U0001d800\U0001f600"))))
def test_those_that_cannot_be_encoded(texts: list[str]) -> None:
    assert surrogate_rows(texts) == [row for row, text in enumerate(texts) if refused(text)]


def test_anything_but_a_plain_text_is_told() -> None:
    class Text(str):
        __slots__ = ()

    assert surrogate_rows(["a", None]) is None
    assert surrogate_rows(["a", Text("b")]) is None
    assert surrogate_rows([]) == []
