"""Classify lines inside an article's container by their words.

In: the text of a line, heading or paragraph. Out: whether it is a notice, a label, a date. The words are in languages/.
lines.py decides by a line's position which of these functions it calls.
"""

from __future__ import annotations

import re

from crawler.extractors.dates import relative
from crawler.extractors.languages import alternatives, merged
from crawler.extractors.regex import Rare, grouped

_ALL = merged()
_AGENCIES = r"(?:dpa|afp|reuters|ap|sda|apa)"

# Lower-case expressions on lower-cased text: with IGNORECASE a search takes three times as long.
_LEADS = re.compile(r"^\W*" + grouped((*_ALL.leads_elsewhere, *_ALL.leads_to_stories)))
_OPENS_STORIES = re.compile(rf"\W*(?:{grouped(_ALL.opens_stories)}|{grouped(_ALL.leads_to_stories)}.{{0,20}})\W*")
_OPENS_PEOPLE = re.compile(rf"\W*{grouped(_ALL.opens_author)}\W*")
_NOTICE = Rare(_ALL.notices)
_CLOSING = Rare((*_ALL.closings, r"^\W*(?:©|\(c\))", rf"^{_AGENCIES}[\W\w]{{0,30}}$"))

_YEAR, _MONTH, _DAY = _ALL.year_signs, _ALL.month_signs, _ALL.day_signs
_OF = rf"(?:{alternatives(_ALL.of_words)} )?"
_DAYS = grouped((
    rf"(?:19|20)\d\d\s?[-./{_YEAR}]\s?\d{{1,2}}\s?[-./{_MONTH}]\s?\d{{1,2}}\s?[{_DAY}.]?",
    r"\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d",
    rf"\d{{1,2}}\.? {_OF}[^\W\d]{{3,9}}\.? {_OF}(?:19|20)\d\d",
    rf"[^\W\d]{{3,9}}\.? \d{{1,2}}{alternatives(_ALL.ordinals)}?,? (?:19|20)\d\d",
))  # fmt: skip
_AT = alternatives(_ALL.at_words, _ALL.am, _ALL.afternoon)
_CLOCK = rf"\W{{1,3}}{_AT}?\s?\d{{1,2}}\s?[:.h{_ALL.hour_signs}]\s?\d\d"
_REST = r"[^.。！？!?]{0,60}$"
_STAMP = re.compile(
    rf"\W*(?:{grouped(_ALL.date_labels)}\s?{alternatives(_ALL.on_words)}?\s?[:：]?\s?{_DAYS}{_REST}|"
    rf"{_DAYS}(?:{_CLOCK}{_REST}|\W*$))"
)
_CLOCK_NEAR = rf"[^.!?:]{{0,14}}\d{{1,2}}[:{_ALL.hour_signs}]\d\d"
_MOMENT = re.compile(
    grouped((
        rf"{_DAYS}{_CLOCK_NEAR}",
        rf"[^\W\d]{{3,9}}\.? \d{{1,2}}\b{_CLOCK_NEAR}",
        rf"(?<![\d:])\d{{1,2}}(?:\.? [^\W\d]{{3,9}}|[-{_MONTH}]\d{{1,2}}){_CLOCK_NEAR}",
        rf"\d\s?[^\W\d]{{1,9}}\s{alternatives(_ALL.ago_after)}\b",
        rf"\b{alternatives(_ALL.ago_before)}\s\d",
        rf"\d\s?\w{{1,3}}{alternatives(_ALL.ago_joined)}",
    ))
)  # fmt: skip
_LABEL = re.compile(
    grouped((
        rf"\W*{alternatives(_ALL.line_labels)}\s?[:：]",
        rf"\W*{alternatives(_ALL.kind_labels)}\W*$",
        rf"\W*{alternatives(_ALL.reading_time)}\b",
        rf"\W*\d{{1,3}}[\s-]?{alternatives(_ALL.minutes)}.{{0,16}}$",
        rf"\W*{alternatives(_ALL.role_lines)}",
        r"[^@]*\S@[\w-]+\.\w",
    ))
)  # fmt: skip
_BEFORE_MOMENT = re.compile(rf"\W*(?:{alternatives(_ALL.published, _ALL.updated)}\w*)?\W*")
_NAME = r"[^\W\d_a-z][\w.'’-]{0,30}"
_BY = alternatives(tuple(form for word in _ALL.by for form in (word.capitalize(), word.upper())))
_BYLINE = re.compile(rf"\W*{_BY} {_NAME}(?:,? (?:(?:{alternatives(_ALL.and_words)}|&) )?{_NAME}){{0,7}}\W*")
_IS = re.compile(rf"(?:,[^.,]{{2,80}},|\s?\([^)]*\))? {alternatives(_ALL.is_words)} {alternatives(_ALL.a_words)}\b")
_INITIALS = re.compile(r"\W*(?:[^\W\d_]{2,8}/)*[^\W\d_a-z]{2,8}(?:/[^\W\d_]{2,8})*\W*")
"""Initials of people or agencies: `abc/dpa`."""


def leads_elsewhere(text: str) -> bool:
    """Tell whether a short line begins like one that leads to something else."""
    return _LEADS.match(text.lower()) is not None


def is_notice(text: str) -> bool:
    """Tell whether a paragraph is a disclosure, an appeal to readers or a legal line."""
    return _NOTICE.search(text.lower()) is not None


def is_closing(text: str) -> bool:
    """Tell whether a paragraph at the end names who made the article, or asks for something."""
    return _CLOSING.search(text.lower()) is not None


def is_about(text: str, name: str) -> bool:
    """Tell whether a line says who the person of this name is; both in lower case."""
    return text.startswith(name) and _IS.match(text[len(name) :]) is not None


def opens_people(text: str) -> bool:
    """Tell whether a heading opens a section about the author."""
    return _OPENS_PEOPLE.fullmatch(text.lower()) is not None


def opens_stories(text: str) -> bool:
    """Tell whether a heading opens a list of other stories."""
    return _OPENS_STORIES.fullmatch(text.lower()) is not None


def is_stamp(text: str) -> bool:
    """Tell whether a line holds only a date of publication, perhaps with place and author."""
    return _STAMP.match(text.lower()) is not None


def has_moment(text: str) -> bool:
    """Tell whether a short line holds a day with a time of day, or a moment before now: `2 hours ago`."""
    return any(map(str.isdigit, text)) and _MOMENT.search(text.lower()) is not None


def is_label(text: str) -> bool:
    """Tell whether a short line before or after the text is a label: a byline, a kind of text, a date."""
    return (
        is_stamp(text)
        or _is_moment(text)
        or _LABEL.match(text.lower()) is not None
        or _BYLINE.fullmatch(text) is not None
        or ((text.isupper() or "/" in text) and _INITIALS.fullmatch(text) is not None)
    )


def _is_moment(text: str) -> bool:
    """Tell whether a line is nothing but a date that counts back from the capture: `just now`, `Posted 3 hours ago`."""
    rest = relative.without(text)
    return rest is not text and _BEFORE_MOMENT.fullmatch(rest) is not None
