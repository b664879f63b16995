"""What a BERTopic-compatible library answers to a fixed set of calls, as plain data.

Run by each of the two libraries in its own Python, on the same documents, embeddings and labels::

    python answers.py {bertopic,leitmotif} INPUT.npz OUTPUT.json

Every function named ``case_…`` is one group of answers; names of sub-answers are the rows that the test compares.
"""

from __future__ import annotations

import importlib
import json
import sys
import warnings
import zlib
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import linkage
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA, IncrementalPCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

N_DIMENSIONS = 32


def word_vector(word: str) -> np.ndarray:
    """The same random vector for a word in every process."""
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=N_DIMENSIONS)


class Library:
    """One of the two libraries, and the corpus."""

    def __init__(self, name: str, given: Any) -> None:
        self.name = name
        self.docs: list[str] = given["docs"].tolist()
        self.labels: np.ndarray = given["labels"]
        self.embeddings: np.ndarray = given["embeddings"]
        self.months: list[str] = given["months"].tolist()
        for part in ("backend", "cluster", "dimensionality", "representation", "vectorizers"):
            setattr(self, part, importlib.import_module(f"{name}.{part}"))
        self.estimator = importlib.import_module(name).BERTopic
        known = dict(zip(self.docs, self.embeddings, strict=True))

        class Embedder(self.backend.BaseEmbedder):  # type: ignore[name-defined]
            def embed(self, documents: Any, verbose: bool = False) -> np.ndarray:
                rows = [
                    known[text] if text in known else np.mean([word_vector(w) for w in text.lower().split() or [""]], 0)
                    for text in documents
                ]
                return np.asarray(rows)

        self.embedder = Embedder()

    def manual(self, **parameters: Any) -> Any:
        """A model of the given labels."""
        parts = {
            "embedding_model": self.embedder,
            "umap_model": self.dimensionality.BaseDimensionalityReduction(),
            "hdbscan_model": self.cluster.BaseCluster(),
            "vectorizer_model": CountVectorizer(stop_words="english"),
        }
        return self.estimator(**(parts | parameters)).fit(self.docs, self.embeddings.copy(), y=self.labels)

    def made(self, **parameters: Any) -> Any:
        """An unfitted model with scikit-learn's parts."""
        parts = {
            "embedding_model": self.embedder,
            "umap_model": PCA(5, random_state=0, svd_solver="full"),
            "hdbscan_model": KMeans(8, n_init=1, random_state=0),
            "vectorizer_model": CountVectorizer(stop_words="english"),
        }
        return self.estimator(**(parts | parameters))


def frame(table: Any) -> dict[str, Any]:
    """A data frame as data."""
    return {
        "columns": [str(name) for name in table.columns],
        "kinds": [dtype.kind for dtype in table.dtypes],
        "index": list(table.index),
        "rows": table.to_numpy(dtype=object).tolist(),
    }


def of(model: Any) -> dict[str, Any]:
    """The attributes of a fitted model."""
    return {
        "topics": list(model.topics_),
        "sizes": sorted(model.topic_sizes_.items()),
        "words": sorted(model.get_topics().items()),
        "names": sorted(model.topic_labels_.items()),
        "ctfidf": None if model.c_tf_idf_ is None else model.c_tf_idf_.toarray(),
        "embeddings": model.topic_embeddings_,
        "probabilities": model.probabilities_,
        "mappings": sorted(model.topic_mapper_.get_mappings().items()),
        "outliers": model._outliers,
    }


def case_weighting(lib: Library) -> dict[str, Any]:
    weighting = lib.vectorizers.ClassTfidfTransformer
    return {
        "default": of(lib.manual()),
        "scikit-learn's tokens": of(lib.manual(vectorizer_model=CountVectorizer(min_df=2, max_df=0.9))),
        "max_features": of(lib.manual(vectorizer_model=CountVectorizer(max_features=200))),
        "bm25": of(lib.manual(ctfidf_model=weighting(bm25_weighting=True))),
        "reduced": of(lib.manual(ctfidf_model=weighting(reduce_frequent_words=True))),
        "both": of(lib.manual(ctfidf_model=weighting(bm25_weighting=True, reduce_frequent_words=True))),
        "seed words": of(lib.manual(ctfidf_model=weighting(seed_words=["image", "robot"], seed_multiplier=3))),
        "top_n_words": lib.manual(top_n_words=40).get_topics(),
        "own vectorizer": lib.manual(vectorizer_model=CountVectorizer()).get_topics(),
    }


def case_tables(lib: Library) -> dict[str, Any]:
    import pandas as pd

    model = lib.manual()
    out = {
        "info": frame(model.get_topic_info()),
        "info of one": frame(model.get_topic_info(1)),
        "info of none": frame(model.get_topic_info(99)),
        "frequencies": frame(model.get_topic_freq()),
        "frequency": [model.get_topic_freq(1), model.get_topic_freq(99)],
        "documents": frame(model.get_document_info(lib.docs)),
        "documents and more": frame(
            model.get_document_info(
                lib.docs, df=pd.DataFrame({"month": lib.months}), metadata={"n": list(range(len(lib.docs)))}
            )
        ),
        "topic": [model.get_topic(0), model.get_topic(99), model.get_topic(0, full=True)],
        "typical": sorted(model.get_representative_docs().items()),
        "typical of one": [model.get_representative_docs(0), model.get_representative_docs(99)],
    }
    for name, options in {
        "labels": {},
        "labels of words": {"nr_words": 2, "topic_prefix": False, "separator": " | "},
        "short labels": {"nr_words": 4, "word_length": 5},
    }.items():
        out[name] = model.generate_topic_labels(**options)
    model.set_topic_labels({0: "Zero", 2: "Two"})
    out["custom"], out["info with labels"] = model.custom_labels_, frame(model.get_topic_info())
    model.set_topic_labels({1: "One"})
    out["more custom"] = model.custom_labels_
    model.set_topic_labels([f"label {i}" for i in range(len(model.topic_sizes_))])
    out["custom list"] = model.custom_labels_
    out["documents with labels"] = frame(model.get_document_info(lib.docs))
    return out


def case_distribution(lib: Library) -> dict[str, Any]:
    model = lib.manual()
    some = [*lib.docs[:12], "", "image", "a few words of nothing"]
    out: dict[str, Any] = {}
    for name, options in {
        "default": {},
        "wide": {"window": 8, "stride": 4},
        "all": {"min_similarity": 0.0},
        "padded": {"padding": True},
        "firm": {"min_similarity": 0.3},
        "batches": {"batch_size": 5},
        "tokens": {"calculate_tokens": True},
        "padded tokens": {"calculate_tokens": True, "padding": True, "window": 3, "stride": 2},
    }.items():
        out[name], tokens = model.approximate_distribution(some, **options)
        if tokens is not None:
            out[f"{name} by token"] = [np.asarray(matrix) for matrix in tokens[:13]]
    out["embedded"], _ = model.approximate_distribution(some[:4], use_embedding_model=True, min_similarity=0.2)
    out["one text"], tokens = model.approximate_distribution(lib.docs[0], calculate_tokens=True)
    out["one text by token"] = np.asarray(tokens[0])
    return out


def case_outliers(lib: Library) -> dict[str, Any]:
    model = lib.manual()
    strengths = np.random.default_rng(3).dirichlet(np.ones(len(model.topic_sizes_) - 1) * 0.4, len(lib.docs))
    out = {}
    for strategy in ("probabilities", "distributions", "c-tf-idf", "embeddings"):
        for threshold in (0, 0.05, 0.2, 0.6):
            new = model.reduce_outliers(
                lib.docs,
                model.topics_,
                strategy=strategy,
                threshold=threshold,
                probabilities=strengths if strategy == "probabilities" else None,
                embeddings=lib.embeddings if strategy == "embeddings" else None,
            )
            out[f"{strategy} from {threshold}"] = [int(topic) for topic in new]
    new = model.reduce_outliers(lib.docs, model.topics_, distributions_params={"window": 6, "stride": 3})
    out["other windows"] = [int(topic) for topic in new]
    return out


def case_edits(lib: Library) -> dict[str, Any]:
    out = {}
    for name, edit in {
        "two groups": lambda model: model.merge_topics(lib.docs, [[1, 2], [3, 4, 5]]),
        "one group": lambda model: model.merge_topics(lib.docs, [0, 3]),
        "reduce to 5": lambda model: model.reduce_topics(lib.docs, nr_topics=5),
        "reduce to 2": lambda model: model.reduce_topics(lib.docs, nr_topics=2),
        "reduce by words": lambda model: model.reduce_topics(lib.docs, nr_topics=4, use_ctfidf=True),
        "reduce by itself": lambda model: model.reduce_topics(lib.docs, nr_topics="auto"),
        "reduce twice": lambda model: model.reduce_topics(lib.docs, nr_topics=6).reduce_topics(lib.docs, nr_topics=3),
        "reduce to more": lambda model: model.reduce_topics(lib.docs, nr_topics=50),
        "delete": lambda model: model.delete_topics([1, 3]),
        "update": lambda model: model.update_topics(lib.docs, vectorizer_model=CountVectorizer(stop_words=["the"])),
        "update topics": lambda model: model.update_topics(
            lib.docs,
            topics=[0 if topic == 1 else topic for topic in model.topics_],
            vectorizer_model=CountVectorizer(stop_words="english"),
        ),
        "update weighting": lambda model: model.update_topics(
            lib.docs,
            vectorizer_model=CountVectorizer(stop_words="english"),
            ctfidf_model=lib.vectorizers.ClassTfidfTransformer(reduce_frequent_words=True),
        ),
    }.items():
        model = lib.manual()
        edit(model)
        out[name] = of(model) | {"info": frame(model.get_topic_info()), "setting": model.nr_topics}
    return out


def case_analyses(lib: Library) -> dict[str, Any]:
    out = {}
    for name, options in {
        "tuned": {"evolution_tuning": False},
        "untuned": {"evolution_tuning": False, "global_tuning": False},
    }.items():
        out[f"{name} by month"] = frame(
            lib.manual().topics_over_time(lib.docs, [int(month[:4]) for month in lib.months], **options)
        )
    table = lib.manual().topics_per_class(lib.docs, [month[:4] for month in lib.months])
    out["by class"] = frame(table.sort_values(["Class", "Topic"]).reset_index(drop=True))
    model = lib.manual()
    for name, options in {
        "by words": {},
        "by embeddings": {"use_ctfidf": False},
        "single linkage": {"linkage_function": lambda x: linkage(x, "single")},
        "own distance": {"distance_function": lambda x: np.abs(np.subtract.outer(*[np.arange(x.shape[0])] * 2)) / 1.7},
    }.items():
        tree = model.hierarchical_topics(lib.docs, **options)
        out[name], out[f"{name} as text"] = frame(tree), model.get_topic_tree(tree)
    out["narrow"] = model.get_topic_tree(tree, max_distance=2.0, tight_layout=True)
    out["search"] = [model.find_topics(term, top_n=4) for term in ("image", "language model")]
    return out


def case_variants(lib: Library) -> dict[str, Any]:
    out: dict[str, Any] = {}

    def answers(model: Any, **more: Any) -> dict[str, Any]:
        topics, strengths = model.transform([f"new {i}" for i in range(30)], lib.embeddings[:30] * 0.9 + 0.02)
        return of(model) | {"predicted": [int(t) for t in topics], "strengths": strengths} | more

    fit = {"documents": lib.docs, "embeddings": lib.embeddings.copy()}
    out["manual"] = answers(lib.manual())
    out["clustered"] = answers(lib.made().fit(**fit))
    out["reduced"] = answers(lib.made(nr_topics=4).fit(**fit))
    out["reduced by itself"] = answers(lib.made(nr_topics="auto").fit(**fit))
    classes = lib.labels + 1
    out["supervised"] = answers(
        lib.made(
            umap_model=lib.dimensionality.BaseDimensionalityReduction(), hdbscan_model=LogisticRegression(max_iter=500)
        ).fit(**fit, y=classes)
    )
    out["guided"] = of(
        lib.made(seed_topic_list=[["image", "segmentation"], ["language", "text"]]).fit(lib.docs, lib.embeddings.copy())
    )
    names = [" ".join(lib.docs[5].split()[:4]), "image language", "robot control"]
    for threshold in (0.05, 0.15, 0.25):
        out[f"zero-shot from {threshold}"] = of(
            lib.made(zeroshot_topic_list=names, zeroshot_min_similarity=threshold).fit(**fit)
        )
    return out


def case_density(lib: Library) -> dict[str, Any]:
    from hdbscan import HDBSCAN

    def clusters() -> Any:
        return HDBSCAN(min_cluster_size=8, min_samples=2, prediction_data=True)

    fit = {"documents": lib.docs, "embeddings": lib.embeddings.copy()}
    out = {}
    for name, parameters in {
        "strengths": {"hdbscan_model": clusters()},
        "memberships": {"hdbscan_model": clusters(), "calculate_probabilities": True},
        "reduced memberships": {"hdbscan_model": clusters(), "calculate_probabilities": True, "nr_topics": 3},
    }.items():
        model = lib.made(**parameters).fit(**fit)
        topics, strengths = model.transform([f"new {i}" for i in range(20)], lib.embeddings[:20] + 0.05)
        out[name] = of(model) | {"predicted": [int(topic) for topic in topics], "strengths": strengths}
        out[name]["documents"] = frame(model.get_document_info(lib.docs).drop(columns=TYPICAL))
    model = lib.made(hdbscan_model=clusters(), calculate_probabilities=True).fit(**fit)
    model.merge_topics(lib.docs, [0, 1])
    out["merged memberships"] = of(model)
    return out


def case_combined(lib: Library) -> dict[str, Any]:
    models = []
    for rows in (slice(None, 190), slice(190, None)):
        model = lib.estimator(
            embedding_model=lib.embedder,
            umap_model=lib.dimensionality.BaseDimensionalityReduction(),
            hdbscan_model=lib.cluster.BaseCluster(),
            vectorizer_model=CountVectorizer(stop_words="english"),
        )
        models.append(model.fit(lib.docs[rows], lib.embeddings[rows].copy(), y=lib.labels[rows]))
    out = {}
    for similarity in (0.5, 0.9, 0.999):
        merged = lib.estimator.merge_models(models, min_similarity=similarity)
        out[f"from {similarity}"] = {
            # Topics by their first document: models number topics of equal size in either order.
            "topics": [merged.topics_.index(topic) for topic in merged.topics_],
            "sizes": sorted(merged.topic_sizes_.values()),
            "outliers": merged.topic_sizes_[-1],
            "names": sorted(merged.topic_labels_.items()),
            "embeddings": merged.topic_embeddings_,
        }
    return out


TYPICAL = ["Representative_Docs", "Representative_document"]


def case_representation(lib: Library) -> dict[str, Any]:
    models = lib.representation
    main = lib.manual(
        representation_model={
            "MMR": models.MaximalMarginalRelevance(diversity=0.5, top_n_words=6),
            "Chain": [models.MaximalMarginalRelevance(diversity=0.1, top_n_words=12)],
        }
    )
    chained = lib.manual(representation_model=[models.MaximalMarginalRelevance(diversity=0.2, top_n_words=8)])
    return {
        "aspects": main.get_topics(full=True),
        "info": frame(main.get_topic_info().drop(columns="Representative_Docs")),
        "chain": chained.get_topics(),
    }


def case_online(lib: Library) -> dict[str, Any]:
    model = lib.made(
        umap_model=IncrementalPCA(5),
        hdbscan_model=MiniBatchKMeans(6, random_state=0, n_init=1),
        vectorizer_model=lib.vectorizers.OnlineCountVectorizer(stop_words="english"),
    )
    half = len(lib.docs) // 2
    out = {}
    for name, rows in {"first": slice(None, half), "second": slice(half, None)}.items():
        model.partial_fit(lib.docs[rows], lib.embeddings[rows])
        out[f"{name} topics"] = [int(topic) for topic in model.topics_]
        out[f"{name} sizes"] = sorted((int(t), int(n)) for t, n in model.topic_sizes_.items())
        out[f"{name} words"] = [
            [(word, weight) for word, weight in words] for _, words in sorted(model.get_topics().items())
        ]
    return out


def plain(value: Any) -> Any:
    """As JSON has it: NumPy's numbers as Python's, keys as text."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return round(value, 9) if np.isfinite(value) else str(value)
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def answers_of(name: str, given: Any, cases: Any = None) -> dict[str, Any]:
    """All answers of a library: case -> row -> answer; a call that failed has ``{"error": …}``."""
    warnings.simplefilter("ignore")
    library = Library(name, given)
    out = {}
    for key, case in globals().copy().items():
        if key.startswith("case_") and (cases is None or key[5:] in cases):
            try:
                out[key[5:]] = plain(case(library))
            except Exception as error:
                out[key[5:]] = {"error": f"{type(error).__name__}: {error}"}
    return out


if __name__ == "__main__":
    _, library, source, target, *wanted = sys.argv
    found = answers_of(library, np.load(source, allow_pickle=False), wanted or None)
    with open(target, "w") as file:  # noqa: PTH123 - as short as it gets
        json.dump(found, file)
