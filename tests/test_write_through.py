"""Writing into the attributes of a model, as BERTopic's users do."""

from __future__ import annotations

import copy
import gc
import json
import pickle
from collections import Counter

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.errors import LeitmotifError, UnknownTopicError
from leitmotif.vectorizers import CountVectorizer


@pytest.fixture
def model(corpus):
    texts, embeddings, labels = corpus
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(stop_words="english"),
        representation_model={"Copy": []},
    )
    return model.fit(texts, embeddings, y=np.where(np.arange(len(texts)) < 5, -1, labels))


def test_topics(model, corpus):
    before, words = list(model.topics_), copy.deepcopy(model.get_topics())
    row = before.index(0)
    model.topics_[row] = 1
    assert model.topics_[row] == 1 and model.state.topics[row] == 1
    assert model.topic_sizes_[0] == before.count(0) - 1 and model.topic_sizes_[1] == before.count(1) + 1
    assert model.topics_ is model.topics_  # read in a loop, it is made once
    model.topics_[:2] = [2, 2]
    assert model.topics_[:3] == [2, 2, before[2]]
    with pytest.raises(UnknownTopicError):
        model.topics_[0] = 77
    with pytest.raises(LeitmotifError):
        model.topics_[0] = "seven"
    assert model.topics_[0] == 2 and model.get_topics() == words


def test_words_follow_topics_that_were_written(model, corpus):
    """Also where the topics passed to ``update_topics`` are those already written."""
    texts, embeddings, _ = corpus
    for row in [row for row, topic in enumerate(model.topics_) if topic == 2][:6]:
        model.topics_[row] = 0
    written = list(model.topics_)
    model.update_topics(texts, topics=written)
    afresh = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(stop_words="english"),
    ).fit(texts, embeddings, y=written)
    numbers = {model.topics_[row]: topic for row, topic in enumerate(afresh.topics_)}
    for topic, other in numbers.items():
        assert dict(model.get_topic(topic)) == pytest.approx(dict(afresh.get_topic(other)))
    assert "words_behind" not in model.state.extras


def test_words_labels_sizes_documents_and_aspects(model):
    model.topic_representations_[0] = [("sky", 0.5), ("sea", 0.25)]
    model.topic_representations_[1][0] = ("bread", 1.0)
    model.topic_representations_[1].append(("salt", 0.1))
    assert model.get_topic(0) == [("sky", 0.5), ("sea", 0.25)]
    assert model.get_topic(1)[0] == ("bread", 1.0) and model.get_topic(1)[-1] == ("salt", 0.1)
    assert model.topic_labels_[0] == "0_sky_sea"
    model.set_topic_labels({0: "Sky"})
    model.custom_labels_[2] = "Food"
    assert model.custom_labels_[1:3] == ["Sky", "Food"]
    assert model.get_topic_info().CustomName.tolist()[1:3] == ["Sky", "Food"]
    model.representative_docs_[0] = ["a text"]
    assert model.get_representative_docs(0) == ["a text"]
    model.topic_aspects_["Mine"] = {topic: [(f"word{topic}", 1.0)] for topic in model.get_topics()}
    model.topic_aspects_["Mine"][1].insert(0, ("first", 2.0))
    assert model.get_topic(1, full=True)["Mine"] == [("first", 2.0), ("word1", 1.0)]
    model.topic_sizes_[0] += 3
    assert model.get_topic_freq(0) == model.topic_sizes_[0] == model.topics_.count(0) + 3
    clusters = model.topic_mapper_.get_mappings()
    model.topic_mapper_.add_mappings({0: 1})
    assert model.topic_mapper_.get_mappings() == {cluster: topic or 1 for cluster, topic in clusters.items()}
    assert (model.state.mappings[:, -1] != 0).all()


def test_what_cannot_be_is_refused_and_undone(model):
    words = copy.deepcopy(model.get_topics())
    held = model.topic_representations_
    with pytest.raises(UnknownTopicError):
        held[99] = [("no", 1.0)]
    assert held == words == model.get_topics()
    with pytest.raises(UnknownTopicError):
        held.update({98: []})
    assert 98 not in held
    with pytest.raises(TypeError, match="set_topic_labels"):
        model.topic_labels_[0] = "Sky"
    with pytest.raises(TypeError, match="set_topic_labels"):
        model.topic_labels_.update({0: "Sky"})


def test_what_was_read_before_a_change_is_a_list_of_its_own(model, corpus):
    texts, _, _ = corpus
    topics, words = model.topics_, model.topic_representations_
    model.merge_topics(texts, [0, 1])
    now = list(model.topics_)
    topics[0] = 2
    words[2] = [("old", 1.0)]
    assert model.topics_ == now and all(word != "old" for word, _ in model.get_topic(0))
    held = model.topic_representations_
    model.set_topic_labels({0: "Both"})  # which leaves the words alone
    held[0] = [("new", 1.0)]
    assert model.get_topic(0) == [("new", 1.0)]


def test_kinds_copies_and_files(model, corpus):
    values = {
        "topics_": list,
        "topic_representations_": dict,
        "representative_docs_": dict,
        "topic_labels_": dict,
        "topic_aspects_": dict,
        "topic_sizes_": Counter,
    }
    for name, kind in values.items():
        value = getattr(model, name)
        assert isinstance(value, kind)
        for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
            assert type(other) is kind and other == value
        json.dumps(value)
        assert repr(value) == repr(copy.copy(value))
    other = copy.deepcopy(model)
    other.topics_[0] = 0
    assert other.topics_[0] == 0 and model.topics_[0] == -1
    predicted, _ = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster()).fit_transform(
        corpus[0], corpus[1], y=corpus[2]
    )
    assert type(predicted) is list
    topics = other.topics_
    del other
    gc.collect()
    topics[0] = 12  # the model is gone, the list is not
    assert topics[0] == 12


def test_kept_in_a_file(model, tmp_path):
    row = model.topics_.index(0)
    model.topics_[row] = 1
    model.save(tmp_path / "model")
    assert BERTopic.load(tmp_path / "model").state.extras["words_behind"] == [0, 1]
