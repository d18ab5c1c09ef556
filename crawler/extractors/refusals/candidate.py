"""What was extracted from a page, and what the rules need to know about it, each computed once."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from html import unescape

from crawler.extractors import statements
from crawler.extractors.container.survey import weigh
from crawler.extractors.document import Document
from crawler.extractors.dom import is_same_page
from crawler.extractors.languages import Language, known
from crawler.extractors.regex import Rare

# Sizes are weighted characters: an East Asian one counts 2.5 times.
SHORT = 400.0
"""A smaller text may be a wall or an error message."""
LONG = 1500.0
"""A larger text is an article, unless nearly all of it is something else."""
NOTHING = 12.0
"""A smaller text is no article; the shortest flash news of the recorded pages has 60."""
HEADLINE = 25.0
"""Size of the shortest headline."""
SENTENCE = 90.0
"""Size of a line that is longer than headlines and links of teasers."""
MOSTLY_LINKS = 0.7
"""Share of a text inside links from which it is a list of links; the most linked recorded article has 0.55."""

SAMPLE = 1000
"""Characters of a text that tell its language."""
FEWEST_COMMON = 3
"""Common words that overrule the language which a page declares."""
LETTERS_PER_WORD = 20
"""Letters of a language that count as one of its common words, where it has an alphabet of its own."""
LABEL = 30.0
"""Size below which a line without a full stop is a button or a name, not a sentence."""
WHOLE = 0.3
"""Share of a title from which some words are what it says: `Page not found`, `Error 404`."""
LONGEST_TITLE = 120
"""Characters of a title that are read."""

_PARTS = re.compile(r"\s[|·•»›–—-]+\s|[|_]|\n")
_SENTENCES = re.compile(r"(?<=[.!?:;])\s+|(?<=[。！？；])|\n")
_SENTENCE_END = re.compile(r"[.!?。！？]\W*$")
_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r'<a\b[^>]*\shref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ARTICLE_TYPE = re.compile(r"Article|Posting|Report")


@dataclass(frozen=True, eq=False)
class Candidate:
    """A page with the title and text that were extracted from it."""

    document: Document
    title: str
    text: str
    html: str
    """The body's markup; `text` is its plain text."""
    pictures: int
    """Number of the text's pictures."""
    language: str
    """The language that the page declares or is written in, as in `items.Post`."""
    headed: bool
    """Whether the page shows the title, and a date of publication that does not count from now."""

    @cached_property
    def weight(self) -> float:
        """Size of the text."""
        return weigh(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return [line for line in self.text.split("\n") if line]

    @cached_property
    def heads(self) -> str:
        """The beginnings of the headline and of `<title>`, which often contains it."""
        title, element = self.title[:600], self.document.title_element[:600]
        return element if title in element else f"{title}\n{element}"

    @cached_property
    def calls_itself_article(self) -> bool:
        """Whether the page's metadata says that it is an article."""
        return calls_itself_article(self.document)

    @cached_property
    def states_an_article(self) -> bool:
        """Whether its metadata says more of the article than its type, which templates fill in on any page."""
        return _states_an_article(self.document)

    @cached_property
    def spoken(self) -> str:
        """Code of the language of the text, or of the page when the article has none."""
        return _written_in(self.text if self.weight >= NOTHING else self.page_text, self.language)

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
    def linked_share(self) -> float:
        """Share of the text inside links to other pages."""
        page = self.document.page.url
        links = (found for found in _LINK.finditer(self.html[:500_000]) if not is_same_page(unescape(found[1]), page))
        linked = sum(len(_TAG.sub("", found[2])) for found in links)
        return linked / max(1, len(self.text))

    @cached_property
    def is_list_of_links(self) -> bool:
        """Whether the text is mostly links, without a line as long as a sentence of an article."""
        if len(self.lines) < 4 or max(map(weigh, self.lines)) > 4 * SENTENCE:
            return False
        short = sum(weigh(line) < SENTENCE for line in self.lines)
        return self.linked_share > MOSTLY_LINKS and short * 10 >= len(self.lines) * 7


def calls_itself_article(document: Document) -> bool:
    """Tell whether a page's metadata says that it is an article."""
    return document.meta("og:type").lower() in ("article", "news", "newsarticle") or _states_an_article(document)


def _states_an_article(document: Document) -> bool:
    kinds = statements.kind_of(statements.article(document))
    return bool(document.meta("article:published_time")) or any(_ARTICLE_TYPE.search(kind) for kind in kinds)


def titled(page: Candidate, words: Rare) -> str:
    """Return the part of the headline or of `<title>` that says little more than these words; empty without one."""
    if not words.search(page.heads):
        return ""
    parts = (page.title, *_PARTS.split(page.heads))
    return next((part for part in parts if says_little_else(part, words.pattern)), "")


def says_little_else(title: str, words: re.Pattern[str]) -> bool:
    """Tell whether a title or a sentence says little more than these words."""
    title = title.strip()[:LONGEST_TITLE]
    found = sum(weigh(match[0]) for match in words.finditer(title))
    return bool(found) and found >= WHOLE * weigh(title)


def sentences(text: str) -> list[str]:
    """Split a text into sentences, without buttons and names."""
    pieces = (piece.strip() for piece in _SENTENCES.split(text))
    return [piece for piece in pieces if piece and (weigh(piece) >= LABEL or _SENTENCE_END.search(piece))]


def collapsed(text: str) -> str:
    """Collapse spaces."""
    return " ".join(text.split())


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


@cache
def _languages() -> tuple[Language, ...]:
    """Return the languages whose walls are known."""
    return tuple(language for language in known() if language.we)


def words_of(code: str) -> Language:
    """Return the words of a language; no words when it is not known."""
    return next((each for each in known() if each.code == code), Language(code="", name=""))


@cache
def _common() -> dict[str, list[str]]:
    """Map the common words of the languages to their codes."""
    codes: dict[str, list[str]] = defaultdict(list)
    for language in _languages():
        for word in set(language.common_words.split()):
            codes[word].append(language.code)
    return codes


def _written_in(text: str, declared: str) -> str:
    """Tell the language of a text by its common words or its letters; templates in English surround many others."""
    sample = text[:SAMPLE].lower()
    common = _common()
    counts: dict[str, float] = defaultdict(float)
    for word in _WORD.findall(sample):
        for code in common.get(word, ()):
            counts[code] += 1
    if not sample.isascii():
        for language in _languages():
            if not language.common_words:
                counts[language.code] += sum(map(sample.count, language.letters)) / LETTERS_PER_WORD
    best = max(counts, key=counts.__getitem__, default="")
    if declared and (counts[best] < FEWEST_COMMON or counts[declared] >= 0.8 * counts[best]):
        return declared
    return best or "en"
