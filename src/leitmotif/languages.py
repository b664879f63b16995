"""Languages by code and by name in English: the one list that stop words and embedding models choose from."""

from __future__ import annotations

__all__ = ["NAMES", "code_named"]

NAMES: dict[str, str] = {
    "af": "afrikaans",
    "ar": "arabic",
    "bg": "bulgarian",
    "bn": "bengali",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "fr-ca": "canadian french",
    "ga": "irish",
    "gl": "galician",
    "gu": "gujarati",
    "he": "hebrew",
    "hi": "hindi",
    "hr": "croatian",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "is": "icelandic",
    "it": "italian",
    "ja": "japanese",
    "ka": "georgian",
    "kn": "kannada",
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
    "ne": "nepali",
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
    "ta": "tamil",
    "te": "telugu",
    "th": "thai",
    "tl": "tagalog",
    "tr": "turkish",
    "uk": "ukrainian",
    "ur": "urdu",
    "vi": "vietnamese",
    "zh": "chinese",
    "zh-cn": "chinese (simplified)",
    "zh-tw": "chinese (traditional)",
}
"""Code -> name, lower case."""

_CODES = {name: code for code, name in NAMES.items()} | {
    "farsi": "fa",
    "filipino": "tl",
    "norwegian": "nb",
    "no": "nb",
    "nn": "nb",
}


def code_named(language: str | None) -> str | None:
    """The code of a language that is named in English or by its code, any case ("German", "de", "zh_CN"); None for others.

    A code with a region that is not in the list is that of the language: "de-AT" is "de".
    """
    if language is None:
        return None
    name = language.strip().lower().replace("_", "-")
    if name in NAMES:
        return name
    if name in _CODES:
        return _CODES[name]
    start = name.split("-")[0]
    return start if start in NAMES else None
