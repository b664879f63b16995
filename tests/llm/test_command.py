"""``leitmotif label`` as people type it, against a local server."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from leitmotif import BERTopic
from leitmotif.cli.app import app
from leitmotif.cli.results import MODEL, TOPICS
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction

from .server import Fault, serve, text_of

pytest.importorskip("openai", reason="the client library openai is not installed (extra llm-openai)")

DOCS = ["solar panels on the roof"] * 6 + ["wind turbines at sea"] * 6 + ["bread from the oven"] * 6
TOPICS_OF = [0] * 6 + [1] * 6 + [2] * 6


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    model.fit([f"{text} {i}" for i, text in enumerate(DOCS)], np.eye(18, 4), y=TOPICS_OF)
    model.save(tmp_path / "out" / MODEL, serialization="safetensors")
    return tmp_path / "out"


def answer(request, n):
    text = text_of(request)
    name = next(
        name
        for word, name in (("solar", "Solar power"), ("turbines", "Wind farms"), ("bread", "Baking"))
        if word in text
    )
    return json.dumps({"label": name, "description": f"{name}.", "dropped_keywords": ["sea"] * (name == "Wind farms")})


def test_names_go_everywhere_and_are_paid_for_once(saved: Path) -> None:
    with serve(answer) as server:
        call = ("label", saved, "--model", "m", "--base-url", f"{server.url}/v1", "--option", "temperature=0")
        dry = run(*call, "--dry-run", "--price", "1,2")
        assert dry.exit_code == 0, dry.output
        assert dry.stdout.startswith("3 calls, ") and "currency" in dry.stdout and not server.requests
        assert not (saved / "ledger.sqlite").exists()
        first = run(*call)
        assert first.exit_code == 0, first.output
        assert len(server.requests) == 3 and server.requests[0]["temperature"] == 0
        assert run(*call).exit_code == 0
        assert "(3 of 3 prompts" in run(*call, "--dry-run").stdout
        assert len(server.requests) == 3
    assert "Solar power" in first.stdout and "3 topics named" in first.stderr
    labels = BERTopic.load(saved / MODEL).state.custom_labels
    assert sorted(labels.values()) == ["Baking", "Solar power", "Wind farms"]
    record = json.loads((saved / "labels.json").read_text())
    assert record["labels"] == {str(topic): name for topic, name in labels.items()} and record["failures"] == {}
    assert list(record["dropped_keywords"].values()) == [["sea"]]
    assert {row["label"] for row in csv.DictReader((saved / TOPICS).open())} == set(labels.values())


def test_what_failed_is_said(saved: Path) -> None:
    with serve(
        lambda r, n: Fault(400, {}, {"error": {"message": "no bread"}}) if "bread" in text_of(r) else answer(r, n)
    ) as server:
        result = run("label", saved, "--model", "m", "--base-url", f"{server.url}/v1")
    assert result.exit_code == 0 and "1 kept their words" in result.stderr and "no bread" in result.stderr
    failures = json.loads((saved / "labels.json").read_text())["failures"]
    assert len(failures) == 1 and "no bread" in next(iter(failures.values()))


def test_nothing_is_written_where_nothing_was_named(saved: Path) -> None:
    with serve(lambda r, n: Fault(401, {}, {"error": {"message": "wrong key"}})) as server:
        result = run("label", saved, "--model", "m", "--base-url", f"{server.url}/v1")
    assert result.exit_code == 1 and "wrong key" in result.stderr
    assert not (saved / "labels.json").exists()


@pytest.mark.parametrize("wrong", [("--option", "temperature"), ("--price", "cheap")])
def test_options_that_cannot_be_read(saved: Path, wrong) -> None:
    assert run("label", saved, "--model", "m", *wrong).exit_code == 2


def test_a_budget_stops_cleanly(saved: Path) -> None:
    with serve(answer) as server:
        result = run("label", saved, "--model", "m", "--base-url", f"{server.url}/v1", "--max-calls", 2)
        assert result.exit_code == 0 and len(server.requests) == 2
        assert run("label", saved, "--model", "m", "--base-url", f"{server.url}/v1").exit_code == 0
        assert len(server.requests) == 3
