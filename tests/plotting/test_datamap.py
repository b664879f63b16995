"""The map by datamapplot, with a stand-in for the library."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from leitmotif.errors import MissingDependencyError
from leitmotif.plotting import visualize_document_datamap


@pytest.fixture
def calls(monkeypatch):
    seen: list[tuple] = []

    def create_plot(coords, labels, **settings):
        seen.append((coords, labels, settings))
        return "figure", "axes"

    def create_interactive_plot(coords, *layers, **settings):
        seen.append((coords, layers[0], settings))
        return "page"

    create_plot.__doc__ = "use_system_fonts : bool"
    stand_in = SimpleNamespace(create_plot=create_plot, create_interactive_plot=create_interactive_plot)
    monkeypatch.setitem(sys.modules, "datamapplot", stand_in)
    return seen


def test_without_the_library_the_error_says_how_to_get_it(fitted, docs, places, monkeypatch):
    """The incumbent raises NameError."""
    monkeypatch.setitem(sys.modules, "datamapplot", None)
    with pytest.raises(MissingDependencyError, match=r"needs the library 'datamapplot'.*pip install"):
        visualize_document_datamap(fitted, docs, reduced_embeddings=places)


def test_a_picture(fitted, docs, places, calls):
    shown = visualize_document_datamap(
        fitted, docs, topics=[0, 2], reduced_embeddings=places, datamap_kwds={"dpi": 200}
    )
    assert shown == "figure"
    coords, labels, settings = calls[0]
    np.testing.assert_allclose(coords, places, atol=1e-5)
    assert {name: int((labels == name).sum()) for name in set(labels)} == {
        "rocket orbit moon": 20,
        "<b>bold</b> R&D x<y": 10,
        "Unlabelled": 30,
    }
    assert settings["figsize"] == (12.0, 7.5) and settings["dpi"] == 200 and settings["noise_label"] == "Unlabelled"


def test_no_font_is_fetched_from_the_net(fitted, places, calls, monkeypatch):
    visualize_document_datamap(fitted, reduced_embeddings=places)
    assert calls[0][2]["use_system_fonts"] is True and calls[0][2]["font_family"] == "DejaVu Sans"
    monkeypatch.setattr(
        sys.modules["datamapplot"].create_plot, "__doc__", None
    )  # an older version, without the setting
    visualize_document_datamap(fitted, reduced_embeddings=places)
    assert "use_system_fonts" not in calls[1][2]


def test_the_library_itself_draws_offline(fitted, places, monkeypatch):
    datamapplot = pytest.importorskip("datamapplot", reason="needs the extra `datamap`")
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("asked the net"))
    figure = visualize_document_datamap(fitted, reduced_embeddings=places, datamap_kwds={"verbose": False})
    texts = [text.get_text().replace("\n", " ") for text in figure.axes[0].texts]
    assert datamapplot and "rocket orbit moon" in texts


def test_a_page_has_texts_and_escapes_them(fitted, places, calls):
    texts = ["<script>"] * 60
    shown = visualize_document_datamap(
        fitted, texts, reduced_embeddings=places, interactive=True, enable_search=True, topic_prefix=True
    )
    assert shown == "page"
    _, labels, settings = calls[0]
    assert "Topic-2: &lt;b&gt;bold&lt;/b&gt; R&amp;D x&lt;y" in set(labels)
    assert settings["enable_search"] is True and settings["hover_text"] == ["&lt;script&gt;"] * 60


def test_labels_of_the_user_stay_as_they_are(fitted, places, calls):
    visualize_document_datamap(fitted, reduced_embeddings=places, custom_labels=True)
    assert "<i>label</i> 3" in set(calls[0][1])
