"""Table of decisions about articles: a new article, a new version of a stored one, or unchanged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive import StoredRecord
from crawler.items import Image, Outcome, Page, Post, Source
from crawler.posts.arrival import Arrival, Earlier, Form, Making
from crawler.posts.conversion import version_of
from crawler.posts.versions import NewVersion, Shrunk, ToExtract, Unchanged, decide
from crawler.store.files import path_key
from crawler.store.stored_version import State, StoredImage, Version

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
    digest: str = "",
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
        digest=digest or f"sha256:{page}{fetched}{post}",
    )


@dataclass
class Shelf:
    """Stored versions by canonical URL, in memory."""

    versions: dict[str, Version] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    payloads: dict[str, str] = field(default_factory=dict)
    makings: dict[str, Making] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)

    def put(self, came: Arrival, form: Form = HEXO) -> Version:
        """Store the version that is decided for an article."""
        decision = decide(came, self, form)
        assert isinstance(decision, NewVersion)
        record = StoredRecord("<urn:uuid:9>", "warc/a.warc.gz", 0, 1, NOON)
        version = version_of(decision.conversion, record, decision.text, NOON)
        self.versions[version.canonical_url] = version
        self.pages[version.canonical_url] = came.page.url
        self.texts[version.canonical_url] = decision.text
        self.payloads[version.canonical_url] = came.digest
        self.makings[version.canonical_url] = Making(decision.conversion, same_settings=True)
        return version

    def latest(self, canonical_url: str) -> Version | None:
        return self.versions.get(canonical_url)

    def held(self, canonical_urls: Iterable[str]) -> Iterator[Version]:
        return (last for url in dict.fromkeys(canonical_urls) if (last := self.latest(url)) is not None)

    def page_of(self, version: Version) -> str | None:
        return self.pages.get(version.canonical_url)

    def text(self, version: Version) -> str | None:
        return self.texts.get(version.canonical_url)

    def digests(self, version: Version) -> list[str]:
        return [self.payloads[version.canonical_url]]

    def making(self, version: Version) -> Making | None:
        return self.makings.get(version.canonical_url)

    def state(self, canonical_url: str) -> State | None:
        return self.states.get(canonical_url)

    def articles_from(self, page: str) -> list[str]:
        return [url for url, made_from in self.pages.items() if made_from == page]

    def articles_of(self, digest: str) -> list[str]:
        return [url for url, made_of in self.payloads.items() if made_of == digest]

    def is_taken(self, path: str, canonical_url: str) -> bool:
        return any(path_key(one.path) == path_key(path) and url != canonical_url for url, one in self.versions.items())


MOBILE, AMP = "https://m.news.example/a/tide-gates.html", "https://news.example/amp/tide-gates.html"
MOVED = "https://news.example/b/tide-gates.html"
PLAIN = URL.replace("https:", "http:")
UNCHANGED, CHANGED, NEW = Outcome.UNCHANGED, Outcome.CHANGED, Outcome.NEW
OTHER_TEXT: dict[str, Any] = {"body_html": "<p>They broke.</p>"}

LONG = " ".join(f"Gate {number} of {number * 7} held until hour {number * number}." for number in range(30))
LONG_POST: dict[str, Any] = {"text": LONG, "body_html": f"<p>{LONG}</p>"}
STRIKE = "https://news.example/a/ferry-strike.html"
STRIKE_POST: dict[str, Any] = {"title": "Ferry strike enters third week", "text": LONG, "body_html": f"<p>{LONG}</p>"}
REF, SLASH, NIGHT = URL + "?ref=rss", URL + "/", "https://news.example/a/night.html"
LONG_SLASH = {**LONG_POST, "canonical_url": SLASH}
SECOND = URL.replace(".html", "_2.html")
SECOND_POST: dict[str, Any] = {"text": LONG[::-1], "body_html": f"<p>{LONG[::-1]}</p>"}

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
    ("an image is missing now", arrival(), arrival(images=(StoredImage(IMAGE.url, None),)), (), UNCHANGED),
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
    # canonical links
    ("its link names another article", arrival(), arrival(STRIKE, STRIKE, **STRIKE_POST), (), NEW),
    ("its link, and the text is the same", arrival(**LONG_POST), arrival(STRIKE, STRIKE, **LONG_POST), (), UNCHANGED),
    (
        "its link, the same title and another text",
        arrival(**LONG_POST),
        arrival(STRIKE, STRIKE, **{**LONG_POST, "text": LONG[::-1]}),
        (),
        NEW,
    ),
    (
        "its link, and a shorter text",
        arrival(**LONG_POST),
        arrival(AMP, AMP, **{**LONG_POST, "text": LONG[:300]}),
        (),
        UNCHANGED,
    ),
    (
        "its own page after one that claimed its URL",
        arrival(STRIKE, STRIKE, **STRIKE_POST),
        arrival(**LONG_POST),
        (),
        NEW,
    ),
    (
        "a further page",
        arrival(**LONG_POST),
        arrival(SECOND, SECOND, **SECOND_POST),
        (),
        UNCHANGED,
    ),
    ("its first page", arrival(SECOND, SECOND, **SECOND_POST), arrival(**LONG_POST), (), CHANGED),
    # variants of a URL, without a canonical link
    (
        "the same bytes at a variant",
        arrival(digest="1"),
        arrival(REF, REF, canonical_url=REF, digest="1"),
        (),
        UNCHANGED,
    ),
    ("the same bytes elsewhere", arrival(digest="1"), arrival(NIGHT, NIGHT, canonical_url=NIGHT, digest="1"), (), NEW),
    ("the same text at a spelling", arrival(**LONG_POST), arrival(SLASH, SLASH, **LONG_SLASH), (), UNCHANGED),
    ("other bytes at a variant", arrival(), arrival(REF, REF, canonical_url=REF, title="Ferries"), (), NEW),
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
    assert isinstance(decision, NewVersion)
    conversion = decision.conversion
    assert decision.outcome is outcome
    if outcome is NEW:
        claimed = came.post.canonical_url
        claim_counts = last is None or last.canonical_url != claimed
        own = came.own if came.own != claimed else f"{claimed}#2"
        assert (conversion.number, conversion.canonical_url) == (1, claimed if claim_counts else own)
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


def test_a_date_that_counts_from_the_capture_is_resolved_once() -> None:
    shelf = Shelf()
    counted: dict[str, Any] = {"published": NOON, "published_text": "3 hours ago", "relative_date": True}
    first = shelf.put(arrival(**counted))
    assert (first.published, first.dated) == (NOON, None)
    later = {**counted, "published": LATER}
    assert isinstance(decide(arrival(**later), shelf, HEXO), Unchanged)
    second = shelf.put(arrival(**later, **OTHER_TEXT))
    assert (second.number, second.published, second.dated) == (2, NOON, NOON)
    assert isinstance(decide(arrival(**later, **OTHER_TEXT), shelf, HEXO), Unchanged)
    assert "date: Thu, 05 Mar 2026 12:00:00 GMT\n" in shelf.texts[URL]


def test_the_article_whose_url_another_one_has_claimed_keeps_its_own_history() -> None:
    shelf = Shelf()
    shelf.put(arrival(STRIKE, STRIKE, **STRIKE_POST))
    assert shelf.put(arrival(**LONG_POST)).canonical_url == URL + "#2"
    renamed, over = {**LONG_POST, "title": "Gates tested again"}, {**STRIKE_POST, "title": "Over"}
    for came in (arrival(**renamed), arrival(STRIKE, STRIKE, **over)):
        assert shelf.put(came).number == 2
    assert len(shelf.versions) == 2


def test_a_claim_that_is_not_believed_is_told_of_a_new_article_only() -> None:
    shelf = Shelf()
    shelf.put(arrival(**LONG_POST))
    decision = decide(arrival(STRIKE, STRIKE, **STRIKE_POST), shelf, HEXO)
    assert isinstance(decision, NewVersion) and decision.unbelieved == URL
    shelf.put(arrival(STRIKE, STRIKE, **STRIKE_POST))
    decision = decide(arrival(STRIKE, STRIKE, **{**STRIKE_POST, "title": "Ferry strike over"}), shelf, HEXO)
    assert isinstance(decision, NewVersion) and decision.unbelieved == ""


@pytest.mark.parametrize("source", [Source("herald", allow=("/b/",)), Source("herald", feeds=(URL,))])
def test_a_claim_outside_of_its_source_or_to_a_list_is_no_name(source: Source) -> None:
    decision = decide(arrival(MOVED, MOVED, source=source), Shelf(), HEXO)
    assert isinstance(decision, NewVersion)
    assert (decision.conversion.canonical_url, decision.unbelieved) == (MOVED, URL)


def test_a_claim_to_a_single_article_of_the_source_is_believed() -> None:
    decision = decide(arrival(MOVED, MOVED, source=Source("herald", urls=(URL, MOVED))), Shelf(), HEXO)
    assert isinstance(decision, NewVersion) and decision.conversion.canonical_url == URL


def test_five_articles_with_one_link_are_five_posts_in_any_order() -> None:
    """The link leads to a section front, or to one of the five."""
    titles = ["Pier rebuilt", "Ferry strike", "Library opens", "Board elects a chair", "Lighthouse sold"]
    for claimed in ("https://news.example/blog/", "https://news.example/a/2"):
        for first in range(5):
            shelf = Shelf()
            for number in [*range(first, 5), *range(first)]:
                page = f"https://news.example/a/{number}"
                for _look in range(2):
                    text = f"{titles[number]}: " + LONG
                    came = arrival(page, page, canonical_url=claimed, title=titles[number], text=text, body_html=text)
                    if not isinstance(decide(came, shelf, HEXO), Unchanged):
                        shelf.put(came)
            assert sorted(version.title for version in shelf.versions.values()) == sorted(titles)
            assert len({version.path for version in shelf.versions.values()}) == 5


def test_the_form_of_posts_follows_the_settings() -> None:
    form = Form("{slug}", "html", local=True, extra=("source",), dialect="hugo")
    decision = decide(arrival(body_html=f'<img src="{IMAGE.url}">'), Shelf(), form)
    assert isinstance(decision, NewVersion)
    assert decision.conversion.path == "tide-gates.html"
    assert decision.text.startswith("---\ntitle: 'Tide gates tested'\n")
    assert "date: 2026-03-05T12:00:00Z\n" in decision.text and "\nsource: 'herald'\n" in decision.text
    assert '<img src="/media/00/00/00.png">' in decision.text


# -- no edit of the publisher


def test_the_same_bytes_are_no_edit_whatever_todays_rules_make_of_them() -> None:
    shelf = Shelf()
    shelf.put(arrival(digest="sha256:1", **LONG_POST))
    came = arrival(digest="sha256:1", extractor="warcpress/9", **OTHER_TEXT)
    assert isinstance(decide(came, shelf, HEXO), Unchanged)
    assert isinstance(decide(replace(came, further=("sha256:2",)), shelf, HEXO), ToExtract), "another part"
    other = arrival(digest="sha256:1", images=(replace(IMAGE, digest="sha256:11"),), **LONG_POST)
    assert isinstance(decide(other, shelf, HEXO), NewVersion), "a picture was replaced"


OTHER_FORMS = [
    Form(dialect="hugo"),
    Form(extra=("source", "warc_record_id", "payload_digest", "updated", "tags")),
    Form("{slug}", "html"),
    Form(local=True),
    Form(markdown=True),
]


@pytest.mark.parametrize("form", OTHER_FORMS, ids=["dialect", "extra", "pattern", "local", "markdown"])
@pytest.mark.parametrize("back", [False, True])
def test_other_settings_are_no_edit_and_an_edit_is_written_with_them(form: Form, back: bool) -> None:
    picture: dict[str, Any] = {"body_html": f'<p>They held.</p><img src="{IMAGE.url}">'}
    then, now = (form, HEXO) if back else (HEXO, form)
    shelf = Shelf()
    path = shelf.put(arrival(**picture), then).path
    assert isinstance(decide(arrival(fetched=NOON, **picture), shelf, now), Unchanged)
    decision = decide(arrival(title="Gates fail", **picture), shelf, now)
    assert isinstance(decision, NewVersion) and decision.conversion.path == path
    assert (decision.conversion.dialect, decision.conversion.local) == (now.dialect, now.local)


NEWER: dict[str, Any] = {"extractor": "warcpress/9"}


@pytest.mark.parametrize("same_settings", [True, False])
def test_a_post_that_only_our_rules_change_is_no_edit(same_settings: bool) -> None:
    """The last version had an advertisement, which today's rules leave out."""
    shelf = Shelf()
    last = shelf.put(arrival(images=(), body_html=f"<p>Buy!</p><p>{LONG}</p>", text=LONG))
    if not same_settings:
        shelf.makings[URL] = replace(shelf.makings[URL], same_settings=False)
    extractor: dict[str, Any] = NEWER if same_settings else {}
    came = arrival(fetched=NOON, digest="sha256:2", images=(), **LONG_POST, **extractor)
    assert decide(came, shelf, HEXO) == ToExtract(last)
    assert isinstance(decide(came, shelf, HEXO, (), Earlier(last.record_id, came.post)), Unchanged)
    edited = replace(came.post, body_html=came.post.body_html.replace("held", "broke"))
    for earlier in (edited, None):  # today's rules give another text of the old page, or none
        assert isinstance(decide(came, shelf, HEXO, (), Earlier(last.record_id, earlier)), NewVersion)
    assert decide(came, shelf, HEXO, (), Earlier("<urn:uuid:other>", came.post)) == ToExtract(last)


def test_pictures_that_only_our_rules_add_are_no_edit() -> None:
    shelf = Shelf()
    last = shelf.put(arrival(images=()))
    body = f'<p>They held.</p><img src="{IMAGE.url}">'
    images = (Image(IMAGE.url),)
    came = arrival(fetched=NOON, body_html=body, **NEWER)
    came = replace(came, post=replace(came.post, images=images))
    assert isinstance(decide(came, shelf, HEXO, (), Earlier(last.record_id, came.post)), Unchanged)


def test_a_picture_that_arrives_is_an_edit_of_a_post_with_copies_only() -> None:
    picture: dict[str, Any] = {"body_html": f'<p>They held.</p><img src="{IMAGE.url}">'}
    for form, outcome in ((HEXO, Unchanged), (Form(local=True), NewVersion)):
        shelf = Shelf()
        shelf.put(arrival(images=(StoredImage(IMAGE.url, None),), digest="sha256:1", **picture), form)
        assert isinstance(decide(arrival(digest="sha256:1", **picture), shelf, form), outcome)


@pytest.mark.parametrize(("later", "outcome"), [(timedelta(hours=30), Unchanged), (timedelta(days=3), NewVersion)])
def test_a_relative_date_that_is_written_out_later_stays_what_it_was(later: timedelta, outcome: type) -> None:
    shelf = Shelf()
    shelf.put(arrival(published_text="3 hours ago", relative_date=True))
    assert isinstance(decide(arrival(published=NOON - later), shelf, HEXO), outcome)
    changed = shelf.put(arrival(published=NOON - timedelta(hours=30), **OTHER_TEXT))
    assert (changed.published, changed.dated) == (NOON, NOON)
    assert isinstance(decide(arrival(published=NOON - timedelta(hours=20), **OTHER_TEXT), shelf, HEXO), Unchanged)
    shelf = Shelf()
    shelf.put(arrival())
    assert isinstance(decide(arrival(published=NOON - timedelta(hours=30)), shelf, HEXO), NewVersion)


TEASER: dict[str, Any] = {"text": LONG[:300], "body_html": f"<p>{LONG[:300]}</p>"}


def suspect(text: str, seen: datetime) -> State:
    return State("<urn:uuid:5>", URL, 1, "suspect", "shrunk", text, "<urn:uuid:6>", seen, "warc/a.warc.gz", 0, 1)


def test_a_body_that_shrinks_to_a_fraction_is_suspect_until_it_stays_so() -> None:
    shelf = Shelf()
    last = shelf.put(arrival(**LONG_POST))
    came = arrival(**TEASER)
    decision = decide(came, shelf, HEXO)
    assert isinstance(decision, Shrunk) and decision.version == last
    assert isinstance(decide(replace(came, by_hand=True), shelf, HEXO), NewVersion), "a person has asked for it"
    for seen, text, outcome in (
        (LATER - timedelta(hours=23), decision.text, Shrunk),
        (LATER - timedelta(days=1), decision.text, NewVersion),
        (LATER - timedelta(days=9), "sha256:other", Shrunk),
    ):
        shelf.states[URL] = suspect(text, seen)
        assert isinstance(decide(came, shelf, HEXO), outcome)
    shelf.states[URL] = replace(suspect(decision.text, NOON), state="present")
    assert isinstance(decide(came, shelf, HEXO), Shrunk), "it was back since"


@pytest.mark.parametrize(("before", "now"), [(1200, 400), (490, 20), (200, 60)])
def test_a_correction_or_a_short_text_is_not_suspect(before: int, now: int) -> None:
    shelf = Shelf()
    shelf.put(arrival(text=LONG[:before], body_html=f"<p>{LONG[:before]}</p>"))
    came = arrival(text=LONG[:now], body_html=f"<p>{LONG[:now]}</p>")
    assert isinstance(decide(came, shelf, HEXO), NewVersion)
