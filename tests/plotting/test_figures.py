"""What holds for all figures: BERTopic's signatures, any number of topics, no network, no random state, light imports."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import leitmotif.plotting as plotting
from leitmotif.errors import LeitmotifError, MissingDependencyError
from leitmotif.plotting.palette import DARK, LIGHT

from .conftest import many_topics

SIGNATURES = {  # of BERTopic 0.17.4's methods
    "visualize_topics": "topics=None, top_n_topics=None, use_ctfidf=False, custom_labels=False, "
    "title='<b>Intertopic Distance Map</b>', width=650, height=650",
    "visualize_documents": "docs, topics=None, embeddings=None, reduced_embeddings=None, sample=None, "
    "hide_annotations=False, hide_document_hover=False, custom_labels=False, title='<b>Documents and Topics</b>', "
    "width=1200, height=750",
    "visualize_document_datamap": "docs=None, topics=None, embeddings=None, reduced_embeddings=None, "
    "custom_labels=False, title='Documents and Topics', sub_title=None, width=1200, height=750, interactive=False, "
    "enable_search=False, topic_prefix=False, datamap_kwds={}, int_datamap_kwds={}",
    "visualize_hierarchical_documents": "docs, hierarchical_topics, topics=None, embeddings=None, "
    "reduced_embeddings=None, sample=None, hide_annotations=False, hide_document_hover=True, nr_levels=10, "
    "level_scale='linear', custom_labels=False, title='<b>Hierarchical Documents and Topics</b>', width=1200, height=750",
    "visualize_term_rank": "topics=None, log_scale=False, custom_labels=False, "
    "title='<b>Term score decline per Topic</b>', width=800, height=500",
    "visualize_topics_over_time": "topics_over_time, top_n_topics=None, topics=None, normalize_frequency=False, "
    "custom_labels=False, title='<b>Topics over Time</b>', width=1250, height=450",
    "visualize_topics_per_class": "topics_per_class, top_n_topics=10, topics=None, normalize_frequency=False, "
    "custom_labels=False, title='<b>Topics per Class</b>', width=1250, height=900",
    "visualize_distribution": "probabilities, min_probability=0.015, custom_labels=False, "
    "title='<b>Topic Probability Distribution</b>', width=800, height=600",
    "visualize_approximate_distribution": "document, topic_token_distribution, normalize=False",
    "visualize_hierarchy": "orientation='left', topics=None, top_n_topics=None, use_ctfidf=True, custom_labels=False, "
    "title='<b>Hierarchical Clustering</b>', width=1000, height=600, hierarchical_topics=None, linkage_function=None, "
    "distance_function=None, color_threshold=1",
    "visualize_heatmap": "topics=None, top_n_topics=None, n_clusters=None, use_ctfidf=False, custom_labels=False, "
    "title='<b>Similarity Matrix</b>', width=800, height=800",
    "visualize_barchart": "topics=None, top_n_topics=8, n_words=5, custom_labels=False, title='Topic Word Scores', "
    "width=250, height=250, autoscale=False",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature_is_bertopics(name):
    wanted = eval(f"lambda topic_model, {SIGNATURES[name]}: None")
    ours = inspect.signature(getattr(plotting, name)).parameters.values()
    assert [p.name for p in ours] == list(inspect.signature(wanted).parameters)
    for got, expected in zip(ours, inspect.signature(wanted).parameters.values(), strict=True):
        assert got.default == expected.default and got.kind == expected.kind
    assert len(SIGNATURES) == len([name for name in plotting.__all__ if name.startswith("visualize_")]) == 12


def figures(model):
    """Every Plotly figure of a model of any size, by name."""
    state = model.state
    n, n_documents = state.n_topics, state.n_documents
    ids = state.inner_ids
    flat = np.stack([np.arange(n_documents) % 7, np.arange(n_documents) % 11], axis=1).astype(float)
    docs = ["some text"] * n_documents
    frame = pd.DataFrame({"Topic": ids, "Words": "w", "Frequency": 1, "Timestamp": 2024, "Class": "c"})
    chain = pd.DataFrame(
        {
            "Parent_ID": [str(n + i) for i in range(n - 1)],
            "Parent_Name": "name",
            "Topics": [ids[: i + 2].tolist() for i in range(n - 1)],
            "Distance": np.arange(n - 1, dtype=float),
        }
    )
    made = {
        "topics": lambda: plotting.visualize_topics(model),
        "documents": lambda: plotting.visualize_documents(model, docs, reduced_embeddings=flat),
        "term_rank": lambda: plotting.visualize_term_rank(model),
        "barchart": lambda: plotting.visualize_barchart(model),
        "heatmap": lambda: plotting.visualize_heatmap(model),
        "over_time": lambda: plotting.visualize_topics_over_time(model, frame),
        "per_class": lambda: plotting.visualize_topics_per_class(model, frame),
        "distribution": lambda: plotting.visualize_distribution(model, np.full(n, 1 / n), min_probability=0),
    }
    if n > 1:
        made["hierarchy"] = lambda: plotting.visualize_hierarchy(model)
        if n <= 100:
            made["hierarchical_documents"] = lambda: plotting.visualize_hierarchical_documents(
                model, docs, chain, reduced_embeddings=flat
            )
    return made


@pytest.mark.parametrize("n_topics", [1, 2, 20])
def test_small_models_have_all_figures_and_no_addresses_in_them(n_topics):
    for name, draw in figures(many_topics(n_topics)).items():
        page = draw().to_json()
        assert "http" not in page and "NaN" not in page, name
        assert not re.search(r'"#[0-9A-Fa-f]{8}"', page), name  # Plotly 5 and 6 refuse these


@pytest.mark.parametrize(
    "name",
    [
        *("documents", "term_rank", "barchart", "heatmap", "hierarchy"),
        pytest.param("topics", marks=pytest.mark.slow),
        pytest.param("over_time", marks=pytest.mark.slow),
    ],
)
def test_two_thousand_topics(name):
    figure = figures(many_topics(2000))[name]()
    limit = 8_000_000 if name == "heatmap" else 3_000_000
    if name != "heatmap":  # four million cells are what they are
        assert len(figure.to_json()) < limit
    assert figure.data


def test_figures_are_the_same_every_time_and_leave_the_random_state_alone():
    model = many_topics(25)
    np.random.seed(1)  # noqa: NPY002
    first = {name: draw().to_json() for name, draw in figures(model).items()}
    np.random.seed(2)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    second = {name: draw().to_json() for name, draw in figures(model).items()}
    assert first == second
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_what_is_a_list_in_bertopics_figures_is_a_list_in_to_dict(fitted):
    """Not Plotly's typed array: recipes index it."""
    traces = {
        "barchart": fitted_figure("visualize_barchart", fitted),
        "heatmap": fitted_figure("visualize_heatmap", fitted),
        "hierarchy": fitted_figure("visualize_hierarchy", fitted),
        "distribution": fitted_figure("visualize_distribution", fitted, np.array([0.5, 0.3, 0.1, 0.06, 0.04])),
    }
    for name, found in traces.items():
        for trace in found:
            assert isinstance(trace["x"], list | tuple) and isinstance(trace["y"], list | tuple), name
    assert traces["barchart"][0]["x"][-1] == pytest.approx(fitted.state.words[0][0][1])


def fitted_figure(name, *arguments):
    import leitmotif.plotting

    return getattr(leitmotif.plotting, name)(*arguments).to_dict()["data"]


def test_the_look_is_a_template_that_can_be_changed(fitted):
    import plotly.io

    figure = plotting.visualize_heatmap(fitted)
    assert figure.layout.template.layout.paper_bgcolor == LIGHT.ground
    assert figure.layout.paper_bgcolor is None and figure.layout.font.color is None
    before = plotly.io.templates.default
    try:
        plotly.io.templates.default = "plotly_dark"
        dark = plotting.visualize_heatmap(fitted)
        assert dark.layout.template.layout.paper_bgcolor == DARK.ground
        assert plotting.visualize_barchart(fitted).data[0].marker.color == DARK.cycle[0]
        plotly.io.templates.default = "ggplot2"
        other = plotting.visualize_heatmap(fitted).layout.template
        assert other.layout.paper_bgcolor == plotly.io.templates["ggplot2"].layout.paper_bgcolor
    finally:
        plotly.io.templates.default = before


def test_without_plotly_the_error_says_so(fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(ImportError, match="Plotly is required to use 'visualize_heatmap'") as caught:
        plotting.visualize_heatmap(fitted)
    assert isinstance(caught.value, MissingDependencyError) and isinstance(caught.value, LeitmotifError)


def test_importing_the_figures_loads_neither_plotly_nor_pandas():
    code = (
        "import sys, leitmotif.plotting as p; [getattr(p, name) for name in p.__all__]; "
        "print([m for m in ('plotly', 'pandas', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
