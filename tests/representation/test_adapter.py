"""Representation models written for BERTopic, run by the core; and ours, called as BERTopic's are."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from leitmotif.building.represent import base_words, evidence_for
from leitmotif.protocols import Components, Snapshot
from leitmotif.representation import BaseRepresentation, KeyBERTInspired, MaximalMarginalRelevance, PartOfSpeech
from leitmotif.representation.adapter import LegacyRepresentation


class Reversed:
    """In BERTopic's manner: reverses the words, leaves out the outlier topic, pads."""

    def extract_topics(self, topic_model, documents, c_tf_idf, topics):
        self.seen = (topic_model, documents, c_tf_idf, topics)
        return {topic: [*pairs[::-1], ("", 1e-05)] for topic, pairs in topics.items() if topic != -1}


def test_the_answer_is_ours_without_padding(evidence, words) -> None:
    found = LegacyRepresentation(Reversed(), SimpleNamespace()).represent(evidence, words)
    assert found == {-1: words[-1], 0: words[0][::-1], 1: words[1][::-1], 7: []}


def test_it_sees_the_documents_and_the_matrix_of_the_moment(evidence, words) -> None:
    legacy, model = Reversed(), SimpleNamespace(c_tf_idf_="of the last fit", vectorizer_model="its own")
    LegacyRepresentation(legacy, model).represent(evidence, words)
    seen, documents, matrix, topics = legacy.seen
    assert list(documents.columns) == ["Document", "ID", "Topic", "Image"]
    assert documents["Document"].tolist() == list(evidence.documents)
    assert documents["Topic"].tolist() == evidence.topics.tolist()
    assert documents["ID"].tolist() == list(range(7))
    assert matrix is evidence.ctfidf and seen.c_tf_idf_ is evidence.ctfidf
    assert seen.topics_ == evidence.topics.tolist()
    assert seen.topic_sizes_[0] == 4 and seen._outliers == 1
    assert seen.vectorizer_model == "its own"
    assert topics[7] == [("", 1e-05)]  # never an empty list: such models take the first word apart


def test_private_methods_that_bertopics_documentation_names(evidence, words) -> None:
    class Uses:
        def extract_topics(self, topic_model, documents, c_tf_idf, topics):
            by_topic, every, places, ids = topic_model._extract_representative_docs(
                c_tf_idf, documents, topics, nr_samples=500, nr_repr_docs=2
            )
            assert [len(own) for own in ids] == [1, 2, 2, 0]
            assert [[every[i] for i in own] for own in places] == [by_topic[topic] for topic in (-1, 0, 1, 7)]
            assert [[documents["Document"][i] for i in own] for own in ids] == [by_topic[t] for t in (-1, 0, 1, 7)]
            assert by_topic[-1] == ["planet and oven"]
            vectors = topic_model._extract_embeddings(["rocket", "oven"], method="word", verbose=False)
            np.testing.assert_array_equal(vectors, evidence.embed_words(["rocket", "oven"]))
            assert topic_model._extract_embeddings("rocket").shape == (1, 12)
            return topics

    assert LegacyRepresentation(Uses(), SimpleNamespace()).represent(evidence, words) == words


class Lengths:
    """Embeds a text by counts of letters."""

    def embed_documents(self, document, verbose=False):
        return np.array([[text.count(letter) for letter in "abcdefghijklmnop"] for text in document], dtype=float) + 0.1

    embed_words = embed_documents


@pytest.fixture
def with_embedder(fitted):
    components = fitted.components
    parts = {name: getattr(components, name) for name in ("reducer", "clusterer", "vectorizer", "weighting")}
    from dataclasses import replace

    return Snapshot(
        state=replace(
            fitted.state, embeddings=Lengths().embed_documents(fitted.state.documents), topic_embeddings=None
        ),
        components=Components(embedder=Lengths(), **parts),
    )


@pytest.mark.parametrize(
    "model",
    [BaseRepresentation(), KeyBERTInspired(), MaximalMarginalRelevance(0.3), PartOfSpeech("embedded")],
    ids=repr,
)
def test_extract_topics_on_a_fitted_model_is_represent(with_embedder, model) -> None:
    import pandas as pd

    state = with_embedder.state
    words = base_words(state.ctfidf, state.vocabulary.terms, state.topic_ids, 10)
    expected = model.represent(evidence_for(state, with_embedder.components), words)
    assert model.extract_topics(with_embedder, None, state.ctfidf, words) == expected
    padded = {topic: [*pairs, ("", 1e-05)] for topic, pairs in words.items()}
    frame = pd.DataFrame({"Document": state.documents, "ID": range(len(state.topics)), "Topic": state.topics})
    assert model.extract_topics(with_embedder, frame, state.ctfidf, padded) == expected
    # other texts of the same content are counted and embedded anew
    again = pd.DataFrame({"Document": [text + " " for text in state.documents], "Topic": state.topics})
    found = model.extract_topics(with_embedder, again, state.ctfidf, words)
    assert {t: [w for w, _ in own] for t, own in found.items()} == {
        t: [w for w, _ in own] for t, own in expected.items()
    }
