"""Check sums, made beside other work: hashing megabytes takes as long as all that is made of them."""

from __future__ import annotations

import _thread
import hashlib
from collections.abc import Callable, Sequence

__all__ = ["later_sha256"]

BESIDE = 1 << 18
"""Bytes from which on a thread is worth it."""


def later_sha256(pieces: Sequence[bytes | bytearray | memoryview]) -> Callable[[], str]:
    """What waits for the SHA-256 of all pieces together, in hexadecimal; they must not change until then."""
    if sum(map(len, pieces)) < BESIDE:
        digest = _sha256(pieces)
        return lambda: digest
    found: list[str] = []
    done = _thread.allocate_lock()
    done.acquire()

    def make() -> None:
        try:
            found.append(_sha256(pieces))
        finally:
            done.release()

    _thread.start_new_thread(make, ())  # threading.Thread would wait here until the other one runs

    def wait() -> str:
        with done:
            return found[0]

    return wait


def _sha256(pieces: Sequence[bytes | bytearray | memoryview]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
