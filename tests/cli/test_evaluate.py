"""``leitmotif evaluate``: the numbers that the library gives, in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from leitmotif.evaluate import coherence
from leitmotif.protocols import Components

from .conftest import DOCUMENTS, FakeModel
from .test_commands import run

TOPICS = [0, 1, 0, -1, 1, 0]
LABELS = list("xyxyxy")


@pytest.fixture
def fitted(corpus: Path) -> Path:
    out = corpus.parent / "out"
    assert run("fit", corpus, "--out", out, "--quiet", "--no-report", "--outliers", 1).exit_code == 0
    return out


def test_numbers_as_json(fitted: Path) -> None:
    result = run("evaluate", fitted, "--json", "--quiet", "-m", "npmi", "--top-n", 2)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    words = [["apple", "pie"], ["bread", "[bold]roll"]]
    expected = coherence(words, DOCUMENTS, "npmi", top_n=2)
    assert [row["npmi"] for row in found["topics"]] == pytest.approx(expected)
    assert found["overall"]["ami"] == pytest.approx(adjusted_mutual_info_score(LABELS, TOPICS))
    assert found["overall"]["topic_count_error"] == 0
    assert [(row["topic"], row["count"], row["label"]) for row in found["topics"]] == [
        (0, 3, "apple, pie"),
        (1, 2, "bread, [bold]roll"),
    ]


def test_numbers_in_words(fitted: Path) -> None:
    result = run("evaluate", fitted, "--no-labels")
    assert result.exit_code == 0, result.output
    assert "diversity" in result.stdout and "share of distinct words" in result.stdout
    assert "lowest npmi" in result.stdout and "bread, [bold]roll" in result.stdout
    assert "ami" not in result.stdout.split()


def test_fits_compared_with_each_other(fitted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Halves:
        def fit_transform(self, X: np.ndarray) -> np.ndarray:
            return X

        def fit(self, X: np.ndarray) -> Halves:
            self.labels_ = (X[:, 0] > 2).astype(int)
            return self

    def components(self: FakeModel) -> Components:
        return Components(embedder=None, reducer=Halves(), clusterer=Halves(), vectorizer=None, weighting=None)

    def ignore(self: FakeModel, value: Components) -> None:
        pass

    monkeypatch.setattr(FakeModel, "components", property(components, ignore), raising=False)
    np.save(fitted / "e.npy", np.arange(12.0).reshape(6, 2))
    again = ["--stability", 2, "--by", "seeds", "--embeddings", fitted / "e.npy"]
    result = run("evaluate", fitted, "--json", "-q", *again)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["overall"]["stability_ari"] == 1
    # Clusters {0, 1} and {2 … 5}: topic 0 = {0, 2, 5} shares 2 of 5 with the second, topic 1 = {1, 4} 1 of 3 with the first
    assert [row["overlap"] for row in found["topics"]] == pytest.approx([2 / 5, 1 / 3])


def test_what_cannot_be_measured(fitted: Path, corpus: Path) -> None:
    assert run("evaluate", fitted, "--stability", 1).exit_code == 2
    unknown = run("evaluate", fitted, "-m", "charm")
    assert unknown.exit_code == 1 and "'npmi'" in unknown.output
    assert "leitmotif fit" in run("evaluate", corpus.parent).output
