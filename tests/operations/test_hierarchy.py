"""The hierarchy of topics, against merging step by step, and its drawing."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy as sch
from scipy.spatial.distance import pdist, squareform

from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.kernels.fingerprint import text_fingerprints
from leitmotif.operations.hierarchy import get_topic_tree, hierarchical_topics
from leitmotif.protocols import Snapshot
from leitmotif.vectorizers import ClassTfidfTransformer

COLUMNS = [
    "Parent_ID",
    "Parent_Name",
    "Topics",
    "Child_Left_ID",
    "Child_Left_Name",
    "Child_Right_ID",
    "Child_Right_Name",
    "Distance",
]


def name_by_hand(fitted, topics):
    """Five best words of the documents of these topics joined into one text."""
    state, vectorizer = fitted.state, fitted.components.vectorizer
    text = " ".join(d for d, t in zip(state.documents, state.topics, strict=True) if t in topics)
    counts = vectorizer.transform([text]).toarray().ravel()
    weights = counts / counts.sum() * state.vocabulary.idf
    best = np.lexsort((np.arange(len(weights)), -weights))[:5]
    return "_".join(state.vocabulary.terms[i] for i in best if weights[i] > 0)


@pytest.mark.parametrize("use_ctfidf", [True, False])
def test_equals_merging_step_by_step(fitted, documents, use_ctfidf):
    state = fitted.state
    frame = hierarchical_topics(fitted, documents, use_ctfidf=use_ctfidf)
    rows = state.ctfidf.toarray()[1:] if use_ctfidf else state.topic_embeddings[1:].astype(float)
    tree = sch.linkage(pdist(rows, "cosine"), "ward", optimal_ordering=True)
    members = {i: [i] for i in range(4)}
    names = {i: "_".join(word for word, _ in state.words[i][:5]) for i in range(4)}
    assert list(frame.columns) == COLUMNS
    assert frame.index.tolist() == [2, 1, 0]
    for i, (left, right, distance, _) in enumerate(tree):
        left, right = int(left), int(right)
        members[4 + i] = sorted(members[left] + members[right])
        names[4 + i] = name_by_hand(fitted, members[4 + i])
        row = frame.iloc[2 - i]
        assert (row.Parent_ID, row.Child_Left_ID, row.Child_Right_ID) == (str(4 + i), str(left), str(right))
        assert row.Topics == members[4 + i]
        assert (row.Parent_Name, row.Child_Left_Name, row.Child_Right_Name) == (names[4 + i], names[left], names[right])
        assert row.Distance == pytest.approx(distance)


def test_nothing_is_represented_or_changed(fitted_unasked, documents):
    before = copy.deepcopy(fitted_unasked.state)
    hierarchical_topics(fitted_unasked, documents)
    assert (before.ctfidf != fitted_unasked.state.ctfidf).nnz == 0
    assert before.words == fitted_unasked.state.words


@pytest.mark.parametrize("root", [False, True])
def test_the_compiled_way_gives_what_any_weighting_does(make_fitted, documents, root):
    """A weighting that is not known goes by whole matrices; one that is known through the kernel."""

    class Unknown(ClassTfidfTransformer):
        def transform(self, X):
            return super().transform(X)

    topics = np.arange(60) % 9 - 1
    known, unknown = (
        hierarchical_topics(make_fitted(documents, topics, weighting=kind(reduce_frequent_words=root)))
        for kind in (ClassTfidfTransformer, Unknown)
    )
    pd.testing.assert_frame_equal(known, unknown)
    assert len(known) == 7


class Shouting:
    """Turns words into capitals, and keeps what it saw of each topic."""

    def __init__(self):
        self.seen = []

    def represent(self, evidence, words):
        for topic, found in words.items():
            texts = [text for text, t in zip(evidence.documents, evidence.topics, strict=True) if t == topic]
            self.seen.append((sorted(texts), [word for word, _ in found]))
        return {topic: [(word.upper(), weight) for word, weight in found] for topic, found in words.items()}


def test_merged_topics_are_represented_if_asked(make_fitted, documents, fitted):
    model = Shouting()
    asked = make_fitted(documents, fitted.state.topics, main=(model,))
    plain, named = hierarchical_topics(asked), hierarchical_topics(asked, representation=True)
    assert named.Parent_Name.tolist() == [name.upper() for name in plain.Parent_Name]
    assert named.drop(columns=[c for c in COLUMNS if "Name" in c]).equals(
        plain.drop(columns=[c for c in COLUMNS if "Name" in c])
    )
    texts = [
        sorted(text for text, topic in zip(documents, fitted.state.topics, strict=True) if topic in row.Topics)
        for row in plain.itertuples()
    ]
    assert sorted(found for found, _ in model.seen) == sorted(texts)  # each merge once, with its own documents
    assert {"_".join(words[:5]) for _, words in model.seen} == set(plain.Parent_Name)


def test_texts_of_another_list_are_counted(fitted, documents):
    """Equal texts give equal names, whether their counts are stored or made."""
    shouted = [text.upper() for text in documents]
    pd.testing.assert_frame_equal(hierarchical_topics(fitted, shouted), hierarchical_topics(fitted, documents))


def test_texts_are_known_by_their_fingerprints(fitted, documents):
    """A model read from a file keeps counts but no texts."""
    state = replace(fitted.state, documents=None, fingerprints=text_fingerprints(documents))
    read = Snapshot(state=state, components=replace(fitted.components, vectorizer=None))
    pd.testing.assert_frame_equal(hierarchical_topics(read, documents), hierarchical_topics(fitted, documents))
    with pytest.raises(MissingComponentError, match="vectorizer"):
        hierarchical_topics(read, documents[::-1])


def test_functions_of_the_caller(fitted, documents):
    frame = hierarchical_topics(
        fitted,
        documents,
        distance_function=lambda X: squareform(pdist(X.toarray())),
        linkage_function=lambda d: sch.linkage(d, "single"),
    )
    tree = sch.linkage(pdist(fitted.state.ctfidf.toarray()[1:]), "single")
    assert frame.Distance.tolist()[::-1] == pytest.approx(tree[:, 2].tolist())
    with pytest.raises(InvalidInputError, match="negative"):
        hierarchical_topics(fitted, documents, distance_function=lambda X: -np.ones((4, 4)))


def test_equal_topics_are_merged_once_each(make_fitted):
    """Distances that are all the same give a tree all the same."""
    documents = ["one two three"] * 5 + ["four five six"] * 5 + ["seven eight nine"] * 5 + ["ten eleven twelve"] * 5
    frame = hierarchical_topics(make_fitted(documents, np.repeat([0, 1, 2, 3], 5)))
    assert frame.Topics.iloc[0] == [0, 1, 2, 3]
    assert sorted(frame.Parent_ID) == ["4", "5", "6"]
    children = [*frame.Child_Left_ID, *frame.Child_Right_ID]
    assert sorted(children) == ["0", "1", "2", "3", "4", "5"]


def test_ids_with_gaps_do_not_meet_the_parents(make_fitted, documents):
    """As an online model may have them."""
    topics = np.array([0, 3, 4, 9])[np.arange(60) % 4]
    frame = hierarchical_topics(make_fitted(documents, topics))
    assert frame.Topics.iloc[0] == [0, 3, 4, 9]
    assert sorted(map(int, frame.Parent_ID)) == [10, 11, 12]


def test_bad_input(fitted, documents, make_fitted):
    with pytest.raises(InvalidInputError, match="at least two topics"):
        hierarchical_topics(make_fitted(documents, np.where(np.arange(60) < 30, -1, 0)))
    with pytest.raises(InvalidInputError, match="59 texts"):
        hierarchical_topics(fitted, documents[:59])
    bare = Snapshot(state=replace(fitted.state, ctfidf=None), components=fitted.components)
    with pytest.raises(MissingComponentError, match="c-TF-IDF"):
        hierarchical_topics(bare, documents)


FRAME = pd.DataFrame(
    [
        ("8", "all", [0, 1, 2, 3, 4], "7", "l7", "6", "l6", 2.0),
        ("7", "l7", [0, 1, 2], "5", "l5", "2", "leaf2", 1.5),
        ("6", "l6", [3, 4], "3", "leaf3", "4", "leaf4", 1.0),
        ("5", "l5", [0, 1], "0", "leaf0", "1", "leaf1", 0.5),
    ],
    columns=COLUMNS,
)

# Drawn by BERTopic 0.17.4 from the same frame.
DRAWN = """\
.
├─l7
│    ├─l5
│    │    ├─■──leaf0 ── Topic: 0
│    │    └─■──leaf1 ── Topic: 1
│    └─■──leaf2 ── Topic: 2
└─l6
     ├─■──leaf3 ── Topic: 3
     └─■──leaf4 ── Topic: 4
"""

DRAWN_TIGHT_UP_TO_1_5 = (
    ".\n├─l7\n│ ├─l5\n│ │ ├─■──leaf0 ── Topic: 0\n│ │ └─■──leaf1 ── Topic: 1\n│ └─O \n└─l6\n"
    "  ├─■──leaf3 ── Topic: 3\n  └─■──leaf4 ── Topic: 4\n"
)


def test_tree_is_drawn_as_by_bertopic():
    assert get_topic_tree(FRAME) == DRAWN
    assert get_topic_tree(FRAME, max_distance=1.5, tight_layout=True) == DRAWN_TIGHT_UP_TO_1_5


def test_a_chain_of_two_thousand_merges_is_drawn():
    """Recursion ended at a depth of about a thousand."""
    n = 2000
    rows = [
        (str(n + i), f"p{n + i}", [], str(n + i - 1) if i else "0", "left", str(i + 1), "right", i + 1.0)
        for i in range(n - 1)
    ]
    text = get_topic_tree(pd.DataFrame(rows[::-1], columns=COLUMNS))
    lines = text.splitlines()
    assert len(lines) == 1 + n + (n - 2)  # the point, the leaves, the inner nodes without the root
    assert all(f"Topic: {i}" in text for i in (0, 1, n - 1))
