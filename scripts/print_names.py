"""Writes the names that key phrases give to topics of arxiv20k, bbc and clinc150 into docs/language-models.md.

The corpora come from the folder LEITMOTIF_DATA, as for the benchmarks. Usage: python scripts/print_names.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import arxiv60
import harness

from leitmotif import BERTopic
from leitmotif.cluster import BaseCluster
from leitmotif.dimensionality import BaseDimensionalityReduction
from leitmotif.operations.keyphrases import keyphrase_labels
from leitmotif.representation.keyphrases import noun_phrases
from leitmotif.vectorizers import CountVectorizer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "language-models.md"
BEGIN, END = "<!-- names: written by scripts/print_names.py -->", "<!-- end of names -->"


def names(
    docs: list[str], labels: np.ndarray, embeddings: np.ndarray | None, kinds: list[str] | None
) -> list[list[str]]:
    """Size, BERTopic's name, ours, and the label in the corpus of each topic."""
    model = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(stop_words="english"),
    )
    model.fit(docs, embeddings, y=labels)
    state = model.state
    rows = []
    for topic, label in keyphrase_labels(model, is_phrase=noun_phrases(docs)).items():
        row = [str(state.sizes[state.row(topic)]), f"`{state.names[topic]}`", label]
        if kinds is not None:
            row.append(kinds[labels[state.topics == topic][0]].replace("_", " "))
        rows.append(row)
    return rows


def table(title: str, rows: list[list[str]]) -> str:
    head = ["documents", "`Name`", "key phrase", "label in the corpus"][: len(rows[0])]
    lines = ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]]
    return "\n".join([f"### {title}", "", *lines, ""])


def labelled(corpus: str) -> tuple[list[str], np.ndarray, list[str]]:
    records = harness.load(corpus)
    kinds = sorted({str(record["label"]) for record in records})
    return [r["text"] for r in records], np.array([kinds.index(str(r["label"])) for r in records]), kinds


def main() -> None:
    docs, embeddings, labels = arxiv60.read(arxiv60.prepare())
    parts = [
        table("arxiv20k: abstracts in 60 groups of their embeddings (KMeans)", names(docs, labels, embeddings, None))
    ]
    for corpus, title in (
        ("bbc_news", "bbc: news, grouped by section (lemmas without stop words)"),
        ("clinc150", "clinc150: questions to an assistant, grouped by intent"),
    ):
        docs, labels, kinds = labelled(corpus)
        parts.append(table(title, names(docs, labels, None, kinds)))
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n".join(parts) + f"\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
