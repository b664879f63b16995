"""Topic distributions: how much each topic stands in a document, read off windows that slide along its tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from leitmotif.building.weigh import document_weights, known_scale
from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.kernels.counts import TermLookup, tokenize
from leitmotif.kernels.similarity import cosine
from leitmotif.kernels.windows import (
    Scale,
    WindowSettings,
    add_up,
    as_lists,
    term_rows,
    window_bounds,
    window_distributions,
)
from leitmotif.operations.counted import vocabulary_counts
from leitmotif.progress import stage
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, SparseMatrix
from leitmotif.validation import as_single_or_many, check_fitted

__all__ = ["approximate_distribution"]

_PREPARED: WeakKeyDictionary[TopicState, tuple[TermLookup, SparseMatrix]] = WeakKeyDictionary()

KERNEL_BLOCK = 1000
"""Documents that the kernel treats at a time: their words take memory, and each block looks its words up anew."""


def approximate_distribution(
    fitted: Fitted,
    documents: Any,
    window: int = 4,
    stride: int = 1,
    min_similarity: float = 0.1,
    batch_size: int | None = 1000,
    padding: bool = False,
    use_embedding_model: bool = False,
    calculate_tokens: bool = False,
    separator: str = " ",
) -> tuple[FloatMatrix, list[FloatMatrix] | None]:
    """How much each topic stands in each document.

    A window of tokens slides along the document. Each window is weighed with c-TF-IDF (or embedded) and compared with each
    topic but -1; similarities below ``min_similarity`` are dropped, the rest is added up over the windows and brought
    to a sum of 1.

    Parameters
    ----------
    documents : str or sequence of str
        One text or several. Tokens are those of the vectorizer's ``build_tokenizer()``.
    window : int
        Tokens of a window; a document with fewer is one window.
    stride : int
        Tokens from the begin of one window to the begin of the next.
    min_similarity : float
        Least cosine that counts.
    batch_size : int or None
        Documents whose windows are held in memory at a time, where texts of windows are needed; None: all.
    padding : bool
        Windows may also hang over the begin and the end, so that tokens there lie in as many windows as others.
    use_embedding_model : bool
        Embed the windows and compare them with the topics' embeddings.
    calculate_tokens : bool
        Also for each token: the sum over the windows that hold it. The document's distribution then is the sum over its
        tokens, brought to a sum of 1.
    separator : str
        What stands between the tokens of a window's text.

    Returns
    -------
    distributions : ndarray of float64, shape (n, T)
        Columns are the topics without -1, ascending. Rows sum to 1; all 0 where no window is similar to a topic.
    token_distributions : list of ndarray of float64, shape (tokens of document i, T), or None
        Not brought to any sum.

    Raises
    ------
    InvalidInputError
        ``window``, ``stride`` or ``batch_size`` is not a positive integer; documents that are no texts.
    MissingComponentError
        The model has no c-TF-IDF; with ``use_embedding_model``: no embedding model or no topic embeddings.

    Notes
    -----
    With the default word analyzer the windows go through one compiled pass: O(windows × (terms of a window + T)), memory for
    the result only. Tokenizers and analyzers of one's own, and embeddings, need the text of each window.
    """
    check_fitted(fitted.state)
    for name, value in (("window", window), ("stride", stride), ("batch_size", batch_size)):
        if not (name == "batch_size" and value is None) and (int(value or 0) != value or value < 1):
            raise InvalidInputError(f"{name} must be a positive integer; got {value!r}")
    settings = WindowSettings(
        window=int(window), stride=int(stride), padding=bool(padding), min_similarity=float(min_similarity)
    )
    texts = as_single_or_many(documents)
    n_topics = fitted.state.n_topics
    if use_embedding_model:
        compare = _by_embedding(fitted)
    else:
        fitted.state.need_vocabulary("approximate_distribution")
        compare = _by_ctfidf(fitted)
    if not texts or not n_topics:
        return np.zeros((len(texts), n_topics)), [np.zeros((0, n_topics)) for _ in texts] if calculate_tokens else None
    scale = None if use_embedding_model or not separator.isspace() else known_scale(fitted.components.weighting)
    if scale is not None and _has_default_words(fitted.components.vectorizer):
        blocks = _through_kernel(fitted, texts, settings, scale, calculate_tokens)
    else:
        size = len(texts) if batch_size is None else int(batch_size)
        blocks = _through_texts(fitted, texts, settings, compare, separator, size, calculate_tokens)
    distributions, done = np.empty((len(texts), n_topics)), 0
    tokens: list[FloatMatrix] = []
    for rows, token_rows in blocks:
        distributions[done : done + len(rows)] = rows
        tokens += token_rows
        done += len(rows)
    return distributions, tokens if calculate_tokens else None


Block = tuple[FloatMatrix, list[FloatMatrix]]
"""Distributions of some documents, and of their tokens (an empty list where not asked for)."""


def _through_kernel(
    fitted: Fitted, texts: list[str], settings: WindowSettings, scale: Scale, tokens: bool
) -> Iterator[Block]:
    state, vectorizer = fitted.state, fitted.components.vectorizer
    vocabulary, _ = state.need_vocabulary("approximate_distribution")
    stop_words = vectorizer.get_stop_words()
    lookup, rows = _prepared(state)
    with stage("distribute topics", len(texts)) as work:
        for start in range(0, len(texts), KERNEL_BLOCK):
            stream = tokenize(texts[start : start + KERNEL_BLOCK], lowercase=False)
            distributions, token_rows = window_distributions(
                stream,
                lookup,
                rows,
                vocabulary.idf,
                settings,
                ngram_range=tuple(vectorizer.ngram_range),
                stop_words=None if stop_words is None else frozenset(stop_words),
                lowercase=bool(vectorizer.lowercase),
                strip_accents=vectorizer.strip_accents,
                scale="presence" if vectorizer.binary else scale,
                tokens=tokens,
            )
            per_token: list[FloatMatrix] = [] if token_rows is None else [*as_lists(token_rows, stream.indptr)]
            yield distributions, per_token
            work.advance(stream.n_documents)


def _prepared(state: TopicState) -> tuple[TermLookup, SparseMatrix]:
    """The vocabulary ready to be looked up, and the topics of each term; kept as long as the state, for the next call."""
    found = _PREPARED.get(state)
    if found is None:
        vocabulary, ctfidf = state.need_vocabulary("approximate_distribution")
        found = TermLookup(vocabulary.terms.tolist()), term_rows(ctfidf[state.inner_rows].tocsr())
        _PREPARED[state] = found
    return found


def _through_texts(
    fitted: Fitted,
    texts: list[str],
    settings: WindowSettings,
    compare: Callable[[list[str]], FloatMatrix],
    separator: str,
    batch_size: int,
    tokens: bool,
) -> Iterator[Block]:
    cut = _tokenizer(fitted.components.vectorizer)
    with stage("distribute topics", len(texts)) as work:
        for start in range(0, len(texts), batch_size):
            words = [[str(token) for token in cut(text)] for text in texts[start : start + batch_size]]
            bounds = [window_bounds(len(some), settings) for some in words]
            windows = [
                separator.join(some[begin:end])
                for some, (begins, ends) in zip(words, bounds, strict=True)
                for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
            ]
            similarities = np.split(compare(windows), np.cumsum([len(begins) for begins, _ in bounds])[:-1])
            results = [
                add_up(similarity, bound, len(some), settings, tokens)
                for similarity, bound, some in zip(similarities, bounds, words, strict=True)
            ]
            yield np.stack([row for row, _ in results]), [rows for _, rows in results if rows is not None]
            work.advance(len(words))


def _by_ctfidf(fitted: Fitted) -> Callable[[list[str]], FloatMatrix]:
    state, components = fitted.state, fitted.components

    def compare(windows: list[str]) -> FloatMatrix:
        _, ctfidf = state.need_vocabulary("approximate_distribution")
        counts = vocabulary_counts(fitted, windows, "approximate_distribution")
        return cosine(document_weights(state, components, counts), ctfidf[state.inner_rows])

    return compare


def _by_embedding(fitted: Fitted) -> Callable[[list[str]], FloatMatrix]:
    state, embedder = fitted.state, fitted.components.embedder
    if embedder is None:
        raise MissingComponentError(
            "approximate_distribution(use_embedding_model=True) needs an embedding model, and this model has none: "
            "load it with embedding_model=…, or leave use_embedding_model=False"
        )
    topics = state.need_topic_embeddings("approximate_distribution(use_embedding_model=True)")[state.inner_rows]

    def compare(windows: list[str]) -> FloatMatrix:
        return cosine(np.asarray(embedder.embed_documents(windows)), topics)

    return compare


def _tokenizer(vectorizer: Any) -> Callable[[str], Sequence[str]]:
    build = getattr(vectorizer, "build_tokenizer", None)
    if build is None:
        return lambda text: tokenize([text], lowercase=False).words_of(0)
    cut: Callable[[str], Sequence[str]] = build()
    return cut


def _has_default_words(vectorizer: Any) -> bool:
    """Whether the vectorizer cuts words as scikit-learn's ``CountVectorizer`` does when left alone."""
    defaults = {"analyzer": "word", "token_pattern": r"(?u)\b\w\w+\b", "tokenizer": None, "preprocessor": None}
    for name, default in defaults.items():
        value = getattr(vectorizer, name, vectorizer)
        if callable(value) or value != default:
            return False
    methods = (getattr(type(vectorizer), name, None) for name in ("build_analyzer", "build_tokenizer"))
    if getattr(vectorizer, "cuts_words", False):
        return False
    plain = ("leitmotif.vectorizers.analysis", "leitmotif.vectorizers.words", "sklearn.feature_extraction.text")
    own = any(getattr(method, "__module__", "") not in plain for method in methods)
    return not own and (vectorizer.strip_accents is None or vectorizer.strip_accents in ("ascii", "unicode"))
