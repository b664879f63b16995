"""The libraries themselves, with tiny models that are made here: nothing is downloaded. Each is skipped where it is absent."""

from __future__ import annotations

import json

import numpy as np
import pytest

from leitmotif import BERTopic
from leitmotif.backend.select import select_backend
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.vectorizers import OnlineCountVectorizer

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the rocket moon orbit bread oven dough guitar song drum today".split()
TEXTS = ["the rocket orbit", "bread oven", "", "guitar song drum today the moon"]


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    """Folder of a BERT of two layers with random weights, and of its tokenizer."""
    torch = pytest.importorskip("torch", reason="torch is not installed (extra: transformers)")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed (extra: transformers)")
    folder = tmp_path_factory.mktemp("bert")
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    transformers.BertTokenizerFast(
        vocab=str(folder / "vocab.txt"), vocab_file=str(folder / "vocab.txt")
    ).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
    config = transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=64, **sizes)
    transformers.BertModel(config).eval().save_pretrained(folder)
    return folder


def test_transformers(bert):
    import torch
    import transformers

    pipeline = transformers.pipeline("feature-extraction", model=str(bert), tokenizer=str(bert), device="cpu")
    embedder = select_backend(pipeline)
    assert type(embedder).__name__ == "HFTransformerBackend"
    tokenizer = transformers.AutoTokenizer.from_pretrained(bert)
    model = transformers.AutoModel.from_pretrained(bert)
    with torch.no_grad():
        means = [
            model(**tokenizer(text or " ", return_tensors="pt")).last_hidden_state[0].mean(dim=0).numpy()
            for text in TEXTS
        ]
    expected = np.stack(means) / np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder.embed(TEXTS), expected, atol=1e-5)


def test_sentence_transformers_of_a_folder(bert):
    library = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    from leitmotif.backend import SentenceTransformerBackend

    embedder = SentenceTransformerBackend(str(bert))
    np.testing.assert_allclose(embedder.embed(TEXTS), library.SentenceTransformer(str(bert)).encode(TEXTS), atol=1e-6)


def test_zero_shot_classification(bert, tmp_path, corpus):
    import torch
    import transformers

    from leitmotif.representation import ZeroShotClassification

    torch.manual_seed(1)
    config = transformers.AutoConfig.from_pretrained(bert)
    config.num_labels, config.label2id = 3, {"contradiction": 0, "neutral": 1, "entailment": 2}
    config.id2label = {number: name for name, number in config.label2id.items()}
    transformers.BertForSequenceClassification(config).eval().save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(bert).save_pretrained(tmp_path)
    texts, embeddings, labels = corpus
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        representation_model=ZeroShotClassification(["space", "food"], model=str(tmp_path), min_prob=0.0),
    ).fit(texts, embeddings, y=labels)
    for words in model.get_topics().values():
        assert words[0][0] in {"space", "food"} and 0.5 <= words[0][1] <= 1


def test_flair(bert):
    pytest.importorskip("flair", reason="flair cannot be imported", exc_type=ImportError)
    from flair.data import Sentence
    from flair.embeddings import TransformerDocumentEmbeddings

    embeddings = TransformerDocumentEmbeddings(str(bert), fine_tune=False)
    embedder = select_backend(embeddings)
    assert type(embedder).__name__ == "FlairBackend"
    found = embedder.embed(TEXTS)
    sentence = Sentence(TEXTS[0])
    embeddings.embed(sentence)
    np.testing.assert_allclose(found[0], sentence.embedding.cpu().numpy(), atol=1e-6)
    assert found.shape == (4, 16) and np.isfinite(found).all()


def test_fastembed(tmp_path):
    """A network that looks up one row a token."""
    pytest.importorskip("fastembed", reason="fastembed is not installed")
    onnx = pytest.importorskip("onnx", reason="onnx, which makes the model, is not installed")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType
    from onnx import TensorProto, helper, numpy_helper

    rows = np.random.default_rng(0).normal(size=(len(WORDS), 8)).astype(np.float32)
    kind = TensorProto.INT64
    inputs = [helper.make_tensor_value_info(name, kind, ["n", "t"]) for name in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["n", "t", 8])
    graph = helper.make_graph(
        [helper.make_node("Gather", ["rows", "input_ids"], ["last_hidden_state"])],
        "lookup",
        inputs,
        [output],
        [numpy_helper.from_array(rows, "rows")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(tmp_path / "model.onnx"))
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    for name, content in {
        "config.json": {"pad_token_id": 0},
        "tokenizer_config.json": {"model_max_length": 64, "pad_token": "[PAD]"},
        "special_tokens_map.json": {"pad_token": "[PAD]", "unk_token": "[UNK]"},
    }.items():
        (tmp_path / name).write_text(json.dumps(content))
    TextEmbedding.add_custom_model(
        model="leitmotif/lookup",
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf="leitmotif/lookup"),
        dim=8,
        model_file="model.onnx",
    )
    model = TextEmbedding("leitmotif/lookup", specific_model_path=str(tmp_path))
    embedder = select_backend(model)
    assert type(embedder).__name__ == "FastEmbedBackend"
    texts = ["the rocket orbit", "bread oven"]
    means = np.stack([rows[[WORDS.index(word) for word in text.split()]].mean(axis=0) for text in texts])
    np.testing.assert_allclose(
        embedder.embed(texts), means / np.linalg.norm(means, axis=1, keepdims=True), rtol=1e-5, atol=1e-6
    )


def test_model2vec():
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    rows = np.random.default_rng(0).normal(size=(len(WORDS), 8)).astype(np.float32)
    model = model2vec.StaticModel(rows, tokenizer, config={"normalize": False})
    embedder = select_backend(model)
    assert type(embedder).__name__ == "Model2VecBackend"
    np.testing.assert_allclose(
        embedder.embed(["rocket moon"])[0], rows[[WORDS.index("rocket"), WORDS.index("moon")]].mean(axis=0), atol=1e-6
    )


def test_langchain():
    embeddings = pytest.importorskip("langchain_core.embeddings", reason="langchain-core is not installed")
    model = embeddings.DeterministicFakeEmbedding(size=6)
    from leitmotif.backend import LangChainBackend

    found = LangChainBackend(model).embed(TEXTS)
    np.testing.assert_allclose(found, model.embed_documents([text or " " for text in TEXTS]))


def test_a_fit_on_word_vectors_trained_here(corpus):
    models = pytest.importorskip("gensim.models", reason="gensim is not installed")
    texts, _, labels = corpus
    trained = models.Word2Vec(
        [text.split() for text in texts], vector_size=12, min_count=1, epochs=60, workers=1, seed=1
    )
    model = BERTopic(
        embedding_model=trained.wv, umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster()
    ).fit(texts, y=labels)
    subject = {topic: labels[row] for row, topic in enumerate(model.topics_)}
    predicted, _ = model.transform([f"{text} anew" for text in texts])
    assert np.mean([subject[t] == label for t, label in zip(predicted, labels, strict=True)]) > 0.9
    assert len(model.find_topics("rocket", top_n=2)[0]) == 2


def test_a_blank_spacy_pipeline_through_a_fit(corpus):
    spacy = pytest.importorskip("spacy", reason="spacy is not installed (extra: spacy)")
    texts, _, labels = corpus
    nlp = spacy.blank("en")
    rng = np.random.default_rng(0)
    for word in sorted({word for text in texts for word in text.split()}):
        nlp.vocab.set_vector(word, rng.normal(size=10).astype(np.float32))
    model = BERTopic(embedding_model=nlp, umap_model=BaseDimensionalityReduction(), hdbscan_model=BaseCluster())
    model.fit(texts, y=labels)
    expected = np.stack([nlp(text).vector for text in texts])
    for row, topic in enumerate(model.state.topic_ids.tolist()):
        held = np.array(model.topics_) == topic
        np.testing.assert_allclose(model.topic_embeddings_[row], expected[held].mean(axis=0), atol=1e-5)


def test_river_learns_in_batches(corpus):
    """Wrapped as BERTopic's documentation tells its users to."""
    cluster = pytest.importorskip("river.cluster", reason="river is not installed")

    class Wrapped:
        def __init__(self, model):
            self.model = model

        def partial_fit(self, points):
            rows = [dict(enumerate(point)) for point in points]
            for row in rows:
                self.model.learn_one(row)
            self.labels_ = [self.model.predict_one(row) for row in rows]
            return self

    texts, embeddings, _ = corpus
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=Wrapped(cluster.KMeans(n_clusters=3, halflife=0.4, sigma=3, seed=1)),
        vectorizer_model=OnlineCountVectorizer(stop_words="english"),
    )
    collected = []
    for rows in np.array_split(np.arange(len(texts)), 4):
        model.partial_fit([texts[row] for row in rows], embeddings[rows])
        collected += model.topics_
    model.topics_ = collected
    assert len(collected) == len(texts) == sum(model.topic_sizes_.values())
    assert set(collected) <= set(model.get_topics()) and len(model.get_topic_info()) == len(model.topic_sizes_)
