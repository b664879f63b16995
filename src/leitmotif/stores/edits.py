"""The history of a model as entries of ``leitmotif.json``, and back: of each state what differs from the present one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from leitmotif.history import Edit, History
from leitmotif.state import TopicState
from leitmotif.stores.checks import check_state
from leitmotif.stores.codec import ArraySink, decode, encode
from leitmotif.stores.parts import part_from_json, part_to_json
from leitmotif.stores.records import SavedParts
from leitmotif.stores.sources import Source, explained
from leitmotif.stores.states import decode_state, encode_state

__all__ = ["encode_history", "history_reader"]


def encode_history(
    history: History, now: TopicState, body: Mapping[str, Any], sink: ArraySink, pool: dict[str, int]
) -> dict[str, Any]:
    """The edits, and of each state that they speak of what differs from the present one (number 0, ``body``)."""
    numbers = {id(now): 0}
    states: list[dict[str, Any]] = []

    def number(state: TopicState) -> int:
        if id(state) not in numbers:
            numbers[id(state)] = len(states) + 1
            encoded = encode_state(state, sink, pool, f"{len(states) + 1}.")
            states.append({key: value for key, value in encoded.items() if value != body[key]})
        return numbers[id(state)]

    edits = [
        {
            "verb": edit.verb,
            "arguments": encode(dict(edit.arguments), "", ArraySink()),
            "before": number(edit.before),
            "after": number(edit.after),
            "changed": {
                name: [_encode_changed(name, value, f"edit.{i}.{name}.{side}", sink) for side, value in enumerate(pair)]
                for name, pair in edit.changed.items()
            },
        }
        for i, edit in enumerate(history.edits)
    ]
    return {"keep": history.keep, "done": history.done, "edits": edits, "states": states}


def _encode_changed(name: str, value: Any, where: str, sink: ArraySink) -> Any:
    if isinstance(value, SavedParts):
        entry = value.to_json(sink, where)
        return {"main": entry["main"] or [], "aspects": entry["aspects"]}
    return part_to_json(value, where, sink) if "." in name else encode(value, where, sink)


def history_reader(
    entries: Any,
    body: Mapping[str, Any],
    now: TopicState,
    arrays: Mapping[str, np.ndarray],
    source: Source,
    pool: Sequence[str],
    name: str,
) -> Callable[[], History] | None:
    """What reads the history of a model from the file ``name``: few who load one ever ask for it."""
    if entries is None:
        return None

    def read() -> History:
        with explained(source.path, name):
            states = [now]
            for place, differing in enumerate(entries["states"], 1):
                states.append(
                    decode_state(body | differing, arrays, source, pool, like=now, differing=differing.keys())
                )
                check_state(states[-1], f"{source.path}, state {place} of the history")
            edits = tuple(
                Edit(
                    verb=str(entry["verb"]),
                    arguments=decode(entry["arguments"], {}),
                    before=states[_place(entry["before"], states)],
                    after=states[_place(entry["after"], states)],
                    changed={
                        name: (_decode_changed(name, first, arrays), _decode_changed(name, second, arrays))
                        for name, (first, second) in entry["changed"].items()
                    },
                )
                for entry in entries["edits"]
            )
            done, keep = entries["done"], entries["keep"]
            if type(done) is not int or type(keep) is not int or not 0 <= done <= len(edits):
                raise ValueError("the history says no place among its edits")
            return History(edits=edits, done=done, keep=max(keep, len(edits)))

    return read


def _place(number: Any, states: Sequence[TopicState]) -> int:
    if type(number) is not int or not 0 <= number < len(states):
        raise ValueError(f"the history speaks of a state {number!r}")
    return number


def _decode_changed(name: str, entry: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if entry is None or "." not in name:
        return decode(entry, arrays)
    if "class" in entry:
        return part_from_json(entry, decode(entry, arrays))
    return SavedParts.from_json(entry, arrays)
