"""A stand-in for the estimator: two topics by the first letter of the text, no embedding and no clustering."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import leitmotif
from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.explorer import write_report
from leitmotif.progress import stage
from leitmotif.protocols import Components
from leitmotif.state import TopicState

DOCUMENTS = ["apple pie", "bread [bold]roll", "apple tart", "", "bread bun", "apple juice"]


class FakeModel:
    """Topic 0: texts with an a, 1: with a b, -1: the rest."""

    made: ClassVar[list[FakeModel]] = []
    fails: ClassVar[type[BaseException] | None] = None

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.min_topic_size = settings.get("min_topic_size")
        self.components = Components(embedder=None, reducer=None, clusterer=None, vectorizer=None, weighting=None)
        FakeModel.made.append(self)

    def fit_transform(self, texts: list[str], embeddings: Any = None) -> tuple[list[int], Any]:
        if FakeModel.fails is not None:
            raise FakeModel.fails("it broke")
        self.embeddings = embeddings
        with stage("embed documents", total=len(texts)) as work:
            work.advance(len(texts))
        topics = np.array([{"a": 0, "b": 1}.get(text[:1], -1) for text in texts])
        ids, sizes = np.unique(topics, return_counts=True)
        words = {0: [("apple", 0.9), ("pie", 0.5)], 1: [("bread", 0.8), ("[bold]roll", 0.4)], -1: [("", 1e-5)]}
        self.state = TopicState(
            topic_ids=ids,
            topics=topics,
            sizes=sizes,
            mappings=ids[:, None],
            words=words,
            aspects={"Short": {0: "apples", 1: [("loaf", 1.0)]}},
            documents=texts,
            embeddings=np.arange(3.0 * len(texts)).reshape(-1, 3) % 7,
        )
        return topics.tolist(), np.linspace(0, 1, len(texts))

    def transform(self, texts: list[str], embeddings: Any = None) -> tuple[list[int], Any]:
        return [{"a": 0, "b": 1}.get(text[:1], -1) for text in texts], np.full(len(texts), 0.25)

    def assign_outliers(self, max_share: float) -> None:
        topics = np.where(self.state.topics < 0, 0, self.state.topics) if max_share == 0 else self.state.topics
        ids, sizes = np.unique(topics, return_counts=True)
        self.state = replace(self.state, topics=topics, topic_ids=ids, sizes=sizes)

    def save(self, path: Path, **options: Any) -> None:
        path.mkdir()
        (path / "topics.json").write_text(json.dumps(self.state.documents))

    @classmethod
    def load(cls, path: Path, **options: Any) -> FakeModel:
        if not (path / "topics.json").is_file():
            raise ModelFileError(f"{path} is no saved model")
        model = cls(**options)
        model.fit_transform(json.loads((path / "topics.json").read_text()))
        return model

    def report(self, path: Path, **options: Any) -> Path:
        if self.settings.get("language") == "klingon":
            raise InvalidInputError("no report in Klingon")
        return write_report(self, path, **options)


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeModel]:
    monkeypatch.setattr(leitmotif, "BERTopic", FakeModel, raising=False)
    monkeypatch.setattr(FakeModel, "made", [])
    monkeypatch.setattr(FakeModel, "fails", None)
    monkeypatch.setenv("COLUMNS", "100")
    return FakeModel


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "food.jsonl"
    rows = [
        {"id": f"d{i}", "title": f"Title {i}", "text": text, "label": "xy"[i % 2], "date": f"202{i}-01"}
        for i, text in enumerate(DOCUMENTS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
