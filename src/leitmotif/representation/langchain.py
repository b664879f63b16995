"""Names of topics from a chain of LangChain."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leitmotif.llm.prompt import DEFAULT_CHAIN_PROMPT, KEYWORDS_TAG, check_truncation, clean_label
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.prompted import PromptedRepresentation
from leitmotif.typing import Words, WordsByTopic

__all__ = ["LangChain"]

logger = logging.getLogger(__name__)


class LangChain(PromptedRepresentation):
    """Ask a chain for a name of each topic, all topics in one batch.

    Parameters
    ----------
    chain : Runnable
        Takes ``{"input_documents": [Document, …], "question": str}`` and gives a text, a message, or a dict with ``output_text``.
    prompt : str, optional
        The question; ``[KEYWORDS]`` stands for the words of a topic. The documents go beside it.
    nr_docs, diversity, doc_length, tokenizer
        As in :class:`leitmotif.representation.OpenAI`.
    chain_config : mapping, optional
        Passed on as ``config``, for example ``{"max_concurrency": 5}``.

    Attributes
    ----------
    prompts_ : list of str
        The questions as asked.
    """

    default_prompt_ = DEFAULT_CHAIN_PROMPT

    def __init__(
        self,
        chain: Any,
        prompt: str | None = None,
        nr_docs: int = 4,
        diversity: float | None = None,
        doc_length: int | None = None,
        tokenizer: Any = None,
        chain_config: Mapping[str, Any] | None = None,
    ) -> None:
        check_truncation(doc_length, tokenizer)
        self.chain = chain
        self.prompt = prompt
        self.nr_docs = nr_docs
        self.diversity = diversity
        self.doc_length = doc_length
        self.tokenizer = tokenizer
        self.chain_config = chain_config
        self.prompts_ = []

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """A name of each topic, as ``[(name, 1)]``; its words where there is no answer."""
        named = {int(topic): list(pairs) for topic, pairs in words.items()}
        template = self.default_prompt_ if self.prompt is None else self.prompt
        documents = self._documents(evidence, wanted=True)
        document = _document_class()
        topics = evidence.topic_ids.tolist()
        self.prompts_ = [
            template.replace(KEYWORDS_TAG, ", ".join(word for word, _ in named.get(topic, []) if word))
            for topic in topics
        ]
        questions = [
            {"input_documents": [document(page_content=text) for text in documents.get(topic, [])], "question": prompt}
            for topic, prompt in zip(topics, self.prompts_, strict=True)
        ]
        try:
            answers = self.chain.batch(questions, config=self.chain_config, return_exceptions=True)
        except Exception as error:  # whatever a chain raises must not cost the fit
            answers = [error] * len(topics)
        for topic, answer in zip(topics, answers, strict=True):
            label = "" if isinstance(answer, Exception) else clean_label(_text(answer))
            if label and topic in named:
                named[topic] = [(label, 1.0)]
            else:
                logger.warning("LangChain got no name for topic %d, which keeps its words: %r", topic, answer)
        return named


@dataclass
class _Document:
    """Stands for LangChain's document where only something like a chain is used."""

    page_content: str
    metadata: dict[str, Any] = field(default_factory=dict)


def _document_class() -> Any:
    try:
        from langchain_core.documents import Document
    except ImportError:
        return _Document
    return Document


def _text(answer: Any) -> str:
    if isinstance(answer, Mapping):
        answer = answer.get("output_text", "")
    return str(getattr(answer, "content", answer))
