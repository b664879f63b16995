"""Several fitted models made one: equal topics united, the others side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leitmotif.building.exemplify import typical_documents
from leitmotif.building.represent import base_words, pad
from leitmotif.building.weigh import weigh
from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.kernels.similarity import nearest
from leitmotif.protocols import Components, Fitted
from leitmotif.state import DocumentTerms, TopicState
from leitmotif.typing import OUTLIER, FloatMatrix, IntVector
from leitmotif.validation import check_fitted

__all__ = ["merge_states"]


def merge_states(models: Sequence[Fitted], min_similarity: float = 0.7) -> TopicState:
    """One state of the documents and topics of several models. No model is changed.

    The topics of the first model keep their ids. Each topic of a further model becomes part of the most similar topic
    so far where the cosine of their embeddings is at least ``min_similarity``, and otherwise a topic of its own with
    the next free id. Outliers stay outliers, and no topic ever becomes one.

    Parameters
    ----------
    models : sequence of Fitted
        Models whose documents were embedded by the same embedding model. The components of the first do the weighing.
    min_similarity : float
        Least cosine, in [-1, 1].

    Returns
    -------
    TopicState
        Documents, counts, probabilities of one column and embeddings follow one another, as far as every model has
        them. Counts are added over the united vocabulary and weighed anew; topic embeddings are means weighted by
        size. Documents that a fit divided count whole. A topic that came from several models has its c-TF-IDF words from all of
        them; words that a
        representation model made, aspects and labels are those of the first model that has the topic.
        ``extras["merged_models"]`` gives for each model the (old, new) ids.

    Raises
    ------
    InvalidInputError
        No models, or a ``min_similarity`` outside [-1, 1].
    EmbeddingsError
        Topic embeddings of different dimensions.
    MissingComponentError
        A model without topic embeddings.

    Notes
    -----
    O(nnz of all counts + T² d).
    """
    if not len(models):
        raise InvalidInputError("merge_models needs at least one model; got none")
    if not -1 <= min_similarity <= 1:
        raise InvalidInputError(f"min_similarity must be a cosine, from -1 to 1; got {min_similarity!r}")
    for model in models:
        check_fitted(model.state)
    states = [model.state.by_document for model in models]
    moves, vectors = _matched(states, min_similarity)
    topics = np.concatenate([_moved(state, move) for state, move in zip(states, moves, strict=True)])
    ids = np.array(sorted(vectors), dtype=np.int64)
    sizes = np.zeros(len(ids), dtype=np.int64)
    for state, move in zip(states, moves, strict=True):
        new = np.searchsorted(ids, [move[topic] for topic in state.topic_ids.tolist()])
        np.add.at(sizes, new, state.sizes)
    first = _first_with(states, moves)
    dtype = np.result_type(*(state.need_topic_embeddings("merge_models").dtype for state in states))
    united = TopicState(
        topic_ids=ids,
        topics=topics,
        sizes=sizes,
        mappings=np.stack([ids, ids], axis=1),
        probabilities=_one_after_another([state.probabilities for state in states]),
        topic_embeddings=np.stack([vectors[topic] for topic in ids.tolist()]).astype(dtype),
        base_words=first(lambda state: state.base_words),
        words=first(lambda state: state.words),
        aspects=_aspects(states, first),
        custom_labels=first(lambda state: state.custom_labels or {}) or None,
        zeroshot_names=first(lambda state: state.zeroshot_names),
        documents=_one_list([state.documents for state in states]),
        embeddings=_one_after_another([state.embeddings for state in states]),
        fingerprints=_one_after_another([state.fingerprints for state in states]),
        document_terms=_united_counts([state.document_terms for state in states]),
        extras={"merged_models": [[[old, new] for old, new in move.items()] for move in moves]},
    )
    united = _with_typical(united, states, moves)
    if united.document_terms is None or len(united.topics) != united.document_terms.matrix.shape[0]:
        return replace(united, document_terms=None)
    return _weighed(united, states, moves, models[0].components)


def _matched(states: Sequence[TopicState], min_similarity: float) -> tuple[list[dict[int, int]], dict[int, np.ndarray]]:
    """For each model old id -> new id, and the size-weighted mean embedding of each new topic."""
    moves: list[dict[int, int]] = []
    sums: dict[int, np.ndarray] = {}
    weights: dict[int, int] = {}
    n_dimensions = states[0].need_topic_embeddings("merge_models").shape[1]
    for state in states:
        embeddings = np.asarray(state.need_topic_embeddings("merge_models"), dtype=np.float64)
        inner = [topic for topic in sorted(sums) if topic != OUTLIER]
        move = {OUTLIER: OUTLIER} if state.has_outliers else {}
        if embeddings.shape[1] != n_dimensions:
            raise EmbeddingsError(
                f"topic embeddings have {embeddings.shape[1]} dimensions in one model and {n_dimensions} in another: "
                "merge models that were fitted with the same embedding model"
            )
        if not moves:
            move |= {topic: topic for topic in state.inner_ids.tolist()}
        elif inner and state.n_topics:
            known = np.stack([sums[topic] / max(weights[topic], 1) for topic in inner])
            best, similarity = nearest(embeddings[state.inner_rows], known)
            for topic, column, value in zip(state.inner_ids.tolist(), best.tolist(), similarity.tolist(), strict=True):
                if value >= min_similarity:
                    move[topic] = inner[column]
        free = max([*sums, *move.values(), OUTLIER]) + 1
        for topic in state.inner_ids.tolist():
            if topic not in move:
                move[topic], free = free, free + 1
        for topic, size, embedding in zip(state.topic_ids.tolist(), state.sizes.tolist(), embeddings, strict=True):
            new, size = move[topic], max(size, 1)  # of divided documents none may have a topic of a few passages
            sums[new] = sums.get(new, 0.0) + size * embedding
            weights[new] = weights.get(new, 0) + size
        moves.append(move)
    return moves, {topic: total / max(weights[topic], 1) for topic, total in sums.items()}


def _moved(state: TopicState, move: Mapping[int, int]) -> IntVector:
    new = np.array([move[topic] for topic in state.topic_ids.tolist()], dtype=np.int64)
    return new[state.document_rows] if len(state.topics) else np.empty(0, dtype=np.int64)


def _first_with(
    states: Sequence[TopicState], moves: Sequence[Mapping[int, int]]
) -> Callable[[Callable[[TopicState], Mapping[int, Any]]], dict[int, Any]]:
    """Values by topic of each model -> value of each united topic, from the first model that has one for it."""

    def first(values_of: Callable[[TopicState], Mapping[int, Any]]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        for state, move in zip(states, moves, strict=True):
            for topic, value in sorted(values_of(state).items()):
                if topic in move:
                    found.setdefault(move[topic], value)
        return dict(sorted(found.items()))

    return first


def _aspects(
    states: Sequence[TopicState], first: Callable[[Callable[[TopicState], Mapping[int, Any]]], dict[int, Any]]
) -> dict[str, dict[int, Any]]:
    """Every aspect for every topic: where no model of a topic has it, the main words stand in."""
    words = first(lambda state: state.words)
    result: dict[str, dict[int, Any]] = {}
    for aspect in dict.fromkeys(name for state in states for name in state.aspects):

        def of(state: TopicState, name: str = aspect) -> Mapping[int, Any]:
            return state.aspects.get(name, {})

        result[aspect] = words | first(of)
    return result


def _one_after_another(arrays: Sequence[Any]) -> FloatMatrix | None:
    if any(array is None for array in arrays) or len({array.shape[1:] for array in arrays}) != 1:
        return None
    if arrays[0].ndim == 2 and len(arrays) > 1 and arrays[0].shape[1] == 0:
        return None
    return np.concatenate(arrays)


def _one_list(texts: Sequence[Sequence[str] | None]) -> list[str] | None:
    if any(some is None for some in texts):
        return None
    return [text for some in texts for text in some or ()]


def _united_counts(counts: Sequence[DocumentTerms | None]) -> DocumentTerms | None:
    """Counts of all documents over all terms, in the order of the terms."""
    from scipy.sparse import csr_matrix, vstack

    known = [some for some in counts if some is not None]
    if len(known) < len(counts):
        return None
    terms = np.array(sorted({term for some in known for term in some.terms.tolist()}), dtype=object)
    position = {term: column for column, term in enumerate(terms.tolist())}
    blocks = []
    for some in known:
        columns = np.array([position[term] for term in some.terms.tolist()], dtype=np.int64)
        matrix = some.matrix.tocsr()
        block = csr_matrix(
            (matrix.data.copy(), columns[matrix.indices] if len(columns) else matrix.indices, matrix.indptr),
            shape=(matrix.shape[0], len(terms)),
        )
        block.sort_indices()
        blocks.append(block)
    return DocumentTerms(matrix=vstack(blocks, format="csr"), terms=terms)


def _with_typical(united: TopicState, states: Sequence[TopicState], moves: Sequence[Mapping[int, int]]) -> TopicState:
    """Typical documents of each topic from the first model that has it, their rows moved behind the models before."""
    rows: dict[int, IntVector] = {}
    docs: dict[int, list[str]] = {}
    offset = 0
    for state, move in zip(states, moves, strict=True):
        for topic, found in state.representative_rows.items():
            if topic in move:
                rows.setdefault(move[topic], found + offset)
        for topic, texts in state.representative_docs.items():
            if topic in move:
                docs.setdefault(move[topic], list(texts))
        offset += state.n_documents
    return replace(
        united, representative_rows=dict(sorted(rows.items())), representative_docs=dict(sorted(docs.items()))
    )


def _weighed(
    united: TopicState, states: Sequence[TopicState], moves: Sequence[Mapping[int, int]], components: Components
) -> TopicState:
    """C-TF-IDF of the united counts; words and typical documents anew for topics that came from several models."""
    assert united.document_terms is not None
    weighed = weigh(united.document_terms, united.document_rows, len(united.topic_ids), components)
    united = replace(united, vocabulary=weighed.vocabulary, ctfidf=weighed.ctfidf)
    n_words = components.top_n_words
    base = base_words(weighed.ctfidf, weighed.vocabulary.terms, united.topic_ids, n_words)
    words = {
        topic: pad(base[topic], n_words) if _from_ctfidf(topic, states, moves) else list(united.words.get(topic, []))
        for topic in united.topic_ids.tolist()
    }
    shared = [topic for topic in united.topic_ids.tolist() if sum(topic in move.values() for move in moves) > 1]
    rows, docs = dict(united.representative_rows), dict(united.representative_docs)
    typical = typical_documents(united, components, np.array(shared, dtype=np.int64)) if shared else {}
    rows |= typical
    if united.documents is not None:
        docs |= {topic: [united.documents[row] for row in found.tolist()] for topic, found in typical.items()}
    return replace(
        united,
        base_words=base,
        words=words,
        representative_rows=dict(sorted(rows.items())),
        representative_docs=dict(sorted(docs.items())),
    )


def _from_ctfidf(topic: int, states: Sequence[TopicState], moves: Sequence[Mapping[int, int]]) -> bool:
    """Whether the words of a united topic were plain c-TF-IDF words in the first model that has it."""
    for state, move in zip(states, moves, strict=True):
        for old, new in move.items():
            if new == topic and old in state.words:
                own = [pair for pair in state.words[old] if pair[0]]
                return own == [pair for pair in state.base_words.get(old, []) if pair[0]][: len(own)]
    return True
