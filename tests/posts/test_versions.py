"""Table of decisions about articles: a new article, a new version of a stored one, or unchanged."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from archive import StoredRecord
from crawler.items import Outcome, Page, Post, Source
from crawler.posts.conversion import version_of
from crawler.posts.versions import Arrival, Form, NewVersion, Unchanged, decide
from crawler.store.files import path_key
from crawler.store.stored_version import StoredImage, Version

URL = "https://news.example/a/tide-gates.html"
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 6, 12, tzinfo=UTC)
HERALD, TRIBUNE = Source("herald"), Source("tribune")
POST = Post(
    url=URL,
    canonical_url=URL,
    title="Tide gates tested",
    authors=("Ada Lovett",),
    site="The Test Herald",
    section="",
    categories=(),
    tags=(),
    language="en",
    published=NOON,
    published_text="",
    updated=None,
    lead_image=None,
    images=(),
    body_html="<p>They held.</p>",
    text="They held.",
    extractor="warcpress/0",
)
HEXO = Form()
IMAGE = StoredImage("https://i.example/1.png", "<urn:uuid:8>", "sha256:00", "00/00/00.png")


def arrival(
    asked: str = URL,
    page: str = URL,
    *,
    source: Source = HERALD,
    hint: datetime | None = None,
    images: tuple[StoredImage, ...] = (IMAGE,),
    fetched: datetime = LATER,
    **post: Any,
) -> Arrival:
    """An article that a run extracted; `post`: fields of the post that differ from POST."""
    return Arrival(
        asked=asked,
        source=source,
        page=Page(page, b"", [], fetched, published_hint=hint),
        post=replace(POST, **post),
        images=images,
        captures=("<urn:uuid:1>",),
        digest="sha256:11",
    )


@dataclass
class Shelf:
    """Stored versions by canonical URL, in memory."""

    versions: dict[str, Version] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    def put(self, came: Arrival, form: Form = HEXO) -> Version:
        """Store the version that is decided for an article."""
        decision = decide(came, self, form)
        assert isinstance(decision, NewVersion)
        record = StoredRecord("<urn:uuid:9>", "warc/a.warc.gz", 0, 1, NOON)
        version = version_of(decision.conversion, record, decision.text, NOON)
        self.versions[version.canonical_url] = version
        self.pages[version.canonical_url] = came.page.url
        return version

    def latest(self, canonical_url: str) -> Version | None:
        return self.versions.get(canonical_url)

    def page_of(self, version: Version) -> str | None:
        return self.pages.get(version.canonical_url)

    def article_at(self, key: str) -> str | None:
        return next((url for url, version in self.versions.items() if path_key(version.path) == key), None)


MOBILE, AMP = "https://m.news.example/a/tide-gates.html", "https://news.example/amp/tide-gates.html"
MOVED = "https://news.example/b/tide-gates.html"
PLAIN = URL.replace("https:", "http:")
UNCHANGED, CHANGED, NEW = Outcome.UNCHANGED, Outcome.CHANGED, Outcome.NEW
OTHER_TEXT: dict[str, Any] = {"body_html": "<p>They broke.</p>"}

CASES = [
    # what is stored, what comes, sources of the run, outcome
    ("nothing is stored", None, arrival(), (), NEW),
    ("the same article again", arrival(), arrival(), (), UNCHANGED),
    ("fetched at another time", arrival(), arrival(fetched=NOON), (), UNCHANGED),
    ("another text", arrival(), arrival(**OTHER_TEXT), (), CHANGED),
    ("another title", arrival(), arrival(title="Tide gates fail"), (), CHANGED),
    ("another date", arrival(), arrival(published=LATER), (), CHANGED),
    ("other bytes of an image", arrival(), arrival(images=(replace(IMAGE, digest="sha256:22"),)), (), CHANGED),
    (
        "another capture of an image",
        arrival(),
        arrival(images=(replace(IMAGE, capture="<urn:uuid:7>"),)),
        (),
        UNCHANGED,
    ),
    ("an image is missing now", arrival(), arrival(images=(StoredImage(IMAGE.url, None),)), (), CHANGED),
    ("another article", arrival(), arrival(asked=MOVED, page=MOVED, canonical_url=MOVED), (), NEW),
    # sources
    ("another source that is followed", arrival(), arrival(source=TRIBUNE, **OTHER_TEXT), ("herald",), UNCHANGED),
    ("another source, the first is gone", arrival(), arrival(source=TRIBUNE, **OTHER_TEXT), ("tribune",), CHANGED),
    # moves
    ("its URL leads elsewhere now", arrival(), arrival(URL, MOVED, canonical_url=MOVED), (), UNCHANGED),
    ("moved, with another text", arrival(), arrival(URL, MOVED, canonical_url=MOVED, **OTHER_TEXT), (), CHANGED),
    ("its URL leads to another title", arrival(), arrival(URL, MOVED, canonical_url=MOVED, title="Other"), (), NEW),
    ("its URL leads to another date", arrival(), arrival(URL, MOVED, canonical_url=MOVED, published=LATER), (), NEW),
    ("moved to another source", arrival(), arrival(URL, MOVED, canonical_url=MOVED, source=TRIBUNE), (), NEW),
    ("stored before https", arrival(PLAIN, PLAIN, canonical_url=PLAIN), arrival(), (), UNCHANGED),
    ("another text since https", arrival(PLAIN, PLAIN, canonical_url=PLAIN), arrival(**OTHER_TEXT), (), CHANGED),
    # other forms of one article
    ("its mobile page differs", arrival(), arrival(MOBILE, MOBILE, **OTHER_TEXT), (), UNCHANGED),
    ("its AMP page differs", arrival(), arrival(AMP, AMP, **OTHER_TEXT), (), UNCHANGED),
    ("only its mobile page is known", None, arrival(MOBILE, MOBILE), (), NEW),
    ("its mobile page again", arrival(MOBILE, MOBILE), arrival(MOBILE, MOBILE), (), UNCHANGED),
    ("its mobile page, changed", arrival(MOBILE, MOBILE), arrival(MOBILE, MOBILE, **OTHER_TEXT), (), CHANGED),
    ("its own page after its mobile one", arrival(MOBILE, MOBILE), arrival(**OTHER_TEXT), (), CHANGED),
]


@pytest.mark.parametrize(
    ("before", "came", "followed", "outcome"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_decision(before: Arrival | None, came: Arrival, followed: Collection[str], outcome: Outcome) -> None:
    shelf = Shelf()
    last = shelf.put(before) if before else None
    decision = decide(came, shelf, HEXO, followed)
    if isinstance(decision, Unchanged):
        assert outcome is UNCHANGED and decision.version == last
        return
    conversion = decision.conversion
    assert decision.outcome is outcome
    if outcome is NEW:
        assert (conversion.number, conversion.canonical_url) == (1, came.post.canonical_url)
    else:
        assert last is not None
        assert (conversion.number, conversion.canonical_url, conversion.path) == (2, last.canonical_url, last.path)


def test_the_first_version_is_named_by_date_and_url_and_keeps_its_name() -> None:
    shelf = Shelf()
    assert shelf.put(arrival()).path == "herald/2026/03/05-tide-gates.md"
    assert shelf.put(arrival(published=LATER)).path == "herald/2026/03/05-tide-gates.md"


def test_two_articles_with_one_name_get_two_paths() -> None:
    shelf = Shelf()
    shelf.put(arrival())
    assert shelf.put(arrival(MOVED, MOVED, canonical_url=MOVED, title="Other")).path == (
        "herald/2026/03/05-tide-gates-8eb60638.md"
    )


@pytest.mark.parametrize(
    ("came", "date_from", "dated"),
    [
        (arrival(), "", None),
        (arrival(published=None, hint=NOON), "hint", NOON),
        (arrival(published=None), "capture", LATER),
    ],
)
def test_an_article_without_a_date_gets_one(came: Arrival, date_from: str, dated: datetime | None) -> None:
    decision = decide(came, Shelf(), HEXO)
    assert isinstance(decision, NewVersion)
    assert (decision.date_from, decision.conversion.dated) == (date_from, dated)


def test_a_date_once_given_stays() -> None:
    shelf = Shelf()
    shelf.put(arrival(published=None, hint=NOON))
    decision = decide(arrival(published=None, **OTHER_TEXT), shelf, HEXO)
    assert isinstance(decision, NewVersion)
    assert (decision.date_from, decision.conversion.dated) == ("", NOON)
    assert isinstance(decide(arrival(published=None, hint=LATER), shelf, HEXO), Unchanged)


def test_the_form_of_posts_follows_the_settings() -> None:
    form = Form("{slug}", "html", local=True, extra=("source",), dialect="hugo")
    decision = decide(arrival(body_html=f'<img src="{IMAGE.url}">'), Shelf(), form)
    assert isinstance(decision, NewVersion)
    assert decision.conversion.path == "tide-gates.html"
    assert decision.text.startswith("---\ntitle: 'Tide gates tested'\n")
    assert "date: 2026-03-05T12:00:00Z\n" in decision.text and "\nsource: 'herald'\n" in decision.text
    assert '<img src="/media/00/00/00.png">' in decision.text
