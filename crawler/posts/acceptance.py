"""Decide whether an extracted post is accepted: a title, a body, an allowed URL, no secret. Pure."""

from __future__ import annotations

from archive import Redactor
from crawler.errors import NotAnArticle
from crawler.items import Post, Source
from crawler.urls.allowed import allowed, denied
from crawler.urls.canonical import canonicalise


def check(post: Post, source: Source, redactor: Redactor, *, configured: bool = False) -> None:
    """Raise NotAnArticle for a post that lacks a title, a body, or an allowed URL, or contains a configured secret.

    `configured`: the operator named the article's URL, so `allow` and `deny` do not apply.
    """
    if not post.title.strip():
        raise NotAnArticle("untitled", "no headline was found")
    if not post.text.strip() and not post.images:
        raise NotAnArticle("empty", "neither text nor image in the body")
    if not configured and _is_outside(post, source):
        raise NotAnArticle("outside", f"{post.canonical_url} is not allowed by source {source.name}")
    # A page that was fetched with a cookie or token may show it, and posts are public.
    if redactor.found_in("\n".join(_texts(post)).encode("utf-8", "surrogatepass")):
        raise NotAnArticle("secret", "it contains a configured secret")


def _is_outside(post: Post, source: Source) -> bool:
    """Whether a post's canonical link is denied, or neither that nor its page's own URL is allowed.

    A link that `allow` lacks is not believed: with one link to `/blog/` on every page, all articles would be outside.
    """
    claim, own = post.canonical_url, canonicalise(post.url)
    return denied(claim, source) or not (allowed(claim, source) or allowed(own, source))


def _texts(post: Post) -> list[str]:
    """All text of a post that its file can show."""
    lead = (post.lead_image,) if post.lead_image else ()
    texts = [post.url, post.canonical_url, post.title, post.site, post.section, post.body_html, post.text]
    texts += [*post.authors, *post.categories, *post.tags]
    return texts + [text for image in (*lead, *post.images) for text in (image.url, image.caption, image.credit)]
