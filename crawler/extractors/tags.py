"""Page text → the same with tags that libxml2 nests as the HTML standard says, for the pages that it misreads.

libxml2 (2.14) drops all behind `</html>`, ignores `</aside>` while a `<div>` inside is open, and gives `<embed>`
contents. `misreading.py` finds such pages; `conforming` writes their tags anew, with every end tag in its place.
Clauses are those of the HTML standard. Not followed, as no text changes: formatting elements are not opened again in
the next block (13.2.4.3), and implied elements such as `tbody` are not written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass

from crawler.errors import TooComplex
from crawler.extractors.elements import (
    CLOSE_P,
    CLOSING,
    FILLED,
    HEADINGS,
    HOLDERS,
    IMPLIED_ENDS,
    IN_ROWS,
    ITEMS,
    NOT_IN_SVG,
    RAW,
    ROWS,
    SCOPE,
    SPECIAL,
    TEXT_IN_SVG,
    VOID,
)

_MOST_NESTED = 256
"""Pages nested deeper are refused: an end tag may have to look at every open element."""

_ATTRIBUTES = r"""(?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))*+"""
_MARKUP = re.compile(
    rf"<(?:!--(?:-?>|.*?(?:--!?>|\Z))|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})"
    r"(?:>|(?P<cut>\Z))|[!?/][^>]*+(?:>|\Z))",
    re.DOTALL,
)
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in RAW}
_SCRIPT_MARKS = re.compile(r"<!--(?:-?>)?|-->|<(?P<end>/?)script(?=[\s/>])", re.IGNORECASE)

_ENDS: dict[str, tuple[Collection[str], Container[str]]] = {
    **{name: ((name,), SCOPE) for name in CLOSING},
    **dict.fromkeys(HEADINGS, (HEADINGS, SCOPE)),
    **{name: ((name,), ("table", "template")) for name in HOLDERS},
    "li": (("li",), SCOPE | {"ol", "ul"}),
    "p": (("p",), SCOPE | {"button"}),
    "table": (("table",), ("template",)),
    "template": (("template",), ()),
}
"""End tag → what it closes, and what it does not reach beyond; any other one is stopped by SPECIAL."""


def conforming(text: str) -> str:
    """Write the tags of a page so that libxml2 nests them as the HTML standard does."""
    return _Writer(text).written()


_Pieces = list["str | _Pieces"]


@dataclass(slots=True)
class _Open:
    """An open element."""

    name: str
    """In lower case."""
    written: str
    """Its name in the output: libxml2 would read the contents of a `<title>` inside `<svg>` as raw text."""
    out: _Pieces
    """Where its contents go."""
    foreign: bool = False
    """Whether it belongs to SVG or MathML."""
    above: _Pieces | None = None
    """What a table has outside its cells, which is shown above it."""


class _Writer:
    """The parser of clause 13.2.6 as far as it decides in which element a text is; its output is text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.out: _Pieces = []
        self.open = [_Open("html", "", self.out)]
        self.counts: dict[str, int] = {}
        """How many open elements have a name."""
        self.begun: set[str] = set()
        """Which of `html`, `head`, `body`, `frameset` and text the output has."""

    def written(self) -> str:
        text, end = self.text, len(self.text)
        while self.position < end:
            start = text.find("<", self.position)
            match = _MARKUP.match(text, start) if start >= 0 else None
            if match is None:  # only text follows, or `<` before a space or a digit
                start = start + 1 or end
                self.characters(text[self.position : start])
                self.position = start
                continue
            if start > self.position:
                self.characters(text[self.position : start])
            self.position = match.end()
            self.markup(match)
            if len(self.open) > _MOST_NESTED:
                raise TooComplex("depth")
        self.pop(1)
        return "".join(_flat(self.out))

    def markup(self, match: re.Match[str]) -> None:
        name, top = match["name"], self.open[-1]
        if name is None:
            cdata = _CDATA.match(self.text, match.start()) if top.foreign else None
            if cdata is not None:
                self.position = cdata.end()
            elif match[0].endswith("-->"):  # one without an end would hide what is written behind it
                top.out.append(match[0])
        elif match["cut"] is None:  # otherwise the page ends inside the tag, which is then ignored (13.2.5)
            if match["end"]:
                self.end(name.lower())
            else:
                self.start(name.lower(), match["attributes"])

    # Where things go

    def characters(self, text: str) -> None:
        top = self.open[-1]
        if text.isspace():
            top.out.append(text)
        else:
            self.begun.add("text")
            (self.place("") if top.name in ROWS else top.out).append(text)

    def place(self, name: str) -> _Pieces:
        """Return where text, or an element with this name, goes."""
        top = self.open[-1]
        if top.name not in ROWS or name in IN_ROWS:
            return top.out
        return next((one.above for one in reversed(self.open) if one.above is not None), top.out)

    def push(self, name: str, attributes: str, foreign: bool = False) -> None:
        out = self.place(name)
        written = "g" if foreign and name in RAW else name
        if foreign and name not in TEXT_IN_SVG:
            name = f"svg:{name}"  # a `<td>` of SVG is no cell
        element = _Open(name, written, out, foreign)
        if name == "table":
            element.above = []
            out.append(element.above)
        ending = " " if attributes.endswith("/") else ""  # without it libxml2 would close `<div/>`
        out.append(f"<{element.written}{attributes}{ending}>")
        self.open.append(element)
        self.counts[name] = self.counts.get(name, 0) + 1

    def pop(self, index: int) -> None:
        """Close the open elements from the one with this index on."""
        while len(self.open) > index:
            top = self.open.pop()
            self.counts[top.name] -= 1
            top.out.append(f"</{top.written}>")

    def find(self, names: Collection[str], stops: Container[str]) -> int:
        """Return the index of the innermost open element with one of the names; 0 when a stop comes before it."""
        if not any(map(self.counts.get, names)):
            return 0
        for index in range(len(self.open) - 1, 0, -1):
            name = self.open[index].name
            if name in names:
                return index
            if name in stops:
                break
        return 0

    def close(self, names: Collection[str], stops: Container[str] = SCOPE) -> bool:
        """Close the innermost open element with one of the names; tell whether there was one."""
        index = self.find(names, stops)
        if index:
            self.pop(index)
        return index > 0

    # Start tags

    def start(self, name: str, attributes: str) -> None:
        if self.in_svg():
            if name not in NOT_IN_SVG:
                self.start_in_svg(name, attributes)
                return
            while self.in_svg():
                self.pop(len(self.open) - 1)
        if name in ("svg", "math"):
            self.start_in_svg(name, attributes)
        elif name in ("html", "head", "body", "frameset"):
            self.start_page(name, attributes)
        elif name in RAW:
            self.raw(name, attributes)
        elif name in HOLDERS:
            self.start_part(name, attributes)
        elif name in ("form", "select", "input"):
            self.start_control(name, attributes)
        else:
            self.close_before(name)
            self.start_plain("img" if name == "image" else name, attributes)

    def start_plain(self, name: str, attributes: str) -> None:
        if name == "frame" and "frameset" not in self.begun:
            return
        if name in VOID:
            self.place(name).append(f"<{name}{attributes}>" + (f"</{name}>" if name in FILLED else ""))
        elif name == "plaintext":
            self.place(name).append(f"<plaintext{attributes}>{self.text[self.position :]}")
            self.position = len(self.text)
        else:
            self.push(name, attributes)

    def in_svg(self) -> bool:
        """Tell whether a start tag here is one of SVG or MathML."""
        return self.open[-1].foreign and self.open[-1].name not in TEXT_IN_SVG

    def start_in_svg(self, name: str, attributes: str) -> None:
        self.push(name, attributes, foreign=True)
        if attributes.endswith("/"):
            self.pop(len(self.open) - 1)

    def start_page(self, name: str, attributes: str) -> None:
        """Keep the first `<html>`, `<head>` and `<body>`, and a `<frameset>` before all text (13.2.6.4.7)."""
        late = self.begun & ({"body", "text"} if name == "frameset" else {"body", name})
        if len(self.open) == 1 and not late:
            self.begun.add(name)
            self.out.append(f"<{name}{attributes}>")

    def start_part(self, name: str, attributes: str) -> None:
        """Begin a part of a table, which closes all but the elements that hold it; ignored outside a table."""
        index = self.find(("table", "template"), ())
        if index:
            if self.open[index].name == "table":
                self.pop(self.find(HOLDERS[name], ()) + 1)
            self.start_plain(name, attributes)

    def start_control(self, name: str, attributes: str) -> None:
        if name != "form":  # both end an open `<select>`, and a second `<select>` only that (13.2.6.4.7)
            closed = self.close(("select",))
            if name == "input" or not closed:
                self.start_plain(name, attributes)
        elif self.open[-1].name in ROWS:
            self.place("script").append(f"<form{attributes}></form>")
        elif not self.find(("form",), ("template",)):
            self.close_before(name)
            self.push(name, attributes)

    def close_before(self, name: str) -> None:
        """Close what a start tag ends."""
        top = self.open[-1].name
        if name in ITEMS:
            self.close(ITEMS[name], SPECIAL - {"address", "div", "p"})
        if name in CLOSE_P:
            self.close(*_ENDS["p"])
        if (name in HEADINGS and self.open[-1].name in HEADINGS) or (
            name in ("option", "optgroup") and top == "option"
        ):
            self.pop(len(self.open) - 1)
        elif name == "button":
            self.close(("button",))
        elif name == "a":
            self.close(("a",), SPECIAL)
        elif name == "table" and top in ROWS:
            self.close(("table",), ())

    def raw(self, name: str, attributes: str) -> None:
        """Write an element without tags inside; `<script/>` is left to libxml2, which goes on behind it."""
        self.close_before(name)
        out = self.place(name)
        if attributes.endswith("/"):
            out.append(f"<{name}{attributes}>")
            return
        end = self.raw_end(name)
        inside = self.text[self.position : end]
        out.append(f"<{name}{attributes}>{conforming(inside) if name == 'noscript' else inside}</{name}>")
        tag = _MARKUP.match(self.text, end)
        self.position = tag.end() if tag is not None else len(self.text)

    def raw_end(self, name: str) -> int:
        """Return where the end tag of an element without tags begins."""
        if name != "script":
            match = _RAW_ENDS[name].search(self.text, self.position)
            return match.start() if match is not None else len(self.text)
        comment = nested = False
        for mark in _SCRIPT_MARKS.finditer(self.text, self.position):  # 13.2.5.15 to .31, "escaped"
            if mark["end"] is None:
                comment = mark[0] == "<!--"
                nested = nested and comment
            elif not mark["end"]:
                nested = comment
            elif not nested:
                return mark.start()
            else:
                nested = False
        return len(self.text)

    # End tags

    def end(self, name: str) -> None:
        if self.open[-1].foreign and self.end_in_svg(name):
            return
        if name in ("html", "body"):
            return  # what follows goes where it would go without the tag (13.2.6.4.19 and .22)
        if name in ("head", "frameset"):
            if name in self.begun and len(self.open) == 1:
                self.out.append(f"</{name}>")
        elif name == "br":
            self.start(name, "")
        elif name == "form":
            self.end_form()
        elif not self.close(*_ENDS.get(name, ((name,), SPECIAL))) and name == "p":
            self.place(name).append("<p></p>")

    def end_in_svg(self, name: str) -> bool:
        """Close an element of SVG or MathML; tell whether there was one with this name."""
        for index in range(len(self.open) - 1, 0, -1):
            if not self.open[index].foreign:
                break
            if self.open[index].name in (name, f"svg:{name}"):
                self.pop(index)
                return True
        return False

    def end_form(self) -> None:
        """Close a form; one with open elements stays open, which changes no text (13.2.6.4.7)."""
        if self.find(("form",), SCOPE):
            while self.open[-1].name in IMPLIED_ENDS:
                self.pop(len(self.open) - 1)
            if self.open[-1].name == "form":
                self.pop(len(self.open) - 1)


def _flat(pieces: _Pieces) -> Iterator[str]:
    """Yield the strings of nested lists in order."""
    stack = [iter(pieces)]
    while stack:
        piece = next(stack[-1], None)
        if piece is None:
            stack.pop()
        elif isinstance(piece, str):
            yield piece
        else:
            stack.append(iter(piece))
