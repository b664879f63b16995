"""The numbers of the page, against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.explorer import ExplorerRecord, explore
from leitmotif.explorer.record import MAX_CLASSES, topic_label
from leitmotif.passages import split_documents
from leitmotif.protocols import Snapshot
from leitmotif.state import TopicState

from .conftest import COMPONENTS, POSITIONS, TOPICS, make_state

MONTHS = ["2024-01"] * 4 + ["2024-03"] * 5 + ["", None, "2024-02"]
CLASSES = ["a", "a", "b", "b", "b", "a", "a", "c", None, "", "b", float("nan")]


def in_order(record: ExplorerRecord, column: np.ndarray) -> list[int]:
    """A column of the page by ascending row of the corpus."""
    return column[np.argsort(record.rows)].tolist()


def test_topics_are_described_with_their_documents_words_and_neighbours(fitted: Snapshot) -> None:
    record = explore(fitted, positions=POSITIONS)
    assert [card.topic for card in record.topics] == [-1, 0, 1, 2]
    assert [card.size for card in record.topics] == [2, 5, 3, 2]
    zero = record.topics[1]
    assert zero.words == [("cats", 0.5), ("cat", 0.4), ("dog", 0.3), ("hot dog", 0.2), ("bird", 0.1)]
    assert zero.aspects == {"Short": ["pets"]}
    assert record.topics[2].aspects == {"Short": ["drinks"]}
    assert record.rows[zero.representative].tolist() == [4, 0]
    assert zero.neighbours == [1, 2]  # cosines of (1, 0) with (0.9, 0.1) and (0, 1)
    assert record.topics[3].neighbours == [1, 0]
    assert record.topics[0].neighbours == []
    assert in_order(record, record.topic_rows) == (TOPICS + 1).tolist()


def test_examples_of_divided_documents_are_their_passages() -> None:
    docs = [f"Text {2 * i} begins it. Text {2 * i + 1} ends it." for i in range(5)] + ["Text 10 alone", "Text 11 alone"]
    passages = split_documents(docs)
    assert passages.document.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6]
    rows = {0: np.array([1, 4, 0]), 1: np.array([5]), 2: np.array([8]), -1: np.array([10])}
    state = make_state(documents=passages.texts, passages=passages, representative_rows=rows)
    places = POSITIONS[:7]

    def examples(state: TopicState, **settings: object) -> list[tuple[list[int], list[str]]]:
        record = explore(Snapshot(state=state, components=COMPONENTS), positions=places, **settings)
        return [(record.rows[card.representative].tolist(), card.passages) for card in record.topics]

    expected = [
        ([5], []),
        ([0, 2], ["Text 1 ends it.", "Text 4 begins it."]),
        ([2], ["Text 5 ends it."]),
        ([4], ["Text 8 begins it."]),
    ]
    assert examples(state) == expected
    bare = replace(passages, texts=[], sources=[])
    known = {topic: [passages.texts[row] for row in found.tolist()] for topic, found in rows.items()}
    loaded = replace(state, documents=None, passages=bare, representative_rows={}, representative_docs=known)
    assert examples(loaded, documents=docs) == expected, "a model from a file, which knows no rows"
    untold = replace(state, documents=None, passages=bare)
    assert examples(untold, titles=["a title"] * 7)[1] == ([0, 2], [])


def test_labels_leave_out_what_repeats_and_prefer_what_people_gave() -> None:
    assert topic_label(make_state(), 0) == "cats, dog, bird"
    forms = ["superconducting", "superconductors", "spin", "spins", "spin glass", "topology", "topological", "ice"]
    assert topic_label(make_state(words={0: [(word, 1.0) for word in forms]}), 0) == "superconducting, spin, topology"
    assert topic_label(make_state(), -1) == "Outliers"
    assert topic_label(make_state(), 2) == "Topic 2"
    assert topic_label(make_state(zeroshot_names={1: "Drinks"}), 1) == "Drinks"
    assert topic_label(make_state(custom_labels={1: "Hot drinks"}, zeroshot_names={1: "Drinks"}), 1) == "Hot drinks"


def test_names_stand_where_the_documents_are_dense(fitted: Snapshot) -> None:
    places = np.vstack([np.zeros((3, 2)), [[0.1, 0.1], [100, 100]], POSITIONS[5:]]).astype(np.float32)
    card = explore(fitted, positions=places).topics[1]
    assert card.anchor == pytest.approx((0.025, 0.025))  # the mean without the far one
    assert card.box[0] == 0
    assert card.box[2] == pytest.approx(np.quantile([0, 0, 0, 0.1, 100], 0.95), rel=1e-6)


def test_hues_of_topics_are_spread_and_follow_the_angle_on_the_map(fitted: Snapshot) -> None:
    cards = explore(fitted, positions=POSITIONS).topics[1:]
    assert sorted(card.hue for card in cards) == pytest.approx([0, 1 / 3, 2 / 3])
    centre = np.average([card.anchor for card in cards], axis=0, weights=[card.size for card in cards])
    angles = [np.arctan2(card.anchor[1] - centre[1], card.anchor[0] - centre[0]) for card in cards]
    assert np.argsort(angles).tolist() == np.argsort([card.hue for card in cards]).tolist()


def test_curves_count_every_document_with_a_date(fitted: Snapshot) -> None:
    record = explore(fitted, positions=POSITIONS, timestamps=MONTHS)
    assert record.timeline is not None
    assert record.timeline.labels == ["2024-01", "2024-02", "2024-03"]
    assert in_order(record, record.timeline.codes) == [0, 0, 0, 0, 2, 2, 2, 2, 2, -1, -1, 1]
    assert record.over_time is not None
    assert record.over_time.tolist() == [[0, 1, 0], [4, 0, 1], [0, 0, 3], [0, 0, 1]]


def test_classes_are_ordered_by_size_and_missing_ones_are_left_out(fitted: Snapshot) -> None:
    record = explore(fitted, positions=POSITIONS, classes=CLASSES)
    table = record.classes
    assert table is not None
    assert table.names == ["a", "b", "c"]
    assert in_order(record, table.codes) == [0, 0, 1, 1, 1, 0, 0, 2, -1, -1, 1, -1]
    assert table.counts.tolist() == [[0, 1, 0], [2, 3, 0], [2, 0, 1], [0, 0, 0]]


def test_many_classes_end_in_other() -> None:
    n = 3 * MAX_CLASSES
    names = [f"class {i:03}" for i in range(n)]
    topics = np.zeros(n, dtype=np.int64)
    state = make_state(
        topics=topics, topic_ids=np.array([0]), sizes=np.array([n]), documents=names, representative_rows={},
        topic_embeddings=None,
    )  # fmt: skip
    places = np.random.default_rng(0).normal(size=(n, 2))
    table = explore(Snapshot(state=state, components=COMPONENTS), positions=places, classes=names).classes
    assert table is not None
    assert table.names[-2:] == [f"class {MAX_CLASSES - 2:03}", "other"]
    assert table.counts[0, -1] == n - (MAX_CLASSES - 1)
    assert table.counts.sum() == n


def test_a_sample_keeps_typical_documents_and_counts_all(fitted: Snapshot) -> None:
    record = explore(fitted, positions=POSITIONS, max_documents=7, classes=CLASSES, timestamps=MONTHS)
    assert len(record.rows) == len(record.texts) == len(record.positions) == 7
    assert {0, 4, 5, 8, 10} <= set(record.rows.tolist())
    assert record.n_documents == 12
    assert [card.size for card in record.topics] == [2, 5, 3, 2]
    assert [record.texts[row] for row in record.topics[1].representative] == ["text number 4", "text number 0"]
    whole = explore(fitted, positions=POSITIONS, classes=CLASSES, timestamps=MONTHS)
    assert record.classes is not None and whole.classes is not None
    assert np.array_equal(record.classes.counts, whole.classes.counts)
    code_of = dict(zip(whole.rows.tolist(), whole.classes.codes.tolist(), strict=True))
    assert record.classes.codes.tolist() == [code_of[row] for row in record.rows.tolist()]
    again = explore(fitted, positions=POSITIONS, max_documents=7)
    assert np.array_equal(record.rows, again.rows)


def test_a_model_from_a_file_finds_its_typical_documents_by_text() -> None:
    state = make_state(representative_rows={}, representative_docs={0: ["text number 3", "gone"]}, documents=None)
    texts = [f"text number {i}" for i in range(12)]
    record = explore(Snapshot(state=state, components=COMPONENTS), documents=texts, positions=POSITIONS)
    assert record.rows[record.topics[1].representative].tolist() == [3]


def test_rows_are_neighbours_where_documents_are(fitted: Snapshot) -> None:
    places = np.random.default_rng(1).uniform(size=(12, 2))
    rows = explore(fitted, positions=places).rows.tolist()
    span = np.ptp(places, axis=0).max()
    cells = np.rint((places - places.min(axis=0)) / span * 65535).astype(int)

    def interleaved(row: int) -> int:
        return int("".join(f"{y}{x}" for x, y in zip(*(f"{v:016b}" for v in cells[row]), strict=True)), 2)

    assert rows == sorted(range(12), key=interleaved)


def test_what_is_missing_or_does_not_fit_is_said(fitted: Snapshot) -> None:
    bare = Snapshot(state=make_state(documents=None), components=COMPONENTS)
    with pytest.raises(MissingComponentError, match="documents="):
        explore(bare, positions=POSITIONS)
    with pytest.raises(InvalidInputError, match="titles has length 2, but the model was fitted on 12"):
        explore(fitted, positions=POSITIONS, titles=["a", "b"])
    with pytest.raises(InvalidInputError, match=r"shape \(12, 5\)"):
        explore(fitted, positions=np.zeros((12, 5)))
    with pytest.raises(InvalidInputError, match="finite"):
        explore(fitted, positions=np.where(POSITIONS == 10, np.nan, POSITIONS))
