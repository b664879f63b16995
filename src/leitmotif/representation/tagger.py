"""An English part-of-speech tagger in one file and 140 kB of words: no download, no library.

A word gets the class of its lexicon entry, else that of its ending; then one pass from left to right decides by the neighbours
what is open (*study*: noun or verb, *learning*: noun or verb form, *to*: particle or preposition). The words come from the
lexicon of Brill, "A simple rule-based part of speech tagger" (ANLP 1992); the rules are our own. It is meant for picking noun
phrases as keywords: a trained model is the better tagger, and :class:`leitmotif.representation.PartOfSpeech` takes any.
"""

from __future__ import annotations

import gzip
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["share_known", "tag", "tokenize"]

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?!\w)|['’]s\b|\w+(?:['’](?!s\b)\w+)?|[^\w\s]")

# Words of the closed classes, which no lexicon needs to list; and open ones that science and news use in another sense than
# the newspapers of 1990.
_CLOSED = {
    "DET": "a an the this these those each every either neither another any some no all both such",
    "ADP": "of in on at by for with from into onto upon over under between among against during within without through "
    "throughout across along via per toward towards about above below behind beyond despite except inside outside since until "
    "near after before like unlike as than amid amongst besides beneath beside concerning regarding versus vs",
    "CCONJ": "and or but nor",
    "SCONJ": "if because while whereas although though unless whether",
    "PRON": "i you he she it we they me him us them himself herself itself themselves myself yourself ourselves who whom which "
    "what whoever someone anyone everyone something anything nothing everything none one's mine yours hers ours theirs",
    "POSS": "my your his her its our their whose",
    "AUX": "be am is are was were been being can could will would shall should may might must cannot can't won't isn't aren't "
    "wasn't weren't couldn't wouldn't shouldn't",
    "HAVE": "have has had having haven't hasn't hadn't",
    "DO": "do does did don't doesn't didn't",
    "PART": "not n't 's ’s",
    "NUM": "one two three four five six seven eight nine ten eleven twelve hundred thousand million billion trillion",
    "TO": "to",
    "THAT": "that",
    "ADV": "there here how when where why very also only just even however thus therefore hence then often always never "
    "too so now already still yet again together well rather quite almost further furthermore moreover instead much more most "
    "less least etc",
    "ADJ": "novel many few several same other own first second third last next new good better best key main deep e-mail "
    "online",
    "X": "multi non pre semi inter intra anti bi quasi pseudo",  # what stands before a hyphen
    "g": "using",
    "n": "data",
}
_ENDINGS = tuple(
    (ending, letter)
    for letter, endings in (
        (
            "n",
            "tion sion ment ness ity ism ist ance ence ancy ency ship hood ology graphy metry gram ware sis itis tor ssor",
        ),
        ("r", "ly wise wards"),
        ("j", "ous ful less able ible ical ic al ive ary ory ian ean esque like free aware wise based driven ish oid"),
        ("v", "ize ise ify"),
        ("z", "izes ises ifies"),
        ("e", "ed"),
        ("g", "ing"),
        ("n", "us ss is as"),
        ("s", "s"),
    )
    for ending in endings.split()
)
_UNIVERSAL = {
    "n": "NOUN",
    "N": "NOUN",
    "s": "NOUN",
    "S": "NOUN",
    "j": "ADJ",
    "J": "ADJ",
    "k": "ADJ",
    "v": "VERB",
    "z": "VERB",
    "d": "VERB",
    "e": "VERB",
    "g": "VERB",
    "r": "ADV",
    "POSS": "PRON",
    "HAVE": "VERB",
    "DO": "VERB",
    "TO": "ADP",
    "THAT": "SCONJ",
}
_NOUNS = frozenset({"NOUN", "PROPN"})
_SUBJECTS = frozenset({"i", "you", "we", "they", "who"})
_MODALS = frozenset(
    {"can", "could", "will", "would", "shall", "should", "may", "might", "must", "cannot", "can't", "won't"}
)
_STOPS = frozenset(".!?")
_ACTORS = frozenset(["paper", "work", "article", "approach", "method", "framework", "study", "research", "system"])


class _Place(NamedTuple):
    """Where an open word stands: the tag and the word before it, the class after it, and itself."""

    previous: str
    before: str
    following: str
    word: str


def tokenize(text: str) -> list[str]:
    """Words, numbers and marks of a text; hyphens and the genitive's 's stand alone."""
    return _TOKEN.findall(text)


def share_known(text: str) -> float:
    """The share of a text's words that are in the lexicon, from 0 to 1; 0 for a text without words."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    known = _words()
    return sum(word in known for word in words) / len(words) if words else 0.0


def tag(text: str) -> list[tuple[str, str]]:
    """The tokens of an English text, each with its universal part of speech.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (str, str)
        Token and one of ADJ, ADP, ADV, AUX, CCONJ, DET, NOUN, NUM, PART, PRON, PROPN, PUNCT, SCONJ, SYM, VERB, X
        (https://universaldependencies.org/u/pos). Words of other languages come out as nouns, mostly. Cost O(len(text)).
    """
    tokens = tokenize(text)
    result: list[tuple[str, str]] = []
    start = 0
    for i, token in enumerate(tokens):
        if token in _STOPS:
            result += _tag_sentence(tokens[start : i + 1])
            start = i + 1
    return result + _tag_sentence(tokens[start:])


def _tag_sentence(tokens: list[str]) -> list[tuple[str, str]]:
    words = [token.lower() for token in tokens]
    classes = [_class(word) for word in words]
    if tokens != words:
        _mark_names(tokens, classes)
    tags: list[str] = []
    previous, word_before = "", ""
    last = len(tokens) - 1
    for i, letter in enumerate(classes):
        decide = _DECIDED_BY_NEIGHBOURS.get(letter)
        if decide is not None:
            found = decide(_Place(previous, word_before, classes[i + 1] if i < last else "PUNCT", words[i]))
        else:
            found = _UNIVERSAL.get(letter, letter)
        tags.append(found)
        if found != "ADV" or previous not in ("AUX", "PART"):  # "can also show": still after the auxiliary
            previous, word_before = ("POSS" if letter == "POSS" else found), words[i]
    return list(zip(tokens, tags, strict=True))


def _mark_names(tokens: list[str], classes: list[str]) -> None:
    """Words with a capital inside a sentence are names, and abbreviations in capitals are anywhere; headlines tell nothing."""
    capitals = [token[0].isupper() for token in tokens if token[0].isalpha()]
    headline = len(capitals) > 3 and sum(capitals) > 0.6 * len(capitals)
    for i, token in enumerate(tokens):
        if not token[0].isupper() or (classes[i].isupper() and len(classes[i]) > 1):
            continue  # function words are what they are, capital or not
        if len(token) > 2 and token[-1] == "s" and token[:-1].isupper():
            classes[i] = "s"  # GPUs
            continue
        known = token.lower() in _words()
        if len(token) > 1 and token.isupper():
            if not (headline and known):
                classes[i] = "PROPN"
        elif (i > 0 or not known) and not (headline and known) and (i > 0 or classes[i] == "n"):
            classes[i] = "PROPN"


@cache
def _words() -> dict[str, str]:
    found: dict[str, str] = {}
    packed = files("leitmotif.representation").joinpath("english.txt.gz").read_bytes()
    for line in gzip.decompress(packed).decode().splitlines():
        letter, *words = line.split()
        found.update(dict.fromkeys(words, letter))
    for name, words_of_class in _CLOSED.items():
        found.update(dict.fromkeys(words_of_class.split(), name))
    return found


@lru_cache(maxsize=1 << 17)
def _class(word: str) -> str:
    found = _words().get(word)
    if found is not None:
        return found
    first = word[0]
    if not (first.isalnum() or first in "'’_"):
        return "SYM" if first in "$%+=<>^|~€£§°#&*/\\" else "PUNCT"
    return _guess(word)


def _guess(word: str) -> str:
    """Class of a word that the lexicon lacks, by its beginning and ending."""
    if word[0].isdigit():
        return "NUM" if not any(c.isalpha() for c in word) else "n"
    for prefix in ("un", "non", "re", "over", "under", "multi", "inter", "sub", "super", "hyper", "pre", "co"):
        if word.startswith(prefix) and len(word) > len(prefix) + 3:
            inner = _words().get(word[len(prefix) :])
            if inner in ("j", "J", "e", "g", "n", "s", "v", "N", "S"):
                return "j" if (prefix, inner) == ("un", "e") else inner.lower()  # unlabelled is no verb's form
    for ending, letter in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return letter
    return "n"


def _noun_or_verb(at: _Place) -> str:
    """A noun that may be a verb (*use*, *model*): a verb after *to*, a modal or a pronoun that acts."""
    if at.before == "to" and at.previous == "PART":
        return "VERB"
    if at.before in _MODALS or at.before in _SUBJECTS or (at.previous == "AUX" and at.before in ("do", "does", "did")):
        return "VERB"
    if at.previous == "NOUN" and at.before.endswith("s") and at.following in ("DET", "POSS", "THAT", "SCONJ"):
        return "VERB"  # the results show that, the methods use a
    return "NOUN"


def _plural_or_verb(at: _Place) -> str:
    """*Results*, *models*: a verb between a noun and what it acts on, or after *it*, *which*, *that*."""
    if at.before in ("it", "he", "she", "which", "who", "that") and at.previous in ("PRON", "SCONJ"):
        return "VERB"
    if at.before in _ACTORS and at.following not in ("AUX", "z", "d", "PUNCT", "ADP", "HAVE"):
        return "VERB"
    return "VERB" if at.previous in _NOUNS and at.following in ("DET", "POSS", "THAT", "r", "ADV") else "NOUN"


def _base_verb(at: _Place) -> str:
    if at.previous in ("DET", "ADJ", "POSS") or (at.previous == "ADP" and at.before != "to"):
        return "NOUN"
    return "VERB"


def _third_person(at: _Place) -> str:
    return "NOUN" if at.previous in ("DET", "ADJ", "POSS", "NUM", "ADP") else "VERB"


def _gerund(at: _Place) -> str:
    """*Learning*: a noun after what describes it (*deep learning*), a verb form where it takes an object."""
    if at.word == "using" or at.following in ("DET", "POSS", "PRON", "THAT"):
        return "NOUN" if at.previous in ("DET", "POSS") else "VERB"
    if at.previous in ("DET", "POSS", "ADJ", "NUM"):
        return "NOUN"
    if at.previous in _NOUNS:
        plural = at.before.endswith("s") and not at.before.endswith(("ss", "is", "us"))
        return "VERB" if plural and at.following != "PUNCT" else "NOUN"
    opens = at.previous in ("", "ADP", "CCONJ", "PUNCT") and at.before != "by"
    return "NOUN" if opens and at.following in ("n", "s", "N", "S", "AUX", "PUNCT", "ADP", "CCONJ") else "VERB"


def _adjective_or_verb(at: _Place) -> str:
    """*Clear*, *average*: a verb after *to* or a modal when something follows that it acts on."""
    acts = (at.before == "to" and at.previous == "PART") or at.before in _MODALS or at.before in _SUBJECTS
    return "VERB" if acts else "ADJ"


def _have(at: _Place) -> str:
    return "AUX" if at.following in ("e", "d", "ADV", "r", "PART", "AUX") else "VERB"


def _do(at: _Place) -> str:
    return "AUX" if at.following in ("v", "N", "PART", "ADV", "PRON", "J") or at.word.endswith("'t") else "VERB"


def _to(at: _Place) -> str:
    return "PART" if at.following in ("v", "N", "J", "HAVE", "DO", "AUX", "r", "ADV") else "ADP"


def _that(at: _Place) -> str:
    if at.previous in _NOUNS:
        return "PRON"
    return "DET" if at.following in ("n", "N") else "SCONJ"


def _adverb(at: _Place) -> str:
    """*More* and *most* count nouns like adjectives."""
    counts = at.word in ("more", "most", "much", "less", "least") and at.following in ("n", "s", "N", "S")
    return "ADJ" if counts else "ADV"


def _flat_adverb(at: _Place) -> str:
    """*Fast*, *early*: an adjective where it describes a noun."""
    before_noun = at.following in ("n", "s", "N", "S") and at.previous in ("DET", "POSS", "ADP")
    return "ADJ" if before_noun and not at.word.endswith("tly") else "ADV"


_DECIDED_BY_NEIGHBOURS = {
    "r": _flat_adverb,
    "N": _noun_or_verb,
    "S": _plural_or_verb,
    "v": _base_verb,
    "z": _third_person,
    "g": _gerund,
    "J": _adjective_or_verb,
    "HAVE": _have,
    "DO": _do,
    "TO": _to,
    "THAT": _that,
    "ADV": _adverb,
}
