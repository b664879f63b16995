"""Representative rows against a plain loop over dense vectors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse

from leitmotif.kernels.exemplars import CountedDocuments, representative_rows
from leitmotif.kernels.sampling import sample_positions


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    weights = csr_matrix(random_sparse(400, 60, 0.15, random_state=5))
    topics = rng.integers(-1, 4, 400)
    topics[topics == 2] = 3  # topic 2 has no documents
    ids = np.array([-1, 0, 1, 2, 3])
    by_topic = np.stack([weights[topics == t].toarray().sum(axis=0) for t in ids])
    return weights, csr_matrix(by_topic), topics, ids


def cosines(weights, topic_row) -> np.ndarray:
    dense = weights.toarray()
    lengths = np.linalg.norm(dense, axis=1) * np.linalg.norm(topic_row)
    return dense @ topic_row / np.where(lengths > 0, lengths, 1)


def test_rows_are_the_nearest_of_their_topic(data) -> None:
    weights, topic_weights, topics, ids = data
    found = representative_rows(weights, topic_weights, topics, ids, n_docs=4)
    for row, topic in enumerate(ids):
        own = np.flatnonzero(topics == topic)
        expected = own[np.argsort(-cosines(weights[own], topic_weights[row].toarray()[0]), kind="stable")][:4]
        assert found[row].tolist() == expected.tolist()
        assert found[row].dtype == np.int64
    assert found[3].tolist() == []


def test_a_callable_is_asked_for_the_rows_it_needs(data) -> None:
    weights, topic_weights, topics, ids = data
    asked = []

    def give(rows):
        asked.extend(rows.tolist())
        return weights[rows]

    found = representative_rows(give, topic_weights, topics, ids, n_samples=20)
    assert len(asked) == 80 and len(set(asked)) == 80
    direct = representative_rows(weights, topic_weights, topics, ids, n_samples=20)
    assert [rows.tolist() for rows in found] == [rows.tolist() for rows in direct]


def test_a_topics_sample_does_not_depend_on_the_others(data) -> None:
    weights, topic_weights, topics, ids = data
    everything = representative_rows(weights, topic_weights, topics, ids, n_samples=20)
    alone = representative_rows(weights, topic_weights[1:2], topics, ids[1:2], n_samples=20)
    assert alone[0].tolist() == everything[1].tolist()
    own = np.flatnonzero(topics == 0)
    drawn = own[sample_positions(len(own), 20, 42, 0)]
    best = drawn[np.argsort(-cosines(weights[drawn], topic_weights[1].toarray()[0]), kind="stable")][:3]
    assert alone[0].tolist() == best.tolist()
    other_seed = representative_rows(weights, topic_weights[1:2], topics, ids[1:2], n_samples=20, random_state=1)
    assert other_seed[0].tolist() != alone[0].tolist()


def test_copies_count_once_by_text_or_by_weights() -> None:
    weights = csr_matrix(np.array([[1.0, 1], [1, 1], [1, 0], [1, 0], [0, 0]]))
    topic = csr_matrix(np.array([[1.0, 1]]))
    topics, ids = np.zeros(5, dtype=int), np.array([0])
    assert representative_rows(weights, topic, topics, ids, n_docs=3)[0].tolist() == [0, 2, 4]
    texts = ["a", "b", "a", "c", "d"]
    assert representative_rows(weights, topic, topics, ids, n_docs=3, texts=texts)[0].tolist() == [0, 1, 3]
    assert representative_rows(weights, topic, topics, ids, n_docs=9, texts=texts)[0].tolist() == [0, 1, 3, 4]


def test_diversity_chooses_by_marginal_relevance(data) -> None:
    weights, topic_weights, topics, ids = data
    found = representative_rows(weights, topic_weights, topics, ids, n_docs=4, diversity=0.6)
    for row in (0, 1, 2, 4):
        own = np.flatnonzero(topics == ids[row])
        dense = weights[own].toarray()
        unit = dense / np.maximum(np.linalg.norm(dense, axis=1, keepdims=True), 1e-300)
        relevance, similarity = cosines(weights[own], topic_weights[row].toarray()[0]), unit @ unit.T
        chosen = [int(relevance.argmax())]
        while len(chosen) < 4:
            worth = 0.4 * relevance - 0.6 * similarity[:, chosen].max(axis=1)
            worth[chosen] = -np.inf
            chosen.append(int(worth.argmax()))
        assert found[row].tolist() == own[chosen].tolist()


def test_batches_do_not_change_the_answer(data, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, topic_weights, topics, ids = data
    whole = representative_rows(weights, topic_weights, topics, ids)
    monkeypatch.setattr("leitmotif.kernels.exemplars.ROWS_AT_A_TIME", 1)
    assert [r.tolist() for r in representative_rows(weights, topic_weights, topics, ids)] == [r.tolist() for r in whole]
    assert representative_rows(weights, topic_weights[:0], topics, ids[:0]) == []


@pytest.mark.parametrize("root", [False, True])
@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float64])
def test_counts_are_weighed_on_the_way(root: bool, dtype) -> None:
    rng = np.random.default_rng(8)
    counts = csr_matrix(rng.integers(0, 4, (300, 50)) * (rng.random((300, 50)) < 0.2), dtype=dtype)
    columns, topics = np.flatnonzero(rng.random(50) < 0.7), rng.integers(-1, 3, 300)
    idf, texts = rng.random(len(columns)), [f"text {row % 250}" for row in range(300)]
    topic_weights = csr_matrix(rng.random((3, len(columns))) * (rng.random((3, len(columns))) < 0.5))
    kept = counts[:, columns].astype(float).toarray()
    shares = kept / np.maximum(kept.sum(axis=1, keepdims=True), 1)  # the share of a term, as in c-TF-IDF
    weights = csr_matrix((np.sqrt(shares) if root else shares) * idf)
    documents = CountedDocuments(counts=counts, columns=columns, idf=idf, root=root)
    ids = np.array([-1, 0, 2])
    found = representative_rows(documents, topic_weights, topics, ids, texts=texts, n_samples=60)
    expected = representative_rows(weights, topic_weights, topics, ids, texts=texts, n_samples=60)
    assert [rows.tolist() for rows in found] == [rows.tolist() for rows in expected]
    starts = np.array([0, 10, 10, 30])
    for t, own in enumerate((range(10), range(0), range(10, 30))):
        similar = documents.cosines(np.arange(30), starts, topic_weights)[starts[t] : starts[t + 1]]
        np.testing.assert_allclose(similar, cosines(weights[list(own)], topic_weights[t].toarray()[0]), atol=1e-14)


def test_counted_documents_without_topics() -> None:
    documents = CountedDocuments(counts=csr_matrix((2, 3)), columns=None, idf=np.ones(3), root=False)
    none = np.empty(0, dtype=np.int64)
    assert representative_rows(documents, csr_matrix((0, 3)), np.zeros(2, dtype=np.int64), none, texts=["a", "b"]) == []
