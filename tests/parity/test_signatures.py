"""Every public name and parameter of BERTopic 0.17.4 exists here, in the same order and with the same default.

``bertopic_signatures.json`` is the frozen table that ``scripts/freeze_bertopic_signatures.py`` made of the installed
package; ``differences.json`` has the whole list of what differs on purpose.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "scripts" / "freeze_bertopic_signatures.py"
THEIRS = json.loads((HERE / "bertopic_signatures.json").read_text())
DIFFERENCES = {
    (row["where"], row["parameter"]): row
    for row in json.loads((HERE / "differences.json").read_text(encoding="utf-8"))["signatures"]
}


def flat(table):
    """Dotted name of every callable -> its parameters; other public names -> None."""
    found = {"BERTopic": table["constructor"]}
    found |= {f"BERTopic.{name}": parameters for name, parameters in table["methods"].items()}
    for package, names in (table["packages"] | table["reachable"]).items():
        for name, thing in names.items():
            found[f"{package}.{name}"] = thing.get("parameters")
            found |= {f"{package}.{name}.{method}": p for method, p in thing.get("methods", {}).items()}
    return found


@pytest.fixture(scope="module")
def ours():
    run = subprocess.run([sys.executable, str(SCRIPT), "leitmotif"], check=True, capture_output=True, timeout=300)
    return json.loads(run.stdout)


def parameters_of(table, name):
    """Ours, with the methods of figures as BERTopic has them: without the model."""
    parameters = table[name]
    if name.startswith("BERTopic.visualize_"):
        return {key: default for key, default in parameters.items() if key != "topic_model"}
    return parameters


def test_the_table_is_whole():
    methods = [name for name in THEIRS["methods"] if not name.startswith("_")]
    assert THEIRS["version"] == "0.17.4" and len(methods) == 40 and len(THEIRS["constructor"]) == 17
    assert sum(len(names) for names in THEIRS["packages"].values()) == 37


def test_every_name_exists(ours):
    assert not flat(THEIRS).keys() - flat(ours).keys()
    assert set(THEIRS["properties"]) <= set(ours["properties"])


@pytest.mark.parametrize("name", sorted(name for name, parameters in flat(THEIRS).items() if parameters is not None))
def test_parameters(ours, name):
    theirs, mine = flat(THEIRS)[name], parameters_of(flat(ours), name)
    for parameter, default in theirs.items():
        known = DIFFERENCES.get((name, parameter))
        if known is None:
            assert mine.get(parameter, "absent") == default, f"{parameter} differs and is not in the list"
        else:
            assert (known["bertopic"], known["leitmotif"]) == (default, mine.get(parameter, "absent"))
    in_order = [parameter for parameter in theirs if parameter in mine and parameter[0] != "*"]
    at_their_place = [p for p, other in zip(theirs, mine, strict=False) if p == other and p[0] != "*"]
    assert at_their_place == in_order, "a call by position means the same"


def test_no_difference_is_listed_in_vain(ours):
    table, mine = flat(THEIRS), flat(ours)
    for (name, parameter), row in DIFFERENCES.items():
        assert table[name][parameter] == row["bertopic"] != row["leitmotif"]
        assert mine[name].get(parameter, "absent") == row["leitmotif"]
        assert len(row["why"]) > 5


@pytest.mark.slow
@pytest.mark.peers
def test_the_table_is_that_of_the_installed_package():
    python = os.environ.get("LEITMOTIF_PEERS_PYTHON")
    if not python:
        pytest.skip("LEITMOTIF_PEERS_PYTHON does not name a Python with bertopic==0.17.4")
    run = subprocess.run([python, str(SCRIPT)], check=True, capture_output=True, timeout=600)
    assert json.loads(run.stdout) == THEIRS
