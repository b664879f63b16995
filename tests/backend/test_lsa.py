"""The embedder that learns from the documents alone, against scikit-learn's exact decomposition."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from leitmotif.backend import LsaEmbedder
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
