"""Whichever way a model was made, the loaded one has its attributes, its answers, and goes on as it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.backend import BaseEmbedder
from leitmotif.cluster import HDBSCAN, BaseCluster, Communities
from leitmotif.dimensionality import UMAP, BaseDimensionalityReduction
from leitmotif.representation import KeyBERTInspired, MaximalMarginalRelevance

from .conftest import assert_same
from .test_estimators import ATTRIBUTES

Corpus = tuple[list[str], np.ndarray, np.ndarray]


class Colours(BaseEmbedder):
    """Texts and pictures in the space of red, green and blue, and a little of each text's length."""

    def embed(self, documents: Any, images: Any = None, verbose: bool = False) -> np.ndarray:
        if documents is None:
            return self.embed_images(images)
        names = ("red", "green", "blue")
        texts = np.array([[float(name in text) + 0.01 * (len(text) % 7) for name in names] for text in documents])
        return texts if images is None else (texts + self.embed_images(images)) / 2

    def embed_documents(self, document: Any, verbose: bool = False) -> np.ndarray:
        return self.embed(document)

    embed_words = embed_documents

    def embed_images(self, images: Any, verbose: bool = False) -> np.ndarray:
        return np.array([np.asarray(image).mean(axis=(0, 1)) for image in images]) / 255


def small(**given: Any) -> BERTopic:
    return BERTopic(
        **{
            "umap_model": UMAP(n_components=2, n_epochs=20, random_state=1),
            "hdbscan_model": HDBSCAN(min_cluster_size=10),
            **given,
        }
    )


def supervised(corpus: Corpus) -> BERTopic:
    from sklearn.linear_model import LogisticRegression

    passive = BaseDimensionalityReduction()
    return BERTopic(umap_model=passive, hdbscan_model=LogisticRegression()).fit(corpus[0], corpus[1], y=corpus[2])


def semi_supervised(corpus: Corpus) -> BERTopic:
    some = np.where(np.arange(len(corpus[2])) % 2, corpus[2], -1)
    return small().fit(corpus[0], corpus[1], y=some)


def manual(corpus: Corpus) -> BERTopic:
    passive = {"umap_model": BaseDimensionalityReduction(), "hdbscan_model": BaseCluster()}
    return BERTopic(**passive).fit(corpus[0], corpus[1], y=np.where(np.arange(len(corpus[2])) % 9, corpus[2], -1))


def defaults(corpus: Corpus) -> BERTopic:
    return BERTopic(random_state=3).fit(corpus[0])


def as_bertopic(corpus: Corpus) -> BERTopic:
    return BERTopic(compat="bertopic", calculate_probabilities=True).fit(corpus[0], corpus[1])


def communities(corpus: Corpus) -> BERTopic:
    return small(hdbscan_model=Communities(), outliers="assign").fit(corpus[0], corpus[1])


def guided(corpus: Corpus) -> BERTopic:
    return small(seed_topic_list=[["rocket", "moon"], ["bread"]]).fit(corpus[0])


def zero_shot(corpus: Corpus) -> BERTopic:
    return small(zeroshot_topic_list=["Space flight", "Cooking"], zeroshot_min_similarity=0.3).fit(corpus[0])


def aspects(corpus: Corpus) -> BERTopic:
    chains = {"Main": KeyBERTInspired(), "Two": [KeyBERTInspired(), MaximalMarginalRelevance()]}
    return small(representation_model=chains).fit(corpus[0], corpus[1])


def online(corpus: Corpus) -> BERTopic:
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import IncrementalPCA

    from leitmotif.vectorizers import OnlineCountVectorizer

    model = BERTopic(
        umap_model=IncrementalPCA(3),
        hdbscan_model=MiniBatchKMeans(3, random_state=0, n_init=1),
        vectorizer_model=OnlineCountVectorizer(decay=0.1),
    )
    for rows in np.array_split(np.arange(len(corpus[0])), 2):
        model.partial_fit([corpus[0][row] for row in rows], corpus[1][rows])
    return model


def merged(corpus: Corpus) -> BERTopic:
    texts, embeddings, labels = corpus
    halves = [np.flatnonzero(labels != 2), np.flatnonzero(labels != 0)]
    models = [
        small(min_topic_size=5, hdbscan_model=HDBSCAN(min_cluster_size=8)).fit(
            [texts[row] for row in rows], embeddings[rows]
        )
        for rows in halves
    ]
    return BERTopic.merge_models(models, min_similarity=0.7)


def long_documents(corpus: Corpus) -> BERTopic:
    texts = [". ".join(text.capitalize() for text in corpus[0][i : i + 3]) + "." for i in range(0, len(corpus[0]), 2)]
    return small(hdbscan_model=HDBSCAN(min_cluster_size=5), chunking=10).fit(texts)


def edited(corpus: Corpus) -> BERTopic:
    model = small().fit(corpus[0], corpus[1])
    model.merge_topics(corpus[0], [0, 1])
    model.set_topic_labels({0: "mine"})
    return model


WAYS: list[Callable[[Corpus], BERTopic]] = [
    supervised,
    semi_supervised,
    manual,
    defaults,
    as_bertopic,
    communities,
    guided,
    zero_shot,
    aspects,
    online,
    merged,
    long_documents,
    edited,
]


def answers(model: BERTopic, documents: Any, embeddings: Any, **more: Any) -> tuple[list[int], Any]:
    topics, strengths = model.transform(documents, embeddings, **more)
    return topics, None if strengths is None else np.asarray(strengths)


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_a_loaded_model_is_the_saved_one(tmp_path: Path, corpus: Corpus, way: Callable[[Corpus], BERTopic]) -> None:
    model = way(corpus)
    model.save(tmp_path / "m")
    again = BERTopic.load(tmp_path / "m")
    again.save(tmp_path / "n")
    new = ["a rocket to the moon", "bread from the oven with butter", "?"]
    by_text = way in (defaults, guided, zero_shot, long_documents)
    vectors = None if by_text else corpus[1][:3] + np.float32(0.1)
    for each in (again, BERTopic.load(tmp_path / "n")):
        for attribute in ATTRIBUTES:
            assert_same(getattr(model, attribute), getattr(each, attribute), attribute)
        assert model.get_topic_info().equals(each.get_topic_info())
        plain = {name: value for name, value in model.get_params(deep=False).items() if not name.endswith("_model")}
        assert_same(plain, {name: each.get_params(deep=False)[name] for name in plain})
        assert_same(answers(model, new, vectors), answers(each, new, vectors))
        if way is not long_documents and way is not merged:
            texts, embeddings, _ = corpus
            known = answers(each, texts, None if by_text else embeddings)
            assert known[0] == (model.topics_ if way is not online else model.transform(texts, embeddings)[0])
    assert again.explain_difference(BERTopic.load(tmp_path / "n")) == []


@pytest.mark.parametrize("with_texts", [True, False])
def test_a_loaded_model_of_pictures_is_the_saved_one(tmp_path: Path, with_texts: bool) -> None:
    image = pytest.importorskip("PIL.Image")
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    from leitmotif.representation import VisualRepresentation

    rng = np.random.default_rng(0)
    shown = rng.permutation(np.repeat([0, 1, 2], [14, 10, 6]))
    colours = np.full(3, 20) + 200 * np.eye(3)[shown] + rng.integers(-9, 9, (len(shown), 3))
    images = [image.new("RGB", (6, 6), tuple(int(value) for value in colour)) for colour in colours]
    texts = [f"photo {i} of something {('red', 'green', 'blue')[colour]}" for i, colour in enumerate(shown)]
    model = BERTopic(
        embedding_model=Colours(),
        umap_model=PCA(2, random_state=0),
        hdbscan_model=KMeans(3, n_init=2, random_state=0),
        representation_model={"Visual_Aspect": VisualRepresentation(image_height=12)},
    ).fit(texts if with_texts else None, images=images)
    model.save(tmp_path / "m")
    again = BERTopic.load(tmp_path / "m", embedding_model=Colours())
    for attribute in ATTRIBUTES:
        if attribute != "topic_aspects_":
            assert_same(getattr(model, attribute), getattr(again, attribute), attribute)
    for topic, picture in model.topic_aspects_["Visual_Aspect"].items():  # JPEG loses a little
        found = again.topic_aspects_["Visual_Aspect"][topic]
        assert found.size == picture.size
        assert np.abs(np.asarray(found, dtype=int) - np.asarray(picture, dtype=int)).max() < 12
    assert_same(answers(model, None, None, images=images[:5]), answers(again, None, None, images=images[:5]))
    assert again.find_topics(image=images[0], top_n=1)[0] == [model.topics_[0]]
