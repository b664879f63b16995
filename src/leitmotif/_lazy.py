"""Names that load their module on first use (PEP 562), so that importing a package stays cheap."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from leitmotif.errors import MissingDependencyError

__all__ = ["attach", "install_hint"]

# Import name of an optional library -> the extra of ours that installs it.
EXTRAS: dict[str, str] = {
    "sentence_transformers": "transformers",
    "transformers": "transformers",
    "torch": "torch",
    "umap": "umap",
    "hdbscan": "umap",
    "spacy": "spacy",
    "polars": "polars",
    "datamapplot": "datamap",
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
