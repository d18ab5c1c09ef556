"""Page → Post: the order in which a page is read, the same for every site.

What leads elsewhere and what is no article is told first; then metadata, body and pictures are put together.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.errors import Elsewhere, NotAnArticle
from crawler.extractors import body, metadata, parts, refusals
from crawler.extractors.body import Body
from crawler.extractors.document import Document, parse
from crawler.extractors.images import pictures
from crawler.extractors.metadata import Metadata
from crawler.extractors.sites import Site
from crawler.extractors.version import VERSION
from crawler.items import Image, Page, Post, Source


def read(page: Page, source: Source | None, site: Site | None) -> Post:
    """The post of a page. Raises the errors of `extract`."""
    refusals.before(page)
    document = parse(page)
    _follow(document, site)
    holders = parts.further(document, site)
    facts = metadata.read(document, source, site)
    article = body.joined([body.read(holder, site, facts.title, facts.headline, facts.authors) for holder in holders])
    refusals.after(document, facts.title, article.text, article.html, len(article.images))
    return _post(document, facts, article)


def _follow(document: Document, site: Site | None) -> None:
    """Raises Elsewhere when a script of the page jumps to where the article is."""
    if site is None or not site.jump:
        return
    for script in document.tree.iter("script"):
        match = re.search(site.jump, script.text or "")
        if match:
            url = document.absolute(match.group(1))
            if not url:
                raise NotAnArticle("layout", f"{site.name}: the jump leads to {match.group(1)[:200]!r}, no http(s) URL")
            raise Elsewhere(url)


def _post(document: Document, facts: Metadata, article: Body) -> Post:
    return Post(
        url=document.page.url,
        canonical_url=facts.canonical_url,
        title=facts.title,
        authors=facts.authors,
        site=facts.site,
        section=facts.section,
        categories=facts.categories,
        tags=facts.tags,
        language=facts.language,
        published=facts.published,
        published_text=facts.published_text,
        updated=facts.updated,
        lead_image=_lead(document, facts.lead_image, article.images),
        images=article.images,
        body_html=article.html,
        text=article.text,
        extractor=VERSION,
    )


def _lead(document: Document, named: Image | None, shown: tuple[Image, ...]) -> Image | None:
    """The picture that the metadata names, as the body shows it where it does; else the body's first."""
    url = pictures.usable_url(named.url, document) if named is not None else ""
    if named is None or not url:
        return shown[0] if shown else None
    return next((image for image in shown if image.url == url), replace(named, url=url))
