"""Names for topics from any language model: several fields an answer, unique names, written down and within a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from leitmotif.llm.budget import Budget, Estimate, Usage
from leitmotif.llm.client import ChatClient
from leitmotif.llm.ledger import Ledger
from leitmotif.llm.naming import TopicFacts, name_topics, topic_prompt
from leitmotif.llm.providers import connect
from leitmotif.protocols import TopicEvidence
from leitmotif.representation.prompted import AskingRepresentation, open_ledger
from leitmotif.representation.typical import typical_texts
from leitmotif.typing import OUTLIER, Words, WordsByTopic

__all__ = ["LanguageModelLabels"]


class LanguageModelLabels(AskingRepresentation):
    """Ask a language model for a name of each topic, many topics at once; the name becomes the topic's only word.

    One call a topic; the outlier topic keeps its words. An answer without a name is asked for once more, alike names once
    more side by side. A topic without a name keeps its words, and ``failures_`` says why; nothing that a provider does ends
    a fit.

    Parameters
    ----------
    client : object, optional
        A client of ``openai``, ``anthropic`` or ``cohere``, a LangChain runnable, a transformers pipeline, a
        ``llama_cpp.Llama``, or a function text -> text. Default: the official client of ``provider``, with its key
        from the environment.
    model : str, optional
        Name of the model; local objects and functions need none.
    provider : {"openai", "anthropic", "cohere", "litellm"}, optional
        Which client to make where none is given; default "openai".
    base_url : str, optional
        Where the server is: vLLM, llama.cpp, Ollama, LM Studio or any other that speaks the provider's protocol.
    parameters : mapping, optional
        Sent with each prompt (``temperature``, ``max_tokens``, …); nothing else is.
    language : str, optional
        Of the names; default: that of the texts.
    context : str, optional
        What the collection is, in a few words.
    concurrency : int
        Most requests at once.
    retries : int
        Further tries of a request that may yet succeed.
    timeout_s : float
        Seconds after which a request is given up (servers only).
    hedge : bool
        Send late requests at the end a second time: faster where a server hangs, at the price of a call
        (:class:`leitmotif.llm.ChatClient`).
    ledger : Ledger or path, optional
        Where replies are kept, so that a later run asks only for what is missing. Default: in memory, for this object.
    budget : Budget, optional
        Limits of calls, tokens or money.
    window : int, optional
        Most tokens of a prompt; documents are shortened to fit.
    tokenizer : object with encode, or function text -> int, optional
        Counts tokens; default: a safe count by bytes.
    nr_docs : int
        Typical documents in a prompt.
    nr_words : int
        Keywords in a prompt.
    diversity : float, optional
        Between 0 and 1: documents unlike each other.
    structured : bool
        Send a JSON schema where the provider can hold to it.

    Attributes
    ----------
    failures_ : dict of int to Failure
        Topics that kept their words in the last pass, and why.
    descriptions_ : dict of int to str
        A sentence on each topic.
    dropped_keywords_ : dict of int to list of str
        Keywords that the model found out of place.
    usage_ : Usage
        What was spent through the budget so far.

    Examples
    --------
    >>> LanguageModelLabels(lambda text: '{"label": "Solar power"}').nr_docs
    4
    """

    def __init__(
        self,
        client: Any = None,
        model: str | None = None,
        *,
        provider: str | None = None,
        base_url: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        language: str | None = None,
        context: str | None = None,
        concurrency: int = 8,
        retries: int = 4,
        timeout_s: float = 60.0,
        hedge: bool = False,
        ledger: Ledger | str | PathLike[str] | None = None,
        budget: Budget | None = None,
        window: int | None = None,
        tokenizer: Any = None,
        nr_docs: int = 4,
        nr_words: int = 12,
        diversity: float | None = None,
        structured: bool = True,
    ) -> None:
        self.client = client
        self.model = model
        self.provider = provider
        self.base_url = base_url
        self.parameters = parameters
        self.language = language
        self.context = context
        self.concurrency = concurrency
        self.retries = retries
        self.timeout_s = timeout_s
        self.hedge = hedge
        self.ledger = ledger
        self.budget = budget
        self.window = window
        self.tokenizer = tokenizer
        self.nr_docs = nr_docs
        self.nr_words = nr_words
        self.diversity = diversity
        self.structured = structured
        self.failures_ = {}
        self.descriptions_: dict[int, str] = {}
        self.dropped_keywords_: dict[int, list[str]] = {}
        self.usage_ = Usage()
        self._memory: Ledger | None = None

    def represent(self, evidence: TopicEvidence, words: WordsByTopic) -> dict[int, Words]:
        """A name of each topic, as ``[(name, 1)]``; its words where there is none."""
        named = super().represent(evidence, words)
        topics = self._facts(evidence, named)
        naming = name_topics(
            self.chat_client(),
            topics,
            language=self.language,
            window=self.window,
            structured=self.structured,
            context=self.context,
        )
        self.failures_, self.descriptions_, self.usage_ = naming.failures, naming.descriptions, naming.usage
        self.dropped_keywords_ = naming.dropped_keywords
        return named | {topic: [(label, 1.0)] for topic, label in naming.labels.items()}

    def estimate(self, evidence: TopicEvidence, words: WordsByTopic) -> Estimate:
        """What :meth:`represent` would send, in calls, tokens and money; nothing is sent.

        Second questions (answers without a name, alike names) are not foreseen.
        """
        client = self.chat_client()
        prompts = [
            topic_prompt(
                facts,
                language=self.language,
                window=self.window,
                count=client.count_tokens,
                structured=self.structured,
                context=self.context,
            )
            for facts in self._facts(evidence, words)
        ]
        return client.estimate(prompts)

    def chat_client(self) -> ChatClient:
        """The client that the parameters stand for.

        Raises
        ------
        InvalidInputError
            Neither a client nor a model, or a budget of money without a price.
        MissingDependencyError
            The provider's library is not installed.
        """
        if self._memory is None:
            self._memory = Ledger()
        return ChatClient(
            connect(
                self.client,
                self.model,
                provider=self.provider,
                base_url=self.base_url,
                parameters=self.parameters,
                timeout_s=self.timeout_s,
                structured=self.structured,
            ),
            concurrency=self.concurrency,
            retries=self.retries,
            ledger=self._memory if self.ledger is None else open_ledger(self.ledger),
            budget=self.budget,
            tokenizer=self.tokenizer,
            hedge=self.hedge,
        )

    def _facts(self, evidence: TopicEvidence, words: WordsByTopic) -> Sequence[TopicFacts]:
        texts = typical_texts(evidence, self.nr_docs, diversity=self.diversity)
        return [
            TopicFacts(
                topic=topic,
                keywords=[word for word, _ in words.get(topic, []) if word][: self.nr_words],
                documents=texts.get(topic, []),
            )
            for topic in evidence.topic_ids.tolist()
            if topic in words and topic != OUTLIER
        ]
