"""Topics that are nearest to a search term or an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from leitmotif.errors import EmbeddingsError, InvalidInputError, MissingComponentError
from leitmotif.kernels.similarity import cosine
from leitmotif.protocols import Fitted
from leitmotif.validation import check_fitted

__all__ = ["find_topics"]


def find_topics(
    fitted: Fitted, search_term: str | None = None, image: Any = None, top_n: int = 5
) -> tuple[list[int], list[float]]:
    """The topics whose embeddings are nearest to that of a term or an image.

    Parameters
    ----------
    search_term : str, optional
        A word or a phrase.
    image : path or image, optional
        Taken where no term is given; needs an embedder with ``embed_images``.
    top_n : int
        How many topics; all of them where there are fewer.

    Returns
    -------
    topics : list of int
        Most similar first, ties by the smaller id; the outlier topic can be among them.
    similarities : list of float
        Cosine of each, in [-1, 1].

    Raises
    ------
    InvalidInputError
        Neither a term nor an image, or ``top_n`` is not positive.
    MissingComponentError
        The model has no embedder (for the image: none for images), or no topic embeddings.

    Examples
    --------
    ``topics, similarities = model.find_topics("space travel", top_n=3)``
    """
    state = fitted.state
    check_fitted(state)
    if search_term is None and image is None:
        raise InvalidInputError("find_topics needs a search_term or an image; got neither")
    if search_term is not None and not isinstance(search_term, str):
        raise InvalidInputError(f"search_term must be a text; got {type(search_term).__name__}")
    if top_n < 1:
        raise InvalidInputError(f"top_n must be at least 1; got {top_n}")
    embedder: Any = fitted.components.embedder
    if embedder is None:
        raise MissingComponentError(
            "find_topics needs an embedder, and this model has none: load it with embedding_model=, "
            "or fit it with one instead of embeddings alone"
        )
    vectors = state.need_topic_embeddings("find_topics")
    if search_term is not None:
        query = np.asarray(embedder.embed_words([search_term]))
    elif hasattr(embedder, "embed_images"):
        query = np.asarray(embedder.embed_images([image]))
    else:
        raise MissingComponentError(
            f"find_topics(image=) needs an embedder of images; {type(embedder).__name__} has no embed_images"
        )
    query = query.reshape(1, -1)
    if query.shape[1] != vectors.shape[1]:
        raise EmbeddingsError(
            f"the embedder gives {query.shape[1]} dimensions, but the topics have {vectors.shape[1]}: "
            "use the embedding model that made the embeddings of the fit"
        )
    similarities = cosine(query, vectors)[0]
    best = np.argsort(-similarities, kind="stable")[:top_n]
    return state.topic_ids[best].tolist(), [float(value) for value in similarities[best]]
