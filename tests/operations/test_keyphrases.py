"""Names by key phrases, of a model: kept with it, found again in its file, gone when the topics change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.explorer.record import explore, topic_label
from leitmotif.operations.keyphrases import kept_labels, keyphrase_labels, with_keyphrases
from leitmotif.protocols import Snapshot
from leitmotif.representation import KeyphraseLabels
from leitmotif.representation.keyphrases import noun_phrases

DOCS = [f"{i}: the graph neural networks classify what we have" for i in range(6)]
DOCS += [f"{i}: we measure the solar power with this" for i in range(6)]
DOCS += ["nothing of the kind"]
LABELS = [0] * 6 + [1] * 6 + [-1]


@pytest.fixture(scope="module")
def model() -> BERTopic:
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        representation_model={"Name": KeyphraseLabels()},
    )
    return model.fit(DOCS, np.eye(13, 5), y=LABELS)


def test_topics_are_called_by_their_phrases(model: BERTopic) -> None:
    labels = keyphrase_labels(model, is_phrase=noun_phrases(DOCS))
    graphs, solar = (int(model.topics_[row]) for row in (0, 6))
    assert labels == {graphs: "Graph neural networks", solar: "Solar power"}
    assert {topic: pairs[0][0] for topic, pairs in model.topic_aspects_["Name"].items() if topic >= 0} == labels


def test_names_are_kept_saved_and_dropped_when_topics_change(model: BERTopic, tmp_path: Path) -> None:
    state = with_keyphrases(model, is_phrase=noun_phrases(DOCS))
    named = Snapshot(state=state, components=model.components)
    assert sorted(kept_labels(state).values()) == ["Graph neural networks", "Solar power"]
    assert topic_label(state, -1) == "Outliers"
    copy = BERTopic.load(_saved(model, state, tmp_path))
    assert kept_labels(copy.state) == kept_labels(state)
    assert topic_label(copy.state, 0) == topic_label(state, 0) == kept_labels(state)[0]
    assert {card.label for card in explore(named, positions=np.zeros((13, 2))).topics} >= set(
        kept_labels(state).values()
    )
    changed = replace(state, sizes=state.sizes + 1)
    assert kept_labels(changed) == {}
    given = replace(state, custom_labels={0: "Mine"})
    assert topic_label(given, 0) == "Mine"


def _saved(model: BERTopic, state, folder: Path) -> Path:
    before = model._state
    model._state = state
    try:
        model.save(folder / "model", serialization="safetensors")
    finally:
        model._state = before
    return folder / "model"


def test_a_model_without_documents_has_no_phrases(model: BERTopic) -> None:
    bare = Snapshot(state=replace(model.state, documents=None), components=model.components)
    assert keyphrase_labels(bare) == {} and with_keyphrases(bare) is bare.state
    assert len(keyphrase_labels(bare, DOCS)) == 2


def test_only_english_is_judged_by_the_english_tagger() -> None:
    assert noun_phrases(["Der Hund und die Katze sitzen vor dem Haus"]) is None
    judge = noun_phrases(["the dog and the cat sit in the house"])
    assert judge is not None
    assert judge(["graph", "neural", "networks"]) and not judge(["classify", "nodes", "quickly"])
    assert noun_phrases(["win game player score final lemma word without small word"]) is not None


def test_words_are_judged_by_what_they_are_where_they_stand() -> None:
    text = "We were trying to use a physics-informed network to report the new card's colour, "
    text += "the water bill and a neural network approach."
    fits = noun_phrases([text]).within(text)

    def judged(part: str) -> bool:
        start = text.index(part)
        return fits(start, start + len(part))

    assert (
        judged("physics-informed network")
        and not judged("card's")
        and judged("network")
        and judged("new card's colour")
    )
    assert judged("water bill") and not judged("water") and judged("neural network")
    assert not judged("trying") and not judged("report") and not judged("report the new card")
