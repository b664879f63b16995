"""The compiled counter against ``re``, ``str.lower`` and scikit-learn."""

from __future__ import annotations

import gzip
import json
import re
import sys
import unicodedata
import zlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import (
    ENGLISH_STOP_WORDS,
    CountVectorizer,
    strip_accents_ascii,
    strip_accents_unicode,
)

from leitmotif.errors import DocumentsError
from leitmotif.kernels.counts import (
    TermLookup,
    TokenStream,
    count,
    count_grams,
    hashed_counts,
    join_terms,
    tokenize,
    unigram_counts,
)

PATTERN = re.compile(r"(?u)\b\w\w+\b")

# Letters of many scripts, case pairs with odd rules, combining marks, digits, joiners, surrogates, astral letters.
ODD = (
    "aAzZ_09 \t\n-'.İıßẞΣςσΑΩﬁǅøØéÉñn\u0301\u0307\u200d\u00a0ªº²½Ⅷⅷ"
    "漢字かなカナー한글กำกिहिन्दी𝒜𝐀𐐀𐐨😀\ud800\udfff\x00\x1f\u2028"
)
texts = st.lists(st.text(st.one_of(st.sampled_from(ODD), st.characters())), max_size=8)
words = st.lists(st.text("abcABé ", max_size=30), max_size=8)


def reference_stream(docs, lowercase=True, strip=None) -> list[list[str]]:
    found = []
    for doc in docs:
        doc = doc.lower() if lowercase else doc
        found.append(PATTERN.findall(strip(doc) if strip else doc))
    return found


def spelled(stream: TokenStream) -> list[list[str]]:
    return [[stream.words[i] for i in stream.ids[a:b]] for a, b in zip(stream.indptr, stream.indptr[1:], strict=False)]


def reference_counts(docs, **settings_):
    vectorizer = CountVectorizer(**settings_)
    try:
        return vectorizer.fit_transform(docs), vectorizer.get_feature_names_out()
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        return None, None


def assert_same_matrix(ours, theirs):
    assert ours.shape == theirs.shape
    theirs = theirs.copy()
    theirs.sort_indices()
    np.testing.assert_array_equal(ours.indptr, theirs.indptr)
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    np.testing.assert_array_equal(ours.data, theirs.data)


@settings(max_examples=300)
@given(texts, st.booleans())
@example(["ΑΣ ΑΣ.", "Σ", "ΌΔΟΣ ΟΔΟΣ", "İİ İ x", "STRASSE ẞß"], True)
@example(["\ud83d\ude00 a\ud800b \udfffcd"], True)
@example(["", " ", "a", "_", "__", "a b c"], True)
def test_stream_is_what_re_and_lower_give(docs, lowercase):
    assert spelled(tokenize(docs, lowercase=lowercase)) == reference_stream(docs, lowercase)


@settings(max_examples=150)
@given(texts, st.booleans(), st.sampled_from([("ascii", strip_accents_ascii), ("unicode", strip_accents_unicode)]))
@example(["ℌℌ Åb", "çà"], True, ("unicode", strip_accents_unicode))
def test_stripping_accents_is_sklearns(docs, lowercase, strip):
    name, function = strip
    stream = tokenize(docs, lowercase=lowercase, strip_accents=name)
    assert spelled(stream) == reference_stream(docs, lowercase, function)


def test_every_code_point_is_a_word_character_or_not_as_python_says():
    docs = [
        "".join(map(chr, range(start, min(start + 0x1000, sys.maxunicode + 1))))
        for start in range(0, sys.maxunicode + 1, 0x1000)
    ]
    docs += [f"{chr(c)}{chr(c)} {chr(c)}x" for c in range(0x3000)]
    for lowercase in (True, False):
        assert spelled(tokenize(docs, lowercase=lowercase)) == reference_stream(docs, lowercase)


def test_words_are_sorted_distinct_and_all_used():
    stream = tokenize(["bb aa cc aa", "aa𝐀 aaé aab ab"])
    assert stream.words == sorted(set(stream.words))
    assert set(stream.ids.tolist()) == set(range(len(stream.words)))
    assert (stream.ids.dtype, stream.indptr.dtype) == (np.int32, np.int64)


@pytest.mark.parametrize("n_threads", [1, 2, 3, 16])
def test_threads_change_nothing(n_threads):
    rng = np.random.default_rng(0)
    docs = [" ".join(f"w{i}" for i in rng.zipf(1.5, size=rng.integers(0, 40)) % 500) for _ in range(500)]
    one, many = tokenize(docs, n_threads=1), tokenize(docs, n_threads=n_threads)
    assert one.words == many.words
    np.testing.assert_array_equal(one.ids, many.ids)
    first, again = count(one, (1, 3), n_threads=1), count(many, (1, 3), n_threads=n_threads)
    assert_same_matrix(first[0], again[0])
    assert first[1].tolist() == again[1].tolist()


@settings(max_examples=150)
@given(
    st.one_of(words, texts),
    st.integers(1, 3),
    st.integers(0, 2),
    st.sampled_from([None, ["aa", "ab", "bb"], sorted(ENGLISH_STOP_WORDS)]),
)
@example(["the cat the cat sat", "the", "cat sat the"], 1, 2, ["the"])
@example(["aa bb", "aab", "aa"], 1, 1, None)
def test_counts_are_sklearns(docs, shortest, more, stop_words):
    ngram_range = (shortest, shortest + more)
    expected, terms = reference_counts(docs, ngram_range=ngram_range, stop_words=stop_words)
    matrix, ours = count(tokenize(docs), ngram_range, frozenset(stop_words or ()))
    if expected is None:
        assert matrix.shape == (len(docs), 0)
        assert ours.shape == (0,)
        return
    assert ours.tolist() == terms.tolist()
    assert_same_matrix(matrix, expected)
    assert matrix.data.dtype == np.int32


def test_unigrams_of_all_words_have_the_stream_s_columns():
    stream = tokenize(["the cat the", "", "a cat of mine"])
    matrix = unigram_counts(stream)
    expected = np.zeros((3, len(stream.words)), dtype=int)
    for row, tokens in enumerate(spelled(stream)):
        for token in tokens:
            expected[row, stream.words.index(token)] += 1
    np.testing.assert_array_equal(matrix.toarray(), expected)


@settings(max_examples=150)
@given(
    st.one_of(words, texts),
    st.lists(st.one_of(st.text("ab ", max_size=8), st.text(max_size=4)), unique=True, min_size=1, max_size=12),
    st.integers(1, 2),
    st.integers(0, 1),
    st.sampled_from([None, ["aa", "ab"]]),
)
@example(["new york city", "york"], ["york", "new york", "york city", "zz", " ", "new  york", ""], 1, 1, None)
def test_a_fixed_vocabulary_counts_as_sklearns(docs, terms, shortest, more, stop_words):
    ngram_range = (shortest, shortest + more)
    expected = CountVectorizer(ngram_range=ngram_range, vocabulary=terms, stop_words=stop_words).transform(docs)
    matrix = TermLookup(terms).count(tokenize(docs), ngram_range, frozenset(stop_words or ()))
    assert_same_matrix(matrix, expected)


def test_a_large_vocabulary_finds_all_its_terms_again():
    rng = np.random.default_rng(1)
    docs = [" ".join(f"w{i}" for i in rng.integers(0, 3000, size=60)) for _ in range(200)]
    matrix, terms = count(tokenize(docs), (1, 2))
    assert_same_matrix(TermLookup(terms.tolist()).count(tokenize(docs), (1, 2)), matrix)


def test_terms_of_grams_are_joined_words():
    grams = np.array([[0, 1], [1, -1], [2, 0]], dtype=np.int32)
    assert join_terms(["aa", "日本", "😀é"], grams).tolist() == ["aa 日本", "日本", "😀é aa"]


@pytest.mark.parametrize("docs", [[], [""], ["", " ", "\ud800"]])
def test_nothing_to_count_gives_empty_matrices(docs):
    stream = tokenize(docs)
    matrix, terms = count(stream, (1, 2))
    assert (stream.words, stream.n_documents, matrix.shape, terms.shape) == ([], len(docs), (len(docs), 0), (0,))


@pytest.mark.parametrize("wrong", [None, b"bytes", 3, float("nan")])
def test_a_document_that_is_no_text_is_named(wrong):
    with pytest.raises(DocumentsError, match=f"document 1 is of type {type(wrong).__name__}"):
        tokenize(["fine", wrong])


def test_numpy_strings_count_as_texts():
    assert spelled(tokenize(np.array(["One TWO", "été"]))) == [["one", "two"], ["été"]]


@pytest.mark.parametrize(
    ("ids", "indptr"), [([5], [0, 1]), ([-2], [0, 1]), ([0], [0, 2]), ([0], [1, 1]), ([0, 0], [0, 2, 1, 2])]
)
def test_a_broken_stream_is_refused_before_memory_is_touched(ids, indptr):
    stream = TokenStream(np.array(ids, dtype=np.int32), np.array(indptr, dtype=np.int64), ["aa", "bb"])
    with pytest.raises(ValueError, match=r"vocabulary|indptr"):
        count_grams(stream, (1, 2))
    with pytest.raises(ValueError, match=r"vocabulary|indptr"):
        TermLookup(["aa"]).count(stream)


def test_a_word_id_outside_the_words_is_refused():
    with pytest.raises(IndexError):
        join_terms(["aa"], np.array([[1]], dtype=np.int32))
    with pytest.raises(IndexError):
        join_terms(["aa"], np.array([[-1]], dtype=np.int32))


@pytest.mark.parametrize(
    ("corpus_name", "limit", "options"),
    [
        ("arxiv20k", 400, {"ngram_range": (1, 2), "stop_words": "english"}),
        ("de_10kgnad", 150, {"ngram_range": (1, 2)}),
        ("de_10kgnad", 100, {"strip_accents": "unicode"}),
        ("zh_news_titles", 3000, {"ngram_range": (1, 3)}),
        ("ja_livedoor", 100, {"ngram_range": (1, 2)}),
    ],
)
def test_real_text_counts_as_sklearns(shared_data, corpus_name, limit, options):
    path = shared_data / f"{corpus_name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not in {shared_data}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        docs = [json.loads(line)["text"] for _, line in zip(range(limit), lines, strict=False)]
    if corpus_name.startswith("de"):
        docs += [unicodedata.normalize("NFD", doc) for doc in docs[:20]]
    expected, terms = reference_counts(docs, **options)
    stream = tokenize(docs, strip_accents=options.get("strip_accents"))
    stop_words = ENGLISH_STOP_WORDS if options.get("stop_words") else None
    matrix, ours = count(stream, options.get("ngram_range", (1, 1)), stop_words)
    assert ours.tolist() == terms.tolist()
    assert_same_matrix(matrix, expected)


@settings(max_examples=40, deadline=None)
@given(texts)
def test_words_counted_by_their_hashes(docs: list[str]) -> None:
    stream = tokenize(docs)
    asked = stream.words[::2]
    hash_of = {word: zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in [*asked, "absent"]}
    hashes = np.unique(np.array(list(hash_of.values()), dtype=np.uint32))
    found = hashed_counts(docs, hashes).toarray()
    expected = np.zeros((len(docs), len(hashes)), dtype=np.int32)
    for i in range(len(docs)):
        for word in stream.words_of(i):
            if word in hash_of:
                expected[i, np.searchsorted(hashes, np.uint32(hash_of[word]))] += 1
    assert np.array_equal(found, expected)
    assert hashed_counts(docs, hashes[:0]).shape == (len(docs), 0)
