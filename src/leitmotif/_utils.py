"""Names that scripts written for BERTopic import from ``bertopic._utils``; nothing of ours uses this module."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import numpy as np

from leitmotif.errors import MissingDependencyError
from leitmotif.kernels.linkage import validate_distance_matrix
from leitmotif.typing import FloatVector
from leitmotif.validation import as_documents, as_embeddings, check_fitted

__all__ = [
    "MyLogger",
    "NotInstalled",
    "check_documents_type",
    "check_embeddings_shape",
    "check_is_fitted",
    "get_unique_distances",
    "select_topic_representation",
    "validate_distance_matrix",
]

logger = logging.getLogger(__name__)


class MyLogger:
    """The logger ``leitmotif`` of the standard library, with BERTopic's methods.

    Parameters
    ----------
    level : str or int, optional
        Least level that is shown, such as ``"ERROR"``; None leaves it as it is.
    """

    def __init__(self, level: str | int | None = None) -> None:
        self.logger = logging.getLogger("leitmotif")
        if level is not None:
            self.set_level(level)

    def configure(self, level: str | int) -> None:
        """Set the level."""
        self.set_level(level)

    def set_level(self, level: str | int) -> None:
        """Show messages from this level on."""
        self.logger.setLevel(level)

    def info(self, message: str) -> None:
        """Log a message of level INFO."""
        self.logger.info(message)

    def warning(self, message: str) -> None:
        """Log a message of level WARNING."""
        self.logger.warning(message)


class NotInstalled:
    """Stands for something whose library is missing: a call or an attribute says how to install it.

    Parameters
    ----------
    tool : str
        What cannot be used.
    dep : str
        The library, or the extra, that brings it.
    custom_msg : str, optional
        Instead of the line on installing.
    """

    def __init__(self, tool: str, dep: str, custom_msg: str | None = None) -> None:
        advice = custom_msg if custom_msg is not None else f"pip install 'leitmotif[{dep}]'"
        self.__dict__["msg"] = f"{tool} needs a library that is not installed: {advice}"

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002
        """Raise :class:`MissingDependencyError`."""
        raise MissingDependencyError(self.__dict__["msg"])

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingDependencyError(self.__dict__["msg"])


def check_documents_type(documents: Any) -> None:
    """Raise :class:`DocumentsError` (a ``TypeError``) unless these are texts."""
    as_documents(documents)


def check_embeddings_shape(embeddings: Any, docs: Any) -> None:
    """Raise :class:`EmbeddingsError` (a ``ValueError``) unless there is one row of numbers a document; None passes."""
    if embeddings is not None:
        as_embeddings(embeddings, len(docs))


def check_is_fitted(topic_model: Any) -> None:
    """Raise :class:`NotFittedError` (a ``ValueError``) unless the model has learned topics."""
    check_fitted(topic_model.topics_)


def get_unique_distances(dists: FloatVector, noise_max: float = 1e-7) -> FloatVector:
    """Distances of which no two are equal: repeated ones are raised by less than ``noise_max``.

    Parameters
    ----------
    dists : ndarray of float, shape (n,)
    noise_max : float

    Returns
    -------
    ndarray of float64, shape (n,)
        The first of equal distances stays as it is, the others follow it evenly and in order: no randomness.
    """
    distances = np.array(dists, dtype=np.float64)
    _, inverse, counts = np.unique(distances, return_inverse=True, return_counts=True)
    order = np.argsort(inverse, kind="stable")
    first = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.empty(len(distances), dtype=np.int64)
    place[order] = np.arange(len(distances)) - first
    result: FloatVector = distances + noise_max * place / np.maximum(counts[inverse], 1)
    return result


def select_topic_representation(
    ctfidf_embeddings: Any = None,
    embeddings: Any = None,
    use_ctfidf: bool = True,
    output_ndarray: bool = False,
) -> tuple[Any, bool]:
    """Topic vectors of the kind asked for, or of the other kind where that is all there is.

    Returns
    -------
    vectors : csr_matrix or ndarray, shape (T, V) or (T, d), or None
        None where there are neither.
    used_ctfidf : bool
    """
    wanted, other = (ctfidf_embeddings, embeddings) if use_ctfidf else (embeddings, ctfidf_embeddings)
    if wanted is None:
        logger.warning("there are no %s: %s are used", *("c-TF-IDF rows", "embeddings")[:: 1 if use_ctfidf else -1])
    used_ctfidf = use_ctfidf if wanted is not None else not use_ctfidf
    chosen = wanted if wanted is not None else other
    if used_ctfidf and output_ndarray and hasattr(chosen, "toarray"):
        chosen = chosen.toarray()
    return chosen, used_ctfidf
