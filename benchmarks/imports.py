"""What ``from leitmotif import BERTopic`` costs in a new process, beside BERTopic's own import.

    LEITMOTIF_PEERS_PYTHON=… python benchmarks/imports.py [--rounds 5]

Measured from the start of the interpreter to the end of the import, and the memory that stands then.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

import arxiv60
import harness

CODE = """
import sys
from {name} import BERTopic
pages = int(open('/proc/self/statm').read().split()[1])
heavy = [n for n in ('torch', 'numba', 'sklearn', 'pandas', 'plotly') if n in sys.modules]
import json
print(json.dumps({{"modules": len(sys.modules), "mib": pages * 4096 / 2**20, "heavy": heavy}}))
"""


def once(python: str, name: str) -> dict[str, object]:
    start = time.perf_counter()
    child = subprocess.run([python, "-c", CODE.format(name=name)], capture_output=True, text=True, check=True)
    return {"seconds": time.perf_counter() - start, **json.loads(child.stdout.strip().splitlines()[-1])}


def main() -> None:
    options = harness.parser(__doc__).parse_args()
    sides = {"leitmotif": sys.executable, "bertopic": arxiv60.peer_python()}
    runs: dict[str, list[dict[str, object]]] = {name: [] for name in sides}
    for name, python in sides.items():
        once(python, name)  # the files are in the disk cache for both
    for _ in range(options.rounds):
        for name, python in sides.items():
            runs[name].append(once(python, name))
    result = {
        name: {
            **{key: round(statistics.median(run[key] for run in found), 3) for key in ("seconds", "mib", "modules")},
            "heavy": found[0]["heavy"],
        }
        for name, found in runs.items()
    }
    ratio = statistics.median(
        b["seconds"] / a["seconds"] for a, b in zip(runs["leitmotif"], runs["bertopic"], strict=True)
    )
    harness.write("imports", {**harness.facts(), **result, "ratio": round(ratio, 1), "rounds": options.rounds})


if __name__ == "__main__":
    main()
