"""The page from its parts: one HTML text with style and script inside, under a Content-Security-Policy of their hashes."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["bundle_page", "bundle_script"]

_IMPORT = re.compile(r'^import \{ ?([^}]*?) ?\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_SLOT = re.compile(r"\{\{(\w+)\}\}")


def bundle_page(slots: Mapping[str, str]) -> str:
    """The page with its slots filled.

    Parameters
    ----------
    slots : mapping of str to str
        ``title``, ``facts``, ``version`` (texts: they are escaped here) and ``table``, ``record``, ``texts`` (put in as they
        are: their makers have escaped them).
    """
    style, script = _read("style.css"), bundle_script()
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
def bundle_script() -> str:
    """The modules of ``page/`` as one script: each in a function of its own, dependencies first.

    The modules keep to two forms, ``import { a, b } from "./c.js";`` and ``export`` before a declaration, so that no
    bundler is needed.
    """
    parts: list[str] = []
    _add_module("main.js", parts, set())
    return "\n" + "\n".join(parts)


def _add_module(name: str, parts: list[str], done: set[str]) -> None:
    if name in done:
        return
    done.add(name)
    source = _read(name)
    for found in _IMPORT.finditer(source):
        _add_module(found[2], parts, done)
    imports = "".join(f"const {{ {m[1]} }} = {_variable(m[2])};\n" for m in _IMPORT.finditer(source))
    exported = [found[2] for found in _EXPORT.finditer(source)]
    body = _EXPORT.sub(r"\1", _IMPORT.sub("", source))
    parts.append(
        f"// {name}\nconst {_variable(name)} = (() => {{\n{imports}{body}return {{ {', '.join(exported)} }};\n}})();\n"
    )


def _variable(name: str) -> str:
    return f"module_{name.removesuffix('.js')}"


def _read(name: str) -> str:
    return (files("leitmotif.explorer") / "page" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
