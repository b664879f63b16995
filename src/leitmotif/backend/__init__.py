"""Embedding models: texts, words and images to vectors.

Every backend has ``embed(documents, verbose=False)`` and gives a finite float array of shape (n, d). The default,
:class:`StaticEmbedder`, is part of the package; the others wrap a library or a service that the caller brings.
"""

from __future__ import annotations

from leitmotif._lazy import attach

_getattr, _names = attach(
    __name__,
    {
        "BaseEmbedder": ".embedder",
        "CohereBackend": ".cohere",
        "FastEmbedBackend": ".fastembed",
        "FlairBackend": ".flair",
        "GensimBackend": ".gensim",
        "HFTransformerBackend": ".huggingface",
        "LangChainBackend": ".langchain",
        "LsaEmbedder": ".lsa",
        "Model2VecBackend": ".model2vec",
        "MultiModalBackend": ".multimodal",
        "OpenAIBackend": ".openai",
        "SentenceTransformerBackend": ".sentence_transformers",
        "SklearnEmbedder": ".sklearn_pipeline",
        "SpacyBackend": ".spacy",
        "StaticEmbedder": ".static",
        "USEBackend": ".use",
        "WordDocEmbedder": ".word_doc",
        "languages": ".multilingual",
    },
)
__getattr__ = _getattr
__all__ = [*_names]
