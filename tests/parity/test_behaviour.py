"""The same documents, embeddings and labels through BERTopic 0.17.4 and through ours: equal numbers.

``answers.py`` is run by both; what may differ, and why, stands in ``differences.json``, of which the documentation is
made. Runs where ``LEITMOTIF_PEERS_PYTHON`` names a Python that has the extra ``peers`` installed.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "examples" / "arxiv_sample.jsonl.gz"
LIST = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
DIFFERENCES = [seen for row in LIST["behaviour"] for seen in row.get("seen_in", ())]
SUBJECTS = ("cs.CV", "cs.CL", "cs.GR", "eess.IV", "cs.RO", "cs.LG", "cs.HC", "cs.SD")
CASES = (
    *("weighting", "tables", "distribution", "outliers", "edits", "analyses", "variants", "density"),
    *("representation", "online", "combined"),
)
TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Answers of the two libraries."""
    python = os.environ.get("LEITMOTIF_PEERS_PYTHON")
    if not python:
        pytest.skip("LEITMOTIF_PEERS_PYTHON does not name a Python with bertopic==0.17.4")
    pytest.importorskip("hdbscan")
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    with gzip.open(SAMPLE, "rt") as file:
        rows = [json.loads(next(file)) for _ in range(320)]
    docs = [row["text"] for row in rows]
    words = TfidfVectorizer(stop_words="english", min_df=2).fit_transform(docs)
    folder = tmp_path_factory.mktemp("answers")
    np.savez(
        folder / "in.npz",
        docs=np.array(docs),
        labels=np.array([SUBJECTS.index(row["label"]) if row["label"] in SUBJECTS else -1 for row in rows]),
        embeddings=TruncatedSVD(32, random_state=0).fit_transform(words),
        months=np.array([row["date"] for row in rows]),
    )
    command = [python, str(HERE / "answers.py"), "bertopic", str(folder / "in.npz"), str(folder / "out.json")]
    subprocess.run(command, check=True, capture_output=True, timeout=1800)
    spec = importlib.util.spec_from_file_location("answers", HERE / "answers.py")
    answers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(answers)
    ours = answers.answers_of("leitmotif", np.load(folder / "in.npz"))
    return json.loads(json.dumps(ours)), json.loads((folder / "out.json").read_text())


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_ranking(value):
    """A list of [word, weight]."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and is_number(pair[1])
            for pair in value
        )
    )


def same_ranking(a, b):
    """Equal weights, and equal words apart from the order of words with equal weights and the choice among the last."""
    if len(a) != len(b) or not np.allclose([w for _, w in a], [w for _, w in b], atol=TOLERANCE):
        return False
    last = b[-1][1] + TOLERANCE
    words = ({word for word, weight in ranking if weight > last} for ranking in (a, b))
    return next(words) == next(words)


def same_words(a, b):
    """Equal apart from the order and from one word that a tie may change: what shows words without their weights.

    The weights are compared wherever an answer has them.
    """
    a, b = (re.split(r", | - |_| ", words) if isinstance(words, str) else words for words in (a, b))
    return len(a) == len(b) <= 12 and len(set(a) - set(b)) <= 1 and len(set(b) - set(a)) <= 1


def differing(a, b, path=""):
    """Paths of all that differs."""
    if is_number(a) and is_number(b):
        return [] if abs(a - b) <= TOLERANCE * max(1.0, abs(b)) else [path]
    if is_ranking(a) and is_ranking(b):
        return [] if same_ranking(a, b) else [path]
    if isinstance(a, dict) and isinstance(b, dict):
        if set(a) == set(b) == {"columns", "kinds", "index", "rows"}:
            return of_frames(a, b, path)
        missing = [f"{path}/{key}" for key in set(a) ^ set(b)]
        return missing + [found for key in a if key in b for found in differing(a[key], b[key], f"{path}/{key}")]
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return [path]
        return [found for i in range(len(a)) for found in differing(a[i], b[i], f"{path}/{i}")]
    if isinstance(a, str) and isinstance(b, str):
        return [] if a == b or same_words(a, b) else [path]
    return [] if a == b else [path]


def of_frames(a, b, path):
    """Frames by their columns: names, kinds of dtype, index, values."""
    found = [f"{path}/{part}" for part in ("columns", "kinds", "index") if a[part] != b[part]]
    if a["columns"] != b["columns"] or len(a["rows"]) != len(b["rows"]):
        return [*found, f"{path}/shape"]
    for place, name in enumerate(a["columns"]):
        for i, (mine, theirs) in enumerate(zip(a["rows"], b["rows"], strict=True)):
            x, y = mine[place], theirs[place]
            if name == "Representation" and same_words(x, y):
                continue
            found += differing(x, y, f"{path}[{name}]/{i}")
    return found


def known(path):
    """The reason why this may differ."""
    for row in DIFFERENCES:
        columns = row.get("columns")
        tail = "" if columns is None else r"\[(" + "|".join(columns) + r")\]"
        if re.match(f"({row['answers']}){tail}(/|\\[|$)", path):
            return row
    return None


def test_the_documentation_is_made_of_the_list():
    script = HERE.parents[1] / "scripts" / "write_differences.py"
    spec = importlib.util.spec_from_file_location("write_differences", script)
    write = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(write)
    text = write.PAGE.read_text(encoding="utf-8")
    assert write.page(text, LIST) == text, "run python scripts/write_differences.py"
    for row in LIST["behaviour"]:
        assert f"| {row['what']} | {row['bertopic']} | {row['leitmotif']} |\n" in text
    for row in LIST["signatures"]:
        assert f"`{row['where']}({row['parameter']})`" in text and f" {row['why']} |" in text
    for row in LIST["additions"]:
        assert f"| {row['what']} | {row['gives']} |\n" in text


@pytest.mark.slow
@pytest.mark.peers
@pytest.mark.parametrize("case", CASES)
def test_answers_are_the_same(both, case):
    ours, theirs = both
    assert "error" not in theirs[case], theirs[case]
    assert "error" not in ours[case], ours[case]
    assert ours[case].keys() == theirs[case].keys()
    unknown = [path for path in differing(ours[case], theirs[case], case) if known(path) is None]
    assert not unknown, f"{len(unknown)} differences that are not in the list: {unknown[:20]}"


@pytest.mark.slow
@pytest.mark.peers
def test_no_difference_is_listed_in_vain(both):
    ours, theirs = both
    paths = [path for case in CASES for path in differing(ours[case], theirs[case], case)]
    used = {row["answers"] for path in paths if (row := known(path)) is not None}
    assert used == {row["answers"] for row in DIFFERENCES}


@pytest.mark.slow
@pytest.mark.peers
def test_every_case_is_compared(both):
    ours, _ = both
    assert set(ours) == set(CASES)
