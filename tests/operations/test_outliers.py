"""Topics for outliers, against loops over single documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leitmotif.errors import EmbeddingsError, InvalidInputError, MissingComponentError
from leitmotif.operations.outliers import reduce_outliers
from leitmotif.protocols import Snapshot


def cosine_of(a, b):
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / norms) if norms else 0.0


def expected_topics(fitted, vectors, topic_vectors, threshold):
    """Nearest inner topic of each outlier, one at a time."""
    state, result = fitted.state, fitted.state.topics.tolist()
    for i in np.flatnonzero(state.topics == -1):
        similarities = [cosine_of(vectors[i], topic_vectors[state.row(t)]) for t in state.inner_ids]
        if max(similarities) >= threshold and max(similarities) > 0:
            result[i] = int(state.inner_ids[int(np.argmax(similarities))])
    return result


@pytest.mark.parametrize("threshold", [0, 0.3, 0.6, 0.9])
def test_ctfidf(fitted, documents, threshold):
    state = fitted.state
    counts = state.document_terms.matrix.toarray().astype(float)
    weights = counts / counts.sum(axis=1, keepdims=True) * state.vocabulary.idf
    expected = expected_topics(fitted, weights, state.ctfidf.toarray(), threshold)
    new = reduce_outliers(fitted, documents, state.topics.tolist(), strategy="c-tf-idf", threshold=threshold)
    assert new == expected
    assert all(type(topic) is int for topic in new)
    assert fitted.state.has_outliers
    # The same through the vectorizer, as for documents that the model has not seen.
    order = np.random.default_rng(0).permutation(60)
    moved = reduce_outliers(
        fitted, [documents[i] for i in order], state.topics[order], strategy="c-tf-idf", threshold=threshold
    )
    assert moved == [expected[i] for i in order]


@pytest.mark.parametrize("threshold", [0, 0.5, 0.95])
def test_embeddings(fitted, documents, threshold):
    state = fitted.state
    expected = expected_topics(fitted, state.embeddings, state.topic_embeddings, threshold)
    new = reduce_outliers(fitted, documents, state.topics, strategy="embeddings", threshold=threshold)
    assert new == expected
    given = reduce_outliers(
        fitted, documents, state.topics, strategy="embeddings", threshold=threshold, embeddings=state.embeddings
    )
    assert given == expected
    assert fitted.components.embedder.calls == 1  # only when the fixture was made


def test_embeddings_are_made_of_the_outliers_only(fitted, documents):
    embedder = fitted.components.embedder
    seen = []
    original = embedder.embed_documents
    embedder.embed_documents = lambda document, verbose=False: seen.extend(document) or original(document)
    bare = Snapshot(state=replace(fitted.state, embeddings=None), components=fitted.components)
    new = reduce_outliers(bare, documents, fitted.state.topics, strategy="embeddings")
    assert new == reduce_outliers(fitted, documents, fitted.state.topics, strategy="embeddings")
    assert seen == [d for d, t in zip(documents, fitted.state.topics, strict=True) if t == -1]


@pytest.mark.parametrize("threshold", [0, 0.5])
@pytest.mark.parametrize("with_outlier_column", [False, True])
def test_probabilities(fitted, documents, threshold, with_outlier_column):
    state = fitted.state
    matrix = np.random.default_rng(2).dirichlet(np.ones(4), 60)
    matrix[np.flatnonzero(state.topics == -1)[0]] = 0
    given = np.hstack([np.ones((60, 1)), matrix]) if with_outlier_column else matrix
    new = reduce_outliers(
        fitted, documents, state.topics, strategy="probabilities", probabilities=given, threshold=threshold
    )
    for i, topic in enumerate(state.topics):
        if topic == -1:
            enough = matrix[i].max() >= threshold and matrix[i].max() > 0
            assert new[i] == (int(matrix[i].argmax()) if enough else -1)
        else:
            assert new[i] == topic


def test_probabilities_of_the_fit_are_the_default(fitted, documents):
    matrix = np.random.default_rng(2).dirichlet(np.ones(4), 60)
    own = Snapshot(state=replace(fitted.state, probabilities=matrix), components=fitted.components)
    topics = fitted.state.topics
    assert reduce_outliers(own, documents, topics, strategy="probabilities") == reduce_outliers(
        fitted, documents, topics, strategy="probabilities", probabilities=matrix
    )


@pytest.mark.parametrize("options", [{}, {"distributions_params": {"window": 2}}])
def test_distributions(fitted, documents, options):
    distribute = pytest.importorskip("leitmotif.operations.distribute")
    state = fitted.state
    new = reduce_outliers(fitted, documents, state.topics, threshold=0.2, **options)
    window = options.get("distributions_params", {})
    for i in np.flatnonzero(state.topics == -1):
        row = distribute.approximate_distribution(fitted, [documents[i]], min_similarity=0.2, **window)[0][0]
        assert new[i] == (int(row.argmax()) if row.any() else -1)


def test_distributions_where_nothing_is_similar(fitted, documents):
    """A threshold that no document reaches leaves everything as it is; in BERTopic 0.17.4 it could end in vstack()."""
    pytest.importorskip("leitmotif.operations.distribute")
    topics = fitted.state.topics.tolist()
    assert reduce_outliers(fitted, documents, topics, threshold=1.0) == topics


def test_target_fraction_takes_the_nearest_first(fitted, documents):
    state = fitted.state
    everything = reduce_outliers(fitted, documents, state.topics, strategy="embeddings")
    new = reduce_outliers(fitted, documents, state.topics, strategy="embeddings", target_fraction=0.1)
    assert new.count(-1) == 6
    strengths = {
        i: max(cosine_of(state.embeddings[i], state.topic_embeddings[state.row(t)]) for t in state.inner_ids)
        for i in np.flatnonzero(state.topics == -1)
    }
    moved = {i for i in strengths if new[i] != -1}
    assert moved == set(sorted(strengths, key=strengths.get)[-4:])
    assert all(new[i] == everything[i] for i in moved)


def test_nothing_left_to_do(fitted, documents):
    done = [0 if topic == -1 else int(topic) for topic in fitted.state.topics]
    for strategy in ("distributions", "c-tf-idf", "embeddings", "probabilities"):
        assert reduce_outliers(fitted, documents, done, strategy=strategy) == done


def test_no_outliers_at_all(make_fitted, documents):
    topics = np.arange(60) % 3
    with pytest.raises(ValueError, match="No outliers to reduce"):
        reduce_outliers(make_fitted(documents, topics), documents, topics)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"strategy": "typo"}, InvalidInputError, "strategy must be one of .*; got 'typo'"),
        ({"strategy": "probabilities"}, InvalidInputError, "calculate_probabilities"),
        ({"strategy": "probabilities", "probabilities": np.ones(60)}, InvalidInputError, "shape"),
        ({"strategy": "probabilities", "probabilities": np.ones((60, 3))}, InvalidInputError, "shape"),
        ({"strategy": "embeddings", "embeddings": np.ones((59, 8))}, EmbeddingsError, "59 rows"),
        ({"strategy": "embeddings", "embeddings": np.ones((60, 3))}, EmbeddingsError, "3 dimensions"),
        ({"target_fraction": 2}, InvalidInputError, "target_fraction"),
        ({"images": ["a"]}, InvalidInputError, "images has 1"),
        ({"topics": [0] * 59}, InvalidInputError, "topics"),
    ],
)
def test_bad_input(fitted, documents, options, error, message):
    with pytest.raises(error, match=message):
        reduce_outliers(fitted, documents, **({"topics": fitted.state.topics} | options))


def test_missing_parts(fitted, documents):
    state, components = fitted.state, replace(fitted.components, embedder=None)
    bare = Snapshot(state=replace(state, embeddings=None), components=components)
    with pytest.raises(MissingComponentError, match="embedder"):
        reduce_outliers(bare, documents, state.topics, strategy="embeddings")
    bare = Snapshot(state=replace(state, ctfidf=None), components=components)
    with pytest.raises(MissingComponentError, match="c-TF-IDF"):
        reduce_outliers(bare, documents, state.topics, strategy="c-tf-idf")


def test_images(fitted, documents):
    """Images force the embeddings strategy and are embedded for the outliers only."""
    topics, state = fitted.state.topics, fitted.state
    names = [f"{i}.png" for i in range(60)]

    class Pictures:
        def embed_images(self, images, verbose=False):
            self.seen = list(images)
            return np.stack([state.topic_embeddings[state.row(2)] for _ in images])

    pictures = Pictures()
    seeing = Snapshot(state=state, components=replace(fitted.components, embedder=pictures))
    new = reduce_outliers(seeing, None, topics, images=names)
    assert pictures.seen == [name for name, topic in zip(names, topics, strict=True) if topic == -1]
    assert [new[i] for i in np.flatnonzero(topics == -1)] == [2] * 10


def test_assigning_outliers_leaves_the_words_and_remembers_the_core():
    from leitmotif import BERTopic
    from leitmotif.cluster import BaseCluster
    from leitmotif.dimensionality import BaseDimensionalityReduction

    rng = np.random.default_rng(0)
    texts = [f"{'rocket moon' if i % 2 else 'bread oven'} number{i}" for i in range(60)]
    embeddings = (np.eye(2)[np.arange(60) % 2] * 4 + rng.normal(scale=0.3, size=(60, 2))).astype(np.float32)
    labels = np.where(np.arange(60) < 30, -1, np.arange(60) % 2)
    labels[-2:] = 0  # sizes differ, so that the order by size is certain
    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    model.fit(texts, embeddings, y=labels)
    words = {texts[model.topics_.index(t)].split()[0]: model.get_topic(t) for t in (0, 1)}
    before = list(model.topics_)
    assert model.assign_outliers(0.1) is model
    assert model.topics_.count(-1) == 6
    after = {
        texts[next(i for i in range(30, 58) if model.topics_[i] == t)].split()[0]: model.get_topic(t) for t in (0, 1)
    }
    assert after == words
    core = model.state.extras["core_topics"]
    assert ((core == -1) == (np.array(before) == -1)).all()
    moved = [i for i in range(30) if model.topics_[i] >= 0]
    assert all(embeddings[i, 0] > embeddings[i, 1] if i % 2 == 0 else True for i in moved)
    assert model.assign_outliers(0).topics_.count(-1) == 0
    sizes = list(model.topic_sizes_.values())
    assert sizes == sorted(sizes, reverse=True)
