"""The model that ``leitmotif fit`` makes: defaults that suit a first look at a corpus of any size and language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import typer

__all__ = ["Recipe", "frequent_words", "largest_topic", "make_model", "read_ngram", "read_number_or_auto"]

FREQUENT = 0.25
"""A word of more than this share of the documents tells topics apart no more than "and" does."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The options that shape the model; what is None is decided by :func:`make_model` from the documents."""

    language: str
    ngram_range: tuple[int, int]
    stop_words: Literal["english", "frequent", "none"] | None
    nr_topics: int | Literal["auto"] | None
    min_topic_size: int | None
    max_topic_share: float
    top_n_words: int
    embedding_model: str | None
    chunking: int | Literal["auto"] | None
    seed: int


def make_model(recipe: Recipe, texts: Sequence[str]) -> Any:
    """The estimator for these documents.

    It is ``BERTopic()`` with phrases among the topic words. Where a smallest topic is asked for, HDBSCAN takes 5 neighbours
    for dense enough and splits the largest topics. Where stop words are asked for, exactly these are left out and the words
    are those with the best c-TF-IDF, frequent ones by the root of their number.
    """
    from leitmotif import BERTopic
    from leitmotif.cluster import HDBSCAN
    from leitmotif.vectorizers import ClassTfidfTransformer, CountVectorizer

    size = recipe.min_topic_size
    clusterer = vectorizer = weighting = None
    if size is not None:
        largest = largest_topic(len(texts), size, recipe.max_topic_share)
        clusterer = HDBSCAN(min_cluster_size=size, min_samples=5, max_cluster_size=largest, prediction_data=True)
    if recipe.stop_words is not None:
        words = frequent_words(texts) if recipe.stop_words == "frequent" else recipe.stop_words
        vectorizer = CountVectorizer(ngram_range=recipe.ngram_range, stop_words=None if words == "none" else words)
        weighting = ClassTfidfTransformer(reduce_frequent_words=True)
    return BERTopic(
        language=recipe.language,
        top_n_words=recipe.top_n_words,
        n_gram_range=recipe.ngram_range,
        min_topic_size="auto" if size is None else size,
        nr_topics=recipe.nr_topics,
        embedding_model=recipe.embedding_model,
        hdbscan_model=clusterer,
        vectorizer_model=vectorizer,
        ctfidf_model=weighting,
        chunking=recipe.chunking,
        random_state=recipe.seed,
    )


def largest_topic(n_documents: int, smallest: int, share: float) -> int:
    """Where a topic is split: a share of the documents, but no less than ten times the smallest topic; 0: nowhere.

    HDBSCAN likes to take one half of a corpus for a topic where that is better set off than its parts.
    """
    return 0 if share >= 1 else max(round(share * n_documents), 10 * smallest)


def frequent_words(texts: Sequence[str]) -> list[str] | None:
    """The words of more than a quarter of the documents, sorted; None where the documents are too few to tell."""
    from leitmotif.vectorizers import CountVectorizer

    if len(texts) < 30 or not any(text.strip() for text in texts):
        return None
    counter = CountVectorizer()
    counts = counter.fit_transform(texts)
    share = counts.getnnz(axis=0) / len(texts)
    return sorted(str(word) for word in counter.get_feature_names_out()[share > FREQUENT]) or None


def read_ngram(text: str) -> tuple[int, int]:
    """``"2"`` -> (1, 2), ``"2-3"`` or ``"2,3"`` -> (2, 3); anything else is an error of the command line."""
    parts = text.replace(",", "-").split("-")
    if not (all(part.strip().isdecimal() for part in parts) and len(parts) <= 2):
        raise typer.BadParameter(f'{text!r} is no length and no range such as "1-2"', param_hint="--ngram")
    lengths = (1, int(parts[0])) if len(parts) == 1 else (int(parts[0]), int(parts[1]))
    if not 1 <= lengths[0] <= lengths[1]:
        raise typer.BadParameter(f"{text!r} is no range of lengths from 1 on", param_hint="--ngram")
    return lengths


def read_number_or_auto(text: str | None, option: str = "--nr-topics") -> int | Literal["auto"] | None:
    """A number from 1 on, ``"auto"`` or None; anything else is an error of the command line."""
    if text is None or text == "auto":
        return "auto" if text else None
    if not (text.isdecimal() and int(text) > 0):
        raise typer.BadParameter(f'{text!r} is neither a number nor "auto"', param_hint=option)
    return int(text)
