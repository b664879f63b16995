"""Labels, escaping, and labels that keep clear of one another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.errors import InvalidInputError
from leitmotif.operations.label import display_labels
from leitmotif.plotting.labels import CHARACTER, cut, escaped, fitting, snippet, topic_labels
from leitmotif.plotting.palette import DARK, LIGHT, Look, color_of, ink_on


def test_labels_of_words_of_the_user_and_of_an_aspect(state):
    assert topic_labels(state, [0, 2]) == ["0_rocket_orbit_moon", "2_<b>bold</b>_R&D_x<y"]
    assert topic_labels(state, [4, 1], True) == ["<i>label</i> 4", "<i>label</i> 1"]
    assert topic_labels(state, [1], "LLM") == ["1_About bread"]


def test_words_that_only_pad_leave_no_underscores(state):
    assert topic_labels(state, [3]) == ["3_violin_chord"]
    assert topic_labels(state, [3], nr_words=4) == ["3_violin_chord"]
    assert display_labels(state, nr_words=4)[3] == "3_violin_chord"


def test_an_aspect_that_does_not_exist_is_an_error(state):
    with pytest.raises(InvalidInputError, match=r"no aspect 'KeyBERT'.*LLM"):
        topic_labels(state, [0], "KeyBERT")


def test_long_labels_are_cut():
    assert cut("a  b\nc") == "a b c"
    assert len(cut("x" * 100)) == 44 and cut("x" * 100).endswith("…")
    assert cut("x" * 44) == "x" * 44


@given(st.text(max_size=2000))
def test_a_snippet_is_short_and_holds_no_markup_but_its_breaks(text):
    shown = snippet(text)
    assert "<" not in shown.replace("<br>", "")
    assert all(len(line) <= 72 * 5 for line in shown.split("<br>"))  # &amp; is five characters for one
    assert len(shown.replace("<br>", "").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")) <= 300


def test_escaping_is_undone_by_an_html_reader():
    import html

    assert escaped("<script>&") == "&lt;script&gt;&amp;"
    assert html.unescape(escaped("<a href='x'>&lt;")) == "<a href='x'>&lt;"


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 300), st.text("abcdef", max_size=20)), max_size=40))
def test_placed_labels_stand_inside_and_apart(spots):
    x = np.array([spot[0] for spot in spots])
    y = np.array([spot[1] for spot in spots])
    texts = [spot[2] for spot in spots]
    placed, right, up = fitting(x, y, texts, 10, 500, 300)
    boxes = []
    for i, dx, dy in zip(placed, right, up, strict=True):
        half = 0.5 * CHARACTER * 10 * len(texts[i])
        boxes.append((x[i] + dx - half, x[i] + dx + half, y[i] + dy - 7.25, y[i] + dy + 7.25))
    for left, to, low, high in boxes:
        assert left >= -1e-9 and to <= 500 + 1e-9 and low >= -1e-9 and high <= 300 + 1e-9
    for a in range(len(boxes)):
        for b in range(a):
            apart_x = boxes[a][1] <= boxes[b][0] or boxes[b][1] <= boxes[a][0]
            assert apart_x or boxes[a][3] <= boxes[b][2] + 1e-9 or boxes[b][3] <= boxes[a][2] + 1e-9


def test_the_first_label_gets_the_place():
    x, y = np.array([50.0, 50.0]), np.array([50.0, 50.0])
    assert fitting(x, y, ["one", "two"], 10, 100, 100, steps=(0.0,))[0] == [0]
    assert fitting(x, y, ["one", "two"], 10, 100, 100)[2] == [0.0, 14.5]


def test_colors_are_the_same_everywhere():
    assert color_of(-1) == LIGHT.outliers and color_of(25) == LIGHT.cycle[1]
    assert (ink_on("#000000"), ink_on("#FFFFFF")) == ("#FFFFFF", "#1F2933")


def _as_seen(color: str, matrix: list[list[float]]) -> np.ndarray:
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    # CIE Lab (D65)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(xyz / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


VISION = {  # Machado, Oliveira & Fernandes (2009), severity 1
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def _luminance(color: str) -> float:
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_all_colors_differ_for_all_readers(colors: Look, vision: str):
    seen = [_as_seen(color, VISION[vision]) for color in (*colors.cycle, colors.outliers)]
    apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(apart) > 12  # a difference of 2.3 is just seen


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_stand_out_from_their_ground_and_text_is_legible(colors: Look):
    def contrast(color: str) -> float:
        low, high = sorted((_luminance(color), _luminance(colors.ground)))
        return (high + 0.05) / (low + 0.05)

    assert min(contrast(color) for color in colors.cycle) > 1.65
    assert contrast(colors.ink) > 7  # WCAG AAA
