"""Models that make (better) words for topics from c-TF-IDF's."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "BaseRepresentation": ".representation_model",
        "Cohere": ".cohere",
        "KeyBERTInspired": ".keybert",
        "KeyphraseLabels": ".keyphrases",
        "LangChain": ".langchain",
        "LanguageModelLabels": ".labels",
        "LiteLLM": ".litellm",
        "LlamaCPP": ".llamacpp",
        "MaximalMarginalRelevance": ".mmr",
        "OpenAI": ".openai",
        "PartOfSpeech": ".pos",
        "TextGeneration": ".textgeneration",
        "VisualRepresentation": ".visual",
        "ZeroShotClassification": ".zeroshot",
    },
)
