"""Weights against scikit-learn's, directions against a full singular value decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse
from sklearn.feature_extraction.text import TfidfTransformer

from leitmotif.kernels import _native
from leitmotif.kernels.latent import inverse_frequencies, latent_directions, latent_rows, weighted_counts


@pytest.fixture
def counts() -> csr_matrix:
    dense = np.ceil(random_sparse(120, 40, density=0.2, random_state=3).toarray() * 6)
    dense[7] = 0  # a document without words
    return csr_matrix(dense)


def test_weights_are_scikit_learns(counts: csr_matrix) -> None:
    idf = inverse_frequencies(np.bincount(counts.indices, minlength=40), 120)
    expected = TfidfTransformer(sublinear_tf=True, smooth_idf=True, norm="l2").fit_transform(counts)
    np.testing.assert_allclose(weighted_counts(counts, idf).toarray(), expected.toarray(), atol=1e-12)


@pytest.mark.parametrize("n_documents", [90, 20])  # more documents than terms, and fewer
def test_directions_are_those_of_the_full_decomposition(n_documents: int) -> None:
    rng = np.random.default_rng(5)
    low = rng.standard_normal((n_documents, 4)) * [9, 6, 4, 2] @ np.linalg.qr(rng.standard_normal((30, 4)))[0].T
    matrix = low + 0.01 * rng.standard_normal((n_documents, 30))
    found = latent_directions(csr_matrix(matrix), 4, seed=1)
    _, _, expected = np.linalg.svd(matrix, full_matrices=False)
    np.testing.assert_allclose(np.abs(found.T @ expected[:4].T), np.eye(4), atol=1e-6)
    assert (found[np.abs(found).argmax(axis=0), np.arange(4)] > 0).all()


def test_no_more_directions_than_there_are() -> None:
    matrix = csr_matrix(np.outer(np.arange(1.0, 8), [1.0, 2, 0, 1]))  # of rank one
    assert latent_directions(matrix, 3, seed=0).shape == (4, 1)


def test_any_number_of_threads_gives_the_same_bits(counts: csr_matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leitmotif.kernels.latent.COLUMNS", 3)
    found = []
    for threads in (1, 2, 8):
        monkeypatch.setattr(_native, "default_threads", lambda threads=threads: threads)
        found.append(latent_directions(counts, 6, seed=2))
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_rows_lie_along_directions_at_the_length_asked_for(counts: csr_matrix) -> None:
    directions = np.random.default_rng(4).standard_normal((40, 9)).astype(np.float32)
    expected = counts.toarray() @ directions.astype(np.float64)
    expected *= 0.5 / np.maximum(np.linalg.norm(expected, axis=1, keepdims=True), 1e-300)
    found = latent_rows(counts, directions, 0.5)
    assert found.dtype == np.float32 and not found[7].any()
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert np.array_equal(latent_rows(counts[30:33], directions, 0.5), found[30:33])
