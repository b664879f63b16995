"""What was done to a model since its fit: a log over states, so that every edit can be taken back and done again.

States are frozen and share what an edit leaves alone, so an entry costs no more than what it changed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import numpy as np

from leitmotif.state import TopicState

__all__ = ["KEEP", "Edit", "History", "summarised"]

KEEP = 20
"""Edits that are kept unless the user says otherwise."""

MAX_BYTES = 1 << 30
"""The oldest edits are forgotten when what only the history holds is more than this."""

MAX_ITEMS = 50

UNTOLD = frozenset({"docs", "documents", "embeddings", "images", "probabilities"})
"""Arguments of which a history only tells the number: they may be private, or are large."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Edit:
    """One edit.

    Attributes
    ----------
    verb : str
        Name of the method, or ``"<attribute> ="`` for an assignment.
    arguments : mapping
        What it was called with, as plain data; texts and arrays only by their number (see :func:`summarised`).
    before, after : TopicState
    changed : mapping of str to (before, after)
        Parameters and components of the model that it changed too.
    """

    verb: str
    arguments: Mapping[str, Any]
    before: TopicState = field(repr=False)
    after: TopicState = field(repr=False)
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """The edits of a model, oldest first.

    Attributes
    ----------
    edits : tuple of Edit
        Those that were undone stand at the end.
    done : int
        How many of them are in force.
    keep : int
        How many are kept; the oldest are forgotten first.
    """

    edits: tuple[Edit, ...] = ()
    done: int = 0
    keep: int = KEEP

    def added(self, edit: Edit) -> History:
        """With one more edit; those that were undone are dropped.

        Assignments to one attribute in a row, such as a loop that writes into ``topics_``, are one edit.
        """
        edits = self.edits[: self.done]
        if edits and edit.verb == edits[-1].verb and edit.verb.endswith(" =") and not edit.changed:
            edit, edits = replace(edit, before=edits[-1].before, changed=edits[-1].changed), edits[:-1]
        return replace(self, edits=(*edits, edit), done=len(edits) + 1).within(self.keep)

    def within(self, keep: int) -> History:
        """With at most ``keep`` edits from now on; of those in force the latest, then of those undone the next."""
        edits = self.edits[max(self.done - keep, 0) :]
        done = min(self.done, keep)
        edits = edits[: max(keep, done)]
        if edits:
            now = edits[done - 1].after if done else edits[0].before
            while done > 1 and _own_bytes(edits, now) > MAX_BYTES:
                edits, done = edits[1:], done - 1
        return History(edits=edits, done=done, keep=keep)

    def steps(self) -> list[dict[str, Any]]:
        """One plain record an edit: verb, arguments, topics and outliers before and after, and whether it is in force."""
        return [
            {
                "edit": edit.verb,
                "arguments": dict(edit.arguments),
                "topics": (edit.before.n_topics, edit.after.n_topics),
                "outliers": (_outliers(edit.before), _outliers(edit.after)),
                "done": place < self.done,
            }
            for place, edit in enumerate(self.edits)
        ]


def _outliers(state: TopicState) -> int:
    return int(state.by_document.sizes[0]) if state.has_outliers else 0


def _own_bytes(edits: Sequence[Edit], now: TopicState) -> int:
    """Bytes of arrays that only the history holds."""
    known = {id(array) for array in _arrays(now)}
    total = 0
    for edit in edits:
        for state in (edit.before, edit.after):
            for array in _arrays(state):
                if id(array) not in known:
                    known.add(id(array))
                    total += array.nbytes
    return total


def _arrays(value: Any) -> list[np.ndarray]:
    """The arrays of a state, and of the records and sparse matrices in it."""
    if isinstance(value, np.ndarray):
        return [value]
    if is_dataclass(value):
        return [array for part in fields(value) for array in _arrays(getattr(value, part.name))]
    if hasattr(value, "indptr"):
        return [value.data, value.indices, value.indptr]
    return []


# -- arguments as plain data ------------------------------------------------------------------------


def summarised(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, as data that JSON can hold: enough to read what was done, without the texts.

    Plain values and short lists stand as they are, longer ones as ``{"items": n}``, arrays with their shape and
    components with the name of their class. The first argument, which is the model, is left out, and so is what was not given.
    """
    try:
        signature = inspect.signature(function)
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:  # the call itself will say what is wrong
        return {}
    receiver = next(iter(given), None)
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    return {
        name: {"items": len(value)} if name in UNTOLD and hasattr(value, "__len__") else _plain(value)
        for name, value in given.items()
        if name != receiver and value is not defaults[name]
    }


def _plain(value: Any, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value if not isinstance(value, str) or len(value) <= 200 else f"{value[:199]}…"
    if isinstance(value, np.generic):
        return _plain(value.item(), depth)
    if isinstance(value, Mapping) and len(value) <= MAX_ITEMS and depth < 3:
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and len(value) <= MAX_ITEMS and depth < 3:
        return [_plain(item, depth + 1) for item in (sorted(value, key=repr) if isinstance(value, set) else value)]
    if isinstance(value, np.ndarray) and value.ndim == 1 and len(value) <= MAX_ITEMS and value.dtype.kind in "biuf":
        return value.tolist()
    if hasattr(value, "shape"):
        return {"shape": [int(n) for n in value.shape]}
    if hasattr(value, "__len__") and not hasattr(value, "get_params"):
        return {"items": len(value)}
    return {"class": type(value).__name__}
