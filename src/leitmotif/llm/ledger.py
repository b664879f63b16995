"""Every prompt and its reply in one SQLite file, found again by content: what was paid for once is not paid for twice."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leitmotif.errors import InvalidInputError
from leitmotif.llm.failure import without_secrets
from leitmotif.llm.messages import Prompt, Reply

__all__ = ["Ledger"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, parameters TEXT NOT NULL, prompt TEXT NOT NULL, texts TEXT NOT NULL,
    finish TEXT, input_tokens INTEGER, output_tokens INTEGER, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) WITHOUT ROWID
"""


class Ledger:
    """Replies by the content of what was asked: model, parameters, prompt.

    Each reply is on disk before it is used, so a run that is killed goes on where it stood. May be used from any thread,
    and by several processes. Keys and headers among the parameters are neither stored nor part of what a reply is found by.

    Parameters
    ----------
    path : path-like, optional
        The file, made where it is missing (readable by its owner alone: it holds texts of the corpus). Default: in memory.

    Raises
    ------
    InvalidInputError
        The file is no ledger, or its directory does not exist.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._lock = threading.Lock()
        if self.path is not None and not self.path.absolute().parent.is_dir():
            raise InvalidInputError(f"{self.path.absolute().parent} is no directory: the ledger cannot be made there")
        if self.path is not None and not self.path.exists():
            self.path.touch(mode=0o600)
        self._connection = sqlite3.connect(
            ":memory:" if self.path is None else self.path, timeout=60, check_same_thread=False
        )
        try:
            if self.path is not None:
                self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(_SCHEMA)
            self._connection.commit()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise InvalidInputError(f"{self.path} is no ledger of leitmotif: {error}") from error

    @staticmethod
    def key(model: str, parameters: Mapping[str, Any], prompt: Prompt) -> str:
        """SHA-256 of model, parameters and prompt, as hexadecimal digits."""
        return hashlib.sha256(_canonical([model, without_secrets(parameters), prompt.to_json()]).encode()).hexdigest()

    def get(self, key: str) -> Reply | None:
        """The reply of a key, marked as recalled; None where there is none."""
        with self._lock:
            row = self._connection.execute(
                "SELECT texts, finish, input_tokens, output_tokens FROM replies WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        return Reply(
            texts=tuple(json.loads(row[0])), finish=row[1], input_tokens=row[2], output_tokens=row[3], recalled=True
        )

    def put(self, key: str, model: str, parameters: Mapping[str, Any], prompt: Prompt, reply: Reply) -> Reply:
        """Write a reply down, at once; gives the reply that stands there, which is another where one came before."""
        values = (
            key,
            model,
            _canonical(without_secrets(parameters)),
            _canonical(prompt.to_json()),
            json.dumps(list(reply.texts), ensure_ascii=False),
            reply.finish,
            reply.input_tokens,
            reply.output_tokens,
        )
        with self._lock, self._connection:
            new = self._connection.execute(
                "INSERT OR IGNORE INTO replies "
                "(key, model, parameters, prompt, texts, finish, input_tokens, output_tokens) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            ).rowcount
        return reply if new else self.get(key) or reply

    def forget(self, key: str) -> None:
        """Drop a reply that could not be used, so that the next run asks again."""
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM replies WHERE key = ?", (key,))

    def __len__(self) -> int:
        with self._lock:
            return int(self._connection.execute("SELECT count(*) FROM replies").fetchone()[0])

    def close(self) -> None:
        """Close the file; the ledger cannot be used after."""
        with self._lock:
            self._connection.close()

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r})" if self.path is not None else "Ledger()"

    def __reduce__(self) -> tuple[type[Ledger], tuple[str | None]]:
        return Ledger, (None if self.path is None else str(self.path),)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=repr)
