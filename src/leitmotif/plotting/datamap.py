"""The map of documents as a still picture or a page of its own, by the library datamapplot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from leitmotif._lazy import install_hint
from leitmotif.errors import MissingDependencyError
from leitmotif.plotting.documents import checked_docs, documents_data
from leitmotif.plotting.labels import escaped, snippet
from leitmotif.protocols import Fitted
from leitmotif.typing import OUTLIER, FloatMatrix

__all__ = ["visualize_document_datamap"]

NO_TOPIC = "Unlabelled"
DOTS_PER_INCH = 100
NOTHING: Mapping[str, Any] = MappingProxyType({})


def visualize_document_datamap(
    topic_model: Fitted,
    docs: Sequence[str] | None = None,
    topics: Sequence[int] | None = None,
    embeddings: FloatMatrix | None = None,
    reduced_embeddings: FloatMatrix | None = None,
    custom_labels: bool | str = False,
    title: str = "Documents and Topics",
    sub_title: str | None = None,
    width: int = 1200,
    height: int = 750,
    interactive: bool = False,
    enable_search: bool = False,
    topic_prefix: bool = False,
    datamap_kwds: Mapping[str, Any] = NOTHING,
    int_datamap_kwds: Mapping[str, Any] = NOTHING,
) -> Any:
    """A map of the documents for print, with the topics' labels around it; needs the library datamapplot.

    Parameters
    ----------
    docs : sequence of str, length N, optional
        Texts for hovering and searching in the interactive map.
    topics : sequence of int, optional
        Topics to label; the documents of all others are grey.
    embeddings, reduced_embeddings, custom_labels
        As in :func:`~leitmotif.plotting.visualize_documents`.
    title : str
    sub_title : str, optional
    width, height : int
        In pixels.
    interactive : bool
        Give a page instead of a picture.
    enable_search : bool
        Search the texts in the interactive map.
    topic_prefix : bool
        Put ``Topic-`` and the id in front of labels made of words.
    datamap_kwds, int_datamap_kwds : mapping
        Further arguments for ``datamapplot.create_plot`` and ``datamapplot.create_interactive_plot``.

    Returns
    -------
    matplotlib.figure.Figure, or datamapplot's interactive figure
        The title stands above the picture's own area: save it with ``figure.savefig(path, bbox_inches="tight")``. The
        interactive page loads its code from the net, or holds it with ``int_datamap_kwds={"offline_mode": True}``, for which
        datamapplot fetches it once. ``model.report()`` makes a page that needs no net at any time.

    Raises
    ------
    MissingDependencyError
        datamapplot is not installed.
    InvalidInputError, UnknownTopicError, MissingComponentError
        As in :func:`~leitmotif.plotting.visualize_documents`.
    """
    try:
        import datamapplot
    except ModuleNotFoundError as error:
        raise MissingDependencyError(install_hint("visualize_document_datamap", "datamapplot")) from error
    texts = checked_docs(topic_model.state, docs)
    data = documents_data(topic_model, texts, topics, embeddings, reduced_embeddings, None, custom_labels)
    words = custom_labels is False or (custom_labels is True and topic_model.state.custom_labels is None)
    name_of = {OUTLIER: NO_TOPIC}
    for topic, label in zip(data.topic_ids.tolist(), data.labels, strict=True):
        plain = label.split("_", 1)[-1].replace("_", " ") if words and label.startswith(f"{topic}_") else label
        name_of[topic] = f"Topic-{topic}: {plain}" if topic_prefix else plain
    labels = np.array([name_of[topic] for topic in data.topics.tolist()], dtype=object)
    places = np.stack([data.x, data.y], axis=1)
    if interactive:
        settings: dict[str, Any] = {"enable_search": enable_search, "width": width, "height": height}
        if texts is not None:
            settings["hover_text"] = [snippet(texts[row]) for row in data.rows.tolist()]
        names = np.array([escaped(name) for name in labels.tolist()], dtype=object)
        return datamapplot.create_interactive_plot(
            places, names, title=title, sub_title=sub_title, noise_label=NO_TOPIC, **{**settings, **int_datamap_kwds}
        )
    # A font that Matplotlib brings itself: datamapplot's own default is fetched from the net.
    settings = {
        "font_family": "DejaVu Sans",
        "figsize": (width / DOTS_PER_INCH, height / DOTS_PER_INCH),
        "dpi": DOTS_PER_INCH,
    }
    # Without it the net is asked for the font first. Old versions lack it; signatures tell nothing, being wrapped.
    if "use_system_fonts" in (datamapplot.create_plot.__doc__ or ""):
        settings["use_system_fonts"] = True
    figure, _ = datamapplot.create_plot(
        places, labels, title=title, sub_title=sub_title, noise_label=NO_TOPIC, **{**settings, **datamap_kwds}
    )
    return figure
