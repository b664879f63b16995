"""How good the topics are, in numbers: coherence, diversity, distance, outliers, agreement with labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.kernels import coherence as kernel
from leitmotif.kernels.counts import TermLookup, tokenize, tokenized_once
from leitmotif.kernels.linkage import cosine_distances
from leitmotif.operations.agreement import agreement, purities
from leitmotif.protocols import Fitted
from leitmotif.typing import OUTLIER, FloatVector, IntVector
from leitmotif.validation import as_documents, check_fitted

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEASURES", "WORD_EMBEDDING", "Evaluation", "coherence", "diversity", "evaluate", "word_embedding_coherence"]

MEASURES: Mapping[str, int] = {"npmi": 0, "u_mass": 0, "c_npmi": 10, "c_v": 110}
"""Measures of coherence by counting, and their windows in words; 0: whole documents."""

WORD_EMBEDDING = "word_embedding"
"""The measure of coherence that compares vectors of the words."""

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
        Coherence by measure; ``distinct``: share of the topic's words that no other topic has; ``distance``: cosine
        distance to the nearest other topic; with labels ``purity``: share of its most frequent label.
    overall : mapping of str to float
        Mean of each coherence and of ``distance``; ``diversity``, ``n_topics``, ``outlier_fraction``; with labels the
        numbers of :func:`~leitmotif.operations.agreement.agreement`.
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
    word_vectors: Any = None,
) -> Evaluation:
    """Numbers that say how good the topics are, from what the fit counted. The model is not changed.

    Parameters
    ----------
    docs : sequence of str, optional
        Texts to count in; default the counts of the fit, and its texts for "c_npmi" and "c_v".
    labels : sequence, length N, optional
        Somebody's classes of the documents, of any type, to compare the topics with.
    measures : iterable of {"npmi", "u_mass", "c_npmi", "c_v", "word_embedding"}
        Coherence of the words. The first two look at whole documents; the next two slide windows over the texts; the last
        compares vectors of the words (:func:`word_embedding_coherence`).
    top_n : int
        So many words of each topic are looked at.
    word_vectors : mapping of str to vector, or object with ``embed_words`` or ``encode``, optional
        For "word_embedding"; default the model's embedder.

    Returns
    -------
    Evaluation

    Notes
    -----
    Coherence rewards words that occur together, however trivial; diversity rewards topics without a common word,
    however odd; agreement says how well topics match classes that need not be topics. None replaces reading the
    topics. Whether a second fit would find them again says :func:`~leitmotif.learning.stability.stability`.

    Raises
    ------
    InvalidInputError
        An unknown measure, labels of another length, or vectors or texts that a measure needs and nobody has.
    MissingComponentError
        The model has no counts, and ``docs`` are not given.
    """
    state = fitted.state
    check_fitted(state)
    names = list(measures)
    for name in names:
        _check(name)
    words = [[word for word, _ in state.words.get(topic, [])[:top_n] if word] for topic in state.inner_ids.tolist()]
    texts = None if docs is None else as_documents(docs)
    whole = state.by_document
    read = whole.documents if texts is None else texts
    per_topic: dict[str, FloatVector] = {}
    with tokenized_once(() if read is None else read):
        if in_documents := [name for name in names if MEASURES.get(name) == 0]:
            if texts is not None:
                together = _in_texts(words, texts, top_n)
            else:
                counted = state.need_counts("evaluate without docs")
                columns = _columns(words, {term: i for i, term in enumerate(counted.terms.tolist())}, top_n)
                together = kernel.in_documents(counted.matrix, columns)
            per_topic |= {name: _score(name, together) for name in in_documents}
        if windowed := [name for name in names if MEASURES.get(name)]:
            if read is None:
                raise InvalidInputError(f"{windowed[0]} needs the texts, which the model does not keep: pass docs")
            analyzer = _analyzer(fitted.components.vectorizer)
            per_topic |= {name: coherence(words, read, name, top_n=top_n, analyzer=analyzer) for name in windowed}
    if WORD_EMBEDDING in names:
        vectors = fitted.components.embedder if word_vectors is None else word_vectors
        if vectors is None:
            raise InvalidInputError(
                "word_embedding needs vectors of words, and the model has no embedder: pass word_vectors"
            )
        per_topic[WORD_EMBEDDING] = word_embedding_coherence(words, vectors, top_n)
    overall = {name: _mean(per_topic[name]) for name in names}
    per_topic["distinct"] = _distinct(words)
    overall["diversity"] = diversity(words, top_n)
    if state.topic_embeddings is not None and state.n_topics > 1:
        distances = cosine_distances(np.asarray(state.topic_embeddings[state.inner_rows]))
        np.fill_diagonal(distances, np.inf)
        per_topic["distance"] = distances.min(axis=1)
        overall["distance"] = _mean(per_topic["distance"])
    overall["n_topics"] = float(state.n_topics)
    overall["outlier_fraction"] = float(np.mean(whole.topics == OUTLIER)) if whole.n_documents else 0.0
    if labels is not None:
        overall |= agreement(whole.topics, labels)
        per_topic["purity"] = purities(whole.topics, labels, state.inner_ids)
    return Evaluation(topics=state.inner_ids, sizes=whole.sizes[state.inner_rows], per_topic=per_topic, overall=overall)


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
        Text -> tokens; default words of two letters and more, in lower case. Then, over whole documents, a topic word of
        several words counts where they stand in a row; windows know single words only.

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
    plain = analyzer is None and all(isinstance(text, str) for text in texts)
    if plain and not width:
        return _score(measure, _in_texts(topics, cast("Sequence[str]", texts), top_n))
    total: kernel.Cooccurrence | None = None
    for ids, offsets in _numbered(cast("Sequence[str]", texts), index) if plain else _split(texts, index, analyzer):
        # A document as one window as long as the longest document
        wide = width or max(int(np.diff(offsets).max(initial=1)), 1)
        part = kernel.in_windows(ids, offsets, columns, wide, like_gensim)
        total = part if total is None else total + part
    assert total is not None
    return _score(measure, total)


def word_embedding_coherence(topics: Sequence[Sequence[str]], vectors: Any, top_n: int = 10) -> FloatVector:
    """Mean cosine between the vectors of each topic's words, over all pairs (Ding, Nallapati and Xiang 2018).

    Parameters
    ----------
    topics : sequence of sequences of str
        Words of each topic, best first.
    vectors : mapping of str to vector, or object with ``embed_words`` or ``encode``
        A word without a vector, or with the vector 0, is left out.
    top_n : int
        So many words of each topic are looked at.

    Returns
    -------
    ndarray of float64, shape (n_topics,)
        From -1 to 1; NaN for a topic with fewer than two words that have vectors.

    Examples
    --------
    >>> vectors = {"moon": [1.0, 0.0], "orbit": [1.0, 0.0], "soup": [0.0, 1.0]}
    >>> word_embedding_coherence([["moon", "orbit", "soup"]], vectors).round(2).tolist()
    [0.33]
    """
    wanted = list(dict.fromkeys(word for words in topics for word in list(words)[:top_n] if word))
    known, rows = _vectors_of(wanted, vectors)
    row_of = {word: row for row, word in enumerate(known)}
    values = np.full(len(topics), np.nan)
    for i, words in enumerate(topics):
        own = rows[[row_of[word] for word in list(words)[:top_n] if word in row_of]]
        if len(own) > 1:
            cosines = own @ own.T
            values[i] = (cosines.sum() - np.trace(cosines)) / (len(own) * (len(own) - 1))
    return values


def diversity(topics: Sequence[Sequence[str]], top_n: int = 10) -> float:
    """Share of distinct words among the best ``top_n`` words of all topics (Dieng, Ruiz and Blei 2020)."""
    words = [word for topic in topics for word in list(topic)[:top_n] if word]
    return len(set(words)) / len(words) if words else float("nan")


def _check(measure: str) -> None:
    if measure not in MEASURES and measure != WORD_EMBEDDING:
        known = ", ".join(map(repr, [*MEASURES, WORD_EMBEDDING]))
        raise InvalidInputError(f"measure must be one of {known}; got {measure!r}")


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


def _in_texts(topics: Sequence[Sequence[str]], texts: Sequence[str], top_n: int) -> kernel.Cooccurrence:
    """In how many texts the words stand, those of several words included."""
    terms = sorted({word for words in topics for word in list(words)[:top_n] if word})
    longest = max((term.count(" ") + 1 for term in terms), default=1)
    counts = TermLookup(terms).count(tokenize(texts), (1, longest))
    return kernel.in_documents(counts, _columns(topics, {term: i for i, term in enumerate(terms)}, top_n))


def _numbered(texts: Sequence[str], index: Mapping[str, int]) -> Iterator[tuple[IntVector, IntVector]]:
    """Block by block: word ids of all texts, -1 for words that are not in the index, and where each text begins."""
    stream = tokenize(texts)
    number = np.fromiter((index.get(word, -1) for word in stream.words), dtype=np.int64, count=len(stream.words))
    for first in range(0, max(len(texts), 1), BLOCK):
        starts = stream.indptr[first : first + BLOCK + 1]
        yield number[stream.ids[starts[0] : starts[-1]]], starts - starts[0]


def _split(
    texts: Sequence[str] | Sequence[Sequence[str]],
    index: Mapping[str, int],
    analyzer: Callable[[str], Sequence[str]] | None,
) -> Iterator[tuple[IntVector, IntVector]]:
    """As :func:`_numbered`, by somebody's analyzer, or of texts that are tokens already."""
    split = analyzer or _words_of
    for first in range(0, max(len(texts), 1), BLOCK):
        tokens: list[int] = []
        offsets = [0]
        for text in texts[first : first + BLOCK]:
            tokens.extend(index.get(token, -1) for token in (split(text) if isinstance(text, str) else text))
            offsets.append(len(tokens))
        yield np.array(tokens, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _words_of(text: str) -> list[str]:
    return tokenize([text]).words_of(0)


def _analyzer(vectorizer: Any) -> Callable[[str], Sequence[str]] | None:
    """The vectorizer's own way to split a text; None where it splits at the ends of words, as everybody does."""
    usual = getattr(vectorizer, "analyzer", "word") == "word" and getattr(vectorizer, "tokenizer", None) is None
    if usual or not hasattr(vectorizer, "build_analyzer"):
        return None
    analyzer: Callable[[str], Sequence[str]] = vectorizer.build_analyzer()
    return analyzer


def _distinct(topics: Sequence[Sequence[str]]) -> FloatVector:
    """Share of each topic's words that stand in no other topic; NaN without words."""
    used = Counter(word for words in topics for word in set(words))
    return np.array([np.mean([used[word] == 1 for word in words]) if words else np.nan for words in topics])


def _vectors_of(words: Sequence[str], vectors: Any) -> tuple[list[str], np.ndarray]:
    """The words that have a vector, and their vectors at unit length."""
    if not words:
        return [], np.zeros((0, 1))
    if isinstance(vectors, Mapping):
        words = [word for word in words if word in vectors]
        rows = np.array([vectors[word] for word in words], dtype=np.float64).reshape(len(words), -1)
    else:
        embed = getattr(vectors, "embed_words", None) or getattr(vectors, "encode", None)
        if embed is None:
            raise InvalidInputError(
                f"word_vectors must be a mapping, or have embed_words or encode; got {type(vectors).__name__}"
            )
        rows = np.asarray(embed(list(words)), dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1)
    known = np.flatnonzero(lengths > 0)
    return [words[row] for row in known.tolist()], rows[known] / lengths[known, None]


def _mean(values: FloatVector) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
