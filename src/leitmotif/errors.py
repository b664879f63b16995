"""Everything that leitmotif raises, on built-in bases so that ``except ValueError`` still works.

LeitmotifError
├── InvalidInputError (ValueError, TypeError)   what the caller passed cannot be used
│   ├── DocumentsError                    the documents are not a sequence of texts
│   ├── EmbeddingsError                   wrong shape, wrong length, or not finite
│   └── UnknownTopicError (also KeyError) a topic id that the model does not have
├── NotFittedError (ValueError, AttributeError)   the model has learned nothing yet
├── MissingDependencyError (ImportError)  an optional library is not installed
├── MissingComponentError (ValueError)    the model lacks what the call needs (an embedder, counts…)
└── ModelFileError (ValueError)           a saved model that cannot be read or written
"""

from __future__ import annotations

__all__ = [
    "DocumentsError",
    "EmbeddingsError",
    "InvalidInputError",
    "LeitmotifError",
    "MissingComponentError",
    "MissingDependencyError",
    "ModelFileError",
    "NotFittedError",
    "UnknownTopicError",
]


class LeitmotifError(Exception):
    """Base of every error that leitmotif raises on purpose."""


class InvalidInputError(LeitmotifError, ValueError, TypeError):
    """An argument cannot be used; the message says what was got and what to pass instead.

    Both a ``ValueError`` and a ``TypeError``: BERTopic raises the one or the other, as it happens.
    """


class DocumentsError(InvalidInputError):
    """The documents are not a sequence of texts."""


class EmbeddingsError(InvalidInputError):
    """Embeddings have the wrong shape or length, or hold values that are not finite."""


class UnknownTopicError(InvalidInputError, KeyError):
    """A topic id that the model does not have."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""


class NotFittedError(LeitmotifError, ValueError, AttributeError):
    """The model has learned nothing yet."""


class MissingDependencyError(LeitmotifError, ImportError):
    """An optional library is not installed; the message names the extra that brings it."""


class MissingComponentError(LeitmotifError, ValueError):
    """The model has no embedder, no counts or no other part that the call needs."""


class ModelFileError(LeitmotifError, ValueError):
    """A saved model cannot be read or written."""
