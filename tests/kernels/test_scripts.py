"""Words of scripts without spaces: a made-up language whose words are known, and rules by hand."""

import numpy as np
import pytest

from leitmotif.kernels.counts import tokenize
from leitmotif.kernels.scripts import in_words, is_unspaced, lexicon, runs_of, with_words
from leitmotif.vectorizers import CountVectorizer, WordVectorizer

CHARACTERS = [chr(0x4E00 + 37 * i) for i in range(300)]


@pytest.fixture(scope="module")
def language():
    """Sentences of known words of two to four characters, and the words."""
    rng = np.random.default_rng(0)
    letters = rng.permutation(CHARACTERS)
    words, at = [], 0
    for length in [2] * 40 + [3] * 20 + [4] * 10:
        words.append("".join(letters[at : at + length]))
        at += length
    sentences = ["".join(rng.choice(words, 8)) for _ in range(800)]
    return words, sentences


def test_the_words_of_a_made_up_language_are_found(language) -> None:
    words, sentences = language
    found = lexicon(sentences, [1] * len(sentences))
    assert set(words) <= found and len(found) < 1.1 * len(words)
    cut = in_words(sentences[0], found)
    assert "".join(cut) == sentences[0] and set(cut) <= set(words)


def test_counts_know_them_in_new_texts_too(language) -> None:
    words, sentences = language
    vectorizer = WordVectorizer(stop_words=None, segmenter="statistics")
    counts = vectorizer.fit_transform(sentences)
    terms = vectorizer.get_feature_names_out().tolist()
    assert max(map(len, terms)) <= 6 and set(words) <= set(terms)
    for j, word in enumerate(words):
        assert counts[:, terms.index(word)].sum() == sum(text.count(word) for text in sentences), j
    assert (vectorizer.transform(sentences) != counts).nnz == 0
    loaded = WordVectorizer.from_state(vectorizer.get_state())
    assert (loaded.transform(sentences[:9]) != counts[:9]).nnz == 0
    assert max(map(len, CountVectorizer().fit(sentences).get_feature_names_out())) > 12  # whole sentences


def test_scripts_are_told_apart() -> None:
    assert runs_of("iPhoneの新型カメラ") == [("iPhone", False), ("新型", True), ("カメラ", False)]
    assert is_unspaced("カメラ") and is_unspaced("ภาษาไทย") and not is_unspaced("한국어") and not is_unspaced("camera")
    assert in_words("新型機", frozenset()) == ["新型機"] and in_words("東京都知事選", frozenset({"東京"})) == ["東京"]
    assert lexicon([], []) == frozenset()


def test_other_texts_stay_as_they_are() -> None:
    stream = tokenize(["plain words", "und Wörter"])
    assert with_words(stream, None)[0] is stream


def test_vowel_signs_break_no_word() -> None:
    terms = WordVectorizer(stop_words=None).fit(["हिन्दी में समाचार", "समाचार पत्र"]).get_feature_names_out().tolist()
    assert terms == sorted(["हिन्दी", "में", "समाचार", "पत्र"])
    assert "समाचार" not in CountVectorizer().fit(["समाचार पत्र"]).vocabulary_
