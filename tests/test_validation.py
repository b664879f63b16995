from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from leitmotif.errors import DocumentsError, EmbeddingsError, InvalidInputError
from leitmotif.validation import as_documents, as_embeddings, as_single_or_many, as_targets, as_topics

TEXTS = ["a", "b", ""]


@pytest.mark.parametrize(
    "given",
    [
        TEXTS,
        tuple(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        pd.Series(TEXTS, index=[7, 1, 3]),
        pd.Series(TEXTS, dtype="string"),
        pl.Series(TEXTS),
        pa.array(TEXTS),
        pa.chunked_array([TEXTS[:1], TEXTS[1:]]),
        (text for text in TEXTS),
    ],
    ids=lambda given: type(given).__name__,
)
def test_every_kind_of_column_is_read_row_by_row(given):
    texts = as_documents(given)
    assert texts == TEXTS
    assert all(type(text) is str for text in texts)


@pytest.mark.parametrize(
    "given",
    [
        ["a", None],
        np.array(["a", None], dtype=object),
        pd.Series(["a", None]),
        pl.Series(["a", None]),
        ["a", float("nan")],
        ["a", pd.NA],
    ],
)
def test_missing_texts_keep_their_row_as_empty_texts(given, caplog):
    with caplog.at_level(logging.WARNING, logger="leitmotif"):
        assert as_documents(given) == ["a", ""]
    assert "1 of 2 documents are missing" in caplog.text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("one text", "single text"),
        (None, "NoneType"),
        (pd.DataFrame({"text": TEXTS}), "table"),
        ({"a": 1}, "dict"),
        (3, "int"),
        ([], "empty"),
        (["a", 5], r"documents\[1\] is a int"),
        (["a", b"bytes"], r"documents\[1\] is a bytes"),
        (np.array([["a", "b"]]), "shape"),
    ],
)
def test_what_is_no_column_of_texts_is_refused_and_said(given, says):
    with pytest.raises(DocumentsError, match=says):
        as_documents(given)


def test_documents_errors_are_also_the_built_in_ones():
    with pytest.raises(TypeError):
        as_documents("text")
    with pytest.raises(ValueError):
        as_documents("text")


def test_half_a_surrogate_pair_is_replaced_and_whole_pairs_stay():
    assert as_documents(["a\ud800b", "\U0001f642", "\udc00"]) == ["a\ufffdb", "\U0001f642", "\ufffd"]


def test_one_text_may_stand_for_a_list():
    assert as_single_or_many("x") == ["x"]
    assert as_single_or_many(np.str_("x")) == ["x"]
    assert as_single_or_many([]) == []


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_embeddings_pass_uncopied(dtype):
    given = np.ones((3, 4), dtype=dtype)
    assert as_embeddings(given, 3) is given


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (np.ones((2, 4)), "2 rows for 3 documents"),
        (np.ones(3), "two dimensions"),
        (np.ones((3, 0)), "no columns"),
        ([[1.0]] * 3, "NumPy array"),
        (np.array([["a"]] * 3), "dtype"),
        (np.array([[1.0, np.nan], [1, 1], [np.inf, 0]]), "2 rows, the first of them row 0"),
    ],
)
def test_embeddings_that_cannot_be_used(given, says):
    with pytest.raises(EmbeddingsError, match=says):
        as_embeddings(given, 3)


def test_large_half_precision_embeddings_are_not_taken_for_infinite():
    assert as_embeddings(np.full((2, 384), 6e4, dtype=np.float16), 2).dtype == np.float16


def test_targets():
    assert as_targets(None, 3) is None
    assert as_targets(pd.Series([1, -1, 2], index=[5, 6, 7]), 3).tolist() == [1, -1, 2]
    assert as_targets([1.0, 2.0, -1.0], 3).dtype == np.int64
    with pytest.raises(InvalidInputError, match=r"shape \(2,\) for 3 documents"):
        as_targets([1, 2], 3)
    with pytest.raises(InvalidInputError, match="factorize"):
        as_targets(["a", "b", "c"], 3)
    with pytest.raises(InvalidInputError, match="whole numbers"):
        as_targets([0.5, 1, 2], 3)


def test_topics():
    assert as_topics((0, -1), 2).tolist() == [0, -1]
    with pytest.raises(InvalidInputError, match="one topic id a document"):
        as_topics([0], 2)
