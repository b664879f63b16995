"""The languages of paraphrase-multilingual-MiniLM-L12-v2, as ``language=`` takes them."""

from __future__ import annotations

__all__ = ["is_multilingual", "languages"]

NAMES: dict[str, str] = {
    "ar": "arabic",
    "bg": "bulgarian",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "fr-ca": "canadian french",
    "gl": "galician",
    "gu": "gujarati",
    "he": "hebrew",
    "hi": "hindi",
    "hr": "croatian",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "ja": "japanese",
    "ka": "georgian",
    "ko": "korean",
    "ku": "kurdish",
    "lt": "lithuanian",
    "lv": "latvian",
    "mk": "macedonian",
    "mn": "mongolian",
    "mr": "marathi",
    "ms": "malay",
    "my": "burmese",
    "nb": "norwegian bokmal",
    "nl": "dutch",
    "pl": "polish",
    "pt": "portuguese",
    "pt-br": "brazilian portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sk": "slovak",
    "sl": "slovenian",
    "sq": "albanian",
    "sr": "serbian",
    "sv": "swedish",
    "th": "thai",
    "tr": "turkish",
    "uk": "ukrainian",
    "ur": "urdu",
    "vi": "vietnamese",
    "zh-cn": "chinese (simplified)",
    "zh-tw": "chinese (traditional)",
}
ALSO = {"multilingual", "chinese", "norwegian", "farsi", "zh", "no"}

languages: list[str] = list(NAMES.values())
"""The 53 names, lower case."""


def is_multilingual(language: str) -> bool:
    """Whether a name (any case), its code (``"de"``), or ``"multilingual"`` asks for the multilingual model."""
    name = language.lower()
    return name in NAMES or name in languages or name in ALSO
