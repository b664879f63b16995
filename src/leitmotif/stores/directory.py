"""A model as a directory (or one zip file) of plain data: written whole or not at all, read without running a thing."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
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
from leitmotif.stores.bertopic_files import bertopic_files, read_bertopic
from leitmotif.stores.checks import check_settings, check_state
from leitmotif.stores.classes import public_path
from leitmotif.stores.codec import is_plain
from leitmotif.stores.digests import later_sha256
from leitmotif.stores.documents import DOCUMENTS, document_chunks, read_documents
from leitmotif.stores.lost import LostEmbedder
from leitmotif.stores.native import ARRAYS, TEXTS, encode_model, read_native
from leitmotif.stores.parts import Part, is_rooted, part_of
from leitmotif.stores.pictures import image_files
from leitmotif.stores.records import EmbedderNote, SavedModel, SavedParts
from leitmotif.stores.replacing import SUMS, DirectoryReplacement, replace_file, set_aside
from leitmotif.stores.sources import DirectorySource, MemorySource, Source, ZipSource, explained
from leitmotif.stores.tensors import tensor_chunks

__all__ = ["is_model", "read_model", "write_model"]

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


# -- reading ----------------------------------------------------------------------------------------


def is_model(path: str | os.PathLike[str]) -> bool:
    """Whether a path looks like a model: a directory with its files, or a zip file."""
    path = Path(path)
    return any((place / name).is_file() for place in (path, set_aside(path)) for name in (TEXTS, "topics.json")) or (
        path.suffix == ".zip" and path.is_file()
    )


def read_model(path: str | os.PathLike[str], *, mapped: bool = False) -> SavedModel:
    """Read a model that we or BERTopic wrote, in either of the two serializations, as a directory or a zip file of it.

    Nothing in the files is run, no link is followed, and no network is touched.

    Parameters
    ----------
    path : path-like
    mapped : bool
        Leave arrays in the file, read-only and shared between processes. Then do not change the directory in place.

    Raises
    ------
    ModelFileError
        Missing, damaged, altered since it was written, or not a model.
    """
    source = _source(Path(path))
    names = source.names()
    if TEXTS not in names:
        if ARRAYS in names or SUMS in names:
            raise ModelFileError(
                f"{source.path / TEXTS}: missing, but other files of leitmotif are there: the model is incomplete"
            )
        return _checked(read_bertopic(source))
    source, verify = _read_whole(source, mapped)
    try:
        saved = read_native(source, mapped=mapped)
        if DOCUMENTS in names:
            with explained(source.path, DOCUMENTS):
                saved = replace(saved, state=_with_documents(saved.state, read_documents(source)))
        saved = _checked(saved)
    except Exception:
        verify()  # damage is told as damage, whatever came of it
        raise
    verify()
    return saved


def _checked(saved: SavedModel) -> SavedModel:
    with explained(saved.path, ""):
        check_state(saved.state, str(saved.path))
        check_settings(saved.settings, str(saved.path))
    return saved


def _with_documents(state: TopicState, documents: list[str]) -> TopicState:
    passages = state.passages
    if passages is None:
        return replace(state, documents=documents)
    try:
        texts = passages.cut(documents)
    except InvalidInputError as error:
        raise ValueError(f"the texts are not those that were divided: {error}") from error
    return replace(state, documents=texts, passages=replace(passages, texts=texts, sources=documents))


def _source(path: Path) -> Source:
    if path.is_dir():
        return DirectorySource(path)
    if path.is_file():
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(b"PK"):
            return ZipSource(path)
        raise ModelFileError(
            f"{path} is neither a directory nor a zip file of a model. If it is a pickle that you trust, "
            "load it with allow_pickle=True: a pickle can run any code"
        )
    aside = set_aside(path)
    if aside.is_dir():
        logger.warning(
            "%s was being replaced when the save was interrupted; reading the model that was there before", path
        )
        return DirectorySource(aside)
    raise ModelFileError(f"{path} does not exist: pass the directory that save() wrote")


def _read_whole(source: Source, mapped: bool) -> tuple[Source, Callable[[], None]]:
    """The files, each read once, and what compares them with their SHA-256, which are made meanwhile."""
    data = source.read(SUMS, max_bytes=1 << 20)
    listed: dict[str, str] = {}
    if not data.endswith(b"\n"):
        raise ModelFileError(f"{source.path / SUMS}: truncated")
    for line in data.decode("utf-8", "replace").splitlines():
        match = re.fullmatch(r"([0-9a-f]{64})  ([\w./-]{1,100})", line)
        if match is None:
            raise ModelFileError(f"{source.path / SUMS}: damaged: {line[:80]!r}")
        listed[match[2]] = match[1]
    present = {name for name in source.names() if name in OWN or name.startswith("images/")} - {SUMS, "images"}
    for name in sorted(present ^ listed.keys()):
        state = "missing" if name in listed else "not of this model: another program wrote it"
        raise ModelFileError(f"{source.path / name}: {state}")
    files: dict[str, bytearray | memoryview] = {}
    found: dict[str, Callable[[], str]] = {}
    for name in listed:
        files[name] = source.map(name) if mapped and name.endswith(".safetensors") else source.read(name)
        found[name] = later_sha256([files[name]])

    def verify() -> None:
        for name, digest in listed.items():
            if found[name]() != digest:
                raise ModelFileError(
                    f"{source.path / name}: altered since it was saved, or damaged (its SHA-256 is not the one in "
                    f"{SUMS}). If another program changed it on purpose, remove {SUMS}, {TEXTS} and {ARRAYS}: the rest is "
                    "then read as BERTopic's files"
                )

    return MemorySource(source.path, files), verify
