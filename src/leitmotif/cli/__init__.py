"""The command line: ``leitmotif fit``, ``topics``, ``transform``, ``report`` and ``label``."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line; the entry point of the ``leitmotif`` script."""
    from leitmotif.cli.app import app

    app(prog_name="leitmotif")
