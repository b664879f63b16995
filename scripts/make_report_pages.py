"""Make the pages of which docs/images shows pictures: 1,000, 20,000 and 800,000 texts of arXiv, and the figures.

    python scripts/make_report_pages.py out/pages [1k] [20k] [800k]
    python scripts/take_pictures.py docs/images out/pages

1k: from the shipped sample, with every default. 20k: ``arxiv20k`` in the folder LEITMOTIF_DATA, with its embeddings and every
default, cut at 60 topics. 800k: sentences of abstracts and
their static embeddings, as ``benchmarks/geometry.py growth`` leaves them in ``benchmarks/.cache``; the map and the topics of
60,000 of them are learnt, the others are placed by the same reducer, and take the topic whose embedding is nearest (a fit of
all would do, too, but takes longer than a picture is worth). What is absent is skipped.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from leitmotif import BERTopic
from leitmotif.cluster import HDBSCAN
from leitmotif.dimensionality import UMAP
from leitmotif.vectorizers import CountVectorizer

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("LEITMOTIF_DATA", REPOSITORY.parent / "shared" / "data"))
CACHE = REPOSITORY / "benchmarks" / ".cache"
SENTENCES, LEARNT, BLOCK = 800_000, 60_000, 40_000
SENTENCE = "Robots learn manipulation policies, and language models retrieve documents"
UNCERTAIN = 0.15
"""Share of the sentences that are shown in no topic: those that are least like any."""


def records(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write_abstracts(path: Path, rows: list[dict[str, Any]], model: BERTopic) -> None:
    model.report(
        path,
        title=f"{len(rows):,} arXiv abstracts",
        titles=[row["title"] for row in rows],
        timestamps=[row["date"] for row in rows],
        classes=[row["label"] for row in rows],
    )


def write_figures(folder: Path, model: BERTopic, rows: list[dict[str, Any]]) -> None:
    """BERTopic's twelve figures: pages ``figure-NAME.html`` beside one ``plotly.min.js``, and datamapplot's ``datamap.png``."""
    texts, titles = [row["text"] for row in rows], [row["title"] for row in rows]
    hierarchy = model.hierarchical_topics(texts)
    dates = model.topics_over_time(texts, [row["date"][:7] for row in rows])
    recent = dates[dates["Timestamp"] >= "2025-01"]
    shares, _ = model.approximate_distribution(texts[:1])
    figures = {
        "topics": model.visualize_topics(),
        "documents": model.visualize_documents(titles),
        "hierarchical-documents": model.visualize_hierarchical_documents(titles, hierarchy),
        "hierarchy": model.visualize_hierarchy(hierarchical_topics=hierarchy, top_n_topics=40),
        "heatmap": model.visualize_heatmap(n_clusters=10, top_n_topics=30),
        "barchart": model.visualize_barchart(),
        "term-rank": model.visualize_term_rank(topics=[0, 1, 2, 3, 4]),
        "over-time": model.visualize_topics_over_time(recent, top_n_topics=8),
        "per-class": model.visualize_topics_per_class(model.topics_per_class(texts, [row["label"] for row in rows])),
        "distribution": model.visualize_distribution(shares[0]),
    }
    for name, figure in figures.items():
        figure.write_html(folder / f"figure-{name}.html", include_plotlyjs="directory")
    if importlib.util.find_spec("datamapplot"):
        coarse = model.at(30)  # names of twice as many topics cover each other
        coarse.visualize_document_datamap(titles).savefig(folder / "datamap.png", dpi=80, bbox_inches="tight")
    else:
        print("datamap: skipped, it needs the extra `datamap`")
    _, tokens = model.approximate_distribution([SENTENCE], calculate_tokens=True)
    table = model.visualize_approximate_distribution(SENTENCE, tokens[0]).to_html()
    style = "<style>body { font: 13px sans-serif; margin: 30px; }</style>"
    (folder / "figure-approximate-distribution.html").write_text(style + table, encoding="utf-8")


def write_sentences(path: Path) -> None:
    texts = json.loads((CACHE / "arxiv_sentences.json").read_text(encoding="utf-8"))[:SENTENCES]
    vectors = np.load(CACHE / "arxiv_sentences_static.npy", mmap_mode="r")
    n = len(texts)
    learnt = np.sort(np.random.default_rng(0).choice(n, LEARNT, replace=False))
    planar = UMAP(n_components=2, n_neighbors=15, min_dist=0.05, random_state=42)
    places = np.empty((n, 2), dtype=np.float32)
    places[learnt] = planar.fit_transform(np.asarray(vectors[learnt], dtype=np.float32))
    model = BERTopic(
        hdbscan_model=HDBSCAN(min_cluster_size=40, cluster_selection_method="leaf"),
        vectorizer_model=CountVectorizer(stop_words="english"),
    ).fit([texts[row] for row in learnt], np.asarray(vectors[learnt], dtype=np.float32))
    centres = np.asarray(model.topic_embeddings_, dtype=np.float32)[model.state.inner_rows]
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    topics, likeness = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.float32)
    known = np.zeros(n, dtype=bool)
    known[learnt] = True
    for start in range(0, n, BLOCK):
        block = np.asarray(vectors[start : start + BLOCK], dtype=np.float32)
        unknown = ~known[start : start + BLOCK]
        places[start : start + BLOCK][unknown] = planar.transform(block[unknown])
        cosines = block @ centres.T / np.maximum(np.linalg.norm(block, axis=1, keepdims=True), 1e-9)
        topics[start : start + BLOCK] = cosines.argmax(axis=1)
        likeness[start : start + BLOCK] = cosines.max(axis=1)
    topics[likeness < np.quantile(likeness, UNCERTAIN)] = -1
    from leitmotif.cluster import BaseCluster
    from leitmotif.dimensionality import BaseDimensionalityReduction

    whole = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(stop_words="english", min_df=5),
    ).fit(texts, embeddings=places, y=topics)
    whole.report(path, title=f"{n:,} sentences of arXiv abstracts", positions=places)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", nargs="*", default=["1k", "20k", "800k"])
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    needs = {
        "1k": REPOSITORY / "examples" / "arxiv_sample.jsonl.gz",
        "20k": DATA / "arxiv20k.jsonl.gz",
        "800k": CACHE / "arxiv_sentences_static.npy",
    }
    for page in arguments.pages:
        path = arguments.out / f"report-{page}.html"
        if not needs[page].exists():
            print(f"{page}: skipped, there is no {needs[page]}")
        elif page == "1k":
            rows = records(needs[page])[:1000]
            write_abstracts(path, rows, BERTopic().fit([row["text"] for row in rows]))
        elif page == "20k":
            embeddings = np.load(DATA / "arxiv20k_minilm.f16.npy").astype(np.float32)
            rows = records(needs[page])
            model = BERTopic().fit([row["text"] for row in rows], embeddings).at(60)
            write_abstracts(path, rows, model)
            write_figures(arguments.out, model, rows)
        else:
            write_sentences(path)
        print(path)


if __name__ == "__main__":
    main()
