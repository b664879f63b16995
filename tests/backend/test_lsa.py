"""The embedder that learns from the documents alone, against scikit-learn's exact decomposition."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from leitmotif.backend import LsaEmbedder, lsa
from leitmotif.errors import InvalidInputError
from leitmotif.kernels import counts


def test_it_equals_the_exact_decomposition_of_sublinear_tfidf(corpus):
    texts = corpus[0]
    found = LsaEmbedder(n_components=3, ngram_weight=0).embed(texts)
    matrix = TfidfVectorizer(sublinear_tf=True, min_df=2, max_df=0.5).fit_transform(texts)
    _, _, directions = np.linalg.svd(matrix.toarray(), full_matrices=False)
    exact = matrix @ directions[:3].T
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    # Signs and rotations of directions are free; similarities are not.
    np.testing.assert_allclose(found @ found.T, exact @ exact.T, atol=2e-3)


def test_counts_and_texts_and_later_batches_agree(corpus):
    texts = corpus[0]
    first, second = LsaEmbedder(n_components=8), LsaEmbedder(n_components=8)
    vectors = first.embed(texts)
    stream = counts.tokenize(texts)
    np.testing.assert_array_equal(second.embed_counts(counts.unigram_counts(stream), stream.words), vectors)
    np.testing.assert_array_equal(first.embed(texts), vectors)
    np.testing.assert_allclose(np.concatenate([first.embed([text]) for text in texts]), vectors, atol=1e-6)


def test_subjects_are_told_apart_and_words_share_the_space(corpus):
    texts, _, targets = corpus
    embedder = LsaEmbedder(n_components=8)
    vectors = embedder.embed(texts)
    centres = np.array([vectors[targets == t].mean(axis=0) for t in range(3)])
    assert ((vectors @ centres.T).argmax(axis=1) == targets).all()
    assert (embedder.embed_words(["rocket", "bread", "guitar"]) @ centres.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_scripts_without_spaces_are_linked_by_their_characters():
    texts = ["東京で地震が発生した", "地震が東京を襲った", "野球の試合が始まった", "試合は野球場で行われた"] * 6
    vectors = LsaEmbedder(n_components=2).embed(texts)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_it_comes_back_from_its_state(corpus):
    embedder = LsaEmbedder(n_components=5)
    assert LsaEmbedder.from_state(embedder.get_state()).n_components == 5
    vectors = embedder.embed(corpus[0])
    np.testing.assert_array_equal(LsaEmbedder.from_state(embedder.get_state()).embed(corpus[0]), vectors)


def test_unknown_and_empty_documents_are_zero(corpus):
    embedder = LsaEmbedder(n_components=5)
    embedder.embed(corpus[0])
    found = embedder.embed(["", "ωψχ ξζθ", "rocket"])
    np.testing.assert_array_equal(np.linalg.norm(found, axis=1).round(6), [0, 0, 1])


@pytest.mark.parametrize("texts", [["one text"], ["two texts", "two more texts"], ["same"] * 30])
def test_small_corpora_are_learnt(texts):
    vectors = LsaEmbedder().embed(texts)
    assert vectors.shape[0] == len(texts)
    assert np.isfinite(vectors).all()


def test_nothing_to_learn_from_is_said():
    with pytest.raises(InvalidInputError, match="nothing to learn"):
        LsaEmbedder().embed(["", "."])


def test_threads_and_hash_seed_change_no_bit():
    code = (
        "import hashlib; from leitmotif.backend import LsaEmbedder;"
        "t = [f'word{i % 7} other{i % 5} term{i % 11} thing{i % 3}' for i in range(300)];"
        "print(hashlib.sha256(LsaEmbedder(20).embed(t).tobytes()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"LEITMOTIF_NUM_THREADS": n, "OPENBLAS_NUM_THREADS": n, "OMP_NUM_THREADS": n, "PYTHONHASHSEED": n},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for n in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize("n_repeats", [1, 40])
def test_few_and_many_documents_are_reduced_alike(n_repeats):
    # Fewer documents than features, and more: the dense steps are taken on the smaller side.
    rng = np.random.default_rng(3)
    words = np.array([f"w{i}" for i in range(120)])
    texts = [" ".join(rng.choice(words[30 * (i % 4) : 30 * (i % 4) + 40], 25)) for i in range(30 * n_repeats)]
    found = LsaEmbedder(n_components=4, ngram_weight=0).embed(texts)
    matrix = TfidfVectorizer(sublinear_tf=True, min_df=2, max_df=0.5).fit_transform(texts)
    assert (matrix.shape[0] < matrix.shape[1]) == (n_repeats == 1)
    exact = matrix @ np.linalg.svd(matrix.toarray(), full_matrices=False)[2][:4].T
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    np.testing.assert_allclose(found @ found.T, exact @ exact.T, atol=2e-3)


def test_ngrams_are_counted_as_by_hand():
    words = ["ab", "b", "abab", "日本"]
    found = lsa._gram_features(words, 2, 3)
    expected = [Counter(f"<{word}>"[i : i + n] for n in (2, 3) for i in range(len(word) + 3 - n)) for word in words]
    assert found.matrix.shape[1] == len(set().union(*expected))  # no two of these few collide
    for row, grams in enumerate(expected):
        assert sorted(found.matrix[row].data.tolist()) == sorted(grams.values())
    alike = found.matrix.toarray()
    assert (alike[0] * alike[2]).sum() == sum(expected[0][gram] * expected[2][gram] for gram in expected[0])
    some = lsa._gram_features(["xabx"], 2, 3, known=found.hashes)
    assert some.matrix.sum() == 1  # ab alone is known


def test_large_corpora_cost_no_more_than_their_limits(monkeypatch, corpus):
    texts, _, targets = corpus
    whole = LsaEmbedder(n_components=6).embed(texts)
    monkeypatch.setattr(lsa, "AT_A_TIME", 7)
    np.testing.assert_array_equal(LsaEmbedder(n_components=6).embed(texts), whole)
    monkeypatch.setattr(lsa, "MOST_GRAMS", 50)
    monkeypatch.setattr(lsa, "MOST_ENTRIES", 400)
    seen = []
    reduce = lsa.latent_directions
    monkeypatch.setattr(lsa, "latent_directions", lambda matrix, *args: seen.append(matrix) or reduce(matrix, *args))
    embedder = LsaEmbedder(n_components=6)
    vectors = embedder.embed(texts)
    assert len(embedder._blocks[1].hashes) <= 3 * 50
    assert 0 < seen[0].shape[0] < len(texts) and seen[0].nnz <= 2 * 400
    centres = np.array([vectors[targets == t].mean(axis=0) for t in range(3)])
    assert ((vectors @ centres.T).argmax(axis=1) == targets).mean() > 0.95


def test_what_another_build_learnt_is_refused(corpus):
    embedder = LsaEmbedder(n_components=3)
    embedder.embed(corpus[0])
    with pytest.raises(InvalidInputError, match="fit it again"):
        LsaEmbedder.from_state(embedder.get_state() | {"hashing": 1})
