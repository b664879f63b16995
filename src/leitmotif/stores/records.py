"""What reading a model gives, before anything is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from leitmotif.stores.codec import ArraySink, decode
from leitmotif.stores.parts import Part, part_from_json, part_to_json

if TYPE_CHECKING:
    from leitmotif.history import History
    from leitmotif.state import TopicState

__all__ = ["SINGLE", "EmbedderNote", "SavedModel", "SavedParts"]

SINGLE = ("reducer", "clusterer", "vectorizer", "weighting")
"""The components of which a model has one each."""


@dataclass(frozen=True, kw_only=True)
class EmbedderNote:
    """Which embedding model a saved model had.

    Attributes
    ----------
    kind : {"default", "name", "part", "none"}
        The embedded one of ``embedding_model=None``; one that is found by its name (sentence-transformers); one whose
        vectors are in the file; none that could be kept.
    name : str or None
        Name for ``embedding_model=``, or for kind "none" the class that was left out.
    part : Part or None
    """

    kind: Literal["default", "name", "part", "none"] = "none"
    name: str | None = None
    part: Part | None = None


@dataclass(frozen=True, kw_only=True)
class SavedParts:
    """The components of a saved model; None where the file does not know one."""

    reducer: Part | None = None
    clusterer: Part | None = None
    vectorizer: Part | None = None
    weighting: Part | None = None
    main: Sequence[Part] | None = None
    aspects: Mapping[str, Sequence[Part]] = field(default_factory=dict)

    def to_json(self, sink: ArraySink, prefix: str = "") -> dict[str, Any]:
        """As they stand in the file; their arrays go to ``sink`` under names that start with ``prefix``."""
        dot = f"{prefix}." if prefix else ""

        def chain(parts: Sequence[Part], name: str) -> list[Any]:
            return [part_to_json(part, f"{name}.{i}", sink) for i, part in enumerate(parts)]

        return {
            **{name: part_to_json(getattr(self, name), dot + name, sink) for name in SINGLE},
            "main": None if self.main is None else chain(self.main, f"{dot}main"),
            "aspects": {name: chain(parts, f"{dot}aspect.{name}") for name, parts in self.aspects.items()},
        }

    @classmethod
    def from_json(cls, entries: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> SavedParts:
        """What :meth:`to_json` wrote; what is missing there is None."""
        decoded = decode(entries, arrays)

        def chain(raw: Any, values: Any) -> tuple[Part, ...]:
            found = (part_from_json(entry, value) for entry, value in zip(raw, values, strict=True))
            return tuple(part for part in found if part is not None)

        main = entries["main"]
        return cls(
            **{name: part_from_json(entries.get(name), decoded.get(name)) for name in SINGLE},
            main=None if main is None else chain(main, decoded["main"]),
            aspects={name: chain(raw, decoded["aspects"][name]) for name, raw in entries["aspects"].items()},
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedModel:
    """A model as its files tell it.

    Attributes
    ----------
    path : Path
    written_by : {"leitmotif", "bertopic"}
        Whose files they are.
    state : TopicState
    settings : mapping
        The constructor's parameters that are plain data (none of the sub-models).
    embedder : EmbedderNote
    parts : SavedParts
    manifest : mapping
        Version of the format, versions of the libraries, size and fingerprint of the data; empty for BERTopic's files.
    defaults : frozenset of str
        Sub-models that nobody gave to the constructor: they were its own choice.
    history : callable or None
        Reads the edits, of which few who load a model ask. Components that they changed are :class:`Part` (representation
        models :class:`SavedParts`) under ``given.<name>`` and ``made.<name>``.
    """

    path: Path
    written_by: Literal["leitmotif", "bertopic"]
    state: TopicState
    settings: Mapping[str, Any]
    embedder: EmbedderNote = field(default_factory=EmbedderNote)
    parts: SavedParts = field(default_factory=SavedParts)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    defaults: frozenset[str] = frozenset()
    history: Callable[[], History] | None = None
