"""Tell pages that stand where an article is not: redirect stubs, and front pages that answer for a withdrawn article.

A stub only says where the article is: `<meta http-equiv=refresh>`, a `Refresh` header, a sentence with one link, or one
line of JavaScript. It raises Elsewhere; a page that holds an article of its own stays one, whatever it refreshes to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urlsplit

from lxml.html import HtmlElement

from crawler.errors import Elsewhere, NotAnArticle
from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document
from crawler.extractors.dom import texts_in
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.page_numbers import page_number
from crawler.extractors.refusals.candidate import HEADLINE, LONG, SHORT, calls_itself_article, page_text
from crawler.extractors.sites import Site, is_article
from crawler.items import Page, Source
from crawler.urls.canonical import TWIN_LABELS, canonicalise, same_site
from crawler.urls.resolving import absolute

PATIENCE = 30.0
"""Longest delay in seconds of a refresh that leads on; news pages that reload or go home do so after minutes."""
AT_ONCE = 1.0
"""Longest delay in seconds of a refresh that no reader waits for."""
MOST_SCRIPT = 3000
"""Most characters of inline scripts on a page that is nothing but a redirect by JavaScript."""
FEW_TEASERS = 3
"""Fewest linked headlines that make the page above an article's a list of others."""

# HTML, "shared declarative refresh steps" (4.2.5.3): seconds, then `;`, `,` or a space, then the URL, with or without
# `url=` and quotes.
_REFRESH = re.compile(
    r"""\s*(?:(?P<seconds>\d+)[\d.]*|\.[\d.]*)(?:\s*[;,]\s*|\s+|$)(?:url\s*=\s*)?(?P<quote>["']?)(?P<url>.*)""",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_INERT = frozenset({"template", "textarea", "iframe", "noembed", "noframes", "xmp", "svg", "math", "object"})
"""Elements in which a browser heeds no `<meta>`."""

_LEADS_ON = re.compile(rf"(?:^|[.!?…。！]\s*)(?:{alternatives(merged().leads_on)})", re.IGNORECASE | re.MULTILINE)
_FRAME = frozenset({"header", "nav", "footer", "aside"})

_LOCATION = re.compile(
    r"""\blocation(?:\.href)?(?:\s*=(?!=)|\.(?:replace|assign)\s*\()\s*(?:\\?(?P<quote>["'`])(?P<url>.{1,2000}?)\\?(?P=quote)|(?P<name>[\w$]{1,60}))"""
)
_VARIABLE = r"""(?<![\w$.]){name}\s*=\s*(?P<quote>["'`])(?P<url>.{{1,2000}}?)(?P=quote)"""
_COMMENT = re.compile(r"^\s*//[^\n]*|/\*.*?\*/", re.MULTILINE | re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))")

_HOME = re.compile(r"(?:/(?:[a-z]{2}(?:[-_][a-z]{2})?|home(?:\.\w{2,5})?))?", re.IGNORECASE)
"""Path of a home page, as `_place` gives it: empty, or a language."""
_SLUG = re.compile(r"\d{3}|-[^-]+-|\.[a-z]{3,5}$", re.IGNORECASE)
"""Sign of an article in the last segment of a path: a number, several words or an extension."""


@dataclass(frozen=True)
class _Refresh:
    seconds: float
    url: str
    """Absolute, without fragment."""
    without_scripts: bool = False
    """Whether it is in `<noscript>`, so that most browsers ignore it."""


def before(page: Page) -> None:
    """Raise Elsewhere when a page without bytes has a `Refresh` header."""
    if not page.body.strip() and (refresh := _first(_in_headers(page))):
        raise Elsewhere(refresh.url)


def of_page(document: Document) -> None:
    """Raise Elsewhere when a page with hardly any text refreshes to another: it need not be extracted."""
    refresh = _leading_on(document)
    if refresh and not _holds_article(document, refresh, weigh(page_text(document))):
        raise Elsewhere(refresh.url)


def after(document: Document, title: str, text: str) -> None:
    """Raise Elsewhere when what was extracted from a page is no article, and the page leads to another.

    Raises NotAnArticle("redirect") when the page says that the article is elsewhere, but not where.
    """
    weight = weigh(text)
    refresh = _leading_on(document)
    if refresh and not _holds_article(document, refresh, weight):
        raise Elsewhere(refresh.url)
    if weight >= SHORT or calls_itself_article(document):
        return
    if url := _in_scripts(document):
        raise Elsewhere(url)
    heads = f"{title[:600]}\n{document.title_element[:600]}"
    if not _LEADS_ON.search(f"{heads}\n{text[:600] or page_text(document)[:600]}"):
        return
    if url := _only_link(document):
        raise Elsewhere(url)
    if _LEADS_ON.match(title) or _LEADS_ON.match(document.title_element):
        raise NotAnArticle("redirect", "the page says that the article is elsewhere, but not where")


# -- refreshes


def _leading_on(document: Document) -> _Refresh | None:
    """Return the refresh by which a page leads to another one."""
    found = [*_in_headers(document.page), *_in_markup(document)]
    return _first(refresh for refresh in found if not refresh.without_scripts) or _first(iter(found))


def _first(refreshes: Iterator[_Refresh]) -> _Refresh | None:
    return next((refresh for refresh in refreshes if refresh.seconds <= PATIENCE), None)


def _in_headers(page: Page) -> Iterator[_Refresh]:
    for name, value in page.headers:
        if name.lower() == "refresh" and (refresh := _parsed(value, page.url, page.url)):
            yield refresh


def _in_markup(document: Document) -> Iterator[_Refresh]:
    if "refresh" not in document.metas:
        return
    for meta in document.tree.iter("meta"):
        if (meta.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        above = {element.tag for element in meta.iterancestors()}
        refresh = _parsed(meta.get("content") or "", document.base_url, document.page.url)
        if refresh and not above & _INERT:
            yield _Refresh(refresh.seconds, refresh.url, "noscript" in above)


def _parsed(value: str, base: str, own: str) -> _Refresh | None:
    """Parse a refresh; None when it is malformed, or leads to the page itself or to no http(s) URL."""
    found = _REFRESH.match(value[:4000])
    if not found:
        return None
    written = found["url"].split(found["quote"])[0] if found["quote"] else found["url"]
    url = urldefrag(absolute(base, written)).url
    return _Refresh(float(found["seconds"] or 0), url) if url and url != urldefrag(own).url else None


def _holds_article(document: Document, refresh: _Refresh, weight: float) -> bool:
    """Tell whether a page with so much text is an article in spite of its refresh.

    A refresh to the same path (another query, for a cookie or a count) and one without scripts are often on articles.
    """
    named = calls_itself_article(document)
    here, there = urlsplit(document.page.url), urlsplit(refresh.url)
    if refresh.without_scripts or (here.hostname, here.path) == (there.hostname, there.path):
        return weight >= (SHORT / 4 if named else SHORT)
    if refresh.seconds > AT_ONCE:
        return weight >= (SHORT / 4 if named else LONG)
    return named and weight >= SHORT


# -- sentences and scripts


def _only_link(document: Document) -> str:
    """Return the one URL that a short page links to, apart from its frame, itself and the home page; else empty.

    Of several it is the one that the page's own URL names (`/leave?to=…`), else the only one on another site.
    """
    own = document.page.url
    urls: dict[str, None] = {}
    for link in document.tree.iter("a"):
        url = urldefrag(document.absolute(link.get("href") or "")).url
        framed = any(element.tag in _FRAME for element in link.iterancestors())
        if url and not framed and canonicalise(url) != canonicalise(own):
            urls[url] = None
    beside_home = [url for url in urls if urlsplit(url).path not in ("", "/") or not same_site(own, url)] or list(urls)
    named = [url for url in beside_home if url in unquote(urlsplit(own).query)]
    abroad = [url for url in beside_home if not same_site(own, url)]
    return next((few[0] for few in (beside_home, named, abroad) if len(few) == 1), "")


def _in_scripts(document: Document) -> str:
    """Return the one URL to which the scripts of an otherwise empty page go; empty when there is none."""
    bodies = [body.get("onload") or "" for body in document.tree.iter("body")]
    scripts = [script.text or "" for script in document.tree.iter("script") if _is_program(script)]
    code = _COMMENT.sub("", "\n".join([*bodies, *scripts])) if sum(map(len, scripts)) <= MOST_SCRIPT else ""
    if "location" not in code or weigh(page_text(document)) >= SHORT:
        return ""
    urls = {urldefrag(url).url for url in map(document.absolute, _locations(code)) if url}
    urls.discard(urldefrag(document.page.url).url)
    return urls.pop() if len(urls) == 1 else ""


def _is_program(script: HtmlElement) -> bool:
    return "json" not in (script.get("type") or "").lower()


def _locations(code: str) -> Iterator[str]:
    """Yield the URLs that a script sets as location, in quotes or in a variable."""
    for found in _LOCATION.finditer(code):
        text = found["url"]
        if found["name"]:
            variable = re.search(_VARIABLE.format(name=re.escape(found["name"])), code)
            text = variable["url"] if variable else ""
        url = _ESCAPE.sub(lambda part: chr(int(part[1] or part[2], 16)) if not part[3] else part[3], text or "")
        if re.search(r"[/?]|\.\w", url):
            yield url


# -- withdrawn articles


def withdrawn(document: Document, source: Source | None, site: Site | None, headline: HtmlElement | None) -> None:
    """Raise NotAnArticle("withdrawn") when an article's URL leads to a front page or section instead.

    Its lead story would pass for the article that was asked for.
    """
    page = document.page
    if not page.asked or (site is not None and site.article and is_article(site, page.url)):
        return
    asked, here = _place(page.asked), _place(page.url)
    if asked == here or _HOME.fullmatch(asked[1]) or page_number(page.url, page.asked):
        return
    if _is_home(document, asked, here) or _is_entry(page.url, source):
        where = "a front page or section"
    elif _leads_to_another(document, headline) or _is_above(document, asked, here):
        where = "a list of other articles"
    else:
        return
    raise NotAnArticle("withdrawn", f"{page.asked} leads to {where}: {page.url}")


def _place(url: str) -> tuple[str, str]:
    """Return the host without the label of a twin, and the path without an index file or a slash at its end."""
    parts = urlsplit(url)
    label, _, rest = (parts.hostname or "").partition(".")
    host = rest if label in TWIN_LABELS else (parts.hostname or "")
    return host, re.sub(r"/(?:(?:index|default)\.\w{2,5})?$", "", parts.path)


def _is_home(document: Document, asked: tuple[str, str], here: tuple[str, str]) -> bool:
    """Tell whether the page is a home page: always on the article's own host; elsewhere a story may be one."""
    if not _HOME.fullmatch(here[1]):
        return False
    own = asked[0] == here[0] and not urlsplit(canonicalise(document.page.url)).query
    return own or not calls_itself_article(document)


def _is_entry(url: str, source: Source | None) -> bool:
    entries = set(source.entries) - set(source.urls) if source is not None else set()
    return canonicalise(url) in map(canonicalise, entries)


def _leads_to_another(document: Document, headline: HtmlElement | None) -> bool:
    """Tell whether the headline is a link to another page, as that of a lead story is."""
    if headline is None:
        return False
    around = (link for link in headline.iterancestors("a"))
    link = next(headline.iter("a"), None) if headline.tag != "a" else headline
    link = link if link is not None else next(around, None)
    url = document.absolute(link.get("href") or "") if link is not None else ""
    return bool(url) and _place(url)[1].rpartition("/")[2] != _place(document.page.url)[1].rpartition("/")[2]


def _is_above(document: Document, asked: tuple[str, str], here: tuple[str, str]) -> bool:
    """Tell whether the page is a section: its path has plain words only, unlike the one that was asked for.

    A page that calls itself an article must also be above the one that was asked for.
    """
    last, segments = asked[1].rpartition("/")[2], here[1].strip("/").split("/")
    plain = all(segment.isdigit() or not _SLUG.search(segment) for segment in segments) and len(segments) <= 3
    if not plain or urlsplit(document.page.url).query or not _names_article(asked[1]) or last in segments:
        return False
    below = asked[0] == here[0] and asked[1].startswith(f"{here[1]}/") and bool(_SLUG.search(last))
    return (below or not calls_itself_article(document)) and _teasers(document) >= FEW_TEASERS


def _names_article(path: str) -> bool:
    return bool(_SLUG.search(path)) or path.count("/") > 1


def _teasers(document: Document) -> int:
    """Count the pages to which links with the length of headlines lead."""
    links = (link for link in document.tree.iter("a") if weigh(" ".join(texts_in(link))) >= HEADLINE)
    return len({canonicalise(document.absolute(link.get("href") or "")) for link in links})
