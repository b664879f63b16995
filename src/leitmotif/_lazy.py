"""What is made on first use: names of a package that load their module (PEP 562), and values of a table."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from leitmotif.errors import MissingDependencyError

__all__ = ["LazyValues", "attach", "install_hint", "later", "made"]

# Import name of an optional library -> the extra of ours that installs it.
EXTRAS: dict[str, str] = {
    "sentence_transformers": "transformers",
    "transformers": "transformers",
    "torch": "torch",
    "umap": "umap",
    "hdbscan": "umap",
    "spacy": "spacy",
    "jieba": "chinese",
    "fugashi": "japanese",
    "unidic_lite": "japanese",
    "polars": "polars",
    "datamapplot": "datamap",
    "kaleido": "image",
    "huggingface_hub": "hub",
    "openai": "llm-openai",
    "anthropic": "llm-anthropic",
    "cohere": "llm-cohere",
    "litellm": "llm-litellm",
}

# Import name of a library -> its name at PyPI, where they differ.
PACKAGES: dict[str, str] = {"PIL": "pillow", "llama_cpp": "llama-cpp-python"}


def attach(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], list[str]]:
    """Give ``__getattr__`` and ``__all__`` for a package whose public names live in sub-modules.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    names : mapping of str to str
        Public name -> module that defines it, relative to the package (``".static"``).

    Returns
    -------
    (callable, list of str)
        ``__getattr__`` that imports the module when a name is first asked for, and the sorted names.
        A library that is missing raises :class:`MissingDependencyError`, which names the extra.
    """

    def __getattr__(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(importlib.import_module(names[name], package), name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.split(".")[0] == "leitmotif":
                raise
            raise MissingDependencyError(install_hint(name, error.name)) from error

    return __getattr__, sorted(names)


def install_hint(what: str, library: str) -> str:
    """One line that says which library ``what`` needs and how to get it."""
    root = library.split(".")[0]
    extra = EXTRAS.get(root)
    command = f"pip install 'leitmotif[{extra}]'" if extra else f"pip install {PACKAGES.get(root, root)}"
    return f"{what} needs the library {root!r}, which is not installed: {command}"


class LazyValues(dict[str, Any]):
    """A table some of whose values are made when they are first asked for, by one thread alone.

    Looked up by ``[]``, ``get`` and ``pop``; pickled and copied as a table of the values themselves.
    """

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(values or {})
        self._lock = threading.RLock()

    def later(self, name: str, make: Callable[[], Any]) -> None:
        """Let ``make()`` be the value of ``name`` once somebody asks."""
        self[name] = later(make)

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if not isinstance(value, _Later):
            return value
        with self._lock:
            return value.value

    def kept(self, name: str) -> Any:
        """What stands for the value, made or not, to be put back without making it; None where there is none."""
        return super().get(name)

    def get(self, name: str, default: Any = None) -> Any:
        """The value, made now where it was not, or ``default``."""
        if name not in self:
            return default
        return self[name]

    def __reduce__(self) -> tuple[Any, ...]:
        return LazyValues, ({name: self[name] for name in self},)


def later(make: Callable[[], Any]) -> Any:
    """What a :class:`LazyValues` takes for a value that ``make()`` gives."""
    return _Later(make)


def made(kept: Any) -> Any:
    """The value that :meth:`LazyValues.kept` stands for, made now where it was not."""
    return kept.value if isinstance(kept, _Later) else kept


class _Later:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def value(self) -> Any:
        return self._make()
