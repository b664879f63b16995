"""The files that BERTopic 0.17 writes and reads: ``topics.json``, ``config.json``, topic embeddings, c-TF-IDF.

Written so that BERTopic loads them; read from whoever wrote them. Field by field: docs/model-format.md.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from leitmotif.errors import ModelFileError
from leitmotif.state import TopicState, Vocabulary
from leitmotif.stores.codec import as_csr
from leitmotif.stores.parts import Part, plain_params
from leitmotif.stores.pictures import IMAGE_ASPECT, read_images
from leitmotif.stores.records import EmbedderNote, SavedModel, SavedParts
from leitmotif.stores.sources import Source, explained, parse_json
from leitmotif.stores.tensors import read_tensors, tensor_chunks
from leitmotif.stores.torchfile import read_torch, torch_bytes
from leitmotif.typing import OUTLIER

__all__ = ["bertopic_files", "read_bertopic", "read_weights"]

logger = logging.getLogger(__name__)

CONFIG_KEYS = (
    "calculate_probabilities",
    "language",
    "low_memory",
    "min_topic_size",
    "n_gram_range",
    "nr_topics",
    "seed_topic_list",
    "top_n_words",
    "verbose",
    "zeroshot_min_similarity",
    "zeroshot_topic_list",
)
"""The only keys that BERTopic bears in config.json (and ``embedding_model``): it passes each to its constructor."""

COUNTING_KEYS = frozenset(
    {
        "analyzer",
        "binary",
        "decode_error",
        "encoding",
        "input",
        "lowercase",
        "max_df",
        "max_features",
        "min_df",
        "ngram_range",
        "stop_words",
        "strip_accents",
        "token_pattern",
        "vocabulary",
    }
)

WEIGHTING_KEYS = ("bm25_weighting", "reduce_frequent_words")


def bertopic_files(
    state: TopicState,
    settings: Mapping[str, Any],
    *,
    serialization: Literal["safetensors", "pytorch"],
    embedding_model: str | None,
    vectorizer: Any = None,
    weighting: Any = None,
) -> Iterator[tuple[str, Iterable[bytes | memoryview]]]:
    """Name and contents of each of BERTopic's files; those of c-TF-IDF only if there is a ``weighting``.

    BERTopic cannot say that a model has no topic embeddings: it then finds an array without columns.
    """
    whole = state.by_document
    yield "topics.json", [_json(_topics(whole))[:-1], b',"topics":', _whole_numbers(whole.topics), b"}"]
    config = {key: settings[key] for key in CONFIG_KEYS if key in settings}
    if config.get("min_topic_size") == "auto":
        config["min_topic_size"] = 10  # BERTopic knows numbers only
    yield "config.json", [_json(config | ({"embedding_model": embedding_model} if embedding_model else {}))]
    vectors = state.topic_embeddings
    vectors = np.zeros((len(state.topic_ids), 0)) if vectors is None else vectors
    yield _weights("topic_embeddings", {"topic_embeddings": np.asarray(vectors, dtype=np.float32)}, serialization)
    if weighting is None or state.ctfidf is None or state.vocabulary is None:
        return
    yield _weights(
        "ctfidf",
        {
            "indptr": state.ctfidf.indptr.astype(np.int32),
            "indices": state.ctfidf.indices.astype(np.int32),
            "data": np.asarray(state.ctfidf.data, dtype=np.float64),
            "shape": np.array(state.ctfidf.shape, dtype=np.int64),
            "diag": np.asarray(state.vocabulary.idf, dtype=np.float64),
        },
        serialization,
    )
    params = {key: value for key, value in plain_params(vectorizer)[0].items() if key in COUNTING_KEYS}
    if not isinstance(params.get("analyzer", "word"), str):
        del params["analyzer"]
    flags = {name: bool(getattr(weighting, name, False)) for name in WEIGHTING_KEYS}
    head = _json({"ctfidf_model": flags, "vectorizer_model": {"params": params, "vocab": {}}}).removesuffix(b"{}}}")
    yield "ctfidf_config.json", [head, _columns(state.vocabulary.terms), b"}}"]


def _json(value: Any) -> bytes:
    # Escaped, as BERTopic opens these files in whatever encoding the machine prefers; and compact.
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False, default=_as_json).encode()
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"a parameter of the model cannot be written as JSON: {error}") from error


def _whole_numbers(values: np.ndarray) -> bytes:
    """Whole numbers, of which few are different, as JSON; by a table of the same width for each, ten times sooner."""
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    if high - low > len(values) + 1000:
        return _json(values.tolist())
    table = np.array([f"{number}," for number in range(low, high + 1)], dtype="S")
    return b"[" + table[values - low].tobytes().replace(b"\0", b"").removesuffix(b",") + b"]"


def _columns(terms: np.ndarray) -> bytes:
    """The table of term to column as JSON; several times sooner than by way of a dict."""
    # No text in JSON holds a bare line break, so the encoded terms can be told apart by it.
    encoded = json.dumps(terms.tolist(), separators=("\n", ":"))[1:-1]
    pairs = [f"{term}:{column}" for column, term in enumerate(encoded.split("\n"))] if len(terms) else []
    return ("{" + ",".join(pairs) + "}").encode()


def _as_json(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not plain data")


def _weights(name: str, tensors: dict[str, np.ndarray], serialization: str) -> tuple[str, Iterable[bytes | memoryview]]:
    if serialization == "pytorch":
        return f"{name}.bin", [torch_bytes(tensors, folder=name)]
    return f"{name}.safetensors", tensor_chunks(tensors)


def _topics(state: TopicState) -> dict[str, Any]:
    ids = state.topic_ids.tolist()
    custom = state.custom_labels
    aspects: dict[str, Any] = {}
    for name, by_topic in state.aspects.items():
        words = {str(topic): _pairs(value) for topic, value in by_topic.items()}
        if all(value is not None for value in words.values()):
            aspects[name] = words
        elif any(hasattr(value, "convert") for value in by_topic.values()):
            aspects[IMAGE_ASPECT] = True
    return {
        "topic_representations": {str(topic): _pairs(words) for topic, words in state.words.items()},
        "topic_sizes": {str(topic): size for topic, size in zip(ids, state.sizes.tolist(), strict=True)},
        "topic_mapper": state.mappings.tolist(),
        "topic_labels": {str(topic): state.name(topic) for topic in ids},
        "custom_labels": None if custom is None else [custom.get(topic) or state.name(topic) for topic in ids],
        "_outliers": int(state.has_outliers),
        "topic_aspects": aspects,
    }


def _pairs(value: Any) -> list[Any] | None:
    """Words as JSON; None for a representation that is not a list of words."""
    if not isinstance(value, list | tuple):
        return None
    pairs: list[Any] = []
    for item in value:
        if isinstance(item, str):
            pairs.append(item)
        elif isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str):
            pairs.append([str(item[0]), float(item[1])])
        else:
            return None
    return pairs


# -- reading ----------------------------------------------------------------------------------------


def read_weights(source: Source, name: str) -> dict[str, np.ndarray] | None:
    """Arrays of ``name.safetensors``, else of ``name.bin`` (as weights only), else None."""
    names = source.names()
    if f"{name}.safetensors" in names:
        return read_tensors(source.read(f"{name}.safetensors"), str(source.path / f"{name}.safetensors"))
    if f"{name}.bin" in names:
        return read_torch(source.read(f"{name}.bin"), str(source.path / f"{name}.bin"))
    return None


def read_bertopic(source: Source) -> SavedModel:
    """A model from BERTopic's files alone.

    Raises
    ------
    ModelFileError
        A file is missing, damaged, or does not fit the others.
    """
    topics = parse_json(source, "topics.json")
    config = parse_json(source, "config.json") if "config.json" in source.names() else {}
    with explained(source.path, "config.json"):
        settings = {key: config[key] for key in CONFIG_KEYS if key in config}
        if "n_gram_range" in settings:
            low, high = settings["n_gram_range"]
            settings["n_gram_range"] = (int(low), int(high))
        name = config.get("embedding_model")
        if name is not None and not isinstance(name, str):
            raise ValueError("embedding_model is not a name")
    with explained(source.path, "topics.json"):
        state = _state(topics, settings)
    vectors = read_weights(source, "topic_embeddings")
    if vectors is not None:
        with explained(source.path, "topic_embeddings"):
            state = _with_vectors(state, vectors["topic_embeddings"])
    parts = SavedParts()
    if "ctfidf_config.json" in source.names():
        ctfidf_config = parse_json(source, "ctfidf_config.json")
        arrays = read_weights(source, "ctfidf")
        if arrays is None:
            raise ModelFileError(f"{source.path / 'ctfidf.safetensors'}: missing, but there is a ctfidf_config.json")
        with explained(source.path, "ctfidf"):
            state = _with_ctfidf(state, arrays, ctfidf_config["vectorizer_model"]["vocab"])
            parts = _parts(ctfidf_config)
    images = read_images(source, state.topic_ids.tolist())
    if images:
        state = replace(state, aspects={**state.aspects, IMAGE_ASPECT: images})
    return SavedModel(
        path=source.path,
        written_by="bertopic",
        state=state,
        settings=settings,
        embedder=EmbedderNote(kind="name", name=name) if name else EmbedderNote(),
        parts=parts,
        defaults=frozenset({"umap_model", "hdbscan_model", "vectorizer_model", "ctfidf_model"}),
    )


def _state(topics: Mapping[str, Any], settings: Mapping[str, Any]) -> TopicState:
    words = _words(topics["topic_representations"])
    sizes = {int(topic): int(size) for topic, size in topics["topic_sizes"].items()}
    ids = sorted(words.keys() | sizes.keys())
    mapper = topics["topic_mapper"]
    if len({len(row) for row in mapper}) > 1:
        mapper = [[row[0], row[-1]] for row in mapper]
    aspects = {
        name: _words(value) for name, value in topics.get("topic_aspects", {}).items() if isinstance(value, dict)
    }
    custom = topics["custom_labels"]
    if custom is not None and len(custom) != len(ids):
        logger.warning("the model has %d custom labels for %d topics; they are left out", len(custom), len(ids))
        custom = None
    state = TopicState(
        topic_ids=np.array(ids, dtype=np.int64),
        topics=_whole(topics["topics"], (-1,)),
        sizes=np.array([sizes.get(topic, 0) for topic in ids], dtype=np.int64),
        mappings=_whole(mapper, (len(mapper), len(mapper[0]) if mapper else 0)),
        words=words,
        base_words=words,
        aspects=aspects,
        custom_labels=None if custom is None else {topic: str(label) for topic, label in zip(ids, custom, strict=True)},
    )
    # BERTopic forgets the names of zero-shot topics, but writes them among the labels.
    named = set(settings.get("zeroshot_topic_list") or ())
    labels = {int(topic): label for topic, label in topics.get("topic_labels", {}).items()}
    given = {topic: label for topic, label in labels.items() if label in named and topic in state and topic != OUTLIER}
    return replace(state, zeroshot_names=given)


def _whole(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    array = np.array(values)
    if array.size and array.dtype.kind != "i":
        raise ValueError("topics are not whole numbers")
    return array.astype(np.int64).reshape(shape)


def _words(by_topic: Mapping[str, Any]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for topic, items in by_topic.items():
        found[int(topic)] = [item if isinstance(item, str) else (_text(item[0]), float(item[1])) for item in items]
    return dict(sorted(found.items()))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a word is {value!r}")
    return value


def _with_vectors(state: TopicState, vectors: np.ndarray) -> TopicState:
    n_topics = len(state.topic_ids)
    if vectors.ndim != 2 or vectors.dtype.kind != "f":
        raise ValueError(f"topic_embeddings has shape {vectors.shape} and type {vectors.dtype}")
    if len(vectors) == n_topics + 1 and not state.has_outliers:
        # BERTopic's update_topics keeps the row of an outlier topic that is gone.
        logger.warning("the first row of topic_embeddings belongs to no topic any more and is left out")
        vectors = vectors[1:]
    if len(vectors) != n_topics:
        raise ValueError(f"topic_embeddings has {len(vectors)} rows for {n_topics} topics")
    return replace(state, topic_embeddings=vectors if vectors.shape[1] else None)


def _with_ctfidf(state: TopicState, arrays: Mapping[str, np.ndarray], vocab: Mapping[str, Any]) -> TopicState:
    n_rows, n_terms = (int(n) for n in arrays["shape"])
    matrix = as_csr(arrays["data"].astype(np.float64), arrays["indices"], arrays["indptr"], (n_rows, n_terms))
    if n_rows == len(state.topic_ids) + 1 and not state.has_outliers:
        matrix = matrix[1:]
    if matrix.shape[0] != len(state.topic_ids) or len(vocab) != n_terms:
        raise ValueError(f"shape {(n_rows, n_terms)} does not fit {len(state.topic_ids)} topics and {len(vocab)} terms")
    matrix.sort_indices()
    vocabulary = Vocabulary(terms=_terms(vocab), columns=None, idf=arrays["diag"].astype(np.float64))
    return replace(state, ctfidf=matrix, vocabulary=vocabulary)


def _terms(vocab: Mapping[str, Any]) -> np.ndarray:
    """Terms in the order of their columns, from a table of term to column."""
    terms = np.empty(len(vocab), dtype=object)
    columns = np.array(list(vocab.values()))
    if len(vocab) and (columns.dtype.kind != "i" or not np.array_equal(np.sort(columns), np.arange(len(vocab)))):
        raise ValueError(f"the columns of {len(vocab)} terms are not 0 to {len(vocab) - 1}")
    if len(vocab):
        terms[columns] = list(vocab)
    return terms


def _parts(config: Mapping[str, Any]) -> SavedParts:
    params = {key: value for key, value in config["vectorizer_model"]["params"].items() if key in COUNTING_KEYS}
    if isinstance(params.get("ngram_range"), list):
        params["ngram_range"] = tuple(params["ngram_range"])
    flags = {key: bool(value) for key, value in config["ctfidf_model"].items() if key in WEIGHTING_KEYS}
    return SavedParts(
        vectorizer=Part(path="leitmotif.vectorizers.CountVectorizer", params=params),
        weighting=Part(path="leitmotif.vectorizers.ClassTfidfTransformer", params=flags),
    )
