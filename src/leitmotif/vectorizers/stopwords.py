"""Stop words of 54 languages, and which of these languages a corpus is in."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from leitmotif.languages import NAMES, code_named
from leitmotif.typing import SparseMatrix

__all__ = ["LANGUAGES", "code_of", "languages_of", "stop_words"]

_LISTED = """
af ar bg bn ca cs da de el en es et eu fa fi fr ga gu he hi hr hu hy id is it ja kn ko lt lv mk mr nb ne nl pl
pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi zh
"""
LANGUAGES = {code: NAMES[code] for code in _LISTED.split()}
"""Code -> name in English."""

N_SAMPLED = 4000
"""Documents that are looked at to tell the languages."""

LEAST_SHARE = 0.1
"""Of the documents: what a language needs, so that its words are taken out."""

LEAST_HITS = 0.12
"""Of the tokens of a document: with fewer stop words of a language it is not held to be in it."""


NEAR = {"ms": "id"}
"""Languages without a list -> one whose list does."""


def code_of(language: str | None) -> str | None:
    """The code of a language with a list, named in English or by its code ("German", "de", "de-AT"); None for others."""
    code = code_named(language)
    if code is None:
        return None
    code = NEAR.get(code, code.split("-")[0])
    return code if code in LANGUAGES else None


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    with gzip.open(Path(__file__).parent / "data" / "stop_words.txt.gz", "rt", encoding="utf-8") as lines:
        pairs = (line.split(":", 1) for line in lines)
        return {code: frozenset(words.split()) for code, words in pairs}


def stop_words(languages: Iterable[str]) -> frozenset[str]:
    """The stop words of some languages (codes) together; lower case, single words."""
    return frozenset().union(*(_lists()[code] for code in languages))


def languages_of(counts: SparseMatrix, words: list[str]) -> list[str]:
    """Codes of the languages that the documents are in, the commonest first.

    A document is in the language whose stop words make up most of it; a word that several lists hold counts for each
    only a part. A language stays where at least a tenth of the documents are in it, so that a corpus in several
    languages gets them all.

    Parameters
    ----------
    counts : csr_matrix, shape (N, W)
        How often each word occurs in each document.
    words : list of str, length W

    Returns
    -------
    list of str
        Empty where texts have too few stop words to tell (titles, texts that lost their stop words).
    """
    codes = list(_lists())
    lists_of: dict[str, list[int]] = {}
    for column, code in enumerate(codes):
        for word in _lists()[code]:
            lists_of.setdefault(word, []).append(column)
    known = [(row, column) for row, word in enumerate(words) for column in lists_of.get(word, ())]
    step = max(counts.shape[0] // N_SAMPLED, 1)
    sampled = counts[::step]
    total = np.asarray(sampled.sum(axis=1)).ravel()
    if not known or not total.sum():
        return []
    rows, columns = np.array(known, dtype=np.int64).T
    shape = (len(words), len(codes))
    hit = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    shared = csr_matrix((1 / np.bincount(rows, minlength=len(words))[rows], (rows, columns)), shape=shape)
    # Whole documents tell best, and short ones together: the vote of a document has the size of its evidence.
    weight = np.asarray((sampled @ shared).todense())
    hits = np.asarray((sampled @ hit).todense()) / np.maximum(total, 1)[:, None]
    best = weight.argmax(axis=1)
    at = np.arange(len(best))
    sure = (weight[at, best] > 0) & (hits[at, best] >= LEAST_HITS)
    votes = np.bincount(best[sure], minlength=len(codes)) / max(int((total > 0).sum()), 1)
    order = np.argsort(-votes, kind="stable")
    return [codes[column] for column in order.tolist() if votes[column] >= LEAST_SHARE]
