"""The page of a history in a real browser: it fits, asks for nothing, and what posts say stays text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from holding import NOON
from playwright.sync_api import Browser, sync_playwright

from crawler.from_warc.history import VERSION, Change, Event
from crawler.from_warc.history_page import page
from crawler.posts.differences import difference
from crawler.posts.frontmatter import quoted
from crawler.store.stored_version import StoredImage, Version

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
STRINGS: list[str] = json.loads((Path(__file__).parents[1] / "nasty_strings.json").read_text("utf-8"))
VERSION_1 = Version(
    *("<urn:uuid:1>", "http://herald.test/a", 1, NOON, NOON, "Pier", None, None, None, "", "", "a.warc.gz"),
    *(0, 1, "herald", "a.md", (), ()),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def post(title: str, paragraphs: list[str]) -> str:
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    return f"---\ntitle: {quoted(title)}\n---\n\n<div>   \n{body}\n</div>\n"


def event(text: str, before: list[str], after: list[str]) -> Event:
    images = [StoredImage(text, None)]
    change = Change(VERSION_1, difference(post("Pier", before), post(text, after), [], images))
    return Event(NOON, VERSION, "version 2", text, "<urn:uuid:2>", (text, 1), {}, change)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_of_a_post_runs_and_the_page_fits(browser: Browser, tmp_path: Path, width: int) -> None:
    strings = [text for text in STRINGS if text.strip()]
    events = [event(text, [text, "The pier is closed."], ["The pier is open.", f"{text} again"]) for text in strings]
    file = tmp_path / "page.html"
    file.write_text("\n".join(page(strings[0], events)), "utf-8", "surrogateescape")
    shown = browser.new_page(viewport={"width": width, "height": 800})
    asked: list[str] = []
    told: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: told.append(message.text))
    shown.on("dialog", lambda dialog: told.append(dialog.message))
    shown.goto(file.as_uri())
    assert (asked, told) == ([file.as_uri()], [])
    assert shown.locator("h2").count() == len(strings)
    assert shown.locator("script, img, svg, iframe, a, form, object, embed, link, [onerror], [style]").count() == 0
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    shown.close()
