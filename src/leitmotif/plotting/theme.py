"""How all figures look: fonts, grid, hover boxes. Nothing here is fetched from the net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leitmotif._lazy import install_hint
from leitmotif.errors import MissingDependencyError
from leitmotif.plotting.palette import Look, look

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["FONT", "GAP_BEFORE_TICKS", "graph_objects", "map_layout", "styled", "subplots"]

FONT = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"

GAP_BEFORE_TICKS: Mapping[str, Any] = {"ticks": "outside", "ticklen": 5, "tickcolor": "rgba(0,0,0,0)"}
"""Some air between labels and what they label; Plotly 5.20 has no ``ticklabelstandoff``."""


def graph_objects(what: str) -> Any:
    """The module ``plotly.graph_objects``, or an error that says that ``what`` needs it."""
    try:
        import plotly.graph_objects
    except ModuleNotFoundError as error:
        raise _missing(what) from error
    return plotly.graph_objects


def subplots(what: str) -> Any:
    """The function ``plotly.subplots.make_subplots``, or the same error."""
    try:
        from plotly.subplots import make_subplots
    except ModuleNotFoundError as error:
        raise _missing(what) from error
    return make_subplots


def styled(figure: go.Figure, title: str, width: int, height: int, **layout: Any) -> go.Figure:
    """The figure with its title, its size and our look.

    The look is a template. ``plotly.io.templates.default = "plotly_dark"`` makes figures dark, with colours for a dark
    ground; any other default that the user has set wins over ours.
    """
    import plotly.io

    if plotly.io.templates.default in (None, "plotly", "plotly_dark"):
        figure.update_layout(template=_template(look()))
    return figure.update_layout(title={"text": title}, width=int(width), height=int(height), **layout)


def map_layout() -> dict[str, Any]:
    """Layout of a map: no axes, since its coordinates mean nothing, and large dots in the legend."""
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    return {"xaxis": dict(bare), "yaxis": dict(bare), "legend": {"itemsizing": "constant"}}


def _template(colors: Look) -> Any:
    import plotly.graph_objects as go

    axis = {
        "gridcolor": colors.grid,
        "linecolor": colors.faint,
        "zeroline": False,
        "automargin": True,
        "ticks": "",
        "title": {"standoff": 12, "font": {"size": 13}},
        "tickfont": {"size": 12},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": colors.ink},
            "title": {"font": {"size": 19}, "x": 0.02, "xanchor": "left", "y": 0.975, "yanchor": "top"},
            "paper_bgcolor": colors.ground,
            "plot_bgcolor": colors.ground,
            "colorway": list(colors.cycle),
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 24, "r": 24, "t": 64, "b": 40},
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": colors.ground,
                "bordercolor": colors.faint,
                "align": "left",
                "font": {"family": FONT, "size": 12, "color": colors.ink},
            },
            "legend": {"font": {"size": 12}, "itemsizing": "constant", "title": {"font": {"size": 12}}},
            "annotationdefaults": {"font": {"size": 12, "color": colors.ink}, "bgcolor": _veil(colors.ground)},
        }
    )


def _veil(color: str) -> str:
    """A colour ``#RRGGBB`` that lets through what lies behind it. Plotly before 7 takes no hex codes of eight digits."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.6)"


def _missing(what: str) -> MissingDependencyError:
    return MissingDependencyError(f"Plotly is required to use {what!r}. " + install_hint(what, "plotly"))
