"""``leitmotif topics``: the topics of a saved model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from leitmotif.cli.results import model_path, topic_rows
from leitmotif.cli.terminal import command, print_topics

__all__ = ["topics"]


@command
def topics(
    directory: Annotated[Path, typer.Argument(help="What `leitmotif fit` wrote, or a saved model.")],
    n: Annotated[int | None, typer.Option("--n", "-n", min=1, help="Only the largest.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list instead of the table.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More messages; errors with a traceback.")] = False,
) -> None:
    """List the topics of a saved model.

    **Examples**

    `leitmotif topics topics -n 20`

    `leitmotif topics topics --json | jq '.[].label'`
    """
    from leitmotif import BERTopic

    state = BERTopic.load(model_path(directory)).state
    if as_json:
        rows = topic_rows(state)
        typer.echo(json.dumps(rows if n is None else rows[:n], ensure_ascii=False, indent=2))
    else:
        print_topics(state, n)
