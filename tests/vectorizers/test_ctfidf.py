"""The transformer: formula, multiplier, scikit-learn's manners."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone

from leitmotif.vectorizers import ClassTfidfTransformer

X = csr_matrix([[4, 2, 0, 1], [2, 1, 0, 0], [0, 0, 0, 3]])


@pytest.mark.parametrize("bm25", [False, True])
@pytest.mark.parametrize("reduce", [False, True])
def test_weights_are_the_formula(bm25, reduce):
    dense, average = X.toarray(), int(X.sum() / 3)
    frequency = dense.sum(axis=0)
    with np.errstate(divide="ignore"):
        idf = np.log(1 + (average - frequency + 0.5) / (frequency + 0.5)) if bm25 else np.log(1 + average / frequency)
    idf[frequency == 0] = 0
    idf = np.maximum(idf, 0)
    tf = dense / dense.sum(axis=1, keepdims=True)
    model = ClassTfidfTransformer(bm25_weighting=bm25, reduce_frequent_words=reduce).fit(X)
    np.testing.assert_allclose(model.transform(X).toarray(), (np.sqrt(tf) if reduce else tf) * idf)
    np.testing.assert_allclose(model.idf_, idf)
    np.testing.assert_allclose(model._idf_diag.toarray(), np.diag(idf))


def test_a_multiplier_weighs_terms_up():
    plain = ClassTfidfTransformer().fit(X).idf_
    np.testing.assert_allclose(
        ClassTfidfTransformer().fit(X, multiplier=np.array([1, 2, 3, 0.5])).idf_, plain * [1, 2, 3, 0.5]
    )
    with pytest.raises(ValueError, match="one factor a term"):
        ClassTfidfTransformer().fit(X, multiplier=np.ones(3))


@pytest.mark.parametrize("kind", [csr_matrix, csr_array])
@pytest.mark.parametrize("dtype", [np.int32, np.float64])
def test_the_counts_are_never_changed(kind, dtype):
    counts = kind(X.toarray().astype(dtype))
    before = counts.toarray().copy()
    result = ClassTfidfTransformer().fit(counts).transform(counts, copy=False)
    result.data[:] = -1
    result.indices[:] = 0
    np.testing.assert_array_equal(counts.toarray(), before)


def test_it_is_a_scikit_learn_citizen():
    model = ClassTfidfTransformer(seed_words=["a"], seed_multiplier=3)
    assert clone(model).get_params() == {
        "bm25_weighting": False,
        "reduce_frequent_words": False,
        "seed_words": ["a"],
        "seed_multiplier": 3,
    }
    fitted = pickle.loads(pickle.dumps(model.fit(X)))
    np.testing.assert_array_equal(fitted.idf_, model.idf_)
    assert (fitted.fit_transform(X) != model.transform(X)).nnz == 0


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="not fitted"):
        ClassTfidfTransformer().transform(X)
    with pytest.raises(ValueError, match="X has 2 terms"):
        ClassTfidfTransformer().fit(X).transform(csr_matrix([[1, 2]]))
