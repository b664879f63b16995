"""Progress on the terminal or in a notebook, for ``verbose=True`` and for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leitmotif.progress import Report, listen

__all__ = ["show_progress"]


@contextmanager
def show_progress(show: bool = True, console: Any = None) -> Iterator[None]:
    """Draw a bar for every stage of the work done in this block: done, time so far, estimate of what is left.

    Parameters
    ----------
    show : bool
        False: draw nothing, import nothing.
    console : rich.console.Console, optional
        Where to draw; default standard error.
    """
    if not show:
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    progress = Progress(
        SpinnerColumn(finished_text="[green]✓[/green]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console or Console(stderr=True),
    )
    tasks: dict[int, Any] = {}

    def draw(report: Report) -> None:
        if report.key not in tasks:
            tasks[report.key] = progress.add_task(report.stage.capitalize(), total=report.total)
        task = tasks[report.key]
        if report.event == "finish":
            total = report.total or 1
            progress.update(task, total=total, completed=total)
            del tasks[report.key]
        else:
            progress.update(task, completed=report.done)

    with progress, listen(draw):
        yield
