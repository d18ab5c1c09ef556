"""Refuse pages that are not articles: listings, login and consent walls, soft 404s, empty shells.

`before` checks the bytes and is called first; `after` checks what was extracted and is called last. Both raise
NotAnArticle with a reason. A page whose metadata says article and that has a text is accepted: what looks like a wall
is then a box beside the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
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
"""First bytes of files that servers send as text/html by mistake, and their names."""
FEED = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|urlset|sitemapindex|rdf:RDF)[\s>]", re.DOTALL
)

# Sizes are weighted characters: an East Asian one counts 2.5 times.
SHORT = 400.0
"""A smaller text may be a wall or an error message."""
LONG = 1500.0
"""A larger text is an article, unless it is a list of links or of teasers."""
NOTHING = 12.0
"""A smaller text is no article; the shortest flash news of the recorded pages has 60."""
MOSTLY_LINKS = 0.7
"""Share of a text inside links from which it is a list of links; the most linked recorded article has 0.55."""
NEARLY_ALL = 0.95
"""Share of lines in teasers from which even a long text, or a page that calls itself an article, is a listing."""
MANY_LINKS = 15
"""Fewest links with the length of headlines that make a page without a text a listing."""
HEADLINE = 25.0
"""Size of the shortest headline."""
TEASERS = 5
"""Fewest boxes with teasers that make a listing."""
TEASER = 500.0
"""Size of the largest teaser under its headline."""
TEASER_LINES = 60
"""How many lines of a text are compared with teasers."""
SENTENCE = 90.0
"""Size of a line that is longer than headlines and links of teasers."""
MENTION = 120
"""A text that mentions consent more than once in so many characters is about consent."""

_ALL = merged()
_MISSING = re.compile(rf"(?<!\d)(?:404|410)(?!\d)|{alternatives(_ALL.not_found)}", re.IGNORECASE)
_LOGIN = re.compile(alternatives(_ALL.log_in), re.IGNORECASE)
_CONSENT = re.compile(alternatives(_ALL.consent), re.IGNORECASE)
_JAVASCRIPT = re.compile(
    rf"{alternatives(_ALL.javascript_before)}[^.。]{{0,40}}java\s?script|"
    rf"java\s?script[^.。]{{0,40}}{alternatives(_ALL.javascript_after)}|{alternatives(_ALL.robot_check)}",
    re.IGNORECASE,
)
_LINK = re.compile(r"<a\b[^>]*>(.*?)</a>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ARTICLE_TYPE = re.compile(r"Article|Posting|Report")


def before(page: Page) -> None:
    """Raise NotAnArticle when a page has no bytes, or bytes that are not HTML."""
    start = page.body[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise NotAnArticle("empty", "the page has no bytes")
    for magic, name in FILES:
        # UTF-16 and UTF-32 have NULs among their letters.
        if start.startswith(magic) and b"<html" not in page.body[:4000].replace(b"\x00", b"").lower():
            raise NotAnArticle("not-html", name)
    if FEED.match(start):
        raise NotAnArticle("not-html", "a feed or a sitemap")


@dataclass(frozen=True)
class _Extracted:
    """What was extracted from a page, and what the rules need to know about it."""

    document: Document
    title: str
    text: str
    html: str
    """The body's markup; `text` is its plain text."""
    pictures: int

    @cached_property
    def weight(self) -> float:
        """Size of the text."""
        return weigh(self.text)

    @cached_property
    def heads(self) -> str:
        """The beginnings of the headline and of `<title>`."""
        return f"{self.title[:600]}\n{self.document.title_element[:600]}"

    @cached_property
    def calls_itself_article(self) -> bool:
        """Whether the page's metadata says that it is an article."""
        return calls_itself_article(self.document)

    @cached_property
    def may_be_wall(self) -> bool:
        """Whether the text is so short that the page may be a wall."""
        return self.weight < SHORT and not (self.calls_itself_article and self.weight > SHORT / 4)

    @cached_property
    def page_text(self) -> str:
        """All visible text of the page, at most 20,000 characters."""
        return page_text(self.document)

    @cached_property
    def page_weight(self) -> float:
        """Size of `page_text`."""
        return weigh(self.page_text)

    @cached_property
    def said(self) -> str:
        """The heads and the text, or all visible text when the article has none."""
        return f"{self.heads}\n{self.text if self.weight >= NOTHING else self.page_text}"

    @cached_property
    def is_list_of_links(self) -> bool:
        """Whether the text is mostly links, without a line as long as a sentence of an article."""
        lines = [line for line in self.text.split("\n") if line]
        if len(lines) < 4 or max(map(weigh, lines)) > 4 * SENTENCE:
            return False
        linked = sum(len(_TAG.sub("", found[1])) for found in _LINK.finditer(self.html[:500_000]))
        short = sum(weigh(line) < SENTENCE for line in lines)
        return linked / max(1, len(self.text)) > MOSTLY_LINKS and short * 10 >= len(lines) * 7


def after(document: Document, title: str, text: str, html: str, pictures: int) -> None:
    """Raise NotAnArticle when what was extracted from a page is not an article; `pictures` is their number."""
    page = _Extracted(document, title, text, html, pictures)
    if refusal := _is_teasers(page):
        raise refusal
    if page.weight >= LONG and not page.is_list_of_links:
        return
    for rule in RULES:
        if refusal := rule(page):
            raise refusal


def _is_teasers(page: _Extracted) -> NotAnArticle | None:
    """Nearly all lines are in small boxes with linked headlines, as on a section page."""
    share = NEARLY_ALL if page.calls_itself_article or page.weight >= LONG else MOSTLY_LINKS
    lines = [_collapsed(line) for line in page.text.split("\n")[:TEASER_LINES] if line]
    boxes = [_collapsed(box) for box in _teaser_boxes(page.document)]
    if len(lines) < 3 or len(boxes) < TEASERS:
        return None
    whole = "\n".join(boxes)
    if sum(line in whole for line in lines) < share * len(lines):
        return None
    return NotAnArticle("listing", "the page is a list of teasers")


def _is_missing(page: _Extracted) -> NotAnArticle | None:
    """The page says that the article is not there."""
    if page.weight >= SHORT:
        return None
    in_text = page.weight < SHORT / 2 and not page.calls_itself_article and _MISSING.search(page.text[:300])
    if not _MISSING.search(page.heads) and not in_text:
        return None
    return NotAnArticle("soft-404", page.heads.partition("\n")[0][:80])


def _needs_javascript(page: _Extracted) -> NotAnArticle | None:
    """The page asks for JavaScript, or is the empty shell of an application."""
    if not page.may_be_wall or page.page_weight >= SHORT:
        return None
    if _JAVASCRIPT.search(f"{page.heads}\n{page.page_text}\n{_noscript(page.document)}"):
        return NotAnArticle("needs-javascript", "the page asks for JavaScript and holds no text without it")
    if page.weight < SHORT / 4 and _is_shell(page.document):
        return NotAnArticle("needs-javascript", "an empty application shell")
    return None


def _is_consent_wall(page: _Extracted) -> NotAnArticle | None:
    """The page asks for consent to cookies."""
    if not page.may_be_wall or page.page_weight >= 4 * LONG:
        return None
    host = urlsplit(page.document.page.url).hostname or ""
    mentions = len(_CONSENT.findall(page.said))
    if not host.startswith("consent.") and (mentions < 3 or mentions * MENTION <= weigh(page.said)):
        return None
    return NotAnArticle("consent-wall", "the page asks for consent and holds no article")


def _is_login_wall(page: _Extracted) -> NotAnArticle | None:
    """The page asks to log in."""
    if not page.may_be_wall:
        return None
    password = bool(page.document.tree.xpath("//input[@type='password']"))
    if (password or page.page_weight < LONG) and _LOGIN.search(page.said):
        return NotAnArticle("login-wall", "the page asks to log in and holds no article")
    if password and page.weight < SHORT / 4:
        return NotAnArticle("login-wall", "the page is a log-in form")
    return None


def _is_about_consent(page: _Extracted) -> NotAnArticle | None:
    """The text is about consent, though it is not short."""
    if page.weight < SHORT or page.calls_itself_article or len(_CONSENT.findall(page.text)) * MENTION <= page.weight:
        return None
    return NotAnArticle("consent-wall", "the text is about cookies and consent")


def _is_frame(page: _Extracted) -> NotAnArticle | None:
    """The text's first line is in the page's header, navigation or footer."""
    if page.calls_itself_article or page.weight >= SHORT / 2 or page.pictures:
        return None
    first = _collapsed(page.text.partition("\n")[0])
    frames = page.document.tree.xpath(
        "//footer | //nav | //body/header | //*[@id='footer' or @id='header' or @id='nav']"
    )
    if not first or not any(first in _collapsed(" ".join(frame.itertext())) for frame in frames[:20]):
        return None
    return NotAnArticle("empty", "only the page's header, navigation or footer holds text")


def _is_links(page: _Extracted) -> NotAnArticle | None:
    """The text is a list of links, or a page with little text has many links to articles."""
    if page.calls_itself_article:
        return None
    if not page.is_list_of_links and (page.weight >= SHORT or _headline_links(page.document) < MANY_LINKS):
        return None
    return NotAnArticle("listing", "the page is a list of links")


def _is_empty(page: _Extracted) -> NotAnArticle | None:
    """The page has neither text nor picture."""
    return (
        NotAnArticle("empty", "no text and no picture found") if page.weight < NOTHING and not page.pictures else None
    )


RULES: tuple[Callable[[_Extracted], NotAnArticle | None], ...] = (
    _is_missing,
    _needs_javascript,
    _is_consent_wall,
    _is_login_wall,
    _is_about_consent,
    _is_frame,
    _is_links,
    _is_empty,
)
"""The rules for pages without a long text, in order; the first refusal counts."""


def _teaser_boxes(document: Document) -> Iterator[str]:
    """Yield the text of the largest teaser-sized box around each linked headline, up to three levels above."""
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


def _collapsed(text: str) -> str:
    """Collapse spaces."""
    return " ".join(text.split())


def _headline_links(document: Document) -> int:
    """Count the links with a text as long as a headline."""
    return sum(1 for link in document.tree.iter("a") if HEADLINE <= weigh(" ".join(link.itertext())) < 4 * SENTENCE)


def calls_itself_article(document: Document) -> bool:
    """Tell whether a page's metadata says that it is an article."""
    if document.meta("og:type").lower() in ("article", "news", "newsarticle"):
        return True
    kinds = statements.kind_of(statements.article(document))
    return bool(document.meta("article:published_time")) or any(_ARTICLE_TYPE.search(kind) for kind in kinds)


def page_text(document: Document) -> str:
    """Collect the visible text of the page, at most 20,000 characters."""
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
    """Return the text inside `<noscript>`, at most 5,000 characters."""
    return " ".join(element.text_content() for element in document.tree.iter("noscript"))[:5000]


def _is_shell(document: Document) -> bool:
    """Tell whether the page has a mount point of a script application with nothing in it."""
    mounts: list[HtmlElement] = document.tree.xpath(
        "//div[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='main-app']"
    )
    return any(not mount.text_content().strip() for mount in mounts) and bool(document.tree.xpath("//script"))
