"""Variants of a fit: zero-shot in every combination, images, and clusterers that learn point by point."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA, IncrementalPCA

from leitmotif import BERTopic
from leitmotif.backend import BaseEmbedder
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.errors import LeitmotifError
from leitmotif.vectorizers import OnlineCountVectorizer

# -- zero-shot --------------------------------------------------------------------------------------

NAMES = ["Rockets", "Cooking"]


class Places(BaseEmbedder):
    """Embeds the texts of the corpus as given, and the names where their subject is."""

    def __init__(self, texts, embeddings):
        super().__init__()
        self.known = dict(zip(texts, embeddings, strict=True))
        self.known |= {name: np.eye(8, dtype=np.float32)[i] for i, name in enumerate(NAMES)}

    def embed(self, documents, verbose=False):
        return np.stack([self.known.get(text, np.full(8, 0.5, dtype=np.float32)) for text in documents])


class WithOutliers(KMeans):
    """KMeans in which every fourth point belongs nowhere."""

    def fit(self, X, y=None, sample_weight=None):
        super().fit(X)
        self.labels_ = np.where(np.arange(len(X)) % 4 == 1, -1, self.labels_)
        return self


@pytest.mark.parametrize(
    ("threshold", "outliers", "nr_topics"),
    list(itertools.product([-1.0, 0.7, 2.0], [False, True], [None, 5])),
    ids=str,
)
def test_zero_shot(corpus, tmp_path, threshold, outliers, nr_topics):
    texts, embeddings, targets = corpus
    clusterer = (WithOutliers if outliers else KMeans)(5, n_init=1, random_state=0)
    embedder = Places(texts, embeddings)
    model = BERTopic(
        embedding_model=embedder,
        umap_model=PCA(3, random_state=0),
        hdbscan_model=clusterer,
        zeroshot_topic_list=NAMES,
        zeroshot_min_similarity=threshold,
        nr_topics=nr_topics,
    ).fit(texts, embeddings)
    topics, labels = np.array(model.topics_), model.topic_labels_
    named = {topic: label for topic, label in labels.items() if label in NAMES}
    assert sorted(model.get_topic_info()["Topic"]) == sorted(labels) == sorted(set(topics.tolist()))
    assert model.get_topic_info()["Count"].sum() == len(texts)
    if threshold == -1.0:  # every document is near a name
        assert list(labels.values()) == NAMES and -1 not in labels
        assert (topics == np.where(targets == 0, 0, np.where(targets == 1, 1, topics))).all()
    elif threshold == 0.7:  # rockets and cooking are, music is clustered
        assert labels[0] == "Rockets" and labels[1] == "Cooking" and len(named) == 2
        assert ((topics == 0) == (targets == 0)).all() and ((topics == 1) == (targets == 1)).all()
        assert (-1 in labels) == outliers
    else:  # none is: an ordinary model
        assert not named
    if nr_topics is not None:
        assert len(labels) <= max(nr_topics, len(named) + int(-1 in labels) + 1)
    predicted = model.transform(None, embeddings)[0]
    if threshold == 0.7:
        assert [t for t in predicted if t in named] == [t for t in topics.tolist() if t in named]
    model.save(tmp_path / "model")
    loaded = BERTopic.load(tmp_path / "model", embedding_model=embedder)
    assert loaded.topic_labels_ == labels and loaded.topics_ == model.topics_
    again = loaded.transform(None, embeddings)[0]
    assert [t for t in again if t in named] == [t for t in predicted if t in named]
    model.set_topic_labels({0: "Mine"})
    model.merge_topics(texts, [0, max(labels)])
    merged_away = {named[max(labels)]} if max(labels) in named else set()
    assert set(named.values()) - merged_away <= set(model.topic_labels_.values()), "names outlive edits"


# -- images -----------------------------------------------------------------------------------------

COLOURS = ("red", "green", "blue")


class Colours(BaseEmbedder):
    """Texts and pictures in the space of red, green and blue."""

    def embed(self, documents, images=None, verbose=False):
        if documents is None:
            return self.embed_images(images)
        texts = np.array([[float(colour in text) for colour in COLOURS] for text in documents])
        return texts if images is None else (texts + self.embed_images(images)) / 2

    def embed_documents(self, document, verbose=False):
        return self.embed(document)

    embed_words = embed_documents

    def embed_images(self, images, verbose=False):
        return np.array([np.asarray(image).mean(axis=(0, 1)) for image in images]) / 255


def caption(images):
    return [[{"generated_text": f"a {COLOURS[int(np.asarray(i).mean(axis=(0, 1)).argmax())]} square"}] for i in images]


@pytest.fixture
def pictures():
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    shown = rng.permutation(np.repeat([0, 1, 2], [14, 10, 6]))
    made = []
    for colour in shown:
        base = np.full(3, 20) + 200 * np.eye(3)[colour]
        made.append(image.new("RGB", (6, 6), tuple(int(v) for v in base + rng.integers(-9, 9, 3))))
    return made, shown


def of_pictures(**parameters):
    return BERTopic(
        **{
            "embedding_model": Colours(),
            "umap_model": PCA(2, random_state=0),
            "hdbscan_model": KMeans(3, n_init=2, random_state=0),
        }
        | parameters
    )


def test_images_alone(pictures):
    from leitmotif.representation import VisualRepresentation

    images, shown = pictures
    asked = []

    def counting(batch):
        asked.extend(batch)
        return caption(batch)

    visual = VisualRepresentation(nr_repr_images=2, image_to_text_model=counting, image_height=12)
    model = of_pictures(representation_model={"Visual_Aspect": visual})
    topics, _ = model.fit_transform(None, images=images)
    assert topics == shown.tolist(), "numbered by size: red, green, blue"
    assert len(asked) == 6, "two typical pictures a topic are captioned, not all"
    assert [model.get_topic(topic)[0][0] for topic in range(3)] == list(COLOURS)
    info = model.get_topic_info()
    assert all(picture.size[1] == 12 for picture in info["Visual_Aspect"])
    assert all(colour in docs[0] for colour, docs in zip(COLOURS, info["Representative_Docs"], strict=True))
    assert model.transform(None, images=images[:5])[0] == topics[:5]
    assert model.find_topics("blue", top_n=1)[0] == [2]
    assert model.find_topics(image=images[0], top_n=1)[0] == [topics[0]]


def test_images_without_captions_give_topics_without_words(pictures, caplog):
    images, shown = pictures
    model = of_pictures().fit(None, images=images)
    assert model.topics_ == shown.tolist()
    assert set(model.get_topic(0)) == {("", 1e-05)}
    assert "captions" in caplog.text


def test_images_with_texts(pictures):
    from leitmotif.representation import KeyBERTInspired, VisualRepresentation

    images, shown = pictures
    texts = [f"photo {i} of something {COLOURS[colour]}" for i, colour in enumerate(shown)]
    model = of_pictures(
        representation_model={"Visual_Aspect": VisualRepresentation(image_height=10), "KeyBERT": KeyBERTInspired()}
    )
    topics, _ = model.fit_transform(texts, images=images)
    assert topics == shown.tolist()
    assert [model.get_topic(topic)[0][0] for topic in range(3)] == list(COLOURS)
    assert model.transform(texts[:4], images=images[:4])[0] == topics[:4]
    model.merge_topics(texts, [1, 2], images=images)
    assert set(model.topic_sizes_) == {0, 1} and set(model.topic_aspects_["Visual_Aspect"]) == {0, 1}
    model.reduce_topics(texts, nr_topics=1, images=images)
    assert set(model.topics_) == {0}


def test_no_images_are_an_error():
    with pytest.raises(LeitmotifError, match="empty"):
        of_pictures().fit(None, images=[])


# -- point by point ---------------------------------------------------------------------------------


class OneByOne:
    """A clusterer of streams: a point near a known centre joins it, another one starts a cluster."""

    def __init__(self, radius=3.0):
        self.radius, self.centres = radius, []

    def partial_fit(self, X, y=None):
        labels = []
        for point in X:
            far = [np.linalg.norm(point - centre) for centre in self.centres]
            if not far or min(far) > self.radius:
                self.centres.append(point)
                far.append(0.0)
            labels.append(int(np.argmin(far)))
        self.labels_ = labels
        return self


def test_a_clusterer_of_streams(corpus):
    texts, embeddings, targets = corpus
    order = np.argsort(targets, kind="stable")  # a subject after the other: topics come up later
    model = BERTopic(
        umap_model=IncrementalPCA(3),
        hdbscan_model=OneByOne(),
        vectorizer_model=OnlineCountVectorizer(stop_words="english", decay=0.01),
    )
    collected = []
    for rows in np.array_split(order, 4):
        model.partial_fit([texts[row] for row in rows], embeddings[rows])
        collected += model.topics_
    assert sum(model.topic_sizes_.values()) == len(texts)
    assert len(model.topic_sizes_) >= 3
    subject = {}
    for topic, target in zip(collected, targets[order].tolist(), strict=True):
        assert subject.setdefault(topic, target) == target, "no topic mixes subjects"
    model.topics_ = collected
    info = model.get_document_info([texts[row] for row in order])
    assert info["Topic"].tolist() == collected
    assert model.get_topic_info()["Count"].tolist() == [collected.count(t) for t in sorted(model.topic_sizes_)]
    space = [topic for topic, target in subject.items() if target == 0]
    assert model.transform(None, embeddings[targets == 0][:3])[0][0] in space


def test_batches_go_on_after_an_edit(corpus):
    texts, embeddings, targets = corpus
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(), hdbscan_model=OneByOne(), vectorizer_model=OnlineCountVectorizer()
    )
    half = len(texts) // 2
    model.partial_fit(texts[:half], embeddings[:half])
    first = dict(zip(model.topics_, targets[:half].tolist(), strict=True))
    assert len(first) == 3
    together = sorted(first)[:2]
    model.merge_topics(texts[:half], together)
    subjects = {first[topic] for topic in together}
    model.partial_fit(texts[half:], embeddings[half:])
    merged = {topic for topic, target in zip(model.topics_, targets[half:].tolist(), strict=True) if target in subjects}
    other = {t for t, target in zip(model.topics_, targets[half:].tolist(), strict=True) if target not in subjects}
    assert len(merged) == len(other) == 1 and merged != other, "a cluster goes where its topic went"
    assert sum(model.topic_sizes_.values()) == len(texts)
    counts = np.isin(targets, list(subjects)).sum()
    assert model.topic_sizes_[merged.pop()] == counts
    expected = embeddings[np.isin(targets, list(subjects))].mean(axis=0)
    row = sorted(model.topic_sizes_).index(next(t for t, n in model.topic_sizes_.items() if n == counts))
    np.testing.assert_allclose(model.topic_embeddings_[row], expected, rtol=1e-4, atol=1e-4)
