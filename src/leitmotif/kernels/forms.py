"""Whether two words are forms of one, or so near to it that one of them says it."""

from __future__ import annotations

from itertools import takewhile

__all__ = ["alike"]

SHORTEST_STEM = 4

NEAR_PREFIX, NEAR_SHARE = 5, 0.76
"""Words that begin with the same letters, at least so many and such a share of the longer one, are near in any case."""

# What words of many languages end in when they are inflected (English first); "" is no ending.
_TEXT = """
s es ed d ing e er ers y ies ied n en em ern ene eren erne a o i as os is ar or arna orna erna ul ului ilor elor lor le
ii ami ach ych owie ego emu ymi om um ou ovi ova ima ama ih im og ler lar leri ları nin nın in ın un ün u ü ı ů ą ę ům ý á
é í ých ého ами ями ого его ому ему ыми ими иях ях ах ов ев ей ий ый ой ая яя ое ее ые ие ых их ую юю ом ем ам ям ию ия ии
ье а я о е ы и у ю ь ів їв і ї ою ею ите ата ият ът та то те ών ους ου ες οι ος ης ας η α ο
"""
_ENDINGS = frozenset(["", *_TEXT.split()])


def alike(one: str, other: str) -> bool:
    """Whether one of two terms is enough: forms of one word, or words (or phrases, word by word) that are near.

    No dictionary is asked: what two words do not share at their end has to be an ending, in any language. Among the
    words of one topic that is seldom wrong.

    Examples
    --------
    >>> alike("network", "networks"), alike("cities", "city"), alike("economic", "economist"), alike("plan", "planet")
    (True, True, True, False)
    >>> alike("neural network", "neural networks")
    True
    """
    if one == other:
        return True
    ones, others = one.split(" "), other.split(" ")
    if len(ones) > 1 or len(others) > 1:
        return len(ones) == len(others) and all(map(alike, ones, others))
    if one[0] != other[0] or not (one.isalpha() and other.isalpha()):
        return False
    stem = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    if stem >= NEAR_PREFIX and stem >= NEAR_SHARE * max(len(one), len(other)):
        return True
    short, long = sorted((one, other), key=len)
    if long == short + "s" and len(short) >= 3:
        return True
    if stem >= SHORTEST_STEM and one[stem:] in _ENDINGS and other[stem:] in _ENDINGS:
        return True
    if stem >= 3 and {one[stem:], other[stem:]} in ({"y", "ies"}, {"", "es"}):
        return True
    # stopped, stopping, stop; planned, plan
    doubled = short[-1:] * 2
    return len(short) >= 3 and long in (short + doubled[:1] + "ed", short + doubled[:1] + "ing")
