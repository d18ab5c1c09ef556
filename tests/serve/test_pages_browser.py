"""The pages in a browser: they render at both widths, say nothing on the console, ask nobody else, and pass axe."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest
from browsing import watched, with_chromium
from playwright.sync_api import Browser
from serving import Served, hold_two, serving

from crawler.demo.site import DemoSite
from crawler.demo.tour import Tour

pytestmark = with_chromium
AXE = Path(__file__).parent / "axe/node_modules/axe-core/axe.min.js"
FERRY = "/article/harbour-post/2026/03/17-night-ferry-returns.md"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATHS = (
    "/",
    "/?state=changed&source=harbour-post",
    "/?source=nobody",
    FERRY,
    f"{FERRY}?version=1",
    f"{FERRY}?from=1&to=2",
    f"{FERRY}?original=1",
    "/article/haigang/2026/03/13-laochuanwu.md",
    FERRY.replace("article", "proof"),
    "/sources",
    "/runs",
    "/audit",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory):
    """A server that shows what the demonstration made."""
    folder = tmp_path_factory.mktemp("reader") / "demo"
    with DemoSite() as site:
        Tour(folder, site).run()
    with serving(folder) as running:
        yield running


@pytest.mark.parametrize("width", [390, 1280])
def test_each_page_renders_without_a_word_and_asks_only_us(browser: Browser, demo: Served, width: int) -> None:
    context, page, seen = watched(browser, width)
    for path in PATHS:
        page.goto(demo.url.rstrip("/") + path)
        page.wait_for_load_state("networkidle")
        assert page.locator("main h1").first.is_visible(), path
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} scrolls sideways"
        broken = "[...document.images].filter(i => i.complete && i.src && !i.naturalWidth).map(i => i.src)"
        assert page.evaluate(broken) == [], path
    assert seen.said == [] and seen.acted == []
    assert {re.match(r"https?://[^/]+/", url)[0] for url in seen.asked} <= {demo.url, demo.original + "/"}  # type: ignore[index]
    context.close()


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_the_pages_of_several_folders_render(browser: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    hold_two(tmp_path)
    context, page, seen = watched(browser, width, dark=dark)
    bridge = "/article/herald/2026/03/05-bridge.md"
    with serving(tmp_path) as running:
        for path in ("/", f"{bridge}?original=1", bridge.replace("article", "proof"), "/sources", "/runs", "/audit"):
            page.goto(running.url.rstrip("/") + path)
            page.wait_for_load_state("networkidle")
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{path} scrolls sideways"
            broken = "[...document.images].filter(i => i.complete && i.src && !i.naturalWidth).map(i => i.src)"
            assert page.evaluate(broken) == [], path
    assert seen.said == [] and seen.acted == []
    context.close()


@pytest.mark.skipif(not AXE.exists() and not os.environ.get("CI"), reason="axe-core: run `npm ci` in tests/serve/axe")
def test_axe_finds_nothing_serious(browser: Browser, demo: Served) -> None:
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    for path in PATHS:
        page.goto(demo.url.rstrip("/") + path)
        page.add_script_tag(path=AXE)
        for scheme, width in product(SCHEMES, (390, 1280)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            found: dict[str, Any] = page.evaluate("axe.run(document, {iframes: false})")
            told = [
                (one["id"], one["impact"], [node["target"] for node in one["nodes"]]) for one in found["violations"]
            ]
            assert told == [], (path, scheme, width)
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_an_original_has_the_style_sheet_that_the_crawl_captured(browser: Browser, demo: Served, width: int) -> None:
    context, page, seen = watched(browser, width)
    page.goto(f"{demo.url.rstrip('/')}{FERRY}?original=1")
    inside = page.frame_locator("iframe")
    assert "1 of 1 style sheet" in inside.locator(".line").inner_text()
    header = inside.locator("header").first.evaluate("it => getComputedStyle(it).backgroundColor")
    assert header == "rgb(20, 54, 74)" and seen.blocked() == []
    context.close()


def test_keys_lead_through_a_list_and_to_the_search(browser: Browser, demo: Served) -> None:
    context, page, _seen = watched(browser)
    page.goto(demo.url)
    first, second = (page.locator("a.item").nth(number) for number in (0, 1))
    page.keyboard.press("j")
    assert first.evaluate("it => it === document.activeElement")
    page.keyboard.press("j")
    assert second.evaluate("it => it === document.activeElement")
    page.keyboard.press("k")
    assert first.evaluate("it => it === document.activeElement")
    page.keyboard.press("/")
    assert page.locator("#q").evaluate("it => it === document.activeElement")
    page.keyboard.type("jk/")
    assert page.locator("#q").input_value() == "jk/"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/article/**")
    context.close()


def test_everything_works_without_scripts(browser: Browser, demo: Served) -> None:
    context, page, _seen = watched(browser, scripts=False)
    page.goto(demo.url)
    page.get_by_text("Filter").click()
    page.locator("#state").select_option("changed")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="The night ferry returns").first.click()
    page.get_by_role("button", name="Compare").click()
    assert page.locator("ins").first.is_visible() and page.locator("del").first.is_visible()
    page.get_by_role("link", name="Read version 2").click()
    page.get_by_role("link", name="Original beside it").click()
    frame = page.frame_locator("iframe")
    assert frame.get_by_text("Archived copy of").is_visible()
    page.get_by_role("link", name="Verify now").click()
    assert page.get_by_text("nothing is wrong").is_visible()
    context.close()
