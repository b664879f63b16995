"""The map of documents at the levels of the hierarchy."""

from __future__ import annotations

import pandas as pd
import pytest

from leitmotif.errors import InvalidInputError
from leitmotif.plotting import hierarchical_documents_data, visualize_hierarchical_documents


@pytest.fixture
def hierarchy() -> pd.DataFrame:
    """0 and 4 first, then 1 and 2, then 3 to the former, then all; the last merge in the first row."""
    return pd.DataFrame(
        {
            "Parent_ID": ["8", "7", "6", "5"],
            "Parent_Name": ["all", "space_music", "lab & oven", "space"],
            "Topics": [[0, 1, 2, 3, 4], [0, 3, 4], [1, 2], [0, 4]],
            "Distance": [1.0, 0.6, 0.3, 0.1],
        }
    )


def test_levels_with_as_many_as_merges(fitted, docs, places, hierarchy):
    """The incumbent raises KeyError for as many levels as merges, which its documentation recommends."""
    data = hierarchical_documents_data(fitted, hierarchy, docs, reduced_embeddings=places, nr_levels=4)
    assert data.nodes.tolist() == [[0, 1, 2, 3, 4], [5, 1, 2, 3, 5], [5, 6, 6, 3, 5], [7, 6, 6, 7, 7]]
    assert data.distances.tolist() == [0.0, 0.1, 0.3, 0.6]
    assert data.labels[0][3] == "3_violin_chord" and data.labels[3] == {6: "6_lab & oven", 7: "7_space_music"}


@pytest.mark.parametrize(("n", "left"), [(1, [5]), (2, [5, 2]), (3, [5, 4, 2]), (10, [5, 4, 3, 2])])
def test_any_number_of_levels(fitted, docs, places, hierarchy, n, left):
    data = hierarchical_documents_data(fitted, hierarchy, docs, reduced_embeddings=places, nr_levels=n)
    assert [len(labels) for labels in data.labels] == left


def test_the_logarithmic_scale_merges_more_at_first():
    from leitmotif.plotting.hierarchical_documents import _merges_by_level

    assert _merges_by_level(101, 4, "linear") == [0, 33, 66, 99]
    assert _merges_by_level(101, 4, "log") == [0, 74, 94, 99]  # 101, 27.3, 7.4, 2 topics left


def test_one_trace_a_topic_however_many_levels(fitted, docs, places, hierarchy):
    figure = visualize_hierarchical_documents(fitted, docs, hierarchy, reduced_embeddings=places)
    assert [len(trace.x) for trace in figure.data] == [6, 20, 14, 10, 6, 4]
    steps = figure.layout.sliders[0].steps
    assert [step.label for step in steps] == ["0", "1", "2", "3"]
    look, layout, traces = steps[2].args
    assert list(traces) == [1, 2, 3, 4, 5]
    assert look["name"] == ["5_space", "6_lab &amp; oven", "6_lab &amp; oven", "3_violin_chord", "5_space"]
    assert look["showlegend"] == [True, True, False, True, False]
    assert look["marker.color"][0] == look["marker.color"][4] != look["marker.color"][1]
    assert {note["text"] for note in layout["annotations"]} <= {"5_space", "6_lab &amp; oven", "3_violin_chord"}
    assert all(trace.hovertext is None for trace in figure.data)


def test_texts_on_request_and_no_labels_on_request(fitted, docs, places, hierarchy):
    figure = visualize_hierarchical_documents(
        fitted, docs, hierarchy, reduced_embeddings=places, hide_document_hover=False, hide_annotations=True
    )
    assert figure.data[1].hovertext[0].startswith("document ") and not figure.layout.annotations


def test_a_selection_of_topics(fitted, docs, places, hierarchy):
    data = hierarchical_documents_data(fitted, hierarchy, docs, topics=[4, 2], reduced_embeddings=places, nr_levels=4)
    assert data.nodes.tolist() == [[2, 4], [2, 5], [6, 5], [6, 7]]


def test_what_is_refused(fitted, docs, places, hierarchy):
    with pytest.raises(ValueError, match="level_scale needs to be 'linear' or 'log'; got 'cubic'"):
        visualize_hierarchical_documents(fitted, docs, hierarchy, reduced_embeddings=places, level_scale="cubic")
    with pytest.raises(InvalidInputError, match="nr_levels"):
        visualize_hierarchical_documents(fitted, docs, hierarchy, reduced_embeddings=places, nr_levels=0)
    with pytest.raises(InvalidInputError, match="column 'Parent_ID'"):
        visualize_hierarchical_documents(fitted, docs, pd.DataFrame({"a": [1]}), reduced_embeddings=places)
