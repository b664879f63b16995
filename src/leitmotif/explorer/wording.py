"""Words chosen for a heading: few, and none that says again what another says."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["distinct"]


def distinct(words: Iterable[str], n: int, said: Iterable[str] = ()) -> list[str]:
    """The first ``n`` words that repeat neither each other nor what is ``said`` already.

    A word adds nothing when it is a part of another, or nearly the same word in another form.
    """
    chosen: list[str] = []
    taken = list(said)
    for word in words:
        if len(chosen) == n:
            break
        if not any(_repeats(word, other) for other in [*taken, *chosen]):
            chosen.append(word)
    return chosen


def _repeats(term: str, other: str) -> bool:
    """Whether every word of the shorter term has its like in the longer: "graph" in "graph network", "spin" in "spins"."""
    few, many = sorted((term.split(), other.split()), key=len)
    return all(any(_alike(a, b) for b in many) for a in few)


def _alike(a: str, b: str) -> bool:
    """Singular and plural, or a common beginning of most of the shorter word (superconducting, superconductors)."""
    shorter = min(len(a), len(b))
    common = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    return a.rstrip("s") == b.rstrip("s") or (common >= 6 and common >= 0.7 * shorter)
