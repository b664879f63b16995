"""Pickles, which can run any code: only when the caller says so in words."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.stores.replacing import replace_file

__all__ = ["read_pickle", "write_pickle"]


def write_pickle(path: str | os.PathLike[str], model: Any, *, allow_pickle: bool) -> None:
    """Write any object with joblib, as BERTopic does; the old file stays until the new one is whole.

    Raises
    ------
    InvalidInputError
        Without ``allow_pickle=True``.
    ModelFileError
        The path cannot be written, or something in the model cannot be pickled.
    """
    if allow_pickle is not True:
        raise InvalidInputError(
            'serialization="pickle" needs allow_pickle=True: a pickle runs code when it is read, and breaks when a '
            'library changes. The default, serialization="safetensors", keeps everything without that'
        )
    import joblib

    out = io.BytesIO()
    try:
        joblib.dump(model, out)
    except Exception as error:  # whatever a sub-model raises
        raise ModelFileError(f"{path}: the model cannot be pickled: {error}") from error
    replace_file(Path(path), [out.getvalue()])


def read_pickle(path: str | os.PathLike[str], *, allow_pickle: bool) -> Any:
    """Read a pickle. It can run any code: do that only with files that you made yourself.

    Raises
    ------
    InvalidInputError
        Without ``allow_pickle=True``.
    ModelFileError
        Missing, or not a pickle of this environment's libraries.
    """
    if allow_pickle is not True:
        raise InvalidInputError(
            f"{path} is not a directory of a saved model. If it is a pickle, load(path, allow_pickle=True) reads it: "
            "a pickle can run any code, so only do that with a file that you made yourself"
        )
    if not Path(path).is_file():
        raise ModelFileError(f"{path} does not exist")
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:  # whatever is missing or has changed since it was pickled
        raise ModelFileError(
            f"{path} cannot be unpickled with the libraries installed here ({type(error).__name__}: {error})"
        ) from error
