"""Words that form noun phrases (or any pattern of parts of speech) in the topic's documents."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.protocols import TopicEvidence
from leitmotif.representation import tagger
from leitmotif.representation.patterns import compile_patterns, phrases
from leitmotif.representation.representation_model import BaseRepresentation
from leitmotif.typing import IntVector, Words, WordsByTopic

__all__ = ["PartOfSpeech"]

logger = logging.getLogger(__name__)

DEFAULT_MODEL = "en_core_web_sm"
EMBEDDED = "embedded"
DEFAULT_PATTERNS: tuple[list[dict[str, str]], ...] = (
    [{"POS": "ADJ"}, {"POS": "NOUN"}],
    [{"POS": "NOUN"}],
    [{"POS": "ADJ"}],
)
DOCUMENTS_PER_WORD = 2
"""Documents of the topic that are read for each of its words (BERTopic's constant)."""

Tagger: TypeAlias = Callable[[str], Iterable[tuple[str, str]]]
_Finder: TypeAlias = Callable[[list[str]], list[list[str]]]


class PartOfSpeech(BaseRepresentation):
    """Keep the words and phrases of a topic that match patterns of parts of speech in its documents.

    For each word of the topic the first two of its documents that contain it are tagged; what matches a pattern there
    and stands in the vocabulary is a candidate; the candidates with the largest c-TF-IDF are kept.

    Parameters
    ----------
    model : str, spaCy pipeline, or callable
        The tagger. A name is loaded with ``spacy.load``; ``"embedded"`` is our own English tagger
        (:mod:`leitmotif.representation.tagger`), which needs no download; a callable takes a text and gives
        (token, part of speech) pairs. Where the default, ``"en_core_web_sm"``, is not installed, the embedded tagger
        stands in for it and says so in a warning.
    top_n_words : int
        How many words a topic gets.
    pos_patterns : list of list of dict, optional
        Patterns of spaCy's ``Matcher``. Default: adjective + noun, noun, adjective. Without spaCy the keys ``POS``,
        ``TEXT``, ``ORTH`` and ``LOWER`` are understood, with a string, ``{"IN": [...]}`` or ``{"NOT_IN": [...]}``, and ``OP``.

    Raises
    ------
    MissingDependencyError
        A model that was asked for by name (other than the default) is not installed; the message says how to get it.
    InvalidInputError
        ``model`` is none of the above, or a pattern cannot be read. It is a ValueError.

    Notes
    -----
    The documents are found through the counts and each is tagged once a pass. A topic in which nothing matches keeps its words.
    """

    def __init__(
        self,
        model: Any = DEFAULT_MODEL,
        top_n_words: int = 10,
        pos_patterns: Sequence[Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        self.model = model
        self.top_n_words = top_n_words
        self.pos_patterns = pos_patterns
        self._made: tuple[Any, Any, _Finder] | None = None
        self._finder()

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """The ``top_n_words`` matching words or phrases of each topic with the largest c-TF-IDF, which is their weight."""
        kept = super().represent(evidence, words)
        if evidence.documents is None:
            logger.warning("PartOfSpeech reads the documents, and this model has none: the words stay as they are")
            return kept
        column_of = {term: i for i, term in enumerate(evidence.terms.tolist())}
        columns = {
            topic: np.array([column_of[word] for word, _ in kept.get(topic, ()) if word in column_of], dtype=np.int64)
            for topic in evidence.topic_ids.tolist()
        }
        rows = _documents_with(evidence, columns)
        distinct = np.unique(np.concatenate([*rows.values(), np.empty(0, dtype=np.int64)])).tolist()
        found = self._finder()([evidence.documents[int(row)] for row in distinct])
        phrases_of = dict(zip(distinct, found, strict=True))
        for row, topic in enumerate(evidence.topic_ids.tolist()):
            matched = {
                column_of[phrase]
                for document in rows[topic].tolist()
                for phrase in phrases_of[document]
                if phrase in column_of
            }
            best = _heaviest(evidence, row, np.array(sorted(matched), dtype=np.int64))[: self.top_n_words]
            if best and topic in kept:
                kept[topic] = best
        return kept

    def _finder(self) -> _Finder:
        """Texts -> the phrases in each that match, in the case of the text and in lower case."""
        if self._made is None or self._made[0] is not self.model or self._made[1] is not self.pos_patterns:
            self._made = (self.model, self.pos_patterns, _finder(self.model, self.pos_patterns))
        return self._made[2]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_made": None}


def _documents_with(evidence: TopicEvidence, columns: Mapping[int, IntVector]) -> dict[int, IntVector]:
    """The first documents of each topic that contain each of its words, ascending, each once."""
    order = np.argsort(evidence.topics, kind="stable")
    ordered = evidence.topics[order]
    used = np.unique(np.concatenate([*columns.values(), np.empty(0, dtype=np.int64)]))
    # rows by topic, then columns: the documents of a topic with a word are one stretch of the column
    counts = evidence.document_terms[:, used][order].tocsc()
    counts.eliminate_zeros()
    counts.sort_indices()
    result = {}
    for topic, own in columns.items():
        start, end = np.searchsorted(ordered, [topic, topic + 1])
        some = [np.empty(0, dtype=np.int64)]
        for column in np.searchsorted(used, own).tolist():
            rows = counts.indices[counts.indptr[column] : counts.indptr[column + 1]]
            first = int(np.searchsorted(rows, start))
            some.append(rows[first : first + DOCUMENTS_PER_WORD][rows[first : first + DOCUMENTS_PER_WORD] < end])
        result[topic] = np.unique(order[np.concatenate(some).astype(np.int64)])
    return result


def _heaviest(evidence: TopicEvidence, row: int, columns: IntVector) -> Words:
    """Terms of one topic with their weights, heaviest first, ties by column; without those of no weight."""
    if not len(columns):
        return []
    weights = np.asarray(evidence.ctfidf[row, columns].toarray()).ravel()
    order = np.argsort(-weights, kind="stable")
    order = order[weights[order] > 0]
    return list(zip(evidence.terms[columns[order]].tolist(), weights[order].tolist(), strict=True))


def _finder(model: Any, patterns: Sequence[Sequence[Mapping[str, Any]]] | None) -> _Finder:
    wanted = DEFAULT_PATTERNS if patterns is None else patterns
    if isinstance(model, str) and model != EMBEDDED:
        model = _load(model)
    if model == EMBEDDED:
        return _tagging_finder(tagger.tag, wanted)
    if hasattr(model, "pipe") and hasattr(model, "vocab"):
        return _spacy_finder(model, wanted)
    if callable(model):
        return _tagging_finder(model, wanted)
    raise InvalidInputError(
        f"PartOfSpeech got a {type(model).__name__} as model: pass the name of a spaCy pipeline, a loaded one, "
        'a callable text -> [(token, part of speech)], or "embedded"'
    )


def _load(name: str) -> Any:
    """A spaCy pipeline by name; the embedded tagger instead of the default one where that is not installed."""
    how = f"pip install spacy && python -m spacy download {name}"
    cause: Exception
    try:
        import spacy

        return spacy.load(name)
    except ImportError as error:
        missing, cause = "spaCy is not installed", error
    except OSError as error:
        missing, cause = f"the spaCy pipeline {name!r} is not installed", error
        how = f"python -m spacy download {name}"
    if name != DEFAULT_MODEL:
        raise MissingDependencyError(
            f"PartOfSpeech({name!r}): {missing}. Install it: {how} — or use our English tagger, "
            f"which needs no download: PartOfSpeech({EMBEDDED!r})"
        ) from cause
    logger.warning(
        "PartOfSpeech: %s, so the embedded English tagger stands in for %r. To use spaCy: %s. "
        "To choose the embedded one without this warning: PartOfSpeech(%r)",
        missing,
        name,
        how,
        EMBEDDED,
    )
    return EMBEDDED


def _tagging_finder(tag: Tagger, patterns: Sequence[Sequence[Mapping[str, Any]]]) -> _Finder:
    compiled = compile_patterns(patterns)
    return lambda texts: [_both_cases(phrases(list(tag(text)), compiled)) for text in texts]


def _spacy_finder(pipeline: Any, patterns: Sequence[Sequence[Mapping[str, Any]]]) -> _Finder:
    from spacy.matcher import Matcher

    matcher = Matcher(pipeline.vocab)
    matcher.add("patterns", [[dict(token) for token in pattern] for pattern in patterns])
    asks_for_names = any(key.startswith("ENT") for pattern in patterns for token in pattern for key in token)
    idle = [] if asks_for_names else [name for name in ("ner", "entity_linker") if name in pipeline.pipe_names]

    def find(texts: list[str]) -> list[list[str]]:
        with pipeline.select_pipes(disable=idle):
            return [_both_cases(doc[start:end].text for _, start, end in matcher(doc)) for doc in pipeline.pipe(texts)]

    return find


def _both_cases(found: Iterable[str]) -> list[str]:
    """Each phrase as written and in lower case, once: the vocabulary may be in either."""
    return list(dict.fromkeys(form for phrase in found for form in (phrase, phrase.lower())))
