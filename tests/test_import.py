"""What an import may bring along."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["torch", "numba", "sklearn", "pandas", "plotly", "umap", "hdbscan", "rich", "typer", "pyarrow", "transformers"]


@pytest.mark.parametrize("statement", ["import leitmotif", "from leitmotif import BERTopic", "import leitmotif.model"])
def test_importing_loads_nothing_heavy(statement):
    code = f"import sys\n{statement}\nprint(','.join(name for name in {HEAVY!r} if name in sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert found == ""


def test_the_public_names():
    import leitmotif

    assert "BERTopic" in leitmotif.__all__
    assert leitmotif.__version__
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = leitmotif.nothing_of_that_name
