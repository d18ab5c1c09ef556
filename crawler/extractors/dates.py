"""When an article was published and updated, as the page says it.

Goes into `metadata`. In: the document, the source's zone, the site's selectors. Out: `Dates`. Signals are asked in the
order of how seldom they lie: the site's own selectors, JSON-LD, meta, `<time>`, text beside the headline, the URL, the
feed, and at last htmldate's guess. A signal that names only the day yields to one that names the time on the same day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

from htmldate import find_date
from lxml.html import HtmlElement

from crawler.items import Source

from . import statements
from .dates_text import When, is_plausible, parse
from .document import Document
from .nearby import around, own_text, text_of
from .sites import Site


@dataclass(frozen=True)
class Dates:
    """Both instants of an article."""

    published: datetime | None
    """Aware UTC."""
    published_text: str
    """The date as the page writes it."""
    updated: datetime | None
    """Aware UTC; None when the page names none, or none later than the publication."""


PUBLISHED_META = (
    "article:published_time", "og:article:published_time", "og:published_time", "bt:pubdate", "datepublished",
    "pubdate",
    "publishdate", "publish-date", "publish_date", "publish_time", "published_time", "publishtime", "publication_date",
    "publicationdate", "published", "date.published", "article.published", "article:published",
    "article_date_original",
    "sailthru.date", "parsely-pub-date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "bytedance:published_time", "weibo: article:create_at", "weibo:article:create_at", "dcterms.issued",
    "dcterms.created",
    "dc.date.issued", "dc.date.created", "dc.date.publication", "dcterms.date", "dc.date", "og:release_date",
    "citation_publication_date", "citation_date", "date", "rnews:datepublished", "displaydate",
    "originalpublicationdate",
    "pub_date", "published-date", "created", "datecreated", "article:created", "release_date", "iso-8601-publish-date",
    "shareaholic:article_published_time", "video:release_date", "vr:published_time", "pdate", "_pubtime",
    "date.created",
)  # fmt: skip
UPDATED_META = (
    "article:modified_time", "og:updated_time", "og:modified_time", "article:updated_time", "datemodified", "lastmod",
    "last-modified", "dcterms.modified", "dc.date.modified", "revised", "updated_time", "bytedance:updated_time",
    "date.modified", "article.updated", "modified",
)  # fmt: skip
_PUBLISHED_CLASS = re.compile(
    r"(?:^|[\s_-])(?:pub|publish|post|article|entry|news|story|create|issue|release)[a-z]*[_-]?(?:time|date|on|ed|at)|"
    r"^(?:date|time|datetime|timestamp|dateline|fecha|datum|byline-?date|meta-?date|data-?publish)(?:$|[\s_-])|"
    r"(?:^|[\s_-])(?:date|time|timestamp|pubtime|pubdate|dateline|fecha|datum|rq|riqi|shijian)(?:$|[\s_-])|"
    r"time\d?(?:$|\s)|info(?:$|\s)|source",
    re.IGNORECASE,
)
_UPDATED_WORDS = re.compile(
    r"updat|modif|aktualisiert|mis à jour|actualizad|atualizad|aggiornat|bijgewerkt|更新|修改|수정|обновл|güncel|"
    r"updaterad|"
    r"opdateret|oppdatert|zaktualizowano",
    re.IGNORECASE,
)
_URL_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<gap>[/_-]?)(?P<month>0[1-9]|1[0-2]|[1-9](?=[/_-]))(?P<gap2>[/_-]?)"
    r"(?P<day>0[1-9]|[12]\d|3[01]|[1-9](?=[/_-]))(?!\d)"
)
_YEAR_MONTH_DAY = re.compile(r"\d{4}\D{1,3}\d{1,2}\D{1,3}\d{1,2}")
_US = re.compile(r"^en-us|^en_us", re.IGNORECASE)
_COMMENTS = "ancestor::*[contains(@class,'comment') or contains(@id,'comment')]"
_HOLDERS = ("time", "span", "td", "p", "div", "li", "font", "em", "i", "small", "center")
_DATE_FIRST = re.compile(r"\W{0,9}(?:[^\d:：]{0,12}[:：]|[A-Z.]{4,30})?\s?\d")
"""A text that begins with its date, after a label at most: without a headline nothing else marks one."""
SENTENCE = 32
"""Characters from which a text with a day in it may be a sentence about that day."""
_MANY = 4000
"""Elements that are looked at where no headline says where to begin."""


def find(document: Document, source: Source | None, site: Site | None, headline: HtmlElement | None) -> Dates:
    """The dates of the article. Zones that the page does not name are the source's, UTC without one."""
    reader = _Reader(document, ZoneInfo(source.timezone) if source else UTC)
    published: When | None = None
    for when in reader.published(site, headline):
        if published is None or (when.exact and abs(when.instant - published.instant) < timedelta(hours=24)):
            published = when
        if published.exact:
            break
    published = published or reader.guess()
    updated = next(reader.updated(), None)
    if published is None:
        return Dates(None, "", updated.instant if updated else None)
    later = updated is not None and updated.instant > published.instant
    return Dates(published.instant, published.text, updated.instant if updated and later else None)


class _Reader:
    """Asks one page for its dates."""

    def __init__(self, document: Document, zone: tzinfo) -> None:
        self.document, self.zone = document, zone
        self.now = document.page.fetched_at
        language = document.tree.get("lang") or document.meta("og:locale")
        self.day_first = not _US.match(language or "")

    def parse(self, text: str, *, attribute: bool = False) -> When | None:
        if not text:
            return None
        return parse(text, self.now, self.zone, day_first=self.day_first, lenient=attribute)

    def published(self, site: Site | None, headline: HtmlElement | None) -> Iterator[When]:
        """Every date of publication that the page gives, the most trustworthy first."""
        for selector in site.published if site else ():
            for element in self.document.tree.cssselect(selector)[:3]:
                if when := self.parse(element.get("datetime") or text_of(element)):
                    yield when
        yield from filter(None, map(self._stated, self._publication_statements()))
        for name in PUBLISHED_META:
            for content in self.document.metas.get(name, ())[:2]:
                if when := self.parse(content, attribute=True):
                    yield when
        yield from self._microdata("datePublished")
        yield from self._near(headline)
        yield from self._times()
        if when := self._in_url():
            yield when
        hint = self.document.page.published_hint
        if hint is not None and is_plausible(hint.astimezone(UTC), self.now):
            yield When(hint.astimezone(UTC), True, True, "")

    def updated(self) -> Iterator[When]:
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
            value = str(int(value))
        return self.parse(statements.text(value), attribute=True)

    def _microdata(self, name: str) -> Iterator[When]:
        for element in self.document.tree.xpath(f"//*[@itemprop=$name][not({_COMMENTS})]", name=name)[:3]:
            text = element.get("content") or element.get("datetime") or text_of(element)
            if when := self.parse(text, attribute=bool(element.get("content") or element.get("datetime"))):
                yield when

    def _times(self) -> Iterator[When]:
        for element in self.document.tree.xpath(
            f"//time[not(ancestor::nav or ancestor::aside or ancestor::footer)][not({_COMMENTS})]"
        )[:6]:
            if _UPDATED_WORDS.search(element.get("class") or "") or element.get("itemprop") == "dateModified":
                continue
            text = element.get("datetime") or text_of(element)
            if when := self.parse(text, attribute=bool(element.get("datetime"))):
                yield when

    def _near(self, headline: HtmlElement | None) -> Iterator[When]:
        """Dates in short texts around the headline: those that a class or a word marks, then any."""
        plain: list[When] = []
        for element in islice(self.document.tree.iter(*_HOLDERS), _MANY) if headline is None else around(headline):
            text = own_text(element)
            if not text or len(text) > 160 or _UPDATED_WORDS.search(text[:40]):
                continue
            when = self.parse(element.get("datetime") or text)
            if when is None or (headline is None and not _DATE_FIRST.match(text)):
                continue
            names = f"{element.get('class') or ''} {element.get('id') or ''}"
            if element.tag == "time" or _PUBLISHED_CLASS.search(names) or when.exact or len(text) < SENTENCE:
                yield when
            else:
                plain.append(when)
        yield from plain

    def _in_url(self) -> When | None:
        for found in _URL_DATE.finditer(self.document.page.url):
            if found["gap"] != found["gap2"]:
                continue
            text = f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}"
            if when := self.parse(text):
                return When(when.instant, False, False, found[0])
        return None

    def guess(self) -> When | None:
        """htmldate, kept from taking the present for its latest date, and without its extensive search: that one loads
        dateparser, 1.1 s once."""
        day = find_date(
            self.document.tree,
            url=self.document.page.url,
            original_date=True,
            extensive_search=False,
            min_date="1990-01-01",
            max_date=(self.now + timedelta(days=1)).strftime("%Y-%m-%d"),
            deferred_url_extractor=True,
        )
        return self.parse(day) if day else None
