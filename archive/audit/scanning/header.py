"""The header of one WARC record: its bytes go in, fields by name and what checks 7 to 11 say about it come out.

Records of one crawl share their field names: what follows from the names alone (checks 8 to 11) is worked out once per
set of names and kept, which leaves 6 µs per header instead of 21 (2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.audit.checks.fields import check_09_mandatory, check_10_forbidden, check_11_repeated
from archive.audit.checks.grammar import DRAFTS, KNOWN, check_07_version, check_08_characters, check_08_names
from archive.audit.findings import Fault

MAX_SHAPES = 4096
_PRINTABLE = bytes({*range(32, 256)} - {127})
MAX_FIELDS = 64
_LINE_ENDS = [b"\r\n" * count for count in range(MAX_FIELDS)]


class Shape:
    """What a row of field names says by itself."""

    __slots__ = ("_by_kind", "index", "lower", "names", "tidy")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.lower = tuple(name.rstrip(" \t").lower() for name in names)
        self.index = {name: at for at, name in reversed(list(enumerate(self.lower)))}
        """First place of each name."""
        self.tidy = not any(":" in name or name[:1] == " " for name in names)
        """No line was folded, and the first `: ` of each was the one after its name."""
        self._by_kind: dict[tuple[str | None, bool], tuple[Fault, ...]] = {}

    def faults(self, kind: str | None, empty: bool) -> tuple[Fault, ...]:
        """Checks 8 to 11, kept per record type."""
        known = self._by_kind.get((kind, empty))
        if known is None:
            found = [*check_08_names(self.names)]
            found += check_09_mandatory(self.index, kind, empty)
            if kind is not None:
                found += check_10_forbidden(self.index, kind)
            found += check_11_repeated(self.lower)
            if len(self._by_kind) > MAX_SHAPES:
                self._by_kind.clear()
            known = self._by_kind[(kind, empty)] = tuple(found)
        return known


_shapes: dict[tuple[str, ...], Shape] = {}


class Header:
    """Version and fields of one record."""

    __slots__ = ("faults", "shape", "values", "version")

    def __init__(self, version: str, shape: Shape, values: Sequence[str], faults: list[Fault]) -> None:
        self.version, self.shape, self.values = version, shape, values
        self.faults = faults
        """Checks 7 and 8 on this very text; those of `shape.faults` come on top."""

    def get(self, name: str) -> str | None:
        """First value of a field; name in lower case."""
        at = self.shape.index.get(name)
        return None if at is None else self.values[at]

    def names_warc(self) -> bool:
        """There are fields of WARC in it."""
        return any(name.startswith("warc-") for name in self.shape.index)

    def all(self, name: str) -> list[str]:
        """All values of a field; name in lower case."""
        if name not in self.shape.index:
            return []
        return [value for key, value in zip(self.shape.lower, self.values, strict=True) if key == name]


def parse_header(raw: bytes) -> Header:
    """`raw` = version line to the last field, without the line end before the empty line. Never raises."""
    return _parse_tidy(raw) or _parse_any(raw)


def _parse_tidy(raw: bytes) -> Header | None:
    """A header as tools write it: known version, CRLF, one space after each colon; None for any other."""
    try:
        version, *lines = raw.decode().split("\r\n")
        if version not in KNOWN or raw.translate(None, _PRINTABLE) != _LINE_ENDS[len(lines)]:
            return None
        names, values = zip(*[line.split(": ", 1) for line in lines], strict=False)
        if values != tuple(map(str.strip, values)):
            return None
    except (ValueError, IndexError):  # no UTF-8; no colon; more lines than a header has
        return None
    shape = _shapes.get(names) or _new_shape(names)
    return Header(version, shape, values, []) if shape.tidy else None


def _parse_any(raw: bytes) -> Header:
    version = raw[:64].split(b"\n", 1)[0].strip().decode("latin-1")
    fault = check_08_characters(raw, raw.count(b"\r\n") + 1, version in DRAFTS)
    faults = [fault] if fault else []
    lines = [line.removesuffix("\r") for line in raw.decode(errors="replace").split("\n")]
    if fault := check_07_version(lines[0].rstrip("\r")):
        faults.insert(0, fault)
    lines = _unfold(lines, faults)
    names: list[str] = []
    values: list[str] = []
    for line in lines if ":" in lines[0] else lines[1:]:  # with a colon it is a field, and the version line missing
        name, colon, value = line.partition(":")
        if not colon:
            faults.append(Fault("error", f"a header line without a colon: {line[:60]!r}", check=8))
            continue
        names.append(name)
        values.append(value.strip(" \t"))
    key = tuple(names)
    return Header(lines[0], _shapes.get(key) or _new_shape(key), values, faults)


def _new_shape(names: tuple[str, ...]) -> Shape:
    shape = Shape(names)
    if len(names) <= MAX_FIELDS:
        if len(_shapes) >= MAX_SHAPES:
            _shapes.clear()
        _shapes[names] = shape
    return shape


def _unfold(lines: list[str], faults: list[Fault]) -> list[str]:
    """Joins lines that go on with a space or tab (LWS of RFC 2616, 2.2) by one space."""
    joined = lines[:1]
    for line in lines[1:]:
        if line[:1] not in (" ", "\t"):
            joined.append(line)
        elif len(joined) > 1:
            joined[-1] += " " + line.strip(" \t")
        else:
            faults.append(Fault("error", "the first header line is a continuation line", check=8))
    return joined
