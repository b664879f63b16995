"""The hierarchy of topics: which are merged first, what the merged ones would be called, and its tree as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.building.represent import words_of_matrix
from leitmotif.building.weigh import document_weights
from leitmotif.errors import InvalidInputError
from leitmotif.kernels.grouping import group_sums, tree_sums
from leitmotif.kernels.linkage import node_members, topic_linkage
from leitmotif.operations.counted import vocabulary_counts
from leitmotif.protocols import Fitted
from leitmotif.validation import check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["get_topic_tree", "hierarchical_topics"]

N_WORDS = 5
MAX_ENTRIES = 8_000_000
"""Merged counts are weighed in blocks of about so many entries at the most (some 100 MB)."""


def hierarchical_topics(
    fitted: Fitted,
    docs: Sequence[str] | None = None,
    use_ctfidf: bool = True,
    linkage_function: Callable[[Any], np.ndarray] | None = None,
    distance_function: Callable[[Any], Any] | None = None,
) -> pd.DataFrame:
    """Every merge of a hierarchical clustering of the topics, with the words that the merged topics would have.

    The names come from the summed counts of the merged topics with the model's inverse frequencies. No representation
    model is run and the model is not changed.

    Parameters
    ----------
    docs : sequence of str, length N, optional
        The documents of the fit (the default); they are not counted a second time.
    use_ctfidf : bool
        Compare topics by c-TF-IDF, otherwise by their embeddings.
    linkage_function : callable, optional
        Condensed distances -> linkage matrix (T - 1, 4). Default: Ward with optimal ordering.
    distance_function : callable, optional
        Topic matrix -> square or condensed distances. Default: 1 - cosine.

    Returns
    -------
    pandas.DataFrame
        One row a merge, the last merge first, indexed by the step of the merge: ``Parent_ID`` (str), ``Parent_Name``,
        ``Topics`` (list of int, ascending), ``Child_Left_ID`` (str), ``Child_Left_Name``, ``Child_Right_ID`` (str),
        ``Child_Right_Name`` and ``Distance`` (float64). Names are the five best words joined by "_"; parents are
        numbered on from the number of topics.

    Raises
    ------
    InvalidInputError
        Fewer than two topics, or distances or linkage of the wrong form.
    MissingComponentError
        The model has neither what is to be compared nor counts.

    Notes
    -----
    One sparse product of the merge tree and the topics' counts: O(sum over the merges of the terms of the merged
    topic).
    """
    import pandas as pd
    from scipy.sparse import vstack

    state = fitted.state
    check_fitted(state)
    vocabulary, ctfidf = state.need_vocabulary("hierarchical_topics")
    ids = state.inner_ids
    n_topics = len(ids)
    if n_topics < 2:
        raise InvalidInputError(f"a hierarchy needs at least two topics besides the outliers; the model has {n_topics}")
    counts = vocabulary_counts(fitted, docs, "hierarchical_topics")
    if counts.shape[0] != state.n_documents:
        raise InvalidInputError(
            f"docs has {counts.shape[0]} texts, but the model was fitted on {state.n_documents}: pass the same ones"
        )
    matrix = ctfidf if use_ctfidf else state.need_topic_embeddings("hierarchical_topics(use_ctfidf=False)")
    tree = topic_linkage(matrix[state.inner_rows], distance_function, linkage_function)
    children = tree[:, :2].astype(np.int64)
    members = node_members(tree)[n_topics:]
    per_topic = group_sums(counts, state.document_rows, len(state.topic_ids))[state.inner_rows]
    names = ["_".join(word for word, _ in state.words.get(topic, [])[:N_WORDS] if word) for topic in ids.tolist()]
    merged = tree_sums(per_topic, children)
    for block in _blocks([row.nnz for row in merged]):
        weights = document_weights(state, fitted.components, vstack(merged[block], format="csr"))
        words = words_of_matrix(weights, vocabulary.terms, np.arange(weights.shape[0]), N_WORDS)
        names.extend("_".join(word for word, _ in words[row]) for row in range(weights.shape[0]))
    first_parent = max(n_topics, int(ids[-1]) + 1)
    numbers = [*(str(topic) for topic in ids.tolist()), *(str(first_parent + i) for i in range(len(tree)))]
    frame = pd.DataFrame(
        {
            "Parent_ID": numbers[n_topics:],
            "Parent_Name": names[n_topics:],
            "Topics": [ids[leaves].tolist() for leaves in members],
            "Child_Left_ID": [numbers[left] for left in children[:, 0].tolist()],
            "Child_Left_Name": [names[left] for left in children[:, 0].tolist()],
            "Child_Right_ID": [numbers[right] for right in children[:, 1].tolist()],
            "Child_Right_Name": [names[right] for right in children[:, 1].tolist()],
            "Distance": tree[:, 2].astype(np.float64),
        }
    )
    return frame.iloc[::-1]


def get_topic_tree(hier_topics: pd.DataFrame, max_distance: float | None = None, tight_layout: bool = False) -> str:
    """The hierarchy as text, one line a node, for ``print``.

    Parameters
    ----------
    hier_topics : pandas.DataFrame
        What ``hierarchical_topics`` gave.
    max_distance : float, optional
        Topics that are merged only at this distance or farther are drawn as ``O``. Default: all are named.
    tight_layout : bool
        Indent by two columns instead of five.

    Returns
    -------
    str
        Leaves are ``■──name ── Topic: id``. A chain of any depth is drawn: nothing here is recursive.

    Examples
    --------
    >>> import pandas as pd
    >>> merge = {"Parent_ID": "2", "Parent_Name": "ball_vote", "Topics": [0, 1], "Child_Left_ID": "0",
    ...          "Child_Left_Name": "ball", "Child_Right_ID": "1", "Child_Right_Name": "vote", "Distance": 0.9}
    >>> print(get_topic_tree(pd.DataFrame([merge])))
    .
    ├─■──ball ── Topic: 0
    └─■──vote ── Topic: 1
    <BLANKLINE>
    """
    width = 1 if tight_layout else 4
    limit = float(hier_topics["Distance"].max()) + 1 if max_distance is None else max_distance
    merges = {str(row["Parent_ID"]): row for row in hier_topics.to_dict("records")}
    used = {child for row in merges.values() for child in (str(row["Child_Left_ID"]), str(row["Child_Right_ID"]))}
    lines = ["."]
    # Entries: id, name, what stands left of it, whether a sibling follows, distance of the merge that it is part of.
    pending = [entry for number, row in merges.items() if number not in used for entry in reversed(_branches(row, ""))]
    while pending:
        number, name, indent, is_last, distance = pending.pop()
        corner = "└─" if is_last else "├─"
        row = merges.get(number)
        if row is not None:
            lines.append(f"{indent}{corner}{name}")
            below = indent + (" " if is_last else "│") + " " * width
            pending.extend(reversed(_branches(row, below)))
        elif distance < limit:
            lines.append(f"{indent}{corner}■──{name} ── Topic: {number}")
        else:
            lines.append(f"{indent}{corner}O ")
    return "\n".join(lines) + "\n"


def _branches(row: dict[Any, Any], indent: str) -> list[tuple[str, str, str, bool, float]]:
    """Left and right child of a merge, left first."""
    distance = float(row["Distance"])
    return [
        (str(row["Child_Left_ID"]), str(row["Child_Left_Name"]), indent, False, distance),
        (str(row["Child_Right_ID"]), str(row["Child_Right_Name"]), indent, True, distance),
    ]


def _blocks(sizes: Sequence[int]) -> list[slice]:
    """Consecutive merges that together hold at most :data:`MAX_ENTRIES` entries, or a single one that holds more."""
    blocks, start, entries = [], 0, 0
    for i, size in enumerate(sizes):
        if i > start and entries + size > MAX_ENTRIES:
            blocks.append(slice(start, i))
            start, entries = i, 0
        entries += size
    blocks.append(slice(start, len(sizes)))
    return blocks
