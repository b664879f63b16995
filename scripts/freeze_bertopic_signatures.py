"""Writes down BERTopic's public names and signatures, for tests/parity/test_signatures.py to compare ours with.

Only names, order, kinds and defaults of parameters are taken, by introspection of the installed package.

Usage: PYTHON_WITH_BERTOPIC scripts/freeze_bertopic_signatures.py > tests/parity/bertopic_signatures.json
       python scripts/freeze_bertopic_signatures.py leitmotif     (the same names of ours)
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import inspect
import json
import sys
import warnings
from typing import Any
from unittest.mock import MagicMock

PACKAGES = ("backend", "representation", "vectorizers", "cluster", "dimensionality", "plotting")
REACHABLE = {
    "_utils": (
        "MyLogger",
        "NotInstalled",
        "check_documents_type",
        "check_embeddings_shape",
        "check_is_fitted",
        "get_unique_distances",
        "select_topic_representation",
        "validate_distance_matrix",
    ),
    "_bertopic": ("TopicMapper",),
    "backend._base": ("BaseEmbedder",),
    "backend._utils": ("select_backend",),
    "cluster._utils": ("hdbscan_delegator", "is_supported_hdbscan"),
    "representation._base": ("BaseRepresentation",),
    "representation._mmr": ("mmr",),
    "representation._utils": ("retry_with_exponential_backoff", "truncate_document"),
}
WRAPPED = (
    *("PIL", "cohere", "fastembed", "langchain", "langchain_core", "litellm", "llama_cpp", "model2vec", "openai"),
    *("flair", "gensim", "sentence_transformers", "spacy", "tensorflow", "tensorflow_hub", "torch", "transformers"),
)
CALLED_BY_CUSTOM_MODELS = ("_extract_embeddings", "_extract_representative_docs")


def parameters(function: Any) -> dict[str, str | None]:
    """Parameters in order, without ``self``: name (with ``*`` or ``**``) -> repr of the default, None where there is none."""
    return {
        str(found.replace(annotation=found.empty, default=found.empty)): (
            None if found.default is found.empty else repr(found.default)
        )
        for name, found in inspect.signature(function).parameters.items()
        if name not in ("self", "cls", "fitted")
    }


def described(thing: Any) -> dict[str, Any]:
    """What a name stands for: a class with its constructor and public methods, a function, or a value."""
    if inspect.isclass(thing):
        own = {
            name: parameters(method)
            for name, method in inspect.getmembers(thing, callable)
            if not name.startswith("_") and getattr(method, "__module__", "").split(".")[0] in ("bertopic", "leitmotif")
        }
        return {"kind": "class", "parameters": parameters(thing), "methods": own}
    if inspect.isfunction(thing):
        return {"kind": "function", "parameters": parameters(thing)}
    return {"kind": "value", "type": type(thing).__name__}


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Hollow modules for libraries that are not installed, so that the classes that wrap them can be looked at."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG002
        if name.split(".")[0] not in WRAPPED:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> Any:
        module = MagicMock(name=spec.name)
        module.__spec__, module.__path__ = spec, []
        return module

    def exec_module(self, module: Any) -> None:
        """Leave it hollow."""


def main(library: str) -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    sys.meta_path.append(StandIns())  # last: a library that is installed is found before
    package = importlib.import_module(library)
    model = package.BERTopic
    table: dict[str, Any] = {
        "version": package.__version__,
        "constructor": parameters(model),
        "methods": {
            name: parameters(method)
            for name, method in inspect.getmembers(model, callable)
            if not name.startswith("_") or name in CALLED_BY_CUSTOM_MODELS
        },
        "properties": sorted(name for name, _ in inspect.getmembers(model, lambda x: isinstance(x, property))),
        "packages": {},
        "reachable": {},
    }
    for name in PACKAGES:
        module = importlib.import_module(f"{library}.{name}")
        found = {public: getattr(module, public) for public in sorted(module.__all__)}
        hollow = [public for public, thing in found.items() if type(thing).__name__ == "NotInstalled"]
        if hollow:
            sys.exit(f"{name}: the libraries of {hollow} are not installed; add them to WRAPPED")
        table["packages"][name] = {public: described(thing) for public, thing in found.items()}
    for name, publics in REACHABLE.items():
        module = importlib.import_module(f"{library}.{name}")
        table["reachable"][name] = {
            public: described(getattr(module, public)) for public in publics if hasattr(module, public)
        }
    json.dump(table, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "bertopic")
