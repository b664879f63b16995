"""The file: whole, small, safe, and without a word to the net."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from leitmotif.errors import InvalidInputError
from leitmotif.explorer import write_report
from leitmotif.explorer.pack import pack_places, quantise, text_limit, z_codes
from leitmotif.protocols import Snapshot

from .conftest import COMPONENTS, NASTY, POSITIONS, TOPICS, make_state


class Page(html.parser.HTMLParser):
    """Scripts, styles and elements as a browser's parser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.content: dict[int, str] = {}
        self.open = True
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open = True

    def handle_endtag(self, tag: str) -> None:
        self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.content[len(self.tags) - 1] = self.content.get(len(self.tags) - 1, "") + data

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, self.content.get(i, "")) for i, (name, attrs) in enumerate(self.tags) if name == tag]


def unpack(packed: str) -> bytes:
    return zlib.decompress(base64.b64decode(packed))


def integers(packed: str, dtype: str) -> np.ndarray:
    """Numbers from their bytes, all lowest ones first."""
    planes = np.frombuffer(unpack(packed), dtype=np.uint8).reshape(np.dtype(dtype).itemsize, -1)
    return np.frombuffer(planes.T.tobytes(), dtype=f"<{dtype}")


def texts_of(page: Page) -> list[tuple[list[str], list[str]]]:
    """Titles and texts of each chunk."""
    return [
        json.loads(unpack(text)) for attrs, text in page.of("script") if (attrs.get("id") or "").startswith("texts-")
    ]


@pytest.fixture
def page(fitted: Snapshot, tmp_path: Path) -> Page:
    path = write_report(
        fitted, tmp_path / "report.html", title=NASTY, titles=[NASTY] * 12, classes=[NASTY] * 12,
        timestamps=[f"2024-{i % 3 + 1:02}" for i in range(12)], positions=POSITIONS,
    )  # fmt: skip
    return Page(path.read_text(encoding="utf-8"))


def test_only_our_script_runs_and_the_policy_names_its_hash(page: Page) -> None:
    scripts = page.of("script")
    running = [text for attrs, text in scripts if "type" not in attrs]
    assert len(running) == 1
    assert all(attrs.get("type") in {None, "application/json", "text/plain"} for attrs, _ in scripts)
    policy = next(a["content"] for a, _ in page.of("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    styles = [text for _, text in page.of("style")]
    for text in (running[0], styles[0]):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_texts_make_no_elements(page: Page) -> None:
    names = {name for name, _ in page.tags}
    assert not names & {"iframe", "object", "b", "embed"}
    images = [attrs for name, attrs in page.tags if name == "img"]
    assert [(image["id"], "src" in image) for image in images] == [("still", False)]  # ours, for print
    assert all(not name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert all("style" not in attrs for _, attrs in page.tags)
    assert [text for _, text in page.of("h1")] == [NASTY]
    assert "<b>tea</b>, milk" in [text for _, text in page.of("td")]


def test_nothing_is_loaded(page: Page) -> None:
    for _, attrs in page.tags:
        for name in ("src", "href"):
            assert (attrs.get(name) or "#").startswith(("#", "data:"))
    code = page.of("style")[0][1] + next(text for attrs, text in page.of("script") if "type" not in attrs)
    assert not re.search(r"https?://", code.replace("http://www.w3.org/", ""))
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|importScripts|eval|innerHTML|insertAdjacentHTML)\b", code)
    assert "@import" not in code and "url(" not in code


def test_the_record_holds_the_numbers(page: Page) -> None:
    record = json.loads(next(text for attrs, text in page.of("script") if attrs.get("id") == "record"))
    codes = np.cumsum(integers(record["places"], "u4"), dtype=np.uint64)
    x, y = ([int(f"{code:032b}"[first::2], 2) for code in codes.tolist()] for first in (1, 0))
    titles, texts = texts_of(page)[0]
    rows = [11 if text == NASTY else int(text.split()[-1]) for text in texts]
    assert sorted(rows) == list(range(12))
    span = 31.0  # of the larger extent: x from -20 to 11
    expected = (POSITIONS[rows] - POSITIONS.min(axis=0)) / span * 65535
    assert np.abs(np.column_stack([x, y]) - expected).max() <= 0.51
    assert integers(record["topicRows"], "u2").tolist() == (TOPICS[rows] + 1).tolist()
    assert integers(record["bins"], "i2").tolist() == [row % 3 for row in rows]
    assert [rows[i] for i in record["topics"][1]["representative"]] == [4, 0]
    assert record["classNames"] == [NASTY]
    assert record["overTime"][1] == [2, 2, 1]
    assert titles == [NASTY] * 12


def test_the_same_model_gives_the_same_file_and_no_half_file_stays(fitted: Snapshot, tmp_path: Path) -> None:
    a = write_report(fitted, tmp_path / "a.html", positions=POSITIONS).read_bytes()
    b = write_report(fitted, tmp_path / "b.html", positions=POSITIONS).read_bytes()
    assert a == b
    with pytest.raises(ValueError, match="length"):
        write_report(fitted, tmp_path / "c.html", positions=POSITIONS, titles=[])
    with pytest.raises(OSError):
        write_report(fitted, tmp_path / "no" / "d.html", positions=POSITIONS)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_positions_of_one_place_and_of_none() -> None:
    codes, (x, y, scale) = quantise(np.full((3, 2), 7, dtype=np.float32))
    assert codes.tolist() == [[0, 0]] * 3
    assert (x, y, scale) == (7.0, 7.0, 1.0)
    assert quantise(np.zeros((0, 2), dtype=np.float32))[0].shape == (0, 2)


def test_twenty_thousand_documents_stay_small_and_texts_are_cut(tmp_path: Path) -> None:
    n = 20_000
    rng = np.random.default_rng(1)
    words = np.array(["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 6)) for _ in range(5000)])
    texts = [" ".join(row) for row in words[rng.integers(0, 5000, (n, 180))]]
    topics = rng.integers(-1, 100, n)
    ids = np.arange(-1, 100)
    state = make_state(
        topics=topics, topic_ids=ids, sizes=np.bincount(topics + 1), mappings=ids[:, None], documents=texts,
        words={int(t): [(str(w), 0.1) for w in words[t : t + 10]] for t in ids}, representative_rows={},
        topic_embeddings=rng.normal(size=(101, 8)),
    )  # fmt: skip
    places = rng.normal(size=(n, 2))
    stamps = [f"{2000 + i % 20}-{i % 12 + 1:02}" for i in range(n)]
    path = write_report(
        Snapshot(state=state, components=COMPONENTS), tmp_path / "r.html", positions=places, timestamps=stamps,
        classes=[f"c{i % 30}" for i in range(n)], titles=[text[:80] for text in texts],
    )  # fmt: skip
    assert path.stat().st_size < 15e6
    chunks = texts_of(Page(path.read_text()))
    assert len(chunks) == 20
    beginnings = {text[:200] for text in texts}
    _, shown = chunks[0]
    assert all(200 < len(text) <= 301 and text.endswith("…") and text[:200] in beginnings for text in shown)
    assert text_limit(5000) == 4000 and text_limit(5001) == 300 and text_limit(10**6) == 80


def test_the_page_holds_as_much_of_each_text_as_is_asked_for(tmp_path: Path) -> None:
    texts = [f"{i} " + "word " * 2000 for i in range(12)]
    fitted = Snapshot(state=make_state(documents=texts), components=COMPONENTS)
    places = np.random.default_rng(0).normal(size=(12, 2))
    for asked in (10**6, 50):
        path = write_report(fitted, tmp_path / "r.html", positions=places, max_characters=asked)
        [[_, shown]] = texts_of(Page(path.read_text()))
        assert sorted(shown) == sorted(text if asked > 50 else text[:50].rsplit(" ", 1)[0] + "…" for text in texts)
    with pytest.raises(InvalidInputError, match="max_characters"):
        write_report(fitted, tmp_path / "r.html", max_characters=0)


def test_the_map_of_a_million_documents_takes_less_than_three_megabytes() -> None:
    """4 bytes a document as they are; only the steps of sorted codes are sent."""
    places = np.random.default_rng(0).integers(0, 65536, (10**6, 2), dtype=np.uint16)
    codes = np.sort(z_codes(places))
    packed = pack_places(codes)
    assert len(packed) < 3e6
    assert np.array_equal(np.cumsum(integers(packed, "u4"), dtype=np.uint32), codes)
