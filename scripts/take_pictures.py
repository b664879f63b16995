"""Take the pictures of report.html that README and docs show.

    python scripts/make_report_pages.py out/pages
    python scripts/take_pictures.py docs/images out/pages

Needs Playwright (``pip install playwright``) and a Chromium: on the path, or named in LEITMOTIF_CHROMIUM.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTLE_MS = 2500


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
            page.goto(path.resolve().as_uri(), timeout=300_000)
            page.wait_for_selector(":root[data-ready]", state="attached", timeout=300_000)
            act(page)
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=arguments.out / f"{picture}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
