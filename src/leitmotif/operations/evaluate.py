"""How good the topics are, in numbers: coherence, diversity, distance, outliers, agreement with labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import coherence as kernel
from leitmotif.kernels.linkage import cosine_distances
from leitmotif.protocols import Fitted
from leitmotif.typing import OUTLIER, FloatVector, IntVector
from leitmotif.validation import as_documents, as_topics, check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEASURES", "Evaluation", "agreement", "coherence", "diversity", "evaluate"]

MEASURES: Mapping[str, int] = {"npmi": 0, "u_mass": 0, "c_npmi": 10, "c_v": 110}
"""Measures of coherence and their windows in words; 0: whole documents."""

BLOCK = 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What :func:`evaluate` found.

    Attributes
    ----------
    topics : ndarray of int64, shape (T,)
        The topics without -1; one value each in the columns below.
    sizes : ndarray of int64, shape (T,)
    per_topic : mapping of str to ndarray of float64, shape (T,)
        Coherence by measure, and ``distance``: cosine distance to the nearest other topic.
    overall : mapping of str to float
        Means of the above, ``diversity``, ``outlier_fraction``, ``n_topics``, and the agreement with labels where
        given.
    """

    topics: IntVector
    sizes: IntVector
    per_topic: Mapping[str, FloatVector]
    overall: Mapping[str, float]

    def to_frame(self) -> pd.DataFrame:
        """One row a topic: ``Topic``, ``Count`` and a column a measure."""
        import pandas as pd

        return pd.DataFrame({"Topic": self.topics, "Count": self.sizes, **self.per_topic})


def evaluate(
    fitted: Fitted,
    docs: Sequence[str] | None = None,
    labels: Any = None,
    *,
    measures: Iterable[str] = ("npmi",),
    top_n: int = 10,
) -> Evaluation:
    """Numbers that say how good the topics are, from what the fit counted. The model is not changed.

    Parameters
    ----------
    docs : sequence of str, optional
        Texts to count windows in, for "c_npmi" and "c_v"; default those of the fit.
    labels : sequence, length N, optional
        Somebody's classes of the documents, of any type, to compare the topics with.
    measures : iterable of {"npmi", "u_mass", "c_npmi", "c_v"}
        Coherence of the words. The first two come from the stored counts; the others read the texts once.
    top_n : int
        So many words of each topic are looked at.

    Returns
    -------
    Evaluation

    Notes
    -----
    Coherence rewards words that occur together, however trivial; diversity rewards topics without a common word,
    however odd; agreement says how well topics match classes that need not be topics. None replaces reading the
    topics.

    Raises
    ------
    InvalidInputError
        An unknown measure, or labels of another length.
    MissingComponentError
        The model has no counts.
    """
    state = fitted.state
    check_fitted(state)
    names = list(measures)
    for name in names:
        _window_of(name)
    words = [[word for word, _ in state.words.get(topic, [])[:top_n] if word] for topic in state.inner_ids.tolist()]
    counted = state.need_counts("evaluate")
    columns = _columns(words, {term: i for i, term in enumerate(counted.terms.tolist())}, top_n)
    per_topic: dict[str, FloatVector] = {}
    if {"npmi", "u_mass"} & set(names):
        together = kernel.in_documents(counted.matrix, columns)
        per_topic |= {name: _score(name, together) for name in names if not MEASURES[name]}
    if windowed := [name for name in names if MEASURES[name]]:
        texts = state.documents if docs is None else as_documents(docs)
        if texts is None:
            raise InvalidInputError(f"{windowed[0]} needs the texts, which the model does not keep: pass docs")
        analyzer = _analyzer(fitted.components.vectorizer)
        per_topic |= {name: coherence(words, texts, name, top_n=top_n, analyzer=analyzer) for name in windowed}
    overall = {name: _mean(values) for name, values in per_topic.items()}
    overall["diversity"] = diversity(words, top_n)
    if state.topic_embeddings is not None and state.n_topics > 1:
        distances = cosine_distances(np.asarray(state.topic_embeddings[state.inner_rows]))
        np.fill_diagonal(distances, np.inf)
        per_topic["distance"] = distances.min(axis=1)
        overall["distance"] = _mean(per_topic["distance"])
    overall["n_topics"] = float(state.n_topics)
    overall["outlier_fraction"] = float(np.mean(state.topics == OUTLIER)) if state.n_documents else 0.0
    if labels is not None:
        overall |= agreement(state.topics, labels)
    return Evaluation(topics=state.inner_ids, sizes=state.sizes[state.inner_rows], per_topic=per_topic, overall=overall)


def coherence(
    topics: Sequence[Sequence[str]],
    texts: Sequence[str] | Sequence[Sequence[str]],
    measure: str = "c_npmi",
    *,
    top_n: int = 10,
    window: int | None = None,
    like_gensim: bool = True,
    analyzer: Callable[[str], Sequence[str]] | None = None,
) -> FloatVector:
    """Coherence of each topic's words in a corpus.

    Parameters
    ----------
    topics : sequence of sequences of str
        Words of each topic, best first.
    texts : sequence of str, or of sequences of tokens
        The reference corpus.
    measure : {"c_npmi", "c_v", "npmi", "u_mass"}
        The first two slide windows of 10 and 110 tokens over the texts, the others look at whole documents.
    top_n : int
        So many words of each topic are looked at.
    window : int, optional
        Another width of the windows.
    like_gensim : bool
        Lose repeated words in a window the way Gensim does, so that the numbers are those that are published; False
        counts right.
    analyzer : callable, optional
        Text -> tokens; default words of two letters and more, in lower case.

    Returns
    -------
    ndarray of float64, shape (n_topics,)
        NaN for a topic with too few words.

    Examples
    --------
    >>> texts = [["moon", "orbit"], ["moon", "orbit"], ["soup", "salt"]]
    >>> coherence([["moon", "orbit"], ["moon", "soup"]], texts).round(2).tolist()
    [1.0, -0.95]
    """
    width = _window_of(measure) if window is None else window
    wanted = dict.fromkeys(word for words in topics for word in list(words)[:top_n])
    index = {word: i for i, word in enumerate(wanted)}
    columns = _columns(topics, index, top_n)
    split = analyzer or _analyzer(None)
    total: kernel.Cooccurrence | None = None
    for first in range(0, max(len(texts), 1), BLOCK):
        tokens: list[int] = []
        lengths = [0]
        for text in texts[first : first + BLOCK]:
            before = len(tokens)
            tokens.extend(index.get(token, -1) for token in (split(text) if isinstance(text, str) else text))
            lengths.append(len(tokens) - before)
        ids, offsets = np.array(tokens, dtype=np.int64), np.cumsum(lengths)
        # A document as one window as long as the longest document
        wide = width or max(int(max(lengths)), 1)
        part = kernel.in_windows(ids, offsets, columns, wide, like_gensim)
        total = part if total is None else total + part
    assert total is not None
    return _score(measure, total)


def diversity(topics: Sequence[Sequence[str]], top_n: int = 10) -> float:
    """Share of distinct words among the best ``top_n`` words of all topics (Dieng, Ruiz and Blei 2020)."""
    words = [word for topic in topics for word in list(topic)[:top_n] if word]
    return len(set(words)) / len(words) if words else float("nan")


def agreement(topics: Any, labels: Any) -> dict[str, float]:
    """How well topics agree with classes: ``ami``, ``ari``, ``v_measure``, ``fmi`` and ``purity``.

    Outliers count as one topic of their own. All are 1 for the same partition; the first two are about 0 by chance.

    Raises
    ------
    InvalidInputError
        Another number of labels than topics.
    """
    import pandas as pd
    from sklearn import metrics

    found = as_topics(topics, len(topics))
    classes = pd.factorize(pd.Series(labels).reset_index(drop=True), use_na_sentinel=False)[0]
    if len(classes) != len(found):
        raise InvalidInputError(f"labels has {len(classes)} values for {len(found)} documents; pass one a document")
    table = metrics.cluster.contingency_matrix(classes, found)
    return {
        "ami": float(metrics.adjusted_mutual_info_score(classes, found)),
        "ari": float(metrics.adjusted_rand_score(classes, found)),
        "v_measure": float(metrics.v_measure_score(classes, found)),
        "fmi": float(metrics.fowlkes_mallows_score(classes, found)),
        "purity": float(table.max(axis=0).sum() / max(table.sum(), 1)),
    }


def _window_of(measure: str) -> int:
    if measure not in MEASURES:
        raise InvalidInputError(f"measure must be one of {', '.join(map(repr, MEASURES))}; got {measure!r}")
    return MEASURES[measure]


def _columns(topics: Sequence[Sequence[str]], index: Mapping[str, int], top_n: int) -> IntVector:
    """Number of each topic's words, -1 behind; words that the index lacks are left out."""
    columns = np.full((len(topics), max(top_n, 1)), -1, dtype=np.int64)
    for row, words in enumerate(topics):
        known = [index[word] for word in list(words)[:top_n] if word in index]
        columns[row, : len(known)] = known
    return columns


def _score(measure: str, together: kernel.Cooccurrence) -> FloatVector:
    if measure == "u_mass":
        return kernel.u_mass(together)
    return kernel.c_v(together) if measure == "c_v" else kernel.npmi(together)


def _analyzer(vectorizer: Any) -> Callable[[str], Sequence[str]]:
    if hasattr(vectorizer, "build_analyzer"):
        analyzer: Callable[[str], Sequence[str]] = vectorizer.build_analyzer()
        return analyzer
    import re

    words = re.compile(r"(?u)\b\w\w+\b")
    return lambda text: words.findall(text.lower())


def _mean(values: FloatVector) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
