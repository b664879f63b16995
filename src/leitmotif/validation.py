"""Checks of what a caller passes, made once, at the façade, before any work is done.

Each gives the value in the one form that the floors below use, or raises an error that says what
was wrong, what was got and what to do. No row is ever dropped or moved.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from leitmotif.errors import DocumentsError, EmbeddingsError, InvalidInputError, NotFittedError
from leitmotif.kernels.surrogates import surrogate_rows
from leitmotif.typing import FloatMatrix, IntVector

__all__ = ["as_documents", "as_embeddings", "as_single_or_many", "as_targets", "as_topics", "check_fitted"]

logger = logging.getLogger(__name__)


def as_documents(documents: Any, *, name: str = "documents", allow_empty: bool = False) -> list[str]:
    """Documents as a list of str, row by row.

    Lists, tuples, NumPy arrays, and pandas, Polars and Arrow columns are read; any other iterable is run through once.
    ``None`` and NaN become ``""`` and keep their row; half a surrogate pair, which no file can hold, becomes U+FFFD.

    Raises
    ------
    DocumentsError
        A single text, a data frame, something that is not iterable, or an element that is not a text.
    """
    if isinstance(documents, str | bytes):
        raise DocumentsError(f"{name} is a single text; pass a list of texts, for example [{documents[:20]!r}]")
    if documents is None or isinstance(documents, dict) or hasattr(documents, "columns"):
        what = "a table" if hasattr(documents, "columns") else f"{type(documents).__name__}"
        raise DocumentsError(f"{name} is {what}; pass one column of texts, such as a list or df['text']")
    values = _column_values(documents)
    if values is None:
        raise DocumentsError(f"{name} is a {type(documents).__name__}; pass a list of texts")
    damaged = surrogate_rows(values)
    if damaged is not None and len(values):  # nothing but texts, as nearly always
        plain = list(values)
        for row in damaged:
            plain[row] = _encodable(plain[row])
        return plain
    texts: list[str] = []
    n_missing = 0
    for row, value in enumerate(values):
        if isinstance(value, str):
            text = value if type(value) is str else str(value)  # numpy.str_ and other subclasses
            texts.append(text if text.isascii() else _encodable(text))
        elif _is_missing(value):
            n_missing += 1
            texts.append("")
        else:
            raise DocumentsError(
                f"{name}[{row}] is a {type(value).__name__} ({str(value)[:40]!r}), not a text; "
                "convert it with str(), or pass None for a document without text"
            )
    if not texts and not allow_empty:
        raise DocumentsError(f"{name} is empty; pass at least one text")
    if n_missing:
        logger.warning(
            "%d of %d documents are missing (None or NaN) and were read as empty texts", n_missing, len(texts)
        )
    return texts


def as_single_or_many(documents: Any, *, name: str = "documents") -> list[str]:
    """As :func:`as_documents`, but one text stands for a list of one, and no documents are allowed."""
    if isinstance(documents, str):
        return [str(documents)]
    return as_documents(documents, name=name, allow_empty=True)


def as_embeddings(embeddings: Any, n_documents: int, *, name: str = "embeddings") -> FloatMatrix:
    """Embeddings as a 2-D array of finite floats with one row a document; not copied where that can be helped.

    Raises
    ------
    EmbeddingsError
        Not an array of numbers, not 2-D, another number of rows than documents, NaN or infinite values.
    """
    if hasattr(embeddings, "tocsr"):
        embeddings = embeddings.toarray()
    if hasattr(embeddings, "detach"):  # a torch tensor, without importing torch
        embeddings = embeddings.detach().cpu().numpy()
    if not isinstance(embeddings, np.ndarray):
        raise EmbeddingsError(
            f"{name} must be a NumPy array of shape (n_documents, n_dimensions); got {type(embeddings).__name__}"
        )
    if embeddings.ndim == 1 and n_documents == 1:
        embeddings = embeddings[None, :]
    if embeddings.ndim != 2:
        raise EmbeddingsError(f"{name} must have two dimensions (documents, values); got shape {embeddings.shape}")
    if embeddings.shape[0] != n_documents:
        raise EmbeddingsError(
            f"{name} has {embeddings.shape[0]} rows for {n_documents} documents; make one embedding a document"
        )
    if embeddings.shape[1] == 0:
        raise EmbeddingsError(f"{name} has no columns: shape {embeddings.shape}")
    if embeddings.dtype.kind in "iub":
        embeddings = embeddings.astype(np.float32)
    if embeddings.dtype.kind != "f":
        raise EmbeddingsError(f"{name} must hold floats; got dtype {embeddings.dtype}")
    with np.errstate(over="ignore", invalid="ignore"):
        plain = bool(np.isfinite(embeddings.sum(dtype=np.promote_types(embeddings.dtype, np.float32))))
    bad = np.empty(0, dtype=bool) if plain else ~np.isfinite(embeddings.sum(axis=1, dtype=np.float64))
    if bad.any():
        rows = np.flatnonzero(bad)
        raise EmbeddingsError(
            f"{name} has NaN or infinite values in {len(rows)} rows, the first of them row {int(rows[0])}; "
            "embed those documents again, or replace the values (np.nan_to_num) before the fit"
        )
    return embeddings


def as_targets(y: Any, n_documents: int) -> IntVector | None:
    """Targets of a supervised or manual fit as int64, -1 for unknown.

    Raises
    ------
    InvalidInputError
        Another length than the documents, or values that are not whole numbers.
    """
    if y is None:
        return None
    values = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)
    if values.ndim != 1 or len(values) != n_documents:
        raise InvalidInputError(f"y has shape {values.shape} for {n_documents} documents; pass one label a document")
    return _whole_numbers(values, "y", "encode names as numbers first (pandas.factorize), -1 for unknown")


def as_topics(topics: Any, n_documents: int, *, name: str = "topics") -> IntVector:
    """One topic id a document as int64.

    Raises
    ------
    InvalidInputError
        Another length than the documents, or values that are not whole numbers.
    """
    values = np.asarray(topics.to_numpy() if hasattr(topics, "to_numpy") else topics)
    if values.ndim != 1 or len(values) != n_documents:
        raise InvalidInputError(
            f"{name} has shape {values.shape} for {n_documents} documents; pass one topic id a document"
        )
    return _whole_numbers(values, name, "pass topic ids as integers, -1 for outliers")


def check_fitted(state: Any) -> None:
    """Raise :class:`NotFittedError` unless there is a state."""
    if state is None:
        raise NotFittedError(
            "this BERTopic model is not fitted yet: call fit() or fit_transform() with documents first"
        )


def _column_values(column: Any) -> Sequence[Any] | None:
    """Values of a list-like or of a pandas, Polars or Arrow column, as a Python sequence."""
    if isinstance(column, list | tuple):
        return column
    if isinstance(column, np.ndarray):
        if column.ndim != 1:
            raise DocumentsError(f"documents are an array of shape {column.shape}; pass one dimension, a text a row")
        return column.tolist()
    for method in ("to_pylist", "to_list", "tolist"):  # Arrow, Polars and pandas, anything like NumPy
        convert = getattr(column, method, None)
        if callable(convert):
            return list(convert())
    return list(column) if isinstance(column, Iterable) else None


def _encodable(text: str) -> str:
    """The text, with lone surrogates replaced: neither JSON, nor Arrow, nor a browser takes them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _is_missing(value: Any) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return type(value).__name__ in {"NAType", "NaTType"}


def _whole_numbers(values: np.ndarray, name: str, hint: str) -> IntVector:
    if values.dtype.kind in "iu":
        return values.astype(np.int64)
    if values.dtype.kind == "O":
        try:
            as_float = values.astype(np.float64)
        except (TypeError, ValueError):
            raise InvalidInputError(f"{name} holds values such as {values[0]!r}; {hint}") from None
        values = as_float
    if values.dtype.kind == "f" and len(values) and np.isfinite(values).all() and (values == np.rint(values)).all():
        return values.astype(np.int64)
    if values.dtype.kind == "b" or not len(values):
        return values.astype(np.int64)
    raise InvalidInputError(f"{name} has dtype {values.dtype} with values that are not whole numbers; {hint}")
