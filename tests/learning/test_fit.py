from __future__ import annotations

from leitmotif import BERTopic
from leitmotif.kernels import counts


def test_the_corpus_is_tokenized_once_for_embedding_and_counting(corpus, monkeypatch):
    texts, _, _ = corpus
    passes = []
    real = counts._native.tokenize
    monkeypatch.setattr(
        counts._native, "tokenize", lambda texts, *rest: passes.append(len(texts)) or real(texts, *rest)
    )
    model = BERTopic(min_topic_size=5).fit(texts)
    assert passes.count(len(texts)) == 1
    model.update_topics(texts, topics=[0] * len(texts))
    model.reduce_topics(texts, 2)
    assert passes.count(len(texts)) == 1, "no edit reads the corpus again"


def test_remembering_ends_with_the_block_and_knows_other_texts():
    docs = ["one two", "two three"]
    with counts.tokenized_once(docs):
        first = counts.tokenize(docs)
        assert counts.tokenize(list(docs)) is first
        assert counts.tokenize(docs, lowercase=False) is not first
        assert counts.tokenize(["one two", "two four"]).words == ["four", "one", "two"]
    assert counts.tokenize(docs) is not first


def test_texts_without_marks_are_read_once_whoever_asks():
    for docs, shared in [
        (["plain café", "no marks"], True),
        (["Caf\u00e9 cafe\u0301"], False),
        (["\u0130stanbul"], False),
    ]:
        with counts.tokenized_once(docs):
            kept, broken = counts.tokenize(docs, marks=True), counts.tokenize(docs)
            assert (kept is broken) is shared
        assert kept.words == counts.tokenize(docs, marks=True).words
        assert broken.words == counts.tokenize(docs).words
