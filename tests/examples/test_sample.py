"""The shipped sample is what its README says, and the script that takes it depends on nothing but the ids."""

from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path

import pytest

from leitmotif.cli.readers import read_documents

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "arxiv_sample.jsonl.gz"
pytestmark = pytest.mark.skipif(not SAMPLE.is_file(), reason="the examples are not part of this installation")


def test_the_sample_is_small_whole_and_without_repeats() -> None:
    corpus = read_documents(SAMPLE)
    assert len(corpus) == 3000
    assert SAMPLE.stat().st_size <= 2.5e6
    assert set(corpus.columns) == {"text", "title", "date", "label", "id"}
    for column in (corpus.texts, corpus.titles, corpus.dates, corpus.labels, corpus.ids):
        assert column is not None and all(column)
    assert corpus.ids == sorted(set(corpus.ids or []))
    assert len(set(corpus.labels or [])) == 28
    assert "CC0" in (ROOT / "examples" / "README.md").read_text(encoding="utf-8")


def test_the_choice_depends_only_on_the_ids() -> None:
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "scripts" / "make_sample.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    lines = [json.dumps({"id": f"{i:04}", "text": "x"}) for i in range(200)]
    shuffled = lines.copy()
    random.Random(1).shuffle(shuffled)
    taken = script.sample(lines, 50)
    assert taken == script.sample(shuffled, 50)
    assert [row["id"] for row in taken] == sorted(row["id"] for row in taken)
    larger = {row["id"] for row in script.sample([*lines, json.dumps({"id": "new", "text": "y"})], 51)}
    assert len({row["id"] for row in taken} - larger) == 0  # a new document takes no other's place
