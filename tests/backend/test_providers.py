"""Backends of libraries and services, against small objects that answer as the real ones do."""

from __future__ import annotations

import subprocess
import sys
import types

import numpy as np
import pytest

from leitmotif.backend import (
    CohereBackend,
    GensimBackend,
    LangChainBackend,
    OpenAIBackend,
    SpacyBackend,
    USEBackend,
    WordDocEmbedder,
)
from leitmotif.errors import EmbeddingsError, InvalidInputError

TEXTS = ["one", "", "three words here"]
ROWS = [[3.0, 1.0], [1.0, 1.0], [16.0, 1.0]]


def vector(text):
    """What every fake model says of a text; an empty one would fail, as it does at the services."""
    assert text
    return [float(len(text)), 1.0]


class Recorder:
    """A client that answers and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def embed(self, texts, **kwargs):  # Cohere
        self.asked.append((texts, kwargs))
        return types.SimpleNamespace(embeddings=[vector(text) for text in texts])

    @property
    def embeddings(self):  # OpenAI
        def create(input, **kwargs):  # noqa: A002
            self.asked.append((input, kwargs))
            return types.SimpleNamespace(data=[types.SimpleNamespace(embedding=vector(text)) for text in input])

        return types.SimpleNamespace(create=create)


SERVICES = [(OpenAIBackend, "generator_kwargs", "text-embedding-ada-002"), (CohereBackend, "embed_kwargs", "large")]


@pytest.mark.parametrize(("backend", "extra", "default"), SERVICES)
def test_services_get_batches_and_no_empty_text(backend, extra, default):
    client = Recorder()
    np.testing.assert_array_equal(backend(client).embed(TEXTS), ROWS)
    assert client.asked == [(["one", " ", "three words here"], {"model": default})]
    client = Recorder()
    np.testing.assert_array_equal(backend(client, batch_size=2).embed(TEXTS, verbose=True), ROWS)
    assert [len(texts) for texts, _ in client.asked] == [2, 1]


@pytest.mark.parametrize(("backend", "extra", "default"), SERVICES)
def test_two_instances_share_nothing(backend, extra, default):
    first, second = Recorder(), Recorder()
    one, other = backend(first, "model a"), backend(second, "model b")
    one.embed(TEXTS)
    other.embed(TEXTS)
    assert first.asked[0][1] == {"model": "model a"}
    assert second.asked[0][1] == {"model": "model b"}


@pytest.mark.parametrize(("backend", "extra", "default"), SERVICES)
def test_the_callers_arguments_stay_as_they_were(backend, extra, default):
    client, arguments = Recorder(), {"model": "mine", "input_type": "clustering"}
    made = backend(client, **{extra: arguments})
    made.embed(TEXTS)
    assert client.asked[0][1] == {"model": "mine", "input_type": "clustering"}
    assert arguments == {"model": "mine", "input_type": "clustering"}
    assert made.embedding_model == "mine"


@pytest.mark.parametrize(("backend", "extra", "default"), SERVICES)
def test_the_delay_lies_between_requests(backend, extra, default, monkeypatch):
    waited = []
    monkeypatch.setattr("time.sleep", waited.append)
    backend(Recorder(), delay_in_seconds=0.5, batch_size=1).embed(TEXTS)
    assert waited == [0.5, 0.5]


def test_cohere_may_answer_a_list_a_number_type():
    client = types.SimpleNamespace(
        embed=lambda texts, model: types.SimpleNamespace(
            embeddings=types.SimpleNamespace(float_=[vector(text) for text in texts])
        )
    )
    np.testing.assert_array_equal(CohereBackend(client).embed(TEXTS), ROWS)


def test_a_service_that_answers_too_little_is_found_out():
    client = types.SimpleNamespace(embed=lambda texts, model: types.SimpleNamespace(embeddings=[[1.0, 2.0]]))
    with pytest.raises(EmbeddingsError, match=r"large at Cohere gave .* for 3 texts"):
        CohereBackend(client).embed(TEXTS)


def test_langchain():
    model = types.SimpleNamespace(embed_documents=lambda texts: [vector(text) for text in texts])
    np.testing.assert_array_equal(LangChainBackend(model).embed(TEXTS), ROWS)
    with pytest.raises(InvalidInputError, match="embed_documents"):
        LangChainBackend(object())


class Vectors:
    """Gensim's KeyedVectors, as far as they are used."""

    vector_size = 2
    known = {"red": [1.0, 0.0], "blue": [0.0, 1.0]}  # noqa: RUF012

    def __contains__(self, word):
        return word in self.known

    def get_vector(self, word):
        return np.array(self.known[word])


def test_gensim_takes_the_mean_of_known_words():
    found = GensimBackend(Vectors()).embed(["red blue red", "green", ""])
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3], [0, 0], [0, 0]], rtol=1e-6)
    with pytest.raises(InvalidInputError, match="KeyedVectors"):
        GensimBackend("word2vec")


def spacy_doc(**attributes):
    return types.SimpleNamespace(**{"has_vector": False, "vector": np.zeros(0), **attributes})


def test_spacy_vectors_and_transformers():
    static = SpacyBackend(lambda text: spacy_doc(vector=np.array(vector(text)), has_vector=True))
    np.testing.assert_array_equal(static.embed(TEXTS), ROWS)
    data = types.SimpleNamespace(tensors=[np.zeros((1, 4, 2)), np.array([[3.0, 5.0]])])
    transformer = SpacyBackend(lambda text: spacy_doc(_=types.SimpleNamespace(trf_data=data)))
    np.testing.assert_array_equal(transformer.embed(["x"]), [[3.0, 5.0]])
    with pytest.raises(EmbeddingsError, match="neither word vectors nor a transformer"):
        SpacyBackend(lambda text: spacy_doc()).embed(["x"])
    with pytest.raises(InvalidInputError, match="spaCy pipeline"):
        SpacyBackend(3)


def test_tensorflow_hub_gets_lists_in_batches():
    sizes = []

    def model(texts):
        sizes.append(len(texts))
        return [[float(len(text))] for text in texts]

    found = USEBackend(model).embed(["ab"] * 300)
    assert sizes == [256, 44]
    assert found.shape == (300, 1)


def test_words_and_documents_may_have_models_of_their_own():
    documents = types.SimpleNamespace(encode=lambda texts: np.zeros((len(texts), 2)))
    words = types.SimpleNamespace(embed=lambda texts: np.ones((len(texts), 2)))
    both = WordDocEmbedder(documents, words)
    assert both.embed_words(TEXTS).sum() == 6
    assert both.embed_documents(TEXTS).sum() == both.embed(TEXTS).sum() == 0


# Backends that import their library at the top are tried where it stands in for itself: in a fresh interpreter.


def run_with(modules: str, code: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys, types\nimport numpy as np\n{modules}\n{code}"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


FASTEMBED = """
class TextEmbedding:
    def __init__(self, model_name): self.name = model_name
    @classmethod
    def list_supported_models(cls): return [{"model": "BAAI/bge-small-en-v1.5"}]
    def embed(self, texts): return (np.array([len(t), 1.0]) for t in texts)
TextEmbedding.__module__ = "fastembed.text"
sys.modules["fastembed"] = types.SimpleNamespace(TextEmbedding=TextEmbedding)
"""


def test_fastembed():
    out = run_with(
        FASTEMBED,
        """
from leitmotif.backend import FastEmbedBackend
from leitmotif.backend.select import select_backend
print(FastEmbedBackend().embed(["one", "three"]).tolist(), FastEmbedBackend().embedding_model.name)
print(type(select_backend(TextEmbedding("x"))).__name__)
try: FastEmbedBackend("no such model")
except ValueError as error: print(error)
""",
    ).splitlines()
    assert out[0] == "[[3.0, 1.0], [5.0, 1.0]] BAAI/bge-small-en-v1.5"
    assert out[1] == "FastEmbedBackend"
    assert "does not support 'no such model'" in out[2]


MODEL2VEC = """
class StaticModel:
    def __init__(self, name, words=()): self.name, self.words = name, words
    @classmethod
    def from_pretrained(cls, name): return cls(name)
    def encode(self, texts, show_progress_bar=False): return np.array([[len(t), 1.0] for t in texts])
StaticModel.__module__ = "model2vec.model"
module = types.ModuleType("model2vec"); module.StaticModel = StaticModel
distilling = types.ModuleType("model2vec.distill")
distilling.distill = lambda name, vocabulary=None, **kwargs: StaticModel((name, kwargs), vocabulary)
sys.modules["model2vec"], sys.modules["model2vec.distill"] = module, distilling
"""


def test_model2vec_distils_once_with_the_words_of_each_corpus():
    out = run_with(
        MODEL2VEC,
        """
from leitmotif.backend import Model2VecBackend
from leitmotif.backend.select import select_backend
arguments = {"pca_dims": 8}
one = Model2VecBackend("teacher", distill=True, distill_kwargs=arguments)
two = Model2VecBackend("teacher", distill=True)
one.embed(["red red blue"]); one.embed(["never seen"]); two.embed(["green"])
print(one.embedding_model.words, one.embedding_model.name, two.embedding_model.words, arguments)
print(type(select_backend(StaticModel("x"))).__name__, Model2VecBackend("potion").embed(["one"]).tolist())
""",
    ).splitlines()
    assert out[0] == "['red', 'blue'] ('teacher', {'pca_dims': 8}) ['green'] {'pca_dims': 8}"
    assert out[1] == "Model2VecBackend [[3.0, 1.0]]"


FLAIR = """
class Embeddings: pass
class TokenEmbeddings(Embeddings): pass
class DocumentEmbeddings(Embeddings):
    def embed(self, sentence): sentence.embedding = Tensor([len(sentence.text), 1.0])
class DocumentPoolEmbeddings(DocumentEmbeddings):
    def __init__(self, embeddings): self.embeddings = embeddings
class Tensor(list):
    def detach(self): return self
    def cpu(self): return self
    def numpy(self): return np.array(self)
class Sentence:
    def __init__(self, text): self.text = text
for kind in (TokenEmbeddings, DocumentEmbeddings, DocumentPoolEmbeddings): kind.__module__ = "flair.embeddings.document"
for name in ("flair", "flair.data", "flair.embeddings"): sys.modules[name] = types.ModuleType(name)
sys.modules["flair.data"].Sentence = Sentence
vars(sys.modules["flair.embeddings"]).update(
    TokenEmbeddings=TokenEmbeddings, DocumentEmbeddings=DocumentEmbeddings, DocumentPoolEmbeddings=DocumentPoolEmbeddings)
"""


def test_flair_pools_token_embeddings():
    out = run_with(
        FLAIR,
        """
from leitmotif.backend import FlairBackend
from leitmotif.backend.select import select_backend
token = TokenEmbeddings()
pooled = select_backend(token)
print(type(pooled).__name__, pooled.embedding_model.embeddings == [token], pooled.embed(["one", "three"]).tolist())
try: FlairBackend(object())
except ValueError as error: print(error)
""",
    ).splitlines()
    assert out[0] == "FlairBackend True [[3.0, 1.0], [5.0, 1.0]]"
    assert "flair TokenEmbeddings" in out[1]


SENTENCE_TRANSFORMERS = """
class Tokenizer:  # a token a character, and one at each end
    def encode(self, text): return [0, *map(ord, text), 0]
    def decode(self, tokens): return "".join(map(chr, tokens))
class SentenceTransformer:
    def __init__(self, name=None, modules=None): self.name, self.modules, self.seen = name, modules, []
    def _first_module(self): return types.SimpleNamespace(processor=types.SimpleNamespace(tokenizer=Tokenizer()))
    def encode(self, things, show_progress_bar=False):
        self.seen += things
        return np.array([[len(t), 1.0] if isinstance(t, str) else [t.width, 3.0] for t in things], dtype=np.float32)
SentenceTransformer.__module__ = "sentence_transformers.SentenceTransformer"
module = types.ModuleType("sentence_transformers"); module.SentenceTransformer = SentenceTransformer
module.__spec__ = types.SimpleNamespace(name="sentence_transformers")
sys.modules["sentence_transformers"] = module
"""


def test_sentence_transformers_by_name_and_as_object():
    out = run_with(
        SENTENCE_TRANSFORMERS,
        """
from leitmotif.backend import SentenceTransformerBackend
from leitmotif.backend.select import select_backend
named, given = select_backend("all-MiniLM-L6-v2"), select_backend(SentenceTransformer("x"))
print(type(named).__name__, named._hf_model, given._hf_model, named.embedding_model.name)
print(named.embed(("one", "three")).tolist(), select_backend(None, language="german")._hf_model)
try: SentenceTransformerBackend(3)
except ValueError as error: print(error)
""",
    ).splitlines()
    assert out[0] == "SentenceTransformerBackend all-MiniLM-L6-v2 None all-MiniLM-L6-v2"
    assert out[1] == "[[3.0, 1.0], [5.0, 1.0]] paraphrase-multilingual-MiniLM-L12-v2"
    assert "pass a SentenceTransformer or its name" in out[2]


def test_a_multilingual_model_that_does_not_load_leaves_lsa():
    out = run_with(
        SENTENCE_TRANSFORMERS,
        """
def offline(self, name=None, modules=None): raise OSError("no network")
SentenceTransformer.__init__ = offline
from leitmotif.backend.select import select_backend
print(type(select_backend(None, language="japanese")).__name__)
try: select_backend("a-name")
except OSError as error: print(error)
""",
    ).splitlines()
    assert out == ["LsaEmbedder", "no network"]


def test_images_and_texts_in_one_space():
    out = run_with(
        SENTENCE_TRANSFORMERS,
        """
class Image:
    width = 5
    def convert(self, mode): return self
    def close(self): pass
pil = types.ModuleType("PIL"); pil.Image = types.SimpleNamespace(open=lambda path: Image())
sys.modules["PIL"] = pil
from leitmotif.backend import MultiModalBackend
model = MultiModalBackend("clip-ViT-B-32", batch_size=2)
print(model.embed(["one", "three"], images=["a.png", Image()]).tolist())
print(model.embed(None, images=[Image()] * 3).tolist(), model.embed_words(["one"]).tolist())
model.embed(["x" * 500]); print(len(model.embedding_model.seen[-1]))
for arguments in ((None,), (["one"], [Image()] * 2)):
    try: model.embed(*arguments)
    except ValueError as error: print(error)
try: MultiModalBackend(3)
except ValueError as error: print(error)
""",
    ).splitlines()
    assert out[0] == "[[4.0, 2.0], [5.0, 2.0]]"
    assert out[1] == "[[5.0, 3.0], [5.0, 3.0], [5.0, 3.0]] [[3.0, 1.0]]"
    assert out[2] == "75"
    assert "nothing to embed" in out[3]
    assert "1 documents and 2 images" in out[4]
    assert "embedding_model is a int" in out[5]


TRANSFORMERS = """
class Pipeline:
    def __call__(self, texts, **kwargs):
        assert kwargs == {"truncation": True}
        for text in texts: yield [[[3.0, 0.0], [0.0, 4.0]]] if text.strip() else [[[0.0, 2.0]]]
Pipeline.__module__ = "transformers.pipelines.base"
pipelines = types.ModuleType("transformers.pipelines"); pipelines.Pipeline = Pipeline
sys.modules["transformers"], sys.modules["transformers.pipelines"] = types.ModuleType("transformers"), pipelines
"""


def test_hugging_face_pipelines_are_averaged_over_tokens():
    out = run_with(
        TRANSFORMERS,
        """
class FeatureExtractionPipeline(Pipeline): pass
FeatureExtractionPipeline.__module__ = "transformers.pipelines.feature_extraction"
from leitmotif.backend.select import select_backend
embedder = select_backend(FeatureExtractionPipeline())
print(type(embedder).__name__, embedder.embed(["a text", ""]).round(3).tolist())
""",
    )
    assert out == "HFTransformerBackend [[0.6000000238418579, 0.800000011920929], [0.0, 1.0]]"


# The real libraries, where they are installed


def test_a_real_sentence_transformer():
    sentence_transformers = pytest.importorskip("sentence_transformers")
    from sentence_transformers.models import BoW

    from leitmotif.backend import SentenceTransformerBackend
    from leitmotif.backend.select import select_backend

    model = sentence_transformers.SentenceTransformer(modules=[BoW(vocab=["red", "blue"])], device="cpu")
    embedder = select_backend(model)
    assert type(embedder) is SentenceTransformerBackend
    np.testing.assert_array_equal(embedder.embed(["red", "blue blue"]) > 0, [[True, False], [False, True]])


def test_a_real_spacy_pipeline():
    spacy = pytest.importorskip("spacy")
    from leitmotif.backend.select import select_backend

    nlp = spacy.blank("en")
    nlp.vocab.set_vector("red", np.array([1.0, 0.0], dtype=np.float32))
    nlp.vocab.set_vector("blue", np.array([0.0, 1.0], dtype=np.float32))
    found = select_backend(nlp).embed(["red", "red blue"])
    np.testing.assert_allclose(found, [[1, 0], [0.5, 0.5]])


def test_real_gensim_vectors():
    models = pytest.importorskip("gensim.models")
    from leitmotif.backend.select import select_backend

    trained = models.Word2Vec([["red", "blue"], ["red", "green"]] * 5, vector_size=4, min_count=1, workers=1)
    embedder = select_backend(trained)
    np.testing.assert_allclose(embedder.embed(["red"])[0], trained.wv["red"])
