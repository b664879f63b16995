"""Names out of answers, whatever a model wraps them in: JSON, code fences, prose, thoughts, or half of any of these."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["find_json", "is_label", "read_fields", "read_labels", "strip_thinking", "tidy_label"]

LONGEST_LABEL = 100
MOST_WORDS = 14

_THOUGHT_TAGS = "think|thinking|thought|reasoning|reflection|scratchpad"
_CLOSED_THOUGHT = re.compile(rf"<({_THOUGHT_TAGS})\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHT = re.compile(rf"^.*</(?:{_THOUGHT_TAGS})\s*>", re.DOTALL | re.IGNORECASE)
_OPEN_THOUGHT = re.compile(rf"<(?:{_THOUGHT_TAGS})\b[^>]*>.*\Z", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z0-9_-]*\s*\n?|```")
_NAMED = re.compile(r"^\W*(?:topic|label|name|title)(?:\s+(?:name|label|title))?\W*?\s*[:=]\s*(.+)$", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"^(?:sure|certainly|of course|okay|ok|absolutely|great|here(?:'s| is| are)|based on|the (?:topic|label|name|title)\b"
    r"|these (?:texts|documents)|this (?:topic|group)|looking at|i (?:would|think|suggest|'d))",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"^(?:i(?:'m| am) (?:sorry|unable|not able)|sorry\b|i can(?:no|')t|as an ai\b|unable to|no (?:label|topic|name)\b"
    r"|n/?a\b|none\b|null\b|unknown\b|undefined\b|<?(?:topic|label|name|your label|short name)>?$|\.{3}|…$)",
    re.IGNORECASE,
)
_QUOTES = tuple(pair.split() for pair in ('" "', "' '", "“ ”", "‘ ’", "« »", "„ “", "` `", "** **", "* *", "_ _"))


def strip_thinking(text: str) -> str:
    """The text without what a model thought aloud; thoughts that never end take the rest with them."""
    text = _CLOSED_THOUGHT.sub("", text)
    text = _END_OF_THOUGHT.sub("", text)  # some servers leave the opening tag out
    return _OPEN_THOUGHT.sub("", text).strip()


def tidy_label(text: str) -> str:
    """A name on one line, without quotes, stars, list marks or a full stop around it."""
    label = " ".join(text.split())
    label = re.sub(r"^(?:[-*•#>]+|\d+[.)])\s+", "", label)
    before = None
    while label != before:
        before = label
        for opening, closing in _QUOTES:
            inner = label[len(opening) : len(label) - len(closing)]
            if len(label) > len(opening) + len(closing) and label.startswith(opening) and label.endswith(closing):
                label = inner.strip() if closing not in inner else label
        label = label.strip().rstrip(",;:").strip()
        if label.endswith(".") and not re.search(r"\b(?:\w\.){2,}$|\b(?:etc|Inc|Ltd|Co|vs)\.$", label):
            label = label[:-1].rstrip()
    return label


def is_label(text: str) -> bool:
    """Whether a text can be the name of a topic: some letters or digits, not too long, no refusal and no placeholder."""
    return (
        any(letter.isalnum() for letter in text)
        and len(text) <= LONGEST_LABEL
        and len(text.split()) <= MOST_WORDS
        and not _NO_ANSWER.match(text)
        and not text.startswith(("{", "["))
    )


def read_fields(answer: str | None) -> dict[str, Any]:
    """Fields of an answer; ``label`` is there only where a valid name was found.

    JSON is taken wherever it stands, mended where it is cut or badly written; else a line ``label: …``, a quoted phrase in a
    sentence, or the first short line.
    """
    text = strip_thinking(answer or "")
    for found in find_json(text):
        if isinstance(found, list) and found and isinstance(found[0], Mapping):
            found = found[0]
        if isinstance(found, Mapping) and len(found) == 1 and isinstance(inner := next(iter(found.values())), Mapping):
            found = inner
        fields = (
            {str(name).strip().lower(): value for name, value in found.items()} if isinstance(found, Mapping) else {}
        )
        for name in ("label", "topic", "name", "title", "topic_name", "topic_label"):
            value = fields.get(name)
            if isinstance(value, str) and is_label(tidy_label(value)):
                return {**fields, "label": tidy_label(value)}
        if isinstance(found, list) and len(found) == 1 and isinstance(found[0], str) and is_label(tidy_label(found[0])):
            return {"label": tidy_label(found[0])}
    label = _from_prose(text)
    return {"label": label} if label else {}


def read_labels(answer: str | None, ids: Sequence[int]) -> dict[int, str]:
    """Names of several topics out of one answer: ``{"labels": [{"id": 3, "label": …}]}``, ``{"3": …}``, or lines ``3: …``."""
    text = strip_thinking(answer or "")
    wanted = set(ids)
    found: dict[int, str] = {}

    def keep(topic: Any, value: Any) -> None:
        number = re.search(r"-?\d+", str(topic))
        label = tidy_label(value) if isinstance(value, str) else ""
        if number and int(number.group()) in wanted and is_label(label):
            found.setdefault(int(number.group()), label)

    for value in find_json(text):
        entries = value.get("labels", value) if isinstance(value, Mapping) else value
        if isinstance(entries, Mapping):
            for topic, label in entries.items():
                keep(topic, label)
        elif isinstance(entries, list):
            for entry in entries:
                if isinstance(entry, Mapping):
                    keep(entry.get("id", entry.get("topic")), entry.get("label", entry.get("name")))
        if found:
            return found
    for line in text.splitlines():
        match = re.match(r"^\W*(?:topic\s*)?(-?\d+)\W*[:.)=-]\s*(.+)$", line.strip(), re.IGNORECASE)
        if match:
            keep(match.group(1), match.group(2))
    return found


def find_json(text: str) -> Iterator[Any]:
    """Objects and lists of JSON in a text, outermost first; one that is cut off or badly written is mended."""
    text = _FENCE.sub("\n", text)
    decoder = json.JSONDecoder(strict=False)
    at = 0
    while (start := _first(text, "{[", at)) >= 0:
        try:
            value, at = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            value, at = _mended(text[start:]), start + 1
            if value is None:
                continue
            at = len(text)
        if value:
            yield value


def _mended(text: str) -> Any:
    """JSON with its usual faults put right: typographic or single quotes, trailing commas, bare keys, a missing end."""
    text = text.replace("“", '"').replace("”", '"')
    if '"' not in text:
        text = text.replace("'", '"')
    text = re.sub(r"([{,]\s*)'([^'\"]*)'(\s*:)", r'\1"\2"\3', text)
    text = re.sub(r"(:\s*)'([^'\"]*)'(\s*[,}])", r'\1"\2"\3', text)
    text = re.sub(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)", r'\1"\2"\3', text)
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    closed = _closed(text)
    for candidate in (text, closed, re.sub(r",(\s*[}\]])", r"\1", closed)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(candidate)[0]
        except (json.JSONDecodeError, RecursionError):
            continue
    return None


def _closed(text: str) -> str:
    """The text with what is still open at its end closed; a half entry at the end is dropped."""
    stack: list[str] = []
    in_string = escaped = False
    entry_start = None  # where the last whole entry of the outermost object ends
    for place, letter in enumerate(text):
        if in_string:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                in_string = False
        elif letter == '"':
            in_string = True
        elif letter in "{[":
            stack.append("}" if letter == "{" else "]")
        elif letter in "}]" and stack:
            stack.pop()
            if not stack:
                return text[: place + 1]
        elif letter == "," and len(stack) == 1:
            entry_start = place
    if entry_start is not None:
        return text[:entry_start] + stack[0] if stack else text
    return text  # cut within its first entry: a name that ends in the middle is no name


def _from_prose(text: str) -> str:
    lines = [line.strip() for line in _FENCE.sub("\n", text).splitlines() if line.strip()]
    for line in lines:
        match = None if line.startswith(("{", "[", '"')) else _NAMED.match(line.replace("**", "").replace("__", ""))
        if match and is_label(tidy_label(match.group(1))):
            return tidy_label(match.group(1))
    for line in lines:
        if line.startswith(("{", "[")) or _NO_ANSWER.match(line):
            continue
        if _LEAD_IN.match(line):
            quoted = re.search(r"[\"“«„]([^\"”»“]{2,100})[\"”»“]|\*\*([^*]{2,100})\*\*", line)
            label = tidy_label(next((group for group in (quoted.groups() if quoted else ()) if group), ""))
            label = label or tidy_label(line.partition(":")[2])
        else:
            label = tidy_label(line)
        if is_label(label) and len(label.split()) <= 10:
            return label
    return ""


def _first(text: str, letters: str, start: int) -> int:
    return min((place for place in (text.find(letter, start) for letter in letters) if place >= 0), default=-1)
