"""What a fit leaves behind: one directory that appears whole.

model/              the model, for ``leitmotif topics``, ``transform`` and ``BERTopic.load``
topics.csv          a topic a line
documents.parquet   the documents with their topics and places on the map, for ``leitmotif report``
report.html         the page
fit.json            what was run; it also marks the directory as ours
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leitmotif.cli.readers import Corpus
from leitmotif.errors import InvalidInputError

if TYPE_CHECKING:
    from leitmotif.state import TopicState

__all__ = [
    "DOCUMENTS",
    "MARK",
    "MODEL",
    "REPORT",
    "TOPICS",
    "check_target",
    "model_path",
    "new_directory",
    "new_file",
    "read_results",
    "topic_rows",
    "write_documents",
    "write_rows",
    "write_topics",
]

MODEL, TOPICS, DOCUMENTS, REPORT, MARK = "model", "topics.csv", "documents.parquet", "report.html", "fit.json"


# -- where -----------------------------------------------------------------------------------------


def check_target(target: Path, force: bool) -> None:
    """Raise before any work is done if the results cannot go there.

    An empty directory and one of ours are replaced; one that holds anything else only with ``force``, which replaces
    the files of ours in it and leaves the others.
    """
    if target.is_file():
        raise InvalidInputError(f"{target} is a file; choose a directory with --out")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file() and not force:
        raise InvalidInputError(
            f"{target} holds files that are not of leitmotif; choose another directory with --out, or --force to write there"
        )
    parent = target.absolute().parent
    if not parent.is_dir():
        raise InvalidInputError(f"{parent} is no directory; make it first, or choose another place with --out")


@contextmanager
def new_directory(target: Path) -> Iterator[Path]:
    """A directory to fill beside the target; its contents take their place only when the block ends well."""
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.absolute().parent))
    try:
        yield part
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o777 & ~umask)  # mkdtemp gives it to its owner alone
        if not target.exists():
            part.rename(target)
            return
        for made in sorted(part.iterdir()):
            _replace(made, target / made.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """A file to fill beside the target, renamed when the block ends well."""
    if not target.absolute().parent.is_dir():
        raise InvalidInputError(f"{target.absolute().parent} is no directory; make it first")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def model_path(directory: Path) -> Path:
    """The model in a directory of results, or the directory itself where it is a saved model.

    Raises
    ------
    FileNotFoundError
        There is no such directory.
    """
    if not directory.exists():
        raise FileNotFoundError(f"{directory} does not exist; name the directory that `leitmotif fit` wrote")
    return directory / MODEL if (directory / MODEL).is_dir() else directory


def _replace(made: Path, place: Path) -> None:
    if not (place.is_dir() and not place.is_symlink()):
        made.replace(place)
        return
    old = made.with_name(f"{made.name}.old")  # within the part directory: removed with it
    place.rename(old)
    made.rename(place)


# -- what ------------------------------------------------------------------------------------------


def topic_rows(state: TopicState) -> list[dict[str, Any]]:
    """One record a topic, the largest first and outliers last: topic, count, share, label, words and other aspects."""
    from leitmotif.explorer.record import topic_label

    state = state.by_document
    n = max(int(state.sizes.sum()), 1)
    rows = []
    for row, topic in enumerate(state.topic_ids.tolist()):
        count = int(state.sizes[row])
        aspects = {name: _words(given.get(topic, [])) for name, given in state.aspects.items()}
        rows.append(
            {
                "topic": topic,
                "count": count,
                "share": round(count / n, 6),
                "label": topic_label(state, topic),
                "words": _words(state.words.get(topic, [])),
                **aspects,
            }
        )
    return sorted(rows, key=lambda record: (record["topic"] < 0, -record["count"], record["topic"]))


def write_topics(path: Path, state: TopicState) -> None:
    """``topics.csv``: words are separated by ``"; "``."""
    rows = [{k: "; ".join(v) if isinstance(v, list) else v for k, v in row.items()} for row in topic_rows(state)]
    write_rows(path, rows, ".csv")


def write_documents(path: Path, corpus: Corpus, state: TopicState, probabilities: Any, positions: Any) -> None:
    """``documents.parquet``: every document with its topic, probability and place, in the order of the file."""
    import numpy as np
    import pyarrow
    import pyarrow.parquet

    state = state.by_document
    names = {row["topic"]: row["label"] for row in topic_rows(state)}
    columns: dict[str, Any] = {
        "id": corpus.ids,
        "title": corpus.titles,
        "date": corpus.dates,
        "label": corpus.labels,
        "text": corpus.texts,
        "topic": state.topics,
        "topic_label": [names[topic] for topic in state.topics.tolist()],
    }
    if probabilities is not None and np.ndim(probabilities) == 1:
        columns["probability"] = np.asarray(probabilities, dtype=np.float32)
    if positions is not None:
        columns |= {"x": positions[:, 0], "y": positions[:, 1]}
    table = pyarrow.table({name: values for name, values in columns.items() if values is not None})
    pyarrow.parquet.write_table(table, path, compression="zstd")


def read_results(directory: Path) -> tuple[Corpus, Any]:
    """The corpus and the positions (N, 2) of ``documents.parquet``; positions are None where it has none.

    Raises
    ------
    InvalidInputError
        The directory has no such file.
    """
    import numpy as np
    import pyarrow.parquet

    path = directory / DOCUMENTS
    if not path.is_file():
        raise InvalidInputError(
            f"{directory} has no {DOCUMENTS}: the report needs the documents. Name a directory that `leitmotif fit` wrote."
        )
    table = pyarrow.parquet.read_table(path)
    columns = {name: table.column(name) for name in table.column_names}
    texts = {name: columns[name].to_pylist() for name in ("id", "title", "date", "label", "text") if name in columns}
    corpus = Corpus(
        texts=texts["text"],
        titles=texts.get("title"),
        dates=texts.get("date"),
        labels=texts.get("label"),
        ids=texts.get("id"),
        source=str(path),
    )
    if "x" not in columns:
        return corpus, None
    return corpus, np.column_stack([columns["x"].to_numpy(), columns["y"].to_numpy()])


def write_rows(path: Path, rows: Sequence[dict[str, Any]], suffix: str) -> None:
    """Records as ``.csv``, ``.tsv``, ``.jsonl`` or ``.parquet``."""
    if suffix == ".parquet":
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path, compression="zstd")
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        if suffix == ".jsonl":
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            return
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], delimiter="\t" if suffix == ".tsv" else ",")
        writer.writeheader()
        writer.writerows(rows)


def _words(representation: Any) -> list[str]:
    if isinstance(representation, str):
        return [representation]
    words = [item if isinstance(item, str) else str(item[0]) for item in representation]
    return [word for word in words if word]
