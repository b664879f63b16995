"""Figures as still pictures: what is missing is named; the real thing where kaleido and a browser are there."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from leitmotif.errors import InvalidInputError, MissingDependencyError
from leitmotif.plotting import export, save_figure, visualize_barchart


class Drawn:
    """Stands in for a figure: Plotly's own method needs kaleido and a browser."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def to_image(self, **settings):
        if self.error:
            raise self.error
        return f"{settings['format']} at {settings['scale']}".encode()


@pytest.fixture
def kaleido(monkeypatch):
    monkeypatch.setattr(export, "find_spec", lambda name: name)


def test_the_suffix_says_the_format(kaleido, tmp_path):
    assert save_figure(Drawn(), tmp_path / "a.SVG").read_bytes() == b"svg at 2.0"
    assert save_figure(Drawn(), str(tmp_path / "a.png"), scale=3).read_bytes() == b"png at 3"
    with pytest.raises(InvalidInputError, match=r"\.svg, \.pdf.*'a\.bmp'"):
        save_figure(Drawn(), tmp_path / "a.bmp")
    with pytest.raises(InvalidInputError, match="scale"):
        save_figure(Drawn(), tmp_path / "a.png", scale=0)
    with pytest.raises(InvalidInputError, match="Plotly figure; got str"):
        save_figure("figure", tmp_path / "a.png")


def test_what_is_missing_is_named_and_no_file_is_left(monkeypatch, tmp_path):
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'leitmotif\[image\]'"):
        save_figure(Drawn(), tmp_path / "a.png")
    monkeypatch.setattr(export, "find_spec", lambda name: name)
    error = RuntimeError("Kaleido requires Google Chrome to be installed.")
    with pytest.raises(MissingDependencyError, match="apt install chromium") as caught:
        save_figure(Drawn(error), tmp_path / "a.png")
    assert caught.value.__cause__ is error
    with pytest.raises(ZeroDivisionError):  # not ours to explain
        save_figure(Drawn(ZeroDivisionError()), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_bar_chart_as_svg_and_png(fitted, tmp_path):
    if importlib.util.find_spec("kaleido") is None or not (shutil.which("chromium") or shutil.which("google-chrome")):
        pytest.skip("needs kaleido (extra `image`) and Chromium")
    figure = visualize_barchart(fitted)
    drawing = save_figure(figure, tmp_path / "bars.svg").read_text(encoding="utf-8")
    assert drawing.startswith("<svg") and "rocket" in drawing and "http" not in drawing.replace("http://www.w3.org", "")
    picture = save_figure(figure, tmp_path / "bars.png", scale=1).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture[16:20], "big") == figure.layout.width
