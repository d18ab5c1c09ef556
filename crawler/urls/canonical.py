"""One article, one URL: its canonical form, and which of a page's canonical links to believe. Pure.

The frontier, the fetching and the extractors compare URLs in this form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from crawler.urls.escapes import one_spelling
from crawler.urls.tracking import tracks

DEFAULT_PORTS = {"http": 80, "https": 443}

_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)

TWIN_LABELS = frozenset({"www", "m", "mobile", "wap", "amp", "touch", "3g", "h5", "i", "edition"})
"""First labels of a host under which a site serves the same article in other forms."""
SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "go", "gov", "gob", "ne", "net", "nom", "or", "org", "re"})
"""Labels under which countries register names: `bbc.co.uk`, `people.com.cn`."""
# fmt: off
SHARED = frozenset({
    "beehiiv.com", "blogspot.com", "fc2.com", "ghost.io", "github.io", "gitlab.io", "hatenablog.com", "hatenablog.jp",
    "herokuapp.com", "livejournal.com", "medium.com", "neocities.org", "netlify.app", "over-blog.com", "pages.dev",
    "substack.com", "tistory.com", "tumblr.com", "typepad.com", "vercel.app", "web.app", "weebly.com", "wixsite.com",
    "wordpress.com",
})
# fmt: on
"""Domains where each host belongs to another publisher: the best known of the public suffix list's private section."""


def canonicalise(url: str) -> str:
    """Return the canonical form of a URL; applied twice, it changes nothing.

    Removed: fragment, tracking parameters, session ids, credentials, default port. Scheme and host in lower case, the
    path without dot segments, escapes in one spelling (RFC 3986, 6.2.2), the other parameters in their order. URLs of
    other schemes, and those that cannot be parsed, only lose their fragment.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.partition("#")[0]
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return url.partition("#")[0]
    host = _ascii_host(host)
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    # Escapes first: `%75tm_source`, `;%6Asessionid=` and `%2E%2E` are the names and dots that they spell.
    path = _without_dots(_SESSION_IN_PATH.sub("", _escaped(parts.path))) or "/"
    pairs = map(_escaped, parts.query.split("&"))
    query = "&".join(pair for pair in pairs if pair and not tracks(pair.partition("=")[0]))
    return urlunsplit((scheme, netloc, path, query, ""))


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port; for a URL that cannot be parsed, an origin that equals no other."""
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        return scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(scheme, 0)
    except ValueError:
        return "", url, 0  # the address guard refuses it


def same_site(one: str, other: str) -> bool:
    """Whether two absolute URLs belong to one publisher, judged by their host names."""
    return _site(one) == _site(other) != ""


def canonical_of(url: str, links: Iterable[str]) -> str:
    """Return the identity of the page at `url`: its first credible canonical link, else its own URL; canonicalised.

    `links` come in order of preference and may be relative. A credible link leads to the same site, and not to a home
    page unless the page is one: where a site puts one canonical link on every page, all its articles would be one.
    """
    own = canonicalise(url)
    for link in links:
        link = link.strip()
        if not link:
            continue
        try:
            there = canonicalise(urljoin(url, link))
            parts = urlsplit(there)
        except ValueError:
            continue
        if parts.scheme not in DEFAULT_PORTS or not same_site(own, there):
            continue
        if parts.path in ("", "/") and not parts.query and urlsplit(own).path != "/":
            continue
        return there
    return own


def _ascii_host(host: str) -> str:
    host = host.lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return quote(host, safe="")


def _without_dots(path: str) -> str:
    """Remove dot segments (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
            if last:
                kept.append("")
        elif segment == ".":
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return "/".join(kept)


def _escaped(text: str) -> str:
    """Give a path or parameter one spelling, and escape what a URL may not contain."""
    text = _LONE_PERCENT.sub("%25", one_spelling(text))
    return quote(text, safe="!#$%&'()*+,/:;=?@[]~-._|", errors="replace")


def _site(url: str) -> str:
    """Guess the registrable domain of a URL's host; the public suffix list would go out of date in our files."""
    try:
        host = _ascii_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""
    labels = host.split(".")
    if len(labels) > 2 and labels[0] in TWIN_LABELS:
        labels = labels[1:]
    if all(label.isdigit() for label in labels) or ":" in host:
        return host
    registered = ".".join(labels[-2:])
    below = registered in SHARED or (len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL)
    return ".".join(labels[-3:]) if below else registered
