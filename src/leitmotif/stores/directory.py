"""A model as a directory (or one zip file) of plain data, written whole or not at all."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from leitmotif._lazy import made
from leitmotif.errors import InvalidInputError, ModelFileError
from leitmotif.history import Edit, History
from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.stores.bertopic_files import bertopic_files
from leitmotif.stores.checks import check_state
from leitmotif.stores.classes import public_path
from leitmotif.stores.codec import is_plain
from leitmotif.stores.documents import DOCUMENTS, document_chunks
from leitmotif.stores.lost import LostEmbedder
from leitmotif.stores.native import ARRAYS, TEXTS, encode_model
from leitmotif.stores.parts import Part, is_rooted, part_of
from leitmotif.stores.pictures import image_files
from leitmotif.stores.records import EmbedderNote, SavedParts
from leitmotif.stores.replacing import SUMS, DirectoryReplacement, replace_file
from leitmotif.stores.tensors import tensor_chunks

__all__ = ["OWN", "write_model"]

logger = logging.getLogger(__name__)

WEIGHTS = ("topic_embeddings", "ctfidf")
OWN = frozenset(
    {"topics.json", "config.json", "ctfidf_config.json", "images", DOCUMENTS, TEXTS, ARRAYS, SUMS}
    | {f"{name}.{ending}" for name in WEIGHTS for ending in ("safetensors", "bin")}
)
"""Names that belong to a model; anything else in its directory is somebody else's."""

SUB_MODELS = frozenset(
    {"embedding_model", "umap_model", "hdbscan_model", "vectorizer_model", "ctfidf_model", "representation_model"}
)

OUR_NAMES = frozenset({"embedded", "static", "lsa"})
"""Names of embedding models that only we know: BERTopic would look for them on the network."""


def write_model(
    path: str | os.PathLike[str],
    state: TopicState,
    settings: Mapping[str, Any],
    components: Components,
    *,
    serialization: Literal["safetensors", "pytorch"] = "safetensors",
    save_embedding_model: bool | str = True,
    save_ctfidf: bool = False,
    include_docs: Literal["none", "representative", "all"] = "representative",
    include_counts: bool | None = None,
    include_embeddings: bool | None = None,
    include_fitted: bool = True,
    history: History | None = None,
    durable: bool = False,
) -> None:
    """Write a model that this library reads back in full, and that BERTopic 0.17 loads.

    Parameters
    ----------
    path : path-like
        The directory; made with its parents, and replaced as a whole where it holds a model already. A path that
        ends in ``.zip`` gives one file.
    state : TopicState
    settings : mapping
        The constructor's parameters, ``get_params()``. The sub-models among them are taken from ``components``, but
        ``embedding_model`` says which embedder it is: None, a name, or an object.
    components : Components
    serialization : {"safetensors", "pytorch"}
        Form of the two files that BERTopic reads: ``.safetensors`` or ``.bin``.
    save_embedding_model : bool or str
        Keep which embedding model it is. A str is the name to keep. The model itself is not written, only its
        name.
    save_ctfidf : bool
        Write c-TF-IDF in BERTopic's files too. It is in ours in any case.
    include_docs : {"none", "representative", "all"}
        Texts to keep: none, those of ``representative_docs_``, or all (``documents.parquet``).
    include_counts, include_embeddings : bool, optional
        Keep the document × term counts (edits need no texts after loading) and the documents' embeddings. Default:
        with ``include_docs="all"``.
    include_fitted : bool
        Keep what reducer and clusterer have learned, so that ``transform`` answers as before. Without, the
        loaded model compares with the topics' embeddings.
    history : History, optional
        The edits to keep; their states are written with the same parts as the present one.
    durable : bool
        Wait for the disk: a loss of power then leaves the old model or the new one, too. Costs some tens of milliseconds.

    Raises
    ------
    InvalidInputError
        An unknown ``serialization`` or ``include_docs``.
    ModelFileError
        The path cannot be written, or the state contradicts itself. What was there before is untouched.
    """
    if serialization not in ("safetensors", "pytorch"):
        raise InvalidInputError(f'serialization is {serialization!r}: pass "safetensors", "pytorch" or "pickle"')
    if include_docs not in ("none", "representative", "all"):
        raise InvalidInputError(f'include_docs is {include_docs!r}: pass "none", "representative" or "all"')
    path = Path(path)
    everything = include_docs == "all"
    with_embeddings = _chosen(include_embeddings, everything)

    def without(one: TopicState) -> TopicState:
        return replace(
            one,
            representative_docs={} if include_docs == "none" else one.representative_docs,
            documents=one.documents if everything else None,
            document_terms=one.document_terms if _chosen(include_counts, everything) else None,
            embeddings=one.embeddings if with_embeddings else None,
            reduced_embeddings=one.reduced_embeddings if with_embeddings or _is_reduced(one) else None,
        )

    kept = without(state)
    check_state(kept, str(path))
    embedder = _embedder_note(settings.get("embedding_model"), components.embedder, save_embedding_model)
    plain = {key: value for key, value in settings.items() if key not in SUB_MODELS}
    defaults = [name for name in SUB_MODELS if name in settings and settings[name] is None]
    parts = _parts(components, include_fitted)
    needed = (components.weighting, kept.ctfidf, kept.vocabulary)
    with_ctfidf = save_ctfidf and all(part is not None for part in needed)
    shared: dict[str, np.ndarray] = {}
    vectors = kept.topic_embeddings
    if vectors is not None and vectors.dtype == np.float32:
        shared["@topic_embeddings.topic_embeddings"] = vectors
    if with_ctfidf and kept.ctfidf is not None and kept.vocabulary is not None:
        for name in ("data", "indices", "indptr"):
            shared[f"@ctfidf.{name}"] = getattr(kept.ctfidf, name)
        shared["@ctfidf.diag"] = kept.vocabulary.idf
    edits = None if history is None else _writable(history, {id(state): kept}, without, str(path))
    text, arrays = encode_model(kept, plain, embedder, parts, shared=shared, defaults=defaults, history=edits)

    def files() -> Iterator[tuple[str, Iterable[bytes | memoryview]]]:
        yield ARRAYS, tensor_chunks(arrays)  # the largest first: its check sum is made while the others are
        yield TEXTS, [text]
        yield from bertopic_files(
            kept,
            plain,
            serialization=serialization,
            embedding_model=embedder.name if embedder.kind == "name" and embedder.name not in OUR_NAMES else None,
            vectorizer=components.vectorizer,
            weighting=components.weighting if with_ctfidf else None,
        )
        yield from image_files(kept.aspects)
        if kept.documents is not None:
            yield DOCUMENTS, document_chunks(kept.documents if kept.passages is None else kept.passages.sources)

    if path.suffix == ".zip":
        replace_file(path, [_zipped(files())], durable=durable)
        return
    with DirectoryReplacement(path, OWN, durable=durable) as directory:
        for name, chunks in files():
            directory.write(name, chunks)


def _writable(
    history: History, known: dict[int, TopicState], without: Callable[[TopicState], TopicState], where: str
) -> History:
    """The history with its states as they are written and its components as parts; from the first state on that is sound."""

    def written(state: TopicState) -> TopicState:
        if id(state) not in known:
            known[id(state)] = without(state)
            check_state(known[id(state)], where)
        return known[id(state)]

    edits: list[Edit] = []
    for edit in reversed(history.edits):
        try:
            before, after = written(edit.before), written(edit.after)
        except ModelFileError as error:
            logger.warning("edits before the last %d are not saved: %s", len(edits), error)
            break
        changed = {
            name: (_changed_part(name, first), _changed_part(name, second))
            for name, (first, second) in edit.changed.items()
            if "." in name or (is_plain(first) and is_plain(second))
        }
        edits.insert(0, replace(edit, before=before, after=after, changed=changed))
    lost = len(history.edits) - len(edits)
    return replace(history, edits=tuple(edits), done=max(history.done - lost, 0)) if lost <= history.done else History()


def _changed_part(name: str, kept: Any) -> Any:
    """A value that an edit changed as it can be written: a component as its part."""
    value = made(kept)
    if "." not in name or value is None:
        return value
    if not name.endswith("representation_model"):
        return part_of(value, name, keep_fitted=False)
    chains = dict(value) if isinstance(value, Mapping) else {"Main": value}
    links = {
        aspect: [
            part_of(link, "representation model") for link in (chain if isinstance(chain, list | tuple) else [chain])
        ]
        for aspect, chain in chains.items()
    }
    found = {aspect: tuple(part for part in chain if part is not None) for aspect, chain in links.items()}
    return SavedParts(main=found.pop("Main", ()), aspects=found)


def _chosen(given: bool | None, default: bool) -> bool:
    return default if given is None else given


def _is_reduced(state: TopicState) -> bool:
    """Whether the coordinates that the clusterer saw are not just the embeddings again."""
    reduced, vectors = state.reduced_embeddings, state.embeddings
    if reduced is None or vectors is None or reduced.shape != vectors.shape:
        return True
    return not (reduced is vectors or np.array_equal(reduced, vectors))


def _zipped(files: Iterable[tuple[str, Iterable[bytes | memoryview]]]) -> bytes:
    out = io.BytesIO()
    sums = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, chunks in files:
            data = b"".join(chunks)
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
        archive.writestr(
            zipfile.ZipInfo(SUMS, (1980, 1, 1, 0, 0, 0)), "".join(sorted(sums, key=lambda line: line[66:]))
        )
    return out.getvalue()


def _embedder_note(given: Any, embedder: Any, save: bool | str) -> EmbedderNote:
    if isinstance(save, str):
        return EmbedderNote(kind="name", name=save)
    if isinstance(given, LostEmbedder):
        return EmbedderNote(name=given.name)
    if given is None and embedder is None:
        return EmbedderNote()
    # What a name or the language came to stand for; nothing is made only to be looked at.
    made = vars(embedder).get("_made", embedder) if hasattr(embedder, "__dict__") else embedder
    if (given is None or isinstance(given, str)) and made is not None and hasattr(type(made), "get_state"):
        part = part_of(made, "embedding model")  # it learned from the documents: another one would answer otherwise
        if save and part is not None and part.restorable:
            return EmbedderNote(kind="part", part=part)
        return EmbedderNote(name=public_path(type(made)))
    if given is None:
        named = getattr(made, "_hf_model", None)
        return EmbedderNote(kind="name", name=named) if isinstance(named, str) else EmbedderNote(kind="default")
    if not save:
        return EmbedderNote(name=None if isinstance(given, str) else public_path(type(given)))
    if isinstance(given, str):
        return EmbedderNote(kind="name", name=given)
    named = getattr(given, "_hf_model", None) or getattr(getattr(given, "model_card_data", None), "base_model", None)
    if isinstance(named, str):
        return EmbedderNote(kind="name", name=named)
    part = part_of(given, "embedding model")
    if part is not None and part.restorable and not is_rooted(part):
        return EmbedderNote(kind="part", part=part)
    logger.warning(
        "the embedding model %s is not saved: pass save_embedding_model=<its name> now, or embedding_model= to load()",
        public_path(type(given)),
    )
    return EmbedderNote(name=public_path(type(given)))


def _parts(components: Components, keep_fitted: bool) -> SavedParts:
    single = {
        name: part_of(getattr(components, name), name, keep_fitted=keep_fitted)
        for name in ("reducer", "clusterer", "vectorizer", "weighting")
    }
    if keep_fitted and not _remembers(single["reducer"], single["clusterer"]):
        names = " and ".join(part.path for part in (single["reducer"], single["clusterer"]) if part is not None)
        logger.warning(
            "what %s learned is not saved: after loading, transform() gives a new document "
            "the topic whose embedding is most similar",
            names,
        )

    def chain(models: Iterable[Any]) -> tuple[Part, ...]:
        parts = (part_of(model, "representation model") for model in models)
        return tuple(part for part in parts if part is not None)

    return SavedParts(
        **single,
        main=chain(components.main),
        aspects={name: chain(models) for name, models in components.aspects.items()},
    )


def _remembers(*parts: Part | None) -> bool:
    """Whether each can answer for a new point after loading."""
    passive = ("leitmotif.cluster.BaseCluster", "leitmotif.dimensionality.BaseDimensionalityReduction")
    return all(part is None or part.state is not None or part.path in passive for part in parts)
