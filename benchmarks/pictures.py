"""File size, opening and panning of the page that shows all documents: ours, and BERTopic's ``visualize_documents``.

Each page is made by a process of its own and opened in headless Chromium without a graphics card (SwiftShader for WebGL),
offline, three times. The texts are real (arXiv abstracts; a million pieces of them of 20 words), places and topics are made
up: 100 round clusters on a plane, for a million documents 1,000. "stands": from the start of loading until all points are drawn.
"raster": our report again without WebGL, as a browser opens it that has neither. Usage::

    python benchmarks/pictures.py [--documents 20000] [--pages report,figure,bertopic]

Needs Playwright and Chromium (LEITMOTIF_CHROMIUM or on the path), and BERTopic for its part.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import harness
import numpy as np

SIZES = (20_000, 100_000, 1_000_000)
FIGURES_UP_TO = 100_000
PIECE = 20
FLAGS = [
    "--no-sandbox", "--no-first-run", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
SOFTWARE = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
PAN_S = 4

# Milliseconds until the points of a Plotly page are drawn: two frames after Plotly's own script has run.
PLOTLY_STANDS = """() => new Promise((resolve) => {
    const look = () => document.querySelector('.js-plotly-plot .plot-container')
        ? requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))) : setTimeout(look, 5);
    look();
})"""
OURS_STANDS = """() => new Promise((resolve) => {
    const look = () => {
        const [mark] = performance.getEntriesByName('map');
        mark ? resolve(mark.startTime) : setTimeout(look, 5);
    };
    look();
})"""
COUNT = "() => { window.frames_ = 0; const on = () => { frames_++; requestAnimationFrame(on); }; on(); }"


def corpus(n: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts, topics and places."""
    texts = harness.texts("arxiv20k") + harness.texts("arxiv_rest")
    if n > len(texts):
        words = (text.split() for text in texts)
        texts = [" ".join(part[i : i + PIECE]) for part in words for i in range(0, len(part), PIECE)]
    if n > len(texts):
        raise SystemExit(f"only {len(texts):,} texts")
    n_topics = 1000 if n > FIGURES_UP_TO else 100
    rng = np.random.default_rng(0)
    topics = np.sort(rng.integers(-(n_topics // 5), n_topics, n).clip(-1))[rng.permutation(n)]
    centres = rng.normal(scale=8, size=(n_topics + 1, 2))
    places = centres[topics] + rng.normal(size=(n, 2)) * np.where(topics < 0, 9, 0.7)[:, None]
    return texts[:n], topics, places.astype(np.float32)


def manual(module: str, texts: list[str], topics: np.ndarray, places: np.ndarray) -> Any:
    """A model of given topics, by the class of either library; identical but for the import."""
    from importlib import import_module

    from sklearn.feature_extraction.text import CountVectorizer

    clusters, reductions = import_module(f"{module}.cluster"), import_module(f"{module}.dimensionality")
    model = import_module(module).BERTopic(
        umap_model=reductions.BaseDimensionalityReduction(),
        hdbscan_model=clusters.BaseCluster(),
        vectorizer_model=CountVectorizer(stop_words="english", max_features=5000),
    )
    return model.fit(texts, embeddings=places, y=topics)


def make(page: str, n: int, path: str) -> None:
    """Entry of a child process: make one page and print the seconds that this took, without the fit."""
    texts, topics, places = corpus(n)
    model = manual("bertopic" if page == "bertopic" else "leitmotif", texts, topics, places)
    began = time.perf_counter()
    if page == "report":
        model.report(path, documents=texts, positions=places, timestamps=[2000 + i % 25 for i in range(n)])
    else:
        figure = model.visualize_documents(texts, reduced_embeddings=places)
        figure.update_layout(dragmode="pan").write_html(path, include_plotlyjs=True)
    print(time.perf_counter() - began)


def opened(path: Path, page: str, flags: list[str]) -> dict[str, float]:
    """Open a page once; milliseconds until something and until the points are drawn, and frames a second while panning."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("LEITMOTIF_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS + flags)
        tab = browser.new_context(viewport={"width": 1300, "height": 800}, offline=True).new_page()
        tab.set_default_timeout(300_000)
        tab.goto(path.resolve().as_uri(), wait_until="commit")
        stands = tab.evaluate(OURS_STANDS if page == "report" else PLOTLY_STANDS)
        tab.wait_for_load_state("load")
        tab.wait_for_timeout(1500)
        paint = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
        tab.mouse.move(500, 400)
        tab.mouse.down()
        tab.evaluate(COUNT)
        began = time.perf_counter()
        while (passed := time.perf_counter() - began) < PAN_S:
            tab.mouse.move(500 + 150 * np.sin(3 * passed), 400 + 100 * np.sin(4 * passed))
        frames = tab.evaluate("window.frames_")
        passed = time.perf_counter() - began
        browser.close()
    return {"first_paint_ms": paint, "stands_ms": stands, "pan_fps": frames / passed}


def measured(path: Path, page: str, flags: list[str], rounds: int) -> dict[str, float | None]:
    runs = [opened(path, page, flags) for _ in range(rounds)]
    return {
        key: None if any(run[key] is None for run in runs) else round(statistics.median(run[key] for run in runs), 1)
        for key in runs[0]
    }


def main() -> None:
    arguments = harness.parser(__doc__)
    arguments.add_argument("--pages", default="report,figure,bertopic")
    given = arguments.parse_args()
    pythons = {"bertopic": os.environ.get("LEITMOTIF_PEERS_PYTHON", sys.executable)}
    for n in (given.documents,) if given.documents else SIZES:
        line: dict[str, Any] = {"documents": n, "rounds": given.rounds}
        with tempfile.TemporaryDirectory() as folder:
            for page in given.pages.split(",") if n <= FIGURES_UP_TO else ["report"]:
                path = Path(folder) / f"{page}.html"
                command = [pythons.get(page, sys.executable), __file__, "--make", page, str(n), str(path)]
                child = subprocess.run(command, capture_output=True, text=True, cwd=harness.HERE, check=False)
                if child.returncode:
                    raise SystemExit(f"{' '.join(command)} failed:\n{child.stderr[-2000:]}")
                line[page] = {
                    "make_s": round(float(child.stdout.split()[-1]), 2),
                    "mb": round(path.stat().st_size / 1e6, 2),
                    **measured(path, page, SOFTWARE, given.rounds),
                }
                if page == "report":
                    text = path.read_text(encoding="utf-8")
                    line[page]["map_mb"] = round(text.index('id="texts-0"') / 1e6, 2)
                    line["raster"] = measured(path, page, ["--disable-gpu"], given.rounds)
        harness.write("pictures", line | harness.facts(["plotly", "playwright"]))


if __name__ == "__main__":
    if "--make" in sys.argv:
        page, n, path = sys.argv[sys.argv.index("--make") + 1 :]
        make(page, int(n), path)
    else:
        main()
