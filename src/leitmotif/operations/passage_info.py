"""What became of the passages of documents that a fit divided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.operations.counted import row_texts
from leitmotif.protocols import Fitted
from leitmotif.validation import check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["get_passage_info"]


def get_passage_info(fitted: Fitted, docs: Any = None) -> pd.DataFrame:
    """One row a passage, for a model that divided its documents: where it stands, and its topic.

    Parameters
    ----------
    docs : sequence of str, optional
        The documents of the fit, where the model does not keep their texts.

    Returns
    -------
    pandas.DataFrame
        In the order of the documents and within them: ``Document`` (int64, its row), ``Start`` and ``End`` (int64, characters in
        the document), ``Share`` (float64: of the document's length; 1 in all), ``Topic`` (int64), ``Name`` (str),
        ``Representative`` (bool: one of the topic's typical passages) and, where texts are known, ``Passage`` (str).

    Raises
    ------
    InvalidInputError
        The documents were not divided, or others are given.
    """
    import pandas as pd

    check_fitted(fitted.state)
    state = fitted.state
    passages = state.passages
    if passages is None:
        raise InvalidInputError('this model did not divide its documents: fit one with BERTopic(chunking="auto")')
    texts = row_texts(state, docs)
    typical = np.zeros(len(passages), dtype=bool)
    for rows in state.representative_rows.values():
        typical[rows] = True
    lengths = np.bincount(passages.document, weights=passages.lengths, minlength=passages.n_documents)
    names = np.array([state.names[topic] for topic in state.topic_ids.tolist()], dtype=object)
    columns: dict[str, Any] = {
        "Document": passages.document.copy(),
        "Start": passages.start.copy(),
        "End": passages.end.copy(),
        "Share": passages.lengths / lengths[passages.document],
        "Topic": state.topics.copy(),
        "Name": names[state.document_rows],
        "Representative": typical,
    }
    if texts is not None:
        columns["Passage"] = list(texts)
    return pd.DataFrame(columns)
