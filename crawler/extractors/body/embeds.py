"""Players and posts of other sites inside a body: players become links, posts stay as quotations.

Neither goes into the article's plain text: of five corpora with expected texts, four leave embedded posts out.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.document import Document
from crawler.extractors.sanitise import is_public, is_safe_url

# fmt: off
HOSTS = (
    "acast.com", "archive.org", "bandcamp.com", "bilibili.com", "bsky.app", "dailymotion.com", "datawrapper.de",
    "documentcloud.org", "facebook.com", "flourish.studio", "infogram.com", "instagram.com", "iqiyi.com",
    "jwplatform.com", "mixcloud.com", "nicovideo.jp", "podbean.com", "qq.com", "reddit.com", "rutube.ru",
    "soundcloud.com", "spotify.com", "t.me", "threads.net", "tiktok.com", "twitch.tv", "twitter.com", "v.qq.com",
    "vimeo.com", "vk.com", "weibo.com", "x.com", "youku.com", "youtu.be", "youtube-nocookie.com", "youtube.com",
)
# fmt: on
"""Hosts whose frames are media of the article; other frames are advertisements, forms or counters."""

_POST = re.compile(
    r"\b(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|fb-post|fb-video|reddit-(?:card|embed-bq)|bluesky-embed|"
    r"mastodon-embed|text-post-media|telegram-post)\b"
)
_SOURCES = ("src", "data-src", "data-lazy-src", "data-url", "data-litespeed-src")


def link(container: HtmlElement, document: Document) -> set[HtmlElement]:
    """Put a link before each player; return the new elements."""
    made: set[HtmlElement] = set()
    for element in list(container.iter("iframe", "video", "audio", "embed")):
        url = _address(element, document)
        if url and element.getparent() is not None:
            paragraph = etree.SubElement(container, "p", {"class": "embedded-media"})
            anchor = etree.SubElement(paragraph, "a", {"href": url})
            anchor.text = url
            element.addprevious(paragraph)
            made.add(paragraph)
    return made


def posts(container: HtmlElement) -> set[HtmlElement]:
    """Find the quotations that a platform's script would show as posts."""
    return {quote for quote in container.iter("blockquote") if _POST.search(quote.get("class") or "")}


def _address(element: HtmlElement, document: Document) -> str:
    """Return the URL of a player's medium; empty when it has none or its host is unknown."""
    sources = [value for name in _SOURCES if (value := element.get(name))]
    if element.tag in ("video", "audio"):
        sources += [source.get("src") or "" for source in element.iter("source")]
    for source in sources:
        url = document.absolute(source)
        if not url or not is_safe_url(url) or not is_public(url):
            continue
        host = urlsplit(url).hostname or ""
        if element.tag in ("video", "audio") or any(host == known or host.endswith(f".{known}") for known in HOSTS):
            return _watchable(url)
    return ""


def _watchable(url: str) -> str:
    """Turn the URL of a player into that of the video's page."""
    parts = urlsplit(url)
    video = re.fullmatch(r"/embed/([\w-]{6,})", parts.path)
    if video and (parts.hostname or "").removeprefix("www.") in ("youtube.com", "youtube-nocookie.com"):
        return f"https://www.youtube.com/watch?v={video.group(1)}"
    if parts.hostname == "player.bilibili.com" and (bvid := parse_qs(parts.query).get("bvid")):
        return f"https://www.bilibili.com/video/{bvid[0]}"
    return url
