"""What all ways to ask a language model share: prompts, and trying again."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "DOCUMENTS_TAG": ".prompt",
        "KEYWORDS_TAG": ".prompt",
        "check_truncation": ".prompt",
        "clean_label": ".prompt",
        "fill": ".prompt",
        "retry_with_exponential_backoff": ".retry",
        "truncate_document": ".prompt",
    },
)
