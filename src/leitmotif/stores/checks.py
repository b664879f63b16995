"""Whether the parts of a state fit each other: looked at before a model is written, and again when it is read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from leitmotif.errors import ModelFileError
from leitmotif.state import TopicState

__all__ = ["check_settings", "check_state"]

SETTINGS: dict[str, tuple[type, ...]] = {
    "calculate_probabilities": (bool,),
    "compat": (str, type(None)),
    "corpus_adaptation": (bool, type(None)),
    "language": (str, type(None)),
    "low_memory": (bool,),
    "min_topic_size": (int, float, str, type(None)),
    "n_gram_range": (tuple, list),
    "nr_topics": (int, str, type(None)),
    "outliers": (str,),
    "random_state": (int, type(None)),
    "target_fraction": (float, int),
    "top_n_words": (int,),
    "verbose": (bool, int, str),
    "zeroshot_min_similarity": (float, int),
}
"""What the parameters of the constructor may be in a file."""


def check_settings(settings: Any, where: str) -> None:
    """Raise :class:`ModelFileError` if a parameter of the constructor is of a type that it cannot have."""
    for name, kinds in SETTINGS.items():
        if name in settings and not isinstance(settings[name], kinds):
            raise ModelFileError(f"{where}: the parameter {name} is {settings[name]!r}")
    if not all(isinstance(n, int) for n in settings.get("n_gram_range", ())):
        raise ModelFileError(f"{where}: the parameter n_gram_range is {settings['n_gram_range']!r}")
    for name in ("seed_topic_list", "zeroshot_topic_list"):
        topics = settings.get(name)
        fine = topics is None or isinstance(topics, Sequence | np.ndarray)
        for topic in topics if fine and topics is not None else ():
            words = topic if name == "seed_topic_list" else [topic]
            fine = fine and isinstance(words, Sequence | np.ndarray) and all(isinstance(word, str) for word in words)
        if not fine or isinstance(topics, str):
            raise ModelFileError(f"{where}: the parameter {name} is not a list of texts")


def check_state(state: TopicState, where: str) -> None:
    """Raise :class:`ModelFileError` if shapes, ids or numbers contradict each other.

    Cost O(everything in the state), without copies.
    """

    def wrong(what: str) -> ModelFileError:
        return ModelFileError(f"{where}: {what}")

    for name in (
        "base_words",
        "words",
        "aspects",
        "representative_rows",
        "representative_docs",
        "zeroshot_names",
        "extras",
    ):
        if not isinstance(getattr(state, name), Mapping):
            raise wrong(f"{name} is no table")
    ids, n_topics, n_documents = state.topic_ids, len(state.topic_ids), len(state.topics)
    for name, ndim in (("topic_ids", 1), ("topics", 1), ("sizes", 1), ("mappings", 2)):
        array = getattr(state, name)
        if not isinstance(array, np.ndarray) or array.ndim != ndim or array.dtype.kind != "i":
            raise wrong(f"{name} is not an array of whole numbers in {ndim} dimension(s)")
        lowest = 0 if name == "sizes" else -1
        if array.size and int(array.min()) < lowest:
            raise wrong(f"{name} holds {int(array.min())}; the least that can be is {lowest}")
    if np.any(ids[1:] <= ids[:-1]):
        raise wrong("topic_ids are not in ascending order")
    if len(state.sizes) != n_topics:
        raise wrong(f"{len(state.sizes)} sizes for {n_topics} topics")
    if n_documents and (n_topics == 0 or not _all_in(state.topics, ids)):
        raise wrong("a document has a topic that does not exist")
    for name in ("probabilities", "embeddings", "reduced_embeddings", "topic_embeddings"):
        array = getattr(state, name)
        if array is None:
            continue
        rows = n_topics if name == "topic_embeddings" else n_documents
        dims = (1, 2) if name == "probabilities" else (2,)
        _check_numbers(array, name, rows, dims, wrong)
    if state.passages is not None:
        _check_passages(state.passages, n_documents, wrong)
    if state.fingerprints is not None and state.fingerprints.shape != (n_documents,):
        raise wrong(f"{len(state.fingerprints)} fingerprints for {n_documents} documents")
    if state.documents is not None and len(state.documents) != n_documents:
        raise wrong(f"{len(state.documents)} texts for {n_documents} documents")
    if "adaptation" in state.extras:
        _check_adaptation(state.extras["adaptation"], wrong)
    _check_terms(state, wrong)
    _check_topics(state, wrong)


def _check_adaptation(adaptation: Any, wrong: Any) -> None:
    parts = [getattr(adaptation, name, None) for name in ("hashes", "idf", "directions", "weight")]
    hashes, idf, directions, weight = parts
    if not isinstance(hashes, np.ndarray) or hashes.dtype != np.uint32 or hashes.ndim != 1 or len(hashes) == 0:
        raise wrong("the words of the corpus adaptation are no hashes")
    if np.any(hashes[1:] <= hashes[:-1]) or not _is_finite(weight):
        raise wrong("the words of the corpus adaptation are not in order, or its weight is no number")
    _check_numbers(idf, "idf of the corpus adaptation", len(hashes), (1,), wrong)
    _check_numbers(directions, "directions of the corpus adaptation", len(hashes), (2,), wrong)


def _check_passages(passages: Any, n_rows: int, wrong: Any) -> None:
    for name in ("document", "start", "end"):
        array = getattr(passages, name)
        if not isinstance(array, np.ndarray) or array.shape != (n_rows,) or array.dtype.kind != "i":
            raise wrong(f"{name} of the passages is not a whole number for each of {n_rows}")
    document, n = passages.document, passages.n_documents
    if type(n) is not int or n < 0 or (n_rows == 0) != (n == 0):
        raise wrong(f"{n_rows} passages are of {n!r} documents")
    steps = np.diff(document)
    if n_rows and (int(document[0]) != 0 or int(document[-1]) != n - 1 or np.any((steps < 0) | (steps > 1))):
        raise wrong("the passages are not in the order of their documents")
    if np.any((passages.start < 0) | (passages.end < passages.start)):
        raise wrong("a passage ends before it begins")
    rule = passages.rule
    known = {"by": (str,), "max_words": (int, type(None)), "min_words": (int,)}
    if not isinstance(rule, Mapping) or any(type(value) not in known.get(key, ()) for key, value in rule.items()):
        raise wrong("the rule of the passages is none")


def _all_in(topics: np.ndarray, ids: np.ndarray) -> bool:
    """Whether each topic is one of the ids, which ascend from -1 or more."""
    if int(ids[-1]) >= 2 * len(topics) + 1000:  # too sparse for a table
        return bool(np.isin(topics, ids).all())
    known = np.zeros(int(ids[-1]) + 2, dtype=bool)
    known[ids + 1] = True
    return int(topics.max()) <= int(ids[-1]) and bool(known[topics + 1].all())


def _check_numbers(array: Any, name: str, rows: int, dims: tuple[int, ...], wrong: Any) -> None:
    if hasattr(array, "tocsr"):
        array = array.data.reshape(-1, 1) if array.shape[0] == rows else array
        rows = len(array)
    if not isinstance(array, np.ndarray):
        raise wrong(f"{name} is a {type(array).__name__} and not an array")
    if array.ndim not in dims or array.dtype.kind not in "fiu" or len(array) != rows:
        raise wrong(f"{name} has shape {array.shape} and type {array.dtype}, but there are {rows} rows")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise wrong(f"{name} holds NaN or infinite values")


def _check_terms(state: TopicState, wrong: Any) -> None:
    counts, vocabulary = state.document_terms, state.vocabulary
    ctfidf = state.ctfidf if state.is_made("ctfidf") else None  # what makes it has looked at it
    if counts is not None and counts.matrix.shape != (state.n_documents, len(counts.terms)):
        raise wrong(
            f"counts of shape {counts.matrix.shape} for {state.n_documents} documents and {len(counts.terms)} terms"
        )
    if vocabulary is not None:
        n_terms = len(vocabulary.terms) if vocabulary.is_made("terms") else len(vocabulary.idf)
        if (
            vocabulary.idf.shape != (n_terms,)
            or vocabulary.idf.dtype not in (np.float32, np.float64)
            or not np.isfinite(vocabulary.idf).all()
        ):
            raise wrong(f"the inverse frequencies of {n_terms} terms are not {n_terms} finite numbers")
        columns = vocabulary.columns
        if columns is not None:
            n_columns = len(counts.terms) if counts is not None else np.iinfo(np.int64).max
            if columns.shape != (n_terms,) or (
                n_terms and not 0 <= int(columns.min()) <= int(columns.max()) < n_columns
            ):
                raise wrong("the vocabulary points to terms that were not counted")
    if ctfidf is not None:
        if vocabulary is None or ctfidf.shape != (len(state.topic_ids), n_terms):
            raise wrong(f"c-TF-IDF has shape {ctfidf.shape} for {len(state.topic_ids)} topics")
        if not np.isfinite(ctfidf.data).all():
            raise wrong("c-TF-IDF holds NaN or infinite values")


def _is_finite(number: Any) -> bool:
    return isinstance(number, float | int) and math.isfinite(number)


def _are_ranked(pairs: Sequence[Any]) -> bool:
    """Whether all are (word, weight), looked at all at once; where not, one by one will say which."""
    if not set(map(type, pairs)) <= {tuple} or not set(map(len, pairs)) <= {2}:
        return False
    words, weights = zip(*pairs, strict=True) if pairs else ((), ())
    return set(map(type, words)) <= {str} and set(map(type, weights)) <= {float} and all(map(math.isfinite, weights))


def _check_topics(state: TopicState, wrong: Any) -> None:
    by_topic: dict[str, Any] = {
        name: getattr(state, name)
        for name in (
            "base_words",
            "words",
            "representative_rows",
            "representative_docs",
            "custom_labels",
            "zeroshot_names",
        )
    }
    by_topic |= {f"the aspect {name!r}": values for name, values in state.aspects.items()}
    known = set(state.topic_ids.tolist())
    for name, values in by_topic.items():
        for topic in (values or {}).keys() - known:
            raise wrong(f"{name} speaks of topic {topic!r}, which does not exist")
    for name in ("base_words", "words"):
        pairs = list(chain.from_iterable(by_topic[name].values()))
        if not _are_ranked(pairs):
            for word, weight in pairs:
                if not isinstance(word, str) or not _is_finite(weight):
                    raise wrong(f"{name} holds {(word, weight)!r} in place of a word and its weight")
    for name, values in state.aspects.items():
        for ranked in values.values():
            if isinstance(ranked, list) and any(type(item) is tuple and not _is_finite(item[-1]) for item in ranked):
                raise wrong(f"the aspect {name!r} holds a weight that is no finite number")
    for name in ("custom_labels", "zeroshot_names"):
        if not all(isinstance(label, str) for label in (by_topic[name] or {}).values()):
            raise wrong(f"{name} holds something that is not a text")
    if not all(isinstance(text, str) for texts in state.representative_docs.values() for text in texts):
        raise wrong("representative_docs holds something that is not a text")
    pieces = list(state.representative_rows.values())
    rows = np.concatenate(pieces) if pieces and {piece.ndim for piece in pieces} == {1} else np.full(len(pieces), -1)
    if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < state.n_documents:
        raise wrong("a representative document is none of the documents")
