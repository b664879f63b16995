"""The hierarchy of topics: which are merged first, what the merged ones would be called, and its tree as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.building.represent import base_words, evidence_for, run_chain
from leitmotif.building.weigh import document_weights, known_scale
from leitmotif.errors import InvalidInputError
from leitmotif.kernels.grouping import group_sums, merge_generations, tree_top_terms
from leitmotif.kernels.linkage import node_members, topic_linkage
from leitmotif.kernels.relabel import group_means
from leitmotif.operations.counted import are_training_documents, row_texts, vocabulary_counts
from leitmotif.protocols import Fitted
from leitmotif.state import DocumentTerms
from leitmotif.typing import IntVector, SparseMatrix
from leitmotif.validation import check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["get_topic_tree", "hierarchical_topics"]

N_WORDS = 5


def hierarchical_topics(
    fitted: Fitted,
    docs: Sequence[str] | None = None,
    use_ctfidf: bool = True,
    linkage_function: Callable[[Any], np.ndarray] | None = None,
    distance_function: Callable[[Any], Any] | None = None,
    *,
    representation: bool = False,
) -> pd.DataFrame:
    """Every merge of a hierarchical clustering of the topics, with the words that the merged topics would have.

    The names come from the summed counts of the merged topics with the model's inverse frequencies. No representation
    model is run unless asked for, and the model is not changed.

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
    representation : bool
        Pass the words of each merged topic through the main representation models: a language model is then asked T - 1
        times.

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
    The counts of a merged topic are the sum of those of its two parts: O(sum over the merges of the terms of the merged
    topic).
    """
    import pandas as pd

    state = fitted.state
    check_fitted(state)
    vocabulary, ctfidf = state.need_vocabulary("hierarchical_topics")
    ids = state.inner_ids
    n_topics = len(ids)
    if n_topics < 2:
        raise InvalidInputError(f"a hierarchy needs at least two topics besides the outliers; the model has {n_topics}")
    texts = row_texts(state, docs)
    counts = vocabulary_counts(fitted, texts, "hierarchical_topics")
    if counts.shape[0] != state.n_documents:
        raise InvalidInputError(
            f"docs has {counts.shape[0]} texts, but the model was fitted on {state.n_documents}: pass the same ones"
        )
    matrix = ctfidf if use_ctfidf else state.need_topic_embeddings("hierarchical_topics(use_ctfidf=False)")
    with ThreadPoolExecutor(1) as other:  # neither needs the other's answer, and the tree is made on one core
        adding = other.submit(group_sums, counts, state.document_rows - int(state.has_outliers), n_topics)
        tree = topic_linkage(matrix[state.inner_rows], distance_function, linkage_function)
        per_topic = adding.result()
    children = tree[:, :2].astype(np.int64)
    members = node_members(tree)[n_topics:]
    scale = None if representation else known_scale(fitted.components.weighting)
    if scale is not None:
        columns, _ = tree_top_terms(per_topic, vocabulary.idf, children, N_WORDS, root=scale == "root")
        words = [vocabulary.terms[row[row >= 0]].tolist() for row in columns]
    else:
        words = _merged_words(fitted, texts, counts, per_topic, members, children, representation)
    names = ["_".join(word for word, _ in state.words.get(topic, [])[:N_WORDS] if word) for topic in ids.tolist()]
    names += ["_".join(found) for found in words]
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


def _merged_words(
    fitted: Fitted,
    texts: Sequence[str] | None,
    counts: SparseMatrix,
    per_topic: SparseMatrix,
    members: Sequence[IntVector],
    children: IntVector,
    represent: bool,
) -> list[list[str]]:
    """Words of each merge, whatever the weighting, and by the representation models if asked for.

    Merges that hold none of each other's documents are described together, as if they were the topics of a model.
    """
    state, components = fitted.state, fitted.components
    vocabulary, _ = state.need_vocabulary("hierarchical_topics")
    n_topics = per_topic.shape[0]
    first = int(state.has_outliers)
    own_texts = texts is not None and are_training_documents(state, texts)
    result: list[list[str]] = [[] for _ in members]
    for merges in merge_generations(children):
        merge_of_topic = np.full(n_topics, -1, dtype=np.int64)
        for place, merge in enumerate(merges.tolist()):
            merge_of_topic[members[merge]] = place
        weights = document_weights(state, components, group_sums(per_topic, merge_of_topic, len(merges)))
        ids = np.arange(len(merges))
        words = base_words(weights, vocabulary.terms, ids, components.top_n_words)
        if represent and components.main:
            of_document = np.concatenate([np.full(first, -1), merge_of_topic])[state.document_rows]
            held = np.flatnonzero(of_document >= 0)
            topics = of_document[held]
            embeddings = None if state.embeddings is None or not own_texts else state.embeddings[held]
            merged = replace(
                state,
                topic_ids=ids,
                topics=topics,
                sizes=np.bincount(topics, minlength=len(ids)),
                document_terms=DocumentTerms(matrix=counts[held], terms=vocabulary.terms),
                vocabulary=replace(vocabulary, columns=None),
                ctfidf=weights,
                topic_embeddings=None if embeddings is None else group_means(embeddings, topics, len(ids)),
                documents=None if texts is None else [texts[row] for row in held.tolist()],
                embeddings=embeddings,
                fingerprints=None,
            )
            words = run_chain(components.main, evidence_for(merged, components), words)
        for place, merge in enumerate(merges.tolist()):
            result[merge] = [word for word, _ in words[place] if word][:N_WORDS]
    return result
