"""``CountVectorizer`` is scikit-learn's, parameter by parameter."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer as Peer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import make_pipeline

from leitmotif.vectorizers import CountVectorizer

DOCS = ["The cat sat on the mat", "A Cat; a hat: the HAT", "çà et là, déjà vu", "İstanbul ΟΔΟΣ", "", "cat cat cat mat"]
NEW = ["a new cat", "hat mat cat", "ΟΔΟΣ déjà", ""]

SETTINGS = [
    {},
    {"ngram_range": (1, 3)},
    {"ngram_range": (2, 2), "stop_words": "english"},
    {"stop_words": ["cat", "zzz"]},
    {"lowercase": False},
    {"strip_accents": "unicode"},
    {"strip_accents": "ascii", "lowercase": False},
    {"min_df": 2},
    {"min_df": 0.3, "max_df": 0.9},
    {"max_df": 1},
    {"max_df": 2, "binary": True},
    {"max_features": 3},
    {"max_features": 2, "binary": True, "ngram_range": (1, 2)},
    {"vocabulary": ["cat", "the cat", "zz"], "ngram_range": (1, 2)},
    {"vocabulary": {"mat": 1, "hat": 0}},
    {"vocabulary": {"mat", "hat"}, "binary": True},
    {"binary": True, "dtype": np.float32},
    {"dtype": np.uint8},
    # not the kernel's case: scikit-learn's own code
    {"token_pattern": r"(?u)\b\w+\b"},
    {"analyzer": "char_wb", "ngram_range": (2, 3)},
    {"analyzer": str.split},
    {"tokenizer": str.split, "token_pattern": None},
    {"preprocessor": str.swapcase},
    {"strip_accents": str.upper},
]


def assert_equal(ours, theirs):
    assert type(ours) is type(theirs)
    assert (ours.shape, ours.dtype, ours.indices.dtype) == (theirs.shape, theirs.dtype, theirs.indices.dtype)
    assert (ours != theirs).nnz == 0
    assert ours.nnz == theirs.nnz


@pytest.mark.parametrize("options", SETTINGS)
def test_everything_equals_sklearns(options):
    ours, peer = CountVectorizer(**options), Peer(**options)
    assert_equal(ours.fit_transform(DOCS), peer.fit_transform(DOCS))
    assert ours.vocabulary_ == peer.vocabulary_
    assert ours.fixed_vocabulary_ == peer.fixed_vocabulary_
    assert ours.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()
    assert ours.get_feature_names_out().dtype == object
    expected = peer.transform(NEW)
    assert_equal(ours.transform(NEW), expected)
    assert_equal(CountVectorizer(**options).fit(DOCS).transform(iter(NEW)), expected)
    assert_equal(copy.deepcopy(ours).transform(NEW), expected)
    for mine, other in zip(ours.inverse_transform(expected), peer.inverse_transform(expected), strict=True):
        assert mine.tolist() == other.tolist()


@settings(max_examples=60)
@given(
    st.lists(st.text("abcABCéß ΣÉ", max_size=30), min_size=1, max_size=7),
    st.fixed_dictionaries(
        {
            "ngram_range": st.sampled_from([(1, 1), (1, 2), (2, 3)]),
            "stop_words": st.sampled_from([None, ["aa", "ab"]]),
            "min_df": st.sampled_from([1, 2, 0.0, 0.4, 1.0]),
            "max_df": st.sampled_from([1.0, 0.6, 2, 3]),
            "max_features": st.sampled_from([None, 2, 5]),
            "binary": st.booleans(),
            "lowercase": st.booleans(),
            "strip_accents": st.sampled_from([None, "ascii", "unicode"]),
        }
    ),
)
def test_any_mixture_of_parameters_equals_sklearns(docs, options):
    try:
        peer = Peer(**options)
        expected = peer.fit_transform(docs)
    except ValueError:
        with pytest.raises(ValueError, match=r"vocabulary|max_df"):
            CountVectorizer(**options).fit(docs)
        return
    ours = CountVectorizer(**options)
    assert_equal(ours.fit_transform(docs), expected)
    assert ours.vocabulary_ == peer.vocabulary_
    assert_equal(ours.transform(docs[::-1]), peer.transform(docs[::-1]))


def test_clone_is_unfitted_and_pickle_is_fitted():
    fitted = CountVectorizer(ngram_range=(1, 2)).fit(DOCS)
    fitted.transform(NEW)
    assert not hasattr(clone(fitted), "vocabulary_")
    again = pickle.loads(pickle.dumps(fitted))
    assert_equal(again.transform(NEW), fitted.transform(NEW))
    assert again.vocabulary_ == fitted.vocabulary_


def test_it_stands_in_a_pipeline():
    ours = make_pipeline(CountVectorizer(stop_words="english"), TfidfTransformer()).fit(DOCS)
    peer = make_pipeline(Peer(stop_words="english"), TfidfTransformer()).fit(DOCS)
    assert (ours.transform(NEW) != peer.transform(NEW)).nnz == 0
    assert ours.get_feature_names_out().tolist() == peer.get_feature_names_out().tolist()


def test_adopted_terms_are_the_columns():
    vectorizer = CountVectorizer(ngram_range=(1, 2))
    vectorizer.adopt_terms(np.array(["the cat", "cat", "zz"], dtype=object))
    assert vectorizer.transform(["the cat cat"]).toarray().tolist() == [[1, 2, 0]]
    assert vectorizer.vocabulary_ == {"the cat": 0, "cat": 1, "zz": 2}


def test_a_vocabulary_set_from_outside_counts():
    vectorizer = CountVectorizer().fit(DOCS)
    vectorizer.transform(DOCS)
    vectorizer.vocabulary_ = {"cat": 0, "mat": 1}
    assert vectorizer.transform(["mat cat mat"]).toarray().tolist() == [[1, 2]]
    vectorizer.vocabulary_["hat"] = 2
    assert vectorizer.transform(["mat hat mat"]).toarray().tolist() == [[0, 2, 1]]
    assert vectorizer.get_feature_names_out().tolist() == ["cat", "mat", "hat"]


def test_bytes_files_and_numpy_strings(tmp_path):
    expected = Peer().fit_transform(DOCS)
    (tmp_path / "one.txt").write_text(DOCS[0], encoding="utf-8")
    assert_equal(CountVectorizer().fit_transform([doc.encode() for doc in DOCS]), expected)
    assert_equal(CountVectorizer().fit_transform(np.array(DOCS)), expected)
    files = CountVectorizer(input="filename").fit([tmp_path / "one.txt"])
    assert files.get_feature_names_out().tolist() == ["cat", "mat", "on", "sat", "the"]


def test_what_cannot_be_counted_is_refused():
    for wrong in ("one text", [None, "two"], [np.nan]):
        with pytest.raises(ValueError, match=r"document"):
            CountVectorizer().fit(wrong)
    with pytest.raises(ValueError, match=r"empty vocabulary"):
        CountVectorizer().fit(["a", ""])
    with pytest.raises(ValueError, match=r"ngram_range"):
        CountVectorizer(ngram_range=(2, 1)).fit(DOCS)
    with pytest.raises(ValueError, match=r"min_df"):
        CountVectorizer(min_df=-1).fit(DOCS)
    with pytest.raises(AttributeError, match=r"not fitted"):
        _ = CountVectorizer().vocabulary_
    with pytest.raises(ValueError, match=r"not fitted"):
        CountVectorizer().transform(DOCS)


def test_stop_words_that_cannot_occur_are_warned_of():
    with pytest.warns(UserWarning, match="stop_words may be inconsistent"):
        CountVectorizer(stop_words=["don't", "we'll"]).fit(DOCS)


def test_the_english_list_is_sklearns():
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    assert CountVectorizer(stop_words="english").get_stop_words() == ENGLISH_STOP_WORDS


@pytest.mark.parametrize("options", [*SETTINGS, {"analyzer": "char", "ngram_range": (1, 4)}])
@settings(max_examples=15)
@given(st.text("aB é.-'\n\t42", max_size=25))
def test_an_analyzer_gives_sklearns_terms_in_its_order(options, text):
    assert CountVectorizer(**options).build_analyzer()(text) == Peer(**options).build_analyzer()(text)


def test_methods_of_a_subclass_are_used():
    class Stems(CountVectorizer):
        def build_tokenizer(self):
            cut = super().build_tokenizer()
            return lambda text: [word[:3] for word in cut(text)]

    counts = Stems(stop_words=["the"])
    assert counts.fit_transform(["running runners the runs", "walked"]).toarray().tolist() == [[3, 0], [0, 1]]
    assert counts.get_feature_names_out().tolist() == ["run", "wal"]


def test_vocabularies_that_contradict_themselves_are_refused():
    for vocabulary, message in [
        ({"a": 0, "b": 2}, "columns"),
        (["one", "two", "one"], "'one' twice"),
        ([], "empty vocabulary"),
    ]:
        with pytest.raises(ValueError, match=message):
            CountVectorizer(vocabulary=vocabulary).fit(DOCS)
        with pytest.raises(ValueError):
            Peer(vocabulary=vocabulary).fit(DOCS)
    with pytest.warns(UserWarning, match="upper-case"):
        CountVectorizer(vocabulary=["CAT"]).fit(DOCS)
    assert CountVectorizer(vocabulary=["cat"]).transform(["cat Cat"]).toarray().tolist() == [[2]]
