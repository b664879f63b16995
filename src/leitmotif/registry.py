"""Names to components: what each parameter of the constructor stands for.

Our own components are named here as strings and imported when they are made; other people's come as objects, or
through entry points of the group ``leitmotif.components`` under ``kind.name`` (``embedder.mine = "package:Class"``).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any

from leitmotif.errors import InvalidInputError
from leitmotif.protocols import Representation

__all__ = [
    "LazyEmbedder",
    "load",
    "make_clusterer",
    "make_embedder",
    "make_reducer",
    "make_representations",
    "make_vectorizer",
    "make_weighting",
]

OURS: Mapping[str, str] = {
    "embedder.select": "leitmotif.backend.select:select_backend",
    "embedder.suited": "leitmotif.backend.select:suited",
    "reducer.none": "leitmotif.dimensionality:BaseDimensionalityReduction",
    "reducer.umap": "leitmotif.dimensionality:UMAP",
    "clusterer.communities": "leitmotif.cluster:Communities",
    "clusterer.none": "leitmotif.cluster:BaseCluster",
    "clusterer.hdbscan": "leitmotif.cluster:HDBSCAN",
    "vectorizer.count": "leitmotif.vectorizers:CountVectorizer",
    "vectorizer.words": "leitmotif.vectorizers:WordVectorizer",
    "weighting.ctfidf": "leitmotif.vectorizers:ClassTfidfTransformer",
    "representation.words": "leitmotif.representation:TopicWords",
    "representation.legacy": "leitmotif.representation.adapter:LegacyRepresentation",
    "store.explain_difference": "leitmotif.stores:explain_difference",
    "store.load": "leitmotif.stores:load",
    "store.push_to_hf_hub": "leitmotif.stores:push_to_hf_hub",
    "store.save": "leitmotif.stores:save",
    "report.html": "leitmotif.explorer:write_report",
}


def load(name: str) -> Any:
    """The class or function that a name of the registry stands for, imported now.

    Raises
    ------
    InvalidInputError
        Neither we nor an installed package know the name.
    """
    target = OURS.get(name)
    if target is None:
        found = [point for point in entry_points(group="leitmotif.components") if point.name == name]
        if not found:
            raise InvalidInputError(f"no component is named {name!r}; ours are {sorted(OURS)}")
        return found[0].load()
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


class LazyEmbedder:
    """An embedder that is made when something is first embedded: a fit on given embeddings may never need it."""

    def __init__(self, given: Any, language: str | None, verbose: bool) -> None:
        self._given, self._language, self._verbose = given, language, verbose
        self._made: Any = None

    @property
    def made(self) -> Any:
        """The embedder itself."""
        if self._made is None:
            self._made = load("embedder.select")(self._given, language=self._language, verbose=self._verbose)
        return self._made

    def look_at(self, documents: Sequence[str]) -> None:
        """Before a fit: where nobody chose an embedder, take one that knows the words of the documents."""
        if self._given is None:
            self._made = load("embedder.suited")(self.made, documents)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made, name)


def make_embedder(given: Any, language: str | None, verbose: bool = False) -> LazyEmbedder:
    """The embedder of ``embedding_model``: a name, a path, an object of a known library, or None for the embedded one."""
    return LazyEmbedder(given, language, verbose)


def make_reducer(given: Any, *, low_memory: bool, random_state: int) -> Any:
    """``umap_model`` as it is, or UMAP with BERTopic's defaults and a seed."""
    if given is not None:
        return given
    return load("reducer.umap")(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=low_memory, random_state=random_state
    )


def make_clusterer(given: Any, *, min_topic_size: int | str) -> Any:
    """``hdbscan_model`` as it is; for "auto" the communities of the neighbour graph, for a size HDBSCAN as in BERTopic."""
    if given is not None:
        return given
    if min_topic_size == "auto":
        return load("clusterer.communities")()
    return load("clusterer.hdbscan")(
        min_cluster_size=min_topic_size, metric="euclidean", cluster_selection_method="eom", prediction_data=True
    )


def make_vectorizer(given: Any, *, n_gram_range: tuple[int, int], language: str | None, as_bertopic: bool) -> Any:
    """``vectorizer_model`` as it is, or ours for words; with ``as_bertopic`` the ``CountVectorizer`` that BERTopic has."""
    if given is not None:
        return given
    if as_bertopic:
        return load("vectorizer.count")(ngram_range=tuple(n_gram_range))
    return load("vectorizer.words")(ngram_range=tuple(n_gram_range), language=language)


def make_weighting(given: Any) -> Any:
    """``ctfidf_model`` as it is, or our ``ClassTfidfTransformer``."""
    return given if given is not None else load("weighting.ctfidf")()


def make_representations(
    given: Any, model: Any, *, topic_words: bool
) -> tuple[Sequence[Representation], dict[str, Sequence[Representation]]]:
    """``representation_model`` as chains: the main one, and one an aspect.

    Parameters
    ----------
    given : None, representation model, list of them, or dict of aspect to either
        The key ``"Main"`` of a dict is the main chain.
    model : estimator
        What a representation model that was written for BERTopic is shown.
    topic_words : bool
        Whether our ``TopicWords`` makes the main words where no model for them is given.

    Raises
    ------
    InvalidInputError
        Something that is no representation model.
    """
    default: Sequence[Representation] = (load("representation.words")(),) if topic_words else ()
    if isinstance(given, Mapping):
        aspects = {str(name): _chain(value, model) for name, value in given.items()}
        return aspects.pop("Main", ()) or default, aspects
    return _chain(given, model) or default, {}


def _chain(given: Any, model: Any) -> Sequence[Representation]:
    if given is None:
        return ()
    links = given if isinstance(given, list | tuple) else [given]
    return tuple(_link(link, model) for link in links)


def _link(link: Any, model: Any) -> Representation:
    if _overrides_extract_topics(link):
        adapted: Representation = load("representation.legacy")(link, model)
        return adapted
    if hasattr(link, "represent"):
        return link
    raise InvalidInputError(
        f"representation_model holds a {type(link).__name__}, which has neither represent() nor extract_topics(): "
        "pass a model of leitmotif.representation, a list of them, or a dict of aspect to either"
    )


def _overrides_extract_topics(link: Any) -> bool:
    """Whether somebody wrote ``extract_topics`` for this class, rather than inheriting ours."""
    method = getattr(type(link), "extract_topics", None)
    return method is not None and not getattr(method, "__module__", "").startswith("leitmotif.")
