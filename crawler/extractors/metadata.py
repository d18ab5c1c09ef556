"""Document → Metadata: title, authors, dates, section, tags, language, canonical URL and lead image of an article.

Relative dates count from the capture; dates without a zone are in the source's zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from crawler.extractors import bylines, dates, statements, title
from crawler.extractors.document import Document
from crawler.extractors.dom import text_of
from crawler.extractors.images import lead_image
from crawler.extractors.languages import written_in
from crawler.extractors.sites import Site
from crawler.extractors.text_key import key
from crawler.extractors.title.parts import pieces
from crawler.items import Image, Source
from crawler.urls.canonical import canonical_links, canonical_of, canonicalise


@dataclass(frozen=True)
class Metadata:
    """The fields of a post other than its body, each as in `items.Post`."""

    title: str
    headline: HtmlElement | None
    """The element of the title in the document's tree, which the body leaves out."""
    authors: tuple[str, ...]
    site: str
    section: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    published: datetime | None
    published_text: str
    relative_date: bool
    updated: datetime | None
    canonical_url: str
    lead_image: Image | None
    """The image that the page's metadata names; None when the body's images decide."""


def read(document: Document, source: Source | None = None, site: Site | None = None) -> Metadata:
    """Read the metadata of an article page; without a source, the site profile's defaults are used."""
    source = source or (site.source if site else None)
    stated = _site_name(document)
    name = (source.site if source else "") or stated or document.host
    names = tuple(dict.fromkeys(filter(None, (name, stated, document.host, *_publisher(document)))))
    written_in = _language(document)
    headline = title.find(document, site, names)
    found = dates.find(document, source, site, headline.element, written_in)
    topic = _category(_section(document))
    section = document.page.section or (source.section if source else "") or topic
    return Metadata(
        title=headline.text,
        headline=headline.element,
        authors=bylines.find(document, site, headline.element, written_in, (*names, *_labels(document))),
        site=name,
        section=section,
        categories=_categories(source, topic, name, section),
        tags=_tags(document, site, names),
        language=written_in,
        published=found.published,
        published_text=found.published_text,
        relative_date=found.relative,
        updated=found.updated,
        canonical_url=_canonical(document, site),
        lead_image=lead_image.named(document),
    )


def _site_name(document: Document) -> str:
    """Read the publication's name; empty when the page states none."""
    return document.meta("og:site_name", "application-name", "al:android:app_name", "twitter:app:name:iphone") or next(
        _publisher(document), ""
    )


def _language(document: Document) -> str:
    """Read the page's language (primary subtag), corrected by the script of its text; empty when unknown."""
    stated = statements.text(statements.article(document).get("inLanguage"))
    meta = document.meta("og:locale", "content-language", "language", "dc.language")
    for text in (document.tree.get("lang"), document.tree.get("xml:lang"), stated, meta):
        found = re.match(r"\s*([a-zA-Z]{2,3})(?![a-zA-Z])", text or "")
        if found:
            declared = found[1].lower()
            break
    else:
        declared = ""
    return written_in(lambda: _sample(document), declared)


SAMPLE = 4000
"""How many characters of a page, menus included, are read to recognise its script."""


def _sample(document: Document) -> str:
    """Return the title and about the first SAMPLE characters of the body's text."""
    pieces, length = [document.title_element], 0
    for body in document.tree.iter("body"):
        for element in body.iter():
            text = element.text
            if text and not text.isspace() and element.tag not in ("script", "style", "noscript", "template"):
                pieces.append(text)
                length += len(text)
                if length > SAMPLE:
                    return "".join(pieces)
    return "".join(pieces)


def _labels(document: Document) -> Iterator[str]:
    """Yield short names of the publication: labels of its host, and the last part of `<title>`."""
    yield from (label for label in document.host.split(".")[:-1] if len(label) > 1)
    parts = pieces(document.title_element[:600])
    if len(parts) > 1 and len(parts[-1]) <= 20:
        yield parts[-1]


def _publisher(document: Document) -> Iterator[str]:
    """Yield the publishers that JSON-LD names."""
    for value in statements.resolved(document, statements.article(document).get("publisher"))[:2]:
        if name := statements.text(value):
            yield name


def _section(document: Document) -> str:
    """Read the section from `<meta>`, JSON-LD or the breadcrumbs; empty when none of them names it."""
    return (
        document.meta("article:section", "og:section", "section", "cxenseparse:section", "parsely-section")
        or statements.text(statements.article(document).get("articleSection"))
        or next(_breadcrumbs(document), "")
    )


def _breadcrumbs(document: Document) -> Iterator[str]:
    """Yield the names of the breadcrumbs, the most specific first, without the home page and the article."""
    for node in document.jsonld:
        items = node.get("itemListElement")
        if "BreadcrumbList" not in statements.kind_of(node) or not isinstance(items, list):
            continue
        entries = [item for item in items if isinstance(item, dict)]
        names = [statements.text(item.get("name")) or statements.text(item.get("item")) for item in entries]
        title = key(document.title_element)
        between = [name for name in names[1:] if name and len(name) <= 40 and not title.startswith(key(name))]
        yield from reversed(between)


def _categories(source: Source | None, topic: str, site: str, section: str) -> tuple[str, ...]:
    """Fill in the source's categories (`{site}`, `{section}`); by default topic, site and section."""
    if source is not None and source.categories is not None:
        chosen = tuple({"{site}": _category(site), "{section}": section}.get(name, name) for name in source.categories)
    else:
        chosen = (topic, _category(site), section)
    return tuple(dict.fromkeys(filter(None, chosen)))


LONGEST_CATEGORY = 60
"""Characters of the longest category: three of 379 recorded pages have a section of 86 to 282, which is a list of
keywords, the others have at most 56; and Hexo makes a folder of each name, which fails above 255 bytes (2026-11)."""


def _category(name: str) -> str:
    """Shorten a name that is too long for a category: the first one of a list, else empty."""
    return next((part for part in (name, name.partition(",")[0].strip()) if len(part) <= LONGEST_CATEGORY), "")


MAX_TAGS = 20
LONGEST_TAG = 40
"""Characters of the longest tag."""


def _tags(document: Document, site: Site | None, names: tuple[str, ...]) -> tuple[str, ...]:
    """Read the tags from the first place that has any, without the names of the publication."""
    tags = next((tags for source in _TAG_SOURCES if (tags := source(document, site))), [])
    known = {key(name) for name in names}
    kept = dict.fromkeys(tag for tag in tags if 1 < len(tag) <= LONGEST_TAG and key(tag) not in known)
    return tuple(kept)[:MAX_TAGS]


def _tags_by_selector(document: Document, site: Site | None) -> list[str]:
    selectors = site.tags if site else ()
    return [text_of(element) for selector in selectors for element in document.tree.cssselect(selector)]


def _tags_in_open_graph(document: Document, _site: Site | None) -> list[str]:
    names = ("article:tag", "og:article:tag", "video:tag")
    return [tag for name in names for content in document.metas.get(name, ()) for tag in _split(content)]


def _tags_in_keywords(document: Document, _site: Site | None) -> list[str]:
    return _split(document.meta("news_keywords", "parsely-tags", "sailthru.tags", "keywords"))


def _tags_in_jsonld(document: Document, _site: Site | None) -> list[str]:
    keywords = statements.article(document).get("keywords")
    if isinstance(keywords, list):
        return [statements.text(item) for item in keywords]
    return _split(statements.text(keywords))


def _tags_in_links(document: Document, _site: Site | None) -> list[str]:
    return [text_of(link) for link in document.with_rel if link.tag == "a" and "tag" in link.get("rel", "").split()]


_TAG_SOURCES = (_tags_by_selector, _tags_in_open_graph, _tags_in_keywords, _tags_in_jsonld, _tags_in_links)
"""Where tags are looked for, in this order."""


def _split(text: str) -> list[str]:
    """Split a list of tags at commas and the like; up to ten Chinese tags may be separated by spaces."""
    tags = [tag.strip() for tag in re.split(r"[,，、;；|]", text)]
    if len(tags) == 1 and re.search(r"[\u4e00-\u9fff]", text):
        tags = text.split()
        tags = tags if len(tags) <= 10 else []
    return [tag for tag in tags if tag]


def _canonical(document: Document, site: Site | None) -> str:
    """Return the canonical URL by the site's rules, else by `<link rel=canonical>`, the `Link` header and og:url."""
    url = document.page.url
    for pattern, replacement in site.canonical if site else ():
        changed, count = re.subn(pattern, replacement, url)
        if count:
            return canonicalise(changed)
    related = [link for link in document.with_rel if link.tag == "link"]
    links = [link for link in related if "canonical" in link.get("rel", "").lower().split()]
    # A browser ignores one in the body; a page whose head ended too early has all of its links there.
    links = [link for link in links if link.getparent().tag == "head"] or links
    stated = [document.absolute(link.get("href") or "") for link in links]
    return canonical_of(url, [*stated, *canonical_links(document.page.headers)], document.meta("og:url"))
