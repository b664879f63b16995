"""Write the tables of docs/differences.md from tests/parity/differences.json, the list that the parity tests go by.

python scripts/write_differences.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tests" / "parity" / "differences.json"
PAGE = ROOT / "docs" / "differences.md"
MARKS = re.compile(r"(<!-- differences: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines).replace("|  |", "| |")


def signatures(rows: list[dict[str, Any]]) -> list[list[str]]:
    """One row a difference; what differs alike in several places is said once."""
    places: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        theirs, ours = (
            "no default" if value is None else value if value == "absent" else f"`{value}`"
            for value in (row["bertopic"], row["leitmotif"])
        )
        places.setdefault((theirs, ours, row["why"]), []).append(f"`{row['where']}({row['parameter']})`")
    return [[", ".join(where), *cells] for cells, where in places.items()]


def page(text: str, data: dict[str, list[dict[str, Any]]]) -> str:
    """The page with its tables made anew."""
    tables = {
        "behaviour": table(
            ["", "BERTopic 0.17.4", "leitmotif"],
            [[row["what"], row["bertopic"], row["leitmotif"]] for row in data["behaviour"]],
        ),
        "additions": table(["", ""], [[row["what"], row["gives"]] for row in data["additions"]]),
        "signatures": table(["", "BERTopic 0.17.4", "leitmotif", "why"], signatures(data["signatures"])),
    }
    return MARKS.sub(lambda match: f"{match[1]}{tables[match[2]]}{match[3]}", text)


def main() -> None:
    data = json.loads(SOURCE.read_text(encoding="utf-8"))
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), data), encoding="utf-8")


if __name__ == "__main__":
    main()
