"""U5: words of an archive that comes from a stranger stay words on every page of the reader, in a real browser."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from holding import Holding
from lxml import etree
from playwright.sync_api import sync_playwright
from serving import Served, serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
HIT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}</title></style>\u202e\x1b[31m"
TEXTS = {
    "versions": ("title", "extractor"),
    "captures": ("mime", "truncated", "payload_digest"),
    "states": ("reason",),
}
"""Table → columns that pages show."""
PAGES = ("/", "/sources", "/runs", "/audit", "/%3Cx%3E", "/runs/%3Cx%3E", "/?source=%22%3E%3Cscript%3E1%3C/script%3E")
FOR_PROGRAMS = (
    "/feeds/posts.atom",
    "/feeds/changes.atom",
    "/api/posts",
    "/api/sources",
    "/cdx?url=http://herald.test/a",
)


def poison(catalogue: Path) -> None:
    """Put hostile text into the catalogue, and a script in place of one article's address."""
    with closing(sqlite3.connect(catalogue, isolation_level=None)) as database:
        for table, columns in TEXTS.items():
            for column in columns:
                database.execute(f"UPDATE {table} SET {column} = coalesce({column}, '') || ?", (HIT,))
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for column in [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[2] == "TEXT"]:
                for old, new in (("http://herald.test/a/dam", "javascript:alert(1)//dam"), ("/05-", "/05-\"'><b>&#")):
                    database.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (old, new))


@pytest.fixture
def served(holding: Holding, tmp_path: Path) -> Iterator[Served]:
    poison(holding.layout.catalogue)
    with serving(tmp_path) as running:
        yield running


@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
def test_U5_hostile_words_stay_words(served: Served) -> None:
    acted: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.on("dialog", lambda dialog: acted.append(dialog.message))
        page.on("request", lambda request: acted.append(request.url))
        page.on("console", lambda message: acted.append(message.text))
        page.goto(served.url)
        assert page.locator(".card h3").first.inner_text().startswith(("Bridge", "Dam"))
        found = page.eval_on_selector_all("a", "links => links.map(link => link.getAttribute('href'))")
        articles = sorted({link for link in found if link.startswith("/article/")})
        assert len(articles) == 2
        proofs = [link.replace("/article/", "/proof/", 1) for link in articles]
        changes = [f"{link}?from=1&to=1&original=1" for link in articles]
        for path in (*PAGES, *articles, *proofs, *changes):
            page.goto(served.url.rstrip("/") + path)
            assert page.locator("h1, main").first.is_visible() and "49" not in page.title(), path
            assert page.locator("script:not([src]), img[src=x], a[href^='javascript' i]").count() == 0, path
        browser.close()
    harmless = (served.url, served.original, "Failed to load resource: the server responded with a status of 404")
    assert [one for one in acted if not one.startswith(harmless)] == []


@pytest.mark.parametrize("path", FOR_PROGRAMS)
def test_U5_hostile_words_are_data_for_programs(served: Served, path: str) -> None:
    answer = served.get(path)
    kind = answer.headers["content-type"].partition(";")[0]
    assert answer.status == 200 and kind in ("application/atom+xml", "application/json", "text/x-cdxj", "text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    if kind == "application/atom+xml":
        assert b"<script" not in answer.body and etree.fromstring(answer.body).tag.endswith("feed")


def test_U6_strangers_pages_can_not_keep_the_server_busy(served: Served) -> None:
    """A browser says what a page of another origin wants an answer for; programs do not."""
    page = "/page/2026/http://herald.test/a/bridge.html"
    statuses = {"document": (200, 200), "iframe": (403, 200), "image": (403, 403), "empty": (403, 403)}
    for site, (kind, expected) in product(("cross-site", "same-site"), statuses.items()):
        asked = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": kind}
        assert (served.get("/", **asked).status, served.get(page, at=served.original, **asked).status) == expected
    own = served.get("/static/reader.css", **{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "style"})
    assert own.status == 200 and served.get("/").status == 200
