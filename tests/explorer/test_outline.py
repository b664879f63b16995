"""The outline of topics: every topic once, branches of a handful, words that tell a branch from the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix

from leitmotif.explorer.outline import PARTS, Branch, outline, parts_of
from leitmotif.explorer.wording import distinct
from leitmotif.state import TopicState, Vocabulary

from .conftest import make_state


def topics_of(branch: Branch | int) -> list[int]:
    return [branch] if isinstance(branch, int) else [t for child in branch.children for t in topics_of(child)]


def branches_of(branch: Branch | int) -> list[Branch]:
    return [] if isinstance(branch, int) else [branch, *(b for child in branch.children for b in branches_of(child))]


def state_of(embeddings: np.ndarray, weights: np.ndarray, terms: list[str]) -> TopicState:
    ids = np.arange(len(weights))
    return make_state(
        topics=ids, topic_ids=ids, sizes=np.arange(1, len(ids) + 1), mappings=ids[:, None], words={}, aspects={},
        representative_rows={}, topic_embeddings=embeddings, ctfidf=csr_matrix(weights), documents=[""] * len(ids),
        vocabulary=Vocabulary(terms=np.array(terms, dtype=object), columns=None, idf=np.ones(len(terms))),
    )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 90), st.integers(0, 10**6))
def test_every_topic_stands_in_it_once_and_no_branch_is_large(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    tree = outline(state_of(rng.normal(size=(n, 5)), rng.random((n, 30)), [f"w{i}" for i in range(30)]))
    assert tree is not None
    assert sorted(topics_of(tree)) == list(range(n))
    assert all(2 <= len(branch.children) <= PARTS for branch in branches_of(tree))


def test_a_branch_is_called_by_what_its_topics_have_more_than_the_rest() -> None:
    terms = ["the", "fruit", "apple", "pear", "metal", "iron", "tin"]
    rng = np.random.default_rng(0)
    fruit, metal = np.array([9, 3, 1, 1, 0, 0, 0.0]), np.array([9, 0, 0, 0, 3, 1, 1.0])
    weights = np.array([fruit] * 10 + [metal] * 10) + rng.random((20, 7)) / 100
    places = np.vstack([rng.normal([9, 0], 0.1, (10, 2)), rng.normal([0, 9], 0.1, (10, 2))])
    tree = outline(state_of(places, weights, terms))
    assert tree is not None and tree.label == ""
    labelled = {branch.label.split(", ")[0]: sorted(topics_of(branch)) for branch in branches_of(tree) if branch.label}
    assert set(labelled.get("fruit", [])) <= set(range(10))
    assert not any(", the" in f", {branch.label}" for branch in tree.children if isinstance(branch, Branch))


def test_cutting_the_widest_merges_is_cutting_the_tree_at_a_height() -> None:
    merges = linkage(np.random.default_rng(2).normal(size=(40, 3)), "ward")
    parts = parts_of(merges, 78)
    flat = fcluster(merges, PARTS, "maxclust")
    leaves = {part: {part} if part < 40 else set() for part in range(79)}
    for row, (left, right) in enumerate(merges[:, :2].astype(int)):
        leaves[40 + row] = leaves[left] | leaves[right]
    assert {frozenset(leaves[part]) for part in parts} == {
        frozenset(np.flatnonzero(flat == group).tolist()) for group in range(1, PARTS + 1)
    }


def test_few_topics_and_models_without_words_have_none() -> None:
    assert outline(make_state()) is None  # no c-TF-IDF
    assert outline(state_of(np.eye(2), np.eye(2), ["a", "b"])) is None


@pytest.mark.parametrize(
    ("words", "said", "expected"),
    [
        (["cat", "cats", "dog", "hot dog", "bird"], [], ["cat", "dog"]),
        (["cat", "cats", "dog", "bird"], ["dogs"], ["cat", "bird"]),
        (["superconducting", "superconductors", "ice"], [], ["superconducting", "ice"]),
        ([], ["a"], []),
    ],
)
def test_words_are_not_said_twice(words: list[str], said: list[str], expected: list[str]) -> None:
    assert distinct(words, 2, said) == expected
