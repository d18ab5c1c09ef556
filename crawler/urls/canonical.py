"""One article, one URL: its canonical form, and which of a page's canonical links to believe. Pure.

The frontier, the fetching and the extractors compare URLs in this form. What a canonical link is worth once other
articles are known is decided later, in posts/versions.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import quote, unquote_plus, urljoin, urlsplit, urlunsplit

from crawler.urls.escapes import one_spelling
from crawler.urls.host_names import askable, host_of
from crawler.urls.tracking import tracks

DEFAULT_PORTS = {"http": 80, "https": 443}

LONGEST_URL = 8_000
"""Characters of a URL in a page that is asked for or stored (RFC 9110, 4.1). The address guard refuses those above
8,192, which an escaped one may have."""

_REMEMBERED = 2048
"""Characters of the longest URL whose canonical form is remembered: a page may link to one of 1 MB."""
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_UNFILLED = re.compile(
    r"%7B|%7D|%3C|%3E|://[^/]*/[^?]*[\[\]]|"
    r"[/=](?:undefined|null|nan|none|nil|false)(?=[/?&]|\.\w{1,5}(?:\?|$)|$)",
    re.IGNORECASE,
)
"""A placeholder that a template left (`{{ url }}`, `<%= url %>`, `${url}`), or a value that it did not have."""
_HOME = re.compile(r"/*(?:[a-z]{2}(?:[-_][a-z]{2})?/*)?(?:(?:index|default|home)(?:\.\w{2,5})?)?/*", re.IGNORECASE)
"""Path of a home page, also of one language: `/`, `/index.html`, `/de/`."""
_EXTENSION = re.compile(r"\.[a-z][a-z0-9]{1,5}$", re.IGNORECASE)
_FORM = r"(?:amp|comments?|druck\w*|imprim\w*|m|mobil\w*|plain|print\w*|stampa|wap)"
_FORM_NAME = re.compile(rf"{_FORM}|default|home|index")
_FORM_AT_END = re.compile(rf"(?<=.)[-_.,]{_FORM}$")
"""Names and ends of names in a path that tell the form of a page, not the article."""
_NUMBER = re.compile(r"\d|[^&]{13}")
"""In the value of a parameter that may name an article."""
_PAGE_WORD = r"(?:page|paged|pageno|pagenum|pg|p|part|seite|pagina|sida|strona|stranica|sayfa)"
_PAGE_PARAMETER = re.compile(rf"{_PAGE_WORD}=(?:[2-9]|[1-9]\d)", re.IGNORECASE)
_FIRST_PAGE = re.compile(rf"/{_PAGE_WORD}[/_=-]?1/*$")
_PAGE_IN_PATH = re.compile(rf"(?:[/_.,-]+{_PAGE_WORD}[/_=-]?|[/_-])(?:[2-9]|[1-9]\d)", re.IGNORECASE)
_LINK = re.compile(r"""<([^<>]*)>((?:\s*;\s*[^\s=;,"]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)""")
_PARAMETER = re.compile(r""";\s*([^\s=;,"]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?""")
_LONGEST_LINKS = 20_000
"""How many characters of a `Link` field are read."""
_IANA = "http://www.iana.org/assignments/relation/"
"""What makes an IRI of a registered relation (RFC 4287, 4.2.7.2)."""

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
    return (_canonical if len(url) <= _REMEMBERED else _canonical.__wrapped__)(url)


@lru_cache(maxsize=1024)  # a run asks 15 times a page, for four URLs: 0.3 of 12 ms in all (2026-11)
def _canonical(url: str) -> str:
    url = url.strip()
    try:
        parts = urlsplit(askable(url))
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.partition("#")[0]
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return url.partition("#")[0]
    host = host.rstrip(".")
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
        parts = urlsplit(askable(url))
        scheme = parts.scheme.lower()
        return scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(scheme, 0)
    except ValueError:
        return "", url, 0  # the address guard refuses it


def same_site(one: str, other: str) -> bool:
    """Whether two absolute URLs belong to one publisher, judged by their host names."""
    return site_of(one) == site_of(other) != ""


def canonical_of(url: str, links: Iterable[str], open_graph: str = "") -> str:
    """Return the URL that the page at `url` claims: that of its canonical links, else its own; canonicalised.

    `links` may be relative. A credible one leads to the same site, is filled in, and does not lead to a home page
    unless the page is one. Several that lead to different pages are all ignored, as search engines do. `open_graph`
    (og:url) counts where there is no credible link.
    """
    own = canonicalise(url)
    claims = _credible(url, links) or _credible(url, [open_graph])
    return claims[0] if len({_without_scheme(claim) for claim in claims}) == 1 else own


def canonical_links(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the targets of the `Link` fields (RFC 8288) whose relation is `canonical` (RFC 6596), as written.

    They are relative to the URL of the page, not to its `<base>` (RFC 8288, 3.1). Only the first `rel` of a link counts
    (3.3). One with an `anchor` is about another page (3.2).
    """
    for name, value in headers:
        if name.strip().lower() != "link":
            continue
        for target, written in _LINK.findall(value[:_LONGEST_LINKS]):
            parameters: dict[str, str] = {}
            for parameter, quoted, token in _PARAMETER.findall(written):
                content = re.sub(r"\\(.)", r"\1", quoted) if quoted else token
                parameters.setdefault(parameter.lower(), content)
            relations = parameters.get("rel", "").lower().split()
            if "anchor" not in parameters and not {"canonical", _IANA + "canonical"}.isdisjoint(relations):
                yield target.strip().encode("latin-1", "replace").decode("utf-8", "replace")


def may_be_variants(one: str, other: str) -> bool:
    """Whether two URLs can lead to one page: they are of one site, and their paths end with one name.

    They may differ in scheme, `www.`, folders, slashes, extension, case, the spelling of a name (`a+b`, `a%20b`), a
    mark such as `amp`, `print` or `page/1`, and in parameters, but not in the number or long value of one that both
    have (`?id=1`, `?id=2`).
    """
    if not same_site(one, other):
        return False
    here, there = (
        dict(pair.partition("=")[::2] for pair in urlsplit(url).query.split("&") if pair) for url in (one, other)
    )
    shared = here.keys() & there.keys()
    if any(_NUMBER.search(here[name] + "&" + there[name]) for name in shared if here[name] != there[name]):
        return False
    names = {_last_name(one), _last_name(other)}
    return len(names) == 1 or ("" in names and bool(shared))  # `/print.php?id=5`


def variants(url: str) -> list[str]:
    """Return the other usual spellings of a canonical URL: without parameters, with and without `www.` and a slash."""
    parts = urlsplit(url)
    bare = parts.netloc.removeprefix("www.")
    path = parts.path.rstrip("/")
    spellings = [
        urlunsplit((scheme, host, spelling, query, ""))
        for query in dict.fromkeys((parts.query, ""))
        for scheme in ("https", "http")
        for host in (bare, "www." + bare)
        for spelling in ((path, path + "/") if path else ("/",))
    ]
    return [spelling for spelling in spellings if spelling != url]


def is_further_page(url: str, first: str) -> bool:
    """Whether `url` is a further page (2, 3, …) of the article at `first`, judged by the two URLs."""
    one, other = urlsplit(url), urlsplit(first)
    if one.netloc != other.netloc:
        return False
    if one.path == other.path:
        added = set(one.query.split("&")) - set(other.query.split("&"))
        return len(added) == 1 and _PAGE_PARAMETER.fullmatch(added.pop()) is not None
    stem, rest = _stem(other.path), _stem(one.path)
    return one.query == other.query and rest.startswith(stem) and _PAGE_IN_PATH.fullmatch(rest[len(stem) :]) is not None


def _credible(url: str, links: Iterable[str]) -> list[str]:
    """Return the canonicalised links that can be canonical links of the page at `url`."""
    own, found = canonicalise(url), []
    for link in links:
        link = link.strip()
        if not link:
            continue
        try:
            there = canonicalise(urljoin(url, link))
            parts = urlsplit(there)
        except ValueError:
            continue
        if parts.scheme not in DEFAULT_PORTS or not same_site(own, there) or _UNFILLED.search(there):
            continue
        if _HOME.fullmatch(parts.path) and not parts.query and not _HOME.fullmatch(urlsplit(own).path):
            continue
        found.append(there)
    return found


def _last_name(url: str) -> str:
    """The last name in a URL's path, without extension and marks of its form; empty for a home page."""
    path = _FIRST_PAGE.sub("", urlsplit(url).path.lower())
    names = (_FORM_AT_END.sub("", _stem(name.partition(";")[0])) for name in reversed(path.split("/")))
    name = next((name for name in names if name and not _FORM_NAME.fullmatch(name)), "")
    return normalize("NFC", unquote_plus(name)).strip(" .")


def _stem(path: str) -> str:
    """A path without its extension and the slash at its end."""
    return _EXTENSION.sub("", path.rstrip("/"))


def _without_scheme(url: str) -> str:
    return url.partition("://")[2]


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


def site_of(url: str) -> str:
    """Guess the registrable domain of a URL's host; the public suffix list would go out of date in our files."""
    host = host_of(url).rstrip(".")
    labels = host.split(".")
    if len(labels) > 2 and labels[0] in TWIN_LABELS:
        labels = labels[1:]
    if all(label.isdigit() for label in labels) or ":" in host:
        return host
    registered = ".".join(labels[-2:])
    below = registered in SHARED or (len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL)
    return ".".join(labels[-3:]) if below else registered
