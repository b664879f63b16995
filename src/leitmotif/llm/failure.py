"""What went wrong with a call to a language model, in one small record: which kind, whether to try again, and when."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeAlias

__all__ = ["Failure", "Kind", "NoReplyError", "describe_failure", "redact", "without_secrets"]

Kind: TypeAlias = Literal[
    "rate limit",
    "quota",
    "overload",
    "timeout",
    "connection",
    "refused key",
    "bad request",
    "budget",
    "unreadable",
    "error",
]

_RETRIED: frozenset[Kind] = frozenset({"rate limit", "overload", "timeout", "connection"})
_FOR_ALL: frozenset[Kind] = frozenset({"quota", "refused key", "budget"})
_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|credit balance|billing|per month|/ ?month|spend limit|out of credits",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"(^|[_-])(api_?key|key|token|secret|password|authorization|credentials?|headers?)$", re.IGNORECASE
)
_SECRET_TEXT = (
    re.compile(r"\b(?:sk|pk|key|co|gsk|hf|xai)[-_][A-Za-z0-9_*-]{8,}"),
    re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"),
    re.compile(r"(?i)\b((?:x-)?api[-_]?key)(['\"]?\s*[:=]\s*['\"]?)[^\s'\",}]+"),
    re.compile(r"(?<=//)[^/\s:@]+:[^/\s@]+(?=@)"),
)
_LONGEST_TEXT = 400


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a prompt has no reply.

    Attributes
    ----------
    kind : str
        "rate limit", "overload", "timeout" and "connection" may pass; the others do not. After "quota", "refused key"
        and "budget" no further prompt is worth sending.
    message : str
        What the provider said, without keys.
    retry_after_s : float or None
        When the provider wants to be asked again.
    attempts : int
        Requests made for this prompt.
    """

    kind: Kind
    message: str
    retry_after_s: float | None = None
    attempts: int = 1

    @property
    def may_pass(self) -> bool:
        """Whether another try is worth it."""
        return self.kind in _RETRIED

    @property
    def ends_all(self) -> bool:
        """Whether every other prompt would fail the same way."""
        return self.kind in _FOR_ALL

    def __str__(self) -> str:
        tries = f" after {self.attempts} tries" if self.attempts > 1 else ""
        return f"{self.kind}{tries}: {self.message}"


class NoReplyError(Exception):
    """A body that came with a good status and is no reply.

    Parameters
    ----------
    message : str
    status_code : int
        What the body says of itself (some gateways answer 200 with an error within), else 200.
    """

    def __init__(self, message: str, status_code: int = 200) -> None:
        super().__init__(message)
        self.status_code = status_code


def describe_failure(error: BaseException, secrets: Iterable[str] = ()) -> Failure:
    """The failure that an exception stands for, of whatever library: by HTTP status, then by class.

    A 429 is a quota and not a rate limit where the provider says that credit or the month's share is used up.
    """
    status = _status(error)
    message = redact(_message(error), secrets)
    names = {kind.__name__ for kind in type(error).__mro__}
    wait = _retry_after(_headers(error))
    kind: Kind = "error"
    if isinstance(error, TimeoutError) or any("Timeout" in name for name in names) or status in (408, 504):
        kind = "timeout"
    elif status == 402 or (status in (400, 403, 429) and _QUOTA.search(_message(error))):
        kind = "quota"
    elif status == 429 or any("RateLimit" in name or "TooManyRequests" in name for name in names):
        kind = "rate limit"
    elif status in (401, 403):
        kind = "refused key"
    elif status is not None and (status >= 500 or status in (409, 425) or status < 300):  # below 300: no readable body
        kind = "overload"
    elif status is not None and status >= 400:
        kind = "bad request"
    elif isinstance(error, ConnectionError) or any(
        part in name
        for name in names
        for part in ("Connection", "ConnectError", "ProtocolError", "NetworkError", "ReadError")
    ):
        kind = "connection"
    elif any(part in name for name in names for part in ("ServiceUnavailable", "Overloaded", "InternalServer")):
        kind = "overload"
    elif isinstance(error, json.JSONDecodeError) or any(
        part in name
        for name in names
        for part in ("ResponseValidation", "DecodingError", "ParsingError", "ValidationError")
    ):
        kind = "overload"  # a body that is no reply: a proxy's page, or one cut short
    return Failure(kind, message, wait)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text, cut to 400 characters, with ``***`` for everything that is or looks like a key."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    for pattern in _SECRET_TEXT:
        text = pattern.sub("***", text)
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " …"


def without_secrets(options: Any) -> Any:
    """Options without the entries whose names say that they hold keys (``api_key``, ``extra_headers``, …), at any depth."""
    if isinstance(options, Mapping):
        return {
            str(name): without_secrets(value) for name, value in options.items() if not _SECRET_NAME.search(str(name))
        }
    if isinstance(options, list | tuple):
        return [without_secrets(value) for value in options]
    return options


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "http_status", "status", "code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    value = getattr(getattr(error, "response", None), "status_code", None)
    return value if isinstance(value, int) else None


def _message(error: BaseException) -> str:
    """What the body says, or the exception; of nested bodies the innermost ``message``."""
    body: Any = getattr(error, "body", None)
    for _ in range(3):
        if isinstance(body, Mapping):
            inner = body.get("error", body.get("message", body.get("detail")))
            code = body.get("code") or body.get("type")
            if isinstance(inner, str):
                return f"{inner} ({code})" if code and code != "error" else inner
            body = inner
    return str(error) or type(error).__name__


def _headers(error: BaseException) -> Mapping[str, str]:
    found = getattr(getattr(error, "response", None), "headers", None) or getattr(error, "headers", None)
    try:
        return {str(name).lower(): str(value) for name, value in dict(found or {}).items()}
    except (TypeError, ValueError):
        return {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``retry-after-ms`` or ``retry-after`` (seconds or a date); None where there is none."""
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            return max(float(value) / scale, 0.0)
        except ValueError:
            pass
        try:
            return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
        except (TypeError, ValueError):
            continue
    return None
