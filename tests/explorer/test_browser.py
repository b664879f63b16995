"""The page in a real browser: headless Chromium, with the network switched off."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from leitmotif.explorer import write_report
from leitmotif.passages import split_documents
from leitmotif.protocols import Snapshot
from leitmotif.state import Vocabulary

from .conftest import COMPONENTS, NASTY, make_state

pytestmark = pytest.mark.slow

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")
CHROMIUM = os.environ.get("LEITMOTIF_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium: install it, or name it in LEITMOTIF_CHROMIUM", allow_module_level=True)

FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
RENDERERS = {
    "webgl": ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    "raster": ["--disable-gpu"],
}
N = 2400


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,400 documents in three chunks of text: 8 topics on a ring, outliers in the middle, one hostile text."""
    rng = np.random.default_rng(3)
    topics = np.arange(N) % 9 - 1
    angle = topics / 8 * 2 * np.pi
    places = np.column_stack([np.cos(angle), np.sin(angle)]) * (topics >= 0)[:, None] * 10 + rng.normal(size=(N, 2))
    texts = [f"document {i} about {'zebras' if i % 100 == 7 else 'cats'} of group{t}" for i, t in enumerate(topics)]
    texts[7] = NASTY + " zebras"
    ids = np.arange(-1, 8)
    state = make_state(
        topics=topics, topic_ids=ids, sizes=np.bincount(topics + 1), mappings=ids[:, None], documents=texts,
        words={int(t): [(f"group{t}", 0.5), (f"word{t}", 0.25)] for t in ids}, aspects={},
        representative_rows={int(t): np.flatnonzero(topics == t)[:3] for t in ids},
        topic_embeddings=rng.normal(size=(9, 4)),
        vocabulary=Vocabulary(terms=np.array([f"group{t}" for t in range(8)], dtype=object), columns=None, idf=np.ones(8)),
        ctfidf=csr_matrix(np.vstack([np.zeros(8), np.eye(8) + np.arange(8) / 10])),
    )  # fmt: skip
    return write_report(
        Snapshot(state=state, components=COMPONENTS), tmp_path_factory.mktemp("page") / "report.html", positions=places,
        title="Ring", titles=[NASTY if i == 7 else f"Title {i}" for i in range(N)],
        timestamps=[f"{2010 + i % 10}" for i in range(N)], classes=["even", "odd"] * (N // 2),
    )  # fmt: skip


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    with sync_api.sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module", params=list(RENDERERS))
def browser(request: pytest.FixtureRequest, playwright: Any) -> Iterator[Any]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS + RENDERERS[request.param])
    browser.renderer = request.param
    yield browser
    browser.close()


@contextlib.contextmanager
def opened(browser: Any, report: Path, **settings: Any) -> Iterator[Any]:
    """The open page; whatever it complains about, or asks of the net, fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1300, "height": 800}, offline=True, **settings)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append("a dialog") or dialog.dismiss())
    page.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith("file:") else None)
    page.goto(f"{report.as_uri()}#points={browser.renderer}")
    until(page, "document.documentElement.dataset.ready === 'true'")
    assert page.evaluate("explorer.points.kind") == browser.renderer
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    with opened(browser, report) as page:
        yield page


def until(page: Any, condition: str) -> None:
    """Wait for a condition; Playwright's own waiting uses eval, which the page's policy forbids."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"this never came true: {condition}")


def click_topic(page: Any, label: str) -> None:
    page.locator(".topic", has_text=label).first.click()
    until(page, f"document.querySelector('#detail h2')?.textContent === {label!r}")


def test_search_and_filters_find_what_is_there(page: Any) -> None:
    assert page.locator(".topic").count() == 9
    page.keyboard.press("/")
    page.keyboard.type("Zebras")
    until(page, "document.querySelector('#detail .chip')?.textContent.includes('zebras')")
    until(page, "document.querySelector('.docs mark')?.textContent.toLowerCase() === 'zebras'")
    assert "24 documents on the map" in page.locator("#detail").text_content()
    assert "24" in page.locator("#announce").text_content()
    page.keyboard.press("Escape")
    until(page, "explorer.found().length === 2400")

    click_topic(page, "group2, word2")
    expected = sum((i % 9 - 1) == 2 for i in range(N))
    assert page.evaluate("explorer.found().length") == expected
    page.locator(".rows button", has_text="odd").click()
    until(page, "explorer.filter.classCode === 1")
    assert page.evaluate("explorer.found().length") == sum((i % 9 - 1) == 2 and i % 2 == 1 for i in range(N))
    page.locator(".times button").nth(3).click()
    found = sum((i % 9 - 1) == 2 and i % 2 == 1 and i % 10 == 3 for i in range(N))
    until(page, f"explorer.found().length === {found}")
    page.locator(".chip", has_text="2013").click()
    page.locator(".topic[aria-pressed='true']").click()
    until(page, "explorer.filter.topic === null")


def test_hostile_texts_are_shown_as_texts(page: Any) -> None:
    row = page.evaluate(
        "explorer.texts.search(['onerror'], 2400, () => false, () => {}).then((found) => found.indexOf(1))"
    )
    page.evaluate(f"explorer.open({row})")
    until(page, "document.querySelector('#detail h2')?.textContent.includes('alert')")
    assert page.locator("#detail h2").text_content() == NASTY
    assert page.locator("#detail .full").text_content() == NASTY + " zebras"
    assert page.locator("img[src], #detail script").count() == 0


def test_the_map_hovers_opens_zooms_and_selects(page: Any) -> None:
    page.wait_for_timeout(200)
    box = page.locator("#points").bounding_box()
    row = page.evaluate("explorer.record.topicRows.indexOf(1)")
    title = page.evaluate(f"explorer.texts.get({row}).then((document) => document.title)")
    page.evaluate(
        f"(({{ camera, record }}) => camera.set({{ x: record.x[{row}], y: record.y[{row}], k: 0.5 }}))(explorer),"
        "explorer.drawNow()"
    )
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "!document.querySelector('#tip').hidden")
    assert title in page.locator("#tip").text_content()
    page.mouse.down()
    page.mouse.up()
    until(page, f"document.querySelector('#detail h2')?.textContent === {title!r}")
    page.locator("#points").focus()
    before = page.evaluate("explorer.camera.k")
    page.keyboard.press("+")
    assert page.evaluate("explorer.camera.k") == pytest.approx(before * 1.35)
    page.keyboard.press("0")
    until(page, "Math.abs(explorer.camera.zoom - 1) < 1e-6")
    page.keyboard.press("Escape")
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 4)
    page.mouse.up()
    page.keyboard.up("Shift")
    until(page, "explorer.filter.region !== null")
    inside = page.evaluate(
        "(({ camera, record }) => explorer.found().every("
        "(i) => camera.toScreen(record.x[i], record.y[i])[0] <= camera.width / 2 + 2))(explorer)"
    )
    assert inside and 200 < page.evaluate("explorer.found().length") < 2200


def test_points_are_painted_and_outliers_can_be_hidden(page: Any) -> None:
    painted = """() => {
        const { names, glow } = explorer;
        glow.picture.getContext('2d').reset();
        names.copyTo = () => {};
        const shot = explorer.picture();
        const { data } = shot.getContext('2d').getImageData(0, 0, shot.width, shot.height);
        let n = 0;
        for (let i = 3; i < data.length; i += 4) n += data[i] > 20;
        return n;
    }"""
    with_outliers = page.evaluate(painted)
    page.locator("#outliers").uncheck()
    without = page.evaluate(painted)
    assert with_outliers > 3000
    assert 0.3 * with_outliers < without < 0.98 * with_outliers


def test_names_do_not_cover_each_other_and_more_come_closer(page: Any) -> None:
    placed = page.evaluate("explorer.names.placed.map(({ x, y, width, height }) => ({ x, y, width, height }))")
    assert len(placed) == 8
    for i, a in enumerate(placed):
        for b in placed[:i]:
            apart_x = abs(a["x"] - b["x"]) * 2 >= a["width"] + b["width"]
            assert apart_x or abs(a["y"] - b["y"]) * 2 >= a["height"] + b["height"]


def test_the_list_works_with_the_keyboard_alone(page: Any) -> None:
    page.locator(".topic").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, "explorer.filter.topic !== null")
    chosen = page.evaluate("document.activeElement.dataset.topic")
    assert int(chosen) == page.evaluate("explorer.filter.topic")
    page.keyboard.press("Escape")
    until(page, "explorer.filter.topic === null")


def test_the_tree_opens_and_filters_with_keys_and_clicks(page: Any) -> None:
    page.locator("#shape button", has_text="tree").click()
    assert page.locator("#topic-list").is_hidden()
    items = page.locator("#topic-tree [role=treeitem]")
    assert items.count() == 8  # eight topics are no more than one branch may have
    items.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, "explorer.filter.topic !== null")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith(f"group{page.evaluate('explorer.filter.topic')}, word")
    assert page.locator("#topic-tree [aria-selected=true]").count() == 1
    page.keyboard.press("End")
    page.keyboard.press("Space")
    until(page, "explorer.filter.topic === 7")


def test_dark_and_light_can_be_chosen_and_paper_is_light(page: Any) -> None:
    ground = "getComputedStyle(document.querySelector('#stage')).backgroundColor"
    light = page.evaluate(ground)
    for theme in ("light", "dark"):
        page.locator("#theme").click()
        assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate(ground) != light
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert page.evaluate("document.querySelector('#still').src.length") > 10_000
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_every_control_has_a_name(page: Any) -> None:
    nameless = page.evaluate("""[...document.querySelectorAll('button, input, select, [role=treeitem], [role=application]')]
        .filter((one) => one.checkVisibility() && !(one.getAttribute('aria-label') ?? one.textContent).trim()
            && !one.labels?.length).map((one) => one.outerHTML)""")
    assert nameless == []


def branches_open_and_filter(page: Any) -> None:
    page.locator("#shape button", has_text="tree").click()
    items = page.locator("#topic-tree [role=treeitem]")
    assert items.count() == 8
    items.first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    inside = items.count()
    assert 10 <= inside <= 16
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-level')") == "2"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    until(page, "explorer.filter.branch !== null")
    assert page.evaluate("explorer.found().length === explorer.filter.branch.size")
    assert page.evaluate("explorer.filter.branch.label") == page.locator("#detail h2").text_content()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#topic-tree [aria-level='2']:visible").count() == 0


def test_a_million_points_open_and_the_map_can_be_moved(browser: Any, tmp_path: Path) -> None:
    n = 1_000_000
    rng = np.random.default_rng(5)
    topics = np.arange(n) % 1001 - 1
    ids = np.arange(-1, 1000)
    centres = rng.normal(size=(1001, 2)) * 10
    state = make_state(
        topics=topics, topic_ids=ids, sizes=np.bincount(topics + 1), mappings=ids[:, None],
        documents=[f"text {i}" for i in range(n)], words={int(t): [(f"word{t}", 0.5)] for t in ids}, aspects={},
        representative_rows={}, topic_embeddings=rng.normal(size=(1001, 4)),
        vocabulary=Vocabulary(terms=np.array([f"word{t}" for t in ids], dtype=object), columns=None, idf=np.ones(1001)),
        ctfidf=csr_matrix(np.eye(1001)),
    )  # fmt: skip
    path = write_report(
        Snapshot(state=state, components=COMPONENTS), tmp_path / "million.html",
        positions=centres[topics + 1] + rng.normal(size=(n, 2)),
    )  # fmt: skip
    text = path.read_text(encoding="utf-8")
    assert text.index('id="texts-0"') < 15e6  # all that comes before the texts: the map
    with opened(browser, path) as page:
        assert page.evaluate("explorer.record.n") == n
        assert page.evaluate("explorer.found().length") == n
        if browser.renderer == "raster":  # SwiftShader would draw for minutes
            before = page.evaluate("explorer.camera.x")
            page.mouse.move(650, 400)
            page.mouse.down()
            page.mouse.move(500, 380, steps=20)
            page.mouse.up()
            assert page.evaluate("explorer.camera.x") > before
            until(page, "performance.getEntriesByName('map').length === 1")
            branches_open_and_filter(page)
        page.evaluate("explorer.texts.get(999999).then((found) => (window.last = found.text))")
        until(page, "window.last?.startsWith('text ')")


def test_examples_of_long_documents_are_their_passages(browser: Any, tmp_path: Path) -> None:
    passages = split_documents([f"Document {i} begins. Its end <b>{i}</b> is typical." for i in range(6)])
    state = make_state(documents=passages.texts, passages=passages, representative_rows={0: np.array([3, 1])})
    path = write_report(Snapshot(state=state, components=COMPONENTS), tmp_path / "r.html", positions=np.eye(6, 2))
    with opened(browser, path) as page:
        page.locator(".topic", has_text="cats").first.click()
        until(page, "document.querySelector('#detail .docs') !== null")
        assert "Most typical passages" in page.locator("#detail").text_content()
        shown = page.locator("#detail .docs").first.locator(".text").all_text_contents()
        assert shown == ["Its end <b>1</b> is typical.", "Its end <b>0</b> is typical."]
        page.locator("#detail .docs .doc").first.click()
        until(page, "document.querySelector('#detail .full') !== null")
        assert page.locator("#detail .full").text_content() == passages.sources[1]
