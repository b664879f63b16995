"""Models that make (better) words for topics from c-TF-IDF's."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "BaseRepresentation": ".representation_model",
        "Cohere": ".language_models",
        "KeyBERTInspired": ".keybert",
        "KeyphraseLabels": ".keyphrases",
        "LangChain": ".language_models",
        "LanguageModelLabels": ".labels",
        "LiteLLM": ".language_models",
        "LlamaCPP": ".language_models",
        "MaximalMarginalRelevance": ".mmr",
        "OpenAI": ".language_models",
        "PartOfSpeech": ".pos",
        "TextGeneration": ".language_models",
        "TopicWords": ".topicwords",
        "VisualRepresentation": ".visual",
        "ZeroShotClassification": ".zeroshot",
    },
)
