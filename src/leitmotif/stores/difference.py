"""What differs between two models, in words: for the question why one of them answers otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.stores.codec import ArraySink, NotPlainError, encode
from leitmotif.stores.parts import part_of
from leitmotif.stores.restoring import components_of

__all__ = ["explain_difference"]


def explain_difference(model: Any, other: Any) -> list[str]:
    """One line for each thing that differs, from causes to effects; empty if the models are the same.

    Parameters
    ----------
    model, other : fitted models
        With ``state``, ``components`` and ``get_params()``.

    Returns
    -------
    list of str
        Parameters, components, documents, then what was learned from them.
    """
    lines = [
        *_parameters(model.get_params(), other.get_params()),
        *_components(components_of(model), components_of(other)),
    ]
    return [*lines, *_learned(model.state, other.state)]


def _parameters(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(first.keys() | second.keys()):
        if name.endswith("_model") and name != "embedding_model":
            continue  # told with the components, which are there also where nobody gave one
        a, b = first.get(name), second.get(name)
        if not _equal(a, b):
            yield f"parameter {name}: {_short(a)} against {_short(b)}"


def _components(first: Components, second: Components) -> Iterator[str]:
    for role in ("reducer", "clusterer", "vectorizer", "weighting"):
        a, b = (part_of(getattr(components, role), role, keep_fitted=False) for components in (first, second))
        if a is None or b is None or a.path != b.path:
            if a != b:
                yield f"{role}: {a.path if a else 'none'} against {b.path if b else 'none'}"
            continue
        for name in sorted(a.params.keys() | b.params.keys()):
            if not _equal(a.params.get(name), b.params.get(name)):
                yield f"{role}, {name}: {_short(a.params.get(name))} against {_short(b.params.get(name))}"
    chains = [{"main": c.main, **c.aspects} for c in (first, second)]
    for name in sorted(chains[0].keys() | chains[1].keys()):
        one, two = (" → ".join(type(link).__name__ for link in chain.get(name, ())) for chain in chains)
        if one != two:
            yield f"representation {name}: {one or 'c-TF-IDF'} against {two or 'c-TF-IDF'}"


def _learned(first: TopicState, second: TopicState) -> Iterator[str]:
    yield from _documents(first, second)
    if first.n_topics != second.n_topics or first.has_outliers != second.has_outliers:
        yield f"topics: {_topics(first)} against {_topics(second)}"
    if len(first.topics) == len(second.topics) and not np.array_equal(first.topics, second.topics):
        yield f"{int((first.topics != second.topics).sum())} of {len(first.topics)} documents have another topic"
    terms, others = _vocabulary(first), _vocabulary(second)
    if terms != others:
        yield f"vocabulary: {len(terms - others)} terms only in the first, {len(others - terms)} only in the second"
    for name in ("topic_embeddings", "ctfidf", "probabilities", "reduced_embeddings"):
        if not _equal(getattr(first, name), getattr(second, name)):
            yield f"{name} differ{_by_how_much(getattr(first, name), getattr(second, name))}"
    for name in ("words", "zeroshot_names", "custom_labels"):
        a: Mapping[int, Any] = getattr(first, name) or {}
        b: Mapping[int, Any] = getattr(second, name) or {}
        different = [topic for topic in sorted(a.keys() | b.keys()) if a.get(topic) != b.get(topic)]
        if different:
            yield f"{name} of {len(different)} topics differ: {', '.join(map(str, different[:10]))}"
    for name in sorted(first.aspects.keys() | second.aspects.keys()):
        if first.aspects.get(name) != second.aspects.get(name):
            yield f"the aspect {name!r} differs"


def _documents(first: TopicState, second: TopicState) -> Iterator[str]:
    if first.n_documents != second.n_documents:
        yield f"documents: {first.n_documents} against {second.n_documents}"
    a, b = first.fingerprints, second.fingerprints
    if a is None or b is None or np.array_equal(a, b):
        return
    if len(a) == len(b) and np.array_equal(np.sort(a), np.sort(b)):
        yield "the documents are the same in another order"
    else:
        common = len(np.intersect1d(a, b))
        yield f"{common} distinct documents are in both, {len(np.unique(a)) - common} only in the first"


def _topics(state: TopicState) -> str:
    return f"{state.n_topics}{' and outliers' if state.has_outliers else ''}"


def _vocabulary(state: TopicState) -> set[str]:
    return set() if state.vocabulary is None else set(state.vocabulary.terms.tolist())


def _equal(first: Any, second: Any) -> bool:
    sinks = ArraySink(), ArraySink()
    try:
        texts = [encode(value, "x", sink) for value, sink in zip((first, second), sinks, strict=True)]
    except NotPlainError:
        return first is second or type(first) is type(second)
    arrays = [sink.arrays for sink in sinks]
    return texts[0] == texts[1] and all(
        array.dtype == arrays[1][name].dtype and np.array_equal(array, arrays[1][name])
        for name, array in arrays[0].items()
    )


def _by_how_much(first: Any, second: Any) -> str:
    if first is None or second is None:
        return ": only one model has them"
    if first.shape != second.shape:
        return f": shape {first.shape} against {second.shape}"
    return f" by at most {abs(first - second).max():.3g}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
