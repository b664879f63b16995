"""The topics of each token of one document, as a styled table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.counts import tokenize
from leitmotif.plotting.labels import cut
from leitmotif.plotting.palette import ink_on
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, IntVector
from leitmotif.validation import check_fitted

__all__ = ["ApproximateDistributionData", "approximate_distribution_data", "visualize_approximate_distribution"]

WHITE, BLUE = (255, 255, 255), (0, 114, 178)


@dataclass(frozen=True, kw_only=True, eq=False)
class ApproximateDistributionData:
    """Topics by tokens of one document.

    Attributes
    ----------
    topics : ndarray of int64, shape (m,)
        Topics that occur in it, ascending.
    labels : list of str, length m
    tokens : list of str, length k
        Made distinct by trailing spaces.
    weights : ndarray of float64, shape (m, k)
    """

    topics: IntVector
    labels: list[str]
    tokens: list[str]
    weights: FloatMatrix


def approximate_distribution_data(
    fitted: Fitted, document: str, topic_token_distribution: Any, normalize: bool = False
) -> ApproximateDistributionData:
    """The numbers of :func:`visualize_approximate_distribution`."""
    state = fitted.state
    check_fitted(state)
    if not isinstance(document, str):
        raise InvalidInputError(f"document must be one text; got {type(document).__name__}")
    tokens = _tokens(fitted.components.vectorizer, document)
    if not tokens:
        raise InvalidInputError(f"the document has no token in it: {cut(document, 60)!r}")
    values = topic_token_distribution
    values = np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)
    if values.shape != (len(tokens), state.n_topics):
        raise InvalidInputError(
            f"topic_token_distribution has shape {values.shape}, and the document has {len(tokens)} tokens and the "
            f"model {state.n_topics} topics; pass the document's own item of what "
            "approximate_distribution(docs, calculate_tokens=True) gave second"
        )
    if normalize:
        total = values.sum(axis=1, keepdims=True)
        values = values / np.where(total > 0, total, 1.0)
    rows = np.flatnonzero(values.any(axis=0))
    ids = state.inner_ids[rows]
    return ApproximateDistributionData(
        topics=ids, labels=_labels(state, ids), tokens=_distinct(tokens), weights=values[:, rows].T
    )


def visualize_approximate_distribution(
    topic_model: Fitted, document: str, topic_token_distribution: Any, normalize: bool = False
) -> Any:
    """How strongly each token of a document points to each topic, as a table for notebooks.

    Parameters
    ----------
    document : str
        The text.
    topic_token_distribution : ndarray, shape (n_tokens, n_topics)
        The document's item of the list that ``approximate_distribution(docs, calculate_tokens=True)`` gives second.
    normalize : bool
        Let the topics of each token sum to one.

    Returns
    -------
    pandas.io.formats.style.Styler, or pandas.DataFrame
        Topics that occur (rows) by tokens (columns); a token that comes again has spaces after it. A plain frame where
        there is nothing to style, or where Jinja2 is missing.

    Raises
    ------
    InvalidInputError
        The document has no token, or the distribution is another document's.
    """
    import pandas as pd

    data = approximate_distribution_data(topic_model, document, topic_token_distribution, normalize)
    frame = pd.DataFrame(data.weights, index=_distinct(data.labels), columns=data.tokens)
    if frame.empty:
        return frame
    try:
        style = frame.style
    except (ImportError, AttributeError):  # pandas without Jinja2
        return frame
    largest = float(data.weights.max()) or 1.0
    return (
        style.format(lambda value: f"{value:.3f}" if value else "")
        .format_index(escape="html", axis=0)
        .format_index(escape="html", axis=1)
        .map(lambda value: _cell(value / largest))
        .set_table_styles(
            [
                {"selector": "th", "props": "font-weight: normal; text-align: left; white-space: nowrap"},
                {"selector": "td", "props": "text-align: center"},
            ]
        )
    )


def _tokens(vectorizer: Any, document: str) -> list[str]:
    """Tokens as ``approximate_distribution`` cuts them: by the vectorizer's own tokenizer."""
    build = getattr(vectorizer, "build_tokenizer", None)
    if build is None:
        return [str(token) for token in tokenize([document], lowercase=False).words_of(0)]
    return [str(token) for token in build()(document)]


def _labels(state: TopicState, ids: IntVector) -> list[str]:
    return [cut(state.names[topic], 60) for topic in ids.tolist()]


def _distinct(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        times = seen.get(name, 0)
        seen[name] = times + 1
        distinct.append(name + " " * times)
    return distinct


def _cell(share: float) -> str:
    """CSS of one cell: from white to blue by its share of the largest value."""
    if share <= 0:
        return "background-color: transparent"
    mixed = [round(white + (blue - white) * (0.15 + 0.85 * share)) for white, blue in zip(WHITE, BLUE, strict=True)]
    color = "#{:02X}{:02X}{:02X}".format(*mixed)
    return f"background-color: {color}; color: {ink_on(color)}"
