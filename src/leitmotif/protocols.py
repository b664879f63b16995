"""What the core expects of a component. The core names these, and never imports a component.

A component gets data, never the model. Any object with scikit-learn's methods is a reducer,
a clusterer or a vectorizer as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix, Words, WordsByTopic

if TYPE_CHECKING:
    from leitmotif.state import TopicState

__all__ = [
    "Clusterer",
    "Components",
    "Embedder",
    "Fitted",
    "Reducer",
    "Representation",
    "Snapshot",
    "TopicEvidence",
    "Vectorizer",
    "Weighting",
]


class Embedder(Protocol):
    """Texts to vectors. ``leitmotif.backend.BaseEmbedder`` is the base class of ours."""

    def embed_documents(self, document: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of documents, shape (n, d), float32, finite."""
        ...

    def embed_words(self, words: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of words or short phrases, shape (n, d), in the documents' space."""
        ...


class Reducer(Protocol):
    """Dimension reduction in scikit-learn's manner: ``fit(X, y=None)`` and ``transform(X)``."""

    def fit(self, X: FloatMatrix, y: IntVector | None = None) -> Any: ...

    def transform(self, X: FloatMatrix) -> FloatMatrix: ...


class Clusterer(Protocol):
    """Clustering in scikit-learn's manner: ``fit(X)`` leaves ``labels_`` (-1: in no cluster)."""

    def fit(self, X: FloatMatrix, y: IntVector | None = None) -> Any: ...


class Vectorizer(Protocol):
    """Counting in the manner of scikit-learn's ``CountVectorizer``."""

    def fit_transform(self, raw_documents: Sequence[str], y: Any = None) -> SparseMatrix: ...

    def transform(self, raw_documents: Sequence[str]) -> SparseMatrix: ...

    def get_feature_names_out(self) -> np.ndarray: ...


class Weighting(Protocol):
    """Topic × term counts to weights: ``ClassTfidfTransformer`` or an object like it."""

    def fit(self, X: SparseMatrix, multiplier: np.ndarray | None = None) -> Any: ...

    def transform(self, X: SparseMatrix) -> SparseMatrix: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class TopicEvidence:
    """All that a representation model may look at, as data.

    Attributes
    ----------
    topic_ids : ndarray of int64, shape (T,)
        The topics to describe, ascending; row r of ``ctfidf`` is ``topic_ids[r]``.
    ctfidf : csr_matrix of float64, shape (T, V)
    terms : ndarray of str objects, shape (V,)
    documents : sequence of str, length n, or None
        Texts; ``topics`` gives the topic of each.
    topics : ndarray of int64, shape (n,)
    document_terms : csr_matrix of int32, shape (n, V)
        Counts of the vocabulary's terms in each document.
    embeddings : ndarray of float, shape (n, d), or None
        Embeddings of the documents, row by row.
    topic_embeddings : ndarray of float, shape (T, d), or None
    top_n_words : int
        How many words a topic shall have.
    embed_words : callable or None
        Words -> embeddings in the space of the documents; cached for the length of one representation pass.
    embed_documents : callable or None
        Texts -> embeddings.
    weigh : callable
        Counts (n, V) -> c-TF-IDF weights (n, V) with the model's inverse frequencies.
    images : sequence or None
        Images of the documents, row by row.
    random_state : int
    verbose : bool
    """

    topic_ids: IntVector
    ctfidf: SparseMatrix
    terms: np.ndarray
    documents: Sequence[str] | None
    topics: IntVector
    document_terms: SparseMatrix
    embeddings: FloatMatrix | None
    topic_embeddings: FloatMatrix | None
    top_n_words: int
    weigh: Callable[[SparseMatrix], SparseMatrix]
    embed_words: Callable[[Sequence[str]], FloatMatrix] | None = None
    embed_documents: Callable[[Sequence[str]], FloatMatrix] | None = None
    images: Sequence[Any] | None = None
    random_state: int = 42
    verbose: bool = False
    cache: dict[str, Any] = field(default_factory=dict)
    """Shared by the representation models of one pass (representative documents, word embeddings)."""


class Representation(Protocol):
    """Makes (better) words from words.

    ``leitmotif.representation.BaseRepresentation`` also gives BERTopic's ``extract_topics``.
    """

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """New words of each topic of ``evidence``, from the words that the link before gave."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Components:
    """The parts that a model was put together from, each already made (see :mod:`leitmotif.registry`).

    ``main`` is the chain of representation models of the main words (may be empty),
    ``aspects`` name -> chain for the others.
    """

    embedder: Embedder | None
    reducer: Any
    clusterer: Any
    vectorizer: Any
    weighting: Any
    main: Sequence[Representation] = field(default_factory=tuple)
    aspects: Mapping[str, Sequence[Representation]] = field(default_factory=dict)
    top_n_words: int = 10
    seed_words: frozenset[str] = frozenset()
    random_state: int = 42
    verbose: bool = False

    @classmethod
    def later(cls, made: Mapping[str, Any], make: Mapping[str, Callable[[], Any]]) -> Components:
        """Components some of which are made when they are first looked at: answering for a new document takes few of them."""
        components = object.__new__(cls)
        components.__dict__.update(made, _make=make)
        return components

    def __getattr__(self, name: str) -> Any:
        make = self.__dict__.get("_make", {}).get(name)
        if make is None:
            raise AttributeError(f"components have no {name!r}")
        value = self.__dict__[name] = make()
        return value


class Fitted(Protocol):
    """What a verb needs: a state and the components. An estimator is one, a :class:`Snapshot` is one."""

    @property
    def state(self) -> TopicState: ...

    @property
    def components(self) -> Components: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """A fitted model without the estimator around it."""

    state: TopicState
    components: Components
