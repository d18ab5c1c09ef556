"""Scan an XML document that may be broken: the bytes of a feed or sitemap in, tags, texts and faults out.

One pass in linear time. What a strict parser refuses is read as its writer meant it: an `&` that is not escaped, an
entity or prefix that is not declared, text before the declaration. Nothing that the document names is opened, and no
entity is expanded but the character references of XML and HTML. `nesting.entries` makes entries of the tags.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from html.entities import html5

from crawler.discovery.found import LONGEST_URL, Headers
from crawler.extractors.charset import decode
from crawler.extractors.charset.decoding import JUDGED, MARKUP_WINDOW
from crawler.extractors.charset.encodings import CODECS

MOST_MARKS = 1_500_000
"""Tags, comments and so on of a document; so many take 5 seconds (2026-11)."""
MOST_PREFIXES = 20
"""Namespace prefixes whose declaration is looked for."""
MOST_FAULTS = 10
"""Kinds of faults that are told; the first."""
DEEPEST = 20
"""Elements between an entry and a field up to which a field is looked for."""
LONGEST_TEXT = 4 * LONGEST_URL + 4
"""Bytes of one text or tag that are read: a longer address is certainly too long."""

_NAME = rb"<(/?)(?:([A-Za-z_\x80-\xff][^\s<>/:]*+):)?+([A-Za-z_\x80-\xff][^\s<>/:]*+)"
_TAG = re.compile(_NAME + rb"""((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>""")
_UNBALANCED_TAG = re.compile(_NAME + rb"([^<>]*+)>")
_MARK = re.compile(rb"<(?=/?[A-Za-z_\x80-\xff]|[!?])")
"""A `<` that may begin markup; any other is text."""
_INSTRUCTION = re.compile(rb"<\?[^<>]*+>")
_ATTRIBUTE = re.compile(rb"""(?:^|(?<=[\s"'/]))([^\s=<>"'/]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++))""")
_CDATA = re.compile(rb"<!\[CDATA\[((?:[^\]]++|\](?!\]>))*+)(?:\]\]>)?")
_NO_TEXT = re.compile(rb"<!--.*?-->|<[/?A-Za-z_][^<>]*+>", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#[xX]([0-9A-Fa-f]{1,6});|#([0-9]{1,7});|([A-Za-z][A-Za-z0-9]{1,31};))?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_RAW_BYTE = re.compile("[\udc80-\udcff]")
_XML_ENTITIES = frozenset(("amp;", "lt;", "gt;", "quot;", "apos;"))


class Element:
    """An element, by its place in the document."""

    __slots__ = ("at", "attributes", "end", "first", "inner", "name", "parent", "prefix")

    def __init__(self, tag: re.Match[bytes], parent: Element | None) -> None:
        self.prefix, self.name = (tag[2] or b"").decode("latin-1").lower(), tag[3].decode("latin-1").lower()
        self.attributes = tag[4][:LONGEST_TEXT]
        self.at, self.inner = tag.span()
        """Where its start tag begins and ends."""
        self.first = self.end = -1
        """Where its first child begins, and its end tag; -1 = it has none."""
        self.parent = parent

    def path(self, entry: Element) -> list[Element]:
        """List the elements between `entry` and this one, the nearest first; those without an end tag hold nothing."""
        found: list[Element] = []
        above = self.parent
        while above is not None and above is not entry and len(found) < DEEPEST:
            if above.end >= 0:
                found.append(above)
            above = above.parent
        return found


class Markup:
    """One document. All its faults are known once `tags` and the texts are read."""

    def __init__(self, body: bytes, headers: Headers, url: str) -> None:
        self.body, self._codec, declared = _ascii_compatible(body, headers, url)
        self.root = self.opened = ""
        """Name of the first root element that was looked for, and of the first element of all."""
        self.entities = False
        """Whether it declares entities before its root."""
        self.limit = self.cut = ""
        """At which limit of ours reading ended, and where the document was cut off; empty = neither."""
        self._faults: dict[str, list[int]] = {}
        self._ends: dict[bytes, int] = {}
        self._prefixes: dict[bytes, int] = {}  # and where each is used first
        self._swallowed = False  # by a comment without its end
        if CODECS.get(declared) != self._codec and (first := _NOT_ASCII.search(self.body)):
            self.fault(f"text that is {self._codec} and not {declared}", first.start())

    # -- faults

    def fault(self, what: str, at: int) -> None:
        """Note a fault at this byte."""
        if what in self._faults or len(self._faults) < MOST_FAULTS:
            self._faults.setdefault(what, [at, 0])[1] += 1

    def faults(self) -> str:
        """Describe each kind of fault once, with its first line; empty when there is none."""
        lines = []
        for what, (at, count) in sorted(self._faults.items(), key=lambda item: item[1][0]):
            lines.append(f"line {self.line(at)}: {what}" + (f" ({count} times)" if count > 1 else ""))
        return "; ".join(lines)

    def line(self, at: int) -> int:
        """Return the line of a byte; the first is 1."""
        return self.body.count(b"\n", 0, at) + 1

    # -- texts

    def text(self, element: Element) -> str:
        """Return the text in an element, without markup; empty when the document ends in it."""
        return _RAW_BYTE.sub("\ufffd", self._text(element))

    def address(self, element: Element) -> str:
        """Return the text in an element as an address; a byte that its encoding lacks is escaped as `%E9`."""
        return _escaped(self._text(element).partition("<")[0])

    def attribute(self, element: Element, name: str) -> str:
        """Return an attribute's value as an address; empty when the element has none of this name in lower case."""
        wanted = name.encode()
        for found in _ATTRIBUTE.finditer(element.attributes):
            if found[1].lower() == wanted:
                return _escaped(self._decoded(found[2] or found[3] or found[4] or b"", element))
        return ""

    def _text(self, element: Element) -> str:
        end = element.end if element.end >= 0 else element.first
        raw = self.body[element.inner : max(end, 0)][:LONGEST_TEXT]
        if b"<" not in raw:
            return self._decoded(raw, element)
        pieces, at = [], 0
        for literal in _CDATA.finditer(raw):
            pieces += [self._decoded(_NO_TEXT.sub(b"", raw[at : literal.start()]), element)]
            pieces += [self._decoded(literal[1], element, literal=True)]
            at = literal.end()
        return "".join([*pieces, self._decoded(_NO_TEXT.sub(b"", raw[at:]), element)])

    def _decoded(self, raw: bytes, element: Element, *, literal: bool = False) -> str:
        def fault(what: str) -> None:
            self.fault(what, element.at)

        text = raw.decode(self._codec, "surrogateescape")
        if not raw.isascii() and _RAW_BYTE.search(text):
            fault(f"bytes that are not {self._codec}")
        if _CONTROL.search(text):
            fault("a control character")
            text = _CONTROL.sub("", text)
        return text if literal or "&" not in text else _unescaped(text, fault)

    # -- tags

    def tags(self) -> Iterator[re.Match[bytes]]:
        """Yield the tags outside of comments and CDATA sections."""
        body, mark, marks = self.body, _MARK.search(self.body), 0
        if mark and body[: mark.start()].strip():
            self.fault("text before the XML", 0)
        while mark:
            at, marks = mark.start(), marks + 1
            if marks > MOST_MARKS:
                self.limit = f"all after the first {MOST_MARKS} tags left out"
                return
            if tag := _TAG.match(body, at) or _UNBALANCED_TAG.match(body, at):
                if tag[2] and len(self._prefixes) < MOST_PREFIXES:
                    self._prefixes.setdefault(tag[2], at)
                yield tag
                at = tag.end()
            else:
                at = self._behind(at)
            mark = _MARK.search(body, at)

    def _behind(self, at: int) -> int:
        """Return the end of what is at `at` and no tag; text, if nothing else."""
        body = self.body
        if body.startswith(b"<![CDATA[", at):
            return self._behind_cdata(at)
        if body.startswith(b"<!--", at):
            end = self._next(b"-->", at)
            self._swallowed = self._swallowed or end < 0
            return end if end >= 0 else len(body)
        if instruction := _INSTRUCTION.match(body, at):
            if at and instruction[0].startswith(b"<?xml "):
                self.fault("an XML declaration that is not at the start", at)
            return instruction.end()
        if body.startswith(b"<!", at):
            self.entities = self.entities or (not self.root and body.startswith(b"<!ENTITY", at))
            return at + 2
        self.fault("a tag without its end", at)
        return at + 1

    def _behind_cdata(self, at: int) -> int:
        start = at + len(b"<![CDATA[")
        end = self._next(b"]]>", start)
        if end < 0 or self.body.find(b"<![CDATA[", start, end) >= 0:
            self.fault("a CDATA section without its end", at)
            return start
        return end

    def _next(self, closing: bytes, at: int) -> int:
        """Find a closing mark; each part of the document is searched once, whatever the number of opening marks."""
        known = self._ends.get(closing, 0)
        if 0 <= known < at:
            known = self._ends[closing] = self.body.find(closing, at)
        return known + len(closing) if known >= 0 else -1

    def end(self, *, ended: bool) -> None:
        """Note that all was read; `ended`: the root has its end tag."""
        for prefix, at in self._prefixes.items():
            if b"xmlns:" + prefix not in self.body:
                self.fault(f"the undeclared prefix {prefix[:20].decode('ascii', 'replace')}", at)
        if not self.root:
            self.fault("entries without a root", 0)
        elif self._swallowed or not ended:
            self.cut = f"line {self.line(len(self.body))}: cut off, </{self.root}> is missing"


def _ascii_compatible(body: bytes, headers: Headers, url: str) -> tuple[bytes, str, str]:
    """Return a body in which markup is ASCII, without byte order mark, the codec of its texts, and what it declares."""
    sample = body[: MARKUP_WINDOW + JUDGED]
    if len(body) > len(sample) and (first := _NOT_ASCII.search(body, MARKUP_WINDOW)):
        sample = body[:MARKUP_WINDOW] + body[first.start() :][:JUDGED]
    decoded = decode(sample, headers, url)
    codec = CODECS[decoded.encoding]
    if decoded.encoding.startswith(("utf-16", "utf-32", "iso-2022")):
        return body.decode(codec, "replace").removeprefix("\ufeff").encode("utf-8", "replace"), "utf-8", "utf-8"
    if body.startswith(codecs.BOM_UTF8):
        return body.removeprefix(codecs.BOM_UTF8), codec, decoded.encoding
    return body, codec, decoded.declared or "utf-8"


def _escaped(text: str) -> str:
    return _RAW_BYTE.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", text.strip())


def _unescaped(text: str, fault: Callable[[str], None]) -> str:
    """Replace references; one that is not declared in XML, and an `&` alone, is a fault."""

    def replaced(found: re.Match[str]) -> str:
        hexadecimal, decimal, name = found.groups()
        if hexadecimal or decimal:
            number = int(hexadecimal, 16) if hexadecimal else int(decimal)
            return chr(number) if 32 <= number < 0xD800 or 0xE000 <= number < 0x110000 or number in (9, 10, 13) else ""
        if name not in _XML_ENTITIES:
            fault("an & that is not escaped" if not name else f"the undeclared entity &{name}")
        return html5.get(name, found[0]) if name else found[0]

    return _REFERENCE.sub(replaced, text)
