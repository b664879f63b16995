"""The default vectorizer: stop words by language, numbers, phrases; transform counts what fit counted."""

import pickle

import numpy as np
import pytest

from leitmotif.errors import InvalidInputError
from leitmotif.kernels.counts import tokenize, unigram_counts
from leitmotif.vectorizers import CountVectorizer, WordVectorizer
from leitmotif.vectorizers.stopwords import LANGUAGES, code_of, languages_of, stop_words

ENGLISH = [
    "the cat sat on the mat and it was a good day",
    "what is the price of the house by the river",
    "we are not here",
]
GERMAN = [
    "die Katze sitzt auf der Matte und es ist ein guter Tag",
    "was kostet das Haus an dem Fluss",
    "wir sind nicht hier",
]
FRENCH = [
    "le chat est sur le tapis et il fait beau",
    "quel est le prix de la maison au bord de la rivière",
    "nous ne sommes pas ici",
]
RUSSIAN = ["кот сидит на ковре и это был хороший день", "сколько стоит дом у реки", "мы не здесь и не там"]


def languages(texts):
    stream = tokenize(texts)
    return languages_of(unigram_counts(stream), stream.words)


def test_each_language_is_told_from_its_stop_words() -> None:
    for texts, code in ((ENGLISH, "en"), (GERMAN, "de"), (FRENCH, "fr"), (RUSSIAN, "ru")):
        assert languages(texts)[0] == code
    assert set(languages((ENGLISH + GERMAN) * 10)[:2]) == {"en", "de"}
    assert languages(["qubit lattice", "striker goal", "interest rate"]) == [] and languages([""]) == []


def test_there_are_lists_for_more_than_thirty_languages() -> None:
    assert len(LANGUAGES) > 50 and all(len(stop_words([code])) >= 35 for code in LANGUAGES)
    assert {"the", "don", "of"} <= stop_words(["en"]) and {"und", "nicht"} <= stop_words(["de"])
    assert all(word == word.lower() and " " not in word for word in stop_words(LANGUAGES))
    assert [code_of(name) for name in ("German", "de-AT", "pt_BR", "klingon", None)] == ["de", "de", "pt", None, None]


def test_counts_are_scikit_learns_without_stop_words_and_numbers() -> None:
    texts = [*ENGLISH, "in 2019 there were 12 cats and 3rd party tools, 100000 of them"]
    ours = WordVectorizer()
    matrix = ours.fit_transform(texts)
    plain = CountVectorizer()
    theirs = plain.fit_transform(texts)
    terms = plain.get_feature_names_out()
    kept = [i for i, term in enumerate(terms) if term not in stop_words(["en"]) and term not in ("12", "100000")]
    assert ours.get_feature_names_out().tolist() == terms[kept].tolist() and "2019" in terms[kept]
    assert (matrix != theirs[:, kept]).nnz == 0
    assert (ours.transform(texts) != matrix).nnz == 0


def test_phrases_are_terms_and_reach_over_no_stop_word() -> None:
    texts = ["the neural network of the state", "a neural network in state of art"] * 20 + ["the art of war"] * 5
    vectorizer = WordVectorizer(ngram_range=(1, 2))
    matrix = vectorizer.fit_transform(texts)
    terms = vectorizer.get_feature_names_out().tolist()
    assert "neural network" in terms and "state art" not in terms and "art war" not in terms
    assert matrix[:, terms.index("neural network")].sum() == 40
    assert (vectorizer.transform(texts) != matrix).nnz == 0


def test_language_and_list_by_hand() -> None:
    assert WordVectorizer(language="german").fit(["Haus und Fluss", "Katze"]).get_feature_names_out().tolist() == [
        "fluss",
        "haus",
        "katze",
    ]
    assert "und" in WordVectorizer(stop_words=None).fit(GERMAN).get_feature_names_out()
    assert "haus" not in WordVectorizer(stop_words=["haus"]).fit(GERMAN).get_feature_names_out()
    with pytest.raises(InvalidInputError, match="auto"):
        WordVectorizer(stop_words="english").fit(ENGLISH)


def test_state_and_pickle_bring_the_same_counts() -> None:
    vectorizer = WordVectorizer(ngram_range=(1, 2)).fit(ENGLISH * 5)
    for copy in (WordVectorizer.from_state(vectorizer.get_state()), pickle.loads(pickle.dumps(vectorizer))):
        assert copy.get_params() == vectorizer.get_params() and copy.languages_ == vectorizer.languages_
        assert (copy.transform(ENGLISH) != vectorizer.transform(ENGLISH)).nnz == 0
    assert np.issubdtype(vectorizer.transform(ENGLISH).dtype, np.integer)
