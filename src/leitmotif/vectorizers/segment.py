"""Dictionaries that cut Chinese and Japanese into words, where somebody has installed them: jieba and fugashi (MeCab)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from leitmotif._lazy import install_hint
from leitmotif.errors import InvalidInputError, MissingDependencyError

__all__ = ["STATISTICS", "are_japanese", "check_segmenter", "chosen_segmenter", "cutter"]

STATISTICS = "statistics"
"""Name of what needs no library: :mod:`leitmotif.kernels.scripts`."""

LIBRARIES = {"jieba": ("jieba",), "fugashi": ("fugashi", "unidic_lite")}
"""Segmenter -> modules that it needs."""

_KANA, _HIRAGANA = re.compile("[\u3041-\u30ff]"), re.compile("[\u3041-\u309f]+")
_KATAKANA = re.compile("[\u30a1-\u30ff]+")
JAPANESE_SHARE = 0.1
"""Of the tokens with Chinese or Japanese characters: so many have Kana where the texts are Japanese."""


def check_segmenter(name: str) -> None:
    """Raise unless it is "auto" or a segmenter that can be used here.

    Raises
    ------
    InvalidInputError
        No segmenter has this name.
    MissingDependencyError
        Its library is not installed.
    """
    if name not in ("auto", STATISTICS, *LIBRARIES):
        raise InvalidInputError(f'segmenter must be "auto", "statistics", "jieba" or "fugashi"; got {name!r}')
    missing = [module for module in LIBRARIES.get(name, ()) if find_spec(module) is None]
    if missing:
        raise MissingDependencyError(install_hint(f"segmenter={name!r}", missing[0]))


def chosen_segmenter(name: str, tokens: Iterable[str]) -> str:
    """What cuts these tokens, with its version ("jieba 0.42.1"): for "auto" the library for their language where there is one.

    Parameters
    ----------
    name : str
        As :func:`check_segmenter` takes it.
    tokens : iterable of str
        Those of scripts without spaces.
    """
    check_segmenter(name)
    if name == "auto":
        name = "fugashi" if are_japanese(tokens) else "jieba"
        if any(find_spec(module) is None for module in LIBRARIES[name]):
            name = STATISTICS
    return " ".join([name, *(_version(module) for module in LIBRARIES.get(name, ()))])


def are_japanese(tokens: Iterable[str]) -> bool:
    """Whether enough of some tokens of scripts without spaces have Kana."""
    with_kana = [_KANA.search(token) is not None for token in tokens]
    return sum(with_kana) > JAPANESE_SHARE * len(with_kana)


@lru_cache
def cutter(segmenter: str) -> Callable[[str], list[str]] | None:
    """What cuts a token into words, by a name of :func:`chosen_segmenter`; None for statistics, or without its library."""
    name = segmenter.split(" ")[0]
    if name not in LIBRARIES or any(find_spec(module) is None for module in LIBRARIES[name]):
        return None
    return _jieba() if name == "jieba" else _fugashi()


def _jieba() -> Callable[[str], list[str]]:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)  # it tells of its dictionary on the terminal
    return lambda token: [word for word in jieba.lcut(token) if not _HIRAGANA.fullmatch(word)]


def _fugashi() -> Callable[[str], list[str]]:
    import fugashi
    import unidic_lite

    tagger = fugashi.Tagger(f'-d "{unidic_lite.DICDIR}"')

    def cut(token: str) -> list[str]:
        words: list[str] = []
        after_katakana = False
        for morpheme in tagger(token):
            surface = str(morpheme.surface)
            katakana = _KATAKANA.fullmatch(surface) is not None
            if katakana and after_katakana:
                words[-1] += surface  # UniDic divides loan words: スマート, フォン
            elif katakana or _says_something(morpheme.feature):
                words.append(surface if katakana else _dictionary_form(morpheme))
            after_katakana = katakana
        return [word for word in words if not _HIRAGANA.fullmatch(word)]

    return cut


_LIGHT_WORDS = "言う 思う 考える 感じる 分かる 行う 使う 持つ 出る 入る 聞く 見える 多い 少ない 同じ"
_LIGHT = frozenset(_LIGHT_WORDS.split())
"""Verbs and adjectives of any subject."""


def _says_something(feature: Any) -> bool:
    """Whether a morpheme is a noun, a verb or an adjective of its own; numbers, particles, endings and auxiliaries are none."""
    if getattr(feature, "orthBase", None) in _LIGHT:
        return False
    return feature.pos1 in ("名詞", "形状詞", "動詞", "形容詞") and feature.pos2 not in (
        "数詞",
        "非自立可能",
        "助動詞語幹",
    )


def _dictionary_form(morpheme: Any) -> str:
    base = getattr(morpheme.feature, "orthBase", None)
    inflected = morpheme.feature.pos1 in ("動詞", "形容詞")
    return str(base) if inflected and base else str(morpheme.surface)


def _version(module: str) -> str:
    try:
        return version(module.replace("_", "-"))
    except PackageNotFoundError:
        return "of unknown version"
