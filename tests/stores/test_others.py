"""Models with components of other libraries: as they were fitted where these are numbers, else ready to be fitted again."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.cluster import HDBSCAN
from leitmotif.dimensionality import UMAP
from leitmotif.errors import ModelFileError
from leitmotif.stores import Part
from leitmotif.stores.classes import UNFITTED
from leitmotif.stores.parts import part_of

Corpus = tuple[list[str], np.ndarray, np.ndarray]


def pairs() -> dict[str, tuple[Any, Any]]:
    from sklearn.cluster import AgglomerativeClustering, KMeans, MiniBatchKMeans
    from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD

    return {
        "PCA, KMeans": (PCA(3, whiten=True, random_state=0), KMeans(3, n_init=1, random_state=0)),
        "SVD, MiniBatchKMeans": (TruncatedSVD(3, random_state=0), MiniBatchKMeans(3, n_init=1, random_state=0)),
        "IncrementalPCA, ours": (IncrementalPCA(3), HDBSCAN(min_cluster_size=10)),
        "PCA, agglomerative": (PCA(3, random_state=0), AgglomerativeClustering(3, linkage="average")),
        "ours, agglomerative": (UMAP(n_components=2, n_epochs=10), AgglomerativeClustering(3)),
    }


@pytest.mark.parametrize("name", pairs())
def test_transform_and_fit_go_on_after_loading(
    tmp_path: Path, corpus: Corpus, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    texts, embeddings, _ = corpus
    reducer, clusterer = pairs()[name]
    model = BERTopic(umap_model=reducer, hdbscan_model=clusterer).fit(texts, embeddings)
    model.save(tmp_path / "m")
    by_similarity = "agglomerative" in name
    assert ("most similar" in caplog.text) == by_similarity
    caplog.clear()
    again = BERTopic.load(tmp_path / "m")
    assert ("most similar" in caplog.text) == by_similarity
    new = embeddings[:20] + np.float32(0.05)
    topics, strengths = again.transform(None, new)
    if by_similarity:
        vectors = model.topic_embeddings_ / np.linalg.norm(model.topic_embeddings_, axis=1, keepdims=True)
        cosines = new / np.linalg.norm(new, axis=1, keepdims=True) @ vectors.T
        assert topics == [int(model.state.topic_ids[row]) for row in cosines.argmax(axis=1)]
        np.testing.assert_allclose(strengths, cosines.max(axis=1), atol=1e-6)
    else:
        assert topics == model.transform(None, new)[0]
        assert topics == again.transform(None, new.astype(np.float64))[0]
    assert again.transform(texts, embeddings)[0] == model.topics_
    for ours, theirs in ((again.umap_model, reducer), (again.hdbscan_model, clusterer)):
        assert type(ours) is type(theirs)
        assert ours.get_params() == theirs.get_params()
    again.save(tmp_path / "n")
    for each in (again, BERTopic.load(tmp_path / "n")):
        each.fit(texts, embeddings)
        assert each.topics_ == model.topics_
        if not hasattr(clusterer, "predict"):
            assert type(each.hdbscan_model) is type(clusterer)


def test_a_component_that_was_given_anew_answers_again(tmp_path: Path, corpus: Corpus) -> None:
    texts, embeddings, _ = corpus
    reducer, clusterer = pairs()["PCA, agglomerative"]
    BERTopic(umap_model=reducer, hdbscan_model=clusterer).fit(texts, embeddings).save(tmp_path / "m")
    again = BERTopic.load(tmp_path / "m")
    pca, kmeans = pairs()["PCA, KMeans"]
    points = pca.fit_transform(embeddings)
    again.umap_model, again.hdbscan_model = pca, kmeans.fit(points)
    labels = kmeans.predict(pca.transform(embeddings[:9] + np.float32(0.01)))
    assert again.transform(None, embeddings[:9] + np.float32(0.01))[0] == [
        int(dict(again.state.mappings[:, [0, -1]].tolist()).get(label, -1)) for label in labels.tolist()
    ]


def test_nothing_of_other_libraries_is_imported_to_answer_by_similarity(tmp_path: Path, corpus: Corpus) -> None:
    import sys

    texts, embeddings, _ = corpus
    reducer, clusterer = pairs()["PCA, agglomerative"]
    BERTopic(umap_model=reducer, hdbscan_model=clusterer).fit(texts, embeddings).save(tmp_path / "m")
    code = (
        "import sys, numpy as np\nfrom leitmotif import BERTopic\nmodel = BERTopic.load(sys.argv[1])\n"
        "model.transform(None, np.ones((1, model.topic_embeddings_.shape[1])))\nprint('sklearn' in sys.modules)\n"
        "print(type(model.hdbscan_model).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "m")], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "AgglomerativeClustering"]


def test_what_is_not_made_from_a_file_is_told(tmp_path: Path, corpus: Corpus, caplog: pytest.LogCaptureFixture) -> None:
    texts, embeddings, _ = corpus
    from sklearn.cluster import AgglomerativeClustering

    class Mine(AgglomerativeClustering):
        pass

    model = BERTopic(umap_model=pairs()["PCA, KMeans"][0], hdbscan_model=Mine(3)).fit(texts, embeddings)
    model.save(tmp_path / "m")
    again = BERTopic.load(tmp_path / "m")
    assert "pass hdbscan_model= before you fit this model again" in caplog.text
    assert type(again.hdbscan_model).__name__ == "BaseCluster"
    assert type(again.umap_model).__name__ == "PCA"
    assert again.transform(texts, embeddings)[0] == model.topics_


def test_parameters_that_are_no_data_or_none_of_the_class_are_not_made_up(caplog: pytest.LogCaptureFixture) -> None:
    from sklearn.cluster import DBSCAN, AgglomerativeClustering

    part = part_of(DBSCAN(metric=lambda a, b: 0.0), "clusterer")
    assert part is not None
    assert part.unfitted is None  # with another metric it would be another clusterer
    cached = part_of(AgglomerativeClustering(3, memory="/tmp/cache"), "clusterer")
    assert cached is not None
    assert cached.unfitted is not None
    assert cached.unfitted.build().memory is None
    for params in ({"no_such": 1}, {"memory": "/tmp/cache"}, {"n_clusters": "x" * 9}, {"n_jobs": 10**9}):
        path = "sklearn.cluster.DBSCAN" if "n_jobs" in params else "sklearn.cluster.AgglomerativeClustering"
        with pytest.raises(ModelFileError):
            Part(path=path, params=params).build()
    for path in ("sklearn.svm.SVC", "sklearn.pipeline.Pipeline", "os.system", "umap.umap_.UMAP"):
        with pytest.raises(ModelFileError, match="not made from a file"):
            Part(path=path).build()


def test_every_class_that_comes_back_unfitted_does() -> None:
    import importlib

    for path in sorted(UNFITTED):
        module, _, name = path.rpartition(".")
        if module.split(".")[0] != "sklearn":
            continue
        made = getattr(importlib.import_module(module), name)()
        part = part_of(made, "component")
        assert part is not None
        assert part.path == path
        assert part.unfitted is not None
        again = part.unfitted.build()
        assert type(again) is type(made)
        assert again.get_params() == made.get_params()


def test_the_docs_name_each_class() -> None:
    text = (Path(__file__).parents[2] / "docs" / "model-format.md").read_text(encoding="utf-8")
    listed = text.split("### Components of other libraries")[1].split("## BERTopic's files")[0]
    for path in UNFITTED:
        assert path.split(".")[-1] in listed, path


def test_learned_attributes_cannot_hide_methods() -> None:
    from sklearn.decomposition import PCA

    fitted = PCA(2).fit(np.random.default_rng(0).normal(size=(9, 4)))
    part = part_of(fitted, "reducer")
    assert part is not None
    for name in ("transform", "get_params", "__class__", "_repr_html_", "no name"):
        with pytest.raises(ModelFileError, match="no attribute"):
            Part(path=part.path, params=part.params, state={**(part.state or {}), name: "x"}).build()
    for wrong in (None, 1.0, np.ones((4, 2)), np.ones((2, 4), dtype=int), np.full((2, 4), np.nan)):
        with pytest.raises(ModelFileError, match="components_"):
            Part(path=part.path, params=part.params, state={**(part.state or {}), "components_": wrong}).build()


PEERS = """
import json, logging, sys
import numpy as np
logging.basicConfig(stream=sys.stderr)
import hdbscan, umap
from leitmotif import BERTopic
data = np.load(sys.argv[1], allow_pickle=False)
texts, embeddings = data["texts"].tolist(), data["embeddings"]
reducer = umap.UMAP(n_components=2, n_neighbors=9, random_state=3)
clusterer = hdbscan.HDBSCAN(min_cluster_size=8, prediction_data=True)
model = BERTopic(umap_model=reducer, hdbscan_model=clusterer).fit(texts, embeddings)
model.save(sys.argv[2], save_embedding_model=False)
again = BERTopic.load(sys.argv[2])
told = again.transform(None, embeddings[:5])
kinds = [type(part) in (umap.UMAP, hdbscan.HDBSCAN) for part in (again.umap_model, again.hdbscan_model)]
same = [again.umap_model.get_params() == reducer.get_params(),
        again.hdbscan_model.min_cluster_size == 8 and again.hdbscan_model.prediction_data]
known = again.transform(texts, embeddings)[0] == model.topics_
again.fit(texts, embeddings)
print(json.dumps([kinds, same, known, again.topics_ == model.topics_, again.transform(None, embeddings[:5])[0]
                  == model.transform(None, embeddings[:5])[0]]))
"""


@pytest.mark.slow
def test_umap_and_hdbscan_are_as_before_their_fit(tmp_path: Path, corpus: Corpus) -> None:
    python = os.environ.get("LEITMOTIF_PEERS_PYTHON")
    if not python:
        pytest.skip("LEITMOTIF_PEERS_PYTHON names no Python with umap-learn and hdbscan")
    texts, embeddings, _ = corpus
    np.savez(tmp_path / "data.npz", texts=np.array(texts), embeddings=embeddings)
    command = [python, "-c", PEERS, str(tmp_path / "data.npz"), str(tmp_path / "m")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "No module named 'leitmotif'" in done.stderr:
        pytest.skip("leitmotif is not installed beside umap-learn and hdbscan")
    assert done.returncode == 0, done.stderr[-3000:]
    kinds, same, known, refitted, answers = json.loads(done.stdout)
    assert kinds == [True, True]
    assert same == [True, True]
    assert known
    assert refitted
    assert answers
    for told in ("not saved: after loading, transform()", "learned is not in the file: transform()"):
        assert told in done.stderr
