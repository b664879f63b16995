"""Take the pictures of report.html that README and docs show.

    leitmotif fit examples/arxiv_sample.jsonl.gz --out topics
    python scripts/take_pictures.py topics/report.html docs/images

Needs Playwright (``pip install playwright``) and a Chromium: on the path, or named in LEITMOTIF_CHROMIUM.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run", "--disable-quic",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTLE_MS = 1500


def nothing(page: Any) -> None:
    """The page as it opens."""


def choose_topic(page: Any) -> None:
    """The third topic of the list."""
    page.locator(".topic").nth(2).click()


def search(page: Any) -> None:
    """A search, coloured by class."""
    page.keyboard.press("/")
    page.keyboard.type("learning")
    if page.locator("#colour-by option[value=class]").count():
        page.select_option("#colour-by", "class")


SCENES = {"report": ("light", nothing), "report-dark": ("dark", choose_topic), "report-search": ("light", search)}


def main() -> None:
    """Open the page and save a PNG for each scene."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("LEITMOTIF_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, (scheme, act) in SCENES.items():
            context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 800}, offline=True)
            page = context.new_page()
            page.goto(arguments.page.resolve().as_uri())
            page.wait_for_timeout(SETTLE_MS)
            act(page)
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=arguments.out / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
