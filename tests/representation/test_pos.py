"""PartOfSpeech: candidates, their documents, taggers of all kinds, and what is said when one is missing."""

from __future__ import annotations

import logging
import pickle
import sys

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.representation import PartOfSpeech

PARTS = {
    "ADJ": "heavy stable red fresh hot",
    "NOUN": "rocket orbit launch planet butter bread oven flour",
    "VERB": "reaches needs",
}
PART_OF = {word: part for part, some in PARTS.items() for word in some.split()}


class Tagger:
    """Knows the words of the fixture; remembers what it read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, text: str) -> list[tuple[str, str]]:
        self.read.append(text)
        return [(word, PART_OF.get(word, "X")) for word in text.split()]


def weights_of(evidence, topic: int) -> dict[str, float]:
    row = evidence.topic_ids.tolist().index(topic)
    return dict(zip(evidence.terms.tolist(), evidence.ctfidf[row].toarray()[0].tolist(), strict=True))


def test_matching_words_and_phrases_by_weight(evidence, words) -> None:
    found = PartOfSpeech(Tagger(), top_n_words=20).represent(evidence, words)
    for topic, expected in {
        0: [*"heavy rocket stable orbit launch planet red".split(), "heavy rocket"],
        1: [*"butter fresh bread hot oven flour".split(), "fresh bread", "hot oven"],
        -1: ["planet", "oven"],
    }.items():
        weight = weights_of(evidence, topic)
        assert [word for word, _ in found[topic]] == sorted(expected, key=lambda word: (-weight[word], word))
        assert dict(found[topic]) == {word: weight[word] for word in expected}
    assert found[7] == words[7]
    assert PartOfSpeech(Tagger(), top_n_words=3).represent(evidence, words)[0] == found[0][:3]


def test_only_the_first_two_documents_of_a_word_are_read_each_once(evidence) -> None:
    tagger = Tagger()
    PartOfSpeech(tagger).represent(
        evidence, {-1: [], 0: [("rocket", 1.0), ("orbit", 1.0)], 1: [("flour", 1.0), ("law", 1.0)], 7: []}
    )
    # rocket: 0 and 1 (not 5, 6); orbit: 0 and 5; flour: 3; a word that no document has: none
    assert tagger.read == [evidence.documents[i] for i in (0, 1, 3, 5)]


def test_weights_are_those_of_the_matrix_given(make_evidence, words) -> None:
    """BERTopic 0.17 looks in the fitted matrix, whichever it was given."""
    evidence = make_evidence()
    weights = np.ones(evidence.ctfidf.shape)
    weights[1, evidence.terms.tolist().index("planet")] = 5.0
    weights[2, evidence.terms.tolist().index("hot oven")] = 6.0
    found = PartOfSpeech(Tagger(), top_n_words=1).represent(make_evidence(ctfidf=csr_matrix(weights)), words)
    assert found[0] == [("planet", 5.0)] and found[1] == [("hot oven", 6.0)]


def test_patterns(evidence, words) -> None:
    only_pairs = PartOfSpeech(Tagger(), pos_patterns=[[{"POS": "ADJ"}, {"POS": "NOUN"}]]).represent(evidence, words)
    assert [word for word, _ in only_pairs[0]] == ["heavy rocket"]
    assert only_pairs[-1] == words[-1]  # nothing matches: the words stay


def test_the_embedded_tagger_needs_nothing(evidence, words) -> None:
    found = PartOfSpeech("embedded").represent(evidence, words)
    names = {word for word, _ in found[0]}
    assert {"rocket", "orbit", "planet", "heavy rocket", "stable"} <= names
    assert not names & {"reaches", "near"}


def test_upper_case_texts_meet_a_lower_case_vocabulary(make_evidence, words) -> None:
    evidence = make_evidence()
    shouting = make_evidence(documents=[text.upper() for text in evidence.documents])
    tagger = Tagger()
    assert PartOfSpeech(lambda text: [(w.upper(), p) for w, p in tagger(text.lower())]).represent(
        shouting, words
    ) == PartOfSpeech(tagger).represent(evidence, words)


def test_without_texts_the_words_stay(make_evidence, words, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        assert PartOfSpeech(Tagger()).represent(make_evidence(documents=None), words) == words
    assert "documents" in caplog.text


@pytest.fixture
def no_spacy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)


class FakeSpacy:
    """spaCy without pipelines."""

    @staticmethod
    def load(name: str) -> None:
        raise OSError(f"[E050] Can't find model {name!r}")


def test_a_named_pipeline_that_is_missing_is_an_error_that_helps(no_spacy, monkeypatch) -> None:
    with pytest.raises(MissingDependencyError, match="pip install spacy && python -m spacy download de_core_news_sm"):
        PartOfSpeech("de_core_news_sm")
    monkeypatch.setitem(sys.modules, "spacy", FakeSpacy)
    with pytest.raises(
        MissingDependencyError, match=r"Install it: python -m spacy download de_core_news_sm.*'embedded'"
    ):
        PartOfSpeech("de_core_news_sm")


def test_the_default_falls_back_on_the_embedded_tagger_aloud(no_spacy, caplog, evidence, words) -> None:
    with caplog.at_level(logging.WARNING):
        model = PartOfSpeech("en_core_web_sm")
    assert "embedded" in caplog.text and "python -m spacy download en_core_web_sm" in caplog.text
    assert model.model == "en_core_web_sm"
    assert model.represent(evidence, words) == PartOfSpeech("embedded").represent(evidence, words)
    assert len(caplog.records) == 1


def test_what_is_no_tagger_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="int"):
        PartOfSpeech(3)
    with pytest.raises(ValueError, match="pos_patterns"):
        PartOfSpeech("embedded", pos_patterns=[[{"LEMMA": "be"}]])


def test_parameters_changed_later_are_used_and_pickle_keeps_them(evidence, words) -> None:
    model = PartOfSpeech("embedded").set_params(model=Tagger(), pos_patterns=[[{"POS": "VERB"}]])
    assert [word for word, _ in model.represent(evidence, words)[0]] == ["reaches"]
    copy = pickle.loads(pickle.dumps(PartOfSpeech("embedded", top_n_words=2)))
    assert copy.represent(evidence, words) == PartOfSpeech("embedded", top_n_words=2).represent(evidence, words)


def test_a_real_spacy_pipeline(evidence, words) -> None:
    spacy = pytest.importorskip("spacy")
    pipeline = spacy.blank("en")
    ruler = pipeline.add_pipe("attribute_ruler")
    for word, part in PART_OF.items():
        ruler.add([[{"ORTH": word}]], {"POS": part})
    assert PartOfSpeech(pipeline).represent(evidence, words) == PartOfSpeech(Tagger()).represent(evidence, words)
