"""Counting and weighing terms."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "ClassTfidfTransformer": ".ctfidf",
        "CountVectorizer": ".count",
        "OnlineCountVectorizer": ".online",
        "WordVectorizer": ".words",
    },
)
