"""Checks 7–11: version line, line ends and fields of a WARC header (WARC 1.1, 4 to 6)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from archive.audit.registry import FIELD_NAMES, HEADER_TEXT, check
from archive.read.faults import Fault
from archive.read.header import DRAFTS, KNOWN, FieldNames, Header
from archive.read.record import TYPES
from archive.warc.heads import MAX_FIELDS

_PRINTABLE = bytes({9, *range(32, 256)} - {127})
"""Bytes that a field value may have: no control characters but the tab."""
TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z|~]+")
_ALL = ("WARC-Record-ID", "WARC-Type", "WARC-Date", "Content-Length")
"""Mandatory in every record."""
_MORE = {
    "response": ("WARC-Target-URI",),
    "resource": ("WARC-Target-URI",),
    "request": ("WARC-Target-URI",),
    "conversion": ("WARC-Target-URI",),
    "revisit": ("WARC-Target-URI", "WARC-Profile"),
    "continuation": ("WARC-Target-URI", "WARC-Segment-Number", "WARC-Segment-Origin-ID"),
}
"""Mandatory in records of a type."""
_ONLY_IN: dict[str, tuple[frozenset[str], str]] = {
    # field: the types that may have it, the clause
    "WARC-Concurrent-To": (frozenset({"request", "response", "resource", "metadata", "revisit"}), "WARC 1.1, 5.7"),
    "WARC-IP-Address": (frozenset({"request", "response", "resource", "metadata", "revisit"}), "WARC 1.1, 5.10"),
    "WARC-Refers-To": (frozenset({"metadata", "revisit", "conversion"}), "WARC 1.1, 5.11"),
    "WARC-Refers-To-Target-URI": (frozenset({"revisit"}), "WARC 1.1, 5.12"),
    "WARC-Refers-To-Date": (frozenset({"revisit"}), "WARC 1.1, 5.13"),
    "WARC-Target-URI": (TYPES - {"warcinfo"}, "WARC 1.1, 5.14"),
    "WARC-Warcinfo-ID": (TYPES - {"warcinfo"}, "WARC 1.1, 5.16"),
    "WARC-Filename": (frozenset({"warcinfo"}), "WARC 1.1, 5.17"),
    "WARC-Profile": (frozenset({"revisit"}), "WARC 1.1, 5.18"),
    "WARC-Segment-Origin-ID": (frozenset({"continuation"}), "WARC 1.1, 5.21"),
    "WARC-Segment-Total-Length": (frozenset({"continuation"}), "WARC 1.1, 5.22"),
}
_REPEATABLE = frozenset({"warc-concurrent-to", "warc-protocol"})
_DEFINED = frozenset(
    name.lower()
    for name in (*_ALL, *_ONLY_IN, "Content-Type", "WARC-Block-Digest", "WARC-Payload-Digest", "WARC-Truncated")
) | {"warc-identified-payload-type", "warc-segment-number"}


@check(7, "version line known", clause="WARC 1.1, 4", judges=HEADER_TEXT)
def version_line(header: Header) -> Iterator[Fault]:
    """The first line of a record is a version that readers know."""
    version = header.version.rstrip("\r")
    if version in KNOWN:
        return
    if version in DRAFTS:
        yield Fault("warning", f"{version} is a draft from before the standard")
    elif version.upper() in KNOWN:  # the standard's grammar ignores case (RFC 2616, 2.1), most readers do not
        yield Fault("warning", f"the version line is {version!r}, where most readers look for {version.upper()}")
    elif ":" in version:
        yield Fault("error", f"no version line: the header starts with {version[:60]!r}")
    else:
        yield Fault("error", f"unknown version line {version[:60]!r}; known are {' and '.join(KNOWN)}")


@check(8, "line ends, field grammar, UTF-8", clause="WARC 1.1, 4", judges=HEADER_TEXT)
def header_text(header: Header) -> Iterator[Fault]:
    """Lines end in CRLF, without control characters; the text is UTF-8; each line is a field."""
    text = header.irregular
    if text is None:
        return
    in_lf = Fault("warning" if header.version.strip() in DRAFTS else "error", "header lines end in LF instead of CRLF")
    found = _characters(text.raw, in_lf)
    if text.folded_first:
        found.append(Fault("error", "the first header line is a continuation line"))
    found += [Fault("error", f"a header line without a colon: {line[:60]!r}") for line in text.without_colon]
    if text.too_many:
        found.append(Fault("error", f"the header has more than {MAX_FIELDS} fields: the further ones are not read"))
    if text.ends_in_lf and not found:
        found.append(in_lf)
    yield from found


def _characters(raw: bytes, in_lf: Fault) -> list[Fault]:
    """A fault for bare LF, for other control characters, or for bytes that are not UTF-8."""
    controls = raw.translate(None, _PRINTABLE)
    if controls != b"\r\n" * raw.count(b"\r\n"):
        left = controls.replace(b"\r\n", b"")
        if not left.strip(b"\n"):
            return [in_lf]
        characters = ", ".join(sorted({f"0x{byte:02x}" for byte in left}))
        return [Fault("error", f"control characters in the header: {characters}")]
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return [Fault("error", f"the header is not UTF-8: byte 0x{raw[error.start]:02x} at {error.start}")]
    return []


@check(8, judges=FIELD_NAMES)
def field_grammar(names: FieldNames, kind: str | None, empty: bool) -> Iterator[Fault]:  # noqa: ARG001 - stage API
    """Field names are tokens."""
    for name in names.as_written:
        if not name:
            yield Fault("error", "a header line without a field name")
        elif not TOKEN.fullmatch(name):
            what = "a space before the colon" if TOKEN.fullmatch(name.rstrip(" \t")) else "it is not a token"
            yield Fault("error", f"field name {name[:60]!r}: {what}")


@check(9, "mandatory fields", clause="WARC 1.1, 5 and 6", judges=FIELD_NAMES)
def mandatory(names: FieldNames, kind: str | None, empty: bool) -> Iterator[Fault]:
    """A record has the mandatory fields of all records, and those of its type."""
    there = names.index
    for name in _ALL:
        if name.lower() not in there:
            yield Fault("error", f"{name} is missing")
    if kind is None:
        if "warc-type" in there:
            yield Fault("error", "WARC-Type is empty")
        return
    for name in _MORE.get(kind, ()):
        if name.lower() not in there:
            yield Fault("error", f"{name} is missing; a {kind} record shall have it")
    if kind not in TYPES:
        text = f"record type {kind[:40]!r} is not one of the standard; its content is not checked"
        yield Fault("note", text, "WARC 1.1, 5.5")
    elif not empty and kind != "continuation" and "content-type" not in there:
        yield Fault("warning", "Content-Type is missing; a record with a block should have it", "WARC 1.1, 5.6")


@check(10, "fields that the type shall not have", clause="WARC 1.1, 5 and 6", judges=FIELD_NAMES)
def forbidden(names: FieldNames, kind: str | None, empty: bool) -> Iterator[Fault]:  # noqa: ARG001 - stage API
    """A record has no field that the standard reserves for other types; unknown types may have any."""
    if kind not in TYPES:
        return
    for name, (kinds, clause) in _ONLY_IN.items():
        if name.lower() in names.index and kind not in kinds:
            yield Fault("error", f"{name} shall not be used in a {kind} record", clause)
    if kind == "warcinfo" and "warc-payload-digest" in names.index:
        yield Fault("warning", "WARC-Payload-Digest in a warcinfo record, which has no payload", "WARC 1.1, 5.9")


@check(11, "no repeated field", clause="WARC 1.1, 5.1", judges=FIELD_NAMES)
def repeated(names: FieldNames, kind: str | None, empty: bool) -> Iterator[Fault]:  # noqa: ARG001 - stage API
    """Only WARC-Concurrent-To and WARC-Protocol may repeat; for a field that the standard lacks, it is a warning."""
    for name, count in Counter(names.lower).items():
        if count > 1 and name not in _REPEATABLE:
            yield Fault("error" if name in _DEFINED else "warning", f"{name} occurs {count} times")
