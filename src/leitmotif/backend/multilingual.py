"""The languages of paraphrase-multilingual-MiniLM-L12-v2, as ``language=`` takes them."""

from __future__ import annotations

from leitmotif.languages import NAMES

__all__ = ["is_multilingual", "languages"]

_LISTED = """
ar bg ca cs da de el en es et fa fi fr fr-ca gl gu he hi hr hu hy id it ja ka ko ku lt lv mk mn mr ms my nb nl
pl pt pt-br ro ru sk sl sq sr sv th tr uk ur vi zh-cn zh-tw
"""
_CODES = _LISTED.split()
ALSO = {"multilingual", "chinese", "norwegian", "farsi", "zh", "no"}

languages: list[str] = [NAMES[code] for code in _CODES]
"""The 53 names, lower case."""


def is_multilingual(language: str) -> bool:
    """Whether a name (any case), its code (``"de"``), or ``"multilingual"`` asks for the multilingual model."""
    name = language.lower()
    return name in _CODES or name in languages or name in ALSO
