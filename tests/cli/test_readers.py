"""Every format gives the same corpus; every broken file says where it is broken."""

from __future__ import annotations

import csv
import gzip
import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.cli.readers import read_documents
from leitmotif.errors import InvalidInputError

ROWS = [
    {"id": "a1", "title": "Überschrift", "text": 'Ein Text, mit "Komma";\nund Zeile', "label": "x", "date": "2024-05"},
    {"id": "a2", "title": "", "text": "", "label": "", "date": ""},
    {"id": "a3", "title": "日本", "text": "東京の天気 \u2028 です", "label": "y", "date": "2025-01"},
]


def write(path: Path) -> Path:
    name = path.name.removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        import io

        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(ROWS[0]), delimiter="\t" if name.endswith(".tsv") else ",")
        writer.writeheader()
        writer.writerows(ROWS)
        data = out.getvalue().encode()
    elif name.endswith(".jsonl"):
        data = "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode()
    elif name.endswith(".json"):
        data = json.dumps(ROWS).encode()
    else:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), path)
        return path
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize(
    "name", ["d.csv", "d.tsv", "d.csv.gz", "d.jsonl", "d.jsonl.gz", "d.json", "d.parquet", "D.JSON.gz"]
)
def test_every_format_gives_the_same_corpus(tmp_path: Path, name: str) -> None:
    path = tmp_path / name.lower()
    corpus = read_documents(write(path))
    assert corpus.texts == [row["text"] for row in ROWS]
    assert corpus.titles == [row["title"] for row in ROWS]
    assert corpus.dates == [row["date"] for row in ROWS]
    assert corpus.labels == [row["label"] for row in ROWS]
    assert corpus.ids == [row["id"] for row in ROWS]
    assert corpus.columns == {"text": "text", "title": "title", "date": "date", "label": "label", "id": "id"}


@given(
    st.lists(st.tuples(*[st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))] * 2), min_size=1)
)
def test_json_lines_round_trip_any_text(rows: list[tuple[str, str]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "d.jsonl")
        lines = (json.dumps({"body": a, "n": b}, ensure_ascii=False) for a, b in rows)
        path.write_text("\n".join(lines), encoding="utf-8", newline="")
        assert read_documents(path, "body", title_column="n").texts == [a for a, _ in rows]


def test_missing_keys_nulls_and_numbers_keep_their_row(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"text": "a", "year": 2020}\n\n{"text": null}\n{"year": 2021, "text": "c", "late": "z"}\n')
    corpus = read_documents(path, label_column="late")
    assert corpus.texts == ["a", "", "c"]
    assert corpus.dates == ["2020", "", "2021"]
    assert corpus.labels == ["", "", "z"]
    assert corpus.head(2).labels == ["", ""]
    assert len(corpus.head(2)) == 2


def test_a_line_of_plain_text_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_bytes("\ufefferste Zeile\r\n\r\n  zweite \n".encode())
    corpus = read_documents(path)
    assert corpus.texts == ["erste Zeile", "zweite"]
    assert corpus.ids == ["1", "3"]


def test_a_folder_is_read_by_name_with_its_sub_folders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "z.txt").write_text("eins\nzwei")
    (tmp_path / "a.txt").write_text("drei")
    (tmp_path / "notes.md").write_text("not this")
    corpus = read_documents(tmp_path)
    assert corpus.texts == ["drei", "eins\nzwei"]
    assert corpus.ids == ["a", "b/z"]


def test_semicolons_and_short_rows(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("Text;Jahr\neins, zwei;2020\ndrei\n")
    corpus = read_documents(path, date_column="Jahr")
    assert corpus.texts == ["eins, zwei", "drei"]
    assert corpus.dates == ["2020", ""]


def test_no_row_is_dropped_silently(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "d.csv"
    path.write_text('text\n\na\n\n\nb\n""\nc\n')
    assert read_documents(path).texts == ["", "a", "", "", "b", "", "c"] and not caplog.text
    with caplog.at_level(logging.WARNING):
        path.write_text("text\na\n\n\n")  # the end of a file says nothing of rows
        assert read_documents(path).texts == ["a"]
        assert "2 left out (line 3, 4)" in caplog.text
        path.write_text("text,date\na,1\n\nb,2\n")
        assert read_documents(path).texts == ["a", "b"]
        assert "1 left out (line 3)" in caplog.text


def test_other_encodings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes("text\nplain\nMüller sagt – nein\n".encode("cp1252"))
    with caplog.at_level(logging.WARNING):
        assert read_documents(path).texts == ["plain", "Müller sagt – nein"]
    assert "line 3" in caplog.text
    path.write_bytes("text\nMüller\n".encode("utf-16"))
    assert read_documents(path).texts == ["Müller"]


def test_a_part_can_be_left_out_and_a_lone_column_needs_no_name(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("text,date\na,b\n")
    assert read_documents(path, date_column="").dates is None
    path.write_text("whatever\na\n")
    assert read_documents(path).texts == ["a"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.jsonl", '{"text": "a"}\n{"text": \n', r"line 2: not valid JSON"),
        ("d.jsonl", '{"text": "a"}\n[1]\n', r"line 2: a list"),
        ("d.json", '[{"text": "a"},\n oops]', r"line 2: not valid JSON"),
        ("d.csv", "text,b\na,b,c\n", r"line 2: 3 fields, but the first line names 2"),
        ("d.csv", "text,text\na,b\n", r"two columns named 'text'"),
        ("d.csv", "", r"holds no documents"),
        ("d.csv", "text\n", r"holds no documents"),
        ("d.txt", "\n\n", r"holds no documents"),
        ("d.csv", "alpha,beta\n1,2\n", r"Name one with --text-column: alpha, beta"),
        ("d.jsonl", '{"text": ["a"]}', r"row 1: column 'text' holds a list"),
        ("d.doc", "x", r"cannot tell the format"),
        ("d.csv.gz", "not gzip", r"not a whole gzip file"),
        ("d.parquet", "not parquet", r"not a readable Parquet file"),
    ],
)
def test_broken_files_say_where(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InvalidInputError, match=message):
        read_documents(path)


def test_a_wrong_column_lists_those_that_exist_and_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("Abstract,Title\na,b\n")
    with pytest.raises(InvalidInputError, match=r"no column 'abstrct'.*Abstract, Title\. Did you mean 'Abstract'\?"):
        read_documents(path, "abstrct")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_documents(tmp_path / "nowhere.csv")
    with pytest.raises(InvalidInputError, match=r"no \.txt files"):
        read_documents(tmp_path)
