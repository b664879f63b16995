"""What the topics are: words, sizes, typical documents, as lists and as tables."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, FloatVector, IntVector, Words
from leitmotif.validation import as_documents, check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "get_document_info",
    "get_representative_docs",
    "get_topic",
    "get_topic_freq",
    "get_topic_info",
    "get_topics",
]

logger = logging.getLogger(__name__)


def get_topic(fitted: Fitted, topic: int, full: bool = False) -> Any:
    """Words and weights of one topic, best first.

    Parameters
    ----------
    topic : int
        Topic id; -1 is the outlier topic.
    full : bool
        All aspects: ``{"Main": words, aspect: words, …}``.

    Returns
    -------
    list of (str, float), or dict of them, or False for a topic that does not exist
    """
    check_fitted(fitted.state)
    state = fitted.state
    if topic not in state:
        return False
    if not full:
        return list(state.words.get(int(topic), []))
    aspects = {name: values[int(topic)] for name, values in state.aspects.items() if int(topic) in values}
    return {"Main": list(state.words.get(int(topic), []))} | aspects


def get_topics(fitted: Fitted, full: bool = False) -> dict[Any, Any]:
    """Words and weights of every topic, by id; with ``full`` by aspect, then by id."""
    check_fitted(fitted.state)
    state = fitted.state
    main = {int(topic): list(state.words.get(int(topic), [])) for topic in state.topic_ids}
    if not full:
        return main
    return {"Main": main} | {name: dict(values) for name, values in state.aspects.items()}


def get_representative_docs(fitted: Fitted, topic: int | None = None) -> Any:
    """The up to three most typical documents of a topic, best first; without ``topic`` of all topics, by id.

    Returns
    -------
    list of str, or None for a topic that does not exist, or dict of int to list of str
    """
    check_fitted(fitted.state)
    docs = fitted.state.representative_docs
    if topic is None:
        return {key: list(value) for key, value in docs.items()}
    found = docs.get(int(topic))
    return None if found is None else list(found)


def get_topic_freq(fitted: Fitted, topic: int | None = None) -> Any:
    """Number of documents of one topic, or a frame ``Topic, Count`` with the largest first.

    Returns
    -------
    int (0 for a topic that does not exist), or pandas.DataFrame of int64 columns
    """
    check_fitted(fitted.state)
    state = fitted.state.by_document
    if topic is not None:
        return int(state.sizes[state.row(topic)]) if topic in state else 0
    import pandas as pd

    order = np.lexsort((state.topic_ids, -state.sizes))
    return pd.DataFrame({"Topic": state.topic_ids[order], "Count": state.sizes[order]})


def get_topic_info(fitted: Fitted, topic: int | None = None) -> pd.DataFrame:
    """One row a topic, ascending by id.

    Parameters
    ----------
    topic : int, optional
        Only this topic; a topic that does not exist gives a frame without rows.

    Returns
    -------
    pandas.DataFrame
        ``Topic`` and ``Count`` (int64), ``Name`` (str), ``CustomName`` (str, where labels were set), ``Representation``
        (list of str), a column an aspect (list of str), ``Representative_Docs`` (list of str).
    """
    import pandas as pd

    check_fitted(fitted.state)
    state = fitted.state.by_document
    ids = state.topic_ids.tolist()
    if topic is not None:
        ids = [int(topic)] if topic in state else []
    columns = {
        "Topic": np.array(ids, dtype=np.int64),
        "Count": np.array([state.sizes[state.row(found)] for found in ids], dtype=np.int64),
    } | {name: _object_column([values[found] for found in ids]) for name, values in _topic_columns(state).items()}
    return pd.DataFrame(columns)


def get_document_info(
    fitted: Fitted,
    docs: Any,
    df: pd.DataFrame | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """One row a document, in the order of ``docs``, with all that is known of its topic.

    Parameters
    ----------
    docs : sequence of str
        The documents that the model was fitted on.
    df : pandas.DataFrame, optional
        Its columns stand first. A column that is named like one of ours is kept under its name with ``_df`` appended.
    metadata : mapping of str to sequence, optional
        Further columns, which stand last.

    Returns
    -------
    pandas.DataFrame
        ``Document, Topic, Name, [CustomName], Representation, [aspects], Representative_Docs, Top_n_words`` (words
        joined by " - "), ``[Probability]`` (float64: strength in the document's topic; for a matrix of
        probabilities its largest entry, for outliers what is left to one), ``Representative_document`` (bool).
        Texts are pandas' ``str``, stored as the very strings (of ``docs``, of the topic) and not copied into Arrow's memory;
        the lists of a topic are one object for all its documents.
    """
    import pandas as pd

    check_fitted(fitted.state)
    state = fitted.state.by_document
    texts = state.documents if docs is None else as_documents(docs, name="docs")
    n_texts = 0 if texts is None else len(texts)
    if texts is None or n_texts != state.n_documents:
        raise InvalidInputError(
            f"docs has {n_texts} texts, but the model was fitted on {state.n_documents}: pass the same documents"
        )
    rows = state.document_rows
    kind = _text_kind()
    columns: dict[str, Any] = {"Document": _column(texts, kind, types={str}), "Topic": state.topics.copy()}
    ids = state.topic_ids.tolist()
    for name, values in _topic_columns(state).items():
        columns[name] = _column([values[topic] for topic in ids], kind, rows)
    joined = [" - ".join(word for word, _ in state.words.get(topic, [])) for topic in ids]
    columns["Top_n_words"] = _column(joined, kind, rows)
    probability = _own_probability(state)
    if probability is not None:
        columns["Probability"] = probability.copy()
    representative = np.zeros(state.n_documents, dtype=bool)
    for found in state.representative_rows.values():
        representative[found] = True
    columns["Representative_document"] = representative
    own = pd.DataFrame(columns, copy=False)  # all columns are its own
    if df is not None:
        own = _beside(df, own)
    for name, values in (metadata or {}).items():
        own[name] = values
    return own


def _text_kind() -> Any:
    """The dtype that this pandas gives texts, with the strings as Python objects; None where it has none of its own."""
    import pandas as pd

    default = pd.Series([""]).dtype
    return pd.StringDtype("python", na_value=default.na_value) if isinstance(default, pd.StringDtype) else None


def _column(cells: Sequence[Any], kind: Any, rows: IntVector | None = None, types: set[type] | None = None) -> Any:
    """A column of these very objects (or of those in ``rows``), of a ``kind`` of its own where they are texts.

    ``types`` are those of the cells, where they are known.
    """
    import pandas as pd

    column: Any = _object_column(cells)
    if kind is not None:
        types = set(map(type, cells)) if types is None else types
        if str in types and types <= {str, type(None)}:
            column = pd.array(column, dtype=kind)
    return column if rows is None else column.take(rows)


def _topic_columns(state: TopicState) -> dict[str, dict[int, Any]]:
    """The columns that describe topics, in order: column name -> topic id -> cell."""
    ids = state.topic_ids.tolist()
    columns: dict[str, dict[int, Any]] = {"Name": dict(state.names)}
    if state.custom_labels is not None:
        columns["CustomName"] = {topic: state.custom_labels.get(topic, state.names[topic]) for topic in ids}
    columns["Representation"] = {topic: _only_words(state.words.get(topic, [])) for topic in ids}
    for name, values in state.aspects.items():
        columns[name] = {topic: _cell(values.get(topic)) for topic in ids}
    columns["Representative_Docs"] = {topic: list(state.representative_docs.get(topic, [])) for topic in ids}
    return columns


def _only_words(words: Words) -> list[str]:
    return [word for word, _ in words]


def _cell(value: Any) -> Any:
    """An aspect's cell: words of (word, weight) pairs; plain texts joined; anything else (an image) as it is."""
    if isinstance(value, list | tuple) and value:
        if isinstance(value[0], str):
            return " ".join(value)
        return [pair[0] for pair in value]
    return value


def _object_column(values: Sequence[Any]) -> np.ndarray:
    """One object a cell, lists included."""
    return np.fromiter(values, dtype=object, count=len(values))


def _own_probability(state: TopicState) -> FloatVector | None:
    probabilities = state.probabilities
    if probabilities is None:
        return None
    if probabilities.ndim == 1:
        return probabilities
    if probabilities.shape[1] == 0:
        return np.zeros(len(probabilities))
    return np.where(state.topics == OUTLIER, 1 - probabilities.sum(axis=1), probabilities.max(axis=1))


def _beside(df: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    if len(df) != len(own):
        raise InvalidInputError(f"df has {len(df)} rows for {len(own)} documents; pass one row a document")
    clashing = [name for name in df.columns if name in own.columns]
    if clashing:
        logger.warning("columns %s of df are named like ours and are kept as %s_df", clashing, clashing[0])
    theirs = df.reset_index(drop=True).rename(columns={name: f"{name}_df" for name in clashing})
    return pd.concat([theirs, own], axis=1)
