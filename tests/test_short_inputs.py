"""Short and odd input through every verb: an answer of the right shape, or an error of ours that says something."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leitmotif import BERTopic
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.errors import LeitmotifError

WORDS = "rocket moon orbit bread oven dough café naïve 東京 don't a 12 🙂 x1".split()
texts = st.one_of(
    st.none(),
    st.just(float("nan")),
    st.text(max_size=12),
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
)
cases = st.lists(st.tuples(texts, st.integers(-1, 3)), min_size=1, max_size=14)


def verbs(model, docs):
    """Every verb that reads, by name; and every edit, on a copy."""
    n = len(docs)
    numbers = list(range(n))

    def edited(call):
        other = copy.deepcopy(model)
        call(other)
        assert sum(other.topic_sizes_.values()) == n == len(other.topics_)
        return other.get_document_info(docs)

    return {
        "info": lambda: model.get_topic_info(),
        "documents": lambda: model.get_document_info(docs),
        "transform": lambda: model.transform(docs),
        "over time": lambda: model.topics_over_time(docs, numbers, nr_bins=3),
        "per class": lambda: model.topics_per_class(docs, [i % 2 for i in numbers]),
        "hierarchy": lambda: model.get_topic_tree(model.hierarchical_topics(docs)),
        "distribution": lambda: model.approximate_distribution(docs, calculate_tokens=True),
        "search": lambda: model.find_topics("moon"),
        "outliers": lambda: model.reduce_outliers(docs, model.topics_, strategy="c-tf-idf"),
        "labels": lambda: model.generate_topic_labels(),
        "merge": lambda: edited(lambda m: m.merge_topics(docs, [0, 1])),
        "reduce": lambda: edited(lambda m: m.reduce_topics(docs, nr_topics=2)),
        "automatic": lambda: edited(lambda m: m.reduce_topics(docs, nr_topics="auto")),
        "delete": lambda: edited(lambda m: m.delete_topics([0])),
        "update": lambda: edited(lambda m: m.update_topics(docs, n_gram_range=(1, 2))),
    }


@settings(max_examples=7)
@given(cases)
def test_manual_topics_of_anything(case):
    docs, labels = [text for text, _ in case], [label for _, label in case]
    embeddings = np.random.default_rng(len(docs)).normal(size=(len(docs), 4)).astype(np.float32)
    model = BERTopic(umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster(), embedding_model="lsa")
    model.fit(docs, embeddings, y=labels)
    assert len(model.topics_) == len(docs)
    groups = {}
    for topic, label in zip(model.topics_, labels, strict=True):
        assert groups.setdefault(label, topic) == topic  # labels that were given are never split or mixed
    assert len(set(groups.values())) == len(groups)
    for name, call in verbs(model, docs).items():
        try:
            answer = call()
        except LeitmotifError as error:
            assert len(str(error)) > 20, name
        else:
            if name == "documents":
                assert answer.Topic.tolist() == model.topics_
            if name == "distribution":
                rows, tokens = answer
                sums = rows.sum(axis=1)
                assert len(rows) == len(tokens) == len(docs)
                assert (np.isclose(sums, 1) | (sums == 0)).all()


@settings(max_examples=6)
@given(st.lists(texts, min_size=1, max_size=9))
def test_the_default_model_of_anything(docs):
    model = BERTopic(min_topic_size=2)
    topics, _ = model.fit_transform(docs)
    assert len(topics) == len(docs) and set(topics) == set(model.get_topics())
    assert model.transform(docs)[0] == topics
    alone = model.transform(["rocket to the moon"])[0]
    assert model.transform(["rocket to the moon", *docs])[0][0] == alone[0]


def test_no_rows_are_lost_where_everything_is_empty():
    docs = [None, "", " ", "\n"]
    model = BERTopic(min_topic_size=2)
    assert len(model.fit_transform(docs)[0]) == 4
    with pytest.raises(LeitmotifError):
        BERTopic().fit([])
