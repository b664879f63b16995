"""What goes to a language model and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leitmotif.llm.failure import Failure

__all__ = ["Prompt", "Reply"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """One question.

    Attributes
    ----------
    user : str
        The question.
    system : str or None
        What the model is told before it; None: nothing.
    schema : mapping or None
        JSON schema of the answer, for providers that can hold a model to it.
    documents : tuple of str
        Texts beside the question, for chains that take them apart from it.
    """

    user: str
    system: str | None = None
    schema: Mapping[str, Any] | None = None
    documents: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What tells this prompt from others, as plain data."""
        given: dict[str, Any] = {"user": self.user}
        if self.system is not None:
            given["system"] = self.system
        if self.schema is not None:
            given["schema"] = dict(self.schema)
        if self.documents:
            given["documents"] = list(self.documents)
        return given

    def messages(self) -> list[dict[str, str]]:
        """Messages as most providers take them."""
        system = [] if self.system is None else [{"role": "system", "content": self.system}]
        return [*system, {"role": "user", "content": self.user}]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One answer, or why there is none.

    Attributes
    ----------
    texts : tuple of str
        The answer; some local models give several. Empty where the call failed.
    finish : str or None
        Why the model stopped, in the provider's words ("stop", "length", …).
    input_tokens, output_tokens : int or None
        As the provider counted them.
    failure : Failure or None
    recalled : bool
        It came from the ledger: nothing was sent.
    """

    texts: tuple[str, ...] = ()
    finish: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    failure: Failure | None = None
    recalled: bool = False

    @property
    def text(self) -> str:
        """The answer, "" where there is none."""
        return self.texts[0] if self.texts else ""

    @property
    def is_cut(self) -> bool:
        """Whether the model was stopped by the limit of its output."""
        return self.finish is not None and self.finish.lower() in {"length", "max_tokens", "max_output_tokens"}
