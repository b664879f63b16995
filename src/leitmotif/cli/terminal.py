"""What people see: messages, the table of topics, and errors without tracebacks."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

import typer

from leitmotif.errors import LeitmotifError

if TYPE_CHECKING:
    from rich.console import Console

    from leitmotif.state import TopicState

__all__ = ["EXIT_FAILED", "EXIT_INTERRUPTED", "command", "print_topics", "stderr", "stdout"]

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

P = ParamSpec("P")


def stderr() -> Console:
    """Where messages and progress go, so that standard output holds results only."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def stdout() -> Console:
    """Where results go; a file or a pipe is as wide as a table needs."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 140
    return console


def command(function: Callable[P, None]) -> Callable[P, None]:
    """A command that ends with one line and an exit code where it fails; ``--verbose`` adds the traceback."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        verbose = bool(kwargs.get("verbose"))
        _log_to_terminal(logging.INFO if verbose else logging.WARNING)
        try:
            function(*args, **kwargs)
        except KeyboardInterrupt:
            stderr().print("\ninterrupted; nothing was written", style="yellow")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            # The reader of our output has gone (`| head`): end quietly, also when the interpreter flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(EXIT_FAILED) from None
        except (LeitmotifError, OSError) as error:
            _fail(_described(error), verbose)
        except MemoryError:
            _fail("not enough memory; try fewer documents (--limit)", verbose)
        except (typer.Exit, typer.BadParameter, typer.Abort):
            raise
        except Exception as error:  # a defect, or an error of a library below
            hint = "" if verbose else "; run it again with --verbose to see where"
            _fail(f"{type(error).__name__}: {error}{hint}", verbose)

    return run


def print_topics(state: TopicState, n: int | None = None) -> None:
    """A table of the largest topics, outliers last: id, size, share, label and words."""
    from rich.table import Table
    from rich.text import Text

    from leitmotif.cli.results import topic_rows

    rows = topic_rows(state)
    shown = [row for row in rows if row["topic"] >= 0]
    outliers = [row for row in rows if row["topic"] < 0]
    left_out = len(shown) - n if n is not None and len(shown) > n else 0
    shown = shown[:n] if n is not None else shown
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("topic", "docs", "share"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("label", max_width=38)
    table.add_column("words", style="dim")
    for row in shown + outliers:
        style = "dim" if row["topic"] < 0 else ""
        label = str(row["label"])
        words = [word for word in row["words"] if word not in label.split(", ")]
        table.add_row(
            str(row["topic"]),
            f"{row['count']:,}",
            f"{100 * row['share']:.1f}%",
            Text(label),  # Text: square brackets in a word are no markup
            Text(", ".join(words), no_wrap=True, overflow="ellipsis"),  # some are phrases
            style=style,
        )
    console = stdout()
    console.print(table)
    if left_out:
        console.print(f"… and {left_out:,} more", style="dim")


def _fail(message: str, verbose: bool) -> None:
    if verbose:
        stderr().print_exception()
    from rich.text import Text

    stderr().print(Text.assemble(("error: ", "bold red"), message))
    raise typer.Exit(EXIT_FAILED)


def _described(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _log_to_terminal(level: int) -> None:
    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            from rich.text import Text

            style = "yellow" if record.levelno >= logging.WARNING else "dim"
            stderr().print(Text(f"{record.levelname.lower()}: {record.getMessage()}", style=style))

    logger: Any = logging.getLogger("leitmotif")
    logger.handlers = [handler for handler in logger.handlers if type(handler).__name__ != "Lines"]
    logger.addHandler(Lines())
    logger.setLevel(level)
