"""Bylines that a page shows: elements with a byline's class, links to authors' pages, `By Jane Doe`.

In: the document and its headline. Out: the texts of each byline, the most clearly marked first. Bylines in teasers of
other articles are left out: their nearest heading is not the page's headline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, filterfalse, islice

from lxml.html import HtmlElement

from crawler.extractors.bylines.people import (
    AND,
    BY,
    KIND,
    REPORTED,
    has_roles,
    is_agency,
    is_credit,
    is_signature,
    named,
)
from crawler.extractors.document import Document
from crawler.extractors.dom import (
    SUBHEADINGS,
    belongs,
    following,
    is_in_comments,
    names_of,
    own_text,
    preceding,
    text_of,
)
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.text_key import key

_ALL = merged()
_NAMED = re.compile(
    r"(?:^|[\s_-]|(?<=[a-z]))(?:by-?lines?|author(?:ed)?(?:-?by)?|authname|journalist|person-?link|reporter|writer|"
    rf"writtenby|{alternatives(_ALL.author_names)})s?(?=$|[\s_-]|(?-i:[A-Z])|info|link|name|text)",
    re.IGNORECASE,
)
_NOT_NAMED = re.compile(
    r"avatar|bio(?![a-z])|biograph|(?<!v)card|comment|desc|e-?mail|follow|function|image|img|job|photo|position|promo|"
    r"related|role(?![a-z])|share|social|teaser|(?<![a-z])title|twitter",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"/(?:authors?|bios?|by(?:line)?|columnists?|contributors?|journalist|people|profiles?|reporters?|staff|writers?|"
    rf"{alternatives(_ALL.profile_folders)})/(?:[^/?#]+/)?[^/?#]+/?(?:[?#].*)?$|[?&]_?author(?:_?id|name)?=\w+",
    re.IGNORECASE,
)
STARTS_BYLINE = re.compile(
    rf"^{KIND}{alternatives(_ALL.by, _ALL.author_labels)}\s*:?\s+\S|"
    rf"^{alternatives(_ALL.author_labels_with_colon)}\s*:\s*\S|^{REPORTED}\s|"
    rf"^{alternatives(_ALL.by_verbs)}\s+{BY}\s",
    re.IGNORECASE,
)
_AFTER_DATE = re.compile(
    r"\b20\d\d\b(?:.{0,16}\d\d(?: ?[APap]\.?[Mm]\.?)?(?: [A-Z]{2,4})?)?\W+"
    rf"(?P<by>{BY} [A-Z]\S+(?: [A-Z]\S+){{0,3}})$"
)
"""`Posted on March 12, 2024 by Jane Doe`."""
_LABEL = re.compile(
    rf"(?:(?:{alternatives(_ALL.by_verbs)} )?{BY}|{alternatives(_ALL.author_headings)})\s*:?", re.IGNORECASE
)
"""A label such as `Author:`, alone in the element before the name's."""
_PARTICLES = frozenset(_ALL.particles)
_NEAR = 90
"""Elements after the headline among which a link or a line is the article's byline, not a teaser's."""
_FAR = 400
"""Elements after the headline among which a marked byline is the article's; some are below the text."""
_BEFORE = 30
"""Elements before the headline that are searched for bylines above it."""
_FARTHEST = 2000
"""Elements after the headline that are searched when nothing else is marked: menus can be between."""
_ALONE = 40
"""Elements after the headline among which a name beside a date needs no mark."""
_BYLINE = 400
"""Characters of the longest byline."""
_MANY = 24
"""Marked elements that are read, at most."""
_SHARED = 3
"""Levels between the elements of one byline and their common ancestor, at most."""
_GOES_ON = re.compile(rf"(?:^|\s)(?:{AND}|{BY})$|[,;:&/|]$", re.IGNORECASE)
"""End of a piece that the next piece continues: `and`, `by`, a comma."""
_CONTINUES = re.compile(rf"{AND}(?=\s|$)|[,;&/|]", re.IGNORECASE)
"""Beginning of a piece that continues the one before it."""
_SEPARATED = re.compile(r"\s*[|｜•·]\s*|\s[–—-]\s")
_FULL_NAME = re.compile(r"[^\W\d_][\w.'’-]+(?: [^\W\d_][\w.'’-]*){1,3}")
_EAST_ASIAN = re.compile(r"[\u3040-\u9fff\uac00-\ud7a3]")
_EAST_ASIAN_NAME = 8
"""Characters of the longest such name that has a space; longer ones are headlines of other stories."""
_AT_RIGHT = re.compile(r"align:\s*right")
_PLAIN = ("a", "b", "div", "em", "i", "li", "p", "small", "span", "strong", "td")


def stated(document: Document, headline: HtmlElement | None) -> Iterator[list[str]]:
    """Yield the texts of elements that HTML (`rel`) or schema.org (`itemprop`) marks as the author."""
    candidates = (one for one in document.annotated if "author" in (one.get("rel"), one.get("itemprop")))
    marked = list(islice(filterfalse(is_in_comments, candidates), _MANY))
    for attribute in ("rel", "itemprop"):
        alike = [element for element in marked if element.get(attribute) == "author"]
        if own := [element for element in alike if belongs(element, headline)]:
            yield _texts(_of_one_kind(own))


def shown(headline: HtmlElement | None) -> Iterator[list[str]]:
    """Yield the texts of each byline near the headline that a class, a link or the word `by` marks."""
    if headline is None:
        return
    inside = [element for element in headline.iter() if element is not headline]
    after, before = list(islice(following(headline), _FAR)), list(islice(preceding(headline), _BEFORE))
    close = len(before) // 3
    yield from _named([*inside, *after[:close], *before, *after[close:]], headline)
    near = after[:_NEAR]
    title = key(text_of(headline))
    links = [link for link in near if link.tag == "a" and is_profile(link) and belongs(link, headline)]
    if links := [link for link in links if key(text_of(link)) not in title]:  # not a person whom the article is about
        yield _texts(_of_one_kind(links))
    label = False
    for element in chain(inside, near, before):
        for line in (own_text(element), " ".join((element.tail or "").split())):
            dated = _AFTER_DATE.search(line)
            byline = dated["by"] if dated else line if label or STARTS_BYLINE.match(line) else ""
            if byline and len(line) <= 100 and belongs(element, headline):
                yield [byline]
            if line:
                label = element not in before and _LABEL.fullmatch(line) is not None
    yield from _named(list(islice(following(headline), _FAR, _FARTHEST)), headline)


def alone(headline: HtmlElement | None, is_date: Callable[[str], bool]) -> Iterator[str]:
    """Yield unmarked names that are beside a date below the headline: the last resort."""
    if headline is None:
        return
    title = set(text_of(headline).split())
    near = [own_text(element) for element in islice(following(headline), _ALONE) if element.tag in _PLAIN]
    for place, text in enumerate(near):
        pieces = [piece.strip() for piece in _SEPARATED.split(text) if piece.strip()] if len(text) <= 100 else []
        name, comma, rest = text.partition(", ")
        if comma and is_date(rest):
            pieces = [name, rest]
        around = near[max(0, place - 2) : place + 3] if len(pieces) == 1 else pieces
        for piece in pieces:
            if len(piece) > _EAST_ASIAN_NAME and _EAST_ASIAN.search(piece):
                continue
            if is_full(piece) and not title.intersection(piece.split()) and any(map(is_date, around)):
                yield piece


def signed(headline: HtmlElement | None) -> Iterator[str]:
    """Yield lines of the text that are aligned right, as signatures are."""
    for element in islice(following(headline), _FARTHEST) if headline is not None else ():
        if element.tag in ("p", "div") and _AT_RIGHT.search(f"{element.get('style')} align:{element.get('align')}"):
            line = own_text(element)
            if line and len(line) <= 60 and belongs(element, headline):
                yield line


def linked(headline: HtmlElement | None) -> Iterator[str]:
    """Yield the first name near the headline whose link repeats it, though it is the site's or that of a staff."""
    title = key(text_of(headline)) if headline is not None else ""
    for link in islice(following(headline), _NEAR) if headline is not None else ():
        if link.tag == "a" and is_profile(link) and belongs(link, headline):
            name, address = text_of(link), (link.get("href") or "").rstrip("/").rpartition("/")[2]
            if 2 < len(name) <= 40 and key(name) == key(address) and key(name) not in title and is_signature(name):
                yield name
                return


def is_profile(link: HtmlElement) -> bool:
    """Tell whether a link leads to an author's page and does not follow `Illustration by`."""
    parent = link.getparent()
    before = "" if parent is None else " ".join((parent.text or "").split())
    return _PROFILE.search(link.get("href") or "") is not None and not is_credit(before)


def is_full(name: str) -> bool:
    """Tell whether a text is shaped like a given and a family name."""
    return _FULL_NAME.fullmatch(name) is not None and is_shaped(name)


def is_shaped(name: str) -> bool:
    """Tell whether no word begins in lower case, except particles such as `von`.

    Two capitals alone are initials or a button.
    """
    return is_agency(name) or (
        all(word in _PARTICLES or not word[0].islower() for word in name.split())
        and not (len(name) == 2 and name.isupper())
    )


def _named(elements: Sequence[HtmlElement], headline: HtmlElement) -> Iterator[list[str]]:
    """Yield the texts of elements with a byline's class or id, outermost first."""
    taken: set[HtmlElement] = set()
    marked = [element for element in elements if _is_named(element)][:_MANY]
    for element in marked:
        if element in taken:
            continue
        group = [
            other
            for other in _of_one_kind([element, *(other for other in marked if other not in taken)])
            if len(text_of(other)) <= _BYLINE and belongs(other, headline)
        ]
        if group:
            taken.update(chain.from_iterable(other.iter() for other in group))
            yield _texts(group)


def _is_named(element: HtmlElement) -> bool:
    if not element.keys():
        return False  # half of the elements of a text
    names = names_of(element, "class", "id", "data-testid", "data-qa")
    return element.get("data-tb-author") is not None or (bool(names) and _names_author(names))


@lru_cache(maxsize=8192)
def _names_author(names: str) -> bool:
    """Whether class names and ids say byline; cached, as pages of a site share a few hundred of them."""
    return _NAMED.search(names) is not None and _NOT_NAMED.search(names) is None


def _of_one_kind(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    """Return the first element, and those near it with the same tag and class and no heading between."""
    first = elements[0]
    ancestors = list(islice(first.iterancestors(), _SHARED))
    found = [first]
    for element in elements[1:]:
        if element is first or element.tag != first.tag or element.get("class") != first.get("class"):
            continue
        common = next((node for node in islice(element.iterancestors(), _SHARED) if node in ancestors), None)
        if common is not None and next(common.iter(*SUBHEADINGS), None) is None:
            found.append(element)
    return found


def _texts(elements: Sequence[HtmlElement]) -> list[str]:
    """Collect the texts of links to authors or of `itemprop="name"`, else the first piece that holds a name."""
    found: list[str] = []
    for element in elements:
        if is_credit(text_of(element)):
            continue
        links = [link for link in element.iter("a") if link is not element and is_profile(link)]
        names = [inner for inner in element.iter() if inner.get("itemprop") == "name"]
        inner = [child for child in element.iter() if child is not element and _is_name(child)]
        if element.get("content"):
            found.append(element.get("content") or "")
        elif has_roles(text_of(element)):
            found.append(text_of(element))
        elif (parts := links or names or inner) and not _names_more(element, parts):
            found.extend(
                text for part in parts for text in ([part.get("content")] if part.get("content") else _apart(part))
            )
        else:
            found.extend(_first_named(_apart(element)))
    return found


def _names_more(element: HtmlElement, parts: Sequence[HtmlElement]) -> bool:
    """Whether a byline names more people than its `parts`."""
    written = {key(name) for name in named(_first_named(_apart(element)))}
    linked = {key(name) for name in named(map(text_of, parts))}
    return len(text_of(element)) <= 160 and linked < written


def _first_named(pieces: list[str]) -> list[str]:
    """Return the first piece that holds a name; dates, roles and buttons follow it."""
    return next(([piece] for piece in pieces if named([piece])), [])


def _is_name(element: HtmlElement) -> bool:
    return re.search(r"name(?:\b|_)", element.get("class") or "") is not None and _is_named(element)


def _apart(element: HtmlElement) -> list[str]:
    """Split an element's text at its tags, except where `and` or a comma connects two pieces.

    Two single words are also joined: they are a given and a family name.
    """
    pieces: list[str] = []
    for run in element.xpath(".//text()[not(parent::script or parent::style or parent::noscript)]"):
        text = " ".join(run.split())
        if not text:
            continue
        single = bool(pieces) and " " not in pieces[-1] and " " not in text and text[0].isupper()
        if pieces and (single or _EAST_ASIAN.match(text) or _GOES_ON.search(pieces[-1]) or _CONTINUES.match(text)):
            pieces[-1] += " " + text
        else:
            pieces.append(text)
    return pieces
