"""Pages that ask for something before they show an article: consent, a log-in, a script, an age, no ad blocker.

A wall may be longer than an article, so its sentences are counted. Those of a wall speak of what it asks for, and of
`we` and `you`; those of an article about cookies, subscriptions or ad blockers tell of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from crawler.errors import NotAnArticle
from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document
from crawler.extractors.dom import raw_text
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.refusals.candidate import LONG, SENTENCE, SHORT, Candidate, sentences, titled, words_of
from crawler.extractors.regex import Rare, grouped

OPENING = 250
"""Characters of a text within which a wall says what it asks for."""
ALL_TOLD = 0.8
"""Share of sentences from which a text that speaks to the reader need not name the publisher."""
SHORTEST = 0.2
"""Share of sentences in a short text that says why the reader is shut out; the rest is excuses."""
PARAGRAPHS = 300.0
"""Size of paragraphs about something else from which a text is not only a wall."""
MOST = 20_000
"""Characters of a text that are read: lists of vendors have many more."""

_ALL = merged()
_CHECK = Rare(_ALL.robot_check, re.IGNORECASE)
_LOGIN = re.compile(alternatives(_ALL.log_in), re.IGNORECASE)
_JAVASCRIPT = re.compile(
    rf"{alternatives(_ALL.javascript_before)}[^.。]{{0,40}}java\s?script|"
    rf"java\s?script[^.。]{{0,40}}{alternatives(_ALL.javascript_after)}|{alternatives(_ALL.robot_check)}",
    re.IGNORECASE,
)
_CONSENT_HOST = re.compile(
    r"^(?:[\w-]+-)?(?:my)?(?:cmp|consent|cookie(?:s|wall)?|gdpr|guce|privacy)(?:-?(?:center|centre|gate|manager|wall))?\."
)
_CONSENT_PATH = re.compile(
    r"^/(?:[a-z]{2}/)?(?:(?:cookie|privacy|gdpr)[-_]?(?:consent|gate|wall)|collectconsent|consent|cmp)(?:[/.]|$)",
    re.IGNORECASE,
)


def is_wall(page: Candidate) -> NotAnArticle | None:
    """The page's text is mostly about what it asks for."""
    if _is_consent_url(page):
        return NotAnArticle("consent-wall", "the URL is that of a request for consent")
    text = page.text if page.calls_itself_article or page.weight >= SHORT / 4 else page.page_text
    if not text:
        return None
    words = _words_of(page.spoken)
    opening = f"{page.heads}\n{text[:OPENING]}"
    if not words.any.search(opening):
        return None
    for gate in GATES:
        if (topic := words.topics.get(gate.field)) is not None and topic.search(opening):
            speech = _Speech.of(sentences(f"{page.title}\n{text[:MOST]}"), topic, words)
            if gate.holds(speech, page) and not _has_paragraphs(page, topic):
                return NotAnArticle(gate.reason, gate.told)
    return None


def needs_javascript(page: Candidate) -> NotAnArticle | None:
    """The page asks for JavaScript, or is the empty shell of an application."""
    if not page.states_an_article and titled(page, _CHECK):
        return NotAnArticle("needs-javascript", "the page checks whether a person reads it")
    if not page.may_be_wall or page.page_weight >= SHORT:
        return None
    if _JAVASCRIPT.search(f"{page.heads}\n{page.page_text}\n{_noscript(page.document)}"):
        return NotAnArticle("needs-javascript", "the page asks for JavaScript and holds no text without it")
    if page.weight < SHORT / 4 and _is_shell(page.document):
        return NotAnArticle("needs-javascript", "an empty application shell")
    return None


def is_login_form(page: Candidate) -> NotAnArticle | None:
    """The page asks to log in, in few words."""
    if not page.may_be_wall:
        return None
    password = bool(page.document.tree.xpath("//input[@type='password']"))
    if (password or page.page_weight < LONG) and _LOGIN.search(page.said):
        return NotAnArticle("login-wall", "the page asks to log in and holds no article")
    if password and page.weight < SHORT / 4:
        return NotAnArticle("login-wall", "the page is a log-in form")
    return None


def _is_consent_url(page: Candidate) -> bool:
    """Tell whether the page was fetched from where a site asks for consent, with a way back to the article."""
    if page.calls_itself_article:
        return False
    url = urlsplit(page.document.page.url)
    if not _CONSENT_HOST.match(url.hostname or "") and not _CONSENT_PATH.match(url.path):
        return False
    return page.weight < SHORT or any("/" in value for _, value in parse_qsl(url.query))


@dataclass(frozen=True)
class _Speech:
    """Shares of a text's sentences, by size."""

    topic: float
    """Those that speak of what the wall asks for."""
    told: float
    """Those of them that speak to the reader, or of the publisher as `we`."""
    ours: float
    """Those of them that speak of the publisher as `we`."""
    opening: float
    """`told` among the first sentences, SHORT together."""

    @classmethod
    def of(cls, sentences: Iterable[str], topic: re.Pattern[str], words: _Words) -> _Speech:
        """Count the sentences of a text."""
        total = about = told = ours = opened = opening = 0.0
        for sentence in sentences:
            size = weigh(sentence)
            total += size
            if topic.search(sentence):
                about += size
                if we := bool(words.we.search(sentence)):
                    ours += size
                if we or words.you.search(sentence):
                    told += size
            if total - size < SHORT:
                opening, opened = told, total
        total = max(total, 1.0)
        return cls(about / total, told / total, ours / total, opening / max(opened, 1.0))


@dataclass(frozen=True)
class _Gate:
    """What a wall asks for, and how much of its text speaks of it."""

    field: str
    """Field of Language with its words."""
    reason: str
    told: str
    least: float
    """Least share of sentences that tell the reader so. Of the articles about it that were tried, the most had 0.42."""
    ours: float
    """Least share of sentences in which the publisher speaks of itself; articles that give advice have none."""

    def holds(self, speech: _Speech, page: Candidate) -> bool:
        """Tell whether the page is such a wall; one that says it is an article needs nearly all of its text for it."""
        if page.calls_itself_article:
            return speech.topic >= 0.7 and speech.told >= max(0.55, self.least) and speech.ours >= 0.2
        if speech.topic >= 0.6 and speech.opening >= 0.6 and speech.ours > 0:
            return True  # before a list of vendors
        least = SHORTEST if self.ours == 0.0 and page.weight < SHORT else self.least
        own = speech.ours >= self.ours or speech.told >= ALL_TOLD
        return speech.topic >= least and speech.told >= least and own


GATES = (
    _Gate("consent", "consent-wall", "the text asks for consent", 0.5, 0.05),
    _Gate("offers", "login-wall", "the text asks to log in or to subscribe", 0.5, 0.03),
    _Gate("barred", "blocked", "the text says why it shuts the reader out", 0.4, 0.0),
)


@dataclass(frozen=True)
class _Words:
    """The compiled words of a language."""

    topics: dict[str, re.Pattern[str]]
    any: Rare
    """Matches where one of `topics` does."""
    we: re.Pattern[str]
    you: re.Pattern[str]


@cache
def _words_of(code: str) -> _Words:
    language = words_of(code)
    fields = {gate.field: getattr(language, gate.field) for gate in GATES}
    topics = {name: _any(words) for name, words in fields.items() if words}
    return _Words(topics, Rare(tuple(chain(*fields.values())), re.IGNORECASE), _any(language.we), _any(language.you))


def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(grouped(words) if words else "(?!)", re.IGNORECASE)


def _has_paragraphs(page: Candidate, topic: re.Pattern[str]) -> bool:
    """Tell whether paragraphs in a row are about something else: an article, with a request before or behind it."""
    row = 0.0
    for line in page.lines:
        size = weigh(line)
        row = 0.0 if topic.search(line) else row + (size if size >= SENTENCE else 0.0)
        if row >= PARAGRAPHS:
            return True
    return False


def _noscript(document: Document) -> str:
    """Return the text inside `<noscript>`, at most 5,000 characters."""
    return " ".join(raw_text(element) for element in document.tree.iter("noscript"))[:5000]


def _is_shell(document: Document) -> bool:
    """Tell whether the page has a mount point of a script application with nothing in it."""
    mounts: list[HtmlElement] = document.tree.xpath(
        "//div[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='main-app']"
    )
    return any(not raw_text(mount).strip() for mount in mounts) and bool(document.tree.xpath("//script"))
