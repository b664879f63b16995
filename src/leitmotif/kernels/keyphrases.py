"""Key phrases of groups of texts: counted in the texts, scored by their words' weights, one apart from the other.

A phrase is a run of one to four words within a sentence that begins and ends with a word of meaning. Its score for a topic is

    (Σ of its words' weights) · √(share of the topic's documents that hold it) · (how much of its words' use it accounts for)^¼

where a weight is the word's c-TF-IDF in the topic divided by the topic's best. The first factor prefers whole names («graph
neural networks») to their parts, the second keeps rare combinations out, the third, as in the C-value of Frantzi,
Ananiadou and Mima (IJDL 3, 2000), keeps the fragment «neural networks» behind the phrase that it mostly occurs in. The share is
that among the documents read, but no more than that of the phrase's rarest word among all of the topic: the documents
read are the most typical, and like to have odd things in common («flight dl123»).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from leitmotif.kernels.grouping import group_sums
from leitmotif.typing import IntVector, SparseMatrix

__all__ = [
    "MOST_TEXTS",
    "STOP_WORDS",
    "Phrase",
    "distinct_labels",
    "enough",
    "key_phrases",
    "phrases_of_topics",
    "related",
]

MAX_WORDS = 4
"""Longest phrase."""
MAX_CHARACTERS = 1000
"""How much of a document is read."""
RARE = 0.05
"""Below this share a phrase says little about the topic: its factor falls with the share itself, not the root."""
MOST_TEXTS, FEWEST_TEXTS, CHARACTERS = 100, 20, 20_000
"""Documents of a topic that are read: as many as fit into so many characters, within these bounds."""
SINGLE = 0.6
"""What a single word's score counts, as a name says more than a word."""

_STOPS = """
a about above across after again against ain all almost also although always am among an and any anyone anything are
aren around as at away back be became because become been before behind being below besides best better between both
but by came can cannot can't come could couldn did didn do does doesn doing don done down due during each e.g either
else enough etc even ever every everyone everything far few find first for from further get gets getting give given
gives go goes going gone good got had hadn has hasn have haven having he hence her here hers herself him himself his
how however i i'd i'll i'm i've i.e if in indeed instead into is isn it it's its itself just keep kind know known last
least less let let's like little ll long look made mainly make makes making many may maybe me might mine more moreover
most mostly mr mrs ms much must my myself need needs never new next no nobody none nor not nothing now of off often ok
on once one ones only onto or other others otherwise our ours ourselves out over own particular per perhaps please
possible put quite rather re really recent regarding said same say says second see seem seemed seems several shall she
should shouldn show shown shows similar simply since so some someone something sometimes soon still such sure take
taken than that that's the their theirs them themselves then there thereby therefore these they they're thing things
think this those though three through throughout thus til till to together told too toward towards two under unless
until up upon us use used uses using usually various ve very via want wanted wants was wasn way ways we well went were
weren what what's whatever when where whereas whether which while who whoever whole whom whose why will with within
without won work would wouldn yes yet you you're your yours yourself abstract approach based different general
important investigate large main method methods number obtain paper present presented problem propose proposed provide
provides recently result results significant small specific study studied able according added allow applied apply
certain consider considered demonstrate discuss high higher low lower novel performance significantly task tasks
today tonight tomorrow yesterday
"""
STOP_WORDS = frozenset(_STOPS.split())
"""Words that no phrase begins or ends with: English function words, and the small talk of papers and news."""

_WORD = re.compile(r"[^\W_]+(?:['’&./+-][^\W_]+)*|\$[^$]*\$|[.,;:!?()\[\]{}\"“”«»|\n]")
_BREAK = re.compile(r"^[^\w]|^\$")
_INNER = frozenset({"of", "and", "de", "la", "le", "des", "du", "und", "der", "die", "das", "von"})


class Judge(Protocol):
    """Whether a run of words can be a name."""

    def __call__(self, words: Sequence[str]) -> bool:
        """Of words alone, as written."""

    def within(self, text: str) -> Callable[[int, int], bool]:
        """Of the words between two places of a text, by what they are there."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a topic.

    Attributes
    ----------
    text : str
        As it is mostly written within sentences.
    score : float
    stems : frozenset of str
        Its words without case and plural: what makes two phrases the same.
    """

    text: str
    score: float
    stems: frozenset[str]


def key_phrases(
    texts: Sequence[str],
    weights: Mapping[str, float],
    shares: Mapping[str, float] | None = None,
    *,
    n: int = 12,
    is_phrase: Judge | Callable[[Sequence[str]], bool] | None = None,
) -> list[Phrase]:
    """The best phrases of one topic, best first, none of which says what an earlier one says.

    Parameters
    ----------
    texts : sequence of str
        Documents of the topic; some dozens are plenty.
    weights : mapping of str to float
        Lower-case words with their c-TF-IDF in the topic.
    shares : mapping of str to float, optional
        The share of all documents of the topic that hold a word.
    n : int
    is_phrase : Judge or callable, optional
        Whether a run of words as written can be a name, for example a noun phrase. One with a method ``within`` is asked of each
        place, and half of them must do; any other, of the words. Without it phrases have at most two words.

    Returns
    -------
    list of Phrase
        O(characters of the texts).
    """
    if not weights:
        return []
    top = max(weights.values()) or 1.0
    weight = {_stem(word): value / top for word, value in sorted(weights.items(), key=lambda pair: pair[1])}
    most: dict[str, float] = {}
    for word, share in (shares or {}).items():
        most[_stem(word)] = most.get(_stem(word), 0.0) + share  # one and many are mostly in different documents
    counts: Counter[tuple[str, ...]] = Counter()
    holders: Counter[tuple[str, ...]] = Counter()
    written: dict[tuple[str, ...], dict[tuple[str, ...], int]] = {}
    longest = 2 if is_phrase is None else MAX_WORDS
    texts = enough(texts)
    fitting: Counter[tuple[str, ...]] = Counter()
    within = getattr(is_phrase, "within", None)
    for text in texts:
        own: Counter[tuple[str, ...]] = Counter()
        fits = None if within is None else within(text[:MAX_CHARACTERS])
        for key, words, at_head, place in _candidates(text[:MAX_CHARACTERS], weight, longest):
            own[key] += 1
            fitting[key] += fits is None or fits(*place)
            forms = written.get(key)
            if forms is None:
                forms = written[key] = {}
            form = _lowered(words) if at_head else tuple(words)
            forms[form] = forms.get(form, 0) + (not at_head)  # a capital at the head of a sentence says nothing
        counts.update(own)
        holders.update(own.keys())
    few = len(texts) < 8
    inside = _covering(counts)
    scored = []
    for key, held in holders.items():
        content = [_weight(stem, weight) for stem in dict.fromkeys(key)]
        least = 1 if few or len(key) == 1 else min(len(key), 3)
        if held < least or sum(value > 0 for value in content) * 2 < len(content) or fitting[key] * 2 < counts[key]:
            continue
        alone = max(1 - inside.get(key, 0) / (counts[key] + 1), 0.02)
        share = min([held / len(texts), *(most[stem] for stem in key if stem in most)])
        score = (
            sum(content) * (share * min(share / RARE, 1.0)) ** 0.5 * alone**0.25 * (SINGLE if len(key) == 1 else 1.0)
        )
        form = max(written[key].items(), key=lambda pair: (pair[1], pair[0]))[0]
        scored.append((score, form, frozenset(key) - _INNER))
    scored.sort(key=lambda found: (-found[0], found[1]))
    chosen: list[Phrase] = []
    for score, form, stems in scored:
        judged = is_phrase is None or within is not None or is_phrase(form)
        if judged and not any(related(stems, other.stems) for other in chosen):
            chosen.append(Phrase(" ".join(form), score, stems))
        if len(chosen) == n:
            break
    return chosen


def phrases_of_topics(
    texts: Mapping[int, Sequence[str]],
    topic_ids: Sequence[int],
    topic_weights: SparseMatrix,
    counts: SparseMatrix,
    topics: IntVector,
    terms: Sequence[str],
    *,
    is_phrase: Judge | Callable[[Sequence[str]], bool] | None = None,
) -> Iterator[tuple[int, list[Phrase]]]:
    """The :func:`key_phrases` of one topic after the other.

    Parameters
    ----------
    texts : mapping of int to sequence of str
        Typical documents of each topic, best first; topics that are not in it are left out.
    topic_ids : sequence of int, length T
    topic_weights : csr_matrix, shape (T, V)
        c-TF-IDF.
    counts : csr_matrix, shape (n, V)
        Terms of all documents.
    topics : ndarray of int64, shape (n,)
        Topic of each.
    terms : sequence of str, length V
    is_phrase
        See :func:`key_phrases`.
    """
    row_of = {topic: row for row, topic in enumerate(topic_ids)}
    groups = np.array([row_of.get(topic, len(row_of)) for topic in topics.tolist()], dtype=np.int64)
    held = counts.copy()
    held.data = (held.data > 0).astype(np.int64)
    holders = group_sums(held, groups, len(row_of) + 1)
    for row, topic in enumerate(topic_ids):
        if topic not in texts:
            continue
        own, of_own = topic_weights[row], holders[row]
        n = max(int((groups == row).sum()), 1)
        weights = {terms[i]: w for i, w in zip(own.indices.tolist(), own.data.tolist(), strict=True) if w > 0}
        shares = {terms[i]: count / n for i, count in zip(of_own.indices.tolist(), of_own.data.tolist(), strict=True)}
        yield topic, key_phrases(texts[topic], weights, shares, is_phrase=is_phrase)


def enough(texts: Sequence[str]) -> Sequence[str]:
    """The first of the texts: :data:`CHARACTERS` of them, at least twenty texts and at most a hundred."""
    read = 0
    for i, text in enumerate(texts[:MOST_TEXTS]):
        if i >= FEWEST_TEXTS and read >= CHARACTERS:
            return texts[:i]
        read += min(len(text), MAX_CHARACTERS)
    return texts[:MOST_TEXTS]


def distinct_labels(
    phrases: Mapping[int, Sequence[Phrase]], fallback: Mapping[int, Sequence[str]] | None = None
) -> dict[int, str]:
    """One name a topic, no two the same, in sentence case.

    What many topics have among their phrases counts less for each. A phrase that several topics want goes to the one where
    it leads by most; the others take their next. A name of a single word gets a second phrase beside it.

    Parameters
    ----------
    phrases : mapping of int to sequence of Phrase
        Best first.
    fallback : mapping of int to sequence of str, optional
        Words of topics that have no phrases.
    """
    spread = Counter(phrase.stems for own in phrases.values() for phrase in own)
    ranked = {
        topic: sorted(own, key=lambda p: (-p.score / spread[p.stems] ** 0.5, p.text)) for topic, own in phrases.items()
    }
    chosen: dict[int, Phrase] = {}
    taken: set[frozenset[str]] = set()
    for rank in range(max(map(len, ranked.values()), default=0)):
        claims = [
            (-own[rank].score / own[0].score, topic)
            for topic, own in ranked.items()
            if topic not in chosen and rank < len(own)
        ]
        for _, topic in sorted(claims):
            phrase = ranked[topic][rank]
            if phrase.stems not in taken:
                taken.add(phrase.stems)
                chosen[topic] = phrase
    labels: dict[int, str] = {}
    for topic, own in ranked.items():
        first = chosen.get(topic)
        if first is None:
            words = [word for word in (fallback or {}).get(topic, []) if word not in STOP_WORDS]
            other = [word for word in words if not _akin(frozenset(word.split()), own[0].stems)] if own else []
            names = [own[0].text, *other[:1]] if own else words[:3]
        else:
            names = [first.text]
            if len(first.text.split()) == 1:
                beside = [p for p in own if p.score >= 0.3 * first.score and not _akin(p.stems, first.stems)]
                names += [phrase.text for phrase in beside[:1]]
        labels[topic] = _sentence_case(", ".join(names)) or f"Topic {topic}"
    return _numbered(labels)


def related(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the shorter phrase's words are all in the longer."""
    small, large = sorted((one, other), key=len)
    return small <= large


def _akin(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether a word of one begins as a word of the other does: superconducting, superconductivity."""

    def common(a: str, b: str) -> bool:
        same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        return same >= 4 and same >= 0.6 * min(len(a), len(b))

    return any(a == b or common(a, b) for a in one for b in other)


def _numbered(labels: dict[int, str]) -> dict[int, str]:
    seen: set[str] = set()
    result = {}
    for topic, label in labels.items():
        name, number = label, 2
        while name.casefold() in seen:
            name, number = f"{label} ({number})", number + 1
        seen.add(name.casefold())
        result[topic] = name
    return result


def _runs(text: str) -> Iterable[tuple[list[re.Match[str]], bool]]:
    """Stretches of words between punctuation marks, and whether each begins a sentence."""
    run: list[re.Match[str]] = []
    starts = head = True
    for match in _WORD.finditer(text):
        word = match.group()
        if _BREAK.match(word):
            if run:
                yield run, head
                run = []
            starts = word in ".!?\n" or (starts and word not in ",;:")
            continue
        if not run:
            head = starts
        starts = False
        run.append(match)
    if run:
        yield run, head


def _candidates(
    text: str, weight: Mapping[str, float], longest: int
) -> Iterable[tuple[tuple[str, ...], list[str], bool, tuple[int, int]]]:
    """Runs of words that may be a phrase: stems, words as written, whether they stand at the head of a sentence, and where."""
    for matches, starts in _runs(text):
        run = [match.group() for match in matches]
        lower = [word.lower() for word in run]
        stems = [_stem(word) for word in lower]
        telling = [_weight(stem, weight) > 0 for stem in stems]
        ends = [not _no_end(word) for word in lower]
        inner = [word not in STOP_WORDS or word in _INNER for word in lower]
        for start in range(len(run)):
            if not ends[start]:
                continue
            for end in range(start + 1, min(start + longest, len(run)) + 1):
                if not inner[end - 1]:
                    break
                if ends[end - 1] and any(telling[start:end]):
                    place = (matches[start].start(), matches[end - 1].end())
                    yield tuple(stems[start:end]), run[start:end], starts and start == 0, place


def _weight(stem: str, weight: Mapping[str, float]) -> float:
    """A word's weight; of a compound with hyphens, which vectorizers take apart, the mean of its parts'."""
    found = weight.get(stem)
    if found is None and "-" in stem:
        parts = [weight.get(_stem(part), 0.0) for part in stem.split("-")]
        return sum(parts) / len(parts)
    return found or 0.0


def _no_end(word: str) -> bool:
    return word in STOP_WORDS or word in _INNER or word.isdecimal() or len(word) < 2


def _covering(counts: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], int]:
    """How often the phrase that holds a phrase most occurs."""
    inside: dict[tuple[str, ...], int] = {}
    for key, count in counts.items():
        for length in range(1, len(key)):
            for start in range(len(key) - length + 1):
                part = key[start : start + length]
                if count > inside.get(part, 0):
                    inside[part] = count
    return inside


def _lowered(words: Sequence[str]) -> tuple[str, ...]:
    first = words[0]
    return (first if first[1:] != first[1:].lower() else first.lower(), *words[1:])


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    word = re.sub(r"['’]s$", "", word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:] if text[:1].islower() and not re.match(r"[a-z]+[A-Z]", text) else text
