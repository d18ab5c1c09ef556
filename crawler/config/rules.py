"""Rules for the values of warcpress.toml beyond their types: a function per rule, and a table of where each holds.

A rule takes a value and its key, and returns what is wrong with the value, or None.
"""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
import zoneinfo
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import cssselect

from crawler.posts.names import check_pattern
from crawler.urls.host_names import with_ascii_host

Rule = Callable[[Any, str], str | None]

PATTERN_MARK = "re:"
"""Start of a section's `links` that is a regular expression instead of a CSS selector."""
PAGE_MARK = "{page}"
"""Placeholder in a section's `next` that is a URL template instead of a CSS selector."""
FOR_EVER = "*"
"""Mark of a wait of `look_again` that is repeated for ever."""
HOURS = {"m": 1 / 60, "h": 1, "d": 24, "w": 168}
MOST_CONCURRENT = 64
"""Most requests in flight per host."""
MOST_SHARDS = 9999
"""Most shards of a fleet."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `did you mean X?`, or the list of known words."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(known)


def url(value: str, _key: str) -> str | None:
    if re.search(r"[\x00-\x20\x7f]", value):
        return f"{value!r} has spaces or control characters in it"
    try:
        parts = urlsplit(with_ascii_host(value))
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"{value!r} is not a URL: {error}"
    if parts.scheme not in ("http", "https") or not host:
        return f"{value!r} is not a URL that starts with http:// or https:// and names a host"
    if "@" in parts.netloc:
        return "the URL has a user name or password in it; put them into headers, as Authorization = 'env:NAME'"
    return None


def webhook(value: str, key: str) -> str | None:
    """Judge a value that may be a secret, without quoting it."""
    return "should be a URL that starts with http:// or https://, or empty" if value and url(value, key) else None


def page_url(value: str, key: str) -> str | None:
    return url(value.replace(PAGE_MARK, "2"), key)


def proxy(value: str, _key: str) -> str | None:
    """Judge a value that may hold a password, without quoting it."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme == "http" and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        usable = False
    return None if usable else "should look like 'http://HOST:PORT'"


def expression(value: str, _key: str) -> str | None:
    try:
        re.compile(value)
    except re.error as error:
        return f"{value!r} is not a regular expression: {error}"
    return None


def selector(value: str, _key: str) -> str | None:
    from lxml import etree  # 0.02 s, which only a file with selectors pays

    try:
        etree.XPath(cssselect.HTMLTranslator().css_to_xpath(value))(etree.Element("html"))
    except (cssselect.SelectorError, SyntaxError, etree.XPathError) as error:
        return f"{value!r} is not a CSS selector: {error}"
    return None


def links(value: str, key: str) -> str | None:
    if not value:
        return "is empty: give a CSS selector of the article links, or 're:' and a pattern of their URLs"
    if value.startswith(PATTERN_MARK):
        return expression(value.removeprefix(PATTERN_MARK), key)
    return selector(value, key)


def next_page(value: str, key: str) -> str | None:
    if not value:
        return None
    return page_url(value, key) if PAGE_MARK in value else selector(value, key)


def zone(value: str, _key: str) -> str | None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        close = difflib.get_close_matches(value, known, n=1)
        return f"{value!r} is not a time zone" + (
            f"; did you mean {close[0]!r}?" if close else "; they look like 'Asia/Shanghai'"
        )
    return None


def network(value: str, _key: str) -> str | None:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        return f"{value!r} is not a network such as '127.0.0.0/8': {error}"
    return None


def port(value: int, _key: str) -> str | None:
    return None if 1 <= value <= 65535 else f"{value} is not a port (1–65535)"


_HOST_PORT = re.compile(r"(?P<host>\*|\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]*]+)(?::(?P<port>\d{1,5}))?")


def _host_and_port(text: str) -> tuple[str, bool]:
    """Return the host, and whether the text has the form HOST or HOST:PORT."""
    found = _HOST_PORT.fullmatch(text)
    if not found or (found["port"] and not 1 <= int(found["port"]) <= 65535):
        return "", False
    return found["host"], True


def resolved(value: str, key: str) -> str | None:
    if not _host_and_port(key)[1]:
        return f"{key!r} should be HOST or HOST:PORT (* = any host)"
    host, well_formed = _host_and_port(value)
    try:
        if not well_formed:
            raise ValueError(value)
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return f"{value!r} should be IP or IP:PORT, an IPv6 address in brackets"
    return None


def header(value: str, key: str) -> str | None:
    """Judge a value that may be a secret, without quoting it."""
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", key):
        return f"{key!r} is not a header name"
    if key.lower() in _OUR_HEADERS or key.lower().startswith("if-"):
        return f"{key} is set by warcpress itself"
    if not value or not re.fullmatch(r"[\x20-\x7e]*", value) or value != value.strip():
        return "its value should be printable ASCII without spaces around it"
    return None


_OUR_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "from", "host", "keep-alive", "proxy-authorization"}
    | {"proxy-connection", "range", "te", "trailer", "transfer-encoding", "upgrade"}
)


def source_name(value: str, _key: str) -> str | None:
    if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", value):
        return None
    return f"{value!r} should be 1 to 60 letters (A–Z), digits, '-' and '_': it is also the folder of its posts"


def word(value: str, _key: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", value) else f"{value!r} should be letters, digits, '-', '_'"


def line(value: str, _key: str) -> str | None:
    return None if value.isprintable() else f"{value!r} has control characters in it"


def text(value: str, key: str) -> str | None:
    return line(value, key) if value.strip() else "is empty"


def agent(value: str, _key: str) -> str | None:
    if value.strip() and value.isascii() and value.isprintable():
        return None
    return f"{value!r} should be printable ASCII that says who asks, e.g. 'name (+https://example.org/bot)'"


def extension(value: str, _key: str) -> str | None:
    return (
        None if re.fullmatch(r"[A-Za-z0-9]{1,10}", value) else f"{value!r} should be letters and digits, without a dot"
    )


def post_pattern(value: str, _key: str) -> str | None:
    if not value:
        return None
    try:
        check_pattern(value)
    except ValueError as error:
        return str(error)
    return None


def folder_below(value: str, key: str) -> str | None:
    parts = value.split("/")
    if value and ("\\" in value or any(part in ("", ".", "..") for part in parts)):
        return f"{value!r} should be the path of a folder below the site, such as 'content/posts'"
    return line(value, key)


def not_negative(value: float, _key: str) -> str | None:
    return None if math.isfinite(value) and value >= 0 else f"{value} should be 0 or more"


def positive(value: float, _key: str) -> str | None:
    return None if math.isfinite(value) and value > 0 else f"{value} should be more than 0"


def wait(value: str, _key: str) -> str | None:
    """Judge one wait of `look_again`; a star says that the last one is repeated for ever."""
    if not re.fullmatch(r"\d{1,5}(?:\.\d{1,5})?[mhdw]\*?", value):
        return f"{value!r} is not a wait such as '6h', '1d' or '30d*'"
    return f"{value!r} is too short: the shortest wait is '1h'" if _hours(value) < 1 else None


def ladder(waits: tuple[str, ...]) -> tuple[int, str] | None:
    """Judge the order of `look_again`; return the place and the text of its first fault."""
    for place, (one, following) in enumerate(pairwise(waits)):
        if one.endswith(FOR_EVER):
            return place, f"{one!r}: only the last wait can have a '{FOR_EVER}'"
        if _hours(following) <= _hours(one):
            return place + 1, f"{following!r} is not longer than {one!r}, the wait before it"
    return None


def _hours(value: str) -> float:
    number = value.removesuffix(FOR_EVER)
    return float(number[:-1]) * HOURS[number[-1]]


def at_once(value: int, _key: str) -> str | None:
    return None if 1 <= value <= MOST_CONCURRENT else f"{value} should be 1 to {MOST_CONCURRENT}"


def shards(value: int, _key: str) -> str | None:
    return None if 0 <= value <= MOST_SHARDS else f"{value} should be 0 (no fleet) to {MOST_SHARDS}"


def rollover(value: int, _key: str) -> str | None:
    return None if value >= 2**20 else f"{value} should be at least {2**20} (1 MiB)"


def store(value: str, _key: str) -> str | None:
    """Judge the place of a store, without quoting it: it may hold a password that does not belong there."""
    if not value or re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#@%\\]*)?|file:///[^\s?#]+", value):
        return None
    return "should be s3://BUCKET/PREFIX or file:///FOLDER, without keys, or empty"


RULES: dict[str, Rule] = {
    "archive.operator": line,
    "archive.prefix": word,
    "archive.rollover_bytes": rollover,
    "archive.signing_key": line,
    "archive.timestamp_roots.*": text,
    "archive.timestamp_url": webhook,
    "archive.trusted_keys.*": text,
    "crawl.allow_ports.*": port,
    "crawl.allow_private.*": network,
    "crawl.concurrency": at_once,
    "crawl.contact": line,
    "crawl.data": text,
    "crawl.delay": not_negative,
    "crawl.proxy": proxy,
    "crawl.resolve.*": resolved,
    "crawl.user_agent": agent,
    "fleet.shards": shards,
    "limits.redirects": not_negative,
    "limits.retries": not_negative,
    "limits.article_images": not_negative,
    "limits.article_styles": not_negative,
    "limits.article_parts": not_negative,
    "limits.*": positive,
    "metrics.textfile": line,
    "notify.failure_url": webhook,
    "notify.start_url": webhook,
    "notify.success_url": webhook,
    "notify.url": webhook,
    "posts.extension": extension,
    "posts.folder": text,
    "posts.pattern": post_pattern,
    "publish.folder": folder_below,
    "publish.site": line,
    "remote.endpoint": webhook,
    "remote.keep_local": not_negative,
    "remote.region": line,
    "remote.url": store,
    "source.*.allow.*": expression,
    "source.*.article.author.*": selector,
    "source.*.article.body.*": selector,
    "source.*.article.date.*": selector,
    "source.*.article.next.*": selector,
    "source.*.article.remove.*": selector,
    "source.*.article.title.*": selector,
    "source.*.categories.*": text,
    "source.*.concurrency": at_once,
    "source.*.delay": not_negative,
    "source.*.deny.*": expression,
    "source.*.every": not_negative,
    "source.*.feeds.*": url,
    "source.*.headers.*": header,
    "source.*.listings.*.items": line,
    "source.*.listings.*.link": line,
    "source.*.listings.*.url": url,
    "source.*.look_again.*": wait,
    "source.*.name": source_name,
    "source.*.section": line,
    "source.*.sections.*.links": links,
    "source.*.sections.*.max_pages": positive,
    "source.*.sections.*.next": next_page,
    "source.*.sections.*.section": line,
    "source.*.sections.*.url": url,
    "source.*.site": line,
    "source.*.sitemaps.*": url,
    "source.*.timezone": zone,
    "source.*.urls.*": url,
}
"""Path of a value → its rule; `*` stands for array positions and for keys without a rule of their own."""
