"""A hand-made fitted model: every field of the state filled, no estimator."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from leitmotif.protocols import Components
from leitmotif.state import DocumentTerms, TopicState, Vocabulary


def make_state(seed: int = 0, *, n_documents: int = 40, n_topics: int = 4, outliers: bool = True) -> TopicState:
    rng = np.random.default_rng(seed)
    ids = np.arange(-1 if outliers else 0, n_topics, dtype=np.int64)
    topics = np.concatenate([ids, rng.choice(ids, n_documents - len(ids))]).astype(np.int64)
    n_counted, n_terms, d = 30, 24, 6
    terms = np.array(sorted(f"wört{i:02d} 詞" for i in range(n_counted)), dtype=object)
    counts = csr_matrix(rng.poisson(0.4, size=(n_documents, n_counted)).astype(np.int32))
    columns = np.sort(rng.choice(n_counted, n_terms, replace=False)).astype(np.int64)
    ctfidf = csr_matrix(rng.random((len(ids), n_terms)) * (rng.random((len(ids), n_terms)) < 0.6))
    kept = terms[columns]
    words = {
        int(topic): [(str(kept[(r + i) % n_terms]), float(1 / (i + 3))) for i in range(5)]
        for r, topic in enumerate(ids)
    }
    base = {topic: [*found, ("", 1e-05)] for topic, found in words.items()}
    rows = {int(topic): np.flatnonzero(topics == topic)[:3].astype(np.int64) for topic in ids}
    documents = [f"Document {i} – “quoted” \n\tline {'ß' * (i % 3)}" for i in range(n_documents)]
    return TopicState(
        topic_ids=ids,
        topics=topics,
        sizes=np.array([(topics == topic).sum() for topic in ids], dtype=np.int64),
        mappings=np.array(
            [[label, label, topic] for label, topic in enumerate(ids.tolist(), start=-1)], dtype=np.int64
        ),
        probabilities=rng.random((n_documents, n_topics)),
        document_terms=DocumentTerms(matrix=counts, terms=terms),
        vocabulary=Vocabulary(terms=kept, columns=columns, idf=rng.random(n_terms)),
        ctfidf=ctfidf,
        topic_embeddings=rng.normal(size=(len(ids), d)),
        base_words=base,
        words=words,
        aspects={"POS": words, "Labels": {topic: [f"label {topic}", ""] for topic in words}},
        representative_rows=rows,
        representative_docs={topic: [documents[row] for row in found] for topic, found in rows.items()},
        custom_labels={int(ids[-1]): "mine", int(ids[0]): "ours"},
        zeroshot_names={0: "Name, given"},
        documents=documents,
        embeddings=rng.normal(size=(n_documents, d)).astype(np.float32),
        reduced_embeddings=rng.normal(size=(n_documents, 2)).astype(np.float32),
        fingerprints=rng.integers(0, 1 << 63, n_documents).astype(np.uint64),
        extras={
            "seeds": np.array([-1, 0, 1], dtype=np.int64),
            "named": SimpleNamespace(names=("a", "b"), embeddings=rng.normal(size=(2, d))),
            "limits": {"low": float("-inf"), 3: (1, 2.5, None, True)},
        },
    )


SETTINGS: dict[str, Any] = {
    "calculate_probabilities": True,
    "language": "english",
    "low_memory": False,
    "min_topic_size": 10,
    "n_gram_range": (1, 2),
    "nr_topics": None,
    "seed_topic_list": [["a", "b"], ["c"]],
    "top_n_words": 5,
    "verbose": False,
    "zeroshot_min_similarity": 0.7,
    "zeroshot_topic_list": ["Name, given"],
    "random_state": 7,
    "embedding_model": None,
    "umap_model": None,
}


@pytest.fixture
def state() -> TopicState:
    return make_state()


@pytest.fixture
def settings() -> dict[str, Any]:
    return dict(SETTINGS)


@pytest.fixture
def components(state: TopicState) -> Components:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.feature_extraction.text import CountVectorizer

    from leitmotif.vectorizers import ClassTfidfTransformer

    reducer = PCA(2, random_state=0).fit(state.embeddings)
    clusterer = KMeans(3, random_state=0, n_init=1).fit(reducer.transform(state.embeddings))
    return Components(
        embedder=object(),
        reducer=reducer,
        clusterer=clusterer,
        vectorizer=CountVectorizer(ngram_range=(1, 2), stop_words=["the"]),
        weighting=ClassTfidfTransformer(reduce_frequent_words=True, seed_words=["x"]),
        random_state=7,
    )


def assert_same(first: Any, second: Any, where: str = "") -> None:
    """Equal in value, type and array dtype, at any depth."""
    if isinstance(first, np.ndarray):
        assert isinstance(second, np.ndarray), where
        assert first.dtype == second.dtype, where
        np.testing.assert_array_equal(first, second, err_msg=where)
    elif hasattr(first, "tocsr"):
        assert first.shape == second.shape, where
        assert first.dtype == second.dtype, where
        assert (first != second).nnz == 0, where
    elif isinstance(first, SimpleNamespace | DocumentTerms | Vocabulary):
        assert type(first) is type(second), where
        for name in first.__dataclass_fields__ if hasattr(first, "__dataclass_fields__") else vars(first):
            assert_same(getattr(first, name), getattr(second, name), f"{where}.{name}")
    elif isinstance(first, dict):
        assert list(first) == list(second), where
        for key in first:
            assert_same(first[key], second[key], f"{where}[{key!r}]")
    elif isinstance(first, list | tuple):
        assert type(first) is type(second), where
        assert len(first) == len(second), where
        for i, (a, b) in enumerate(zip(first, second, strict=True)):
            assert_same(a, b, f"{where}[{i}]")
    else:
        assert type(first) is type(second), (where, first, second)
        assert first == second or (first != first and second != second), where


def assert_same_state(first: TopicState, second: TopicState, *, without: tuple[str, ...] = ()) -> None:
    for name in TopicState.__dataclass_fields__:
        if name not in without:
            assert_same(getattr(first, name), getattr(second, name), name)


def without_texts(state: TopicState) -> TopicState:
    """What is left of a state that is saved with the default ``include_docs="representative"``."""
    vocabulary = state.vocabulary and replace(state.vocabulary, columns=None)
    return replace(state, document_terms=None, documents=None, embeddings=None, vocabulary=vocabulary)
