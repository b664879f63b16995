"""What a suite of a BERTopic user would contain: it must pass with only the import changed."""

from __future__ import annotations

import copy
import pickle
from collections import Counter

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from scipy.cluster.hierarchy import linkage
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA, IncrementalPCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.pipeline import make_pipeline

from leitmotif import BERTopic
from leitmotif._utils import (
    MyLogger,
    NotInstalled,
    check_documents_type,
    check_embeddings_shape,
    check_is_fitted,
    get_unique_distances,
    select_topic_representation,
)
from leitmotif.backend import BaseEmbedder
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance
from leitmotif.representation._base import BaseRepresentation
from leitmotif.representation._mmr import mmr
from leitmotif.vectorizers import ClassTfidfTransformer, OnlineCountVectorizer

KINDS = {
    "default": lambda: BERTopic(min_topic_size=5),
    "probabilities": lambda: BERTopic(min_topic_size=5, calculate_probabilities=True),
    "clustered": lambda: BERTopic(umap_model=PCA(4), hdbscan_model=KMeans(6, n_init=1, random_state=0)),
    "reduced": lambda: BERTopic(
        umap_model=PCA(4), hdbscan_model=KMeans(9, n_init=1, random_state=0), nr_topics=6, top_n_words=5
    ),
    "weighted": lambda: BERTopic(
        min_topic_size=5,
        vectorizer_model=CountVectorizer(ngram_range=(1, 2)),
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True, reduce_frequent_words=True),
    ),
    "represented": lambda: BERTopic(
        min_topic_size=5,
        representation_model={
            "Main": [KeyBERTInspired(), MaximalMarginalRelevance(diversity=0.2)],
            "MMR": MaximalMarginalRelevance(diversity=0.3),
        },
    ),
    "manual": lambda: BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster()),
    "supervised": lambda: BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=LogisticRegression()),
    "zero-shot": lambda: BERTopic(
        min_topic_size=4, zeroshot_topic_list=["rocket moon orbit", "bread oven dough"], zeroshot_min_similarity=0.6
    ),
    "guided": lambda: BERTopic(min_topic_size=5, seed_topic_list=[["rocket", "moon"], ["bread", "oven"]]),
}


@pytest.fixture(scope="module")
def docs(corpus):
    return corpus[0]


@pytest.fixture(scope="module")
def models(corpus):
    texts, embeddings, targets = corpus
    fitted = {}
    for kind, make in KINDS.items():
        model = make()
        given = {"embeddings": embeddings} if kind in ("clustered", "reduced") else {}
        y = targets if kind in ("manual", "supervised") else None
        assert model.fit(texts, y=y, **given) is model
        fitted[kind] = model
    return fitted


@pytest.fixture(params=KINDS)
def model(request, models):
    return copy.deepcopy(models[request.param])


def consistent(model, docs):
    """All attributes of a model speak of the same topics."""
    topics = model.topics_
    assert isinstance(topics, list) and len(topics) == len(docs)
    assert all(type(topic) is int for topic in topics)
    counts = Counter(topics)
    ids = sorted(counts)
    assert model.topic_sizes_ == counts and sum(model.topic_sizes_.values()) == len(docs)
    assert set(model.get_topics()) == set(model.topic_representations_) == set(ids) == set(model.topic_labels_)
    assert len(model.topic_embeddings_) == model.c_tf_idf_.shape[0] == len(ids)
    assert model.c_tf_idf_.shape[1] == len(model.vectorizer_model.get_feature_names_out())
    assert model.ctfidf_model._idf_diag.shape[0] == model.c_tf_idf_.shape[1]
    assert model._outliers == int(-1 in ids)
    assert set(model.representative_docs_) <= set(ids)
    info = model.get_topic_info()
    assert info.Topic.tolist() == ids and info.Count.tolist() == [counts[topic] for topic in ids]
    assert model.get_topic_freq().Count.sum() == len(docs)
    assert len(model.get_topic_freq()) == len(ids)
    assert set(model.topic_mapper_.get_mappings().values()) <= set(ids) | {-1}
    if model.probabilities_ is not None:
        assert len(model.probabilities_) == len(docs)
        assert model.probabilities_.ndim == 1 or model.probabilities_.shape[1] == len(ids) - model._outliers
    assert len(model.get_document_info(docs)) == len(docs)


def test_after_fit(model, docs):
    consistent(model, docs)
    for topic in set(model.topics_):
        words = model.get_topic(topic)
        assert 0 < len(words) <= max(model.top_n_words, 10)
        assert all(isinstance(word, str) and isinstance(weight, float) for word, weight in words)
        assert 0 < len(model.get_representative_docs(topic)) <= 3
        assert set(model.get_representative_docs(topic)) <= set(docs)
    assert model.get_topic(500) is False
    assert str(model).startswith("BERTopic(")
    assert model.get_params()["top_n_words"] == model.top_n_words


def test_predict(model, docs):
    topics, probabilities = model.transform(docs[:8])
    assert topics == model.topics_[:8]
    assert probabilities is None or len(probabilities) == 8
    vector = np.zeros((1, model.topic_embeddings_.shape[1]), dtype=np.float32)
    one, _ = model.transform("a rocket flies to the moon", vector)
    assert len(one) == 1 and one[0] in {-1, *model.get_topics()}


def test_predict_without_embeddings(models):
    for model in (models["default"], models["zero-shot"], models["probabilities"]):
        topics, probabilities = model.transform(["a rocket flies to the moon", "bread from the oven"])
        assert len(topics) == len(probabilities) == 2


def test_edit_after_edit(model, docs):
    labels = [topic for topic in model.get_topics() if topic >= 0]
    before = dict(model.topic_mapper_.get_mappings())
    if len(labels) > 2:
        model.merge_topics(docs, [labels[0], labels[1]])
        consistent(model, docs)
        assert len([t for t in model.get_topics() if t >= 0]) == len(labels) - 1
        assert before.keys() == model.topic_mapper_.get_mappings().keys()
    model.update_topics(docs, n_gram_range=(1, 2))
    consistent(model, docs)
    assert any(" " in term for term in model.vectorizer_model.get_feature_names_out())
    assert model.reduce_topics(docs, nr_topics=2 + model._outliers) is model
    consistent(model, docs)
    assert len(model.get_topics()) <= 2 + model._outliers
    model.set_topic_labels({0: "first"})
    assert model.custom_labels_[model._outliers] == "first"
    assert "CustomName" in model.get_topic_info()
    model.delete_topics([1])
    consistent(model, docs)
    assert model._outliers == 1


def test_analyses(model, docs):
    dates = pd.Series(pd.date_range("2020-01-01", periods=len(docs), freq="5D")).dt.strftime("%Y-%m-%d").tolist()
    frame = model.topics_over_time(docs, dates, nr_bins=4)
    assert list(frame.columns) == ["Topic", "Words", "Frequency", "Timestamp"]
    assert frame.Frequency.sum() == len(docs)
    classes = ["even" if i % 2 else "odd" for i in range(len(docs))]
    by_class = model.topics_per_class(docs, classes=classes)
    assert set(by_class.Class) == {"even", "odd"} and by_class.Frequency.sum() == len(docs)
    tree = model.hierarchical_topics(docs)
    assert len(tree) == len([t for t in model.get_topics() if t >= 0]) - 1
    assert model.get_topic_tree(tree).count("■──") >= len(tree)
    distribution, tokens = model.approximate_distribution(docs[:6], calculate_tokens=True)
    assert distribution.shape == (6, len([t for t in model.get_topics() if t >= 0])) and len(tokens) == 6
    assert isinstance(model.visualize_hierarchy(hierarchical_topics=tree), go.Figure)
    assert isinstance(model.visualize_topics_over_time(frame), go.Figure)
    assert isinstance(model.visualize_topics_per_class(by_class), go.Figure)


def test_figures(models, docs):
    model = models["default"]
    reduced = np.random.default_rng(0).normal(size=(len(docs), 2))
    for figure in (
        model.visualize_barchart(),
        model.visualize_heatmap(),
        model.visualize_term_rank(),
        model.visualize_documents(docs, reduced_embeddings=reduced),
        model.visualize_distribution(models["probabilities"].probabilities_[0], min_probability=0.0),
    ):
        assert isinstance(figure, go.Figure)
        assert figure.to_dict()["layout"]["width"] > 0


def test_outliers(models, docs):
    model = copy.deepcopy(models["probabilities"])
    topics = [-1 if i % 6 == 0 else topic for i, topic in enumerate(model.topics_)]
    model.update_topics(docs, topics=topics)
    for strategy in ("distributions", "c-tf-idf", "embeddings"):
        new = model.reduce_outliers(docs, topics, strategy=strategy)
        assert isinstance(new, list) and len(new) == len(docs)
        assert sum(topic == -1 for topic in new) < sum(topic == -1 for topic in topics)
        assert all(a == b for a, b in zip(topics, new, strict=True) if a != -1)
    new = model.reduce_outliers(docs, topics, probabilities=model.probabilities_, strategy="probabilities")
    model.update_topics(docs, topics=new)
    consistent(model, docs)


def test_copies(model, docs, tmp_path):
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.topics_ == model.topics_
        assert other.get_topics() == model.get_topics()
    fresh = clone(model)
    assert fresh.topics_ is None
    assert fresh.get_params().keys() == model.get_params().keys()
    model.save(tmp_path / "model", serialization="safetensors", save_ctfidf=True)
    loaded = BERTopic.load(tmp_path / "model")
    assert loaded.topics_ == model.topics_ and loaded.topic_sizes_ == model.topic_sizes_
    assert list(loaded.topic_labels_.values()) == list(model.topic_labels_.values())
    assert loaded.c_tf_idf_.shape == model.c_tf_idf_.shape


def test_merge_models(models, docs):
    first, second = models["default"], models["represented"]
    merged = BERTopic.merge_models([first, second], min_similarity=0.8)
    assert len(merged.topics_) == 2 * len(docs)
    assert len(merged.get_topic_info()) >= len(first.get_topic_info())
    assert type(merged.hdbscan_model) is BaseCluster
    assert merged.get_topic_info().Count.sum() == 2 * len(docs)


# -- attributes -------------------------------------------------------------------------------------


def test_attributes_can_be_set(models, docs):
    model = copy.deepcopy(models["default"])
    ids = sorted(model.get_topics())
    model.topic_representations_ = {topic: [(f"word{topic}", 1.0)] for topic in ids}
    assert model.get_topic(ids[-1]) == [(f"word{ids[-1]}", 1.0)]
    model.custom_labels_ = [f"label {topic}" for topic in ids]
    assert model.get_topic_info().CustomName.tolist() == [f"label {topic}" for topic in ids]
    model.custom_labels_ = None
    assert "CustomName" not in model.get_topic_info()
    model.topic_aspects_ = {"Mine": {topic: [("a", 1.0)] for topic in ids}}
    assert model.get_topic(ids[-1], full=True)["Mine"] == [("a", 1.0)]
    model.representative_docs_ = {topic: [docs[model.topics_.index(topic)]] for topic in ids}
    assert model.get_document_info(docs).Representative_document.sum() == len(ids)
    swapped = [{0: 1, 1: 0}.get(topic, topic) for topic in model.topics_]
    model.topics_ = swapped
    assert model.topics_ == swapped
    assert model.topic_sizes_ == Counter(swapped)
    model.topic_sizes_ = Counter(swapped)
    model.probabilities_ = np.zeros(len(docs))
    assert model.get_document_info(docs).Probability.sum() == 0
    model.topic_embeddings_ = np.ones_like(model.topic_embeddings_)
    model.c_tf_idf_ = csr_matrix(model.c_tf_idf_.shape)
    model.verbose = False
    model.nr_topics = 3
    with pytest.raises(KeyError, match="update_topics"):
        model.topics_ = [99] * len(docs)
    with pytest.raises(ValueError):
        model.topic_embeddings_ = np.ones((1, 2))


def test_parts_of_a_fitted_model(models):
    model = models["default"]
    assert len(model.hdbscan_model.labels_) == len(model.topics_)
    assert model.umap_model.transform(np.zeros((1, model.topic_embeddings_.shape[1]), np.float32)).shape[0] == 1
    assert "rocket" in model.vectorizer_model.vocabulary_
    assert model.embedding_model.embed(["one text"]).shape == (1, model.topic_embeddings_.shape[1])
    assert models["clustered"].hdbscan_model.n_clusters == 6
    names = model.get_params(deep=True)
    assert names["hdbscan_model__min_cluster_size"] == 5
    other = BERTopic().set_params(hdbscan_model__min_cluster_size=17, umap_model__n_neighbors=4)
    assert other.hdbscan_model.min_cluster_size == 17 and other.umap_model.n_neighbors == 4


def test_unfitted_models_say_so():
    model = BERTopic()
    with pytest.raises(ValueError, match="fitted"):
        check_is_fitted(model)
    for call in (model.get_topics, model.get_topic_info, model.get_topic_freq, model.visualize_barchart):
        with pytest.raises(ValueError):
            call()
    for wrong in ("one text", pd.DataFrame({"text": ["a"]}), 3, [1, 2]):
        with pytest.raises(TypeError):
            model.fit(wrong)
    with pytest.raises(ValueError):
        model.fit(["a", "b"], embeddings=np.ones((3, 4)))
    with pytest.raises(ValueError):
        BERTopic(nr_topics=3.5).fit(["a", "b"])


def test_an_update_can_be_taken_back(model, docs):
    before, vectorizer = model.get_topics(), model.vectorizer_model
    model.update_topics(docs, n_gram_range=(2, 2))
    assert model.get_topics() != before and model.n_gram_range == (2, 2)
    model.update_topics(docs)
    assert model.get_topics() == before
    assert model.vectorizer_model is vectorizer
    consistent(model, docs)
    other = CountVectorizer(stop_words=["the"])
    model.vectorizer_model = other
    model.update_topics(docs)
    assert model.vectorizer_model is other and "the" not in model.vectorizer_model.vocabulary_


def test_distances_of_ones_own(models, docs):
    model = models["clustered"]
    for by_words in (True, False):
        tree = model.hierarchical_topics(
            docs,
            use_ctfidf=by_words,
            distance_function=lambda x: 1 - cosine_similarity(x),
            linkage_function=lambda x: linkage(x, "single", optimal_ordering=True),
        )
        assert len(tree) == 5 and (tree.Distance >= 0).all()


def test_topics_of_a_frame(docs):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"Document": docs, "ID": range(len(docs)), "Topic": rng.integers(-1, 6, len(docs))})
    model = BERTopic()
    model._update_topic_size(frame)
    model._extract_topics(frame)
    assert model.c_tf_idf_.shape[0] == len(model.get_topic_freq()) == 7
    model.nr_topics = 3
    reduced = model._reduce_topics(frame)
    assert reduced.Topic.tolist() == model.topics_ and reduced.Topic.nunique() == 3
    assert model.get_topic_freq().Count.sum() == len(docs)


# -- kinds of input ---------------------------------------------------------------------------------


def test_columns_of_other_libraries(corpus):
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    texts, embeddings, targets = corpus
    expected = KINDS["manual"]().fit_transform(texts, embeddings, y=targets.tolist())[0]
    shuffled = range(len(texts), 0, -1)
    for column, labels, times in (
        (np.array(texts), targets, np.arange(len(texts))),
        (pd.Series(texts, index=shuffled), pd.Series(targets, index=shuffled), pd.Series(range(72), index=shuffled)),
        (polars.Series(texts), polars.Series(targets), polars.Series(range(72))),
        (pyarrow.array(texts), pyarrow.array(targets), pyarrow.array(range(72))),
        (pyarrow.chunked_array([texts]), pyarrow.chunked_array([targets]), pyarrow.array(range(72))),
    ):
        model = KINDS["manual"]()
        assert model.fit_transform(column, embeddings, y=labels)[0] == expected
        assert model.get_document_info(column).Document.tolist() == texts
        assert model.topics_over_time(column, times, nr_bins=3).Frequency.sum() == len(texts)
        assert model.topics_per_class(column, times).Frequency.sum() == len(texts)
        model.update_topics(column, topics=labels)
        assert model.topics_ == targets.tolist()


def test_in_a_pipeline(docs):
    pipeline = make_pipeline(KINDS["default"]())
    pipeline.fit(docs)
    topics, _ = pipeline.transform(docs)
    assert topics == pipeline[-1].topics_


def test_online(corpus):
    texts, embeddings, _ = corpus
    model = BERTopic(
        umap_model=IncrementalPCA(3),
        hdbscan_model=MiniBatchKMeans(4, random_state=0, n_init=1),
        vectorizer_model=OnlineCountVectorizer(stop_words="english", decay=0.01),
    )
    collected = []
    for start in range(0, len(texts), 24):
        model.partial_fit(texts[start : start + 24], embeddings[start : start + 24])
        collected.extend(model.topics_)
    model.topics_ = collected
    assert len(model.topics_) == len(texts) and sum(model.topic_sizes_.values()) == len(texts)
    assert set(collected) == set(model.get_topics())
    assert isinstance(model.visualize_barchart(), go.Figure)
    assert len(model.get_document_info(texts)) == len(texts)
    with pytest.raises(ValueError):
        BERTopic(hdbscan_model=KMeans(2)).partial_fit(texts)


def test_manual_topics_need_no_embeddings(docs, tmp_path):
    """The recipe of BERTopic's guide: three parts that do nothing, and labels."""
    labels = [row % 4 - 1 for row in range(len(docs))]
    model = BERTopic(
        embedding_model=BaseEmbedder(), umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster()
    )
    topics, probabilities = model.fit_transform(docs, y=labels)
    assert probabilities is None and model.topic_embeddings_ is None
    mapping = model.topic_mapper_.get_mappings()
    assert topics == [mapping[label] for label in labels] and mapping[-1] == -1
    assert len(model.hierarchical_topics(docs)) == 2
    assert model.topics_per_class(docs, labels).Frequency.sum() == len(docs)
    assert isinstance(model.visualize_topics(), go.Figure) and isinstance(model.visualize_heatmap(), go.Figure)
    model.merge_topics(docs, [0, 1])
    assert set(model.topics_) == {-1, 0, 1}
    model.save(tmp_path / "manual", serialization="safetensors")
    assert BERTopic.load(tmp_path / "manual").get_topics() == model.get_topics()
    with pytest.raises(ValueError):
        model.find_topics("word")


def test_what_cannot_be_used_is_a_value_error_and_a_type_error(models, docs):
    """BERTopic raises a ``TypeError`` for the one and a ``ValueError`` for the other."""
    model = models["default"]
    for kind in (ValueError, TypeError):
        for wrong in ("12", 5, ["a", "b"]):
            with pytest.raises(kind):
                model.merge_topics(docs, wrong)
        with pytest.raises(kind):
            BERTopic(representation_model="text").fit(docs)
        with pytest.raises(kind):
            BERTopic().fit("one text")
        with pytest.raises(kind):
            BERTopic(nr_topics=2.5).fit(docs)


# -- components of one's own ------------------------------------------------------------------------


class Upper(BaseRepresentation):
    """A representation model as the documentation of BERTopic has it."""

    def extract_topics(self, topic_model, documents, c_tf_idf, topics):
        mapping, texts, places, ids = topic_model._extract_representative_docs(
            c_tf_idf, documents, topics, nr_samples=100, nr_repr_docs=2
        )
        assert set(mapping) == set(topics) and len(texts) == sum(map(len, places)) == sum(map(len, ids))
        vectors = topic_model._extract_embeddings(texts, method="document", verbose=False)
        assert len(vectors) == len(texts)
        words = topic_model.vectorizer_model.get_feature_names_out()
        assert c_tf_idf.shape == (len(topics), len(words))
        return {topic: [(word.upper(), weight) for word, weight in pairs] for topic, pairs in topics.items()}


class Counted(BaseEmbedder):
    """An embedding model as the documentation of BERTopic has it."""

    def __init__(self, vectorizer):
        super().__init__()
        self.vectorizer = vectorizer

    def embed(self, documents, verbose=False):
        return self.vectorizer.transform(documents).toarray().astype(float)


class Reducer:
    def fit(self, X):
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X):
        return (X - self.mean_)[:, :5]


class Clusterer:
    def fit(self, X):
        self.labels_ = (X[:, 0] > 0).astype(int)
        return self

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)


def test_own_components(docs):
    model = BERTopic(
        embedding_model=Counted(CountVectorizer().fit(docs)),
        umap_model=Reducer(),
        hdbscan_model=Clusterer(),
        representation_model=Upper(),
    )
    topics, probabilities = model.fit_transform(docs)
    assert set(topics) == {0, 1} and probabilities is None
    assert all(word == word.upper() for word, _ in model.get_topic(0))
    assert model.transform(docs)[0] == topics
    assert len(model.find_topics("rocket", top_n=2)[0]) == 2


def test_private_calls_of_recipes(models, docs):
    model = models["default"]
    frame = pd.DataFrame({"Document": docs, "ID": range(len(docs)), "Topic": model.topics_})
    per_topic = frame.groupby(["Topic"], as_index=False).agg({"Document": " ".join})
    cleaned = model._preprocess_text(per_topic.Document.values)
    analyzer = model.vectorizer_model.build_analyzer()
    known = set(model.vectorizer_model.get_feature_names_out())
    assert all({term for term in analyzer(text) if term.isalpha()} <= known for text in cleaned)
    matrix, words = model._c_tf_idf(per_topic)
    assert matrix.shape == model.c_tf_idf_.shape and len(words) == matrix.shape[1]
    np.testing.assert_allclose(matrix.toarray(), model.c_tf_idf_.toarray())
    mapping, *_ = model._extract_representative_docs(model.c_tf_idf_, frame, model.topic_representations_, 500, 3)
    assert mapping == model.representative_docs_
    assert model._extract_embeddings(["one"], method="word", verbose=False).shape[0] == 1
    other = KINDS["clustered"]()
    reduced = other._reduce_dimensionality(np.random.default_rng(0).normal(size=(len(docs), 8)))
    labelled, strengths = other._cluster_embeddings(reduced, frame.assign(Topic=None))
    assert reduced.shape == (len(docs), 4) and labelled.Topic.nunique() == 6 and strengths is None
    unfitted = BERTopic()
    unfitted._update_topic_size(frame)
    assert unfitted.get_topic_freq().Count.sum() == len(docs)


def test_private_numbers_of_recipes(models, docs):
    """What the installed BERTopic gives for the same calls, in its form."""
    matrix = csr_matrix([[0, 3.0, 1, 2], [0, 0, 5, 0], [0, 0, 0, 0]])
    columns = BERTopic._top_n_idx_sparse(matrix, 3)
    assert columns.tolist() == [[2, 3, 1], [2, None, None], [None, None, None]]
    assert BERTopic._top_n_values_sparse(matrix, columns).tolist() == [[1, 2, 3], [5, 0, 0], [0, 0, 0]]
    model = copy.deepcopy(models["manual"])
    final = model.topic_mapper_.get_mappings()
    assert model._map_predictions([*final, 99]) == [*final.values(), -1]
    shares = np.eye(len(final))
    mapped = model._map_probabilities(shares, original_topics=True)
    assert all(mapped[cluster, topic] == 1 for cluster, topic in final.items()) and mapped.sum() == len(final)
    assert model._map_probabilities(None) is None and not model._is_zeroshot() and models["zero-shot"]._is_zeroshot()
    frame = pd.DataFrame({"Document": docs, "ID": range(len(docs)), "Topic": model.topics_})
    words = model._extract_words_per_topic(model.vectorizer_model.get_feature_names_out(), frame, model.c_tf_idf_)
    assert {topic: pairs[:10] for topic, pairs in words.items()} == model.get_topics()
    chosen = model.representative_docs_
    model.representative_docs_ = {}
    model._save_representative_docs(frame)
    assert model.representative_docs_ == chosen
    vectors = np.random.default_rng(0).normal(size=(len(docs), 3))
    model._create_topic_vectors(frame, vectors)
    for row, topic in enumerate(sorted(set(model.topics_))):
        np.testing.assert_allclose(model.topic_embeddings_[row], vectors[frame.Topic == topic].mean(axis=0))
    moved = model._sort_mappings_by_frequency(frame.assign(Topic=[{0: 5, 1: 3}.get(t, t) for t in model.topics_]))
    assert moved.Topic.value_counts().is_monotonic_decreasing and set(moved.Topic) == set(model.topics_)
    assert len(model.topic_mapper_.mappings_[0]) == len(models["manual"].topic_mapper_.mappings_[0]) + 1
    fewer = copy.deepcopy(models["manual"])
    fewer.nr_topics = 2 + fewer._outliers
    assert fewer._reduce_to_n_topics(frame).Topic.nunique() == fewer.nr_topics == len(fewer.get_topics())
    assert copy.deepcopy(models["manual"])._auto_reduce_topics(frame).Topic.nunique() <= len(final)


def test_helpers():
    for level in ((), ("ERROR",)):
        MyLogger(*level).warning("said")
    logger = MyLogger()
    logger.configure("WARNING")
    assert logger.logger.level == 30
    check_documents_type(["a", "b"])
    for wrong in ("a", [1], pd.DataFrame({"a": ["b"]})):
        with pytest.raises(TypeError):
            check_documents_type(wrong)
    check_embeddings_shape(None, ["a"])
    check_embeddings_shape(np.ones((1, 2)), ["a"])
    for wrong in ([1, 2], np.ones((2, 2))):
        with pytest.raises(ValueError):
            check_embeddings_shape(wrong, ["a"])
    distances = np.array([0.5, 0.5, 0.0, 0.0, 0.0, 2.0])
    unique = get_unique_distances(distances, noise_max=1e-7)
    assert len(set(unique)) == 6 and np.allclose(unique, distances, atol=1e-7) and (unique >= distances).all()
    matrix, embeddings = csr_matrix(np.eye(3)), np.ones((3, 2))
    assert select_topic_representation(matrix, embeddings) == (matrix, True)
    assert select_topic_representation(matrix, embeddings, use_ctfidf=False) == (embeddings, False)
    assert select_topic_representation(None, embeddings) == (embeddings, False)
    assert select_topic_representation(matrix, None, use_ctfidf=False) == (matrix, True)
    assert isinstance(select_topic_representation(matrix, embeddings, output_ndarray=True)[0], np.ndarray)
    for use in (lambda thing: thing(), lambda thing: thing.anything):
        with pytest.raises(ImportError, match="tool"):
            use(NotInstalled("tool", "extra"))
    assert mmr(np.array([[1.0, 0.0]]), np.array([[1.0, 0.1], [0.0, 1.0]]), ["a", "b"], top_n=2) == ["a", "b"]


def test_topic_mapper():
    from leitmotif._bertopic import TopicMapper

    mapper = TopicMapper([0, 0, 2, -1, 1])
    assert mapper.mappings_ == [[-1, -1], [0, 0], [1, 1], [2, 2]]
    mapper.add_mappings({0: 1, 1: 0}, topic_model=None)
    mapper.add_mappings({2: 0}, None)
    assert mapper.get_mappings() == {-1: -1, 0: 1, 1: 0, 2: 0}
    assert mapper.get_mappings(original_topics=False) == {-1: -1, 0: 1, 1: 0, 2: 0}
    mapper.add_new_topics({7: 3})
    assert mapper.mappings_[-1] == [7, None, None, 3]
    assert mapper.get_mappings()[7] == 3
