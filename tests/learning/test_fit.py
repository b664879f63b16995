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
