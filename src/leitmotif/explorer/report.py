"""``report.html``: the topics of a corpus as one page that opens offline."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leitmotif.errors import InvalidInputError
from leitmotif.explorer.bundle import bundle_page
from leitmotif.explorer.outline import Branch
from leitmotif.explorer.pack import (
    CHUNK,
    pack_integers,
    pack_places,
    pack_texts,
    quantise,
    safe_json,
    shortened,
    text_limit,
    z_codes,
)
from leitmotif.explorer.record import MAX_DOCUMENTS, ExplorerRecord, explore
from leitmotif.protocols import Fitted
from leitmotif.typing import OUTLIER

__all__ = ["render_page", "write_report"]


def write_report(
    fitted: Fitted,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    documents: Sequence[str] | None = None,
    titles: Sequence[str] | None = None,
    timestamps: Sequence[Any] | None = None,
    classes: Sequence[Any] | None = None,
    positions: Any = None,
    max_documents: int | None = MAX_DOCUMENTS,
    max_characters: int | None = None,
) -> Path:
    """Write one HTML file in which the topics can be explored, offline and without a server.

    A map of the documents with the topics' names on it, the list of topics, their words, typical documents, curves over
    time and shares by class, and a search. Nothing is loaded from the net, a strict Content-Security-Policy
    allows nothing to be, and every text of the corpus is shown as text.

    Parameters
    ----------
    path : str or path
        The file to write; it appears whole or not at all.
    title : str, optional
        Heading of the page.
    documents : sequence of str, length N, optional
        The texts of the fit; default: those that the model keeps.
    titles : sequence of str, length N, optional
        A short title of each document, shown before its text.
    timestamps : sequence, length N, optional
        Dates (as text, ``datetime``, pandas or NumPy), years or numbers.
    classes : sequence, length N, optional
        A category of each document.
    positions : array of float, shape (N, 2), optional
        Where each document lies on the map; default: a two-dimensional layout of the embeddings.
    max_documents : int or None
        Show an even sample where there are more; sizes, curves and classes still count all. None: show every one.
    max_characters : int, optional
        How much of each text the page holds, and its search finds. Default: of up to 5,000 documents the first 4,000
        characters, of up to 100,000 documents 300, of more the fewer, and never less than 80. The file grows with it.

    Returns
    -------
    Path
        The file: for a million documents, whatever they are, 3 MB of map; and the texts, deflated, behind it.

    Raises
    ------
    InvalidInputError
        A column whose length is not N, positions that are not finite numbers of shape (N, 2), or ``max_characters`` below 1.
    MissingComponentError
        The model does not keep its documents and none are given.
    """
    if max_characters is not None and max_characters < 1:
        raise InvalidInputError(f"max_characters must be at least 1; got {max_characters}")
    record = explore(
        fitted,
        title=title,
        documents=documents,
        titles=titles,
        timestamps=timestamps,
        classes=classes,
        positions=positions,
        max_documents=max_documents,
    )
    target = Path(path)
    _write_whole(target, render_page(record, max_characters=max_characters))
    return target


def render_page(record: ExplorerRecord, *, max_characters: int | None = None) -> str:
    """The page as a text; the same record gives the same text."""
    from leitmotif import __version__

    limit = max_characters or text_limit(len(record.rows))
    chunks = pack_texts(record.texts, record.titles, limit)
    return bundle_page(
        {
            "title": record.title,
            "facts": _facts(record),
            "version": __version__,
            "table": _table(record),
            "record": safe_json(_payload(record, limit)),
            # Behind the program, and each an element of its own: the map stands while they are still being read.
            "texts": "\n".join(
                f'<script type="text/plain" id="texts-{i}">{chunk}</script>' for i, chunk in enumerate(chunks)
            ),
        }
    )


def _facts(record: ExplorerRecord) -> str:
    n_topics = sum(card.topic != OUTLIER for card in record.topics)
    counted = ((record.n_documents, "document"), (n_topics, "topic"))
    facts = [f"{n:,} {what}{'' if n == 1 else 's'}" for n, what in counted]
    if record.timeline is not None and len(record.timeline.labels) > 1:
        facts.append(f"{record.timeline.labels[0]} – {record.timeline.labels[-1]}")
    if len(record.rows) < record.n_documents:
        facts.append(f"{len(record.rows):,} of them on the map")
    return " · ".join(facts)


def _payload(record: ExplorerRecord, limit: int) -> dict[str, Any]:
    codes, (left, low, scale) = quantise(record.positions)

    def place(x: float, y: float) -> list[int]:
        return [round((x - left) / scale), round((y - low) / scale)]

    payload: dict[str, Any] = {
        "nDocuments": record.n_documents,
        "chunk": CHUNK,
        "view": _view(codes),
        "places": pack_places(z_codes(codes)),
        "topicRows": pack_integers(record.topic_rows, "u2"),
        "topics": [
            {
                "id": card.topic,
                "label": card.label,
                "size": card.size,
                "words": [[word, round(weight, 6)] for word, weight in card.words],
                "aspects": dict(card.aspects),
                "representative": card.representative,
                "passages": [shortened(passage, limit) for passage in card.passages],
                "neighbours": card.neighbours,
                "anchor": place(*card.anchor),
                "box": place(*card.box[:2]) + place(*card.box[2:]),
                "hue": round(card.hue, 4),
                "tone": card.tone,
            }
            for card in record.topics
        ],
    }
    if record.tree is not None:
        payload["tree"] = _nested(record.tree)
    if record.timeline is not None and record.over_time is not None:
        payload |= {
            "binLabels": record.timeline.labels,
            "bins": pack_integers(record.timeline.codes, "i2"),
            "overTime": record.over_time.tolist(),
        }
    if record.classes is not None:
        payload |= {
            "classNames": record.classes.names,
            "classRows": pack_integers(record.classes.codes, "i2"),
            "perClass": record.classes.counts.tolist(),
        }
    return payload


def _nested(branch: Branch) -> dict[str, Any]:
    """A branch as JSON: ``children`` are branches, or ids of topics."""
    children = [child if isinstance(child, int) else _nested(child) for child in branch.children]
    return {"label": branch.label, "children": children}


def _view(codes: np.ndarray[Any, np.dtype[np.uint16]]) -> list[int]:
    """The box to show at first: all but the outermost half per cent, so that one far island does not shrink the rest."""
    if not len(codes):
        return [0, 0, 65535, 65535]
    low, high = np.quantile(codes.astype(np.float64), [0.005, 0.995], axis=0)
    return [round(float(value)) for value in (*low, *high)]


def _table(record: ExplorerRecord) -> str:
    """Every topic as a row of static HTML, for paper and for browsers without scripts."""
    rows = "\n".join(
        f'<tr><td class="n">{card.topic}</td><td class="n">{card.size:,}</td><td>{html.escape(card.label)}</td>'
        f"<td>{html.escape(', '.join(word for word, _ in card.words))}</td></tr>"
        for card in record.topics
    )
    return (
        '<table><thead><tr><th class="n">Topic</th><th class="n">Documents</th><th>Label</th><th>Words</th></tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table>"
    )


def _write_whole(target: Path, text: str) -> None:
    """Write beside the target, then rename: readers see the old file or the new one."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
