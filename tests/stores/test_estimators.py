"""The estimator before and after: equal attributes, equal answers; and models of every released version of the format."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.cluster import HDBSCAN, BaseCluster
from leitmotif.dimensionality import UMAP, BaseDimensionalityReduction
from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance
from leitmotif.stores import load, restore, save, sub_models
from leitmotif.stores.reading import read_model

from .conftest import assert_same, assert_same_state, without_texts

GOLDEN = Path(__file__).parent / "golden"
ATTRIBUTES = (
    "topics_",
    "probabilities_",
    "topic_sizes_",
    "topic_representations_",
    "topic_embeddings_",
    "topic_labels_",
    "custom_labels_",
    "representative_docs_",
    "topic_aspects_",
)


def parts() -> dict[str, Any]:
    return {
        "umap_model": UMAP(n_components=2, n_epochs=20, random_state=1),
        "hdbscan_model": HDBSCAN(min_cluster_size=10),
    }


def variants() -> dict[str, dict[str, Any]]:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.feature_extraction.text import CountVectorizer

    return {
        "default": {},
        "probabilities": {"calculate_probabilities": True},
        "reduced": {"nr_topics": 3},
        "scikit-learn": {
            "umap_model": PCA(2, random_state=0),
            "hdbscan_model": KMeans(3, n_init=1, random_state=0),
            "vectorizer_model": CountVectorizer(ngram_range=(1, 2)),
        },
        "aspects": {
            "representation_model": {"Main": KeyBERTInspired(), "MMR": [MaximalMarginalRelevance()], "None": None}
        },
        "seeded": {"seed_topic_list": [["rocket", "moon"], ["bread"]]},
        "passive": {"umap_model": BaseDimensionalityReduction(), "hdbscan_model": HDBSCAN(min_cluster_size=10)},
    }


@pytest.mark.parametrize("serialization", ["safetensors", "pytorch"])
@pytest.mark.parametrize(
    "name", ["default", "probabilities", "reduced", "scikit-learn", "aspects", "seeded", "passive"]
)
def test_a_loaded_model_is_the_same_model(
    tmp_path: Path, corpus: tuple[list[str], np.ndarray, np.ndarray], name: str, serialization: Any
) -> None:
    texts, embeddings, _ = corpus
    given = variants()[name]
    if name == "seeded":
        embeddings = None
    model = BERTopic(**parts() | given).fit(texts, embeddings)
    model.set_topic_labels({0: "mine"})
    model.save(tmp_path / "m", serialization=serialization)
    again = BERTopic.load(tmp_path / "m")
    for attribute in ATTRIBUTES:
        assert_same(getattr(model, attribute), getattr(again, attribute), attribute)
    assert model.get_topic_info().equals(again.get_topic_info())
    new = ["a rocket to the moon", "bread from the oven", "?"]
    vectors = None if embeddings is None else embeddings[:3] + np.float32(0.1)
    for asked in ((new, vectors), (texts[:5], None if embeddings is None else embeddings[:5])):
        first, second = model.transform(*asked), again.transform(*asked)
        assert first[0] == second[0]
        np.testing.assert_array_equal(first[1], second[1])
    assert again.transform(texts, embeddings)[0] == model.topics_
    # what follows from a loaded model follows from the first
    for each in (model, again):
        each.update_topics(texts, top_n_words=4)
        each.merge_topics(texts, [0, 1])
    assert_same(model.topic_representations_, again.topic_representations_)
    assert model.topics_ == again.topics_


def test_zero_shot_names_come_back(tmp_path: Path, corpus: tuple[list[str], np.ndarray, np.ndarray]) -> None:
    texts, _, _ = corpus
    model = BERTopic(**parts(), zeroshot_topic_list=["Space flight", "Cooking"], zeroshot_min_similarity=0.3).fit(texts)
    assert any(label in ("Space flight", "Cooking") for label in model.topic_labels_.values())
    model.save(tmp_path / "m")
    again = BERTopic.load(tmp_path / "m")
    assert again.topic_labels_ == model.topic_labels_
    assert again.transform(texts)[0] == model.transform(texts)[0]
    assert again.transform(["a rocket", "an oven"])[0] == model.transform(["a rocket", "an oven"])[0]


@pytest.mark.parametrize("given", [{"embedding_model": "lsa"}, {"language": "german"}])
def test_an_embedder_that_learned_from_the_documents_is_the_same_after_loading(
    tmp_path: Path,
    corpus: tuple[list[str], np.ndarray, np.ndarray],
    given: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda n, *a: None if n == "sentence_transformers" else found(n, *a)
    )
    texts, _, _ = corpus
    model = BERTopic(**parts(), **given).fit(texts)
    new = ["a rocket to the moon", "bread from the oven with butter", "a guitar and a melody"]
    expected = model.transform(new)
    model.save(tmp_path / "m")
    again = BERTopic.load(tmp_path / "m")
    again.save(tmp_path / "n")
    for each in (again, BERTopic.load(tmp_path / "n")):
        topics, probabilities = each.transform(new)
        assert topics == expected[0]
        np.testing.assert_array_equal(probabilities, expected[1])
    if "language" in given:
        assert again.get_params()["embedding_model"] is None


def test_a_model_of_batches_goes_on_learning(tmp_path: Path, corpus: tuple[list[str], np.ndarray, np.ndarray]) -> None:
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import IncrementalPCA

    from leitmotif.vectorizers import OnlineCountVectorizer

    texts, embeddings, _ = corpus
    model = BERTopic(
        umap_model=IncrementalPCA(3),
        hdbscan_model=MiniBatchKMeans(3, random_state=0, n_init=1),
        vectorizer_model=OnlineCountVectorizer(decay=0.1, ngram_range=(1, 2), stop_words=["the"]),
    )
    model.partial_fit(texts[:30], embeddings[:30])
    model.partial_fit(texts[30:50], embeddings[30:50])
    model.save(tmp_path / "m")
    again = BERTopic.load(tmp_path / "m")
    for each in (model, again):
        each.partial_fit(texts[50:], embeddings[50:])
    assert again.topics_ == model.topics_
    assert_same(again.topic_representations_, model.topic_representations_)
    np.testing.assert_array_equal(again.topic_embeddings_, model.topic_embeddings_)


def test_save_and_load_of_the_store_keep_what_was_the_constructors_choice(
    tmp_path: Path, corpus: tuple[list[str], np.ndarray, np.ndarray]
) -> None:
    texts, embeddings, _ = corpus
    model = BERTopic(**parts(), min_topic_size=12, random_state=5).fit(texts, embeddings)
    save(model, tmp_path / "m", include_docs="all")
    again = load(BERTopic, tmp_path / "m")
    given = {name: value for name, value in again.get_params().items() if name.endswith("_model") and value is not None}
    assert given.keys() == {"umap_model", "hdbscan_model"}
    assert again.random_state == 5
    assert_same_state(model.state, again.state)
    other = object()
    assert load(BERTopic, tmp_path / "m", embedding_model=other)._given["embedding_model"] is other


def test_a_pickle_of_an_estimator_needs_the_word(
    tmp_path: Path, corpus: tuple[list[str], np.ndarray, np.ndarray]
) -> None:
    texts, embeddings, _ = corpus
    model = BERTopic(**parts()).fit(texts, embeddings)
    with pytest.raises(ValueError, match="allow_pickle"):
        model.save(tmp_path / "m", serialization="pickle")
    model.save(tmp_path / "m", serialization="pickle", allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        BERTopic.load(tmp_path / "m")
    assert BERTopic.load(tmp_path / "m", allow_pickle=True).topics_ == model.topics_


# -- serving ----------------------------------------------------------------------------------------

ONLY_FITTING = ["pandas", "pyarrow", "sklearn", "plotly", "torch", "numba", "joblib", "scipy.optimize", "scipy.spatial"]

SERVE = """
import json, sys
import numpy as np
from leitmotif import BERTopic
model = BERTopic.load(sys.argv[1], mapped=sys.argv[2] == "mapped")
new = np.load(sys.argv[3])
topics, strengths = model.transform(None, new)
print(json.dumps([topics, strengths.tolist(), [name for name in json.loads(sys.argv[4]) if name in sys.modules]]))
"""


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, corpus: tuple[list[str], np.ndarray, np.ndarray]
) -> tuple[BERTopic, Path, np.ndarray]:
    texts, embeddings, _ = corpus
    model = BERTopic(**parts()).fit(texts, embeddings)
    path = tmp_path_factory.mktemp("served") / "m"
    model.save(path)
    return model, path, (embeddings[:9] + np.random.default_rng(0).normal(0, 0.3, (9, 8))).astype(np.float32)


@pytest.mark.parametrize("mapped", ["mapped", "read"])
@pytest.mark.parametrize("fitted", [True, False])
def test_a_new_process_answers_without_what_only_fitting_needs(
    tmp_path: Path, served: tuple[BERTopic, Path, np.ndarray], mapped: str, fitted: bool
) -> None:
    model, path, new = served
    if not fitted:
        path = tmp_path / "small"
        model.save(path, include_fitted=False)
        model = BERTopic.load(path)
    np.save(tmp_path / "new.npy", new)
    command = [sys.executable, "-c", SERVE, str(path), mapped, str(tmp_path / "new.npy"), json.dumps(ONLY_FITTING)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    topics, strengths, imported = json.loads(done.stdout)
    expected = model.transform(None, new)
    assert topics == expected[0]
    assert strengths == expected[1].tolist()
    assert imported == []


def answers_of(model: BERTopic, new: np.ndarray, calls: int, threads: int) -> list[Any]:
    """What every thread is told, from a model that nobody has asked before."""
    found: list[Any] = [None] * threads
    begin = threading.Barrier(threads)

    def ask(place: int) -> None:
        begin.wait()
        answers = (model.transform(None, new[i % len(new)][None]) for i in range(place, place + calls))
        found[place] = [(topics[0], strengths.tobytes()) for topics, strengths in answers]

    workers = [threading.Thread(target=ask, args=(place,)) for place in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


@pytest.mark.parametrize(
    ("threads", "calls"), [(16, 20), pytest.param(64, 1000, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.parametrize("mapped", [True, False])
def test_threads_are_told_what_one_alone_is_told(
    served: tuple[BERTopic, Path, np.ndarray], threads: int, calls: int, mapped: bool
) -> None:
    model, path, new = served
    one_by_one = [
        (topics[0], strengths.tobytes()) for topics, strengths in (model.transform(None, x[None]) for x in new)
    ]
    found = answers_of(BERTopic.load(path, mapped=mapped), new, calls, threads)
    for place, answers in enumerate(found):
        assert answers == [one_by_one[i % len(new)] for i in range(place, place + calls)]


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="needs /proc/self/smaps")
def test_processes_share_the_arrays_of_a_mapped_model(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    labels = np.arange(400) % 4
    model.fit([f"word{i % 7} other{i % 4}" for i in range(400)], rng.normal(size=(400, 4000)).astype("f4"), y=labels)
    model.save(tmp_path / "m", include_embeddings=True)
    code = (
        "import re, sys\nfrom leitmotif import BERTopic\n"
        "model = BERTopic.load(sys.argv[1], mapped=sys.argv[2] == 'mapped')\nmodel.state.embeddings.sum()\n"
        "text = open('/proc/self/smaps').read()\n"
        "parts = re.split(r'\\n(?=[0-9a-f]+-[0-9a-f]+ )', text)\n"
        "ours = [part for part in parts if 'leitmotif.safetensors' in part]\n"
        "own = [part for part in parts if part not in ours]\n"  # pages of the file are the system's, written to disk or not
        "print(*(sum(int(n) for part in some for n in re.findall(kind + r': +(\\d+)', part))"
        " for kind, some in (('Private_Dirty', own), ('Rss', ours))))"
    )
    found = {}
    for how in ("mapped", "read"):
        command = [sys.executable, "-c", code, str(tmp_path / "m"), how]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[how] = [int(n) for n in done.stdout.split()]
    size = 400 * 4000 * 4 // 1024
    assert found["mapped"][1] >= size  # the embeddings lie in pages of the file, which processes share
    assert found["read"][1] == 0
    assert found["read"][0] - found["mapped"][0] > 0.9 * size


# -- models of released versions --------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_golden_models_are_read_for_ever(version: int) -> None:
    expected = json.loads((GOLDEN / f"leitmotif-{version}.json").read_text(encoding="utf-8"))
    model = restore(BERTopic, read_model(GOLDEN / f"leitmotif-{version}"))
    assert model.state.documents == expected["texts"]
    assert model.topics_ == expected["topics"]
    np.testing.assert_array_equal(model.probabilities_, expected["probabilities"])
    assert as_json(model.topic_representations_) == expected["representations"]
    assert {name: as_json(values) for name, values in model.topic_aspects_.items()} == expected["aspects"]
    assert model.custom_labels_ == expected["custom_labels"]
    assert as_json(model.topic_labels_) == expected["labels"]
    assert as_json(model.representative_docs_) == expected["representative_docs"]
    assert model.state.mappings.tolist() == expected["mappings"]
    np.testing.assert_array_equal(model.topic_embeddings_, np.array(expected["topic_embeddings"], dtype="f4"))
    np.testing.assert_array_equal(model.c_tf_idf_.toarray(), expected["ctfidf"])
    # How new points are placed may be improved; where these belong is beyond doubt.
    topics, probabilities = model.transform(["?"] * 12, np.array(expected["new"], dtype=np.float32))
    assert topics == expected["new_topics"]
    assert probabilities.argmax(axis=1).tolist() == expected["new_topics"]
    assert model.random_state == 7
    assert model.vectorizer_model.stop_words == ["the", "today"]
    assert model.ctfidf_model.seed_words == ["moon"]
    assert isinstance(model.representation_model["Main"], KeyBERTInspired)
    assert as_json(model.history()) == expected.get("history", [])
    if expected.get("history"):
        assert as_json(model.redo().topic_representations_) == expected["updated"]
        assert model.vectorizer_model.ngram_range == (1, 1)
        assert model.undo(2).custom_labels_ is None


def as_json(by_topic: dict[int, Any]) -> Any:
    return json.loads(json.dumps(by_topic))


def test_a_bertopic_model_answers_by_similarity(tmp_path: Path) -> None:
    for serialization in ("safetensors", "pytorch"):
        model = BERTopic.load(GOLDEN / f"bertopic-0.17.4-{serialization}")
        assert isinstance(model.hdbscan_model, BaseCluster)
        assert model.transform(["?"] * 3, model.topic_embeddings_)[0] == [0, 1, 2]
        assert model.get_topic_info()["CustomName"].tolist() == ["a", "b", "c"]
        model.save(tmp_path / serialization)
        again = read_model(tmp_path / serialization)
        assert_same_state(without_texts(model.state), again.state)
        assert isinstance(sub_models(again)["hdbscan_model"], BaseCluster)
