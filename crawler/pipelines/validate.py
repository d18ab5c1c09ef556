"""A post that nobody could read or find is none: it needs a headline, a text, and a URL that the source allows."""

from __future__ import annotations

from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from archive import Redactor
from crawler.run.article import Article
from crawler.run.job import worker_of
from crawler.urls.allowed import allowed


class ValidatePipeline:
    """Article in, the same Article out, or dropped with its reason told to the frontier and the run."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        spider = worker_of(self._crawler)
        flaw = _flaw(item) or _gives_away(item, spider.job.redactor)
        if flaw is None:
            return item
        reason, detail = flaw
        spider.settle(item.visit, "not-an-article", reason, f"{item.page.url}: not an article: {reason} ({detail})")
        raise DropItem(f"{item.page.url}: {reason}", log_level="DEBUG")


def _flaw(article: Article) -> tuple[str, str] | None:
    post, source = article.post, article.source
    if not post.title.strip():
        return "untitled", "no headline was found"
    if not post.text.strip() and not post.images:
        return "empty", "neither text nor image in the body"
    if article.visit.via and not allowed(post.canonical_url, source):  # what the operator named needs no leave
        return "outside", f"{post.canonical_url} is not allowed by source {source.name}"
    return None


def _gives_away(article: Article, redactor: Redactor) -> tuple[str, str] | None:
    """A page that was fetched with a cookie or token may show it, and a post is public (THREATS C3)."""
    post = article.post
    lead = (post.lead_image,) if post.lead_image else ()
    shown = [post.url, post.canonical_url, post.title, post.site, post.section, post.body_html, post.text]
    shown += [*post.authors, *post.categories, *post.tags]
    shown += [text for image in (*lead, *post.images) for text in (image.url, image.caption, image.credit)]
    if redactor.found_in("\n".join(shown).encode("utf-8", "surrogatepass")):
        return "secret", "one of the configured secrets stands in it"
    return None
