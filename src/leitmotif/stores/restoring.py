"""From what a file says of the components to the arguments of a constructor."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from scipy.sparse import diags

from leitmotif.errors import ModelFileError
from leitmotif.state import Vocabulary
from leitmotif.stores.lost import LostEmbedder
from leitmotif.stores.native import versions
from leitmotif.stores.parts import THEIRS, Part
from leitmotif.stores.records import SavedModel

__all__ = ["sub_models"]

logger = logging.getLogger(__name__)

ALIASES = {
    "sklearn.feature_extraction.text.CountVectorizer": "leitmotif.vectorizers.CountVectorizer",
    "bertopic.vectorizers._ctfidf.ClassTfidfTransformer": "leitmotif.vectorizers.ClassTfidfTransformer",
}
"""Components that ours replace with the same parameters and the same results."""

PASSIVE_REDUCER = Part(path="leitmotif.dimensionality.BaseDimensionalityReduction")
PASSIVE_CLUSTERER = Part(path="leitmotif.cluster.BaseCluster")


def sub_models(saved: SavedModel, embedding_model: Any = None) -> dict[str, Any]:
    """The sub-models of a saved model, under the names of the constructor's parameters.

    Parameters
    ----------
    saved : SavedModel
    embedding_model : object, optional
        What the caller wants instead of the saved embedding model.

    Returns
    -------
    dict
        ``embedding_model``, ``umap_model``, ``hdbscan_model``, ``vectorizer_model``, ``ctfidf_model`` and
        ``representation_model``. Reducer and clusterer come as they were fitted; where the file does not have both,
        both are the ones that do nothing, and ``transform`` compares with the topics' embeddings, as in BERTopic.

    Raises
    ------
    ModelFileError
        The state of a component is not what its class expects.
    """
    parts = saved.parts
    reducer, clusterer = parts.reducer, parts.clusterer
    if reducer is None or clusterer is None or not (_answers(reducer) and _answers(clusterer)):
        reducer, clusterer = PASSIVE_REDUCER, PASSIVE_CLUSTERER
    _warn_of_other_version(saved, reducer, clusterer)
    return {
        "embedding_model": _embedder(saved) if embedding_model is None else embedding_model,
        "umap_model": reducer.build(),
        "hdbscan_model": clusterer.build(),
        "vectorizer_model": _vectorizer(parts.vectorizer, saved.state.vocabulary),
        "ctfidf_model": _weighting(parts.weighting, saved.state.vocabulary),
        "representation_model": _representations(saved),
    }


def _warn_of_other_version(saved: SavedModel, *parts: Part) -> None:
    """Say so if scikit-learn's estimators come from another release of it: their attributes may mean something else."""
    then, now = saved.manifest.get("written_by", {}).get("scikit-learn"), versions().get("scikit-learn")
    theirs = [part.path for part in parts if part.path in THEIRS]
    if theirs and str(then).split(".")[:2] != str(now).split(".")[:2]:
        logger.warning("%s learned with scikit-learn %s, and %s is installed here", " and ".join(theirs), then, now)


def _answers(part: Part) -> bool:
    """Whether a part can treat a new point."""
    return part.restorable and (part.state is not None or part in (PASSIVE_REDUCER, PASSIVE_CLUSTERER))


def _embedder(saved: SavedModel) -> Any:
    note = saved.embedder
    if note.kind == "part" and note.part is not None:
        return note.part.build()
    if note.kind == "name":
        return note.name
    if note.kind == "none" and saved.written_by == "leitmotif" and note.name is not None:
        logger.warning(
            "the model was saved without its embedding model (%s): pass embedding_model= to load(), "
            "or embeddings= to each call",
            note.name,
        )
    return LostEmbedder(note.name) if note.kind == "none" else None


def _made(part: Part | None, role: str) -> Any:
    """The component, or one with those of its parameters that the file has, or None where the class is not ours."""
    if part is None:
        return None
    path = ALIASES.get(part.path, part.path)
    part = replace(part, path=path)
    if part.restorable:
        return part.build()
    logger.warning("the %s %s is not in the file (%s)", role, part.path, ", ".join(part.left_out) or "not one of ours")
    part = replace(part, left_out=())
    return part.build() if part.restorable else None


def _vectorizer(part: Part | None, vocabulary: Vocabulary | None) -> Any:
    vectorizer = _made(part, "vectorizer")
    if vectorizer is not None and vocabulary is not None and not hasattr(vectorizer, "vocabulary_"):
        adopt: Callable[[Any], None] | None = getattr(vectorizer, "adopt_terms", None)
        if adopt is not None:
            adopt(vocabulary.terms)
        else:
            vectorizer.vocabulary_ = {term: column for column, term in enumerate(vocabulary.terms.tolist())}
    return vectorizer


def _weighting(part: Part | None, vocabulary: Vocabulary | None) -> Any:
    weighting = _made(part, "ctfidf_model")
    if weighting is not None and vocabulary is not None and not hasattr(weighting, "_idf_diag"):
        weighting._idf_diag = diags(vocabulary.idf, format="csr")
        weighting.n_features_in_ = len(vocabulary.idf)
    return weighting


def _representations(saved: SavedModel) -> Any:
    main = _chain(saved.parts.main or (), "the main representation")
    aspects = {name: _chain(chain, f"the aspect {name!r}") for name, chain in saved.parts.aspects.items()}
    if aspects:
        return ({"Main": main} if main else {}) | aspects
    return main


def _chain(parts: Sequence[Part], what: str) -> Any:
    links = []
    for part in parts:
        try:
            link = _made(part, f"model of {what},")
        except (ModelFileError, ImportError) as error:  # the words are in the file; only making new ones needs it
            logger.warning("%s of %s cannot be made here: %s", part.path, what, error)
            continue
        if link is not None:
            links.append(link)
    return None if not links else links[0] if len(links) == 1 else links
