"""Readable names for topics without a language model: key phrases of their own documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from leitmotif.kernels.keyphrases import Phrase, distinct_labels, key_phrases
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.representation.tagger import tag
from leitmotif.representation.typical import typical_texts
from leitmotif.typing import OUTLIER, Words, WordsByTopic

__all__ = ["KeyphraseLabels", "noun_phrases"]

_ENGLISH = frozenset(
    {"the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "with", "on", "this", "we", "i", "my"}
)


class KeyphraseLabels(BaseRepresentation):
    """Name each topic by the best phrase of its documents; no two names are the same.

    Phrases of up to four words are scored by the c-TF-IDF of their words and by how many of the topic's documents hold them,
    and, where the model has an embedder, by their cosine to the topic.

    Parameters
    ----------
    nr_docs : int
        Typical documents of a topic that are read.
    top_n_words : int
        Phrases of a topic; the first is its name.
    nouns : bool, optional
        Only noun phrases, by the embedded English tagger. Default: where the documents are English.

    Notes
    -----
    O(T · nr_docs) documents are read once. For scoring see :mod:`leitmotif.kernels.keyphrases`.
    """

    def __init__(self, nr_docs: int = 20, top_n_words: int = 5, nouns: bool | None = None) -> None:
        self.nr_docs = nr_docs
        self.top_n_words = top_n_words
        self.nouns = nouns

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """The name of each topic, then further phrases with their scores; its words where no phrase was found."""
        named = super().represent(evidence, words)
        texts = typical_texts(evidence, self.nr_docs)
        terms = evidence.terms
        every = [text for own in texts.values() for text in own[:2]]
        judge = noun_phrases(every) if self.nouns is None else _is_noun_phrase if self.nouns else None
        phrases: dict[int, list[Phrase]] = {}
        for row, topic in enumerate(evidence.topic_ids.tolist()):
            entries = evidence.ctfidf[row]
            weights = {str(terms[i]): float(w) for i, w in zip(entries.indices, entries.data, strict=True) if w > 0}
            found = key_phrases(texts.get(topic, []), weights, is_phrase=judge)
            phrases[topic] = self._by_meaning(evidence, row, found)
        labels = distinct_labels({topic: own for topic, own in phrases.items() if topic != OUTLIER and own})
        for topic, own in phrases.items():
            if not own or topic not in named:
                continue
            label = labels.get(topic, own[0].text)
            rest = [(phrase.text, phrase.score) for phrase in own if phrase.text.casefold() != label.casefold()]
            named[topic] = [(label, own[0].score), *rest][: self.top_n_words]
        return named

    def _by_meaning(self, evidence: TopicEvidence, row: int, phrases: list[Phrase]) -> list[Phrase]:
        """Scores multiplied by the phrases' cosine to the topic, where there are embeddings of both."""
        if evidence.embed_words is None or evidence.topic_embeddings is None or not phrases:
            return phrases
        vectors = np.asarray(evidence.embed_words([phrase.text for phrase in phrases]), dtype=np.float64)
        centre = np.asarray(evidence.topic_embeddings[row], dtype=np.float64)
        if vectors.shape[1] != len(centre):
            return phrases
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(centre)
        cosines = np.clip(vectors @ centre / np.where(lengths > 0, lengths, 1.0), 0.05, 1.0)
        scored = [Phrase(p.text, p.score * float(c), p.stems) for p, c in zip(phrases, cosines, strict=True)]
        return sorted(scored, key=lambda phrase: (-phrase.score, phrase.text))


def noun_phrases(texts: Sequence[str]) -> Callable[[Sequence[str]], bool] | None:
    """What tells noun phrases in English texts; None for texts that are not, going by the share of the commonest words."""
    words = " ".join(text[:500] for text in texts[:200]).lower().split()
    return _is_noun_phrase if sum(word in _ENGLISH for word in words) > 0.1 * len(words) else None


def _is_noun_phrase(words: Sequence[str]) -> bool:
    """What begins with an adjective, a noun or a form in -ing and ends in a noun."""
    tags = [part for _, part in tag(" ".join(words))]
    begins = bool(tags) and (
        tags[0] in {"ADJ", "NOUN", "PROPN", "NUM"} or (words[0].endswith("ing") and len(words) > 1)
    )
    return begins and tags[-1] in {"NOUN", "PROPN"}
