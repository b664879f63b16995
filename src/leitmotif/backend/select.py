"""Which embedder stands behind ``embedding_model``."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Sequence
from typing import Any

from leitmotif._lazy import install_hint
from leitmotif.backend.embedder import BaseEmbedder
from leitmotif.errors import InvalidInputError, MissingDependencyError

__all__ = ["select_backend", "suited"]

logger = logging.getLogger(__name__)

MULTILINGUAL = "paraphrase-multilingual-MiniLM-L12-v2"
EMBEDDED = {"embedded", "static"}
ENGLISH = {"english", "en"}


def select_backend(embedding_model: Any, language: str | None = None, verbose: bool = False) -> Any:
    """The embedder for what a caller passed as ``embedding_model``.

    Parameters
    ----------
    embedding_model : object
        - an embedder of ours (a subclass of ``BaseEmbedder``): itself
        - a scikit-learn ``Pipeline``, or a model of flair, spaCy, Gensim, TensorFlow Hub, sentence-transformers,
          Hugging Face (feature extraction), model2vec or fastembed: our backend for it
        - a str: ``"embedded"`` (or ``"static"``), ``"lsa"``, or a name or path for sentence-transformers
        - any object with ``encode(texts)`` or ``embed(texts)``
        - None: by language
    language : str, optional
        "english" or None: :class:`StaticEmbedder`. Another of ``leitmotif.backend.languages`` or "multilingual": the
        multilingual MiniLM where sentence-transformers and the model are at hand, else :class:`LsaEmbedder`.
    verbose : bool
        Show progress while embedding, where the model can.

    Returns
    -------
    embedder

    Raises
    ------
    InvalidInputError
        An unknown language, or an object that cannot embed.
    MissingDependencyError
        A name was given, and sentence-transformers is not installed.
    """
    if embedding_model is None:
        return _by_language(language)
    if isinstance(embedding_model, BaseEmbedder):
        return embedding_model
    if isinstance(embedding_model, str):
        return _by_name(embedding_model)
    for make in (_by_library, _by_method):
        found = make(embedding_model)
        if found is not None:
            return found
    raise InvalidInputError(
        f"embedding_model is a {type(embedding_model).__name__}, which has neither encode() nor embed(): pass the name of a "
        "sentence-transformers model, a model of a library listed in leitmotif.backend, a subclass of BaseEmbedder, "
        "or None for the embedded model"
    )


def suited(embedder: Any, documents: Sequence[str]) -> Any:
    """An embedder that knows the words of documents: this one, or in place of the embedded vectors one learnt from them.

    Asked where nobody chose an embedding model: the default reads English, and a person who did not know that shall
    still get topics.
    """
    from leitmotif.backend.static import KNOWN_SHARE, StaticEmbedder

    if not isinstance(embedder, StaticEmbedder):
        return embedder
    share = embedder.known_share(documents)
    if share >= KNOWN_SHARE:
        return embedder
    logger.warning(
        "the embedded vectors are English and know only %.0f %% of the words; embedding with LSA learnt from the documents "
        'instead. language= or embedding_model= chooses another model, embedding_model="embedded" these vectors',
        100 * share,
    )
    from leitmotif.backend.lsa import LsaEmbedder

    return LsaEmbedder()


def _by_language(language: str | None) -> Any:
    name = "english" if language is None else language.lower()
    if name in ENGLISH:
        from leitmotif.backend.static import StaticEmbedder

        return StaticEmbedder()
    from leitmotif.backend.multilingual import is_multilingual

    if not is_multilingual(name):
        raise InvalidInputError(
            f"language {language!r} is not known: pass one of leitmotif.backend.languages, 'multilingual' or 'english'"
        )
    if importlib.util.find_spec("sentence_transformers") is not None:
        from leitmotif.backend.sentence_transformers import SentenceTransformerBackend

        try:
            return SentenceTransformerBackend(MULTILINGUAL)
        except Exception as error:  # no network, no cache, a damaged download: each library has its own
            reason = f"it could not be loaded ({type(error).__name__})"
    else:
        reason = "sentence-transformers is not installed"
    logger.warning(
        "language=%r would use %s, but %s; embedding with LSA learnt from the documents instead (embedding_model='lsa')",
        language,
        MULTILINGUAL,
        reason,
    )
    from leitmotif.backend.lsa import LsaEmbedder

    return LsaEmbedder()


def _by_name(name: str) -> Any:
    if name.lower() in EMBEDDED:
        from leitmotif.backend.static import StaticEmbedder

        return StaticEmbedder()
    if name.lower() == "lsa":
        from leitmotif.backend.lsa import LsaEmbedder

        return LsaEmbedder()
    if importlib.util.find_spec("sentence_transformers") is None:
        raise MissingDependencyError(
            install_hint(f"embedding_model={name!r}", "sentence_transformers")
            + "; or pass embedding_model=None for the embedded model, which needs nothing"
        )
    from leitmotif.backend.sentence_transformers import SentenceTransformerBackend

    return SentenceTransformerBackend(name)


def _by_library(model: Any) -> Any:
    """Our backend for a model of a library that we know by the module of its class (or of a class that it inherits)."""
    for kind in type(model).__mro__:
        if kind is object:
            continue
        make = _LIBRARIES.get(kind.__module__.split(".")[0])
        found = make(model, kind.__name__) if make is not None else None
        if found is not None:
            return found
    if _is_use(model):
        from leitmotif.backend.use import USEBackend

        return USEBackend(model)
    return None


def _by_method(model: Any) -> Any:
    if callable(getattr(model, "encode", None)) or callable(getattr(model, "embed", None)):
        from leitmotif.backend.duck import DuckEmbedder

        return DuckEmbedder(model)
    return None


def _sklearn(model: Any, kind: str) -> Any:
    if kind != "Pipeline":
        return None
    from leitmotif.backend.sklearn_pipeline import SklearnEmbedder

    return SklearnEmbedder(model)


def _flair(model: Any, kind: str) -> Any:
    if not kind.endswith("Embeddings"):
        return None
    from leitmotif.backend.flair import FlairBackend

    return FlairBackend(model)


def _spacy(model: Any, kind: str) -> Any:
    from leitmotif.backend.spacy import SpacyBackend

    return SpacyBackend(model) if callable(model) else None


def _gensim(model: Any, kind: str) -> Any:
    from leitmotif.backend.gensim import GensimBackend

    vectors = model if hasattr(model, "get_vector") else getattr(model, "wv", None)
    return GensimBackend(vectors) if vectors is not None else None


def _sentence_transformers(model: Any, kind: str) -> Any:
    if not hasattr(model, "encode"):
        return None
    from leitmotif.backend.sentence_transformers import SentenceTransformerBackend

    return SentenceTransformerBackend(model)


def _huggingface(model: Any, kind: str) -> Any:
    if not kind.endswith("Pipeline"):
        return None
    from leitmotif.backend.huggingface import HFTransformerBackend

    return HFTransformerBackend(model)


def _model2vec(model: Any, kind: str) -> Any:
    from leitmotif.backend.model2vec import Model2VecBackend

    return Model2VecBackend(model) if hasattr(model, "encode") else None


def _fastembed(model: Any, kind: str) -> Any:
    from leitmotif.backend.fastembed import FastEmbedBackend

    return FastEmbedBackend(model)


def _langchain(model: Any, kind: str) -> Any:
    from leitmotif.backend.langchain import LangChainBackend

    return LangChainBackend(model) if hasattr(model, "embed_documents") else None


def _is_use(model: Any) -> bool:
    """Whether TensorFlow loaded it from TensorFlow Hub: a saved model is of a class made on the spot."""
    return callable(model) and "saved_model" in type(model).__module__.split(".")


_LIBRARIES: dict[str, Callable[[Any, str], Any]] = {
    "fastembed": _fastembed,
    "flair": _flair,
    "gensim": _gensim,
    "langchain_core": _langchain,
    "model2vec": _model2vec,
    "sentence_transformers": _sentence_transformers,
    "sklearn": _sklearn,
    "spacy": _spacy,
    "transformers": _huggingface,
}
