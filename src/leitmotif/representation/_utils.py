"""Where BERTopic's helpers of language models are imported from."""

from __future__ import annotations

from leitmotif.llm.prompt import truncate_document
from leitmotif.llm.retry import retry_with_exponential_backoff

__all__ = ["retry_with_exponential_backoff", "truncate_document"]
