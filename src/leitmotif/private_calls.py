"""BERTopic's private methods that recipes and third-party representation models call on a model.

Ours never call them. They take and give what BERTopic's do: data frames with the columns Document, ID and Topic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leitmotif.building.counting import count_corpus
from leitmotif.building.embedding import embed
from leitmotif.building.rebuild import rebuild
from leitmotif.building.represent import base_words, evidence_for, pad, run_chain
from leitmotif.building.weigh import document_weights, weigh
from leitmotif.errors import MissingComponentError
from leitmotif.kernels.ctfidf import top_terms
from leitmotif.kernels.exemplars import representative_rows
from leitmotif.kernels.relabel import group_means, size_order
from leitmotif.learning.components import cluster_labels, reduce, strengths
from leitmotif.protocols import Components, Snapshot
from leitmotif.state import DocumentTerms, TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector, SparseMatrix, Words
from leitmotif.validation import as_documents

__all__ = ["PrivateCalls"]


class PrivateCalls:
    """BERTopic's private methods, for an estimator that has ``state`` and ``components``."""

    state: Any
    components: Any
    nr_topics: Any
    topics_: Any
    topic_mapper_: Any
    topic_embeddings_: Any
    representative_docs_: Any
    zeroshot_topic_list: Any
    reduce_topics: Any
    _adopt: Any

    def _extract_embeddings(
        self,
        documents: Any,
        images: Sequence[Any] | None = None,
        method: str = "document",
        verbose: bool | None = None,
    ) -> FloatMatrix:
        """Embeddings of texts (``method="document"``) or of words (``"word"``), shape (n, d)."""
        parts: Components = self.components
        texts = [documents] if isinstance(documents, str) else None if documents is None else as_documents(documents)
        if method == "word" and texts is not None:
            if parts.embedder is None:
                raise MissingComponentError("this model has no embedding model: pass embedding_model= to BERTopic")
            return np.asarray(parts.embedder.embed_words(texts, bool(verbose)))
        return embed(parts.embedder, texts, images, parts.verbose if verbose is None else verbose)

    def _extract_representative_docs(
        self,
        c_tf_idf: SparseMatrix,
        documents: Any,
        topics: Mapping[int, Words],
        nr_samples: int = 500,
        nr_repr_docs: int = 5,
        diversity: float | None = None,
    ) -> tuple[dict[int, list[str]], list[str], list[list[int]], list[list[int]]]:
        """Typical documents of each topic: by topic, in one list, their places in that list, and their IDs.

        Row r of ``c_tf_idf`` is the r-th smallest of ``topics``.
        """
        state: TopicState = self.state
        parts: Components = self.components
        texts = [str(text) for text in documents["Document"]]
        own = np.asarray(documents["ID"])
        ids = np.array(sorted(topics), dtype=np.int64)
        found = representative_rows(
            lambda rows: document_weights(
                state, parts, parts.vectorizer.transform([texts[row] for row in rows.tolist()])
            ),
            c_tf_idf,
            np.asarray(documents["Topic"], dtype=np.int64),
            ids,
            n_samples=nr_samples,
            n_docs=nr_repr_docs,
            random_state=parts.random_state,
            diversity=diversity,
            texts=texts,
        )
        by_topic = {t: [texts[row] for row in rows.tolist()] for t, rows in zip(ids.tolist(), found, strict=True)}
        ends = np.cumsum([len(rows) for rows in found]).tolist()
        places = [list(range(end - len(rows), end)) for end, rows in zip(ends, found, strict=True)]
        every = [text for some in by_topic.values() for text in some]
        return by_topic, every, places, [own[rows].tolist() for rows in found]

    def _preprocess_text(self, documents: Any) -> list[str]:
        """Texts on one line each, never empty. Unlike BERTopic's, it deletes no character."""
        return [re.sub(r"[\n\t]", " ", str(text)) or "emptydoc" for text in documents]

    def _c_tf_idf(
        self,
        documents_per_topic: Any,
        fit: bool = True,
        partial_fit: bool = False,  # noqa: ARG002
    ) -> tuple[SparseMatrix, np.ndarray]:
        """C-TF-IDF of one joined text a topic, and the terms of its columns; the model stays as it is."""
        parts: Components = self.components
        texts = self._preprocess_text(documents_per_topic["Document"])
        if not fit:
            return document_weights(self.state, parts, parts.vectorizer.transform(texts)), self.state.vocabulary.terms
        counts: DocumentTerms = count_corpus(parts.vectorizer, texts)
        weighed = weigh(counts, np.arange(len(texts), dtype=np.int64), len(texts), parts)
        return weighed.ctfidf, weighed.vocabulary.terms

    def _reduce_dimensionality(
        self,
        embeddings: FloatMatrix,
        y: Any = None,
        partial_fit: bool = False,  # noqa: ARG002
    ) -> FloatMatrix:
        """Fit the reducer; the embeddings in few dimensions."""
        return reduce(self.components.reducer, np.asarray(embeddings), None if y is None else np.asarray(y))

    def _cluster_embeddings(
        self,
        umap_embeddings: FloatMatrix,
        documents: Any,
        partial_fit: bool = False,  # noqa: ARG002
        y: Any = None,
    ) -> tuple[Any, Any]:
        """Fit the clusterer; the frame with its labels as ``Topic``, and the strengths where it gives any."""
        points = np.asarray(umap_embeddings)
        labels: IntVector = cluster_labels(self.components.clusterer, points, None if y is None else np.asarray(y))
        return documents.assign(Topic=labels), strengths(self.components.clusterer, len(points))

    def _extract_topics(
        self,
        documents: Any,
        embeddings: FloatMatrix | None = None,
        mappings: Mapping[int, int] | None = None,  # noqa: ARG002
        verbose: bool = False,  # noqa: ARG002
        fine_tune_representation: bool = True,
    ) -> None:
        """Make the words of the topics of a frame, whose ids stay as they are."""
        texts, topics = as_documents(documents["Document"]), np.asarray(documents["Topic"], dtype=np.int64)
        parts: Components = self.components
        nothing = np.empty(0, dtype=np.int64)
        blank = TopicState(
            topic_ids=nothing,
            topics=topics,
            sizes=nothing,
            mappings=np.unique(topics)[:, None],
            document_terms=count_corpus(parts.vectorizer, texts),
            documents=texts,
            embeddings=embeddings,
        )
        self._adopt(
            rebuild(Snapshot(state=blank, components=parts), topics, sort=False, represent=fine_tune_representation)
        )

    def _reduce_topics(self, documents: Any, use_ctfidf: bool = False) -> Any:
        """Reduce to ``nr_topics``; the frame with the new topics."""
        self.reduce_topics(as_documents(documents["Document"]), self.nr_topics, use_ctfidf=use_ctfidf)
        return documents.assign(Topic=self.topics_)

    def _update_topic_size(self, documents: Any) -> None:
        """Count the topics of a frame anew."""
        self.topics_ = list(documents["Topic"])

    def _auto_reduce_topics(self, documents: Any, use_ctfidf: bool = False) -> Any:
        """Merge topics that belong together; the frame with the new topics."""
        self.reduce_topics(as_documents(documents["Document"]), "auto", use_ctfidf=use_ctfidf)
        return documents.assign(Topic=list(self.topics_))

    def _reduce_to_n_topics(self, documents: Any, use_ctfidf: bool = False) -> Any:
        """Reduce to the number ``nr_topics``; the frame with the new topics."""
        return self._reduce_topics(documents, use_ctfidf)

    def _sort_mappings_by_frequency(self, documents: Any) -> Any:
        """The frame with its topics numbered by size, and one more step in ``topic_mapper_``."""
        topics = np.asarray(documents["Topic"], dtype=np.int64)
        order = size_order(topics)
        mapper = self.topic_mapper_
        mapper.add_mappings(order)
        return documents.assign(Topic=[order[topic] for topic in topics.tolist()])

    def _map_predictions(self, predictions: Sequence[int]) -> list[int]:
        """Topics of cluster labels; -1 for labels that no cluster of the fit has."""
        final = self.topic_mapper_.get_mappings(original_topics=True)
        return [final.get(int(label), OUTLIER) for label in predictions]

    def _map_probabilities(self, probabilities: Any, original_topics: bool = False) -> Any:
        """Columns of clusters (with ``original_topics``) or of the topics before the last edit, added up to topics."""
        if probabilities is None or np.ndim(probabilities) != 2:
            return probabilities
        state: TopicState = self.state
        mapped = np.zeros((len(probabilities), state.n_topics))
        for column, topic in self.topic_mapper_.get_mappings(original_topics).items():
            if 0 <= column < probabilities.shape[1] and topic != OUTLIER and topic in state:
                mapped[:, int(np.searchsorted(state.inner_ids, topic))] += probabilities[:, column]
        return mapped

    def _extract_words_per_topic(
        self,
        words: Sequence[str],
        documents: Any,  # noqa: ARG002
        c_tf_idf: SparseMatrix | None = None,
        fine_tune_representation: bool = True,
        calculate_aspects: bool = True,  # noqa: ARG002
        embeddings: FloatMatrix | None = None,  # noqa: ARG002
    ) -> dict[int, Words]:
        """Words of each row of ``c_tf_idf`` (by default the model's), by the main representation models; ids ascending."""
        state, parts = self.state, self.components
        matrix = state.ctfidf if c_tf_idf is None else c_tf_idf.tocsr()
        own = matrix.shape[0] == len(state.topic_ids)
        ids = state.topic_ids if own else np.arange(matrix.shape[0], dtype=np.int64)
        found: dict[int, Words] = base_words(matrix, np.asarray(words, dtype=object), ids, parts.top_n_words)
        if own and fine_tune_representation and parts.main:
            found = run_chain(parts.main, evidence_for(replace(state, ctfidf=matrix), parts), found)
        return {topic: pad(pairs, parts.top_n_words) for topic, pairs in found.items()}

    def _create_topic_vectors(
        self,
        documents: Any = None,
        embeddings: FloatMatrix | None = None,
        mappings: Any = None,  # noqa: ARG002
    ) -> None:
        """Set the topics' embeddings to the means of ``embeddings`` by the frame's ``Topic``."""
        if documents is None or embeddings is None:
            return
        topics = np.asarray(documents["Topic"], dtype=np.int64)
        rows: IntVector = self.state.rows(topics)
        self.topic_embeddings_ = group_means(np.asarray(embeddings), rows, len(self.state.topic_ids))

    def _save_representative_docs(self, documents: Any) -> None:
        """Choose the typical documents anew."""
        words = self.state.words
        found = self._extract_representative_docs(self.state.ctfidf, documents, words, nr_samples=500, nr_repr_docs=3)
        self.representative_docs_ = found[0]

    def _is_zeroshot(self) -> bool:
        """Whether names of topics were given, and the documents can be compared with them."""
        return bool(self.zeroshot_topic_list) and self.components.embedder is not None

    @staticmethod
    def _top_n_idx_sparse(matrix: SparseMatrix, n: int) -> np.ndarray:
        """Columns of the ``n`` largest values of each row, the largest last; None behind them where there are fewer."""
        columns, _ = top_terms(matrix.tocsr(), n)
        rows = [[column for column in row[::-1].tolist() if column >= 0] for row in columns]
        return np.array([row + [None] * (n - len(row)) for row in rows])

    @staticmethod
    def _top_n_values_sparse(matrix: SparseMatrix, indices: np.ndarray) -> np.ndarray:
        """The values at the columns of each row; 0 where the column is None."""
        dense = [matrix[row].toarray().ravel() for row in range(matrix.shape[0])]
        return np.array(
            [
                [0.0 if column is None else values[column] for column in some]
                for values, some in zip(dense, indices, strict=True)
            ]
        )
