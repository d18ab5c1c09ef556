"""Page → Post: the steps of extraction in their order, the same for every site.

A page that redirects or is not an article raises an error.
"""

from __future__ import annotations

import re
from dataclasses import asdict

from crawler.errors import Elsewhere, NotAnArticle
from crawler.extractors import body, linked_pages, metadata, pagination, redirections, refusals, style_sheets
from crawler.extractors.body import Body
from crawler.extractors.document import Document, parse
from crawler.extractors.dom import has_content, stated
from crawler.extractors.images import lead_image
from crawler.extractors.metadata import Metadata
from crawler.extractors.refusals import Candidate
from crawler.extractors.sites import Site
from crawler.extractors.version import VERSION
from crawler.items import Page, Post, Source


def read(page: Page, source: Source | None, site: Site | None) -> Post:
    """Turn a page into a post; raise the errors of `extract`."""
    redirections.before(page)
    refusals.before(page)
    document = parse(page)
    _follow_jump(document, site)
    redirections.of_page(document)
    documents = pagination.documents(document, site)
    facts = metadata.read(document, source, site)

    def read_body(part: Document) -> Body:
        return body.read(part, site, facts.title, facts.headline, facts.authors)

    headed = facts.headline is not None and facts.published is not None and not facts.relative_date

    def judge(part: Document, found: Body) -> None:
        images = len(found.images)
        refusals.after(Candidate(part, facts.title, found.text, found.html, images, facts.language, headed))

    article = body.joined([read_body(part) for part in documents])
    redirections.after(document, facts.title, article.text)
    redirections.withdrawn(document, source, site, facts.headline)
    judge(document, article)
    if site is None or not site.parts:
        linked_pages.check_first(document)
        following = site.own.next if site else ()
        article = body.joined(linked_pages.bodies(document, facts.title, article, read_body, judge, following))
    return _post(document, facts, article, _unmatched(document, site))


def _follow_jump(document: Document, site: Site | None) -> None:
    """Raise Elsewhere when a script of the page redirects to the article's real URL."""
    if site is None or not site.jump:
        return
    for script in document.tree.iter("script"):
        match = re.search(site.jump, script.text or "")
        if match:
            url = document.absolute(match.group(1))
            if not url:
                raise NotAnArticle("layout", f"{site.name}: the jump leads to {match.group(1)[:200]!r}, no http(s) URL")
            raise Elsewhere(url)


def _unmatched(document: Document, site: Site | None) -> tuple[str, ...]:
    """Name the keys of the source's `article` whose selectors find nothing."""
    wanted: dict[str, tuple[str, ...]] = asdict(site.own) if site else {}

    def found(selectors: tuple[str, ...]) -> bool:
        elements = (element for selector in selectors for element in document.tree.cssselect(selector))
        return any(stated(element) or element.get("datetime") or has_content(element) for element in elements)

    return tuple(key for key, selectors in wanted.items() if selectors and not found(selectors))


def _post(document: Document, facts: Metadata, article: Body, unmatched: tuple[str, ...]) -> Post:
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
        lead_image=lead_image.choose(document, facts.lead_image, article.images),
        images=article.images,
        body_html=article.html,
        text=article.text,
        extractor=VERSION,
        unmatched=unmatched,
        relative_date=facts.relative_date,
        style_sheets=style_sheets.named(document),
    )
