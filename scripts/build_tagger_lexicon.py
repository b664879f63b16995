"""Make the lexicon of the embedded tagger from TextBlob's, which is Brill's of 1993 (MIT) with additions.

    pip download --no-deps textblob && unzip textblob-*.whl
    python scripts/build_tagger_lexicon.py textblob/en/en-lexicon.txt src/leitmotif/representation/english.txt.gz

The result has one line a class: its letter, then its words in alphabetical order. Letters: n noun, N noun that may be a verb,
s plural noun, S plural noun that may be a verb's third person, j adjective, J adjective that may be a verb, k comparative or
superlative, v verb, z third person, d past tense, e past participle, g gerund, r adverb.
"""

from __future__ import annotations

import argparse
import gzip
import re
from pathlib import Path

CLASS_OF_TAG = {
    "NN": "n",
    "NNS": "s",
    "JJ": "j",
    "JJR": "k",
    "JJS": "k",
    "VB": "v",
    "VBP": "v",
    "VBZ": "z",
    "VBD": "d",
    "VBN": "e",
    "VBG": "g",
    "RB": "r",
    "RBR": "r",
    "RBS": "r",
}


def read(path: Path) -> dict[str, str]:
    """Lower-case words of two letters or more, each with its most frequent Penn tag."""
    tags = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, tag = line.partition(" ")
        if re.fullmatch("[a-z]{2,}", word) and " " not in tag:
            tags[word] = tag.split("|")[0]
    return tags


def verb_forms(word: str) -> list[str]:
    """How the past and the gerund of a verb would be written."""
    if word.endswith("e"):
        forms = [word + "d", word[:-1] + "ing"]
    elif re.search("[^aeiou]y$", word):
        forms = [word[:-1] + "ied", word + "ing"]
    else:
        forms = [word + "ed", word + "ing"]
    if re.search("[^aeiou][aeiou][bdgklmnprt]$", word):
        forms += [word + word[-1] + "ed", word + word[-1] + "ing"]
    return forms


def singulars(word: str) -> list[str]:
    """What a word in -s may be a form of."""
    if word.endswith("ies"):
        return [word[:-3] + "y"]
    if re.search("(s|x|z|ch|sh|o)es$", word):
        return [word[:-2], word[:-1]]
    return [word[:-1]] if word.endswith("s") else []


def classes(tags: dict[str, str]) -> dict[str, str]:
    """Class letter of every word of an open class."""

    def may_be_verb(word: str) -> bool:
        return tags.get(word) in ("VB", "VBP") or any(
            tags.get(form) in ("VBD", "VBN", "VBG", "VB") for form in verb_forms(word)
        )

    found = {}
    for word, tag in tags.items():
        letter = CLASS_OF_TAG.get(tag)
        if letter in ("n", "j") and may_be_verb(word):
            letter = letter.upper()
        if letter == "s" and any(may_be_verb(base) for base in singulars(word) if base in tags):
            letter = "S"
        if letter:
            found[word] = letter
    return found


def main() -> None:
    """Read, classify, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lexicon", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    by_class: dict[str, list[str]] = {}
    for word, letter in sorted(classes(read(arguments.lexicon)).items()):
        by_class.setdefault(letter, []).append(word)
    text = "".join(f"{letter} {' '.join(words)}\n" for letter, words in sorted(by_class.items()))
    arguments.out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
