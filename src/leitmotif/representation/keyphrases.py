"""Readable names for topics without a language model: key phrases of their own documents."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np

from leitmotif.kernels.keyphrases import MOST_TEXTS, STOP_WORDS, Judge, Phrase, distinct_labels, phrases_of_topics
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.representation.tagger import share_known, tag
from leitmotif.representation.typical import typical_texts
from leitmotif.typing import OUTLIER, Words, WordsByTopic

__all__ = ["KeyphraseLabels", "noun_phrases"]

_NOUNS = frozenset({"NOUN", "PROPN"})
_BEGIN = frozenset({"ADJ", "NOUN", "PROPN", "NUM"})
ENGLISH = 0.6
"""Least share of known words: English texts have 0.85 to 0.97, lemmas too, German and French ones 0.1 to 0.2."""
_NEVER = frozenset({"VERB", "AUX", "PRON"})


class KeyphraseLabels(BaseRepresentation):
    """Name each topic by the best phrase of its documents; no two names are the same.

    Phrases of up to four words are scored by the c-TF-IDF of their words and by how many of the topic's documents hold them,
    and, where the model has an embedder, by their cosine to the topic.

    Parameters
    ----------
    nr_docs : int
        Most typical documents of a topic that are read: short ones all, of long ones twenty.
    top_n_words : int
        Phrases of a topic; the first is its name.
    nouns : bool, optional
        Only noun phrases, by the embedded English tagger. Default: where the documents are English.

    Notes
    -----
    O(T · nr_docs) documents are read once. For scoring see :mod:`leitmotif.kernels.keyphrases`.
    """

    def __init__(self, nr_docs: int = MOST_TEXTS, top_n_words: int = 5, nouns: bool | None = None) -> None:
        self.nr_docs = nr_docs
        self.top_n_words = top_n_words
        self.nouns = nouns

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """The name of each topic, then further phrases with their scores; its words where no phrase was found."""
        named = super().represent(evidence, words)
        texts = typical_texts(evidence, self.nr_docs)
        terms = [str(term) for term in evidence.terms]
        every = [text for own in texts.values() for text in own[:2]]
        judge = noun_phrases(every) if self.nouns is None else _NounPhrases() if self.nouns else None
        topic_ids = evidence.topic_ids.tolist()
        found = phrases_of_topics(
            texts, topic_ids, evidence.ctfidf, evidence.document_terms, evidence.topics, terms, is_phrase=judge
        )
        row_of = {topic: row for row, topic in enumerate(topic_ids)}
        phrases = {topic: self._by_meaning(evidence, row_of[topic], own) for topic, own in found}
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


def noun_phrases(texts: Sequence[str]) -> Judge | None:
    """What tells noun phrases in English texts; None for texts that are not, most of whose words the tagger does not know."""
    return _NounPhrases() if share_known(" ".join(text[:500] for text in texts[:200])) > ENGLISH else None


class _NounPhrases:
    """Adjectives, nouns and forms in -ing that end in a noun and go on with none, by the embedded tagger."""

    def __call__(self, words: Sequence[str]) -> bool:
        """Of words alone, which says less than :meth:`within`."""
        text = " ".join(words)
        return self.within(text)(0, len(text))

    def within(self, text: str) -> Callable[[int, int], bool]:
        """Of the words between two places of a text.

        What stands before a further noun is no whole name («water» before «bill»), unless names never end with that noun.
        """
        tokens, begins, parts, at = [], [], [], 0
        for token, part in tag(text):
            if token in ("'s", "’s"):
                continue  # it belongs to the noun before it
            at = text.index(token, at)
            begins.append(at)
            if part == "VERB":  # «learning rate», «physics-informed»
                part = "GERUND" if token.endswith("ing") else "ADJ" if text[at - 1 : at] == "-" else part
            tokens.append(token)
            parts.append(part)
            at += len(token)

        def judge(start: int, end: int) -> bool:
            own = parts[bisect_left(begins, start) : bisect_left(begins, end)]
            single = len(own) == 1
            after = bisect_left(begins, end)
            goes_on = after < len(begins) and parts[after] in _NOUNS and text[end : begins[after]] in (" ", "")
            if goes_on and tokens[after].lower() not in STOP_WORDS:
                return False
            return (
                bool(own)
                and own[-1] in _NOUNS
                and (own[0] in _BEGIN or (own[0] == "GERUND" and not single))
                and not any(part in _NEVER for part in own[1:])
            )

        return judge
