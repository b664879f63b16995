"""Representation models that were written for BERTopic, run as ours."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from leitmotif.errors import MissingComponentError
from leitmotif.kernels.exemplars import representative_rows
from leitmotif.protocols import TopicEvidence
from leitmotif.typing import OUTLIER, Words, WordsByTopic

__all__ = ["LegacyRepresentation"]

_EMPTY: Words = [("", 1e-05)]
"""What stands for no words at all: such models take the first of them apart without looking."""


class LegacyRepresentation:
    """An object with only ``extract_topics(topic_model, documents, c_tf_idf, topics)``, as a representation model.

    Parameters
    ----------
    model : object
        Written for BERTopic.
    topic_model : estimator
        What ``model`` is shown: its attributes, with those of the evidence (``c_tf_idf_``, ``topics_``, …) in place of what
        the last fit left, and BERTopic's private ``_extract_representative_docs`` and ``_extract_embeddings``, which its
        documentation tells such models to call.
    """

    def __init__(self, model: Any, topic_model: Any) -> None:
        self.model = model
        self.topic_model = topic_model

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """What ``extract_topics`` gives, without padding; topics that it leaves out keep their words."""
        given = {int(topic): [*pairs] or [*_EMPTY] for topic, pairs in words.items()}
        view = _ModelView(self.topic_model, evidence, given)
        found = self.model.extract_topics(view, _frame(evidence), evidence.ctfidf, given)
        result = {int(topic): list(pairs) for topic, pairs in words.items()}
        for topic, pairs in dict(found).items():
            if int(topic) in result:
                result[int(topic)] = [(str(word), float(weight)) for word, weight in pairs if word]
        return result

    def __repr__(self) -> str:
        return f"LegacyRepresentation({self.model!r})"


def _frame(evidence: TopicEvidence) -> Any:
    import pandas as pd

    n = len(evidence.topics)
    return pd.DataFrame(
        {
            "Document": [""] * n if evidence.documents is None else list(evidence.documents),
            "ID": np.arange(n),
            "Topic": evidence.topics,
            "Image": [None] * n if evidence.images is None else list(evidence.images),
        }
    )


def _fitted_vectorizer(vectorizer: Any, terms: np.ndarray) -> Any:
    """A copy that knows the terms of the moment: in a first fit the model's own is not fitted yet."""
    fitted = copy.copy(vectorizer)
    if hasattr(fitted, "adopt_terms"):
        fitted.adopt_terms(terms)
    elif hasattr(fitted, "token_pattern"):
        fitted.vocabulary_ = {term: column for column, term in enumerate(terms.tolist())}
    return fitted


def _fitted_weighting(weighting: Any, evidence: TopicEvidence) -> Any:
    """A copy with the inverse frequencies of the moment: what a text of one term weighs."""
    from scipy.sparse import diags, identity

    fitted = copy.copy(weighting)
    fitted._idf_diag = diags(evidence.weigh(identity(len(evidence.terms), format="csr")).diagonal(), format="csr")
    return fitted


class _ModelView:
    """A topic model as it stands at the moment of the evidence."""

    def __init__(self, topic_model: Any, evidence: TopicEvidence, words: Mapping[int, Words]) -> None:
        sizes = Counter(evidence.topics.tolist())
        self.__dict__.update(
            _topic_model=topic_model,
            _evidence=evidence,
            c_tf_idf_=evidence.ctfidf,
            topics_=evidence.topics.tolist(),
            topic_sizes_=sizes,
            topic_representations_=dict(words),
            topic_embeddings_=evidence.topic_embeddings,
            topic_labels_={
                topic: "_".join([str(topic), *(word for word, _ in own[:4])]) for topic, own in words.items()
            },
            top_n_words=evidence.top_n_words,
            verbose=evidence.verbose,
            _outliers=int(OUTLIER in sizes),
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.__dict__["_topic_model"], name)
        if name == "vectorizer_model":
            return _fitted_vectorizer(found, self.__dict__["_evidence"].terms)
        if name == "ctfidf_model":
            return _fitted_weighting(found, self.__dict__["_evidence"])
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_topic_model"], name, value)

    def _extract_representative_docs(
        self,
        c_tf_idf: Any,
        documents: Any,
        topics: Mapping[int, Words],
        nr_samples: int = 500,
        nr_repr_docs: int = 5,
        diversity: float | None = None,
    ) -> tuple[dict[int, list[str]], list[str], list[list[int]], list[list[int]]]:
        """Typical documents of each topic: by topic, in one list, their places in that list, and their IDs."""
        evidence: TopicEvidence = self.__dict__["_evidence"]
        own = np.asarray(documents["ID"], dtype=np.int64)
        found = representative_rows(
            lambda rows: evidence.weigh(evidence.document_terms[own[rows]]),
            c_tf_idf,
            np.asarray(documents["Topic"], dtype=np.int64),
            np.array(sorted(topics), dtype=np.int64),
            n_samples=nr_samples,
            n_docs=nr_repr_docs,
            random_state=evidence.random_state,
            diversity=diversity,
            texts=list(documents["Document"]),
        )
        texts = list(documents["Document"])
        by_topic = {t: [texts[i] for i in rows.tolist()] for t, rows in zip(sorted(topics), found, strict=True)}
        every = [text for some in by_topic.values() for text in some]
        ends = np.cumsum([len(rows) for rows in found]).tolist()
        places = [list(range(end - len(rows), end)) for end, rows in zip(ends, found, strict=True)]
        return by_topic, every, places, [own[rows].tolist() for rows in found]

    def _extract_embeddings(
        self,
        documents: Sequence[str] | str,
        images: Sequence[Any] | None = None,  # noqa: ARG002 - BERTopic's signature
        method: str = "document",
        verbose: bool | None = None,  # noqa: ARG002
    ) -> np.ndarray:
        evidence: TopicEvidence = self.__dict__["_evidence"]
        texts = [documents] if isinstance(documents, str) else list(documents)
        embed = evidence.embed_words if method == "word" else evidence.embed_documents
        if embed is None:
            raise MissingComponentError("this model has no embedding model: pass embedding_model= to BERTopic")
        return np.asarray(embed(texts))
