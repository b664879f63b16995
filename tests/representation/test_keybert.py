"""KeyBERTInspired against its formula, written out."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from leitmotif.errors import InvalidInputError
from leitmotif.representation import KeyBERTInspired


def naive(evidence, vectors, n_docs: int, n_candidates: int, n_words: int) -> dict[int, list[tuple[str, float]]]:
    """Documents by cosine of c-TF-IDF, their mean, candidates by c-TF-IDF, words by cosine to the mean."""

    def unit(x):
        return x / np.linalg.norm(x)

    result = {}
    weighed = evidence.weigh(evidence.document_terms).toarray()
    for row, topic in enumerate(evidence.topic_ids.tolist()):
        weights = evidence.ctfidf[row].toarray()[0]
        ranked = sorted(
            np.flatnonzero(evidence.topics == topic),
            key=lambda i: (-round(float(unit(weighed[i]) @ unit(weights)), 12), i),
        )
        distinct = {}
        for i in ranked:
            distinct.setdefault(evidence.documents[i], i)
        if not distinct:
            continue
        mean = np.mean([vectors[i] for i in list(distinct.values())[:n_docs]], axis=0)
        candidates = [i for i in np.argsort(-weights, kind="stable")[:n_candidates] if weights[i] > 0]
        scored = [
            (str(evidence.terms[i]), float(unit(evidence.embed_words([evidence.terms[i]])[0]) @ unit(mean)))
            for i in candidates
        ]
        result[topic] = sorted(scored, key=lambda pair: -pair[1])[:n_words]
    return result


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize(("n_docs", "n_candidates"), [(1, 3), (2, 100), (5, 6)])
def test_words_are_the_formula(make_evidence, words, given: bool, n_docs: int, n_candidates: int) -> None:
    evidence = make_evidence() if given else make_evidence(embeddings=None)
    model = KeyBERTInspired(top_n_words=4, nr_repr_docs=n_docs, nr_candidate_words=n_candidates)
    found = model.represent(evidence, words)
    expected = naive(evidence, make_evidence().embeddings, n_docs, n_candidates, 4)
    for topic in (-1, 0, 1):
        assert [word for word, _ in found[topic]] == [word for word, _ in expected[topic]]
        np.testing.assert_allclose([w for _, w in found[topic]], [w for _, w in expected[topic]], atol=1e-9)
    assert found[7] == []


def test_given_embeddings_are_those_of_the_typical_documents(make_evidence, words) -> None:
    """BERTopic 0.17 takes rows 0, 1, … of the corpus instead; with shuffled topics that gives other words."""
    evidence = make_evidence()
    poisoned = evidence.embeddings.copy()
    poisoned[4] = 1e6  # the outlier: never typical of topics 0 and 1
    other = KeyBERTInspired().represent(make_evidence(embeddings=poisoned), words)
    found = KeyBERTInspired().represent(evidence, words)
    assert other[0] == found[0] and other[1] == found[1] and other[-1] != found[-1]


def test_candidates_of_all_topics_are_embedded_in_one_call_each_once(make_evidence, words) -> None:
    evidence = make_evidence()
    KeyBERTInspired().represent(evidence, words)
    (asked,) = evidence.embed_words.asked
    assert len(asked) == len(set(asked)) == len(set(np.flatnonzero(evidence.ctfidf.toarray().sum(axis=0))))
    assert evidence.embed_documents.asked == []


def test_a_topic_without_documents_uses_its_embedding(make_evidence, words) -> None:
    evidence = make_evidence()
    ctfidf = evidence.ctfidf.tolil()
    ctfidf[3] = ctfidf[1]
    vectors = np.ones((4, 12))
    vectors[3] = evidence.embed_words(["orbit"])[0]
    found = KeyBERTInspired().represent(replace(evidence, ctfidf=ctfidf.tocsr(), topic_embeddings=vectors), words)
    assert found[7][0] == ("orbit", pytest.approx(1.0))


def test_without_an_embedder_the_words_stay(make_evidence, words, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        assert KeyBERTInspired().represent(make_evidence(embed_words=None), words) == words
    assert "embedding model" in caplog.text


def test_embeddings_of_another_space_are_refused(make_evidence, words) -> None:
    with pytest.raises(InvalidInputError, match="12 and 5 dimensions"):
        KeyBERTInspired().represent(make_evidence(embeddings=np.ones((7, 5))), words)
