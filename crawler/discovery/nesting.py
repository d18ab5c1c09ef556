"""Find the entries of a feed or sitemap: the tags of its markup in, one Entry after the other out.

Missing end tags, entries in entries, and a second root do not keep it from the entries behind them. Only one entry is
in memory at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator

from crawler.discovery.markup import Element, Markup

MOST_ELEMENTS = 500_000
"""Elements of a document, ten for each of 50,000 entries."""
MOST_OF_ENTRY = 10_000
"""Elements of one entry, which are in memory at once; also the most that are open at once."""


class Entry:
    """An entry of a feed or sitemap, and the elements in it."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.inside: list[Element] = []
        self.whole = True
        """False when the document ends in it."""

    def fields(self, *names: str) -> Iterator[Element]:
        """Yield the entry's own elements with one of these names, in the document's order."""
        for element in self.inside:
            if element.name in names and not element.path(self.element):
                yield element


def entries(
    markup: Markup,
    roots: Collection[str],
    names: Collection[str],
    leaves: Collection[str],
    other: Callable[[Element], None],
) -> Iterator[Entry]:
    """Yield the elements of `markup` with one of `names`: the entries.

    `roots`: names of the elements that hold them. `leaves`: elements that hold text alone, and end where another
    begins. `other` is called with each element outside of entries once it ends. All names are in lower case.
    """
    return _Walk(markup, roots, names, leaves, other).entries()


class _Walk:
    """One walk over the tags of a document: which elements are open, and which entry."""

    def __init__(
        self,
        markup: Markup,
        roots: Collection[str],
        names: Collection[str],
        leaves: Collection[str],
        other: Callable[[Element], None],
    ) -> None:
        self._markup, self._roots, self._names, self._leaves, self._other = markup, roots, names, leaves, other
        self._open: list[Element] = []
        self._names_open: Counter[str] = Counter()
        self._entry: Entry | None = None
        self._above = 0  # open elements when the entry began

    def entries(self) -> Iterator[Entry]:
        markup, elements = self._markup, 0
        for tag in markup.tags():
            if tag[1]:
                yield from self._close(tag[3].decode("latin-1").lower(), tag.start())
                continue
            elements += 1
            held = len(self._entry.inside) if self._entry else len(self._open)
            if elements > MOST_ELEMENTS or held > MOST_OF_ENTRY:
                markup.limit = f"entries after the first {elements} elements left out"
                return
            yield from self._start(Element(tag, self._open[-1] if self._open else None))
            if tag[4].endswith(b"/"):
                yield from self._close(tag[3].decode("latin-1").lower(), tag.end())
        ended = not any(element.name in self._roots for element in self._open)
        if markup.limit:
            return
        if self._entry:
            self._entry.whole = False
        yield from self._leave(len(markup.body))
        markup.end(ended=ended)

    def _start(self, element: Element) -> Iterator[Entry]:
        if self._open and self._open[-1].name in self._leaves:
            leaf = self._drop()
            self._markup.fault("an element without its end tag", leaf.at)
            leaf.first = element.at if leaf.first < 0 else leaf.first
        if self._starts_entry(element):
            if self._entry:
                self._markup.fault("an entry without its end tag", self._entry.element.at)
                yield from self._leave(element.at)
            element.parent = self._open[-1] if self._open else None
            self._entry, self._above = Entry(element), len(self._open)
        elif self._entry:
            self._entry.inside.append(element)
        else:
            self._outside(element)
        if self._open and self._open[-1].first < 0:
            self._open[-1].first = element.at
        self._open.append(element)
        self._names_open[element.name] += 1

    def _starts_entry(self, element: Element) -> bool:
        return element.name in self._names and (not self._entry or self._entry.element.prefix == element.prefix)

    def _outside(self, element: Element) -> None:
        markup = self._markup
        markup.opened = markup.opened or element.name
        if element.name in self._roots and markup.opened != "html":
            if markup.root and not any(above.name in self._roots for above in self._open):
                markup.fault("a second root", element.at)
            markup.root = markup.root or element.name

    def _close(self, name: str, at: int) -> Iterator[Entry]:
        """End the nearest open element of this name, and all that are open in it."""
        if not self._names_open[name]:
            self._markup.fault("an end tag without its start tag", at)
            return
        while True:
            if self._entry and len(self._open) == self._above + 1:
                if self._open[-1].name != name:
                    self._markup.fault("an entry without its end tag", self._entry.element.at)
                ended = self._open[-1].name == name
                yield from self._leave(at)
                if ended:
                    return
                continue
            element = self._drop()
            if element.name == name:
                element.end = at
                if not self._entry:
                    self._other(element)
                return
            self._markup.fault("an element without its end tag", element.at)
            if element.first < 0:
                element.first = at

    def _drop(self) -> Element:
        element = self._open.pop()
        self._names_open[element.name] -= 1
        return element

    def _leave(self, at: int) -> Iterator[Entry]:
        """Close the open entry at this byte, and yield it."""
        if self._entry:
            while len(self._open) > self._above:
                self._drop()
            entry, self._entry = self._entry, None
            if (
                entry.inside
                or entry.element.attributes.strip(b"/ ")
                or self._markup.body[entry.element.inner : at].strip()
            ):
                yield entry
            else:
                self._markup.fault("an empty entry", entry.element.at)
