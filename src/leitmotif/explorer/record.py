"""What the explorer page shows, as numbers: computed here, drawn by the page, tested without a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leitmotif.errors import InvalidInputError, MissingComponentError
from leitmotif.explorer.outline import Branch, outline
from leitmotif.explorer.pack import quantise, z_codes
from leitmotif.explorer.timeline import Timeline, timeline
from leitmotif.explorer.wording import distinct
from leitmotif.operations.keyphrases import kept_labels, with_keyphrases
from leitmotif.protocols import Fitted, Snapshot
from leitmotif.representation.keyphrases import noun_phrases
from leitmotif.state import TopicState
from leitmotif.typing import OUTLIER, IntVector, Words

__all__ = ["MAX_DOCUMENTS", "ClassTable", "ExplorerRecord", "TopicCard", "explore"]

MAX_DOCUMENTS = 1_000_000
MAX_CLASSES = 60
N_NEIGHBOURS = 5
OTHER = "other"


@dataclass(frozen=True, kw_only=True, eq=False)
class TopicCard:
    """One topic, as the page describes it.

    Attributes
    ----------
    topic : int
    label : str
        The custom label, the zero-shot name, or the best words that do not repeat each other.
    size : int
        Number of documents, of the whole corpus.
    words : list of (str, float)
        The main representation with its weights; padding left out.
    aspects : mapping of str to list of str
        Further representations.
    representative : list of int
        Rows *on the page* of the most typical documents, best first.
    passages : list of str
        Of each of them the passage that makes it typical, "" where that is the whole document; empty where all are whole.
    neighbours : list of int
        Ids of the most similar topics, most similar first.
    anchor : tuple of float
        Where the documents lie most densely on the map.
    box : tuple of float
        (x0, y0, x1, y1) that holds the middle 90 % of the documents in either direction.
    hue, tone : float in [0, 1), int in 0…2
        Colour: hues follow the place on the map, so neighbours look related, and tones set them apart.
    """

    topic: int
    label: str
    size: int
    words: Words
    aspects: Mapping[str, list[str]]
    representative: list[int]
    passages: list[str]
    neighbours: list[int]
    anchor: tuple[float, float]
    box: tuple[float, float, float, float]
    hue: float
    tone: int


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassTable:
    """Classes of the documents (a category, an author, …), the largest first.

    Attributes
    ----------
    names : list of str, length C
        At most :data:`MAX_CLASSES` by size; the rest are together in a last one called ``"other"``.
    codes : ndarray of int64, shape (n,)
        Class of each document on the page; -1: none given.
    counts : ndarray of int64, shape (T, C)
        Documents of the whole corpus in each topic and class.
    """

    names: list[str]
    codes: IntVector
    counts: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplorerRecord:
    """The page, in numbers and texts.

    Attributes
    ----------
    title : str
    n_documents : int
        Documents of the corpus, N; sizes, curves and classes count all of them.
    rows : ndarray of int64, shape (n,)
        The documents on the page: all, or a sample of ``max_documents``. Their order is that of the Z-order curve over
        the map, so that neighbours on the map are neighbours in every column.
    positions : ndarray of float32, shape (n, 2)
    topic_rows : ndarray of int64, shape (n,)
        Index into ``topics`` of each document on the page.
    topics : list of TopicCard, length T
        By ascending id, the outlier topic (-1) first where there is one.
    tree : Branch or None
        All topics in branches of branches; None where there are fewer than three, or no counts to compare.
    texts, titles : list of str, length n
        Titles are None where none were given.
    timeline : Timeline or None
        ``codes`` of the documents on the page.
    over_time : ndarray of int64, shape (T, B), or None
        Documents of the whole corpus in each topic and bin.
    classes : ClassTable or None
    """

    title: str
    n_documents: int
    rows: IntVector
    positions: NDArray[np.float32]
    topic_rows: IntVector
    topics: list[TopicCard]
    tree: Branch | None
    texts: list[str]
    titles: list[str] | None
    timeline: Timeline | None
    over_time: NDArray[np.int64] | None
    classes: ClassTable | None


def explore(
    fitted: Fitted,
    *,
    title: str | None = None,
    documents: Sequence[str] | None = None,
    titles: Sequence[str] | None = None,
    timestamps: Sequence[Any] | None = None,
    classes: Sequence[Any] | None = None,
    positions: Any = None,
    max_documents: int | None = MAX_DOCUMENTS,
) -> ExplorerRecord:
    """Everything that the page shows. Parameters and errors as in :func:`leitmotif.explorer.write_report`."""
    rows_of_fit, fitted = fitted, Snapshot(state=fitted.state.by_document, components=fitted.components)
    state = fitted.state
    n = state.n_documents
    texts = documents if documents is not None else state.documents
    if texts is None and titles is None:
        raise MissingComponentError(
            "the report needs the texts, and this model does not keep them: pass documents=, the texts it was fitted on"
        )
    columns = {"documents": texts, "titles": titles, "timestamps": timestamps, "classes": classes}
    for name, column in columns.items():
        if column is not None and len(column) != n:
            raise InvalidInputError(f"{name} has length {len(column)}, but the model was fitted on {n} documents")
    state = _named(rows_of_fit, texts).by_document
    places = _places(rows_of_fit, positions)
    rows = _shown(state, max_documents, fitted.components.random_state)
    codes = z_codes(quantise(places[rows])[0])
    rows = rows[np.argsort(codes, kind="stable")]
    when = None if timestamps is None else timeline(timestamps)
    shown = {row: i for i, row in enumerate(rows.tolist())}
    n_topics = len(state.topic_ids)
    return ExplorerRecord(
        title=title or "Topics",
        n_documents=n,
        rows=rows,
        positions=places[rows],
        topic_rows=state.document_rows[rows],
        topics=_cards(state, places, _typical(rows_of_fit.state, texts), shown),
        tree=outline(state),
        texts=[""] * len(rows) if texts is None else [str(texts[row]) for row in shown],
        titles=None if titles is None else ["" if titles[row] is None else str(titles[row]) for row in shown],
        timeline=None if when is None else Timeline(labels=when.labels, codes=when.codes[rows]),
        over_time=None if when is None else _cross(state.document_rows, when.codes, n_topics, len(when.labels)),
        classes=None if classes is None else _classes(classes, state.document_rows, n_topics, rows),
    )


# -- documents -----------------------------------------------------------------------------------


def _places(fitted: Fitted, positions: Any) -> NDArray[np.float32]:
    """Where each document lies, (N, 2) float32."""
    n = fitted.state.by_document.n_documents
    if positions is None:
        from leitmotif.operations.map import document_map

        positions = document_map(fitted)
    places = np.asarray(positions, dtype=np.float32)
    if places.shape != (n, 2) or not np.isfinite(places).all():
        raise InvalidInputError(
            f"positions has shape {places.shape}, and should be finite numbers of shape ({n}, 2): x and y of each document"
        )
    return places


def _shown(state: TopicState, max_documents: int | None, seed: int) -> IntVector:
    """All rows, or an even sample that keeps the representative documents of every topic."""
    n = state.n_documents
    if max_documents is None or n <= max_documents:
        return np.arange(n, dtype=np.int64)
    kept = np.zeros(n, dtype=bool)
    for typical in state.representative_rows.values():
        kept[np.asarray(typical, dtype=np.int64)] = True
    others = np.flatnonzero(~kept)
    n_more = min(max(0, max_documents - int(kept.sum())), len(others))
    kept[np.random.default_rng(seed).choice(others, n_more, replace=False)] = True
    return np.flatnonzero(kept).astype(np.int64)


def _typical(state: TopicState, texts: Sequence[str] | None) -> dict[int, dict[int, str]]:
    """Rows of the representative documents, best first, each with the passage that it stands there for.

    A model from a file knows the texts of what is representative only.
    """
    passages = state.passages
    pieces = texts if texts is None or passages is None else passages.cut(texts)
    rows_of: dict[int, list[int]] = {topic: rows.tolist() for topic, rows in state.representative_rows.items()}
    if not rows_of and pieces is not None:
        wanted = {text for found in state.representative_docs.values() for text in found}
        row_of: dict[str, int] = {}
        for row, text in enumerate(pieces):
            if text in wanted:
                row_of.setdefault(text, row)
        rows_of = {
            topic: [row_of[text] for text in found if text in row_of]
            for topic, found in state.representative_docs.items()
        }
    if passages is None or pieces is None:
        document_of = range(state.n_documents) if passages is None else passages.document.tolist()
        return {topic: dict.fromkeys((document_of[row] for row in rows), "") for topic, rows in rows_of.items()}
    n_passages = np.bincount(passages.document, minlength=passages.n_documents)
    typical: dict[int, dict[int, str]] = {topic: {} for topic in rows_of}
    for topic, rows in rows_of.items():
        for row, document in zip(rows, passages.document[rows].tolist(), strict=True):
            typical[topic].setdefault(document, pieces[row] if n_passages[document] > 1 else "")
    return typical


def _cross(first: IntVector, second: IntVector, n_first: int, n_second: int) -> NDArray[np.int64]:
    """How often each pair of codes occurs, (n_first, n_second); second code -1 is left out."""
    known = second >= 0
    flat = first[known] * n_second + second[known]
    return np.bincount(flat, minlength=n_first * n_second).reshape(n_first, n_second).astype(np.int64)


def _classes(classes: Sequence[Any], topic_rows: IntVector, n_topics: int, rows: IntVector) -> ClassTable | None:
    sizes: dict[str, int] = {}
    texts = ["" if c is None or c != c else str(c) for c in classes]
    for text in texts:
        sizes[text] = sizes.get(text, 0) + 1
    sizes.pop("", None)
    if not sizes:
        return None
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    kept = names if len(names) <= MAX_CLASSES else names[: MAX_CLASSES - 1]
    code_of = {name: min(i, MAX_CLASSES - 1) for i, name in enumerate(names)}
    code_of[""] = -1
    labels = kept if len(kept) == len(names) else [*kept, OTHER]
    codes = np.array([code_of[text] for text in texts], dtype=np.int64)
    return ClassTable(names=labels, codes=codes[rows], counts=_cross(topic_rows, codes, n_topics, len(labels)))


# -- topics --------------------------------------------------------------------------------------


def _cards(
    state: TopicState, places: NDArray[np.float32], typical: Mapping[int, dict[int, str]], shown: Mapping[int, int]
) -> list[TopicCard]:
    order = np.argsort(state.document_rows, kind="stable")
    ends = np.cumsum(np.bincount(state.document_rows, minlength=len(state.topic_ids)))
    members = np.split(order, ends[:-1])
    anchors = [_anchor(places[rows]) for rows in members]
    hues, tones = _colours(np.array(anchors).reshape(-1, 2), state)
    neighbours = _neighbours(state)
    cards = []
    for r, topic in enumerate(state.topic_ids.tolist()):
        words = [(str(w), float(weight)) for w, weight in state.words.get(topic, []) if w]
        examples = {shown[row]: passage for row, passage in typical.get(topic, {}).items() if row in shown}
        cards.append(
            TopicCard(
                topic=topic,
                label=topic_label(state, topic),
                size=int(state.sizes[r]),
                words=words,
                aspects={
                    name: [w if isinstance(w, str) else str(w[0]) for w in _listed(given.get(topic, []))]
                    for name, given in state.aspects.items()
                },
                representative=list(examples),
                passages=list(examples.values()) if any(examples.values()) else [],
                neighbours=neighbours.get(topic, []),
                anchor=anchors[r],
                box=_box(places[members[r]]),
                hue=hues[r],
                tone=tones[r],
            )
        )
    return cards


def _listed(representation: Any) -> list[Any]:
    return [representation] if isinstance(representation, str) else [w for w in representation if w and w[0]]


def _named(fitted: Fitted, texts: Sequence[str] | None) -> TopicState:
    """The state with key phrases for names: those that it has, or new ones where there are texts to find them in."""
    state = fitted.state
    if kept_labels(state) or texts is None:
        return state
    return with_keyphrases(fitted, texts, is_phrase=noun_phrases(texts))


def topic_label(state: TopicState, topic: int, n_words: int = 3) -> str:
    """A name for a heading: the user's, the zero-shot one, a language model's, a key phrase, or the best words."""
    custom = (state.custom_labels or {}).get(topic)
    if custom:
        return str(custom)
    if topic in state.zeroshot_names:
        return state.zeroshot_names[topic]
    if topic == OUTLIER:
        return "Outliers"
    words = [word for word, _ in state.words.get(topic, []) if word]
    phrase = kept_labels(state).get(topic)
    if phrase and len(words) != 1:  # a single word is the name that a language model gave
        return phrase
    return ", ".join(distinct(words, n_words)) or f"Topic {topic}"


def _anchor(places: NDArray[np.float32]) -> tuple[float, float]:
    """The densest spot: mean of the points in the fullest cell of a 16 × 16 grid and around it."""
    if not len(places):
        return (0.0, 0.0)
    low, span = places.min(axis=0), np.ptp(places, axis=0)
    cells = np.minimum((places - low) / np.where(span > 0, span, 1) * 16, 15).astype(np.int64)
    counts = np.zeros((18, 18))
    np.add.at(counts, (cells[:, 0] + 1, cells[:, 1] + 1), 1)
    around = sum(counts[i : i + 16, j : j + 16] for i in range(3) for j in range(3))
    best = np.array(np.unravel_index(int(np.argmax(around)), (16, 16)))
    near = np.abs(cells - best).max(axis=1) <= 1
    x, y = places[near].mean(axis=0, dtype=np.float64)
    return float(x), float(y)


def _box(places: NDArray[np.float32]) -> tuple[float, float, float, float]:
    if not len(places):
        return (0.0, 0.0, 0.0, 0.0)
    (x0, y0), (x1, y1) = np.quantile(places.astype(np.float64), [0.05, 0.95], axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _colours(anchors: NDArray[np.float64], state: TopicState) -> tuple[list[float], list[int]]:
    """Hue by rank of the angle around the middle of the map, so that every hue is used; tones in turn."""
    hues, tones = np.zeros(len(anchors)), np.zeros(len(anchors), dtype=np.int64)
    inner = np.arange(len(anchors))[state.inner_rows]
    if len(inner):
        offsets = anchors[inner] - np.average(anchors[inner], axis=0, weights=np.maximum(state.sizes[inner], 1))
        order = np.argsort(np.arctan2(offsets[:, 1], offsets[:, 0]), kind="stable")
        hues[inner[order]] = np.arange(len(inner)) / len(inner)
        tones[inner[order]] = np.arange(len(inner)) % 3
    return hues.tolist(), tones.tolist()


def _neighbours(state: TopicState) -> dict[int, list[int]]:
    """The most similar topics by cosine of the topic embeddings, else of c-TF-IDF."""
    ids = state.inner_ids
    if state.topic_embeddings is not None:
        vectors = np.asarray(state.topic_embeddings, dtype=np.float64)[state.inner_rows]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = vectors / np.where(lengths > 0, lengths, 1)
        similarity = unit @ unit.T
    elif state.ctfidf is not None:
        from scipy.sparse import diags

        weights = state.ctfidf[state.inner_rows]
        lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).ravel())
        scaled = diags(1 / np.where(lengths > 0, lengths, 1)) @ weights
        similarity = (scaled @ scaled.T).toarray()
    else:
        return {}
    np.fill_diagonal(similarity, -np.inf)
    nearest = np.argsort(-similarity, axis=1, kind="stable")[:, : min(N_NEIGHBOURS, len(ids) - 1)]
    return {int(topic): ids[near].tolist() for topic, near in zip(ids, nearest, strict=True)}
