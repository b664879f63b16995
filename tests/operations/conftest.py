"""A fitted model put together by hand: 60 documents, four topics and outliers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import CountVectorizer

from leitmotif.protocols import Components, Snapshot
from leitmotif.state import DocumentTerms, TopicState, Vocabulary

WORDS = {
    0: ["rocket", "moon", "orbit", "launch", "nasa", "star", "planet"],
    1: ["soup", "bread", "butter", "oven", "recipe", "salt", "pepper"],
    2: ["guitar", "drum", "melody", "concert", "singer", "album"],
    3: ["goal", "match", "player", "league", "referee", "ball"],
}
COMMON = ["people", "time", "today", "really", "thing", "world"]
SIZES = {-1: 10, 0: 18, 1: 14, 2: 10, 3: 8}


class Weighting:
    """c-TF-IDF as its paper has it: L1 rows times ln(1 + A / f)."""

    def fit(self, X, multiplier=None):
        frequency = np.asarray(X.sum(axis=0)).ravel()
        idf = np.log(1 + int(X.sum(axis=1).mean()) / frequency)
        self._idf_diag = diags(idf if multiplier is None else idf * multiplier, format="csr")
        return self

    def transform(self, X):
        sums = np.asarray(X.sum(axis=1)).ravel()
        return csr_matrix(diags(1 / np.where(sums == 0, 1, sums)) @ X @ self._idf_diag)


class WordEmbedder:
    """The mean of fixed word vectors: words of one topic are close to each other."""

    def __init__(self):
        rng = np.random.default_rng(7)
        centres = np.linalg.qr(rng.normal(size=(8, 8)))[0]
        self.vectors = {
            word: centres[topic] + rng.normal(scale=0.1, size=8) for topic, words in WORDS.items() for word in words
        } | {word: rng.normal(scale=0.2, size=8) for word in COMMON}
        self.calls = 0

    def embed_documents(self, document, verbose=False):
        self.calls += 1
        return np.stack(
            [np.mean([self.vectors.get(word, np.full(8, 0.01)) for word in text.split()], axis=0) for text in document]
        ).astype(np.float32)

    embed_words = embed_documents


class NoRepresentation:
    """A representation model that must not be run."""

    def represent(self, evidence, words):
        raise AssertionError("a representation model was run unasked")


def make_documents():
    rng = np.random.default_rng(3)
    topics, documents = [], []
    for topic, size in SIZES.items():
        for _ in range(size):
            own = topic if topic >= 0 else int(rng.integers(4))
            n_own = int(rng.integers(4, 8)) if topic >= 0 else 2
            words = [*rng.choice(WORDS[own], n_own), *rng.choice(COMMON, 3 if topic >= 0 else 5)]
            documents.append(" ".join(rng.permutation(words).tolist()))
            topics.append(topic)
    order = rng.permutation(len(topics))
    return [documents[i] for i in order], np.array(topics)[order]


def make_snapshot(documents, topics, *, top_n_words=10, **components):
    """The state that a fit would have left, worked out with plain loops and scikit-learn."""
    topics = np.asarray(topics, dtype=np.int64)
    vectorizer = CountVectorizer()
    matrix = csr_matrix(vectorizer.fit_transform(documents), dtype=np.int32)
    terms = vectorizer.get_feature_names_out().astype(object)
    ids = np.unique(topics)
    per_topic = csr_matrix(np.stack([matrix.toarray()[topics == topic].sum(axis=0) for topic in ids]))
    weighting = Weighting().fit(per_topic)
    ctfidf = weighting.transform(per_topic)
    embedder = WordEmbedder()
    embeddings = embedder.embed_documents(documents)
    words = {}
    for row, topic in enumerate(ids.tolist()):
        dense = ctfidf[row].toarray().ravel()
        best = np.lexsort((np.arange(len(terms)), -dense))[:30]
        words[topic] = [(terms[i], float(dense[i])) for i in best if dense[i] > 0]
    state = TopicState(
        topic_ids=ids,
        topics=topics,
        sizes=np.array([(topics == topic).sum() for topic in ids]),
        mappings=np.stack([ids, ids], axis=1),
        document_terms=DocumentTerms(matrix=matrix, terms=terms),
        vocabulary=Vocabulary(terms=terms, columns=np.arange(len(terms)), idf=weighting._idf_diag.diagonal()),
        ctfidf=ctfidf,
        topic_embeddings=np.stack([embeddings[topics == topic].mean(axis=0) for topic in ids]),
        base_words=words,
        words={topic: found[:top_n_words] for topic, found in words.items()},
        documents=documents,
        embeddings=embeddings,
    )
    parts = {"embedder": embedder, "reducer": None, "clusterer": None, "vectorizer": vectorizer, "weighting": weighting}
    return Snapshot(state=state, components=Components(**(parts | {"top_n_words": top_n_words} | components)))


@pytest.fixture
def documents():
    return make_documents()[0]


@pytest.fixture
def fitted(documents):
    return make_snapshot(documents, make_documents()[1])


@pytest.fixture
def fitted_unasked(documents):
    """The same, with a representation model that fails when it is run."""
    return make_snapshot(documents, make_documents()[1], main=(NoRepresentation(),))


@pytest.fixture
def make_fitted():
    return make_snapshot
