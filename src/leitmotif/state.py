"""What a fit knows: one frozen record, with the shape of everything in it.

A verb reads it; an edit gives the next one (``dataclasses.replace`` and :mod:`leitmotif.building`).
Nothing in here is ever written in place, so keeping a reference is keeping an undo.

Letters: N documents, T topics (the outlier topic included when there is one), M terms counted,
V terms kept in the vocabulary, d dimensions of the embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from leitmotif.errors import MissingComponentError, UnknownTopicError
from leitmotif.kernels.fingerprint import text_ends
from leitmotif.typing import (
    OUTLIER,
    FloatMatrix,
    FloatVector,
    IntVector,
    SparseMatrix,
    Words,
    WordsByTopic,
)

__all__ = ["WORDS_BEHIND", "DocumentTerms", "TopicState", "Vocabulary"]

WORDS_BEHIND = "words_behind"
"""In ``extras``: topics whose documents were exchanged by hand since their words were made."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DocumentTerms:
    """The corpus, counted once.

    Attributes
    ----------
    matrix : csr_matrix of int32, shape (N, M)
        How often each term occurs in each document; indices sorted within a row. It holds every
        term, also those that ``min_df``/``max_df`` leave out of the vocabulary: an edit of the topics may let them in.
    terms : ndarray of str objects, shape (M,)
        The term of each column, in the order of the vectorizer (ours and scikit-learn's: sorted).
    """

    matrix: SparseMatrix
    terms: np.ndarray

    def of_documents(self, rows: IntVector) -> DocumentTerms:
        """The same terms, counted in the given documents only."""
        return replace(self, matrix=self.matrix[rows])


class _Later:
    """A frozen record some fields of which are made when they are first asked for: answering for a document takes few."""

    @classmethod
    def later(cls, made: Mapping[str, Any], make: Mapping[str, Callable[[], Any]]) -> Self:
        """A record with some fields made, and what makes the others that have no default of their own."""
        record = object.__new__(cls)
        record.__dict__.update(made, _make=dict(make))
        return record

    def is_made(self, name: str) -> bool:
        """Whether looking at a field costs nothing."""
        return name not in self.__dict__.get("_make", {}) or name in self.__dict__

    def __getattr__(self, name: str) -> Any:
        make = self.__dict__.get("_make", {}).get(name)
        if make is None:
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        value = self.__dict__[name] = make()
        return value

    def __getstate__(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary(_Later):
    """The terms that stand in c-TF-IDF, and their inverse frequencies.

    Attributes
    ----------
    terms : ndarray of str objects, shape (V,)
    columns : ndarray of int64, shape (V,), or None
        Column of each in :attr:`DocumentTerms.matrix`; None in a model without counts.
    idf : ndarray of float64, shape (V,)
        Weight of each term (seed words multiplied in), the diagonal of ``_idf_diag``.
    """

    terms: np.ndarray
    columns: IntVector | None
    idf: np.ndarray

    @cached_property
    def index(self) -> dict[str, int]:
        """Term -> position in ``terms``."""
        return {term: i for i, term in enumerate(self.terms.tolist())}


@dataclass(frozen=True, kw_only=True, eq=False)
class TopicState(_Later):
    """Everything that a fit learned.

    Attributes
    ----------
    topic_ids : ndarray of int64, shape (T,)
        Ids in ascending order, -1 first where it exists. **Row r of every topic matrix is
        ``topic_ids[r]``**: rows are looked up (:meth:`row`, :meth:`rows`), never computed from an offset.
    topics : ndarray of int64, shape (N,)
        Topic of each document.
    sizes : ndarray of int64, shape (T,)
        Number of documents of each topic.
    mappings : ndarray of int64, shape (C, S)
        Row c: what became of original cluster c in each of the S - 1 edits; first column the cluster's own label,
        last column its topic now.
    probabilities : ndarray of float64, shape (N,) or (N, T without -1), or None
    document_terms : DocumentTerms or None
        None in a model read from a file that does not keep the counts.
    vocabulary : Vocabulary or None
        None in a model read from a file without c-TF-IDF.
    ctfidf : csr_matrix of float64, shape (T, V), or None
    topic_embeddings : ndarray of float, shape (T, d), or None
        Mean embedding of each topic's documents.
    base_words : mapping of int to list of (str, float)
        The best ``max(top_n_words, 30)`` terms of each topic by c-TF-IDF: what representation models choose from.
    words : mapping of int to list of (str, float)
        The main representation.
    aspects : mapping of str to (mapping of int to representation)
        Further representations by name.
    representative_rows : mapping of int to ndarray of int64
        Rows of the up to three most typical documents of each topic, best first.
    representative_docs : mapping of int to list of str
        Their texts.
    custom_labels : mapping of int to str, or None
        Labels given by the user, of some topics or all; they follow their topic through edits.
    zeroshot_names : mapping of int to str
        Topics that carry a name from ``zeroshot_topic_list``.
    documents : sequence of str or None
        The texts, kept by reference and never written to a file unless asked.
    embeddings : ndarray, shape (N, d), or None
        Embeddings of the documents, kept by reference.
    reduced_embeddings : ndarray, shape (N, r), or None
        What the clusterer saw.
    fingerprints : ndarray of uint64, shape (N,), or None
        Fingerprint of each text (:mod:`leitmotif.kernels.fingerprint`): ``transform`` knows a training document by it.
    extras : mapping
        Small facts of a variant (where each seed went, …), for reports.
    """

    topic_ids: IntVector
    topics: IntVector
    sizes: IntVector
    mappings: IntVector
    probabilities: FloatMatrix | FloatVector | None = None
    document_terms: DocumentTerms | None = None
    vocabulary: Vocabulary | None = None
    ctfidf: SparseMatrix | None = field(default_factory=lambda: None)
    topic_embeddings: FloatMatrix | None = None
    base_words: WordsByTopic = field(default_factory=dict)
    words: WordsByTopic = field(default_factory=dict)
    aspects: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    representative_rows: Mapping[int, IntVector] = field(default_factory=dict)
    representative_docs: Mapping[int, list[str]] = field(default_factory=dict)
    custom_labels: Mapping[int, str] | None = None
    zeroshot_names: Mapping[int, str] = field(default_factory=dict)
    documents: Sequence[str] | None = None
    embeddings: FloatMatrix | None = None
    reduced_embeddings: FloatMatrix | None = None
    fingerprints: np.ndarray | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)

    # -- rows and ids ---------------------------------------------------------------------------

    @property
    def n_documents(self) -> int:
        """Number of documents, N."""
        return len(self.topics)

    @property
    def n_topics(self) -> int:
        """Number of topics without the outlier topic."""
        return len(self.topic_ids) - int(self.has_outliers)

    @property
    def has_outliers(self) -> bool:
        """Whether topic -1 exists."""
        return len(self.topic_ids) > 0 and int(self.topic_ids[0]) == OUTLIER

    @property
    def inner_rows(self) -> slice:
        """Rows of the topic matrices without the outlier topic's."""
        return slice(int(self.has_outliers), None)

    @property
    def inner_ids(self) -> IntVector:
        """Topic ids without -1."""
        return self.topic_ids[self.inner_rows]

    @cached_property
    def _row_of(self) -> dict[int, int]:
        return {int(topic): row for row, topic in enumerate(self.topic_ids)}

    def __contains__(self, topic: object) -> bool:
        return topic in self._row_of

    def row(self, topic: int) -> int:
        """Row of one topic in every topic matrix.

        Raises
        ------
        UnknownTopicError
            The model has no such topic.
        """
        try:
            return self._row_of[int(topic)]
        except KeyError:
            raise UnknownTopicError(self._unknown(topic)) from None

    def rows(self, topics: Sequence[int] | IntVector) -> IntVector:
        """Rows of several topics, in the order given."""
        return np.array([self.row(int(topic)) for topic in topics], dtype=np.int64)

    @cached_property
    def document_rows(self) -> IntVector:
        """Topic row of each document, shape (N,)."""
        return np.searchsorted(self.topic_ids, self.topics).astype(np.int64)

    @cached_property
    def _known_texts(self) -> tuple[np.ndarray, IntVector]:
        """Sorted fingerprints of the training texts that always have one topic, and a row of each."""
        if self.fingerprints is None or len(self.fingerprints) != len(self.topics):
            return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
        order = np.argsort(self.fingerprints, kind="stable")
        sorted_prints, sorted_topics = self.fingerprints[order], self.topics[order]
        first = np.flatnonzero(np.r_[True, sorted_prints[1:] != sorted_prints[:-1]])
        lowest = np.minimum.reduceat(sorted_topics, first)
        agreed = lowest == np.maximum.reduceat(sorted_topics, first)
        return sorted_prints[first[agreed]], order[first[agreed]].astype(np.int64)

    @cached_property
    def document_ends(self) -> IntVector:
        """What tells most new texts from the documents at a glance (:func:`leitmotif.kernels.fingerprint.text_ends`)."""
        return np.unique(text_ends(self.documents or ()))

    def training_rows(self, fingerprints: np.ndarray) -> IntVector:
        """Row of the training document with each fingerprint, shape (n,); -1 where the text is new."""
        prints, rows = self._known_texts
        if not len(prints):
            return np.full(len(fingerprints), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(prints, fingerprints), len(prints) - 1)
        return np.where(prints[place] == fingerprints, rows[place], -1).astype(np.int64)

    def _unknown(self, topic: object) -> str:
        if not len(self.topic_ids):
            return f"topic {topic!r} does not exist: the model has no topics"
        first, last = int(self.topic_ids[0]), int(self.topic_ids[-1])
        return f"topic {topic!r} does not exist: topics run from {first} to {last}. See get_topic_info()."

    # -- names ----------------------------------------------------------------------------------

    def name(self, topic: int) -> str:
        """BERTopic's name of a topic: its zero-shot name, or the id and its four best words."""
        given = self.zeroshot_names.get(int(topic))
        if given is not None:
            return given
        words: Words = self.words.get(int(topic), [])
        return "_".join([str(int(topic)), *(word for word, _ in words[:4])])

    @cached_property
    def names(self) -> dict[int, str]:
        """Name of every topic, by id."""
        return {int(topic): self.name(int(topic)) for topic in self.topic_ids}

    # -- parts that a model may lack ------------------------------------------------------------

    def need_counts(self, what: str) -> DocumentTerms:
        """The counts, or an error that says what needs them."""
        if self.document_terms is None:
            raise MissingComponentError(
                f"{what} needs the document x term counts, and this model has none: "
                "it was read from a file that does not keep them. Fit it again, or call update_topics(docs)."
            )
        return self.document_terms

    def need_vocabulary(self, what: str) -> tuple[Vocabulary, SparseMatrix]:
        """Vocabulary and c-TF-IDF, or an error that says what needs them."""
        if self.vocabulary is None or self.ctfidf is None:
            raise MissingComponentError(
                f"{what} needs c-TF-IDF, and this model has none: "
                "save it with save_ctfidf=True, or call update_topics(docs)."
            )
        return self.vocabulary, self.ctfidf

    def need_topic_embeddings(self, what: str) -> FloatMatrix:
        """Topic embeddings, or an error that says what needs them."""
        if self.topic_embeddings is None:
            raise MissingComponentError(
                f"{what} needs topic embeddings, and this model has none: fit it with an embedding model or embeddings."
            )
        return self.topic_embeddings
