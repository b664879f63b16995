"""Topics over time and per class: how often, and with which words, a topic occurs in each part of the corpus."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.building.represent import base_words, evidence_for, run_chain
from leitmotif.building.weigh import document_weights
from leitmotif.errors import InvalidInputError
from leitmotif.kernels.grouping import group_sums
from leitmotif.kernels.relabel import group_means
from leitmotif.kernels.smoothing import best_smoothed_terms, l1_rows, with_predecessors
from leitmotif.kernels.timebins import equal_width_bins
from leitmotif.operations.counted import are_training_documents, row_texts, vocabulary_counts
from leitmotif.protocols import Fitted, Snapshot
from leitmotif.state import DocumentTerms
from leitmotif.typing import IntVector, SparseMatrix, Words
from leitmotif.validation import as_topics, check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["topics_over_time", "topics_per_class"]

logger = logging.getLogger(__name__)

N_WORDS = 5
MANY_TIMESTAMPS = 100


def topics_over_time(
    fitted: Fitted,
    docs: Sequence[str],
    timestamps: Any,
    topics: Any = None,
    nr_bins: int | None = None,
    datetime_format: str | None = None,
    evolution_tuning: bool = True,
    global_tuning: bool = True,
    *,
    representation: bool = False,
) -> pd.DataFrame:
    """Frequency and words of each topic at each point in time.

    The words are the five best of the topic's c-TF-IDF at that time, with the model's inverse frequencies. The
    model is not changed. Where documents were divided, they are counted once, under their own topic, and a topic's words at a
    time are those of its passages.

    Parameters
    ----------
    docs : sequence of str, length n
        The documents of the fit, or others together with ``topics``. The former are not counted a second time.
    timestamps : sequence, length n
        Dates, datetimes, numbers, or strings that ``pandas.to_datetime`` reads. Documents without one (None, NaN,
        NaT) are left out.
    topics : sequence of int, length n, optional
        Topic of each document; default the model's own.
    nr_bins : int, optional
        Put the timestamps into so many bins of equal width; the left edge stands for the bin. Default: each distinct
        timestamp.
    datetime_format : str, optional
        ``strptime`` format of string timestamps.
    evolution_tuning : bool
        Average a topic's vector with the one at the time before, where the topic occurs in both
        (Grootendorst 2022, section 3.3), so that its words change gradually.
    global_tuning : bool
        Average a topic's vector with the one over all documents of the model.
    representation : bool
        Pass the words of every cell through the model's representation models. A language model is then asked once a
        row of the result.

    Returns
    -------
    pandas.DataFrame
        One row a (time, topic) that occurs, in order of time, then topic: ``Topic`` (int64), ``Words`` (str, the best
        five, joined by ", "), ``Frequency`` (int64) and ``Timestamp`` (datetime64 or the numbers' dtype).

    Raises
    ------
    InvalidInputError
        Lengths differ, timestamps cannot be read or are all missing, or ``nr_bins`` is not positive.
    UnknownTopicError
        ``topics`` holds an id that the model does not have.
    MissingComponentError
        The model has no c-TF-IDF.

    Notes
    -----
    One sparse product of a (time × topic) indicator and the counts: O(nnz of the counts).
    """
    check_fitted(fitted.state)
    if topics is not None:  # of whole documents, whatever the model says of their passages
        fitted = Snapshot(state=fitted.state.by_document, components=fitted.components)
    texts = row_texts(fitted.state, docs)
    counts = vocabulary_counts(fitted, texts, "topics_over_time")
    rows = _topic_rows(fitted, topics, counts.shape[0])
    n_documents = _n_documents(fitted, counts.shape[0])
    labels, codes = _time_steps(timestamps, n_documents, nr_bins, datetime_format)
    if len(labels) > MANY_TIMESTAMPS:
        logger.warning(
            "%d distinct timestamps: a figure of so many is hard to read; set nr_bins, for example to 20", len(labels)
        )
    frame, steps = _cells(
        fitted,
        texts,
        counts,
        rows,
        codes,
        global_tuning=global_tuning,
        evolution_tuning=evolution_tuning,
        representation=representation,
    )
    frame["Timestamp"] = labels[steps]
    return frame


def topics_per_class(
    fitted: Fitted,
    docs: Sequence[str],
    classes: Any,
    global_tuning: bool = True,
    *,
    representation: bool = False,
) -> pd.DataFrame:
    """Frequency and words of each topic in each class of documents.

    The words are the five best of the topic's c-TF-IDF in that class, with the model's inverse frequencies. The
    model is not changed.

    Parameters
    ----------
    docs : sequence of str, length N
        The documents of the fit; they are not counted a second time.
    classes : sequence, length N
        Class of each document, any hashable values. Documents without one (None, NaN) are left out.
    global_tuning : bool
        Average a topic's vector with the one over all documents of the model.
    representation : bool
        Pass the words of every cell through the model's representation models. A language model is then asked once a
        row of the result.

    Returns
    -------
    pandas.DataFrame
        One row a (class, topic) that occurs, classes in the order in which they first appear, topics ascending:
        ``Topic`` (int64), ``Words`` (str, the best five, joined by ", "), ``Frequency`` (int64) and ``Class``.

    Raises
    ------
    InvalidInputError
        Lengths differ, or every class is missing.
    MissingComponentError
        The model has no c-TF-IDF.

    Notes
    -----
    One sparse product of a (class × topic) indicator and the counts: O(nnz of the counts).
    """
    import pandas as pd

    check_fitted(fitted.state)
    texts = row_texts(fitted.state, docs)
    counts = vocabulary_counts(fitted, texts, "topics_per_class")
    rows = _topic_rows(fitted, None, counts.shape[0])
    values = _series(classes, _n_documents(fitted, counts.shape[0]), "classes")
    codes, labels = pd.factorize(values, sort=False)
    _report_missing(codes < 0, "class")
    frame, steps = _cells(
        fitted,
        texts,
        counts,
        rows,
        codes.astype(np.int64),
        global_tuning=global_tuning,
        evolution_tuning=False,
        representation=representation,
    )
    frame["Class"] = labels[steps]
    return frame


def _topic_rows(fitted: Fitted, topics: Any, n_documents: int) -> IntVector:
    """Topic row of each document."""
    state = fitted.state
    if topics is None:
        if n_documents != state.n_documents:
            raise InvalidInputError(
                f"docs has {n_documents} texts, but the model was fitted on {state.n_documents}: "
                "pass the documents of the fit, or the topic of each document"
            )
        return state.document_rows
    ids, inverse = np.unique(as_topics(topics, n_documents), return_inverse=True)
    return state.rows(ids)[inverse]


def _n_documents(fitted: Fitted, n_rows: int) -> int:
    """How many documents have these rows."""
    passages = fitted.state.passages
    return n_rows if passages is None else passages.n_documents


def _cells(
    fitted: Fitted,
    texts: Sequence[str] | None,
    counts: Any,
    rows: IntVector,
    codes: IntVector,
    *,
    global_tuning: bool,
    evolution_tuning: bool,
    representation: bool,
) -> tuple[pd.DataFrame, IntVector]:
    """Topic, words and frequency of each (step, topic) that occurs, in that order, and the step of each.

    ``rows`` has the topic row of each row of the counts, ``codes`` the step of each document.
    """
    import pandas as pd

    state = fitted.state
    by_document = codes
    if state.passages is not None:
        codes = codes[state.passages.document]
    vocabulary, ctfidf = state.need_vocabulary("topics over time or per class")
    n_topics = len(state.topic_ids)
    present = np.flatnonzero(codes >= 0)
    keys, cell_of, sizes = np.unique(codes[present] * n_topics + rows[present], return_inverse=True, return_counts=True)
    steps, cell_rows = np.divmod(keys, n_topics)
    if len(present) < len(codes):
        counts = counts[present]
    cells = document_weights(state, fitted.components, group_sums(counts, cell_of, len(keys)))
    before = None
    if evolution_tuning:
        position = np.searchsorted(keys, keys - n_topics)
        before = np.where(keys[np.minimum(position, len(keys) - 1)] == keys - n_topics, position, -1)
    background = ctfidf if global_tuning else None
    if representation:
        cells = l1_rows(cells)
        cells = cells if before is None else with_predecessors(cells, before)
        background = background if background is None else l1_rows(background)
        parts = _CellModel(fitted, texts, counts, present, cell_of, cells, background, cell_rows)
        words = [", ".join([word for word, _ in found if word][:N_WORDS]) for found in _represented(parts)]
    else:
        columns, _ = best_smoothed_terms(
            cells, N_WORDS, background=background, background_rows=cell_rows, predecessor=before
        )
        words = [", ".join(vocabulary.terms[row[row >= 0]].tolist()) for row in columns]
    frame = pd.DataFrame({"Topic": state.topic_ids[cell_rows], "Words": words, "Frequency": sizes.astype(np.int64)})
    if state.passages is not None:  # a cell that holds passages, but not most of any document, is not reported
        whole = by_document[by_document >= 0] * n_topics + state.by_document.document_rows[by_document >= 0]
        frame["Frequency"] = np.bincount(np.searchsorted(keys, whole), minlength=len(keys)).astype(np.int64)
        occurs = frame["Frequency"].to_numpy() > 0
        frame, steps = frame[occurs].reset_index(drop=True), steps[occurs]
    return frame, steps


@dataclass(frozen=True, eq=False)
class _CellModel:
    """What is known of the cells, for representation models to look at."""

    fitted: Fitted
    texts: Sequence[str] | None
    counts: SparseMatrix
    present: IntVector
    cell_of: IntVector
    cells: SparseMatrix
    background: SparseMatrix | None
    cell_rows: IntVector


def _represented(parts: _CellModel) -> list[Words]:
    """Words of each cell by the chain of the main representation, as if cells were the topics of a model."""
    state, components = parts.fitted.state, parts.fitted.components
    weights = parts.cells if parts.background is None else (parts.cells + parts.background[parts.cell_rows]) / 2
    n_cells = weights.shape[0]
    vocabulary, _ = state.need_vocabulary("representing topics over time or per class")
    embeddings = None
    if state.embeddings is not None and are_training_documents(state, parts.texts):
        embeddings = state.embeddings[parts.present]
    texts = parts.texts
    cells = replace(
        state,
        topic_ids=np.arange(n_cells),
        topics=parts.cell_of,
        sizes=np.bincount(parts.cell_of, minlength=n_cells),
        document_terms=DocumentTerms(matrix=parts.counts, terms=vocabulary.terms),
        vocabulary=replace(vocabulary, columns=None),
        ctfidf=weights.tocsr(),
        topic_embeddings=None if embeddings is None else group_means(embeddings, parts.cell_of, n_cells),
        documents=None if texts is None else [texts[row] for row in parts.present.tolist()],
        embeddings=embeddings,
        fingerprints=None,
    )
    start = base_words(weights.tocsr(), vocabulary.terms, cells.topic_ids, components.top_n_words)
    found = run_chain(components.main, evidence_for(cells, components), start)
    return [found[cell] for cell in range(n_cells)]


def _time_steps(
    timestamps: Any, n_documents: int, nr_bins: int | None, datetime_format: str | None
) -> tuple[Any, IntVector]:
    """Labels of the time steps in ascending order (a pandas Index), and the step of each document (-1: none)."""
    import pandas as pd

    values = _as_times(_series(timestamps, n_documents, "timestamps"), datetime_format)
    missing = values.isna().to_numpy()
    _report_missing(missing, "timestamp")
    if nr_bins is None:
        try:
            codes, labels = pd.factorize(values, sort=True)
        except TypeError as error:
            raise InvalidInputError(f"timestamps cannot be put into an order: {error}") from error
        return labels, codes.astype(np.int64)
    if isinstance(nr_bins, bool) or not isinstance(nr_bins, int | np.integer) or nr_bins < 1:
        raise InvalidInputError(f"nr_bins must be a whole number of at least 1; got {nr_bins!r}")
    codes = np.full(n_documents, -1, dtype=np.int64)
    known = values[~missing]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        zone = getattr(values.dtype, "tz", None)
        naive = (known if zone is None else known.dt.tz_convert("UTC").dt.tz_localize(None)).to_numpy()
        edges, codes[~missing] = equal_width_bins(naive.astype(np.int64), int(nr_bins))
        labels = pd.DatetimeIndex(np.rint(edges).astype(np.int64).view(naive.dtype))
        return (labels if zone is None else labels.tz_localize("UTC").tz_convert(zone)), codes
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise InvalidInputError(f"nr_bins needs dates or numbers as timestamps; got values such as {known.iloc[0]!r}")
    edges, codes[~missing] = equal_width_bins(known.to_numpy(), int(nr_bins))
    return pd.Index(edges), codes


def _as_times(values: pd.Series, datetime_format: str | None) -> pd.Series:
    """Strings and dates as datetimes; datetimes and numbers as they are."""
    import pandas as pd

    dtype = values.dtype
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        return values
    if pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return values.dt.to_timestamp() if isinstance(dtype, pd.PeriodDtype) else values
    try:
        try:
            return pd.to_datetime(values, format=datetime_format)
        except ValueError:
            if datetime_format is not None:
                raise
            return pd.to_datetime(values, format="mixed")
    except (ValueError, TypeError, OverflowError) as error:
        example = next((value for value in values if isinstance(value, str)), values.iloc[0])
        raise InvalidInputError(
            f"timestamps such as {example!r} cannot be read as dates: {str(error).splitlines()[0]} "
            "Pass datetime_format (for example '%d.%m.%Y'), or numbers or datetimes"
        ) from error


def _series(values: Any, n_documents: int, name: str) -> pd.Series:
    """A Series with a fresh index, whatever list-like was passed."""
    import pandas as pd

    if values is None or isinstance(values, str) or not hasattr(values, "__len__"):
        raise InvalidInputError(f"{name} must be a sequence with one value a document; got {type(values).__name__}")
    for method in ("to_pylist", "to_list"):  # Arrow and Polars columns
        if hasattr(values, method) and not isinstance(values, pd.Series | pd.Index):
            values = getattr(values, method)()
            break
    series = pd.Series(values).reset_index(drop=True)
    if len(series) != n_documents:
        raise InvalidInputError(f"{name} has {len(series)} values for {n_documents} documents; pass one a document")
    return series


def _report_missing(missing: Any, what: str) -> None:
    n_missing = int(np.count_nonzero(missing))
    if n_missing == len(missing):
        raise InvalidInputError(f"every document lacks its {what}: pass at least one that is not None or NaN")
    if n_missing:
        logger.warning("%d of %d documents have no %s and are left out", n_missing, len(missing), what)
