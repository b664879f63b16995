"""Saving and loading an estimator: what ``BERTopic.save`` and ``BERTopic.load`` do.

An estimator is anything with ``state``, ``components`` and ``get_params()`` that can be made from its parameters.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.history import History
from leitmotif.stores.directory import write_model
from leitmotif.stores.hub import locate
from leitmotif.stores.parts import signature_of
from leitmotif.stores.pickles import read_pickle, write_pickle
from leitmotif.stores.reading import read_model
from leitmotif.stores.records import SavedModel
from leitmotif.stores.restoring import answers_by_similarity, components_of, sub_model_makers, with_components

__all__ = ["load", "restore", "save"]

Model = TypeVar("Model")


def save(
    model: Any,
    path: str | os.PathLike[str],
    *,
    serialization: Literal["safetensors", "pytorch", "pickle"] = "safetensors",
    save_embedding_model: bool | str = True,
    save_ctfidf: bool = False,
    include_docs: Literal["none", "representative", "all"] = "representative",
    include_counts: bool | None = None,
    include_embeddings: bool | None = None,
    include_fitted: bool = True,
    include_history: bool | int = True,
    durable: bool = False,
    allow_pickle: bool = False,
) -> None:
    """Write a fitted model; the parameters are those of :func:`leitmotif.stores.write_model`.

    Parameters
    ----------
    include_history : bool or int
        Keep the edits (at most so many of the latest), so that they can be undone after loading.
    allow_pickle : bool
        Needed for ``serialization="pickle"``.

    Raises
    ------
    InvalidInputError
        An unknown ``serialization``, or a pickle that was not allowed.
    ModelFileError
        The model cannot be written; what was there before is untouched.
    """
    if serialization == "pickle":
        write_pickle(path, model, allow_pickle=allow_pickle)
        return
    if serialization not in ("safetensors", "pytorch"):
        raise InvalidInputError(f'serialization is {serialization!r}: pass "safetensors", "pytorch" or "pickle"')
    write_model(
        path,
        model.state,
        model.get_params(),
        components_of(model),
        serialization=serialization,
        save_embedding_model=save_embedding_model,
        save_ctfidf=save_ctfidf,
        include_docs=include_docs,
        include_counts=include_counts,
        include_embeddings=include_embeddings,
        include_fitted=include_fitted,
        history=_history_of(model, include_history),
        durable=durable,
    )


def _history_of(model: Any, include: bool | int) -> History | None:
    history: History | None = getattr(model, "_history", None)
    if history is None or include is False:
        return None
    return history if include is True else replace(history.within(int(include)), keep=history.keep)


def load(
    cls: type[Model],
    path: str | os.PathLike[str],
    embedding_model: Any = None,
    *,
    allow_pickle: bool = False,
    mapped: bool = False,
    revision: str | None = None,
    token: str | None = None,
) -> Model:
    """Read a model: a directory or zip file of ours or of BERTopic's, ``user/model`` on the Hub, or an allowed pickle.

    Parameters
    ----------
    cls : type
        The estimator's class.
    path : path-like
        What exists on this machine is read without touching the network.
    embedding_model : object, optional
        Used instead of the one that the file names.
    allow_pickle : bool
        Read a pickle, which can run any code.
    mapped : bool
        See :func:`leitmotif.stores.read_model`.
    revision, token : str, optional
        For the Hub.

    Raises
    ------
    InvalidInputError
        The path is a pickle, and that was not allowed.
    ModelFileError
        There is no model, or it is damaged.
    """
    place = locate(path, revision=revision, token=token)
    if place.is_file() and not _is_zip(place):
        model = read_pickle(place, allow_pickle=allow_pickle)
        if not isinstance(model, cls):
            raise ModelFileError(
                f"{place} holds a {type(model).__module__}.{type(model).__qualname__}, not a {cls.__qualname__} of ours: "
                'load it with its own library, and save it there with serialization="safetensors"'
            )
        if embedding_model is not None:
            model.embedding_model = embedding_model  # type: ignore[attr-defined]
        return model
    return restore(cls, read_model(place, mapped=mapped), embedding_model)


def restore(cls: type[Model], saved: SavedModel, embedding_model: Any = None) -> Model:
    """An estimator of a saved model."""
    kind: type = cls
    known = signature_of(kind)
    model: Any = cls(**{name: value for name, value in saved.settings.items() if name in known})
    learned = embedding_model is None and saved.embedder.kind == "part" and "embedding_model" in saved.defaults
    for name, make in sub_model_makers(saved, embedding_model).items():
        if name == "embedding_model":
            embedder = make()
            if learned:
                model._made["embedder"] = (None, embedder)
            else:
                model._given[name] = embedder
        elif name == "representation_model" and name in saved.defaults:
            continue  # the estimator makes its own chain
        else:  # what nobody gave is the constructor's own choice: another fit makes it anew
            (model._made if name in saved.defaults else model._given).later(name, make)
    if answers_by_similarity(saved):
        model._made["by_similarity"] = True  # see leitmotif.parts
    model._state = saved.state
    if saved.history is not None:
        read = saved.history
        model._log.later("edits", lambda: with_components(read()))
    return model


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"
