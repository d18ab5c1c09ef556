"""When an article was published and updated, as the page states it.

In: the document, the source's zone, the site's selectors. Out: `Dates`. Signals in the order of trust: the site's
selectors, JSON-LD, `<meta>`, the day in the URL, microdata, text beside the headline, `<time>`, the feed, a number in
the URL, dates of updates, htmldate's guess. A later signal wins if only it gives the time, on nearly the same day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import chain, filterfalse, islice, tee
from typing import Any
from zoneinfo import ZoneInfo

from htmldate import find_date
from lxml.etree import XPath
from lxml.html import HtmlElement

from crawler.extractors import statements
from crawler.extractors.dates.days import day_first_in, month_of
from crawler.extractors.dates.time_of_day import UPDATED_WORDS
from crawler.extractors.dates.written import When, parse
from crawler.extractors.document import Document
from crawler.extractors.dom import (
    IN_COMMENTS,
    belongs,
    following,
    is_in_comments,
    own_text,
    preceding,
    stated,
    text_of,
)
from crawler.extractors.languages import alternatives, known, merged
from crawler.extractors.sites import Site
from crawler.items import Source, is_plausible

PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "bt:pubdate", "datepublished",
    "pubdate", "publishdate", "publish-date", "publish_date", "publish_time", "published_time", "publication_date",
    "publicationdate", "published", "article.published", "article:published", "article_date_original", "sailthru.date",
    "parsely-pub-date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "weibo: article:create_at",
    "dcterms.issued", "dcterms.created", "dc.date.issued", "dc.date.created", "dcterms.date", "dc.date",
    "og:release_date", "citation_publication_date", "citation_date", "date", "displaydate", "pub_date",
    "published-date", "created", "datecreated", "release_date", "iso-8601-publish-date",
    "shareaholic:article_published_time", "video:release_date", "pdate", "date.created",
)  # fmt: skip
"""Names of `<meta>` elements with the date of publication, the most trustworthy first."""
UPDATED_META = (
    "article:modified_time", "og:updated_time", "og:modified_time", "article:updated_time", "datemodified", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified", "updated_time", "date.modified", "article.updated",
    "modified",
)  # fmt: skip
"""Names of `<meta>` elements with the date of the last update, the most trustworthy first."""


@dataclass(frozen=True)
class Dates:
    """When an article was published and updated."""

    published: datetime | None
    """Aware UTC."""
    published_text: str
    """The date as the page writes it."""
    updated: datetime | None
    """Aware UTC; None when the page gives no date after the publication."""
    relative: bool = False
    """Whether a later capture of the same page would give another date of publication."""


_ALL = merged()
_DATE_NAMES = alternatives(_ALL.date_names)
_PUBLISHED_CLASS = re.compile(
    r"(?:^|[\s_-])(?:pub|publish|post|article|entry|news|story|create|issue|release)[a-z]*[_-]?(?:time|date|on|ed|at)|"
    r"^(?:datetime|byline-?date|meta-?date|data-?publish)(?:$|[\s_-])|"
    rf"(?:^|[\s_-])(?:date|time|timestamp|pubtime|pubdate|dateline|{_DATE_NAMES})(?:$|[\s_-])|"
    r"time\d?(?:$|\s)|info(?:$|\s)|source",
    re.IGNORECASE,
)
_PUBLISHED_WORDS = re.compile(alternatives(_ALL.published), re.IGNORECASE)
_URL_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<gap>[/_-]?)(?P<month>0[1-9]|1[0-2]|[1-9](?=[/_-])|[a-z]{3}(?=/))(?P<gap2>[/_-]?)"
    r"(?P<day>0[1-9]|[12]\d|3[01]|[1-9](?=[/_-]))(?!\d)"
)
_URL_STAMP = re.compile(
    r"(?<!\d)(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d\d{2,10}(?!\d)"
)
"""Article numbers that begin with date and time: `A2026012914320005196`."""
_NUMBERS = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})[/.-](?:19|20)?\d{2}(?![\d/.-])")
_COUNTED, _CLOCK = re.compile(r"\d"), re.compile(r"\d[:：]\d\d")
"""What an unmarked date has that counts from the capture, and one without its year."""
_ELSEWHERE = XPath(
    "ancestor-or-self::*[self::figure or self::figcaption or self::aside or self::footer or self::nav or "
    "contains(@class,'comment') or contains(@id,'comment') or contains(@class,'caption')]"
)
_TIMES: Any = XPath(f"/descendant::time[not(ancestor::nav or ancestor::aside or ancestor::footer)][not({IN_COMMENTS})]")
_MONTH_FIRST = re.compile(r"^(?:en[-_](?:us|ph)|fil)", re.IGNORECASE)
_ENGLISH = re.compile(r"^en(?![-_])", re.IGNORECASE)
_YEAR_FIRST = frozenset(language.code for language in known() if language.year_first)
_TWELVE_HOURS = re.compile(r"/(?:19|20)\d{2} \d{1,2}:\d{2}(?::\d{2})? [ap]m", re.IGNORECASE)
"""The American form, in which servers write dates when nobody tells them the language: `3/11/2024 5:30:12 PM`."""
_AMERICAN = (".com", ".gov", ".edu", ".us", ".net", ".org")
"""Ends of host names whose English pages are read as American when they declare no country."""
_HOLDERS = ("time", "span", "td", "p", "div", "li", "font", "em", "i", "small", "center")
_DATE_FIRST = re.compile(r"\W{0,9}(?:[^\d:：]{0,12}[:：]|[A-Z.]{4,30})?\s?\d")
"""A text that begins with a date or with a label and a date; required on pages without a headline.

Another text needs a telling class there, or a word for the publication and a time.
"""
SENTENCE = 32
"""Length from which a text with a date may be a sentence that mentions it."""
DATELINE = 100
"""Characters of the longest date line."""
_AFTER, _BEFORE, _NEAREST = 400, 30, 10
"""How many elements after and before the headline are near it, and how many of both come first: teasers are later."""
_UPDATES = 24
"""How many texts from the headline on can hold the date of an update."""
_SEARCHED = 200_000
"""How many characters of the page are searched for dates that show the order of day and month."""
_MANY = 4000
"""How many elements of a page without a headline are searched."""


def find(
    document: Document, source: Source | None, site: Site | None, headline: HtmlElement | None, language: str
) -> Dates:
    """Find the dates of an article; a date without a zone is read in the source's zone, or in UTC."""
    reader = _Reader(document, ZoneInfo(source.timezone) if source else UTC, headline, language)
    published: When | None = None
    for when in reader.published(site):
        if published is None or (when.exact and abs(when.instant - published.instant) < timedelta(hours=24)):
            published = when
        if published.exact:
            break
    updated = next(reader.updated(), None)
    published = published or next(reader.shown_updates(), None) or reader.guess()
    if published is None:
        return Dates(None, "", updated.instant if updated else None)
    if updated and not published.exact and updated.instant == published.instant:
        # Both are one midnight, the day when the page was generated: an earlier day shown on the page is the article's.
        shown = next(reader.near(), None)
        if shown and len(shown.text) < SENTENCE and shown.instant < published.instant:
            published = shown
    updated = updated or next(reader.shown_updates(), None)
    later = updated is not None and updated.instant > published.instant
    updated_at = updated.instant if updated and later else None
    return Dates(published.instant, published.text, updated_at, not published.whole)


class _Reader:
    """Reads the dates of one page."""

    def __init__(self, document: Document, zone: tzinfo, headline: HtmlElement | None, written_in: str) -> None:
        self.document, self.zone, self.headline, self.written_in = document, zone, headline, written_in
        self._lines = _lines(document, headline)
        self.now = document.captured
        self.language = document.tree.get("lang") or document.meta("og:locale") or ""
        self.year_first = written_in in _YEAR_FIRST

    @cached_property
    def day_first(self) -> bool:
        """Whether 3/4 is 3 April: by the page's country, other dates on the page, the source's zone, or its host."""
        if _MONTH_FIRST.match(self.language) or _MONTH_FIRST.match(self.document.meta("og:locale")):
            return False
        if not _ENGLISH.match(self.language):
            return True
        pairs = [(int(one), int(two)) for one, two in _NUMBERS.findall(self.document.decoded.text[:_SEARCHED])]
        days, months = sum(one > 12 for one, _ in pairs), sum(two > 12 for _, two in pairs)
        if days or months:
            return days >= months
        home = day_first_in(str(self.zone))
        return home if home is not None else not self.document.host.endswith(_AMERICAN)

    def parse(self, text: str, *, attribute: bool = False) -> When | None:
        """Read a date as the page writes them; `attribute` means that the text holds nothing but a date."""
        if not text:
            return None
        american = self.year_first and _TWELVE_HOURS.search(text)
        day_first = not american and (self.day_first if _NUMBERS.search(text) else True)
        return parse(
            text,
            self.now,
            self.zone,
            day_first=day_first,
            year_first=self.year_first,
            lenient=attribute,
            language=self.written_in,
        )

    def published(self, site: Site | None) -> Iterator[When]:
        """Yield every date of publication that the page states or shows, the most trustworthy first."""
        for selector in site.published if site else ():
            for element in self.document.tree.cssselect(selector)[:3]:
                if when := self.parse(element.get("datetime") or stated(element)):
                    yield when
        yield from filter(None, map(self._stated, self._publication_statements()))
        for name in PUBLISHED_META:
            for content in self.document.metas.get(name, ())[:2]:
                if when := self.parse(content, attribute=True):
                    yield when
        if when := self._in_url(_URL_DATE):
            yield when
        yield from self._microdata("datePublished")
        yield from self.near()
        yield from self._times()
        hint = self.document.page.published_hint
        if hint is not None and is_plausible(hint.astimezone(UTC), self.now):
            yield When(hint.astimezone(UTC), True, True, "")
        if when := self._in_url(_URL_STAMP):
            yield when

    def updated(self) -> Iterator[When]:
        """Yield the dates of updates in JSON-LD, `<meta>` and microdata."""
        node = statements.article(self.document)
        yield from filter(None, (self._stated(node.get(key)) for key in ("dateModified", "upDate", "dateUpdated")))
        for name in UPDATED_META:
            for content in self.document.metas.get(name, ())[:1]:
                if when := self.parse(content, attribute=True):
                    yield when
        yield from self._microdata("dateModified")

    def _publication_statements(self) -> Iterator[object]:
        node = statements.article(self.document)
        for key in ("datePublished", "pubDate", "dateCreated", "uploadDate"):
            yield node.get(key)

    def _stated(self, value: object) -> When | None:
        if isinstance(value, int | float):
            value = str(value).partition(".")[0]  # seconds; JSON can also hold NaN and 1e999
        return self.parse(statements.text(value), attribute=True)

    def _microdata(self, name: str) -> Iterator[When]:
        named = (element for element in self.document.annotated if element.get("itemprop") == name)
        for element in islice(filterfalse(is_in_comments, named), 3):
            stated = element.get("content") or element.get("datetime") or element.get("title")
            if when := self.parse(stated or text_of(element), attribute=bool(stated)):
                yield when

    def _times(self) -> Iterator[When]:
        for element in _TIMES(self.document.tree)[:6]:
            if UPDATED_WORDS.search((element.get("class") or "").lower()) or element.get("itemprop") == "dateModified":
                continue
            text = element.get("datetime") or text_of(element)
            if when := self.parse(text, attribute=bool(element.get("datetime"))):
                yield when

    def lines(self) -> Iterator[tuple[HtmlElement, str]]:
        """Yield short texts around the headline; each is read from the page once."""
        self._lines, lines = tee(self._lines)
        return lines

    def near(self) -> Iterator[When]:
        """Yield dates in short texts around the headline; last those in what may be a sentence, or beside the text."""
        plain, incomplete, beside = list[When](), list[When](), list[When]()
        for element, text in self.lines():
            lowered = text.lower()
            update = UPDATED_WORDS.search(lowered)
            if update and not re.search(r"\d.*\d{2}", lowered[: update.start()]):
                continue
            when = self.parse(element.get("datetime") or text)
            if when is None or not belongs(element, self.headline):
                continue
            names = f"{element.get('class') or ''} {element.get('id') or ''}"
            marked = element.tag == "time" or _PUBLISHED_CLASS.search(names) is not None
            labelled = _PUBLISHED_WORDS.search(text) is not None
            if self.headline is None and not (marked or _DATE_FIRST.match(text) or (labelled and when.exact)):
                continue
            if _ELSEWHERE(element):
                if when.whole and len(text) < DATELINE // 2 and _DATE_FIRST.match(text) and not is_in_comments(element):
                    beside.append(when)
            elif not marked and not when.whole:
                if (_COUNTED if when.zoned else _CLOCK).search(text):
                    incomplete.append(when)  # else a tab `Today`, or a sentence that mentions a day of some year
            elif labelled or (
                (marked or when.exact or len(text) < SENTENCE) and not UPDATED_WORDS.search(names.lower())
            ):
                yield when
            else:
                plain.append(when)
        yield from chain(plain, incomplete, beside)

    def shown_updates(self) -> Iterator[When]:
        """Yield dates near the headline that follow a word for an update."""
        for element, text in islice(self.lines(), _UPDATES) if self.headline is not None else ():
            lowered = text.lower()
            found = UPDATED_WORDS.search(lowered)
            when = self.parse(lowered[found.end() :]) if found else None
            if when and not _ELSEWHERE(element):
                yield when

    def _in_url(self, pattern: re.Pattern[str]) -> When | None:
        for found in pattern.finditer(self.document.page.url.lower()):
            groups = found.groupdict()
            if groups.get("gap") != groups.get("gap2") or (month := month_of(found["month"])) is None:
                continue
            if when := self.parse(f"{found['year']}-{month:02}-{int(found['day']):02}"):
                return When(when.instant, False, False, found[0])
        return None

    def guess(self) -> When | None:
        """Ask htmldate for the day of publication.

        The latest day it may return depends on the capture time, not on the clock. Its extensive search is off, because
        it loads dateparser, which takes 1.1 s.
        """
        try:
            day = find_date(
                self.document.tree,
                url=self.document.page.url,
                original_date=True,
                extensive_search=False,
                min_date="1990-01-01",
                max_date=(self.now + timedelta(days=1)).strftime("%Y-%m-%d"),
                deferred_url_extractor=True,
            )
        except (ValueError, OverflowError):  # htmldate fails on dates such as `2022-03-18T10:00:00+99:99`
            return None
        return self.parse(day) if day else None


def _lines(document: Document, headline: HtmlElement | None) -> Iterator[tuple[HtmlElement, str]]:
    """Yield short texts around the headline, or of the whole page when it has no headline."""
    holders = islice(document.tree.iter(*_HOLDERS), _MANY) if headline is None else _around(headline)
    for element in holders:
        text = own_text(element)
        if text and len(text) <= DATELINE:
            yield element, text


def _around(headline: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements inside the headline, the nearest after and before it, those after it, the others before it."""
    inside = filter(lambda element: element is not headline, headline.iter())
    after, before = islice(following(headline), _AFTER), islice(preceding(headline), _BEFORE)
    for element in chain(inside, islice(after, _NEAREST), islice(before, _NEAREST), after, before):
        if isinstance(element.tag, str) and element.tag not in ("script", "style", "noscript", "option", "svg", "path"):
            yield element
