"""The same documents, embeddings and labels through BERTopic: equal numbers, apart from the differences that are meant.

Slow; runs where ``LEITMOTIF_PEERS_PYTHON`` names a Python that has ``bertopic==0.17.4`` installed.
"""

from __future__ import annotations

import os
import pickle
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leitmotif.operations.delete import delete_topics
from leitmotif.operations.dynamic import topics_over_time, topics_per_class
from leitmotif.operations.hierarchy import get_topic_tree, hierarchical_topics
from leitmotif.operations.merge import merge_topics
from leitmotif.operations.outliers import reduce_outliers
from leitmotif.operations.reduce import reduce_topics
from leitmotif.operations.search import find_topics
from leitmotif.protocols import Snapshot

pytestmark = [pytest.mark.slow, pytest.mark.peers]

PEER = """
import copy, pickle, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
from bertopic import BERTopic
from bertopic.backend import BaseEmbedder
from bertopic.cluster import BaseCluster
from bertopic.dimensionality import BaseDimensionalityReduction

given = pickle.load(open(sys.argv[1], "rb"))
docs, embeddings = given["docs"], given["embeddings"]

class Embedder(BaseEmbedder):
    def embed(self, documents, verbose=False):
        return np.stack([given["vectors"].get(d, np.full(embeddings.shape[1], 0.01)) for d in documents])

def fit(rows):
    model = BERTopic(embedding_model=Embedder(), umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    return model.fit([docs[i] for i in rows], embeddings[rows], y=given["topics"][rows])

every = np.arange(len(docs))
model = fit(every)
out = {"words": model.get_topics()}
for tuned in (True, False):
    out["time", tuned] = model.topics_over_time(
        docs, given["years"], evolution_tuning=False, global_tuning=tuned)
    out["bins", tuned] = model.topics_over_time(
        docs, given["years"], nr_bins=3, evolution_tuning=False, global_tuning=tuned)
    out["class", tuned] = model.topics_per_class(docs, given["classes"], global_tuning=tuned)
model = fit(every)  # the calls above have rescaled its c-TF-IDF
for by_words in (True, False):
    frame = model.hierarchical_topics(docs, use_ctfidf=by_words)
    out["hierarchy", by_words] = frame
    out["tree", by_words] = model.get_topic_tree(frame)
    out["narrow tree", by_words] = model.get_topic_tree(frame, max_distance=frame.Distance.median(), tight_layout=True)
for strategy in ("c-tf-idf", "embeddings", "distributions", "probabilities"):
    for threshold in (0, 0.3, 0.7):
        out["outliers", strategy, threshold] = [int(t) for t in model.reduce_outliers(
            docs, model.topics_, strategy=strategy, threshold=threshold, probabilities=given["probabilities"],
            embeddings=embeddings)]
out["find"] = model.find_topics(given["term"], top_n=4)
for name, edit in {
    "merge": lambda m: m.merge_topics(docs, [[1, 2], [3, 4]]),
    "reduce": lambda m: m.reduce_topics(docs, nr_topics=4),
    "reduce by words": lambda m: m.reduce_topics(docs, nr_topics=4, use_ctfidf=True),
    "delete": lambda m: m.delete_topics([1, 3]),
}.items():
    other = copy.deepcopy(model)
    edit(other)
    out[name] = ([int(t) for t in other.topics_], np.asarray(other.topic_embeddings_), other.c_tf_idf_.toarray())
pickle.dump(out, open(sys.argv[2], "wb"))
"""


@pytest.fixture(scope="module")
def given():
    rng = np.random.default_rng(11)
    centres = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    topics = rng.permutation(np.repeat(np.arange(-1, 7), [60, 50, 45, 41, 36, 31, 25, 12]))
    words = {t: [f"t{t}w{i:02d}" for i in range(12)] for t in range(7)}
    common = [f"common{i}" for i in range(15)]
    vectors = {w: centres[t] + rng.normal(scale=0.15, size=12) for t, own in words.items() for w in own}
    vectors |= {w: rng.normal(scale=0.3, size=12) for w in common}
    shares = {w: rng.dirichlet(np.ones(12) * 0.7) for w in range(-1, 7)}
    docs = []
    for topic in topics:
        own = words[topic] if topic >= 0 else words[int(rng.integers(7))]
        docs.append(" ".join([*rng.choice(own, 5, p=shares[topic]), *rng.choice(common, 9 if topic < 0 else 4)]))
    embeddings = np.stack([np.mean([vectors[w] for w in d.split()], axis=0) for d in docs])
    return {
        "docs": docs,
        "topics": topics,
        "embeddings": embeddings,
        "vectors": vectors,
        "years": rng.integers(2000, 2007, len(docs)).tolist(),
        "classes": rng.choice(["x", "y", "z"], len(docs)).tolist(),
        "probabilities": rng.dirichlet(np.ones(7) * 0.5, len(docs)),
        "term": "t3w01",
    }


@pytest.fixture(scope="module")
def peer(given, tmp_path_factory):
    python = os.environ.get("LEITMOTIF_PEERS_PYTHON")
    if not python:
        pytest.skip("LEITMOTIF_PEERS_PYTHON does not name a Python with bertopic==0.17.4")
    folder = tmp_path_factory.mktemp("peer")
    Path(folder / "in.pkl").write_bytes(pickle.dumps(given))
    command = [python, "-c", PEER, str(folder / "in.pkl"), str(folder / "out.pkl")]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return pickle.loads((folder / "out.pkl").read_bytes())


@pytest.fixture
def ours(given, make_fitted):
    class Embedder:
        def embed_words(self, words, verbose=False):
            return np.stack([given["vectors"][word] for word in words])

        embed_documents = embed_words

    fitted = make_fitted(given["docs"], given["topics"], embedder=Embedder())
    means = np.stack([given["embeddings"][given["topics"] == t].mean(axis=0) for t in fitted.state.topic_ids])
    state = replace(fitted.state, embeddings=given["embeddings"], topic_embeddings=means)
    return Snapshot(state=state, components=fitted.components)


def assert_same_words(found, expected, weights_of):
    """Equal lists of words, apart from the order of words with equal weights."""
    for row, (a, b) in enumerate(zip(found, expected, strict=True)):
        if a != [word for word in b if word]:
            weights = weights_of(row)
            assert [weights[w] for w in a] == pytest.approx([weights[w] for w in b if w])


def cell_weights(fitted, frame, column, groups, topics, tuned):
    """Weights of the words of one cell, from dense arithmetic."""
    state = fitted.state
    terms = state.vocabulary.terms.tolist()
    counts = state.document_terms.matrix.toarray()

    def of(row):
        cell = frame.iloc[row]
        chosen = (np.asarray(groups) == cell[column]) & (np.asarray(topics) == cell.Topic)
        total = counts[chosen].sum(axis=0)
        vector = total / total.sum() * state.vocabulary.idf
        vector = vector / vector.sum()
        if tuned:
            whole = state.ctfidf[state.row(cell.Topic)].toarray().ravel()
            vector = (vector + whole / whole.sum()) / 2
        return dict(zip(terms, vector, strict=True))

    return of


@pytest.mark.parametrize("tuned", [True, False])
def test_topics_over_time(ours, given, peer, tuned):
    frame = topics_over_time(ours, given["docs"], given["years"], evolution_tuning=False, global_tuning=tuned)
    expected = peer["time", tuned]
    columns = ["Topic", "Frequency", "Timestamp"]
    pd.testing.assert_frame_equal(frame[columns], expected[columns], check_dtype=False, check_column_type=False)
    weights = cell_weights(ours, frame, "Timestamp", given["years"], given["topics"], tuned)
    assert_same_words(frame.Words.str.split(", "), expected.Words.str.split(", "), weights)


@pytest.mark.parametrize("tuned", [True, False])
def test_bins(ours, given, peer, tuned):
    frame = topics_over_time(
        ours, given["docs"], given["years"], nr_bins=3, evolution_tuning=False, global_tuning=tuned
    )
    expected = peer["bins", tuned]
    pd.testing.assert_frame_equal(
        frame[["Topic", "Frequency"]], expected[["Topic", "Frequency"]], check_column_type=False
    )
    assert sorted(set(frame.Timestamp)) == [2000, 2002, 2004]
    assert sorted(set(expected.Timestamp)) == [1999.994, 2002, 2004]  # meant: a bin does not begin before the data


@pytest.mark.parametrize("tuned", [True, False])
def test_topics_per_class(ours, given, peer, tuned):
    frame = topics_per_class(ours, given["docs"], given["classes"], global_tuning=tuned)
    frame, expected = (f.sort_values(["Class", "Topic"]).reset_index(drop=True) for f in (frame, peer["class", tuned]))
    columns = ["Topic", "Frequency", "Class"]
    pd.testing.assert_frame_equal(frame[columns], expected[columns], check_dtype=False, check_column_type=False)
    weights = cell_weights(ours, frame, "Class", given["classes"], given["topics"], tuned)
    assert_same_words(frame.Words.str.split(", "), expected.Words.str.split(", "), weights)


@pytest.mark.parametrize("by_words", [True, False])
def test_hierarchy(ours, given, peer, by_words):
    frame = hierarchical_topics(ours, given["docs"], use_ctfidf=by_words)
    expected = peer["hierarchy", by_words]
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False, check_column_type=False, atol=1e-6)
    assert get_topic_tree(frame) == peer["tree", by_words]
    narrow = get_topic_tree(frame, max_distance=frame.Distance.median(), tight_layout=True)
    assert narrow == peer["narrow tree", by_words]


@pytest.mark.parametrize("strategy", ["c-tf-idf", "embeddings", "distributions", "probabilities"])
@pytest.mark.parametrize("threshold", [0, 0.3, 0.7])
def test_outliers(ours, given, peer, strategy, threshold):
    new = reduce_outliers(
        ours,
        given["docs"],
        given["topics"],
        strategy=strategy,
        threshold=threshold,
        probabilities=given["probabilities"],
        embeddings=given["embeddings"],
    )
    assert new == peer["outliers", strategy, threshold]


def test_search(ours, given, peer):
    topics, similarities = find_topics(ours, given["term"], top_n=4)
    assert topics == peer["find"][0]
    assert similarities == pytest.approx([float(s) for s in peer["find"][1]], abs=1e-6)


@pytest.mark.parametrize("name", ["merge", "reduce", "reduce by words", "delete"])
def test_edits(ours, given, peer, name):
    state = {
        "merge": lambda: merge_topics(ours, given["docs"], [[1, 2], [3, 4]]),
        "reduce": lambda: reduce_topics(ours, given["docs"], 4),
        "reduce by words": lambda: reduce_topics(ours, given["docs"], 4, use_ctfidf=True),
        "delete": lambda: delete_topics(ours, [1, 3]),
    }[name]()
    topics, embeddings, weights = peer[name]
    assert state.topics.tolist() == topics
    if name == "delete":  # meant: BERTopic leaves out rows of other topics than those deleted
        return
    assert np.allclose(state.topic_embeddings, embeddings, atol=1e-6)
    assert np.allclose(state.ctfidf.toarray(), weights)
