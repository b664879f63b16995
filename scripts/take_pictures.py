"""Take the pictures of report.html and of the figures that README and docs show.

    python scripts/make_report_pages.py out/pages
    python scripts/take_pictures.py docs/images out/pages

Needs Playwright and Pillow (``pip install playwright pillow``) and a Chromium: on the path, or named in LEITMOTIF_CHROMIUM.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTLE_MS = 2500
PATIENCE_MS = 300_000
COLUMNS, CELL = 3, (420, 300)


def as_it_opens(page: Any) -> None:
    """Nothing is chosen."""


def branch_of_the_tree(page: Any) -> None:
    """The topic tree, with its second branch chosen."""
    page.locator("#shape button", has_text="tree").click()
    page.locator("#topic-tree .leaf").nth(1).click()


def search(page: Any) -> None:
    """A search, coloured by class."""
    page.keyboard.press("/")
    page.keyboard.type("learning")
    page.select_option("#colour-by", "class")


# Picture -> the page that it shows, its colours, and what is done before.
SCENES: dict[str, tuple[str, str, Callable[[Any], None]]] = {
    "report-1k": ("report-1k", "light", search),
    "report-20k": ("report-20k", "light", as_it_opens),
    "report-20k-dark": ("report-20k", "dark", branch_of_the_tree),
    "report-800k": ("report-800k", "light", as_it_opens),
}


def sheet_of_figures(browser: Any, pages: list[Path], out: Path) -> None:
    """All figures, small, on one sheet."""
    from PIL import Image

    sheet = Image.new("RGB", (COLUMNS * CELL[0], -(-len(pages) // COLUMNS) * CELL[1]), "white")
    for i, path in enumerate(pages):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
        page = context.new_page()
        page.goto(path.resolve().as_uri(), timeout=PATIENCE_MS)
        page.wait_for_timeout(SETTLE_MS)
        figure = page.locator(".plotly-graph-div, table").first
        with Image.open(io.BytesIO(figure.screenshot())) as picture:
            picture.thumbnail((CELL[0] - 20, CELL[1] - 20), Image.Resampling.LANCZOS)
            corner = (i % COLUMNS * CELL[0], i // COLUMNS * CELL[1])
            sheet.paste(picture, tuple(at + (c - s) // 2 for at, c, s in zip(corner, CELL, picture.size, strict=True)))
        context.close()
    sheet.save(out, optimize=True)


def main() -> None:
    """Open each page and save a PNG for each scene."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", type=Path, help="folder with report-1k.html, report-20k.html, report-800k.html")
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("LEITMOTIF_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for picture, (name, scheme, act) in SCENES.items():
            path = arguments.pages / f"{name}.html"
            if not path.exists():
                print(f"{picture}: skipped, there is no {path}")
                continue
            context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 800}, offline=True)
            page = context.new_page()
            page.goto(path.resolve().as_uri(), timeout=PATIENCE_MS)
            page.wait_for_selector(":root[data-ready]", state="attached", timeout=PATIENCE_MS)
            act(page)
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=arguments.out / f"{picture}.png")
            context.close()
        figures = sorted(arguments.pages.glob("figure-*.html"))
        if figures:
            sheet_of_figures(browser, figures, arguments.out / "figures.png")
        browser.close()
    if (arguments.pages / "datamap.png").exists():
        shutil.copy(arguments.pages / "datamap.png", arguments.out)


if __name__ == "__main__":
    main()
