"""Chinese and Japanese by a dictionary that is installed, or by statistics, and what becomes of a model elsewhere."""

from __future__ import annotations

import logging
from importlib.util import find_spec

import pytest

from leitmotif import BERTopic
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.vectorizers import WordVectorizer, segment

CHINESE = [
    "国务院总理在北京提出人工智能技术发展计划",
    "北京大学研究人工智能技术和机器学习",
    "足球冠军赛在上海举行，球迷很多",
    "上海球迷庆祝足球队夺得冠军",
]
JAPANESE = [
    "映画の撮影が東京で始まった。監督は新人である。",
    "新しいスマートフォンを東京で発売した。",
    "監督が映画を語った。観客は映画を楽しんだ。",
    "スマートフォンの画面が美しいと評判だ。",
]

needs_jieba = pytest.mark.skipif(find_spec("jieba") is None, reason="jieba is not installed (extra: chinese)")
needs_fugashi = pytest.mark.skipif(
    find_spec("fugashi") is None or find_spec("unidic_lite") is None,
    reason="fugashi and unidic-lite are not installed (extra: japanese)",
)


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(segment, "find_spec", lambda name: None)
    segment.cutter.cache_clear()
    yield
    segment.cutter.cache_clear()


def terms_of(vectorizer):
    return set(vectorizer.get_feature_names_out())


@needs_jieba
def test_jieba_cuts_chinese(caplog):
    with caplog.at_level(logging.INFO, logger="leitmotif"):
        vectorizer = WordVectorizer(language="chinese")
        counts = vectorizer.fit_transform(CHINESE)
    assert "cut by jieba" in caplog.text
    assert vectorizer.segmenter_.startswith("jieba 0.")
    assert {"人工智能", "技术", "足球", "冠军", "球迷", "上海", "北京"} <= terms_of(vectorizer)
    assert (vectorizer.transform(CHINESE) != counts).nnz == 0
    again = WordVectorizer.from_state(vectorizer.get_state())
    assert again.segmenter_ == vectorizer.segmenter_
    assert (again.transform(CHINESE) != counts).nnz == 0


@needs_fugashi
def test_fugashi_cuts_japanese():
    vectorizer = WordVectorizer(language="japanese", segmenter="fugashi")
    counts = vectorizer.fit_transform(JAPANESE)
    assert {"映画", "撮影", "監督", "スマートフォン", "観客", "楽しむ", "美しい"} <= terms_of(vectorizer)
    assert not {"スマート", "フォン", "である", "した"} & terms_of(vectorizer)
    assert (vectorizer.transform(JAPANESE) != counts).nnz == 0


@needs_jieba
@needs_fugashi
def test_auto_takes_the_dictionary_of_the_language():
    assert segment.chosen_segmenter("auto", CHINESE).startswith("jieba")
    assert segment.chosen_segmenter("auto", JAPANESE).startswith("fugashi")


@needs_jieba
def test_a_model_keeps_what_cut_its_words_and_goes_on_without_it(tmp_path, monkeypatch, caplog):
    import numpy as np

    texts = CHINESE * 4
    model = BERTopic(language="chinese", umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    model.fit(texts, np.eye(4, dtype=np.float32)[[0, 1, 2, 3] * 4], y=[0, 0, 1, 1] * 4)
    model.save(tmp_path / "model", save_embedding_model=False)
    assert "jieba 0." in (tmp_path / "model" / "leitmotif.json").read_text(encoding="utf-8")
    read = BERTopic.load(tmp_path / "model")
    monkeypatch.setattr(segment, "find_spec", lambda name: None)
    segment.cutter.cache_clear()
    with caplog.at_level(logging.WARNING):
        there = read.vectorizer_model.transform(CHINESE)
    segment.cutter.cache_clear()
    assert "jieba" in caplog.text and "not installed" in caplog.text
    here = model.vectorizer_model.transform(CHINESE)
    assert abs(there - here).sum() <= 0.2 * here.sum()


@pytest.mark.usefixtures("nothing_installed")
def test_without_dictionaries_statistics_cut():
    vectorizer = WordVectorizer(language="chinese")
    vectorizer.fit(CHINESE * 5)
    assert vectorizer.segmenter_ == "statistics"
    assert max(map(len, terms_of(vectorizer))) <= 6
    for name in ("jieba", "fugashi"):
        with pytest.raises(MissingDependencyError, match=r"leitmotif\[(chinese|japanese)\]"):
            WordVectorizer(segmenter=name).fit(CHINESE)


def test_statistics_on_request_are_the_same_everywhere():
    vectorizer = WordVectorizer(language="chinese", segmenter="statistics").fit(CHINESE * 5)
    assert vectorizer.segmenter_ == "statistics"
    assert WordVectorizer().fit(["no such texts here", "the texts"]).segmenter_ == ""
    with pytest.raises(InvalidInputError, match="segmenter must be"):
        WordVectorizer(segmenter="mecab").fit(CHINESE)


def test_distributions_look_at_words_of_unspaced_texts():
    import numpy as np

    texts = CHINESE * 5
    model = BERTopic(
        vectorizer_model=WordVectorizer(language="chinese", segmenter="statistics"),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
    )
    model.fit(texts, np.eye(4, dtype=np.float32)[[0, 1, 2, 3] * 5], y=[0, 0, 1, 1] * 5)
    shares, _ = model.approximate_distribution(CHINESE, min_similarity=0)
    own = np.array(model.topics_[:4])
    assert (shares.argmax(axis=1) == own).all()
