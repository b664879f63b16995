"""A readable name for every topic out of its own documents, kept with the state for tables and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from leitmotif.building.weigh import document_weights
from leitmotif.kernels.exemplars import representative_rows
from leitmotif.kernels.keyphrases import MOST_TEXTS, Judge, distinct_labels, phrases_of_topics
from leitmotif.operations.counted import row_texts, vocabulary_counts
from leitmotif.progress import stage
from leitmotif.protocols import Fitted
from leitmotif.state import TopicState

__all__ = ["kept_labels", "keyphrase_labels", "with_keyphrases"]

KEPT = "keyphrases"
N_SAMPLES = 500


def keyphrase_labels(
    fitted: Fitted,
    documents: Sequence[str] | None = None,
    *,
    is_phrase: Judge | Callable[[Sequence[str]], bool] | None = None,
) -> dict[int, str]:
    """A name of each topic but the outliers, no two the same: the best phrase of its most typical documents.

    Parameters
    ----------
    documents : sequence of str, length N, optional
        The texts of the fit; default: those that the model keeps.
    is_phrase : callable, optional
        Whether a run of words can be a name; see :func:`leitmotif.kernels.keyphrases.key_phrases`.

    Returns
    -------
    dict of int to str
        Empty where the model has no documents, no counts or no c-TF-IDF. O(entries of the counts), and the documents read.
    """
    state = fitted.state
    texts = row_texts(state, documents)
    if texts is None or state.document_terms is None or state.vocabulary is None or state.ctfidf is None:
        return {}
    counts = vocabulary_counts(fitted, None, "keyphrase_labels")
    typical = representative_rows(
        lambda rows: document_weights(state, fitted.components, counts[rows]),
        state.ctfidf,
        state.topics,
        state.topic_ids,
        n_samples=N_SAMPLES,
        n_docs=MOST_TEXTS,
        random_state=fitted.components.random_state,
        diversity=None,
        texts=texts,
    )
    inner = set(state.inner_ids.tolist())
    own = {
        topic: [texts[i] for i in rows.tolist()]
        for topic, rows in zip(state.topic_ids.tolist(), typical, strict=True)
        if topic in inner
    }
    found = phrases_of_topics(
        own,
        state.topic_ids.tolist(),
        state.ctfidf,
        counts,
        state.topics,
        state.vocabulary.terms.tolist(),
        is_phrase=is_phrase,
    )
    phrases = {}
    with stage("name the topics", total=state.n_topics) as work:
        for topic, some in found:
            phrases[topic] = some
            work.advance(1)
    words = {topic: [word for word, _ in state.words.get(topic, []) if word] for topic in phrases}
    return distinct_labels(phrases, words)


def with_keyphrases(
    fitted: Fitted,
    documents: Sequence[str] | None = None,
    *,
    is_phrase: Judge | Callable[[Sequence[str]], bool] | None = None,
) -> TopicState:
    """The state with :func:`keyphrase_labels` in ``extras``, where :func:`kept_labels` finds them and files keep them."""
    labels = keyphrase_labels(fitted, documents, is_phrase=is_phrase)
    state = fitted.state
    if not labels:
        return state
    kept = {"topics": list(labels), "labels": list(labels.values()), "sizes": state.by_document.sizes.tolist()}
    return replace(state, extras={**state.extras, KEPT: kept})


def kept_labels(state: TopicState) -> dict[int, str]:
    """The names that :func:`with_keyphrases` kept; none where the topics have changed since."""
    kept = state.extras.get(KEPT)
    if not isinstance(kept, Mapping) or list(kept.get("sizes", ())) != state.by_document.sizes.tolist():
        return {}
    return {int(topic): str(label) for topic, label in zip(kept["topics"], kept["labels"], strict=True)}
