"""What stands for an embedding model that a file names and does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from leitmotif.errors import MissingComponentError

__all__ = ["LostEmbedder"]


class LostEmbedder:
    """An embedder that says what is missing, rather than answering from another model's space.

    Parameters
    ----------
    name : str or None
        What the file says of the embedding model.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name

    def embed(self, documents: Sequence[str], verbose: bool = False) -> NoReturn:  # noqa: ARG002 - an embedder's arguments
        """Raise :class:`MissingComponentError`."""
        which = f" ({self.name})" if self.name else ""
        raise MissingComponentError(
            f"this model was loaded without its embedding model{which}: pass embedding_model= to load(), "
            "or embeddings= to this call"
        )

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, LostEmbedder) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)
