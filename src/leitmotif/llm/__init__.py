"""Language models: prompts out, replies back, many at once, written down, within a budget; and names for topics from them."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "Budget": ".budget",
        "ChatClient": ".client",
        "DOCUMENTS_TAG": ".prompt",
        "Estimate": ".budget",
        "Failure": ".failure",
        "KEYWORDS_TAG": ".prompt",
        "Ledger": ".ledger",
        "Naming": ".naming",
        "Prompt": ".messages",
        "Provider": ".providers",
        "Reply": ".messages",
        "TopicFacts": ".naming",
        "Usage": ".budget",
        "check_truncation": ".prompt",
        "clean_label": ".prompt",
        "connect": ".providers",
        "fill": ".prompt",
        "name_hierarchy": ".hierarchy",
        "name_topics": ".naming",
        "retry_with_exponential_backoff": ".retry",
        "topic_prompt": ".naming",
        "truncate_document": ".prompt",
    },
)
