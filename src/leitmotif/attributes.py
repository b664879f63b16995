"""What a model has learned, under BERTopic's names of attributes: read from the state, and settable as users set them.

Every value is made from the state when it is asked for. Assigning one replaces it in the state, checked; writing into a
list or dict that was read does the same (:mod:`leitmotif.write_through`). Arrays are the state's own, as in BERTopic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError, UnknownTopicError
from leitmotif.kernels.relabel import label_counts
from leitmotif.operations.label import set_topic_labels
from leitmotif.operations.mapper import TopicMapper
from leitmotif.protocols import Snapshot
from leitmotif.state import WORDS_BEHIND, TopicState
from leitmotif.typing import FloatMatrix, IntVector, SparseMatrix, Words
from leitmotif.validation import as_topics, check_fitted
from leitmotif.write_through import FixedDict, is_current, through

__all__ = ["LearnedAttributes"]


class LearnedAttributes:
    """The attributes of a fitted model. A class that has them holds its state in ``_state``, None before the fit."""

    _state: TopicState | None
    _listed: list[int] | None = None

    @property
    def state(self) -> TopicState:
        """Everything that the fit learned.

        Raises
        ------
        NotFittedError
            Before the fit.
        """
        check_fitted(self._state)
        assert self._state is not None
        return self._state

    def _assign(self, name: str, state: TopicState) -> None:  # noqa: ARG002 - a history may want the name
        """Make a state the model's, because an attribute was assigned."""
        self._state = state

    # -- documents ------------------------------------------------------------------------------

    @property
    def topics_(self) -> Any:
        """Topic of each document, list of int. Set it after ``partial_fit`` to the topics of all batches.

        Words stay as they are until ``update_topics(docs, topics=…)``.
        """
        if self._state is None:
            return None
        if not is_current(self._listed, self):
            self._listed = through(self, "topics_", "topics", self._state.by_document.topics.tolist())
        return self._listed

    @topics_.setter
    def topics_(self, topics: Any) -> None:
        values = as_topics(topics, len(topics))
        state = self._state
        if state is None:
            ids, sizes = label_counts(values)
            self._state = TopicState(topic_ids=ids, topics=values, sizes=sizes, mappings=np.stack([ids, ids], axis=1))
            return
        unknown = sorted(set(values.tolist()) - set(state.topic_ids.tolist()))
        if unknown:
            raise UnknownTopicError(
                f"topics_ holds topics that the model does not have: {unknown[:5]}. "
                "Call update_topics(docs, topics=…), which makes their words and embeddings"
            )
        if len(values) != state.by_document.n_documents:
            state = _without_documents(state)
        values = state.rows_with(values)
        if not state.extras.get("online"):
            rows = np.searchsorted(state.topic_ids, values)
            state = replace(state, sizes=np.bincount(rows, minlength=len(state.topic_ids)).astype(np.int64))
        behind = set(state.extras.get(WORDS_BEHIND, ()))
        if len(values) == len(state.topics):
            moved = np.flatnonzero(values != state.topics)
            behind |= {*values[moved].tolist(), *state.topics[moved].tolist()}
        extras = dict(state.extras) | ({WORDS_BEHIND: sorted(behind)} if behind else {})
        self._assign("topics_", replace(state, topics=values, extras=extras))

    @property
    def probabilities_(self) -> Any:
        """Strength of each document in its topic (N,), in all topics (N, T), or None."""
        return None if self._state is None else self._state.by_document.probabilities

    @probabilities_.setter
    def probabilities_(self, values: Any) -> None:
        _check_rows(self.state, "probabilities_")
        self._assign(
            "probabilities_", replace(self.state, probabilities=None if values is None else np.asarray(values))
        )

    @property
    def representative_docs_(self) -> Any:
        """Typical documents of each topic, best first."""
        if self._state is None:
            return None
        docs = {topic: list(texts) for topic, texts in self._state.representative_docs.items()}
        return through(self, "representative_docs_", "representative_docs", docs)

    @representative_docs_.setter
    def representative_docs_(self, docs: Mapping[int, Sequence[str]] | None) -> None:
        state = self.state
        given = {int(topic): list(texts) for topic, texts in (docs or {}).items()}
        first: dict[str, int] = {}
        for row, text in enumerate(state.documents or ()):
            first.setdefault(text, row)
        rows = {
            topic: np.array([first[text] for text in texts if text in first], dtype=np.int64)
            for topic, texts in given.items()
        }
        self._assign("representative_docs_", replace(state, representative_docs=given, representative_rows=rows))

    @property
    def representative_images_(self) -> None:
        """None, as in BERTopic: collages are aspects (``topic_aspects_``)."""
        return

    # -- topics ---------------------------------------------------------------------------------

    @property
    def topic_sizes_(self) -> Any:
        """Number of documents of each topic."""
        if self._state is None:
            return None
        state = self._state.by_document
        sizes = Counter(dict(zip(state.topic_ids.tolist(), state.sizes.tolist(), strict=True)))
        return through(self, "topic_sizes_", "sizes", sizes)

    @topic_sizes_.setter
    def topic_sizes_(self, sizes: Mapping[int, int]) -> None:
        state = self._or_bare(sizes)
        _check_rows(state, "topic_sizes_")
        _check_known(state, sizes, "topic_sizes_")
        self._assign(
            "topic_sizes_",
            replace(state, sizes=np.array([sizes.get(topic, 0) for topic in state.topic_ids.tolist()], dtype=np.int64)),
        )

    @property
    def topic_mapper_(self) -> Any:
        """What became of each original cluster."""
        if self._state is None:
            return None
        mapper = TopicMapper.of_state(self._state)
        mapper.mappings_ = through(self, "_mapper_rows", "mappings", mapper.mappings_)
        return mapper

    @topic_mapper_.setter
    def topic_mapper_(self, mapper: Any) -> None:
        self._mapper_rows = mapper.mappings_

    @property
    def _mapper_rows(self) -> list[list[int]]:
        """Rows of :attr:`topic_mapper_`."""
        rows: list[list[int]] = self.state.mappings.tolist()
        return rows

    @_mapper_rows.setter
    def _mapper_rows(self, rows: Sequence[Sequence[int | None]]) -> None:
        if len({len(row) for row in rows}) > 1:
            return  # a step that is being added row by row: it counts when every row has it
        known = [[-2 if step is None else int(step) for step in row] for row in rows]
        mappings = np.array(known, dtype=np.int64).reshape(len(known), -1)
        self._assign("topic_mapper_", replace(self.state, mappings=mappings))

    @property
    def topic_representations_(self) -> Any:
        """Words and weights of each topic."""
        if self._state is None:
            return None
        words = {topic: list(self._state.words.get(topic, [])) for topic in self._state.topic_ids.tolist()}
        return through(self, "topic_representations_", "words", words)

    @topic_representations_.setter
    def topic_representations_(self, words: Mapping[int, Words]) -> None:
        state = self._or_bare(words)
        _check_known(state, words, "topic_representations_")
        self._assign(
            "topic_representations_", replace(state, words={int(topic): list(pairs) for topic, pairs in words.items()})
        )

    @property
    def topic_aspects_(self) -> Mapping[str, Mapping[int, Words]]:
        """Further representations: aspect -> topic -> words."""
        if self._state is None:
            return {}
        aspects = {
            name: {topic: list(words) if type(words) is list else words for topic, words in values.items()}
            for name, values in self._state.aspects.items()
        }
        found: Mapping[str, Mapping[int, Words]] = through(self, "topic_aspects_", "aspects", aspects)
        return found

    @topic_aspects_.setter
    def topic_aspects_(self, aspects: Mapping[str, Mapping[int, Any]]) -> None:
        state = self.state
        for name, values in aspects.items():
            _check_known(state, values, f"topic_aspects_[{name!r}]")
        self._assign(
            "topic_aspects_", replace(state, aspects={str(name): dict(values) for name, values in aspects.items()})
        )

    @property
    def topic_embeddings_(self) -> Any:
        """Mean embedding of each topic, shape (T, d); row 0 is the outlier topic's where there is one."""
        return None if self._state is None else self._state.topic_embeddings

    @topic_embeddings_.setter
    def topic_embeddings_(self, embeddings: FloatMatrix | None) -> None:
        values = None if embeddings is None else np.asarray(embeddings)
        if values is not None and (values.ndim != 2 or len(values) != len(self.state.topic_ids)):
            raise InvalidInputError(
                f"topic_embeddings_ has shape {values.shape} for {len(self.state.topic_ids)} topics: one row a topic, -1 first"
            )
        self._assign("topic_embeddings_", replace(self.state, topic_embeddings=values))

    @property
    def c_tf_idf_(self) -> SparseMatrix | None:
        """C-TF-IDF, csr_matrix of float64, shape (T, V)."""
        return None if self._state is None else self._state.ctfidf

    @c_tf_idf_.setter
    def c_tf_idf_(self, matrix: SparseMatrix | None) -> None:
        state = self.state
        if matrix is not None:
            expected = (
                len(state.topic_ids),
                matrix.shape[1] if state.vocabulary is None else len(state.vocabulary.terms),
            )
            if matrix.shape != expected:
                raise InvalidInputError(f"c_tf_idf_ has shape {matrix.shape}, the model's is {expected}")
            matrix = matrix.tocsr()
        self._assign("c_tf_idf_", replace(state, ctfidf=matrix))

    # -- names ----------------------------------------------------------------------------------

    @property
    def topic_labels_(self) -> Any:
        """Name of each topic, by id; made of its words, so that it cannot be written into."""
        if self._state is None:
            return None
        return FixedDict(
            self._state.names,
            "topic_labels_ are made of the topics' words: call set_topic_labels({topic: label}) for labels of your own, "
            "or write into topic_representations_",
        )

    @property
    def custom_labels_(self) -> list[str] | None:
        """Labels that the user set, in the order of the topic ids, or None."""
        if self._state is None or self._state.custom_labels is None:
            return None
        labels = [self._state.custom_labels.get(t, self._state.names[t]) for t in self._state.topic_ids.tolist()]
        found: list[str] = through(self, "custom_labels_", "custom_labels", labels)
        return found

    @custom_labels_.setter
    def custom_labels_(self, labels: Sequence[str] | None) -> None:
        state = replace(self.state, custom_labels=None)
        if labels is not None:
            state = set_topic_labels(Snapshot(state=state, components=None), labels)  # type: ignore[arg-type]
        self._assign("custom_labels_", state)

    @property
    def _outliers(self) -> int:
        return int(self._state is not None and self._state.has_outliers)

    @property
    def _topic_id_to_zeroshot_topic_idx(self) -> dict[int, int]:
        names: list[str] = list(getattr(self, "zeroshot_topic_list", None) or ())
        given = {} if self._state is None else self._state.zeroshot_names
        return {topic: names.index(name) for topic, name in given.items() if name in names}

    def _or_bare(self, topics: Iterable[int]) -> TopicState:
        """The state; before the fit one that has these topics, without documents."""
        if self._state is not None:
            return self._state
        ids: IntVector = np.array(sorted(int(topic) for topic in topics), dtype=np.int64)
        return TopicState(
            topic_ids=ids,
            topics=np.empty(0, dtype=np.int64),
            sizes=np.zeros(len(ids), dtype=np.int64),
            mappings=np.stack([ids, ids], axis=1),
        )


def _check_rows(state: TopicState, name: str) -> None:
    """Raise where the documents were divided: what is said of them is counted, and cannot be set."""
    if state.passages is not None:
        raise InvalidInputError(
            f"{name} cannot be set on a model that divided its documents: it is counted from their passages; set topics_"
        )


def _without_documents(state: TopicState) -> TopicState:
    """A state for other documents than those it holds: of these nothing is kept that stands row by row."""
    return replace(
        state,
        documents=None,
        embeddings=None,
        reduced_embeddings=None,
        fingerprints=None,
        document_terms=None,
        probabilities=None,
        representative_rows={},
        passages=None,
    )


def _check_known(state: TopicState, topics: Iterable[int], name: str) -> None:
    unknown = [topic for topic in topics if topic not in state]
    if unknown:
        raise UnknownTopicError(f"{name} names topics that do not exist: {unknown[:5]}. See get_topic_info()")
