"""Korean particles and Arabic clitics, which are written onto their word: one word in many forms.

No dictionary is asked. A particle comes off where the corpus shows that it is one: the word stands there without it, or with
several particles. The particles are those of any grammar; which of them may follow depends on the last syllable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set

__all__ = ["stem_of", "stems"]

# 은/는, 이/가, 을/를, 과/와 and 으로/로 depend on whether the syllable before them ends in a consonant.
_AFTER_CONSONANT = "은 이 을 과 으로 으로는 으로도 으로서 으로써 으로부터 이나 이란 이라는 이라고 이며 이든 이랑 이야"
_AFTER_VOWEL = "는 가 를 와 로 로는 로도 로서 로써 로부터 나 란 라는 라고 며 든 랑 야"
_AFTER_ANY = (
    "의 에 도 만 에서 에서는 에서도 에서의 에는 에도 에게 에게서 에게는 께서 한테 까지 까지도 부터 마저 조차 처럼 보다 보다는 "
    "만큼 마다 밖에 "
    "에만 만은 만이 만을 과의 와의 과는 와는 에서만 들 들은 들이 들을 들의 들에게 들과 들도"
)
_PARTICLES: Mapping[str, str] = {
    **dict.fromkeys(_AFTER_CONSONANT.split(), "consonant"),
    **dict.fromkeys(_AFTER_VOWEL.split(), "vowel"),
    **dict.fromkeys(_AFTER_ANY.split(), "any"),
}
_LONGEST = max(map(len, _PARTICLES))
_RIEUL = 8
"""Number of the final ㄹ, after which 로 stands without 으."""

SHORTEST_KOREAN, SHORTEST_ARABIC = 2, 3
"""Letters that are left of a word: a single syllable before 이 or 도 is mostly part of another word."""

# The article, alone and behind "and", "with", "to", "so", "like"; then these on their own.
_ARTICLES = ("وبال", "وال", "بال", "فال", "كال", "ولل", "لل", "ال")
_LETTERS = ("و", "ب", "ل", "ف", "ك")


def stems(counts: Mapping[str, int], *, arabic: bool) -> frozenset[str]:
    """Words that others of a corpus are forms of.

    Parameters
    ----------
    counts : mapping of str to int
        How often each word of the corpus occurs.
    arabic : bool
        Whether words in Arabic letters are Arabic: Persian and Urdu have other rules.

    Returns
    -------
    frozenset of str
        For :func:`stem_of`. Cost O(words).
    """
    found: set[str] = set()
    particles: dict[str, set[str]] = {}
    for word, count in counts.items():
        if _is_korean(word):
            for stem, particle in _korean(word):
                particles.setdefault(stem, set()).add(particle)
        elif arabic and _is_arabic(word):
            found.update(stem for stem, letter in _arabic(word) if counts.get(stem, 0) >= (count if letter else 1))
    return frozenset(found).union(stem for stem, seen in particles.items() if len(seen) > 1 or counts.get(stem, 0) > 0)


def stem_of(word: str, known: Set[str]) -> str:
    """What is left of a word without its particles or clitics, those of :func:`stems` that fit; most are off first."""
    pieces: Callable[[str], Iterator[tuple[str, object]]]
    if _is_korean(word):
        pieces = _korean
    elif _is_arabic(word):
        pieces = _arabic
    else:
        return word
    while True:
        stem = next((stem for stem, _ in pieces(word) if stem in known), None)
        if stem is None:
            return word
        word = stem


def _korean(word: str) -> Iterator[tuple[str, str]]:
    """Stem and particle, the longest particle first."""
    for length in range(min(_LONGEST, len(word) - SHORTEST_KOREAN), 0, -1):
        stem, particle = word[:-length], word[-length:]
        after = _PARTICLES.get(particle)
        if after is None or not _is_korean(stem):
            continue
        final = (ord(stem[-1]) - 0xAC00) % 28
        ro = particle.startswith("로") and final == _RIEUL
        if after == "any" or ro or (after == "consonant") == (final > 0):
            yield stem, particle


def _arabic(word: str) -> Iterator[tuple[str, bool]]:
    """Stem, and whether it was a single letter that came off, which may be part of the word; the longest clitic first."""
    for clitics, letter in ((_ARTICLES, False), (_LETTERS, True)):
        for clitic in clitics:
            if word.startswith(clitic) and len(word) - len(clitic) >= SHORTEST_ARABIC:
                yield word[len(clitic) :], letter


def _is_korean(word: str) -> bool:
    return "\uac00" <= word[-1] <= "\ud7a3"


def _is_arabic(word: str) -> bool:
    return "\u0621" <= word[0] <= "\u064a"
