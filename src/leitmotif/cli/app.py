"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from leitmotif import __version__
from leitmotif.cli.evaluate import evaluate
from leitmotif.cli.fit import fit
from leitmotif.cli.label import label
from leitmotif.cli.report import report
from leitmotif.cli.topics import topics
from leitmotif.cli.transform import transform

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine · 1 failed · 2 the command line cannot be followed · 130 interrupted.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"leitmotif {__version__}")
        raise typer.Exit


@app.callback()
def leitmotif(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Find the topics of a collection of documents.

    `leitmotif fit reviews.csv --text-column text --out topics` finds the topics and writes a model, tables and a page to
    explore them, `topics/report.html`.
    """


app.command()(fit)
app.command()(topics)
app.command()(transform)
app.command()(report)
app.command()(label)
app.command()(evaluate)
