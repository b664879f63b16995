"""Patterns of tagged tokens, in the notation of spaCy's ``Matcher``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from leitmotif.errors import InvalidInputError

__all__ = ["Pattern", "Patterns", "compile_patterns", "phrases"]

Token: TypeAlias = tuple[str, str]
Pattern: TypeAlias = list[tuple[Callable[[Token], bool], int, int]]
"""For each token of a pattern: its test, and how often it may occur at least and at most (-1: any number)."""

_TIMES = {"1": (1, 1), "?": (0, 1), "+": (1, -1), "*": (0, -1), "!": (1, 1)}
_READ: Mapping[str, Callable[[Token], str]] = {
    "POS": lambda token: token[1],
    "TEXT": lambda token: token[0],
    "ORTH": lambda token: token[0],
    "LOWER": lambda token: token[0].lower(),
}


@dataclass(frozen=True, slots=True)
class Patterns:
    """Compiled patterns: those that are no more than a row of parts of speech are looked up, the others walked."""

    rows: Mapping[int, frozenset[tuple[str, ...]]]
    walked: Sequence[Pattern]


def compile_patterns(patterns: Sequence[Sequence[Mapping[str, Any]]]) -> Patterns:
    """Patterns ready for :func:`phrases`.

    Raises
    ------
    InvalidInputError
        A key or an operator that only spaCy knows.
    """
    rows: dict[int, set[tuple[str, ...]]] = {}
    walked = []
    for pattern in patterns:
        if all(token.keys() == {"POS"} and isinstance(token["POS"], str) for token in pattern):
            rows.setdefault(len(pattern), set()).add(tuple(token["POS"] for token in pattern))
        else:
            walked.append([_compile_token(token) for token in pattern])
    return Patterns({length: frozenset(some) for length, some in sorted(rows.items()) if length}, walked)


def phrases(tokens: Sequence[Token], patterns: Patterns) -> list[str]:
    """All stretches of tokens that match a pattern, tokens joined by single spaces; overlapping ones too."""
    words, tags = [word for word, _ in tokens], [tag for _, tag in tokens]
    found = []
    for length, rows in patterns.rows.items():
        stretches = zip(*(tags[shift:] for shift in range(length)), strict=False)
        found += [" ".join(words[i : i + length]) for i, stretch in enumerate(stretches) if stretch in rows]
    for pattern in patterns.walked:
        for start in range(len(tokens)):
            found += [" ".join(words[start:end]) for end in _ends(tokens, start, pattern, 0) if end > start]
    return found


def _ends(tokens: Sequence[Token], at: int, pattern: Pattern, step: int) -> Iterator[int]:
    if step == len(pattern):
        yield at
        return
    test, least, most = pattern[step]
    taken = 0
    while True:
        if taken >= least:
            yield from _ends(tokens, at + taken, pattern, step + 1)
        if taken == most or at + taken >= len(tokens) or not test(tokens[at + taken]):
            return
        taken += 1


def _compile_token(token: Mapping[str, Any]) -> tuple[Callable[[Token], bool], int, int]:
    operator = token.get("OP", "1")
    if operator not in _TIMES:
        raise InvalidInputError(f"pos_patterns: the operator {operator!r} is not known; use one of {sorted(_TIMES)}")
    tests = [_compile_key(key, wanted) for key, wanted in token.items() if key != "OP"]
    negated = operator == "!"
    least, most = _TIMES[operator]
    return (lambda given: all(test(given) for test in tests) != negated), least, most


def _compile_key(key: str, wanted: Any) -> Callable[[Token], bool]:
    read = _READ.get(key)
    if read is None:
        raise InvalidInputError(
            f"pos_patterns: the key {key!r} needs a spaCy pipeline as model; without one there are {sorted(_READ)}"
        )
    if isinstance(wanted, str):
        return lambda token: read(token) == wanted
    if isinstance(wanted, Mapping) and len(wanted) == 1 and next(iter(wanted)) in ("IN", "NOT_IN"):
        operator, among = next(iter(wanted.items()))
        members = frozenset(among)
        return lambda token: (read(token) in members) == (operator == "IN")
    raise InvalidInputError(
        f"pos_patterns: {key}: {wanted!r} is neither a string nor {{'IN': […]}} nor {{'NOT_IN': […]}}"
    )
