"""``leitmotif report``: the page again, from what a fit left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leitmotif.cli.results import REPORT, model_path, read_results
from leitmotif.cli.terminal import command, stderr

__all__ = ["report"]


@command
def report(
    directory: Annotated[Path, typer.Argument(help="What `leitmotif fit` wrote.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The page; default: report.html in DIRECTORY.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Heading of the page; default: the directory's name.")] = None,
    max_documents: Annotated[int, typer.Option(min=1, help="Show an even sample where there are more.")] = 1_000_000,
    max_characters: Annotated[
        int | None, typer.Option(min=1, help="How much of each text it holds; default: less where there are many.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More messages; errors with a traceback.")] = False,
) -> None:
    """Make the page that explores the topics again.

    After `leitmotif fit --no-report`, with another title, or after an edit of the model in Python. The documents come from
    documents.parquet.

    **Examples**

    `leitmotif report topics`

    `leitmotif report topics --title "Reviews of 2025" --out reviews.html`
    """
    from leitmotif import BERTopic

    source = model_path(directory)
    corpus, positions = read_results(directory)
    model = BERTopic.load(source)
    written = model.report(
        out if out is not None else directory / REPORT,
        title=title if title is not None else directory.resolve().name.replace("_", " "),
        documents=corpus.texts,
        titles=corpus.titles,
        timestamps=corpus.dates,
        classes=corpus.labels,
        positions=positions,
        max_documents=max_documents,
        max_characters=max_characters,
    )
    stderr().print(f"[green]✓[/green] {written}")
