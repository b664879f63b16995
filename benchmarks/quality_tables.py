"""Write the tables of docs/quality.md, docs/embeddings.md, and of quality and growth in docs/geometry.md, from the results.

python benchmarks/quality_tables.py
"""

from __future__ import annotations

import re
import statistics
from typing import Any

import harness
from corpora import KINDS
from quality import METHODS, OURS
from table import newest

EMBEDDINGS = {"minilm": "MiniLM", "static": "embedded", "lsa": "LSA"}
NAMES = {OURS: "**leitmotif**", "bertopic": "BERTopic", "bertopic best practices": "BERTopic, best practices"}
NAMES |= {"kmeans": "KMeans, right K", "gmm": "Gaussian mixture, right K"}
COLUMNS = {
    "ami": "AMI",
    "ari": "ARI",
    "npmi": "NPMI",
    "diversity": "diversity",
    "wec": "WEC",
    "outliers": "outliers",
    "topics": "topics",
    "topic_count_error": "count error",
    "stability_seeds": "stable: seeds",
    "stability_samples": "samples",
    "cpu_seconds": "CPU s",
}
LESS_IS_BETTER = ("outliers", "topic_count_error", "cpu_seconds")
COMPARED = tuple(name for name in COLUMNS if name != "topics")
GEOMETRY = "umap-learn + hdbscan"


def lines(what: str, **wanted: Any) -> list[dict[str, Any]]:
    """The newest line of each corpus and its embeddings."""
    pairs = [(name, kind) for name, kinds in KINDS.items() for kind in kinds]
    found = [newest("quality", what=what, corpus=name, embeddings=kind, **wanted) for name, kind in pairs]
    return [line for line in found if line]


def value(measure: str, line: dict[str, Any]) -> str:
    """Mean ± spread over seeds, as precise as it deserves."""
    if measure not in line:
        return "–"
    mean, spread = line[measure]["mean"], line[measure].get("spread", 0.0)
    if measure in ("topics", "cpu_seconds"):
        return f"{mean:.0f}" if mean >= 10 or mean == round(mean) else f"{mean:.1f}"
    if measure == "outliers":
        return f"{100 * mean:.0f} %"
    digits = (
        f"{mean:.2f}" if measure in ("topic_count_error", "stability_seeds", "stability_samples") else f"{mean:.3f}"
    )
    return f"{digits} ± {spread:.3f}" if measure in ("ami", "ari") and line["seeds"] > 1 else digits


def scores() -> list[str]:
    """Every corpus and embedding, a row a method."""
    table = [f"| | {' | '.join(COLUMNS.values())} |", f"|---|{'---|' * len(COLUMNS)}"]
    for first in lines("score", method=OURS):
        name, kind = first["corpus"], first["embeddings"]
        table.append(f"| *{name}, {EMBEDDINGS[kind]}* |{' |' * len(COLUMNS)}")
        for method in METHODS:
            if line := newest("quality", what="score", corpus=name, embeddings=kind, method=method):
                seeds = f" ({line['seeds']} seed{'s' * (line['seeds'] > 1)})" if line["seeds"] != 5 else ""
                table.append(f"| {NAMES[method]}{seeds} | {' | '.join(value(column, line) for column in COLUMNS)} |")
    return table


def verdicts(rival: str) -> list[str]:
    """For each measure: on how many corpora and embeddings ours is better than the rival, and where it is worse."""
    table = [f"| measure | ours, mean | {NAMES[rival]}, mean | better | worse on |", "|---|---|---|---|---|"]
    for measure in COMPARED:
        pairs = []
        for ours in lines("score", method=OURS):
            name, kind = ours["corpus"], ours["embeddings"]
            theirs = newest("quality", what="score", corpus=name, embeddings=kind, method=rival)
            if theirs and measure in ours and measure in theirs:
                pairs.append((f"{name} ({EMBEDDINGS[kind]})", ours[measure]["mean"], theirs[measure]["mean"]))
        if not pairs:
            continue
        sign = -1 if measure in LESS_IS_BETTER else 1
        worse = [where for where, mine, other in pairs if sign * (mine - other) < 0]
        better = sum(sign * (mine - other) > 0 for _, mine, other in pairs)
        means = [sum(pair[side] for pair in pairs) / len(pairs) for side in (1, 2)]
        shown = f"{means[0]:.3g} | {means[1]:.3g} | {better} of {len(pairs)} | {', '.join(worse) or '–'}"
        table.append(f"| {COLUMNS[measure]} | {shown} |")
    return table


def paper() -> list[str]:
    """The BERTopic paper's protocol: means over 10 … 50 topics."""
    table = ["| BBC News, mean over 10 … 50 topics | coherence | diversity |", "|---|---|---|"]
    for line in [line for kind in KINDS["bbc_news"] if (line := newest("quality", what="paper", embeddings=kind))]:
        for method, name in ((OURS, "leitmotif"), ("bertopic", "BERTopic 0.17.4")):
            if found := line.get(method):
                shown = f"{found['coherence']:.3f} | {found['diversity']:.3f}"
                table.append(f"| {name}, {EMBEDDINGS[line['embeddings']]}, {line['seeds']} seeds | {shown} |")
    published = {
        "BERTopic-MiniLM": (0.170, 0.802),
        "BERTopic-Doc2Vec": (0.168, 0.819),
        "Top2Vec-Doc2Vec": (0.171, 0.792),
    }
    return table + [f"| {name}, as published | {tc:.3f} | {td:.3f} |" for name, (tc, td) in published.items()]


def topics() -> list[str]:
    """Our largest topics beside BERTopic's, a table a corpus."""
    found: list[str] = []
    for line in lines("topics"):
        found += [
            f"**{line['corpus']}**, {EMBEDDINGS[line['embeddings']]} embeddings",
            "",
            "| documents | leitmotif | shared | documents | BERTopic |",
            "|---|---|---|---|---|",
        ]
        for row in line["rows"]:
            ours, theirs = (", ".join(row[side][:7]).replace("|", "\\|") for side in ("words", "their_words"))
            found.append(f"| {row['documents']} | {ours} | {row['shared']} | {row['their_documents']} | {theirs} |")
        found.append("")
    return found[:-1]


def counts() -> list[str]:
    """Numbers of topics in parts of a corpus, and how many the smallest parts have of those of the largest."""
    found = lines("counts")
    sizes = list(found[0]["topics"]) if found else []
    rows = [
        f"| | {' | '.join(f'{int(size):,} documents' for size in sizes)} | ratio |",
        "|---" * (len(sizes) + 2) + "|",
    ]
    for line in found:
        each = [line["topics"][size] for size in sizes]
        ratio = statistics.mean(each[0]) / statistics.mean(each[-1])
        cells = [", ".join(map(str, numbers)) for numbers in each]
        rows.append(f"| {line['corpus']}, {EMBEDDINGS[line['embeddings']]} | {' | '.join(cells)} | {ratio:.2f} |")
    return rows


def geometry() -> list[str]:
    """Agreement of reducing and clustering alone with the labels."""
    table = [
        "| | AMI | umap-learn + hdbscan | ARI | umap-learn + hdbscan | topics | | seeds alike | |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, kinds in KINDS.items():
        for kind in kinds:
            line = newest("geometry", what="quality", corpus=name, embeddings=kind)
            if line is None or "pairwise_ari" not in line["leitmotif"]:
                continue
            cells = []
            for measure in ("ami", "ari"):
                for side in ("leitmotif", GEOMETRY):
                    found, seeds = line[side].get(measure), line[side]["seeds"]
                    few = "" if seeds == line["seeds"] else f" ({seeds} seed{'s' * (seeds > 1)})"
                    spread = f" ± {found['spread']:.3f}" if found and seeds > 1 else ""
                    cells.append(f"{found['mean']:.3f}{spread}{few}" if found else "–")
            for measure, digits in (("topics", 0), ("pairwise_ari", 2)):
                for side in ("leitmotif", GEOMETRY):
                    found = line[side].get(measure)
                    cells.append(f"{found['mean']:.{digits}f}" if found else "–")
            table.append(f"| {name}, {EMBEDDINGS[kind]} | {' | '.join(cells)} |")
    return table


def adaptation() -> list[str]:
    """Agreement with labels of embeddings as they are and adapted to the corpus."""
    kinds = ("static", "static adapted", "minilm", "minilm adapted", "lsa")
    table = ["| AMI of k-means | embedded | adapted | MiniLM | adapted | LSA alone |", "|---|---|---|---|---|---|"]
    means: list[list[float]] = []
    for name in KINDS:
        if line := newest("embedding", measured="separation", corpus=name):
            runs = [line["ami"][kind] for kind in kinds]
            cells = [f"{statistics.mean(run):.3f} ± {statistics.stdev(run) / len(run) ** 0.5:.3f}" for run in runs]
            table.append(f"| {name} ({len(runs[0])} seeds) | {' | '.join(cells)} |")
            means.append([statistics.mean(run) for run in runs])
    return [*table, f"| mean | {' | '.join(f'{statistics.mean(column):.3f}' for column in zip(*means, strict=True))} |"]


def growth() -> list[str]:
    """Seconds and memory on more and more sentences."""
    head = "| sentences × 256 | | seconds | processor seconds | memory beyond the input | a row | process at most | recall@15 |"
    table = [head, "|---|---|---|---|---|---|---|---|"]
    for rows in (20_000, 200_000, 800_000):
        for part, what in (("geometry", "reduce and cluster"), ("fit", "whole fit")):
            if line := newest("geometry", what="growth", rows=rows, part=part):
                cells = [f"{rows:,}", what, f"{line['seconds']:.0f}", f"{line['cpu_seconds']:.0f}"]
                cells += [f"{line['peak_mib'] / 1024:.2f} GB", f"{line['kib_a_row']:.1f} kB"]
                process = f"{line['process_peak_mib'] / 1024:.1f} GB" if part == "fit" else ""
                table.append(f"| {' | '.join([*cells, process, str(line.get('recall', ''))])} |")
    return table


def main() -> None:
    made = {
        "scores": scores,
        "against bertopic": lambda: verdicts("bertopic"),
        "against best practices": lambda: verdicts("bertopic best practices"),
        "paper": paper,
        "topics": topics,
        "counts": counts,
        "geometry": geometry,
        "growth": growth,
        "adaptation": adaptation,
    }
    for name in ("quality.md", "geometry.md", "embeddings.md"):
        path = harness.REPOSITORY / "docs" / name
        text = path.read_text(encoding="utf-8")
        for key, table in made.items():
            marks = rf"(<!-- {key}: benchmarks/quality_tables\.py -->\n).*?(<!-- end of {key} -->)"
            rows = "\n".join(table())
            text = re.sub(marks, lambda match, rows=rows: f"{match[1]}{rows}\n{match[2]}", text, flags=re.DOTALL)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
