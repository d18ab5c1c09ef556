"""Post + Conversion → the text of the post file. The pipeline, `rebuild` and provenance all come through here, so
that a post derived again is the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from crawler.clock import rfc3339
from crawler.items import Post
from crawler.posts.conversion import Conversion
from crawler.posts.frontmatter import render

MEDIA_URL = "/media/"
"""Where a site serves the data folder's media/ from."""

Extra = str | tuple[str, ...]
EXTRA: Mapping[str, Callable[[Post, Conversion, str], Extra]] = {
    "source": lambda post, conversion, digest: conversion.source,
    "warc_record_id": lambda post, conversion, digest: conversion.pages[0],
    "payload_digest": lambda post, conversion, digest: digest,
    "updated": lambda post, conversion, digest: rfc3339(post.updated) if post.updated else "",
    "tags": lambda post, conversion, digest: post.tags,
}
"""The keys that `[posts] extra` may name; `digest` is the payload digest of the article's first page."""


def text_of(post: Post, conversion: Conversion, digest: str) -> str:
    """The post file's text."""
    if post.published is None:
        post = replace(post, published=conversion.dated)
    copies = {image.url: MEDIA_URL + image.media for image in conversion.images if image.media}
    extra = {name: EXTRA[name](post, conversion, digest) for name in conversion.extra}
    return render(post, images=copies if conversion.local else {}, extra=extra, dialect=conversion.dialect)
