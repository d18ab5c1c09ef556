"""A URL or the path of a post → the article we hold of it."""

from __future__ import annotations

from pathlib import Path

from archive import target_uri
from crawler.canonical import canonicalise
from crawler.catalogue import Catalogue, Version
from crawler.errors import UnknownUrl
from crawler.layout import Layout


def versions_of(name: str, catalogue: Catalogue, layout: Layout) -> list[Version]:
    """All versions, the oldest first. `name`: any URL that the article was fetched under, or the post's file as a path
    from here or below the posts folder. UnknownUrl when nothing is held."""
    article = _of_url(name, catalogue) if "://" in name else _of_path(name, catalogue, layout)
    if article is None:
        raise UnknownUrl(f"{name}: nothing is held of it; `warcpress list` shows what is")
    return catalogue.versions(article)


def _of_url(url: str, catalogue: Catalogue) -> str | None:
    for form in dict.fromkeys((url, canonicalise(url), target_uri(url))):
        if article := catalogue.article_of(form):
            return article
    return None


def _of_path(name: str, catalogue: Catalogue, layout: Layout) -> str | None:
    try:
        relative = Path(name).resolve().relative_to(layout.posts.resolve())
    except ValueError:
        return catalogue.article_at(name)
    return catalogue.article_at(relative.as_posix()) or catalogue.article_at(name)
