"""LanguageModelLabels and BERTopic's classes within a model: one call a topic, nothing lost, no key kept."""

from __future__ import annotations

import json
import pickle
import re
from types import SimpleNamespace

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.llm import Budget, Ledger
from leitmotif.representation import LanguageModelLabels, LiteLLM, OpenAI

from .server import serve, text_of

KEY = "sk-topsecret-0123456789"
THEMES = [
    "solar panel roof",
    "wind turbine sea",
    "bread oven flour",
    "rocket orbit moon",
    "tax law court",
    "goal match team",
]
DOCS = [f"{theme} {theme.split()[i % 3]} number{i}" for theme in THEMES for i in range(8)] + ["nothing at all"] * 3
LABELS = [topic for topic in range(6) for _ in range(8)] + [-1] * 3
EMBEDDINGS = np.vstack([np.eye(6)[np.repeat(np.arange(6), 8)], np.full((3, 6), 0.4)]) + 0.01 * np.arange(6)


class Namer:
    """A model as a function: the name is the first keyword; counts its calls."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    def __call__(self, text: str) -> str:
        self.prompts.append(text)
        return json.dumps({"label": "About " + re.search(r"first: (\w+)", text).group(1), "description": "d"})


def fit(representation, **options) -> BERTopic:
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        representation_model=representation,
        **options,
    )
    model.fit(DOCS, EMBEDDINGS, y=LABELS)
    return model


def test_one_call_for_each_final_topic_and_none_besides() -> None:
    namer = Namer()
    model = fit({"Label": LanguageModelLabels(namer)})
    assert len(namer.prompts) == 6
    model.hierarchical_topics(DOCS)
    model.topics_over_time(DOCS, [i % 5 for i in range(len(DOCS))])
    model.topics_per_class(DOCS, [str(i % 2) for i in range(len(DOCS))])
    model.transform(DOCS[:3], EMBEDDINGS[:3])
    assert len(namer.prompts) == 6
    model.reduce_topics(DOCS, nr_topics=5)  # with the outliers: two merges, two or fewer new topics
    assert 7 <= len(namer.prompts) <= 8
    assert len(set(namer.prompts)) == len(namer.prompts)
    labels = {topic: pairs[0][0] for topic, pairs in model.topic_aspects_["Label"].items() if topic >= 0}
    assert len(set(labels.values())) == 4 and all(label.startswith("About ") for label in labels.values())


def test_a_fit_with_nr_topics_names_only_what_is_left() -> None:
    namer = Namer()
    fit(LanguageModelLabels(namer), nr_topics=4)
    assert len(namer.prompts) == 3


def test_bertopics_class_makes_one_call_a_topic_too() -> None:
    openai = pytest.importorskip("openai", reason="the client library openai is not installed (extra llm-openai)")
    with serve(lambda request, n: f"topic: Name {n}", latency_s=0.05) as server:
        client = openai.OpenAI(base_url=f"{server.url}/v1", api_key=KEY)
        face = OpenAI(client, model="m", chat=True, exponential_backoff=True, prompt="Name: [KEYWORDS]\n[DOCUMENTS]")
        model = fit(face)
        model.hierarchical_topics(DOCS)
    assert len(server.requests) == 7  # the outlier topic too, as BERTopic does
    assert server.most_at_once > 1
    assert set(server.requests[0]) == {"model", "messages"}
    assert sorted(text_of(request).splitlines()[1] for request in server.requests) == sorted(
        face.prompts_[i].splitlines()[0] for i in range(7)
    )
    assert all(words[0][0].startswith("Name ") for words in model.get_topics().values())
    assert KEY not in repr(face) and KEY.encode() not in pickle.dumps(face)


def test_failures_are_listed_and_cost_no_fit() -> None:
    def broken(text: str) -> str:
        raise ConnectionError(f"no server, key {KEY}") if "bread" in text else ValueError("odd")

    labels = LanguageModelLabels(broken, retries=0)
    model = fit({"Label": labels})
    assert set(labels.failures_) == set(range(6))
    assert {failure.kind for failure in labels.failures_.values()} == {"connection", "error"}
    assert KEY not in str(labels.failures_)
    assert [w for w, _ in model.topic_aspects_["Label"][0]][:3] == [w for w, _ in model.get_topic(0)][:3]


def test_a_budget_and_a_ledger(tmp_path) -> None:
    first, second = Namer(), Namer()
    path = tmp_path / "ledger.sqlite"
    labels = LanguageModelLabels(first, model="m", ledger=path, budget=Budget(calls=2))
    fit({"Label": labels})
    assert len(first.prompts) == 2 == labels.usage_.calls and len(labels.failures_) == 4
    fit({"Label": LanguageModelLabels(second, model="m", ledger=path)})
    assert len(second.prompts) == 4
    assert len(Ledger(path)) == 6


def test_the_estimate_is_what_a_fit_then_sends() -> None:
    seen = {}

    class Estimating(LanguageModelLabels):
        def represent(self, evidence, words):
            seen["before"] = self.estimate(evidence, words)
            found = super().represent(evidence, words)
            seen["after"] = self.estimate(evidence, words)
            return found

    namer = Namer()
    fit({"Label": Estimating(namer)})
    assert (seen["before"].calls, seen["after"].calls, seen["after"].recalled) == (6, 0, 6)
    assert seen["before"].input_tokens * 3 >= sum(len(prompt.encode()) for prompt in namer.prompts)


def test_no_key_in_a_saved_model(tmp_path, caplog) -> None:
    holder = SimpleNamespace(api_key=KEY, chat=SimpleNamespace(completions=SimpleNamespace(create=lambda **_: 1 / 0)))
    face = OpenAI(holder, model="m", generator_kwargs={"api_key": KEY, "extra_headers": {"x": KEY}, "temperature": 0})
    lite = LiteLLM("m", generator_kwargs={"api_key": KEY, "seed": 1})
    labels = LanguageModelLabels(holder, "m", parameters={"api_key": KEY})
    for some in (face, lite, labels):
        assert KEY not in repr(some) and KEY.encode() not in pickle.dumps(some)
    with caplog.at_level("DEBUG"):
        model = fit({"Main": face, "Lite": lite, "Label": labels})
    model.save(tmp_path / "model", serialization="safetensors")
    assert KEY not in caplog.text
    for path in (tmp_path / "model").rglob("*"):
        assert path.is_dir() or KEY.encode() not in path.read_bytes(), path
    assert BERTopic.load(tmp_path / "model").state.n_topics == 6
