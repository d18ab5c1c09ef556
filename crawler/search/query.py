"""What a person types goes in, a query comes out: an expression for the index, bounds on the date, phrases to mark.

Grammar, the loosest first: `a OR b`, `a AND b` or `a b`, `NOT a`; then parentheses, "a phrase", a word, and
`source:`, `section:`, `author:`, `after:`, `before:` with a value. No text of the person's gets into the expression but
words.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from archive import first_instant
from crawler.errors import BadQuery
from crawler.search.words import Phrase, phrase

LONGEST = 1_000
"""Most characters of a query."""
DEEPEST = 10
"""Most parentheses in each other: FTS5's parser holds a hundred symbols, and one of ours may become six."""
_TYPED = str.maketrans({"“": '"', "”": '"', "„": '"', "：": ":", "（": "(", "）": ")"})
"""What keyboards for Chinese and German write in place of the signs of the grammar."""
_PIECE = re.compile(
    r'(?P<sign>[()])|(?P<field>[A-Za-z]+):(?!/)(?P<value>"[^"]*"|[^\s()"]+)?|"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+)'
)
_COLUMNS = {"": "{title body}", "author": "author", "section": "section", "source": "source"}
_DATES = ("after", "before")
_NOTHING_TO_TAKE_FROM = "NOT takes away from what other words find; write such a word beside it"
_KNOWN = "source:, section:, author:, after: and before:"


@dataclass(frozen=True)
class Query:
    """What is looked for."""

    expression: str
    """For the index's MATCH; empty = every version."""
    after: datetime | None
    """Aware: the date that the post shows is not earlier."""
    before: datetime | None
    """Aware: that date is earlier."""
    phrases: tuple[Phrase, ...]
    """Words of title and body that a post may have been found by."""
    sources: tuple[str, ...] = ()
    """Names that a post's source may have."""

    @property
    def lower_case(self) -> list[str]:
        """Operators that are written in lower case, and so are words like any other."""
        return [word for word in ("and", "or", "not") if Phrase((word,), is_open=False) in self.phrases]


@dataclass(frozen=True)
class _Words:
    """A phrase in some columns of the index."""

    field: str
    phrase: Phrase

    def expression(self) -> str:
        beginning = " *" if self.phrase.is_open else ""
        return f'({_COLUMNS[self.field]} : "{" ".join(self.phrase.words)}"{beginning})'


@dataclass(frozen=True)
class _Date:
    """A bound on the date; it gets out of the tree before the tree becomes an expression."""

    field: str
    moment: datetime

    def expression(self) -> str:
        raise AssertionError(self)


@dataclass(frozen=True)
class _All:
    """What must be there, and what must not."""

    parts: tuple[_Node, ...]
    without: tuple[_Node, ...]

    def expression(self) -> str:
        text = _joined(" AND ", self.parts)
        return f"({text} NOT {_joined(' OR ', self.without)})" if self.without else text


@dataclass(frozen=True)
class _Any:
    parts: tuple[_Node, ...]

    def expression(self) -> str:
        return _joined(" OR ", self.parts)


_Node = _Words | _Date | _All | _Any


def _joined(operator: str, parts: tuple[_Node, ...]) -> str:
    texts = [part.expression() for part in parts]
    return f"({operator.join(texts)})" if len(texts) > 1 else texts[0]


def parse(text: str) -> Query:
    """Read a query; BadQuery, with one line that says what to write, when it has a fault."""
    if len(text) > LONGEST:
        raise BadQuery(f"the query has {len(text):,} characters; at most {LONGEST:,} are read")
    found = _Parser(text.translate(_TYPED)).whole()
    dates, rest = _parted(found)
    words = list(_words(rest)) if rest else []
    moments = {name: [date.moment for date in dates if date.field == name] for name in _DATES}
    return Query(
        expression=rest.expression() if rest else "",
        after=max(moments["after"], default=None),
        before=min(moments["before"], default=None),
        phrases=tuple(dict.fromkeys(one.phrase for one in words if not one.field)),
        sources=tuple(dict.fromkeys(_name(one.phrase.words[0]) for one in words if one.field == "source")),
    )


def source_word(name: str) -> str:
    """The one word by which the index knows a source."""
    return name.encode().hex()


def _name(word: str) -> str:
    """The name of a source by its `source_word`."""
    return bytes.fromhex(word).decode()


class _Parser:
    """Reads the pieces of a query from left to right."""

    def __init__(self, text: str) -> None:
        self._pieces = list(_pieces(text))
        self._depth = 0

    def whole(self) -> _Node:
        found = self._any()
        if self._pieces:
            raise BadQuery("a ) closes no parenthesis; write ( before it, or leave it out")
        if found is None:
            raise BadQuery('nothing to look for; write a word with a letter or digit, a "phrase", or one of ' + _KNOWN)
        return found

    def _any(self) -> _Node | None:
        parts = [self._all()]
        while self._next_is("OR"):
            parts.append(self._all())
        if len(parts) > 1 and None in parts:
            raise BadQuery('OR needs words on both sides; in quotes, "OR" is a word itself')
        found = tuple(part for part in parts if part is not None)
        return _Any(found) if len(found) > 1 else found[0] if found else None

    def _all(self) -> _Node | None:
        parts: list[_Node] = []
        without: list[_Node] = []
        while self._pieces and not self._is_end():
            if self._next_is("AND"):
                raise BadQuery('AND needs words on both sides; in quotes, "AND" is a word itself')
            if self._next_is("NOT"):
                without.append(self._denied())
            elif (part := self._one()) is not None:
                parts.append(part)
            else:
                continue
            if self._next_is("AND") and (not self._pieces or self._is_end()):
                raise BadQuery('AND needs words on both sides; in quotes, "AND" is a word itself')
        if without and not parts:
            raise BadQuery(_NOTHING_TO_TAKE_FROM)
        return _All(tuple(parts), tuple(without)) if parts else None

    def _denied(self) -> _Node:
        is_word = self._pieces and not self._is_end() and self._pieces[0]["word"] not in ("AND", "NOT")
        found = self._one() if is_word else None
        if found is None:
            raise BadQuery('NOT needs a word behind it; in quotes, "NOT" is a word itself')
        return found

    def _one(self) -> _Node | None:
        """A part in parentheses, a phrase, a word or a field; None for a word without letters and digits."""
        piece = self._pieces.pop(0)
        if piece["sign"]:
            return self._in_parentheses()
        if piece["field"] and (piece["value"] or piece["field"].lower() in ("author", "section", "source", *_DATES)):
            return _of_field(piece["field"].lower(), (piece["value"] or "").strip('"'))
        words = phrase(piece["phrase"] or piece["word"] or piece["field"] or "")
        if not words.words and piece["phrase"] is not None:
            raise BadQuery('a phrase in "…" has no letter or digit')
        return _Words("", words) if words.words else None

    def _in_parentheses(self) -> _Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadQuery(f"more than {DEEPEST} parentheses in each other")
        found = self._any()
        if not self._pieces:
            raise BadQuery("a ( is not closed; write ) behind its words")
        self._pieces.pop(0)
        self._depth -= 1
        if found is None:
            raise BadQuery("parentheses without a word in them")
        return found

    def _is_end(self) -> bool:
        return self._pieces[0]["sign"] == ")" or self._pieces[0]["word"] == "OR"

    def _next_is(self, word: str) -> bool:
        """Whether the next piece is an operator, which is taken then."""
        found = bool(self._pieces) and self._pieces[0]["word"] == word
        if found:
            self._pieces.pop(0)
        return found


def _pieces(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while rest := text[place:].lstrip():
        place = len(text) - len(rest)
        found = _PIECE.match(text, place)
        if found is None:
            raise BadQuery('a " is not closed; write " behind the phrase')
        yield found
        place = found.end()


def _of_field(field: str, value: str) -> _Node:
    if field not in _COLUMNS and field not in _DATES:
        raise BadQuery(f'{field}: is no field; there are {_KNOWN}; as text write "{field}:{value}"')
    if not value:
        raise BadQuery(f"{field}: needs a value directly behind it")
    if field in _DATES:
        try:
            return _Date(field, first_instant(value))
        except argparse.ArgumentTypeError as error:
            raise BadQuery(f"{field}: {error}") from None
    words = Phrase((source_word(value),), is_open=False) if field == "source" else phrase(value)
    if not words.words:
        raise BadQuery(f"{field}: needs a value with a letter or digit")
    return _Words(field, words)


def _parted(node: _Node) -> tuple[list[_Date], _Node | None]:
    """The dates, which hold for the whole query, and all else."""
    if isinstance(node, _Date):
        return [node], None
    if not isinstance(node, _All):
        _refuse_dates(node)
        return [], node
    dates: list[_Date] = []
    parts: list[_Node] = []
    for part in node.parts:
        more, rest = _parted(part)
        dates += more
        parts += [rest] if rest is not None else []
    for part in node.without:
        _refuse_dates(part)
    if node.without and not parts:
        raise BadQuery(_NOTHING_TO_TAKE_FROM)
    return dates, _All(tuple(parts), node.without) if parts else None


def _refuse_dates(node: _Node) -> None:
    if isinstance(node, _Date):
        raise BadQuery(f"{node.field}: holds for the whole query, so it can't be a part of OR or NOT")
    if not isinstance(node, _Words):
        for part in (*node.parts, *(node.without if isinstance(node, _All) else ())):
            _refuse_dates(part)


def _words(node: _Node) -> Iterator[_Words]:
    """All that a post may have been found by."""
    if isinstance(node, _Words):
        yield node
    elif not isinstance(node, _Date):
        for part in node.parts:
            yield from _words(part)
