"""Figures as still pictures, for print and for slides."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from leitmotif._lazy import install_hint
from leitmotif.errors import InvalidInputError, MissingDependencyError

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["save_figure"]

FORMATS = ("svg", "pdf", "png", "jpg", "jpeg", "webp")


def save_figure(figure: go.Figure, path: str | os.PathLike[str], *, scale: float = 2.0) -> Path:
    """Write a figure as a picture; needs the extra ``image`` (kaleido) and an installed Chromium or Chrome.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        What a ``visualize_…`` method gave.
    path : str or path
        Its suffix says the format: ``.svg`` and ``.pdf`` stay sharp at any size, ``.png``, ``.jpg`` and ``.webp`` have pixels.
    scale : float
        Pixels of the picture for each pixel of the figure's width and height; above 0.

    Returns
    -------
    Path
        The file. Takes some seconds: a browser is started, without the net.

    Raises
    ------
    MissingDependencyError
        kaleido is not installed, or there is no browser.
    InvalidInputError
        Another suffix, a scale that is not positive, or no Plotly figure (a table of ``visualize_approximate_distribution``
        has ``to_html``, a map of datamapplot ``savefig``).
    """
    target = Path(path)
    form = target.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise InvalidInputError(
            f"path must end in one of {', '.join(f'.{name}' for name in FORMATS)}; got {target.name!r}"
        )
    if not scale > 0:
        raise InvalidInputError(f"scale must be above 0; got {scale}")
    if not hasattr(figure, "to_image"):
        raise InvalidInputError(f"figure must be a Plotly figure; got {type(figure).__name__}")
    if find_spec("kaleido") is None:
        raise MissingDependencyError(install_hint("save_figure", "kaleido"))
    try:
        picture = figure.to_image(format=form, scale=scale)
    except Exception as error:  # Plotly and kaleido each have errors of their own for it
        if "chrome" not in f"{type(error).__name__} {error}".lower():
            raise
        raise MissingDependencyError(
            "save_figure draws with Chromium or Chrome and found neither: install one (Debian: apt install chromium), name it "
            "in the environment variable BROWSER_PATH, or run plotly_get_chrome"
        ) from error
    target.write_bytes(picture)
    return target
