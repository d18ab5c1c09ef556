"""Read a document of a site whose feeds are not known: a page, a robots.txt, a feed or a sitemap.

A feed or sitemap gives its articles. A page or robots.txt gives the documents that may be feeds and sitemaps: those
that the site declares, and links with the names that feeds have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.discovery import feeds, sitemaps
from crawler.discovery.found import EntryPoint, Found, Headers, NamedBy, absolute, without_feed_scheme
from crawler.errors import NotAnArticle, SourceUnreadable, TooComplex
from crawler.extractors.charset import decode
from crawler.extractors.document import parse_text
from crawler.items import Source
from crawler.urls.canonical import same_site

FEED_PLACES = ("feed", "rss", "atom.xml", "feed.xml", "rss.xml", "index.xml", "feed.json")
SITEMAP_PLACES = ("sitemap.xml", "sitemap_index.xml", "news-sitemap.xml", "sitemap-news.xml")
MOST_DECLARED = 60
"""Documents that one page or robots.txt declares; the page of a large newspaper has 20 feeds."""
MOST_LINKED = 20
"""Links of one page that only look like feeds."""
STEPS = 2
"""The page that was given, and pages that its links with the name of a feed lead to: many sites list their feeds."""

_ROOT = re.compile(rb"<(?:[a-z]\w*:)?(rss|feed|rdf|channel|urlset|sitemapindex|html)[\s>]|<!doctype\s+(html)")
_FEED_TYPE = re.compile(r"application/(?:rss|atom|rdf|feed)\+(?:xml|json)|(?:text|application)/(?:xml|rss)")
_SITEMAP_LINE = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_FEED_NAME = re.compile(
    r"(?:^|[/._-])(?:rss|atom|feeds?|rdf)(?:\d|[/._-]|$)|\.(?:rss|atom|rdf)$|(?:^|/)(?:news-?)?sitemap[^/]*\.xml",
    re.IGNORECASE,
)
"""Path of a link that looks like a feed or sitemap."""
_FEED_HOST = re.compile(r"(?:feeds?|rss)\d?\.", re.IGNORECASE)


def read(
    body: bytes, url: str, source: Source, entry: EntryPoint, headers: Headers = (), *, most: int, most_bytes: int
) -> Found:
    """Return the articles of a feed or sitemap, or the documents that a page or robots.txt leads to, as `Found.next`.

    SourceUnreadable when the document is none of these.
    """
    if urlsplit(url).path == "/robots.txt":
        return Found(next=tuple(_of_robots(body, url, entry)))
    kind = _kind(body)
    if kind == "feed":
        return feeds.read(body, url, source, headers, most=most)
    if kind == "sitemap":
        top = replace(entry, step=1)  # in `entry`, steps count pages
        return sitemaps.read(body, url, source, top, headers, most=most, most_bytes=most_bytes)
    if entry.step > STEPS:
        raise SourceUnreadable(url, "an HTML page, neither feed nor sitemap")
    return Found(next=tuple(_of_page(body, url, entry, headers)))


def _kind(body: bytes) -> str:
    """Tell a feed, a sitemap and a page from each other, whatever the server calls them."""
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(sitemaps.GZIP_MARK) or sitemaps.TEXT_LIST.match(body, 0, 4096):
        return "sitemap"
    root = _ROOT.search(start.replace(b"\0", b"").lower())  # UTF-16 is ASCII with zeros between
    if start.startswith(b"{"):
        return "feed"
    name = (root[1] or root[2]).decode() if root else "html"
    return {"html": "page", "urlset": "sitemap", "sitemapindex": "sitemap"}.get(name, "feed")


def _of_robots(body: bytes, url: str, entry: EntryPoint) -> Iterator[EntryPoint]:
    for line in islice(_SITEMAP_LINE.finditer(body), MOST_DECLARED):
        if address := absolute(url, line[1].decode("utf-8", "replace")):
            yield EntryPoint("site", address, step=entry.step + 1, named_by="robots.txt")


def _of_page(body: bytes, url: str, entry: EntryPoint, headers: Headers) -> Iterator[EntryPoint]:
    decoded = decode(body, headers, url)
    try:
        tree = parse_text(decoded.text)
    except TooComplex as error:
        raise SourceUnreadable(url, f"the page is {error}") from error
    except NotAnArticle:
        return
    base = absolute(url, next(iter(tree.xpath("//base/@href")), ""), decoded.encoding) or url
    seen: set[str] = set()
    named: tuple[tuple[NamedBy, Iterator[str], int], ...] = (
        ("link element", _declared(tree), MOST_DECLARED),
        ("link", _linked(tree, url, base), MOST_LINKED),
    )
    for named_by, addresses, most in named:
        urls = (absolute(base, without_feed_scheme(address), decoded.encoding) for address in addresses)
        for found in islice((found for found in urls if found and found not in seen), most):
            seen.add(found)
            yield EntryPoint("site", found, step=entry.step + 1, named_by=named_by)


def _declared(tree: HtmlElement) -> Iterator[str]:
    """Yield the addresses of `<link>` elements for feeds and sitemaps."""
    for link in tree.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        feed = "alternate" in relations and _FEED_TYPE.fullmatch(kind)
        if feed or "feed" in relations or "sitemap" in relations:
            yield link.get("href") or ""


def _linked(tree: HtmlElement, url: str, base: str) -> Iterator[str]:
    """Yield the addresses of links on the page's site, or to a host for feeds, that look like feeds."""
    for anchor in tree.iter("a", "area"):
        href = (anchor.get("href") or "").strip()
        try:
            address = urljoin(base, without_feed_scheme(href))
            parts = urlsplit(address)
        except ValueError:
            continue
        feeds_host = _FEED_HOST.match(parts.netloc) is not None
        if (_FEED_NAME.search(parts.path) and (feeds_host or same_site(url, address))) or href.startswith("feed:"):
            yield href


def usual_places(url: str) -> list[EntryPoint]:
    """List where sites have feeds and sitemaps that they declare nowhere: at the root, and in the page's folder."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}/"
    folder = urljoin(url, "." if "." in parts.path.rpartition("/")[2] else f"{parts.path.rstrip('/')}/")
    places = [urljoin(root, name) for name in (*FEED_PLACES, *SITEMAP_PLACES)]
    if folder != root:
        places += [urljoin(folder, name) for name in FEED_PLACES[:4]]
    return [EntryPoint("site", place, step=STEPS, named_by="usual place") for place in places]
