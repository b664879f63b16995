"""What a fit knows: one frozen record, with the shape of everything in it.

A verb reads it; an edit gives the next one (``dataclasses.replace`` and :mod:`leitmotif.building`).
Nothing in here is ever written in place, so keeping a reference is keeping an undo.

Letters: N rows (documents, or the passages of long ones where :attr:`TopicState.passages` says whose), T topics (the
outlier topic included when there is one), M terms counted,
V terms kept in the vocabulary, d dimensions of the embeddings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from typing import Any, Self

import numpy as np

from leitmotif.errors import MissingComponentError, UnknownTopicError
from leitmotif.kernels.fingerprint import text_ends, text_fingerprints
from leitmotif.kernels.grouping import group_sums
from leitmotif.passages import Passages
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

ROW_FACTS = ("seeds", "core_topics")
"""In ``extras``: what has a value a row."""


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
        Facts of a variant: where each seed went, how embeddings were adapted to the corpus (``adaptation``), ….
    passages : Passages or None
        None: the rows are the documents. Otherwise row i, wherever this record says "document", is passage i of a longer
        document, edits move passages, and what is said of whole documents is read from :attr:`by_document`.
    """

    topic_ids: IntVector
    topics: IntVector
    sizes: IntVector
    mappings: IntVector
    probabilities: FloatMatrix | FloatVector | None = None
    document_terms: DocumentTerms | None = field(default_factory=lambda: None)
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
    embeddings: FloatMatrix | None = field(default_factory=lambda: None)
    reduced_embeddings: FloatMatrix | None = field(default_factory=lambda: None)
    fingerprints: np.ndarray | None = field(default_factory=lambda: None)
    extras: Mapping[str, Any] = field(default_factory=dict)
    passages: Passages | None = None

    # -- documents of passages ------------------------------------------------------------------

    @cached_property
    def by_document(self) -> TopicState:
        """The same topics with one row a document, for whoever reports on documents; itself where the rows are documents.

        A document's topic is the one that most of it has by length (:meth:`leitmotif.passages.Passages.prevailing`), its
        probability that share, or the share of every topic where the rows have a column a topic; its counts are the sum and its
        embedding the mean of its passages', its reduced embedding the mean of those under its own topic, so that it
        lies where its topic does. Never edited: edits are made to the rows.
        """
        passages = self.passages
        if passages is None:
            return self
        topics, own_share = passages.prevailing(self.topics)
        shared = self.probabilities is not None and self.probabilities.ndim == 2
        rows_of = {
            topic: np.array(list(dict.fromkeys(passages.document[rows].tolist())), dtype=np.int64)
            for topic, rows in self.representative_rows.items()
        }
        made: dict[str, Any] = {
            "topics": topics,
            "sizes": np.bincount(np.searchsorted(self.topic_ids, topics), minlength=len(self.topic_ids)).astype(
                np.int64
            ),
            "probabilities": passages.shares(self.topics, self.inner_ids) if shared else own_share,
            "documents": passages.sources or None,
            "representative_rows": rows_of,
            "extras": {name: fact for name, fact in self.extras.items() if name not in ROW_FACTS},
            "passages": None,
        }
        later: dict[str, Callable[[], Any]] = {
            "fingerprints": lambda: text_fingerprints(passages.sources) if passages.sources else None,
            "document_terms": lambda: _summed(self.document_terms, passages),
            "embeddings": lambda: _averaged(self.embeddings, passages, passages.lengths),
            "reduced_embeddings": lambda: self.places_of_documents(self.reduced_embeddings),
        }
        return self._seen_as(made, later)

    @cached_property
    def by_row(self) -> TopicState:
        """The same with every passage a document for itself; itself where the rows are documents."""
        return self if self.passages is None else self._seen_as({"passages": None}, {})

    def _seen_as(self, made: dict[str, Any], later: dict[str, Callable[[], Any]]) -> TopicState:
        """With some fields exchanged; what is not made yet stays to be made when it is asked for."""
        for name in [each.name for each in fields(self) if each.name not in made and each.name not in later]:
            if self.is_made(name):
                made[name] = getattr(self, name)
            else:
                later[name] = partial(getattr, self, name)
        return type(self).later(made, later)

    def places_of_documents(self, places: FloatMatrix | None) -> FloatMatrix | None:
        """Where documents lie, from where their passages do: the mean of those under the document's own topic."""
        passages = self.passages
        if passages is None:
            return places
        of_own = self.topics == self.by_document.topics[passages.document]
        return _averaged(places, passages, passages.lengths * of_own)

    def rows_with(self, topics: IntVector) -> IntVector:
        """Labels of the rows, shape (N,), that give the documents these topics.

        Of a document that gets another topic the passages of its old topic move; where a third would then prevail, all of
        them. Every other passage stays.
        """
        if self.passages is None:
            return topics
        before, document = self.by_document.topics, self.passages.document
        moves = (topics != before)[document] & (self.topics == before[document])
        rows = np.where(moves, topics[document], self.topics)
        other = self.passages.prevailing(rows)[0] != topics
        return np.where(other[document], topics[document], rows).astype(np.int64)

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
        """What tells most new texts from the documents at a glance (:func:`leitmotif.kernels.fingerprint.text_ends`), sorted."""
        return np.unique(text_ends(self.documents or ()))

    def training_rows(self, fingerprints: np.ndarray) -> IntVector:
        """Row of the training document with each fingerprint, shape (n,); -1 where the text is new."""
        prints, rows = self._known_texts
        if not len(prints):
            return np.full(len(fingerprints), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(prints, fingerprints), len(prints) - 1)
        return np.where(prints[place] == fingerprints, rows[place], -1).astype(np.int64)

    @cached_property
    def known_rows(self) -> IntVector:
        """:meth:`training_rows` of the training documents themselves; -1 where equal texts have different topics."""
        prints = self.fingerprints
        return np.full(self.n_documents, -1, dtype=np.int64) if prints is None else self.training_rows(prints)

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
                "it was read from a file that does not keep them. Call update_topics(docs) with the documents of the fit, "
                "which counts them again, or save the model with include_counts=True"
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


def _summed(counts: DocumentTerms | None, passages: Passages) -> DocumentTerms | None:
    if counts is None:
        return None
    return replace(counts, matrix=group_sums(counts.matrix, passages.document, passages.n_documents))


def _averaged(values: FloatMatrix | None, passages: Passages, weights: np.ndarray) -> FloatMatrix | None:
    return None if values is None else passages.gather(values, weights=weights).astype(values.dtype)
