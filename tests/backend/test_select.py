"""Which embedder stands behind ``embedding_model``: by class, by name, by language."""

from __future__ import annotations

import importlib.util
import logging
import sys
import types

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

import leitmotif.backend as backend
from leitmotif import BERTopic
from leitmotif.backend import BaseEmbedder, LsaEmbedder, StaticEmbedder, languages
from leitmotif.backend._utils import select_backend
from leitmotif.backend.duck import DuckEmbedder
from leitmotif.errors import EmbeddingsError, InvalidInputError, LeitmotifError, MissingDependencyError

TEXTS = ["a text", "another text", "the last one"]
HAS_SENTENCE_TRANSFORMERS = importlib.util.find_spec("sentence_transformers") is not None


class Lengths(BaseEmbedder):
    def embed(self, documents, verbose=False):
        return np.array([[len(text), 1.0] for text in documents])


def model_of(module: str, name: str, **attributes):
    """An object whose class says that it comes from a library that is not installed here."""
    kind = type(name, (), attributes)
    kind.__module__ = module
    return kind()


def test_an_embedder_is_itself():
    mine = Lengths()
    assert select_backend(mine) is mine
    assert (
        mine.embed_words(TEXTS).tolist()
        == mine.embed_documents(TEXTS, verbose=True).tolist()
        == [[6, 1], [12, 1], [12, 1]]
    )


FINNISH = "kaupungin valtuusto keskusteli illalla uuden jokirannan museon kustannuksista ja päätti asiasta"


def test_a_fit_on_another_language_takes_lsa_and_says_so(caplog):
    texts = [f"{FINNISH} sekä {word}" for word in ("aina", "tänään", "huomenna", "eilen", "ehkä", "joskus")] * 5
    model = BERTopic(hdbscan_model=KMeans(2, n_init=1, random_state=0), umap_model=PCA(2)).fit(texts)
    assert isinstance(model.embedding_model.made, LsaEmbedder)
    assert "LSA learnt from the documents" in caplog.text
    assert np.array_equal(model.state.embeddings, LsaEmbedder().embed(texts))
    kept = BERTopic(embedding_model="embedded", hdbscan_model=KMeans(2, n_init=1), umap_model=PCA(2)).fit(texts)
    assert isinstance(kept.embedding_model.made, StaticEmbedder), "whoever asks for it has it"
    english = [f"the council spoke of the {word} by the river in the evening" for word in ("museum", "bridge", "park")]
    english = english * 10
    model.fit(english)
    assert isinstance(model.embedding_model.made, StaticEmbedder), "a second fit looks again"


def test_words_that_are_known_are_counted():
    embedder = StaticEmbedder()
    share = embedder.known_share(["the house of zzqxv"] * 100)
    assert share == 0.75
    assert embedder.known_share([FINNISH]) == 1.0, "too few to tell"


def test_the_base_class_says_that_it_does_not_embed():
    for verb in ("embed", "embed_words", "embed_documents"):
        with pytest.raises(LeitmotifError, match="override embed"):
            getattr(BaseEmbedder("model", "words"), verb)(TEXTS)
    assert BaseEmbedder("model", "words").word_embedding_model == "words"


@pytest.mark.parametrize(
    ("given", "language"),
    [(None, None), (None, "english"), (None, "English"), (None, "en"), ("embedded", None), ("static", "german")],
)
def test_english_is_embedded_by_the_package_itself(given, language):
    assert isinstance(select_backend(given, language=language), StaticEmbedder)


def test_lsa_by_name():
    assert isinstance(select_backend("lsa"), LsaEmbedder)


@pytest.mark.parametrize("language", ["german", "Chinese (simplified)", "multilingual", "pt-br"])
def test_other_languages_fall_back_to_lsa_and_say_so(language, monkeypatch, caplog):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "sentence_transformers" else real(name, *a)
    )
    with caplog.at_level(logging.WARNING, logger="leitmotif"):
        assert isinstance(select_backend(None, language=language), LsaEmbedder)
    assert "sentence-transformers is not installed" in caplog.text


@pytest.mark.parametrize("language", ["klingon", ""])
def test_an_unknown_language_is_refused(language):
    with pytest.raises(ValueError, match="is not known"):
        select_backend(None, language=language)


def test_the_languages_are_data():
    assert len(languages) == len(set(languages)) == 53
    assert all(name == name.lower() for name in languages)
    assert {"english", "german", "chinese (simplified)", "vietnamese"} <= set(languages)


def test_a_name_without_sentence_transformers_names_the_extra(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "sentence_transformers" else real(name, *a)
    )
    with pytest.raises(MissingDependencyError, match=r"leitmotif\[transformers\]"):
        select_backend("all-MiniLM-L6-v2")


def test_scikit_learn_pipelines_are_fitted_once():
    embedder = select_backend(make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0)))
    assert type(embedder) is backend.SklearnEmbedder
    first = embedder.embed(TEXTS)
    assert first.shape == (3, 2)
    np.testing.assert_array_equal(embedder.embed(TEXTS[:1]), first[:1])


def encode(self, texts, **kwargs):
    return np.ones((len(texts), 2))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (model_of("gensim.models.keyedvectors", "KeyedVectors", get_vector=None, vector_size=3), "GensimBackend"),
        (model_of("spacy.lang.en", "English", __call__=lambda self, text: None), "SpacyBackend"),
        (model_of("langchain_core.embeddings", "Fake", embed_documents=encode), "LangChainBackend"),
        (model_of("tensorflow.python.saved_model.load", "_UserObject", __call__=encode), "USEBackend"),
        (model_of("somewhere", "Mine", encode=encode), "DuckEmbedder"),
        (model_of("somewhere", "Mine", embed=encode), "DuckEmbedder"),
        # The name of a library inside another word says nothing: classes are told by their module.
        (model_of("myspacy_flair.gensim_like", "sentence_transformers_of_mine", embed=encode), "DuckEmbedder"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_models_are_told_by_the_module_of_their_class(model, expected):
    assert type(select_backend(model)).__name__ == expected


def test_a_subclass_of_a_librarys_class_is_of_that_library():
    kind = type(model_of("gensim.models.keyedvectors", "KeyedVectors", get_vector=None, vector_size=3))
    mine = type("Mine", (kind,), {})()
    assert type(select_backend(mine)) is backend.GensimBackend


def test_a_trained_gensim_model_gives_its_vectors():
    vectors = model_of("gensim.models.keyedvectors", "KeyedVectors", get_vector=None, vector_size=3)
    trained = model_of("gensim.models.word2vec", "Word2Vec", wv=vectors)
    assert select_backend(trained).embedding_model is vectors


@pytest.mark.parametrize("given", [3, object(), ["all-MiniLM-L6-v2"], {"encode": 1}])
def test_what_cannot_embed_is_refused(given):
    with pytest.raises(InvalidInputError, match=r"neither encode\(\) nor embed\(\)"):
        select_backend(given)


def test_names_of_the_package_load_only_when_asked_for():
    assert "WordDocEmbedder" in backend.__all__
    assert backend.__all__ == sorted(backend.__all__)
    with pytest.raises(AttributeError):
        _ = backend.NoSuchBackend


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fastembed", None)
    monkeypatch.delitem(sys.modules, "leitmotif.backend.fastembed", raising=False)
    with pytest.raises(MissingDependencyError, match="pip install fastembed"):
        _ = backend.FastEmbedBackend


# The adapter for anything that embeds


@pytest.mark.parametrize(
    "rows",
    [
        lambda n: np.ones((n, 3), dtype=np.float64),
        lambda n: np.ones((n, 3), dtype=np.float16),
        lambda n: np.ones((n, 3), dtype=int),
        lambda n: [[1, 1, 1]] * n,
        lambda n: [np.ones(3)] * n,
        lambda n: (np.ones(3) for _ in range(n)),
    ],
)
def test_anything_that_is_a_row_a_text_is_taken(rows):
    model = types.SimpleNamespace(encode=lambda texts: rows(len(texts)))
    found = DuckEmbedder(model).embed(np.array(TEXTS, dtype=object))
    assert found.dtype in (np.float32, np.float64)
    np.testing.assert_array_equal(found, np.ones((3, 3)))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda texts: None, "a NoneType|None"),
        (lambda texts: np.ones((2, 3)), r"shape \(2, 3\) for 3 texts"),
        (lambda texts: np.ones(3), r"shape \(3,\)"),
        (lambda texts: [[1.0], [2.0], [float("nan")]], "not finite for 1 of 3 texts, the first at position 2"),
        (lambda texts: [[1.0], [2.0, 3.0], [4.0]], "not an array of numbers"),
        (lambda texts: ["a", "b", "c"], "not an array of numbers"),
    ],
)
def test_anything_else_is_refused_with_what_was_got(rows, message):
    with pytest.raises(EmbeddingsError, match=message):
        DuckEmbedder(types.SimpleNamespace(embed=rows)).embed(TEXTS)


def test_an_object_may_embed_words_in_its_own_way():
    model = types.SimpleNamespace(encode=lambda t: np.zeros((len(t), 1)), embed_words=lambda t: np.ones((len(t), 1)))
    embedder = DuckEmbedder(model)
    assert embedder.embed_words(TEXTS).sum() == 3
    assert embedder.embed_documents(TEXTS).sum() == 0
    with pytest.raises(InvalidInputError):
        DuckEmbedder(object())


def test_languages_stand_in_one_table():
    from leitmotif.backend import multilingual
    from leitmotif.languages import NAMES, code_named
    from leitmotif.vectorizers.stopwords import LANGUAGES, code_of

    assert set(multilingual.languages) | set(LANGUAGES.values()) == set(NAMES.values())
    for code, name in NAMES.items():
        assert code_named(code) == code_named(code.upper()) == code_named(name.title()) == code
    spellings = ["de-AT", "pt_BR", "Norwegian", "no", "farsi", "xx", None, "Elvish"]
    assert [code_named(one) for one in spellings] == ["de", "pt-br", "nb", "nb", "fa", None, None, None]
    names = ["Chinese (Simplified)", "canadian french", "Malay", "galician", "filipino"]
    assert [code_of(name) for name in names] == ["zh", "fr", "id", None, "tl"]
