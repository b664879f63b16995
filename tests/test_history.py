"""Every edit can be taken back and done again, bit for bit, in memory and from a file."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from leitmotif import BERTopic
from leitmotif.errors import InvalidInputError, NotFittedError
from leitmotif.history import MAX_BYTES, Edit, History, summarised
from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance
from leitmotif.state import TopicState
from leitmotif.vectorizers import CountVectorizer

PUBLIC = (
    "topics_",
    "probabilities_",
    "topic_sizes_",
    "topic_representations_",
    "topic_aspects_",
    "topic_embeddings_",
    "topic_labels_",
    "custom_labels_",
    "representative_docs_",
    "c_tf_idf_",
    "n_gram_range",
    "nr_topics",
    "top_n_words",
)
NEW = ["a rocket to the moon", "bread from the oven", "a guitar and a melody", "?"]


def bits(value: Any) -> Any:
    """The value with every array as its bytes, so that == means equal to the bit."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if hasattr(value, "tocsr"):
        return tuple(bits(part) for part in (value.data, value.indices.astype(np.int64), value.indptr.astype(np.int64)))
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [bits(item) for item in value]
    return value


def everything(model: BERTopic, embeddings: np.ndarray) -> dict[str, Any]:
    """All that a user can see of a model, and what it answers."""
    seen = {name: bits(getattr(model, name)) for name in PUBLIC}
    seen["mappings"] = bits(model.topic_mapper_.get_mappings(original_topics=True))
    seen["transform"] = bits(model.transform(NEW, embeddings[: len(NEW)] + np.float32(0.3)))
    seen["terms"] = model.state.vocabulary.terms.tolist()
    seen["idf"] = bits(model.ctfidf_model._idf_diag.diagonal())
    seen["words by"] = type(model.representation_model).__name__
    return seen


@pytest.fixture
def embeddings(corpus) -> np.ndarray:
    return corpus[1]


@pytest.fixture
def model(corpus) -> BERTopic:
    texts, embeddings, _ = corpus
    return BERTopic(umap_model=PCA(3), hdbscan_model=KMeans(6, n_init=1, random_state=0)).fit(texts, embeddings)


def an_edit(model: BERTopic, texts: list[str], embeddings: np.ndarray, rng: np.random.Generator) -> None:
    """One of all edits, with arguments at random."""
    inner = model.state.inner_ids.tolist()
    edits = [
        lambda: model.set_topic_labels({inner[0]: f"label {rng.integers(9)}"}),
        lambda: model.update_topics(texts, top_n_words=int(rng.integers(3, 9))),
        lambda: model.update_topics(texts, n_gram_range=(1, int(rng.integers(1, 3)))),
        lambda: model.update_topics(texts, representation_model=MaximalMarginalRelevance(diversity=0.3)),
        lambda: model.update_topics(texts, representation_model={"Main": KeyBERTInspired(), "Other": None}),
        lambda: setattr(model, "probabilities_", None),
        lambda: setattr(model, "custom_labels_", [f"own {i}" for i in range(len(model.state.topic_ids))]),
        lambda: setattr(model, "vectorizer_model", CountVectorizer(stop_words=["the"])),
    ]
    if len(inner) > 2:
        pair = rng.choice(inner, 2, replace=False).tolist()
        edits += [
            lambda: model.merge_topics(texts, pair),
            lambda: model.delete_topics([pair[0]]),
            lambda: model.reduce_topics(texts, nr_topics=len(inner) - 1),
        ]
    if model.state.has_outliers:
        edits.append(lambda: model.assign_outliers(0.0))
        moved = [topic if topic >= 0 else inner[0] for topic in model.topics_]
        edits.append(lambda: model.update_topics(texts, topics=moved))
    edits[int(rng.integers(len(edits)))]()


@pytest.mark.parametrize("seed", range(8))
def test_all_edits_are_taken_back_and_done_again_to_the_bit(tmp_path: Path, corpus, model, seed: int) -> None:
    texts, embeddings, _ = corpus
    rng = np.random.default_rng(seed)
    seen = [everything(model, embeddings)]
    while len(seen) < 8:
        known = len(model.history())
        an_edit(model, texts, embeddings, rng)
        if len(model.history()) == known:  # an assignment again to the same attribute
            seen.pop()
        seen.append(everything(model, embeddings))
    assert [step["done"] for step in model.history()] == [True] * 7
    model.save(tmp_path / "m", include_counts=True, include_embeddings=True)
    again = BERTopic.load(tmp_path / "m")
    assert again.history() == model.history()
    for each in (model, again):
        for expected in seen[-2::-1]:
            assert everything(each.undo(), embeddings) == expected
            assert each.vectorizer_model.get_feature_names_out().tolist() == expected["terms"]
        assert not any(step["done"] for step in each.history())
        for expected in seen[1:]:
            assert everything(each.redo(), embeddings) == expected
        assert everything(each.undo(5), embeddings) == seen[2]
    # saved in the middle: what was undone can be done again after loading
    again.save(tmp_path / "n")
    third = BERTopic.load(tmp_path / "n")
    assert everything(third, embeddings) == seen[2]
    assert everything(third.redo(5), embeddings) == seen[7]
    # what follows from a state that was come back to follows from it as it was
    for each in (model, again):
        each.merge_topics(texts, each.state.inner_ids[:2].tolist())
    assert everything(model, embeddings) == everything(again, embeddings)


def test_an_edit_drops_what_was_undone(corpus, model) -> None:
    texts, _, _ = corpus
    model.merge_topics(texts, [0, 1])
    model.set_topic_labels({0: "a"})
    model.undo()
    model.set_topic_labels({0: "b"})
    assert [step["edit"] for step in model.history()] == ["merge_topics", "set_topic_labels"]
    with pytest.raises(InvalidInputError, match="cannot redo 1: 2 edits can be undone and 0 redone"):
        model.redo()
    with pytest.raises(InvalidInputError, match="cannot undo 3"):
        model.undo(3)
    assert model.custom_labels_[0] == "b"
    model.undo(2)
    with pytest.raises(InvalidInputError, match="cannot undo 1: 0 edits"):
        model.undo()


def test_the_history_tells_what_was_done_without_the_texts(corpus, model) -> None:
    texts, _, _ = corpus
    model.delete_topics([5])
    model.assign_outliers(max_share=0.0)
    model.update_topics(texts, representation_model=KeyBERTInspired(), top_n_words=5)
    model.topics_ = model.topics_
    deleted, assigned, updated, by_hand = model.history()
    assert deleted["edit"] == "delete_topics"
    assert deleted["topics"] == (6, 5)
    assert deleted["outliers"] == (0, assigned["outliers"][0])
    assert deleted["outliers"][1] > 0 == assigned["outliers"][1]
    assert assigned["arguments"] == {"max_share": 0.0}
    assert updated["arguments"] == {
        "docs": {"items": len(texts)},
        "top_n_words": 5,
        "representation_model": {"class": "KeyBERTInspired"},
    }
    assert by_hand["edit"] == "topics_ ="
    assert texts[0] not in str(model.history())


def test_a_loop_that_writes_is_one_edit(model) -> None:
    before = model.topics_[:]
    model.set_topic_labels({0: "a"})
    for document in range(30):
        model.topics_[document] = 1
    model.probabilities_ = None
    assert [step["edit"] for step in model.history()] == ["set_topic_labels", "topics_ =", "probabilities_ ="]
    assert model.undo(2).topics_ == before
    assert model.redo().topics_[:30] == [1] * 30


def test_a_failed_edit_is_none(corpus, model) -> None:
    texts, _, _ = corpus
    state = model.state
    for wrong in (lambda: model.merge_topics(texts, [0, 77]), lambda: model.update_topics(texts[:3])):
        with pytest.raises(Exception, match=r"77|texts"):
            wrong()
    assert model.history() == []
    assert model.state is state


def test_a_fit_and_a_batch_begin_anew(corpus, model) -> None:
    texts, embeddings, _ = corpus
    model.merge_topics(texts, [0, 1])
    model.fit(texts, embeddings)
    assert model.history() == []
    with pytest.raises(InvalidInputError, match="undo"):
        model.undo()
    with pytest.raises(NotFittedError):
        BERTopic().history()
    with pytest.raises(NotFittedError):
        BERTopic().undo()


def test_so_many_edits_are_kept(corpus, model, tmp_path: Path) -> None:
    texts, embeddings, _ = corpus
    for i in range(25):
        model.set_topic_labels({0: str(i)})
    assert len(model.history()) == 20
    assert len(model.history(keep=3)) == 3
    model.set_topic_labels({0: "last"})
    assert len(model.history()) == 3
    assert model.undo(3).custom_labels_[0] == "22"
    assert len(model.history(keep=2)) == 2
    assert model.redo(2).custom_labels_[0] == "24"
    with pytest.raises(InvalidInputError, match="keep is -1"):
        model.history(keep=-1)
    model.save(tmp_path / "m", include_history=1)
    assert BERTopic.load(tmp_path / "m").undo().custom_labels_[0] == "23"
    model.save(tmp_path / "m", include_history=False)
    assert BERTopic.load(tmp_path / "m").history() == []
    assert model.history(keep=0) == []
    model.set_topic_labels({0: "x"})
    assert model.history() == []
    assert model.fit(texts, embeddings).history() == []


def test_the_oldest_are_forgotten_when_they_take_too_much_memory(model) -> None:
    state = model.state

    def with_large(n: int) -> TopicState:
        # A third of what may be kept; memory is not taken, as all elements are one.
        return replace(state, embeddings=np.broadcast_to(np.float32(n), (MAX_BYTES // 12 + 1, 1)))

    states = [with_large(n) for n in range(5)]
    history = History()
    for before, after in pairwise(states):
        history = history.added(Edit(verb="x", arguments={}, before=before, after=after))
    assert history.done == len(history.edits) == 2
    assert history.edits[-1].after is states[-1]


def test_unchanged_arrays_are_kept_once(corpus, model, tmp_path: Path) -> None:
    model.save(tmp_path / "before")
    state = model.state
    for i in range(10):
        model.set_topic_labels({0: str(i)})
    assert model.state.ctfidf is state.ctfidf
    model.save(tmp_path / "after")
    sizes = [sum(file.stat().st_size for file in (tmp_path / name).iterdir()) for name in ("before", "after")]
    assert sizes[1] - sizes[0] < 10_000
    undone = BERTopic.load(tmp_path / "after").undo(10)
    assert undone.custom_labels_ is None
    assert undone.history()[0]["done"] is False


def test_copies_have_histories_of_their_own(corpus, model) -> None:
    texts, embeddings, _ = corpus
    before = everything(model, embeddings)
    model.merge_topics(texts, [0, 1])
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert everything(other.undo(), embeddings) == before
    assert model.history()[0]["done"]


def test_arguments_are_plain_data() -> None:
    def verb(
        self: Any, docs: Any, topics: Any = None, names: Any = None, how: str = "x", flag: bool = False
    ) -> None: ...

    given = summarised(verb, (None, ["private"]), {"topics": np.arange(3), "names": {1: "a" * 300, 2: list(range(60))}})
    assert given == {"docs": {"items": 1}, "topics": [0, 1, 2], "names": {"1": "a" * 199 + "…", "2": {"items": 60}}}
    assert summarised(verb, (None, "d"), {"how": "y", "flag": False})["how"] == "y"
    assert summarised(verb, (), {"nothing": 1}) == {}


def test_the_history_of_a_file_that_lies_says_so(corpus, model, tmp_path: Path) -> None:
    import hashlib
    import json

    from leitmotif.errors import ModelFileError

    texts, _, _ = corpus
    model.merge_topics(texts, [0, 1])
    path = tmp_path / "m"
    model.save(path)
    text = (path / "leitmotif.json").read_bytes()
    for change in (
        lambda h: h.update(done=2),
        lambda h: h.update(edits=[{}]),
        lambda h: h["edits"][0].update(before=9),
        lambda h: h["edits"][0].update(before=-1),
        lambda h: h["edits"][0].update(changed=[1]),
        lambda h: h["states"][0].update(topics={"$array": "sizes"}),
        lambda h: h["states"][0].update(words={"$tuple": 3}),
    ):
        body = json.loads(text)
        change(body["history"])
        (path / "leitmotif.json").write_text(json.dumps(body))
        sums = (path / "SHA256SUMS").read_text().splitlines()
        new = hashlib.sha256((path / "leitmotif.json").read_bytes()).hexdigest()
        lines = [f"{new}  leitmotif.json" if line.endswith("leitmotif.json") else line for line in sums]
        (path / "SHA256SUMS").write_text("\n".join(lines) + "\n")
        again = BERTopic.load(path)
        assert again.topics_ == model.topics_  # the model itself is sound
        with pytest.raises(ModelFileError):
            again.undo()
