"""Every command as people type it: what it writes, what it says, and how it fails."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

import leitmotif
from leitmotif.cli.app import app

from .conftest import DOCUMENTS, FakeModel

OURS = {"model", "topics.csv", "documents.parquet", "report.html", "fit.json"}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def fitted(corpus: Path) -> Path:
    out = corpus.parent / "out"
    assert run("fit", corpus, "--out", out).exit_code == 0
    return out


# -- fit -------------------------------------------------------------------------------------------


def test_fit_writes_everything_and_shows_the_topics(corpus: Path) -> None:
    out = corpus.parent / "out"
    result = run("fit", corpus, "--out", out)
    assert result.exit_code == 0, result.output
    assert {path.name for path in out.iterdir()} == OURS
    assert "apple, pie" in result.stdout and "50.0%" in result.stdout
    assert "[bold]roll" in result.stdout  # words are no markup
    assert "6 documents" in result.stderr and "report.html" in result.stderr
    table = pyarrow.parquet.read_table(out / "documents.parquet").to_pydict()
    assert table["text"] == DOCUMENTS
    assert table["topic"] == [0, 1, 0, -1, 1, 0]
    assert table["topic_label"][:2] == ["apple, pie", "bread, [bold]roll"]
    assert table["id"] == [f"d{i}" for i in range(6)]
    assert np.allclose(table["probability"], np.linspace(0, 1, 6))
    assert np.isfinite(table["x"]).all() and np.isfinite(table["y"]).all()
    rows = list(csv.DictReader((out / "topics.csv").open()))
    assert [(row["topic"], row["count"], row["share"]) for row in rows] == [
        ("0", "3", "0.5"),
        ("1", "2", "0.333333"),
        ("-1", "1", "0.166667"),
    ]
    assert rows[0]["words"] == "apple; pie" and rows[0]["Short"] == "apples"
    assert "Title 3" not in (out / "topics.csv").read_text()
    record = json.loads((out / "fit.json").read_text())
    assert record["columns"]["date"] == "date" and record["seed"] == 42 and record["min_topic_size"] == "auto"
    assert sorted(p.name for p in corpus.parent.iterdir()) == ["food.jsonl", "out"]


def test_options_reach_the_model(corpus: Path, fake: type[FakeModel]) -> None:
    np.save(corpus.parent / "e.npy", np.arange(12.0).reshape(6, 2))
    result = run(
        "fit", corpus, "-o", corpus.parent / "o", "--nr-topics", "auto", "--min-topic-size", 7, "--ngram", "1-3", "--seed", 5,
        "--embeddings", corpus.parent / "e.npy", "--language", "german", "--limit", 4, "--top-n-words", 3,
        "--quiet", "--no-report",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.output == ""
    model = fake.made[0]
    assert model.settings["nr_topics"] == "auto"
    assert model.settings["min_topic_size"] == 7
    assert model.settings["hdbscan_model"].min_cluster_size == 7
    assert model.settings["random_state"] == 5
    assert model.settings["top_n_words"] == 3
    assert model.settings["n_gram_range"] == (1, 3) and model.settings["language"] == "german"
    assert model.embeddings.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert not (corpus.parent / "o" / "report.html").exists()


def test_topics_are_split_where_they_take_too_large_a_share(tmp_path: Path, fake: type[FakeModel]) -> None:
    (tmp_path / "d.txt").write_text("".join(f"a{i}\n" for i in range(1600)))
    ten = ["--min-topic-size", "10"]
    for options in (
        ten,
        [*ten, "--max-topic-share", "0.5"],
        [*ten, "--max-topic-share", "1"],
        ["--min-topic-size", "50"],
    ):
        assert run("fit", tmp_path / "d.txt", "-o", tmp_path / "o", "-q", "--no-report", *options).exit_code == 0
    assert [model.settings["hdbscan_model"].max_cluster_size for model in fake.made] == [160, 800, 0, 500]
    assert [model.settings["min_topic_size"] for model in fake.made] == [10, 10, 10, 50]


def test_without_a_size_the_number_of_topics_follows_from_the_documents(corpus: Path, fake: type[FakeModel]) -> None:
    assert run("fit", corpus, "-o", corpus.parent / "o", "-q", "--no-report").exit_code == 0
    assert (fake.made[0].settings["min_topic_size"], fake.made[0].settings["hdbscan_model"]) == ("auto", None)


def test_outliers_can_be_given_a_topic(corpus: Path, fake: type[FakeModel]) -> None:
    assert run("fit", corpus, "-o", corpus.parent / "o", "--outliers", "0").exit_code == 0
    assert fake.made[0].state.topics.tolist() == [0, 1, 0, 0, 1, 0]


def test_words_are_the_library_s_unless_stop_words_are_asked_for(corpus: Path, fake: type[FakeModel]) -> None:
    for words in ([], ["--stop-words", "none"], ["--stop-words", "english"], ["--stop-words", "frequent"]):
        run("fit", corpus, "-o", corpus.parent / "o", "--nr-topics", "12", *words)
    first, *others = [model.settings for model in fake.made]
    assert (first["vectorizer_model"], first["ctfidf_model"], first["nr_topics"]) == (None, None, 12)
    # six texts are too few to know what is frequent
    assert [settings["vectorizer_model"].stop_words for settings in others] == [None, "english", None]
    assert all(settings["ctfidf_model"].reduce_frequent_words for settings in others)
    assert all(settings["vectorizer_model"].ngram_range == (1, 2) for settings in others)


def test_words_of_a_quarter_of_the_documents_are_frequent(tmp_path: Path, fake: type[FakeModel]) -> None:
    lines = [f"der hund {i} {'und die katze' if i % 3 else 'schläft'}" for i in range(60)]
    (tmp_path / "d.txt").write_text("\n".join(lines))
    options = ["--stop-words", "frequent", "-q", "--no-report"]
    assert run("fit", tmp_path / "d.txt", "-o", tmp_path / "o", *options).exit_code == 0
    frequent = ["der", "die", "hund", "katze", "schläft", "und"]  # in all, in two thirds, in one third
    assert fake.made[0].settings["vectorizer_model"].stop_words == frequent


def test_titles_can_be_part_of_the_text(corpus: Path, fake: type[FakeModel]) -> None:
    assert run("fit", corpus, "-o", corpus.parent / "o", "--title-in-text").exit_code == 0
    assert (fake.made[0].state.documents or [""])[0] == "Title 0. apple pie"
    result = run("fit", corpus, "-o", corpus.parent / "o", "--title-in-text", "--title-column", "")
    assert result.exit_code == 1 and "--title-column" in result.stderr


def test_the_default_directory_is_named_after_the_file(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(corpus.parent)
    assert run("fit", "food.jsonl").exit_code == 0
    assert (corpus.parent / "food_topics" / "report.html").is_file()


def test_a_fit_replaces_an_older_one_and_keeps_what_is_not_ours(fitted: Path, corpus: Path) -> None:
    (fitted / "notes.txt").write_text("mine")
    (fitted / "model" / "stale").write_text("old")
    assert run("fit", corpus, "--out", fitted, "--limit", 2).exit_code == 0
    assert pyarrow.parquet.read_table(fitted / "documents.parquet").num_rows == 2
    assert not (fitted / "model" / "stale").exists()
    assert {path.name for path in fitted.iterdir()} == OURS | {"notes.txt"}


def test_a_foreign_directory_is_left_alone_unless_forced(corpus: Path) -> None:
    out = corpus.parent / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("mine")
    result = run("fit", corpus, "--out", out)
    assert result.exit_code == 1 and "--force" in result.stderr
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]
    assert run("fit", corpus, "--out", out, "--force").exit_code == 0
    assert {path.name for path in out.iterdir()} == OURS | {"thesis.tex"}


@pytest.mark.parametrize("fails", [KeyboardInterrupt, RuntimeError, MemoryError, OSError])
def test_whatever_breaks_leaves_nothing_behind(corpus: Path, fake: type[FakeModel], fails: type[BaseException]) -> None:
    fake.fails = fails
    result = run("fit", corpus, "--out", corpus.parent / "out")
    assert result.exit_code == (130 if fails is KeyboardInterrupt else 1)
    assert "Traceback" not in result.output
    assert [path.name for path in corpus.parent.iterdir()] == ["food.jsonl"]


def test_a_report_that_fails_leaves_nothing_behind(corpus: Path) -> None:
    result = run("fit", corpus, "--out", corpus.parent / "out", "--language", "klingon")
    assert result.exit_code == 1 and "error: no report in Klingon" in result.stderr
    assert [path.name for path in corpus.parent.iterdir()] == ["food.jsonl"]


def test_verbose_shows_where_it_broke(corpus: Path, fake: type[FakeModel]) -> None:
    fake.fails = RuntimeError
    quiet = run("fit", corpus, "--out", corpus.parent / "out")
    assert "RuntimeError: it broke" in quiet.stderr and "--verbose" in quiet.stderr
    loud = run("fit", corpus, "--out", corpus.parent / "out", "--verbose")
    assert "Traceback" in loud.stderr and "fit_transform" in loud.stderr


def test_errors_of_the_input_are_one_line(corpus: Path) -> None:
    folder = corpus.parent
    (folder / "bad.npy").write_text("x")
    np.save(folder / "short.npy", np.zeros((5, 2)))
    np.save(folder / "flat.npy", np.zeros(6))
    cases = {
        ("fit", folder / "nowhere.csv"): "does not exist",
        ("fit", corpus, "-t", "txet"): "Did you mean 'text'?",
        ("fit", corpus, "--embeddings", folder / "bad.npy"): "no array of numbers",
        ("fit", corpus, "--embeddings", folder / "short.npy"): "holds 5 embeddings for 6 documents",
        ("fit", corpus, "--embeddings", folder / "flat.npy"): "one row a document",
        ("fit", corpus, "--out", folder / "a" / "b"): "is no directory",
        ("fit", corpus, "--out", corpus): "is a file",
    }
    for arguments, message in cases.items():
        result = run(*arguments)
        assert result.exit_code == 1, arguments
        assert message in result.stderr, result.stderr
        assert result.stderr.startswith("error: ")
        assert "Traceback" not in result.output
        assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("fit", "{}", "--ngram", "two"),
        ("fit", "{}", "--ngram", "3-1"),
        ("fit", "{}", "--nr-topics", "few"),
        ("fit", "{}", "--stop-words", "german"),
        ("fit", "{}", "--min-topic-size", "1"),
        ("fit", "{}", "--no-such-option"),
        ("fit",),
        ("transform", "x", "{}", "--out", "x.docx"),
        ("frobnicate",),
    ],
)
def test_a_command_line_that_cannot_be_followed_is_2(corpus: Path, arguments: tuple[str, ...]) -> None:
    result = run(*(argument.replace("{}", str(corpus)) for argument in arguments))
    assert result.exit_code == 2
    assert [path.name for path in corpus.parent.iterdir()] == ["food.jsonl"]


# -- topics, transform, report -----------------------------------------------------------------------


def test_topics_as_table_and_as_json(fitted: Path) -> None:
    table = run("topics", fitted, "-n", 1)
    assert table.exit_code == 0
    assert "apple, pie" in table.stdout and "bread" not in table.stdout and "1 more" in table.stdout
    rows = json.loads(run("topics", fitted, "--json").stdout)
    assert [(row["topic"], row["count"]) for row in rows] == [(0, 3), (1, 2), (-1, 1)]
    assert rows[0]["words"] == ["apple", "pie"] and rows[1]["Short"] == ["loaf"]
    assert len(json.loads(run("topics", fitted / "model", "--json", "-n", 2).stdout)) == 2


def test_transform_to_the_terminal_and_to_files(fitted: Path, corpus: Path) -> None:
    new = corpus.parent / "new.csv"
    new.write_text('id,text\nn1,"bread, new"\nn2,zebra\n')
    result = run("transform", fitted, new)
    assert result.exit_code == 0
    assert list(csv.DictReader(io.StringIO(result.stdout))) == [
        {"row": "0", "id": "n1", "topic": "1", "label": "bread, [bold]roll", "probability": "0.25"},
        {"row": "1", "id": "n2", "topic": "-1", "label": "Outliers", "probability": "0.25"},
    ]
    assert "1 of 2 documents" in result.stderr
    for suffix in ("csv", "tsv", "jsonl", "parquet"):
        out = corpus.parent / f"found.{suffix}"
        assert run("transform", fitted, new, "--out", out, "--quiet").exit_code == 0
        if suffix == "parquet":
            topics = pyarrow.parquet.read_table(out).column("topic").to_pylist()
        elif suffix == "jsonl":
            topics = [json.loads(line)["topic"] for line in out.read_text().splitlines()]
        else:
            reader = csv.DictReader(out.open(), delimiter="\t" if suffix == "tsv" else ",")
            topics = [int(row["topic"]) for row in reader]
        assert topics == [1, -1]


def test_the_report_can_be_made_again(fitted: Path, corpus: Path) -> None:
    first = (fitted / "report.html").read_text()
    (fitted / "report.html").unlink()
    assert run("report", fitted, "--title", "food").exit_code == 0
    assert (fitted / "report.html").read_text() == first  # same places, same texts, same numbers
    assert run("report", fitted, "-o", corpus.parent / "page.html").exit_code == 0
    assert "<title>out</title>" in (corpus.parent / "page.html").read_text()


def test_what_is_no_result_is_said(fitted: Path, corpus: Path) -> None:
    empty = corpus.parent / "empty"
    empty.mkdir()
    for arguments, message in [
        (("topics", corpus.parent / "nowhere"), "does not exist"),
        (("topics", empty), "is no saved model"),
        (("report", fitted / "model"), "has no documents.parquet"),
        (("report", fitted, "-o", empty / "no" / "page.html"), "No such file or directory"),
        (("transform", fitted, corpus.parent / "nothing.csv"), "does not exist"),
        (("transform", fitted, corpus, "--out", empty / "no" / "x.csv"), "is no directory"),
    ]:
        result = run(*arguments)
        assert result.exit_code == 1, result.output
        assert message in result.stderr.replace("\n", " "), result.stderr


def test_version_and_help() -> None:
    assert run("--version").stdout.strip() == f"leitmotif {leitmotif.__version__}"
    assert run().exit_code in (0, 2)
    for name in ("fit", "topics", "transform", "report"):
        result = run(name, "--help")
        assert result.exit_code == 0
        assert f"leitmotif {name} " in result.stdout and "Examples" in result.stdout


def test_help_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from leitmotif.cli.app import app\n"
        "heavy = {'pandas', 'sklearn', 'plotly', 'pyarrow', 'torch', 'scipy', 'leitmotif.model'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
