"""Pages that are no article: listings, walls, soft 404s, empty shells. Each has its reason; no real article is lost.

`before` looks at the bytes and is asked first; `after` sees what was extracted and is asked last. A page that calls
itself an article and has a text is believed: what looks like a wall around it is a box on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.errors import NotAnArticle
from crawler.extractors import statements
from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document
from crawler.extractors.languages import alternatives, merged
from crawler.items import Page

FILES = (
    (b"%PDF-", "PDF"), (b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"\xff\xd8\xff", "JPEG"), (b"PK\x03\x04", "ZIP"),
    (b"RIFF", "RIFF"), (b"\x1f\x8b", "gzip"), (b"OggS", "Ogg"), (b"ID3", "MP3"), (b"\x00\x00\x00", "MP4"),
    (b"wOF", "font"),
    (b"{", "JSON"), (b"[", "JSON"),
)  # fmt: skip
"""First bytes of what servers send as text/html by mistake."""
FEED = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|urlset|sitemapindex|rdf:RDF)[\s>]", re.DOTALL
)

SHORT = 400.0
"""Size of a text below which a wall or an error message may be all that a page holds; a CJK character counts 2.5."""
LONG = 1500.0
"""Size above which a text is an article whatever stands around it."""
NOTHING = 12.0
"""Size below which a page without a picture says nothing; the shortest flash news of the recorded pages has 60."""
MOSTLY_LINKS = 0.7
"""Share of a text inside links from which it is a list of links; the most linked recorded article has 0.55."""
NEARLY_ALL = 0.95
"""Share of a text in teasers from which even a long one, or one of a page that calls itself an article, is a list."""
MANY_LINKS = 15
"""Links as long as headlines that make a page without a text a listing."""
HEADLINE = 25.0
TEASERS = 5
TEASER = 500.0
"""Largest teaser under its headline."""
TEASER_LINES = 60
SENTENCE = 90.0
"""Size of a line that no headline or teaser link reaches."""

_ALL = merged()
_MISSING = re.compile(rf"(?<!\d)(?:404|410)(?!\d)|{alternatives(_ALL.not_found)}", re.IGNORECASE)
_LOGIN = re.compile(alternatives(_ALL.log_in), re.IGNORECASE)
_CONSENT = re.compile(alternatives(_ALL.consent), re.IGNORECASE)
_JAVASCRIPT = re.compile(
    rf"{alternatives(_ALL.javascript_before)}[^.。]{{0,40}}java\s?script|"
    rf"java\s?script[^.。]{{0,40}}{alternatives(_ALL.javascript_behind)}|{alternatives(_ALL.robot_check)}",
    re.IGNORECASE,
)
_LINK = re.compile(r"<a\b[^>]*>(.*?)</a>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def before(page: Page) -> None:
    """Raises NotAnArticle("not-html") for what is no markup, and ("empty") for no bytes."""
    start = page.body[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise NotAnArticle("empty", "the page has no bytes")
    for magic, name in FILES:
        # UTF-16 and UTF-32 have NULs among their letters.
        if start.startswith(magic) and b"<html" not in page.body[:4000].replace(b"\x00", b"").lower():
            raise NotAnArticle("not-html", name)
    if FEED.match(start):
        raise NotAnArticle("not-html", "a feed or a sitemap")


def after(document: Document, title: str, text: str, html: str, pictures: int) -> None:
    """Raises NotAnArticle when the extracted `text` (from `html`, with so many `pictures`) is no article's."""
    weight = weigh(text)
    stated = _calls_itself_article(document)
    if _is_teasers(document, text, NEARLY_ALL if stated or weight >= LONG else MOSTLY_LINKS):
        raise NotAnArticle("listing", "the page is beginnings of articles")
    if weight >= LONG and not _is_list(text, html):
        return
    heads = f"{title[:600]}\n{document.title_element[:600]}"
    if weight < SHORT:
        if _MISSING.search(heads) or (_MISSING.search(text[:300]) and weight < SHORT / 2 and not stated):
            raise NotAnArticle("soft-404", heads.partition("\n")[0][:80])
        whole = _page_text(document)
        if not (stated and weight > SHORT / 4):
            _walls(document, heads, text, whole, weight)
    elif not stated and len(_CONSENT.findall(text)) * 120 > weight:
        raise NotAnArticle("consent-wall", "the text is about cookies and consent")
    if not stated and weight < SHORT / 2 and not pictures and _is_furniture(document, text):
        raise NotAnArticle("empty", "only the frame of the page holds text")
    if not stated and (_is_list(text, html) or (weight < SHORT and _headline_links(document) >= MANY_LINKS)):
        raise NotAnArticle("listing", "the page is links to articles")
    if weight < NOTHING and not pictures:
        raise NotAnArticle("empty", "no text and no picture found")


def _walls(document: Document, heads: str, text: str, whole: str, weight: float) -> None:
    """A short text on a short page: is the page itself a wall?"""
    host = urlsplit(document.page.url).hostname or ""
    page_size = weigh(whole)
    if page_size < SHORT and _JAVASCRIPT.search(f"{heads}\n{whole}\n{_noscript(document)}"):
        raise NotAnArticle("needs-javascript", "the page asks for JavaScript and holds no text without")
    if weight < SHORT / 4 and page_size < SHORT and _is_shell(document):
        raise NotAnArticle("needs-javascript", "an empty application shell")
    said = f"{heads}\n{text if weight >= NOTHING else whole}"
    if page_size < 4 * LONG:
        consent = len(_CONSENT.findall(said))
        if host.startswith("consent.") or (consent >= 3 and consent * 120 > weigh(said)):
            raise NotAnArticle("consent-wall", "the page asks for consent and holds no article")
    password = bool(document.tree.xpath("//input[@type='password']"))
    if _LOGIN.search(said) and (password or page_size < LONG):
        raise NotAnArticle("login-wall", "the page asks to log in and holds no article")
    if password and weight < SHORT / 4:
        raise NotAnArticle("login-wall", "the page is a log-in form")


def _calls_itself_article(document: Document) -> bool:
    if document.meta("og:type").lower() in ("article", "news", "newsarticle") or document.meta(
        "article:published_time"
    ):
        return True
    kinds = statements.kind_of(statements.article(document))
    return any(re.search(r"Article|Posting|Report", kind) for kind in kinds)


def _is_list(text: str, html: str) -> bool:
    """Mostly link text, no line as long as a sentence of an article."""
    lines = [line for line in text.split("\n") if line]
    if len(lines) < 4 or max(map(weigh, lines)) > 4 * SENTENCE:
        return False
    linked = sum(len(_TAG.sub("", found[1])) for found in _LINK.finditer(html[:500_000]))
    total = max(1, len(text))
    short = sum(weigh(line) < SENTENCE for line in lines)
    return linked / total > MOSTLY_LINKS and short * 10 >= len(lines) * 7


def _is_teasers(document: Document, text: str, part: float) -> bool:
    """This part of the lines stands in small boxes with linked headlines: a section page with the beginnings of its
    stories."""
    lines = [_folded(line) for line in text.split("\n")[:TEASER_LINES] if line]
    boxes = [_folded(box) for box in _teaser_boxes(document)]
    if len(lines) < 3 or len(boxes) < TEASERS:
        return False
    whole = "\n".join(boxes)
    return sum(line in whole for line in lines) >= part * len(lines)


def _teaser_boxes(document: Document) -> Iterator[str]:
    """Texts of the largest boxes, up to three levels above a linked headline, that are as small as a teaser."""
    for heading in islice(document.tree.iter("h2", "h3", "h4", "h5"), 200):
        above = heading.getparent()
        if heading.find(".//a") is None and (above is None or above.tag != "a"):
            continue
        headline = " ".join(heading.itertext())
        if weigh(headline) < HEADLINE:
            continue
        box = ""
        for ancestor in islice(heading.iterancestors(), 3):
            whole = " ".join(islice(ancestor.itertext(), 100))
            if weigh(whole) - weigh(headline) > TEASER:
                break
            box = whole
        if box:
            yield box


def _is_furniture(document: Document, text: str) -> bool:
    """The text's first line stands in the page's header, navigation or footer."""
    first = _folded(text.partition("\n")[0])
    frames = document.tree.xpath("//footer | //nav | //body/header | //*[@id='footer' or @id='header' or @id='nav']")
    return bool(first) and any(first in _folded(" ".join(frame.itertext())) for frame in frames[:20])


def _folded(text: str) -> str:
    return " ".join(text.split())


def _headline_links(document: Document) -> int:
    """Links with a text as long as a headline."""
    return sum(1 for link in document.tree.iter("a") if HEADLINE <= weigh(" ".join(link.itertext())) < 4 * SENTENCE)


def _page_text(document: Document) -> str:
    """All visible text of the page, at most 20,000 characters."""
    pieces: list[str] = []
    length = 0
    for element in document.tree.iter():
        if element.tag in ("script", "style", "noscript", "template", "head", "title", "meta", "link"):
            pieces.append(element.tail or "")
            continue
        for piece in (element.text, element.tail):
            if piece and piece.strip():
                pieces.append(piece.strip())
                length += len(piece)
        if length > 20_000:
            break
    return "\n".join(pieces)


def _noscript(document: Document) -> str:
    return " ".join(element.text_content() for element in document.tree.iter("noscript"))[:5000]


def _is_shell(document: Document) -> bool:
    """A mount point of a script application with nothing in it."""
    mounts: list[HtmlElement] = document.tree.xpath(
        "//div[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='main-app']"
    )
    return any(not mount.text_content().strip() for mount in mounts) and bool(document.tree.xpath("//script"))
