"""The parts of the estimator: the components that the user gave, and the defaults, made when they are first needed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from leitmotif import registry
from leitmotif._lazy import LazyValues
from leitmotif.building.batches import counted_in_batches
from leitmotif.building.counting import adopt_vocabulary
from leitmotif.errors import InvalidInputError
from leitmotif.protocols import Components
from leitmotif.state import TopicState

__all__ = ["BY_SIMILARITY", "Parts"]

BY_SIMILARITY = "by_similarity"
"""Among what was made: reducer and clusterer came from a file as before their fit, so until the next similarity tells topics."""


class _Part:
    """A component of the estimator: what the user gave, or the default, made when it is first needed."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, model: Parts | None, owner: type | None = None) -> Any:
        if model is None:
            return self
        given = model._given.get(self._name)
        if self._name == "embedding_model" and model._state is not None and not hasattr(given, "embed_documents"):
            return model._embedder()  # what it was made into, as in BERTopic after a fit
        return given if given is not None else model._made_part(self._name)

    def __set__(self, model: Parts, value: Any) -> None:
        state = model._state
        with model._recording(f"{self._name} =", {"class": type(value).__name__}):
            if self._name == "vectorizer_model" and state is not None and value is not model.vectorizer_model:
                model._state = replace(state, document_terms=None)  # they are not this vectorizer's counts
            model._given[self._name] = value
            model._made.pop(self._name, None)
            model._made.pop(BY_SIMILARITY, None)
            model._at_fit = None  # a part that the user exchanges is not taken back


class Parts:
    """The components of an estimator.

    A class that has them holds those that were given in ``_given``, those that were made in ``_made``, and, of each that makes
    words, what was given and what was used at the fit in ``_at_fit``.
    """

    language: str | None
    top_n_words: int
    n_gram_range: tuple[int, int]
    min_topic_size: int | Literal["auto"]
    low_memory: bool
    seed_topic_list: list[list[str]] | None
    verbose: bool
    random_state: int
    corpus_adaptation: bool | None
    compat: Literal["bertopic"] | None

    _given: LazyValues
    _made: LazyValues
    _state: TopicState | None
    _at_fit: dict[str, tuple[Any, Any]] | None
    _recording: Any

    embedding_model = _Part()
    umap_model = _Part()
    hdbscan_model = _Part()
    vectorizer_model = _Part()
    ctfidf_model = _Part()
    representation_model = _Part()

    @property
    def components(self) -> Components:
        """The parts of the model, each made."""
        return self._components_with({}, self.top_n_words)

    def _answering(self, name: str, stand_in: str) -> Any:
        """Reducer or clusterer; in a model from a file without what they learned, what does nothing in its place."""
        return registry.load(stand_in)() if self._made.get(BY_SIMILARITY) else getattr(self, name)

    def _made_part(self, name: str) -> Any:
        if self._made.get(name) is None:
            make: dict[str, Callable[[], Any]] = {
                "embedding_model": lambda: None if self._state is None else self._embedder(),
                "umap_model": lambda: registry.make_reducer(
                    None, low_memory=self.low_memory, random_state=self.random_state
                ),
                "hdbscan_model": lambda: registry.make_clusterer(None, min_topic_size=self._smallest_topic()),
                "vectorizer_model": lambda: registry.make_vectorizer(
                    None,
                    n_gram_range=self.n_gram_range,
                    language=self.language,
                    as_bertopic=self.compat == "bertopic",
                ),
                "ctfidf_model": lambda: registry.make_weighting(None),
                "representation_model": lambda: None,
            }
            part = make[name]()
            if part is None:
                return None
            self._made[name] = part
            if self._state is not None:  # a file without this part of the model
                self._fit_to_vocabulary(self._state, name)
        return self._made[name]

    def _smallest_topic(self) -> int | Literal["auto"]:
        return 10 if self.compat == "bertopic" and self.min_topic_size == "auto" else self.min_topic_size

    def _adapts(self) -> bool:
        """Whether embeddings are adapted to the corpus: as was said, else with our own reducer."""
        if self.corpus_adaptation is None:
            return self.compat is None and self._given.get("umap_model") is None
        return self.corpus_adaptation

    def _embedder(self) -> registry.LazyEmbedder:
        given = self._given.get("embedding_model")
        key = "embedder"
        made = self._made.get(key)
        if made is None or made[0] is not given:
            made = (given, registry.make_embedder(given, self.language, self.verbose))
            self._made[key] = made
        embedder: registry.LazyEmbedder = made[1]
        return embedder

    def _chains(self, given: Any, topic_words: bool) -> Any:
        known = self._made.get("chains")
        if known is None or known[0] is not given or known[1] != topic_words:
            known = (given, topic_words, registry.make_representations(given, self, topic_words=topic_words))
            self._made["chains"] = known
        return known[2]

    def _chooses_words(self, changes: Mapping[str, Any]) -> bool:
        """Whether our own words are wanted: from our vectorizer for them, and with no c-TF-IDF of the user's."""
        vectorizer = changes.get("vectorizer_model", self.vectorizer_model)
        if not getattr(vectorizer, "with_topic_words", False):
            return False
        if "ctfidf_model" not in changes:
            return self._given.get("ctfidf_model") is None
        given, part = (self._at_fit or {}).get("ctfidf_model", (True, None))
        return given is None and part is changes["ctfidf_model"]

    def _components_with(self, changes: Mapping[str, Any], top_n_words: int) -> Components:
        """The parts of the model, with some in place of its own.

        Those that ``transform`` never needs are made when they are looked at.
        """

        def part(name: str) -> Any:
            return changes[name] if name in changes else getattr(self, name)

        def chains() -> Any:
            given = changes.get("representation_model", self._given.get("representation_model"))
            return self._chains(given, self._chooses_words(changes))

        return Components.later(
            {
                "embedder": self._embedder(),
                "top_n_words": top_n_words,
                "seed_words": frozenset(word.lower() for words in self.seed_topic_list or () for word in words),
                "random_state": self.random_state,
                "verbose": self.verbose,
            },
            {
                "reducer": lambda: self._answering("umap_model", "reducer.none"),
                "clusterer": lambda: self._answering("hdbscan_model", "clusterer.none"),
                "vectorizer": lambda: part("vectorizer_model"),
                "weighting": lambda: part("ctfidf_model"),
                "main": lambda: chains()[0],
                "aspects": lambda: chains()[1],
            },
        )

    def _adopt(self, state: TopicState) -> None:
        """Make a state the estimator's, and leave vectorizer and weighting fitted to its vocabulary."""
        self._state = state
        for name in ("vectorizer_model", "ctfidf_model"):
            self._fit_to_vocabulary(state, name)

    def _fit_to_vocabulary(self, state: TopicState, name: str) -> None:
        vocabulary = state.vocabulary
        if vocabulary is None:
            return
        if name == "vectorizer_model":
            if not counted_in_batches(state, self.vectorizer_model):  # else its counts belong to its own terms
                adopt_vocabulary(self.vectorizer_model, vocabulary.terms)
        elif name == "ctfidf_model":
            from scipy.sparse import diags

            self.ctfidf_model._idf_diag = diags(vocabulary.idf, format="csr")

    def _with_ngrams(self, n_gram_range: tuple[int, int]) -> Any:
        """The vectorizer, counting n-grams of these lengths."""
        changed = copy.copy(self.vectorizer_model)
        if not hasattr(changed, "ngram_range"):
            raise InvalidInputError(
                f"n_gram_range cannot be set on a {type(changed).__name__}: pass vectorizer_model= instead"
            )
        changed.ngram_range = tuple(n_gram_range)
        return changed
