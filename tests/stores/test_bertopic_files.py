"""BERTopic's directories, both ways. The golden ones were written by BERTopic 0.17.4 itself."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.stores import read_model, write_model

from .conftest import SETTINGS, make_state

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("serialization", ["safetensors", "pytorch"])
def test_what_bertopic_wrote_is_read_in_full(serialization: str) -> None:
    path = GOLDEN / f"bertopic-0.17.4-{serialization}"
    saved = read_model(path)
    state, topics = saved.state, json.loads((path / "topics.json").read_text())
    assert saved.written_by == "bertopic"
    assert state.topics.tolist() == topics["topics"]
    assert dict(zip(state.topic_ids.tolist(), state.sizes.tolist(), strict=True)) == {0: 50, 1: 50, 2: 50}
    assert state.mappings.tolist() == topics["topic_mapper"]
    assert [[list(pair) for pair in state.words[t]] for t in (0, 1, 2)] == [
        topics["topic_representations"][t] for t in "012"
    ]
    assert state.names == {int(topic): label for topic, label in topics["topic_labels"].items()}
    assert state.custom_labels == {0: "a", 1: "b", 2: "c"}
    assert state.topic_embeddings.shape == (3, 8)
    assert state.topic_embeddings.dtype == np.float32
    assert saved.settings["n_gram_range"] == (1, 1)
    assert saved.settings["min_topic_size"] == 10
    config = json.loads((path / "ctfidf_config.json").read_text())
    vocabulary = config["vectorizer_model"]["vocab"]
    assert state.vocabulary.index == vocabulary
    # tf-idf of each topic's best word, by hand: its weight in topics.json is the same number.
    for topic in (0, 1, 2):
        for word, weight in state.words[topic]:
            if word:
                assert state.ctfidf[state.row(topic), vocabulary[word]] == weight
    assert saved.parts.vectorizer.params["ngram_range"] == (1, 1)
    assert saved.parts.weighting.params == {"bm25_weighting": False, "reduce_frequent_words": False}


def edited(tmp_path: Path, **changes: Any) -> Path:
    import shutil

    path = Path(shutil.copytree(GOLDEN / "bertopic-0.17.4-safetensors", tmp_path / "m"))
    for name, change in changes.items():
        body = json.loads((path / f"{name}.json").read_text())
        body.update(change)
        (path / f"{name}.json").write_text(json.dumps(body))
    return path


def test_names_of_zero_shot_topics_are_found_again(tmp_path: Path) -> None:
    # BERTopic writes them among the labels, and forgets them when it reads.
    path = edited(
        tmp_path,
        topics={"topic_labels": {"0": "Space flight", "1": "1_team_ice_goal_hockey", "2": "2_x"}},
        config={"zeroshot_topic_list": ["Space flight", "Sports"]},
    )
    state = read_model(path).state
    assert state.zeroshot_names == {0: "Space flight"}
    assert state.name(0) == "Space flight"


def test_the_row_that_update_topics_left_behind_is_dropped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = edited(tmp_path)
    from leitmotif.stores.tensors import read_tensors, tensor_chunks

    vectors = read_tensors(bytearray((path / "topic_embeddings.safetensors").read_bytes()), "x")["topic_embeddings"]
    stale = np.vstack([np.full((1, 8), 9, "f4"), vectors])
    (path / "topic_embeddings.safetensors").write_bytes(b"".join(tensor_chunks({"topic_embeddings": stale})))
    np.testing.assert_array_equal(read_model(path).state.topic_embeddings, vectors)
    assert "belongs to no topic" in caplog.text


def test_stale_labels_and_unknown_keys_do_not_hinder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = edited(tmp_path, topics={"custom_labels": ["a"], "new": 1}, config={"new": [1]})
    saved = read_model(path)
    assert saved.state.custom_labels is None
    assert "new" not in saved.settings
    assert "custom labels" in caplog.text


def test_aspects_are_read(tmp_path: Path) -> None:
    words = {"0": [["a", 0.5]], "1": [["b", 1]], "2": []}
    state = read_model(edited(tmp_path, topics={"topic_aspects": {"POS": words, "Visual_Aspect": True}})).state
    assert state.aspects == {"POS": {0: [("a", 0.5)], 1: [("b", 1.0)], 2: []}}


def test_our_config_has_only_keys_that_bertopic_bears(
    tmp_path: Path, state: TopicState, components: Components
) -> None:
    write_model(tmp_path / "m", state, SETTINGS | {"embedding_model": "name"}, components, save_ctfidf=True)
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    theirs = json.loads((GOLDEN / "bertopic-0.17.4-safetensors" / "config.json").read_text())
    assert config.keys() == theirs.keys() | {"embedding_model"}
    topics = json.loads((tmp_path / "m" / "topics.json").read_text())
    assert topics.keys() == json.loads((GOLDEN / "bertopic-0.17.4-safetensors" / "topics.json").read_text()).keys()
    assert topics["custom_labels"] == ["ours", "Name, given", state.name(1), state.name(2), "mine"]


def test_a_model_without_ours_is_read_as_bertopics(tmp_path: Path, state: TopicState, components: Components) -> None:
    path = tmp_path / "m"
    write_model(path, state, SETTINGS, components, save_ctfidf=True)
    for name in ("leitmotif.json", "leitmotif.safetensors", "SHA256SUMS"):
        (path / name).unlink()
    saved = read_model(path)
    assert saved.written_by == "bertopic"
    assert saved.state.topics.tolist() == state.topics.tolist()
    assert saved.state.words == state.words
    assert saved.state.names == state.names
    np.testing.assert_array_equal(saved.state.ctfidf.toarray(), state.ctfidf.toarray())
    np.testing.assert_allclose(saved.state.topic_embeddings, state.topic_embeddings, rtol=1e-6)


# -- with BERTopic itself ---------------------------------------------------------------------------

READ = """
import sys, json, warnings
warnings.filterwarnings("ignore")
import numpy as np
from bertopic import BERTopic
from bertopic.backend import BaseEmbedder
for path in sys.argv[1:]:
    model = BERTopic.load(path, embedding_model=BaseEmbedder())
    docs = ["a"] * 3
    vectors = model.topic_embeddings_[[0, 1, 2]] if model.topic_embeddings_.shape[1] else None
    print(json.dumps({
        "topics": [int(t) for t in model.topics_],
        "sizes": {str(k): v for k, v in model.topic_sizes_.items()},
        "words": {str(k): v for k, v in model.topic_representations_.items()},
        "mapper": {str(k): int(v) for k, v in model.topic_mapper_.get_mappings().items()},
        "custom": model.custom_labels_,
        "vectors": np.asarray(model.topic_embeddings_).tolist(),
        "ctfidf": model.c_tf_idf_.toarray().tolist() if model.c_tf_idf_ is not None else None,
        "vocabulary": model.vectorizer_model.vocabulary_ if model.c_tf_idf_ is not None else None,
        "transform": None if vectors is None else [int(t) for t in model.transform(docs, vectors)[0]],
        "rows": len(model.get_topic_info()),
        "n_gram_range": model.n_gram_range,
    }))
"""


@pytest.fixture(scope="module")
def peers_python() -> str:
    python = os.environ.get("LEITMOTIF_PEERS_PYTHON")
    if python is None:
        pytest.skip("LEITMOTIF_PEERS_PYTHON names no Python with BERTopic")
    return python


@pytest.mark.peers
@pytest.mark.slow
def test_bertopic_reads_what_we_write(tmp_path: Path, components: Components, peers_python: str) -> None:
    full = make_state()
    states = {
        "full": full,
        "no-outliers": make_state(3, outliers=False),
        "bare": replace(full, ctfidf=None, vocabulary=None, custom_labels=None, aspects={}, topic_embeddings=None),
    }
    paths = []
    for name, state in states.items():
        for serialization in ("safetensors", "pytorch"):
            paths.append(tmp_path / f"{name}-{serialization}")
            write_model(paths[-1], state, SETTINGS, components, serialization=serialization, save_ctfidf=True)  # type: ignore[arg-type]
    done = subprocess.run([peers_python, "-c", READ, *map(str, paths)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for path, line in zip(paths, done.stdout.splitlines(), strict=True):
        found, state = json.loads(line), states[path.name.rsplit("-", 1)[0]]
        assert found["topics"] == state.topics.tolist()
        assert found["sizes"] == {
            str(t): n for t, n in zip(state.topic_ids.tolist(), state.sizes.tolist(), strict=True)
        }
        assert found["words"] == {str(t): [list(pair) for pair in words] for t, words in state.words.items()}
        assert found["mapper"] == {str(row[0]): row[-1] for row in state.mappings.tolist()}
        assert found["rows"] == len(state.topic_ids)
        assert found["n_gram_range"] == [1, 2]
        if state.topic_embeddings is not None:
            np.testing.assert_allclose(found["vectors"], state.topic_embeddings, rtol=1e-6)
            assert found["transform"] == state.topic_ids[:3].tolist()
        if state.ctfidf is not None:
            np.testing.assert_array_equal(found["ctfidf"], state.ctfidf.toarray())
            assert found["vocabulary"] == state.vocabulary.index
        if state.custom_labels is not None:
            assert found["custom"] == [state.custom_labels.get(t) or state.name(t) for t in state.topic_ids.tolist()]


WRITE = """
import sys, json, warnings
warnings.filterwarnings("ignore")
import numpy as np
from bertopic import BERTopic
from sklearn.decomposition import PCA
from hdbscan import HDBSCAN
from sklearn.feature_extraction.text import CountVectorizer
from bertopic.vectorizers import ClassTfidfTransformer
rng = np.random.default_rng(0)
pools = ["rocket moon space orbit".split(), "hockey goal ice team".split(), "cpu disk memory byte".split()]
docs = [" ".join(rng.choice(pools[i % 3], 6)) for i in range(200)] + ["zzz unique%d" % i for i in range(10)]
centres = rng.normal(size=(3, 8)) * 10
emb = np.array([centres[i % 3] for i in range(200)] + list(rng.normal(size=(10, 8)) * 40)) + rng.normal(size=(210, 8)) * .1
emb = emb.astype("f4")
model = BERTopic(umap_model=PCA(3), hdbscan_model=HDBSCAN(min_cluster_size=10, prediction_data=True),
    vectorizer_model=CountVectorizer(ngram_range=(1, 2), stop_words="english"),
    ctfidf_model=ClassTfidfTransformer(bm25_weighting=True), calculate_probabilities=True)
model.fit(docs, emb)
model.set_topic_labels({0: "zero"})
out = sys.argv[1]
for serialization in ("safetensors", "pytorch"):
    model.save(out + "/" + serialization, serialization=serialization, save_ctfidf=True, save_embedding_model="some/name")
loaded = BERTopic.load(out + "/safetensors", embedding_model=__import__("bertopic.backend").backend.BaseEmbedder())
print(json.dumps({
    "topics": [int(t) for t in model.topics_], "words": {str(k): v for k, v in model.topic_representations_.items()},
    "sizes": {str(k): v for k, v in model.topic_sizes_.items()}, "custom": model.custom_labels_,
    "ctfidf": model.c_tf_idf_.toarray().tolist(), "vectors": np.asarray(model.topic_embeddings_).tolist(),
    "transform": [int(t) for t in loaded.transform(docs, emb)[0]],
}))
np.save(out + "/emb.npy", emb)
"""


@pytest.mark.peers
@pytest.mark.slow
def test_we_read_what_bertopic_writes(tmp_path: Path, peers_python: str) -> None:
    done = subprocess.run([peers_python, "-c", WRITE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    expected = json.loads(done.stdout.splitlines()[-1])
    for serialization in ("safetensors", "pytorch"):
        saved = read_model(tmp_path / serialization)
        state = saved.state
        assert saved.embedder.name == "some/name"
        assert state.has_outliers
        assert state.topics.tolist() == expected["topics"]
        assert {str(t): [list(pair) for pair in words] for t, words in state.words.items()} == expected["words"]
        assert {str(t): n for t, n in zip(state.topic_ids.tolist(), state.sizes.tolist(), strict=True)} == expected[
            "sizes"
        ]
        assert [state.custom_labels[t] for t in state.topic_ids.tolist()] == expected["custom"]
        np.testing.assert_array_equal(state.ctfidf.toarray(), expected["ctfidf"])
        np.testing.assert_allclose(state.topic_embeddings, expected["vectors"], rtol=1e-6)
        assert saved.parts.weighting.params["bm25_weighting"] is True
        assert saved.parts.vectorizer.params["stop_words"] == "english"
        # cosine to the topics' embeddings, as BERTopic's loaded model answers
        vectors = state.topic_embeddings / np.linalg.norm(state.topic_embeddings, axis=1, keepdims=True)
        nearest = state.topic_ids[(np.load(tmp_path / "emb.npy") @ vectors.T).argmax(axis=1)]
        assert nearest.tolist() == expected["transform"]
