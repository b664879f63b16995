"""Topic distributions against a plain loop over windows, written from what BERTopic does and gives."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer as Peer

from leitmotif.kernels.windows import WindowSettings, window_bounds
from leitmotif.operations.distribute import approximate_distribution
from leitmotif.protocols import Components, Snapshot
from leitmotif.state import TopicState, Vocabulary
from leitmotif.vectorizers import ClassTfidfTransformer, CountVectorizer

SUBJECTS = {
    -1: "und the Über thing ΟΔΟΣ maybe also",
    0: "rocket moon orbit launch Nasa star planet Über",
    1: "soup bread butter oven recipe salt İstanbul thing",
    2: "guitar drum melody concert Singer album ΟΔΟΣ star",
}


def make_fitted(vectorizer, weighting=None, embedder=None, seed=0):
    """A state with -1 and three topics; c-TF-IDF by formula on joined texts."""
    rng = np.random.default_rng(seed)
    weighting = weighting or ClassTfidfTransformer()
    joined = [" ".join(rng.choice(words.split(), size=60)) for words in SUBJECTS.values()]
    counts = vectorizer.fit_transform(joined)
    weighting.fit(counts)
    ids = np.array(list(SUBJECTS))
    terms = vectorizer.get_feature_names_out()
    state = TopicState(
        topic_ids=ids,
        topics=ids,
        sizes=np.ones(4, dtype=np.int64),
        mappings=np.stack([ids, ids], axis=1),
        vocabulary=Vocabulary(terms=terms, columns=None, idf=weighting.idf_),
        ctfidf=csr_matrix(weighting.transform(counts)),
        topic_embeddings=rng.normal(size=(4, 6)).astype(np.float32),
    )
    parts = Components(embedder=embedder, reducer=None, clusterer=None, vectorizer=vectorizer, weighting=weighting)
    return Snapshot(state=state, components=parts)


def make_texts(seed=1):
    rng = np.random.default_rng(seed)
    words = [*" ".join(SUBJECTS.values()).split(), "unknown", "a", "x", "it's", "...", "café"]
    lengths = [0, 1, 2, 3, 4, 5, 8, 11, 30, 31]
    texts = [" ".join(rng.choice([*words, *words, "STAR"], size=n)) for n in lengths]
    return [*texts, "moon, moon; ORBIT! oven", "?!"]


def cosine(a, b):
    norms = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
    return np.divide(a @ b.T, norms, out=np.zeros((len(a), len(b))), where=norms > 0)


def reference(fitted, texts, window=4, stride=1, min_similarity=0.1, padding=False, separator=" ", embed=None):
    """Token sets one by one; their texts through the vectorizer, the weighting and a dense cosine."""
    vectorizer, weighting = fitted.components.vectorizer, fitted.components.weighting
    cut, topics = vectorizer.build_tokenizer(), fitted.state.ctfidf[1:].toarray()
    documents, tokens, from_tokens = [], [], []
    for text in texts:
        words = cut(text)
        if len(words) < window:
            spans = [list(range(len(words)))]
        else:
            begins = range(-100 * stride, len(words), stride) if padding else range(0, len(words) - window + 1, stride)
            spans = [[i for i in range(begin, begin + window) if 0 <= i < len(words)] for begin in begins]
            spans = [span for span in spans if span]
        sets = [separator.join(words[i] for i in span) for span in spans]
        if embed is None:
            similarity = cosine(weighting.transform(vectorizer.transform(sets)).toarray(), topics)
        else:
            similarity = cosine(embed(sets), fitted.state.topic_embeddings[1:])
        similarity[similarity < min_similarity] = 0
        rows = np.zeros((len(words), 3))
        for span, row in zip(spans, similarity, strict=True):
            for i in span:
                rows[i] += row
        documents.append(similarity.sum(axis=0))
        tokens.append(rows)
        from_tokens.append(rows.sum(axis=0))
    return shares(documents), shares(from_tokens), tokens


def shares(rows):
    return np.array([row / np.abs(row).sum() if np.abs(row).sum() else row for row in rows])


def split_blanks(text):
    return text.split()


VECTORIZERS = [
    CountVectorizer(),
    Peer(),
    CountVectorizer(ngram_range=(1, 2), stop_words=["thing", "und"]),
    Peer(ngram_range=(2, 3)),
    CountVectorizer(lowercase=False, binary=True),
    CountVectorizer(strip_accents="unicode"),
    Peer(tokenizer=split_blanks, token_pattern=None, ngram_range=(1, 2)),
    CountVectorizer(token_pattern=r"(?u)\b\w+\b"),
    Peer(analyzer="char_wb", ngram_range=(2, 3)),
]


@pytest.mark.parametrize("vectorizer", VECTORIZERS)
@pytest.mark.parametrize(
    "options", [{}, {"window": 8, "stride": 4}, {"window": 5, "stride": 2, "padding": True}], ids=str
)
def test_distributions_are_the_sum_over_windows(vectorizer, options):
    fitted, texts = make_fitted(vectorizer), make_texts()
    expected, expected_by_token, expected_tokens = reference(fitted, texts, **options)
    ours, none = approximate_distribution(fitted, texts, **options)
    assert none is None
    assert ours.shape == (len(texts), 3)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
    by_token, tokens = approximate_distribution(fitted, texts, calculate_tokens=True, batch_size=3, **options)
    np.testing.assert_allclose(by_token, expected_by_token, rtol=1e-9, atol=1e-12)
    assert len(tokens) == len(texts)
    for found, wanted in zip(tokens, expected_tokens, strict=True):
        assert found.shape == wanted.shape
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("bm25", [False, True])
@pytest.mark.parametrize("reduce", [False, True])
@pytest.mark.parametrize("min_similarity", [0, 0.3, 0.9])
def test_every_weighting_and_threshold(bm25, reduce, min_similarity):
    weighting = ClassTfidfTransformer(bm25_weighting=bm25, reduce_frequent_words=reduce)
    fitted, texts = make_fitted(CountVectorizer(ngram_range=(1, 2)), weighting), make_texts()
    expected, *_ = reference(fitted, texts, min_similarity=min_similarity)
    ours, _ = approximate_distribution(fitted, texts, min_similarity=min_similarity)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("separator", ["-", "", "\n"])
def test_the_separator_stands_between_tokens(separator):
    fitted, texts = make_fitted(CountVectorizer(ngram_range=(1, 2))), make_texts()
    expected, *_ = reference(fitted, texts, separator=separator)
    np.testing.assert_allclose(approximate_distribution(fitted, texts, separator=separator)[0], expected, atol=1e-12)


def test_a_weighting_of_one_s_own_goes_through_its_transform():
    class Squared(ClassTfidfTransformer):
        def transform(self, X, copy=True):
            return super().transform(X).power(2)

    fitted, texts = make_fitted(CountVectorizer(), Squared()), make_texts()
    expected, *_ = reference(fitted, texts)
    np.testing.assert_allclose(approximate_distribution(fitted, texts)[0], expected, atol=1e-12)
    plain, _ = approximate_distribution(make_fitted(CountVectorizer()), texts)
    assert np.abs(plain - expected).max() > 0.01


def test_windows_can_be_embedded():
    class Embedder:
        def embed_documents(self, document, verbose=False):
            return np.array(
                [[len(t), t.count("o"), t.count("a"), t.count("t"), 1, t.count("e")] for t in document], float
            )

    embedder = Embedder()
    fitted, texts = make_fitted(CountVectorizer(), embedder=embedder), make_texts()
    expected, _, tokens = reference(fitted, texts, embed=embedder.embed_documents)
    ours, _ = approximate_distribution(fitted, texts, use_embedding_model=True, batch_size=None)
    np.testing.assert_allclose(ours, expected, atol=1e-5)
    _, found = approximate_distribution(fitted, texts, use_embedding_model=True, calculate_tokens=True)
    np.testing.assert_allclose(np.concatenate(found), np.concatenate(tokens), atol=1e-4)


@pytest.mark.parametrize("n_tokens", range(9))
@pytest.mark.parametrize("window", [1, 3, 4])
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("padding", [False, True])
def test_window_bounds_are_every_multiple_of_the_stride(n_tokens, window, stride, padding):
    begins, ends = window_bounds(n_tokens, WindowSettings(window=window, stride=stride, padding=padding))
    if n_tokens < window:
        expected = [(0, n_tokens)]
    else:
        starts = [b for b in range(-10 * stride, n_tokens, stride) if b + window > 0]
        if not padding:
            starts = [b for b in starts if b >= 0 and b + window <= n_tokens]
        expected = [(max(b, 0), min(b + window, n_tokens)) for b in starts]
    assert list(zip(begins.tolist(), ends.tolist(), strict=True)) == expected


def test_one_text_is_one_document():
    fitted = make_fitted(CountVectorizer())
    one, tokens = approximate_distribution(fitted, "moon orbit oven launch nasa", calculate_tokens=True)
    many, _ = approximate_distribution(fitted, ["moon orbit oven launch nasa"], calculate_tokens=True)
    assert one.shape == (1, 3)
    assert tokens[0].shape == (5, 3)
    np.testing.assert_array_equal(one, many)
    assert one[0].argmax() == 0


def test_nothing_gives_nothing():
    fitted = make_fitted(CountVectorizer())
    distributions, tokens = approximate_distribution(fitted, [], calculate_tokens=True)
    assert (distributions.shape, tokens) == ((0, 3), [])
    distributions, tokens = approximate_distribution(fitted, ["", "unknown words", None], calculate_tokens=True)
    assert not distributions.any()
    assert [rows.shape for rows in tokens] == [(0, 3), (2, 3), (0, 3)]


def test_a_document_does_not_depend_on_its_company():
    fitted, texts = make_fitted(CountVectorizer(ngram_range=(1, 2))), make_texts()
    together, _ = approximate_distribution(fitted, texts * 50)
    for row, text in zip(together, texts, strict=False):
        np.testing.assert_array_equal(approximate_distribution(fitted, text)[0][0], row)


@pytest.mark.parametrize("wrong", [{"window": 0}, {"stride": 0}, {"window": 2.5}, {"batch_size": 0}])
def test_wrong_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be a positive integer"):
        approximate_distribution(make_fitted(CountVectorizer()), ["moon"], **wrong)


def test_what_is_missing_is_named():
    fitted = make_fitted(CountVectorizer())
    with pytest.raises(ValueError, match="needs an embedding model"):
        approximate_distribution(fitted, ["moon"], use_embedding_model=True)
    bare = Snapshot(state=replace(fitted.state, vocabulary=None), components=fitted.components)
    with pytest.raises(ValueError, match=re.escape("save it with save_ctfidf=True")):
        approximate_distribution(bare, ["moon"])
