"""From what a file says of the components to the arguments of a constructor."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scipy.sparse import diags

from leitmotif._lazy import later
from leitmotif.errors import ModelFileError
from leitmotif.history import History
from leitmotif.protocols import Components
from leitmotif.state import Vocabulary
from leitmotif.stores.classes import FITTED, OURS
from leitmotif.stores.lost import LostEmbedder
from leitmotif.stores.native import versions
from leitmotif.stores.parts import Part
from leitmotif.stores.records import SavedModel, SavedParts

__all__ = ["answers_by_similarity", "components_of", "sub_model_makers", "sub_models"]

logger = logging.getLogger(__name__)

ALIASES = {
    "sklearn.feature_extraction.text.CountVectorizer": "leitmotif.vectorizers.CountVectorizer",
    "bertopic.vectorizers._ctfidf.ClassTfidfTransformer": "leitmotif.vectorizers.ClassTfidfTransformer",
}
"""Components that ours replace with the same parameters and the same results."""

DESCRIBING = ("vectorizer_model", "ctfidf_model", "representation_model")
"""The sub-models that an edit may exchange."""

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
        ``representation_model``. Reducer and clusterer come as they were fitted. Where the file does not have both so
        (:func:`answers_by_similarity`), they come as before their fit if their classes are known and installed, and else as
        the ones that do nothing.

    Raises
    ------
    ModelFileError
        The state of a component is not what its class expects.
    """
    return {name: make() for name, make in sub_model_makers(saved, embedding_model).items()}


def sub_model_makers(saved: SavedModel, embedding_model: Any = None) -> dict[str, Callable[[], Any]]:
    """What makes each of :func:`sub_models`, for those who need few of them.

    What cannot be made is warned of now. Reducer and clusterer of ours are made now, so that a damaged one is known at once;
    the others are made, and their libraries imported, by the call.
    """
    parts = saved.parts
    reducer, clusterer = parts.reducer, parts.clusterer
    if answers_by_similarity(saved) or reducer is None or clusterer is None:
        _tell_similarity(reducer, clusterer)
        reducer = _before_fit(reducer, PASSIVE_REDUCER, "umap_model", saved.defaults)
        clusterer = _before_fit(clusterer, PASSIVE_CLUSTERER, "hdbscan_model", saved.defaults)
    _warn_of_other_version(saved, reducer, clusterer)
    vocabulary = saved.state.vocabulary
    vectorizer, weighting = _makeable(parts.vectorizer, "vectorizer"), _makeable(parts.weighting, "ctfidf_model")
    main = _chain(parts.main or (), "the main representation")
    aspects = {name: _chain(chain, f"the aspect {name!r}") for name, chain in parts.aspects.items()}
    embedder = embedding_model if embedding_model is not None else _embedder(saved)
    return {
        "embedding_model": _later(embedder) if isinstance(embedder, Part) else lambda: embedder,
        "umap_model": _later(reducer),
        "hdbscan_model": _later(clusterer),
        "vectorizer_model": lambda: _vectorizer(vectorizer, vocabulary),
        "ctfidf_model": lambda: _weighting(weighting, vocabulary),
        "representation_model": lambda: _representations(main, aspects),
    }


def answers_by_similarity(saved: SavedModel) -> bool:
    """Whether ``transform`` compares with the topics' embeddings, as in BERTopic, for want of a fitted reducer and clusterer."""
    parts = saved.parts.reducer, saved.parts.clusterer
    return not all(part is not None and _answers(part) for part in parts)


def components_of(model: Any) -> Components:
    """The components of an estimator, with reducer and clusterer as they are and not what answers in their place."""
    components: Components = model.components
    if getattr(model, "_made", {}).get("by_similarity"):
        components = replace(components, reducer=model.umap_model, clusterer=model.hdbscan_model)
    return components


def with_components(history: History) -> History:
    """A history as a file tells it, with components where the file has parts; each is made when it is first needed."""

    def component(name: str, value: Any) -> Any:
        if isinstance(value, SavedParts):
            main = _chain(value.main or (), name)
            aspects = {aspect: _chain(chain, aspect) for aspect, chain in value.aspects.items()}
            return later(lambda: _representations(main, aspects))
        part = _makeable(value, name) if isinstance(value, Part) else None
        return part if part is None else later(part.build)

    def values(name: str, pair: tuple[Any, Any]) -> tuple[Any, Any]:
        return (component(name, pair[0]), component(name, pair[1])) if "." in name else pair

    known = ("n_gram_range", "nr_topics", "top_n_words")
    edits = tuple(
        replace(
            edit,
            changed={
                name: values(name, pair)
                for name, pair in edit.changed.items()
                if name in known or name.partition(".")[2] in DESCRIBING
            },
        )
        for edit in history.edits
    )
    return replace(history, edits=edits)


def _later(part: Part) -> Callable[[], Any]:
    if part.path not in OURS or part.state is None:
        return part.build
    made = part.build()
    return lambda: made


def _warn_of_other_version(saved: SavedModel, *parts: Part) -> None:
    """Say so if scikit-learn's estimators come from another release of it: their attributes may mean something else."""
    theirs = [part.path for part in parts if part.path in FITTED]
    if not theirs:
        return
    then, now = saved.manifest.get("written_by", {}).get("scikit-learn"), versions().get("scikit-learn")
    if str(then).split(".")[:2] != str(now).split(".")[:2]:
        logger.warning("%s learned with scikit-learn %s, and %s is installed here", " and ".join(theirs), then, now)


def _answers(part: Part) -> bool:
    """Whether a part can treat a new point."""
    return part.restorable and (part.state is not None or part in (PASSIVE_REDUCER, PASSIVE_CLUSTERER))


def _tell_similarity(*parts: Part | None) -> None:
    others = [part.path for part in parts if part is not None and part.path not in OURS and part.path not in FITTED]
    if others:
        logger.warning(
            "what %s learned is not in the file: transform() gives a new document the topic whose embedding is most similar",
            " and ".join(others),
        )


def _before_fit(part: Part | None, passive: Part, name: str, defaults: frozenset[str]) -> Part:
    """What a user gave as it was before the fit, so that another fit goes as the first one did, or what does nothing."""
    if part is None or name in defaults or part.path == passive.path:
        return passive
    before = part.unfitted
    if before is None:
        why = f"it had {', '.join(part.left_out)}, which is no data" if part.left_out else "its class is not known here"
    elif not _is_installed(before.path):
        why = f"{before.path.split('.')[0]} is not installed"
    else:
        return before
    logger.warning("%s is not made from the file (%s): pass %s= before you fit this model again", part.path, why, name)
    return passive


def _is_installed(path: str) -> bool:
    return importlib.util.find_spec(path.split(".")[0]) is not None


def _embedder(saved: SavedModel) -> Any:
    """The embedding model's part, its name, what stands for a lost one, or None."""
    note = saved.embedder
    if note.kind == "part" and note.part is not None:
        return note.part
    if note.kind == "name":
        return note.name
    if note.kind == "none" and saved.written_by == "leitmotif" and note.name is not None:
        logger.warning(
            "the model was saved without its embedding model (%s): pass embedding_model= to load(), "
            "or embeddings= to each call",
            note.name,
        )
    return LostEmbedder(note.name) if note.kind == "none" else None


def _makeable(part: Part | None, role: str) -> Part | None:
    """The part, or one with those of its parameters that the file has, or None where the class is not ours."""
    if part is None:
        return None
    part = replace(part, path=ALIASES.get(part.path, part.path))
    if part.restorable:
        return part
    logger.warning("the %s %s is not in the file (%s)", role, part.path, ", ".join(part.left_out) or "not one of ours")
    part = replace(part, left_out=())
    return part if part.restorable else None


def _vectorizer(part: Part | None, vocabulary: Vocabulary | None) -> Any:
    vectorizer = None if part is None else part.build()
    if vectorizer is not None and vocabulary is not None and not hasattr(vectorizer, "vocabulary_"):
        adopt: Callable[[Any], None] | None = getattr(vectorizer, "adopt_terms", None)
        if adopt is not None:
            adopt(vocabulary.terms)
        else:
            vectorizer.vocabulary_ = {term: column for column, term in enumerate(vocabulary.terms.tolist())}
    return vectorizer


def _weighting(part: Part | None, vocabulary: Vocabulary | None) -> Any:
    weighting = None if part is None else part.build()
    if weighting is not None and vocabulary is not None and not hasattr(weighting, "_idf_diag"):
        weighting._idf_diag = diags(vocabulary.idf, format="csr")
        weighting.n_features_in_ = len(vocabulary.idf)
    return weighting


def _chain(parts: Sequence[Part], what: str) -> list[Part]:
    links = (_makeable(part, f"model of {what},") for part in parts)
    return [link for link in links if link is not None]


def _representations(main: Sequence[Part], aspects: Mapping[str, Sequence[Part]]) -> Any:
    first = _made(main, "the main representation")
    others = {name: _made(chain, f"the aspect {name!r}") for name, chain in aspects.items()}
    if others:
        return ({"Main": first} if first else {}) | others
    return first


def _made(parts: Sequence[Part], what: str) -> Any:
    links = []
    for part in parts:
        try:
            links.append(part.build())
        except (ModelFileError, ImportError) as error:  # the words are in the file; only making new ones needs it
            logger.warning("%s of %s cannot be made here: %s", part.path, what, error)
    return None if not links else links[0] if len(links) == 1 else links
