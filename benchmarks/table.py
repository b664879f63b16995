"""Write the tables of README and docs from the newest committed line of each benchmark.

python benchmarks/table.py
"""

from __future__ import annotations

import json
import re
from typing import Any

import harness

VERBS = (
    "update_topics",
    "KeyBERTInspired (500 topics)",
    "merge_topics",
    "reduce_topics (to 20)",
    "hierarchical_topics (200 topics)",
    "topics_over_time (20 bins)",
    "topics_per_class (28 classes)",
    "reduce_outliers (c-tf-idf)",
    "get_document_info",
    "transform (as fitted by default, 2,000 new)",
    "transform (UMAP and HDBSCAN, 2,000 new)",
)
MARKS = re.compile(r"(<!-- table: benchmarks/table\.py -->\n).*?(<!-- end of table -->)", re.DOTALL)


def newest(name: str, **wanted: Any) -> dict[str, Any] | None:
    """The last line of a benchmark's results whose fields have the wanted values."""
    path = harness.RESULTS / f"{name}.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    fitting = [line for line in lines if all(line.get(key) == value for key, value in wanted.items())]
    return fitting[-1] if fitting else None


def seconds(value: float) -> str:
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def versus(what: str, line: dict[str, Any] | None, ours: Any, peer: Any, ratio: Any) -> str | None:
    if line is None:
        return None
    return f"| {what} | {seconds(ours(line))} | {seconds(peer(line))} | {ratio(line):.3g} × |"


def rows() -> list[str]:
    """The table, a line a question that has been measured."""

    def plain(question: str, name: str, peer: str = "bertopic", **wanted: Any) -> str | None:
        return versus(
            question,
            newest(name, **wanted),
            lambda line: line["leitmotif"]["seconds"],
            lambda line: line[peer]["seconds"],
            lambda line: line["ratio"]["seconds"] if isinstance(line["ratio"], dict) else line["ratio"],
        )

    found = [
        plain("`from … import BERTopic`, new process", "imports"),
        plain("count words and pairs of words (peer: scikit-learn)", "counting", peer="scikit-learn"),
        plain("representation: counts, c-TF-IDF, KeyBERT, MMR, examples (60 topics)", "representation"),
        plain("`transform` of 100,000 embedded documents by similarity", "transform"),
        plain("`approximate_distribution`, window 8, stride 4", "distribution", window=8),
    ]
    for corpus, what in (("arxiv20k", "20,000 × 384"), ("bbc_news", "2,225 × 384")):
        found.append(
            plain(
                f"UMAP + HDBSCAN, {what} (peer: umap-learn + hdbscan, warm)",
                "geometry",
                peer="umap-learn + hdbscan",
                what="speed",
                corpus=corpus,
                mode="warm",
            )
        )
    found.append(
        plain(
            "the same in a new process, imports included",
            "geometry",
            peer="umap-learn + hdbscan",
            what="process",
            corpus="bbc_news",
        )
    )
    found += [plain(f"`{verb.split(' ')[0]}` {verb.partition(' ')[2]}", "operations", verb=verb) for verb in VERBS]
    for verb in ("save", "load"):
        found.append(
            versus(
                f"`{verb}` (60 topics, safetensors with c-TF-IDF)",
                newest("files", fitted=False),
                lambda line, verb=verb: line["leitmotif"][f"{verb}_seconds"],
                lambda line, verb=verb: line["bertopic"][f"{verb}_seconds"],
                lambda line, verb=verb: line["ratio"][f"{verb}_seconds"],
            )
        )
    return [row for row in found if row is not None]


def main() -> None:
    table = "\n".join(["| | leitmotif | BERTopic | |", "|---|---|---|---|", *rows()])
    for path in [harness.REPOSITORY / "README.md", *sorted((harness.REPOSITORY / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        changed = MARKS.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)
        if changed != text:
            path.write_text(changed, encoding="utf-8")
            print(f"{path.name}: {len(rows())} rows")


if __name__ == "__main__":
    main()
