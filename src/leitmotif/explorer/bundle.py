"""The page from its parts: one HTML text with style and script inside, under a Content-Security-Policy of their hashes."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["bundle_page"]

_SLOT = re.compile(r"\{\{(\w+)\}\}")


def bundle_page(slots: Mapping[str, str]) -> str:
    """The page with its slots filled.

    ``page/explorer.js`` and ``page/explorer.css`` are what Vite makes of the sources in ``frontend/``.

    Parameters
    ----------
    slots : mapping of str to str
        ``title``, ``facts``, ``version`` (texts: they are escaped here) and ``table``, ``record``, ``texts`` (put in as they
        are: their makers have escaped them).
    """
    # The line breaks keep both apart from their tags; the hashes are of all that stands between these.
    style, script = f"\n{_read('explorer.css')}", f"\n{_read('explorer.js')}"
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    filled = {name: html.escape(slots[name]) for name in ("title", "facts", "version")}
    filled |= {name: slots[name] for name in ("table", "record", "texts")}
    filled |= {"policy": policy, "style": style, "script": script}
    # One pass: a text that looks like a slot is left as it is.
    return _SLOT.sub(lambda match: filled[match[1]], _read("page.html"))


@cache
def _read(name: str) -> str:
    return (files("leitmotif.explorer") / "page" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
