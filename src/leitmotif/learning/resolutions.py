"""Other numbers of topics from the same fit: documents are not embedded, counted, reduced or clustered again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.building.rebuild import rebuild
from leitmotif.errors import InvalidInputError
from leitmotif.kernels.relabel import majority_by_key
from leitmotif.operations.evaluate import evaluate
from leitmotif.progress import stage
from leitmotif.protocols import Fitted, Snapshot
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, IntVector
from leitmotif.validation import check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cut_at", "resolutions", "state_at", "suggest", "sweep"]


def resolutions(fitted: Fitted) -> pd.DataFrame:
    """Every number of topics that the fit holds, one row each: nothing is computed again.

    Returns
    -------
    DataFrame
        ``Topics``; ``Smallest`` and ``Largest`` topic in documents, doubtful ones included; ``Persistence``: over how wide a
        range of resolutions so many topics hold (natural logarithm), 0 for a number that the slightest change would
        pass over.

    Raises
    ------
    InvalidInputError
        The clusterer keeps no tree.
    """
    import pandas as pd

    columns = _clusterer(fitted, "resolutions").resolutions()
    names = {
        "n_clusters": "Topics",
        "smallest": "Smallest",
        "largest": "Largest",
        "persistence": "Persistence",
    }
    return pd.DataFrame({names[name]: values for name, values in columns.items()})


def suggest(fitted: Fitted, lowest: int = 4) -> pd.DataFrame:
    """Numbers of topics worth a look: of each doubling from ``lowest`` on the most persistent one.

    Parameters
    ----------
    lowest : int
        Fewer topics are not suggested, at least 2.

    Returns
    -------
    DataFrame
        Rows of :func:`resolutions`, ascending.

    Notes
    -----
    Persistence says that a number of topics is not an accident of where the tree was cut, not that it is useful; compare
    with :func:`sweep`.
    """
    if lowest < 2:
        raise InvalidInputError(f"lowest must be at least 2; got {lowest}")
    frame = resolutions(fitted)
    inside = frame[(frame["Topics"] >= lowest) & (frame["Persistence"] > 0)]
    octave = np.floor(np.log2(inside["Topics"] / lowest)).astype(int)
    best = inside.groupby(octave)["Persistence"].idxmax()
    return frame.loc[best.sort_values()].reset_index(drop=True)


def sweep(
    fitted: Fitted,
    n_topics: Iterable[int] | None = None,
    *,
    measures: Iterable[str] = ("npmi",),
    labels: Any = None,
) -> pd.DataFrame:
    """Evaluate other numbers of topics, one row each; the model is not changed.

    Parameters
    ----------
    n_topics : iterable of int, optional
        Default: those of :func:`suggest`.
    measures : iterable of str
        Coherence, as :func:`leitmotif.operations.evaluate.evaluate` names it.
    labels : sequence, length N, optional
        Somebody's classes of the documents, to compare the topics with.

    Returns
    -------
    DataFrame
        ``Topics``, ``Outliers`` (share), ``Smallest``, ``Largest`` and a column for each number of ``evaluate``.

    Notes
    -----
    Words are the default ones, or those of c-TF-IDF where you gave representation models: these are not asked, so that a row
    takes a fraction of a second.
    """
    counts = suggest(fitted)["Topics"].tolist() if n_topics is None else [int(k) for k in n_topics]
    names = tuple(measures)
    main = tuple(link for link in fitted.components.main if getattr(link, "quick", False))
    bare = Snapshot(state=fitted.state, components=replace(fitted.components, main=main, aspects={}))
    rows = []
    with stage("sweep", total=len(counts)) as work:
        for k in counts:
            state = state_at(bare, cut_at(fitted, k))
            found = evaluate(Snapshot(state=state, components=bare.components), labels=labels, measures=names).overall
            sizes = state.by_document.sizes[state.inner_rows]
            rows.append(
                {
                    "Topics": state.n_topics,
                    "Outliers": found["outlier_fraction"],
                    "Smallest": int(sizes.min(initial=state.by_document.n_documents)),
                    "Largest": int(sizes.max(initial=0)),
                    **{name: value for name, value in found.items() if name not in ("n_topics", "outlier_fraction")},
                }
            )
            work.advance(1)
    import pandas as pd

    return pd.DataFrame(rows)


def cut_at(fitted: Fitted, n_topics: int) -> Any:
    """The clusterer, cut to so many topics; that of the model stays as it is.

    Raises
    ------
    InvalidInputError
        The clusterer keeps no tree, the tree has not so many clusters, or topics with names were given beforehand.
    """
    if isinstance(n_topics, bool) or not isinstance(n_topics, int | np.integer) or n_topics < 1:
        raise InvalidInputError(f"n_topics must be a whole number of at least 1; got {n_topics!r}")
    if fitted.state.extras.get("zeroshot") is not None:
        raise InvalidInputError("a model with names from zeroshot_topic_list cannot be cut at another number of topics")
    return _clusterer(fitted, "at").at(n_clusters=int(n_topics))


def state_at(fitted: Fitted, clusterer: Any) -> TopicState:
    """The state with the clusters of a clusterer that :func:`cut_at` gave: words, sizes and examples made anew.

    It starts from the clusters: merges and other edits made since the fit are not in it.
    """
    before = fitted.state
    labels: IntVector = np.asarray(clusterer.labels_, dtype=np.int64)
    if len(labels) != before.n_documents:
        raise InvalidInputError(
            f"the clusterer knows {len(labels)} documents, the model {before.n_documents}: fit it again to cut it anew"
        )
    strengths = np.asarray(clusterer.probabilities_, dtype=np.float64)
    if before.fingerprints is not None:
        labels = majority_by_key(labels, before.fingerprints.astype(np.int64))
    blank = TopicState(
        topic_ids=np.empty(0, dtype=np.int64),
        topics=labels,
        sizes=np.empty(0, dtype=np.int64),
        mappings=np.unique(labels)[:, None],
        document_terms=before.need_counts("another number of topics"),
        documents=before.documents,
        embeddings=before.embeddings,
        reduced_embeddings=before.reduced_embeddings,
        fingerprints=before.fingerprints,
        passages=before.passages,
        extras={name: before.extras[name] for name in ("seeds", "adaptation") if name in before.extras},
    )
    mapping = {label: label for label in np.unique(labels).tolist()}
    state = rebuild(Snapshot(state=blank, components=fitted.components), labels, mapping)
    if before.probabilities is None or before.probabilities.ndim == 1:
        return replace(state, probabilities=strengths)
    columns = np.unique(labels[labels != OUTLIER])
    matrix = np.asarray(clusterer.all_points_membership_vectors(), dtype=np.float64)
    final = {int(row[0]): int(row[-1]) for row in state.mappings}
    ordered = np.zeros((len(labels), len(columns)))
    for label in columns.tolist():
        ordered[:, int(np.searchsorted(state.inner_ids, final[label]))] = matrix[:, label]
    return replace(state, probabilities=ordered)


def _clusterer(fitted: Fitted, what: str) -> Any:
    check_fitted(fitted.state)
    clusterer = fitted.components.clusterer
    if not hasattr(clusterer, what):
        raise InvalidInputError(
            f"{type(clusterer).__name__} keeps no tree of clusters; "
            "fit with the default clusterer or leitmotif.cluster.HDBSCAN"
        )
    return clusterer
