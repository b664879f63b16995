"""``leitmotif transform``: topics of new documents."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from leitmotif.cli.readers import Corpus, read_documents, read_embeddings
from leitmotif.cli.results import model_path, new_file, topic_rows, write_rows
from leitmotif.cli.terminal import command, stderr

__all__ = ["transform"]

SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")


@command
def transform(
    directory: Annotated[Path, typer.Argument(help="What `leitmotif fit` wrote, or a saved model.")],
    file: Annotated[Path, typer.Argument(help="New documents, in any format that `leitmotif fit` reads.")],
    text_column: Annotated[str | None, typer.Option("--text-column", "-t", help="Column of the texts.")] = None,
    title_column: Annotated[str | None, typer.Option(help="Column of titles.")] = None,
    id_column: Annotated[str | None, typer.Option(help="Column of identifiers.")] = None,
    embeddings: Annotated[Path | None, typer.Option(help="Embeddings of the documents, (N, d), as .npy.")] = None,
    embedding_model: Annotated[str | None, typer.Option(help="Instead of the model that was saved.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A .csv, .tsv, .jsonl or .parquet; default: CSV on the terminal.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first documents.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More messages; errors with a traceback.")] = False,
) -> None:
    """Give new documents their topics.

    One row a document, in the order of the file: row, id and title where there are, topic (-1: none), its label, and the
    probability.

    **Examples**

    `leitmotif transform topics new.csv --text-column review --out new_topics.csv`

    `leitmotif transform topics new.jsonl | head`
    """
    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"{out.name!r} should end in {', '.join(SUFFIXES)}", param_hint="--out")
    from leitmotif import BERTopic
    from leitmotif.console import show_progress

    source = model_path(directory)
    corpus = read_documents(file, text_column, title_column=title_column, id_column=id_column)
    corpus = corpus if limit is None else corpus.head(limit)
    vectors = None if embeddings is None else read_embeddings(embeddings, len(corpus), limit)
    with show_progress(not quiet, stderr()):
        model = BERTopic.load(source, **({} if embedding_model is None else {"embedding_model": embedding_model}))
        found, probabilities = model.transform(corpus.texts, embeddings=vectors)
    rows = _rows(corpus, found, probabilities, {row["topic"]: row["label"] for row in topic_rows(model.state)})
    if out is None:
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    else:
        with new_file(out) as part:
            write_rows(part, rows, out.suffix.lower())
    if not quiet:
        n_found = sum(row["topic"] >= 0 for row in rows)
        stderr().print(
            f"[green]✓[/green] {n_found:,} of {len(rows):,} documents have a topic{f'; {out}' if out else ''}"
        )


def _rows(corpus: Corpus, found: Any, probabilities: Any, labels: dict[int, str]) -> list[dict[str, Any]]:
    import numpy as np

    columns: dict[str, Any] = {"row": range(len(corpus)), "id": corpus.ids, "title": corpus.titles}
    columns |= {"topic": [int(topic) for topic in found], "label": [labels.get(int(topic), "") for topic in found]}
    if probabilities is not None:
        strengths = np.asarray(probabilities, dtype=np.float64)
        strongest = strengths.max(axis=1) if strengths.ndim == 2 else strengths
        columns["probability"] = [round(float(value), 6) for value in strongest]
    present = {name: values for name, values in columns.items() if values is not None}
    return [dict(zip(present, row, strict=True)) for row in zip(*present.values(), strict=True)]
