"""Draw docs/images/growth.svg: processor seconds and memory of a fit against the number of sentences, from the results.

python benchmarks/growth_figure.py
"""

from __future__ import annotations

import math

import harness
from table import newest

ROWS = (20_000, 200_000, 800_000)
WIDTH, HEIGHT, LEFT, TOP = 380, 260, 52, 28
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #555 }
.title { font-weight: 600; fill: #222 }
.grid { stroke: #ddd } .chance { stroke: #999; stroke-dasharray: 4 4; fill: none }
.a { stroke: #2166c2; fill: none; stroke-width: 2 } .b { stroke: #c25b21; fill: none; stroke-width: 2 }
.at { fill: #2166c2 } .bt { fill: #c25b21 }
@media (prefers-color-scheme: dark) {
  text { fill: #aaa } .title { fill: #eee } .grid { stroke: #333 } .chance { stroke: #777 }
  .a { stroke: #7ab0f5 } .b { stroke: #f0a070 } .at { fill: #7ab0f5 } .bt { fill: #f0a070 }
}
"""


class Panel:
    """One diagram with two logarithmic axes."""

    def __init__(self, x: int, title: str, low: float, high: float) -> None:
        self.x, self.low, self.high = x, low, high
        self.parts = [f'<text class="title" x="{x + LEFT}" y="16">{title}</text>']
        for rows in ROWS:
            across = self.across(rows)
            self.parts.append(f'<line class="grid" x1="{across}" x2="{across}" y1="{TOP}" y2="{TOP + HEIGHT}"/>')
            self.parts.append(
                f'<text x="{across}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{rows // 1000},000</text>'
            )
        power = math.ceil(math.log10(low))
        while 10**power <= high:
            up = self.up(10**power)
            self.parts.append(
                f'<line class="grid" x1="{x + LEFT}" x2="{x + LEFT + WIDTH - 80}" y1="{up}" y2="{up}"/>'
                f'<text x="{x + LEFT - 6}" y="{up + 4}" text-anchor="end">{10**power:,}</text>'
            )
            power += 1

    def across(self, rows: float) -> float:
        span = math.log(ROWS[-1] / ROWS[0])
        return round(self.x + LEFT + (WIDTH - 80) * math.log(rows / ROWS[0]) / span, 1)

    def up(self, value: float) -> float:
        return round(TOP + HEIGHT * (1 - math.log(value / self.low) / math.log(self.high / self.low)), 1)

    def line(self, points: list[tuple[int, float]], kind: str, name: str = "", shift: int = 0) -> None:
        """A curve, with its name in the middle and its last value at the end."""
        path = " ".join(f"{self.across(n)},{self.up(value)}" for n, value in points)
        self.parts.append(f'<polyline class="{kind}" points="{path}"/>')
        if name:
            n, value = points[len(points) // 2]  # above the line to the left of a point, or below to the right
            anchor, right, down = ("end", -8, -4) if shift < 0 else ("start", 10, 18)
            place = f'x="{self.across(n) + right}" y="{self.up(value) + down}" text-anchor="{anchor}"'
            self.parts.append(f'<text class="{kind}t" {place}>{name}</text>')
            for n, value in points:
                self.parts.append(f'<circle class="{kind}t" cx="{self.across(n)}" cy="{self.up(value)}" r="3"/>')
            n, value = points[-1]
            shown = f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
            self.parts.append(
                f'<text class="{kind}t" x="{self.across(n) + 6}" y="{self.up(value) + 4 + 7 * shift}">{shown}</text>'
            )


def main() -> None:
    found = {
        part: [(n, line) for n in ROWS if (line := newest("geometry", what="growth", rows=n, part=part))]
        for part in ("geometry", "fit")
    }
    seconds = Panel(0, "processor seconds (two cores)", 3, 3000)
    memory = Panel(WIDTH + 40, "MB beyond texts and embeddings", 30, 10_000)
    for part, kind, name, shift in (("geometry", "a", "UMAP + HDBSCAN", 1), ("fit", "b", "whole fit", -1)):
        seconds.line([(n, line["cpu_seconds"]) for n, line in found[part]], kind, name, shift)
        memory.line([(n, line["peak_mib"] * 1.048576) for n, line in found[part]], kind, name, shift)
    first = found["geometry"][0][1]["cpu_seconds"]
    steps = [round(ROWS[0] * (ROWS[-1] / ROWS[0]) ** (i / 12)) for i in range(13)]
    seconds.line([(n, first * n * math.log(n) / (ROWS[0] * math.log(ROWS[0]))) for n in steps], "chance")
    body = "\n".join(seconds.parts + memory.parts)
    size = f'viewBox="0 0 {2 * WIDTH + 70} {TOP + HEIGHT + 50}" width="{2 * WIDTH + 70}"'
    note = f'<text x="{LEFT}" y="{TOP + HEIGHT + 40}">sentences × 256 dimensions; dashed: n log n</text>'
    path = harness.REPOSITORY / "docs" / "images" / "growth.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="Growth of a fit">\n'
        f"<style>{STYLE}</style>\n{body}\n{note}\n</svg>\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
