"""Fingerprints of texts, against the standard library's BLAKE2b."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.fingerprint import text_ends, text_fingerprints

TEXTS = [
    "",
    "a",
    "x" * 127,
    "x" * 128,
    "x" * 129,
    "y" * 1000,
    "naïve café",
    "ü" * 64,
    "日本語" * 50,
    "🦜 and \ud800 half",
]


def by_the_standard_library(texts):
    return [
        int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
        for text in texts
    ]


def test_every_kind_of_text_and_of_length():
    assert text_fingerprints(TEXTS).tolist() == by_the_standard_library(TEXTS)
    assert text_fingerprints(TEXTS, n_threads=2).dtype == np.uint64
    assert text_fingerprints([]).shape == (0,)


@given(st.lists(st.text(alphabet=st.characters(), max_size=300), max_size=8), st.integers(1, 2))
def test_any_text(texts, threads):
    assert text_fingerprints(texts, threads).tolist() == by_the_standard_library(texts)


@given(st.lists(st.text(max_size=60), max_size=8))
def test_equal_texts_have_equal_ends(texts):
    copies = ["".join(list(text)) for text in texts]
    assert text_ends(texts).tolist() == text_ends(copies).tolist()
    assert text_ends(["abc" * 50])[0] != text_ends(["abc" * 51])[0]
