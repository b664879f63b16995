"""Files of documents, read into one frozen record; every row is kept, in its order.

CSV and TSV, JSON lines, JSON arrays and plain text (a document a line), each also with ``.gz``; Parquet; and folders of
``.txt`` files. The standard library reads all but Parquet, so that reading starts at once and errors know their line.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import json
import logging
import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from leitmotif.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Corpus", "read_documents", "read_embeddings"]

logger = logging.getLogger(__name__)

Column: TypeAlias = list[Any]
Table: TypeAlias = dict[str, Column]

ROLES = ("text", "title", "date", "label", "id")
# Names under which people keep each part; tried in this order when no column is named.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": (
        "text", "document", "doc", "abstract", "content", "body", "message", "full_text", "review", "description",
        "comment", "tweet", "post", "article", "summary", "sentence", "paragraph", "question",
    ),
    "title": ("title", "headline", "subject"),
    "date": ("date", "timestamp", "datetime", "published", "published_at", "created_at", "created", "year", "time"),
    "label": ("label", "category", "class", "section"),
    "id": ("id", "doc_id", "document_id", "uuid"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Documents and what is known of each; all columns have the same length and order.

    Attributes
    ----------
    texts : list of str
        A missing text is ``""`` and keeps its row.
    titles, dates, labels, ids : list of str, or None
        As they stand in the file (dates are not parsed; those of Parquet are in ISO form); missing values are ``""``.
    source : str
        The file or folder.
    columns : mapping of str to str
        Part (``"text"``, ``"title"``, …) -> the column it came from.
    """

    texts: list[str]
    titles: list[str] | None = None
    dates: list[str] | None = None
    labels: list[str] | None = None
    ids: list[str] | None = None
    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)

    def head(self, n: int) -> Corpus:
        """The first ``n`` documents."""
        cut = {name: values[:n] for name in ("titles", "dates", "labels", "ids") if (values := getattr(self, name))}
        return replace(self, texts=self.texts[:n], **cut)


def read_documents(
    path: str | Path,
    text_column: str | None = None,
    *,
    title_column: str | None = None,
    date_column: str | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
) -> Corpus:
    """The documents of a file or a folder.

    The format follows the name: ``.csv``, ``.tsv``/``.tab``, ``.jsonl``/``.ndjson``, ``.json`` (an array, or lines),
    ``.txt`` (a document a line; blank lines are no documents), all also with ``.gz``; ``.parquet``; a folder: its
    ``.txt`` files, sub-folders included, by name. A blank line within a table of one column is a row without text; any other
    blank line of a CSV or TSV is no row, and is told. Text is UTF-8 (or UTF-16 with a byte order mark); a file that is not is
    read as Windows-1252, with a warning.

    Parameters
    ----------
    text_column, title_column, date_column, label_column, id_column : str, optional
        Columns of a table. A part that is not named is taken from a column with a usual name (``text``, ``abstract``, …;
        ``title``; ``date``, ``year``, …; ``label``, ``category``, …; ``id``) where there is one; ``""`` leaves a part out.

    Returns
    -------
    Corpus
        O(bytes of the file) in time and memory.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    InvalidInputError
        An unknown format, a missing column (the message lists those that exist), a malformed line (with its number),
        or a file without documents.
    """
    source = Path(path)
    if not source.exists():
        raise FileNotFoundError(f"{source} does not exist")
    named = dict(zip(ROLES, (text_column, title_column, date_column, label_column, id_column), strict=True))
    if source.is_dir():
        table = _folder(source)
    else:
        read = _reader(source)
        table = read(source)
    columns = _choose(table, named, source)
    parts = {role: _texts(table[column], column, source) for role, column in columns.items()}
    if not parts["text"]:
        raise InvalidInputError(f"{source} holds no documents")
    return Corpus(
        texts=parts["text"],
        titles=parts.get("title"),
        dates=parts.get("date"),
        labels=parts.get("label"),
        ids=parts.get("id"),
        source=str(source),
        columns=columns,
    )


def read_embeddings(path: Path, n_documents: int, limit: int | None = None) -> NDArray[Any]:
    """Embeddings of the documents from a ``.npy`` file, (N, d); of the first ``limit`` documents where that is given.

    Raises
    ------
    InvalidInputError
        Not such a file, or not one embedding a document.
    """
    import numpy as np

    try:
        vectors = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InvalidInputError(f"{path} is no array of numbers in NumPy's .npy format: {error}") from error
    if vectors.ndim != 2:
        raise InvalidInputError(f"{path} has shape {vectors.shape}; embeddings are a table, one row a document")
    vectors = vectors[:limit]
    if len(vectors) != n_documents:
        raise InvalidInputError(f"{path} holds {len(vectors):,} embeddings for {n_documents:,} documents")
    return np.asarray(vectors)


# -- formats -------------------------------------------------------------------------------------


def _reader(path: Path) -> Callable[[Path], Table]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    zipped = bool(suffixes) and suffixes[-1] == ".gz"
    suffix = (suffixes[-2] if len(suffixes) > 1 else "") if zipped else (suffixes[-1] if suffixes else "")
    readers: dict[str, Callable[[Path], Table]] = {
        ".csv": lambda p: _csv(p, None),
        ".tsv": lambda p: _csv(p, "\t"),
        ".tab": lambda p: _csv(p, "\t"),
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".json": _json,
        ".txt": _lines,
        ".text": _lines,
        ".parquet": _parquet,
        ".pq": _parquet,
    }
    if suffix not in readers or (zipped and suffix in {".parquet", ".pq"}):
        raise InvalidInputError(
            f"cannot tell the format of {path.name!r}: its name should end in .csv, .tsv, .jsonl, .json, .txt "
            "(each also with .gz) or .parquet, or be a folder of .txt files"
        )
    return readers[suffix]


def _content(path: Path) -> str:
    """The whole text of a file: unzipped, decoded, line ends as they are."""
    data = path.read_bytes()
    if path.suffix.lower() == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise InvalidInputError(f"{path} is not a whole gzip file: {error}") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        logger.warning("%s is not UTF-8 (line %d): read as Windows-1252", path, line)
        return data.decode("cp1252", errors="replace")


def _csv(path: Path, delimiter: str | None) -> Table:
    content = _content(path)
    if not content.strip():
        return {}
    delimiter = delimiter or _delimiter(content)
    csv.field_size_limit(2**31 - 1)
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=False)
    try:
        header = [name.strip() for name in next(rows)]
        if len(set(header)) < len(header):
            twice = next(name for name in header if header.count(name) > 1)
            raise InvalidInputError(f"{path} has two columns named {twice!r}; give each its own name in the first line")
        columns: list[Column] = [[] for _ in header]
        blank: list[int] = []  # lines since the last row
        skipped: list[int] = []
        for row in rows:
            if not row:
                blank.append(rows.line_num)
                continue
            if len(header) == 1:
                columns[0] += [""] * len(blank)
            else:
                skipped += blank
            blank = []
            if len(row) > len(header):
                raise InvalidInputError(
                    f"{path}, line {rows.line_num}: {len(row)} fields, but the first line names {len(header)} columns; "
                    f"put fields that contain {delimiter!r} in double quotes"
                )
            row += [""] * (len(header) - len(row))
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        if skipped := [*skipped, *blank]:
            shown = ", ".join(map(str, skipped[:5])) + (", …" if len(skipped) > 5 else "")
            logger.warning("%s: blank lines are no rows: %d left out (line %s)", path, len(skipped), shown)
    except csv.Error as error:
        raise InvalidInputError(f"{path}, line {rows.line_num}: {error}") from error
    return dict(zip(header, columns, strict=True))


def _delimiter(content: str) -> str:
    """The separator that the first line uses most; a comma where it uses none."""
    first = content.split("\n", 1)[0]
    return max(",;\t|", key=lambda mark: (first.count(mark), mark == ","))


def _json_lines(path: Path) -> Table:
    return _json_rows(_content(path), path)


def _json(path: Path) -> Table:
    content = _content(path)
    if not content.lstrip().startswith("["):
        return _json_rows(content, path)
    try:
        return _records(((i + 1, row) for i, row in enumerate(json.loads(content))), path, "element")
    except json.JSONDecodeError as error:
        raise InvalidInputError(f"{path}, line {error.lineno}: not valid JSON: {error.msg}") from error


def _json_rows(content: str, path: Path) -> Table:
    def rows() -> Iterable[tuple[int, Any]]:
        for number, line in enumerate(content.split("\n"), start=1):  # splitlines would cut at U+2028 within a text
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise InvalidInputError(
                    f"{path}, line {number}: not valid JSON: {error.msg} (column {error.colno})"
                ) from error

    return _records(rows(), path, "line")


def _records(rows: Iterable[tuple[int, Any]], path: Path, what: str) -> Table:
    """Columns from records; a record without a key has None there."""
    table: Table = {}
    for n_before, (number, row) in enumerate(rows):
        if isinstance(row, str):
            row = {"text": row}
        if not isinstance(row, dict):
            kind = type(row).__name__
            raise InvalidInputError(f"{path}, {what} {number}: a {kind}; each should be an object or a text")
        for name, value in row.items():
            table.setdefault(name, [None] * n_before).append(value)
        if len(row) < len(table):
            for name in table.keys() - row.keys():
                table[name].append(None)
    return table


def _lines(path: Path) -> Table:
    table: Table = {"text": [], "id": []}
    for number, line in enumerate(_content(path).split("\n"), start=1):
        if line.strip():
            table["text"].append(line.strip())
            table["id"].append(str(number))
    return table


def _folder(path: Path) -> Table:
    files = sorted(p for p in path.rglob("*.txt") if p.is_file() and not p.name.startswith("."))
    if not files:
        raise InvalidInputError(f"the folder {path} holds no .txt files")
    names = [file.relative_to(path).with_suffix("").as_posix() for file in files]
    return {"text": [_content(file).strip() for file in files], "title": [p.stem for p in files], "id": names}


def _parquet(path: Path) -> Table:
    import pyarrow
    import pyarrow.parquet

    try:
        return dict(pyarrow.parquet.read_table(path).to_pydict())
    except pyarrow.ArrowException as error:
        raise InvalidInputError(f"{path} is not a readable Parquet file: {error}") from error


# -- columns -------------------------------------------------------------------------------------


def _choose(table: Table, named: Mapping[str, str | None], path: Path) -> dict[str, str]:
    """Role -> column: those named, and those with a usual name."""
    if not table:
        raise InvalidInputError(f"{path} holds no documents")
    columns: dict[str, str] = {}
    for role, name in named.items():
        if name:
            columns[role] = _existing(table, name, path, role)
    lowered = {name.lower(): name for name in reversed(table)}
    for role, name in named.items():
        if name is None:
            usual = next((lowered[n] for n in USUAL_NAMES[role] if n in lowered), None)
            if usual is not None and usual not in columns.values():
                columns[role] = usual
    if "text" not in columns and len(table) == 1:
        columns["text"] = next(iter(table))
    if "text" not in columns:
        listed = ", ".join(table)
        raise InvalidInputError(f"which column of {path} holds the texts? Name one with --text-column: {listed}")
    return {role: columns[role] for role in ROLES if role in columns}


def _existing(table: Table, name: str, path: Path, role: str) -> str:
    if name in table:
        return name
    lowered = {column.lower(): column for column in table}
    near = difflib.get_close_matches(name.lower(), lowered, n=1)
    hint = f" Did you mean {lowered[near[0]]!r}?" if near else ""
    raise InvalidInputError(
        f"{path} has no column {name!r} (asked for as --{role}-column). Its columns: {', '.join(table)}.{hint}"
    )


def _texts(values: Sequence[Any], column: str, path: Path) -> list[str]:
    texts: list[str] = []
    for row, value in enumerate(values):
        if isinstance(value, str):
            texts.append(value)
        elif value is None or (isinstance(value, float) and math.isnan(value)):
            texts.append("")
        elif isinstance(value, dict | list | bytes):
            kind = type(value).__name__
            raise InvalidInputError(f"{path}, row {row + 1}: column {column!r} holds a {kind}, not a text")
        else:
            texts.append(value.isoformat() if hasattr(value, "isoformat") else str(value))
    return texts
