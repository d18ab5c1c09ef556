"""Body and headers of a page → Decoded: charset detection from byte order mark, declarations and the bytes themselves.

Labels mean what browsers take them for (WHATWG Encoding Standard: gb2312 and gbk are gb18030, iso-8859-1 is
windows-1252). A declaration is ignored when the text would be mojibake.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.extractors.charset.content_type import content_type
from crawler.extractors.charset.encodings import CODECS, USUAL_IN, encoding_named
from crawler.extractors.charset.plausibility import Plausibility, plausibilities


@dataclass(frozen=True)
class Decoded:
    """A page's text and how it was decoded."""

    text: str
    """Without byte order mark."""
    encoding: str
    """WHATWG name of the encoding used, lower case: `utf-8`, `gb18030`, `windows-1252` …"""
    declared: str
    """WHATWG name that header or, after it, markup declares; empty when neither declares one that exists."""
    replaced: int
    """The number of U+FFFD in place of bytes that are invalid in the encoding."""


BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),  # before UTF-16LE, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)

MARKUP_WINDOW = 4096
"""First bytes in which a declaration is looked for; browsers read 1024, but real pages put scripts before it."""
JUDGED = 1 << 20
"""First bytes of a page from which its encoding is detected."""
SAMPLE = 4000
"""How many bytes around non-ASCII characters are judged; more change no result of the tests."""
GLANCE = 400
"""First bytes of the sample, which are enough to drop most candidates: 5 ms per page instead of 20."""
IN_THE_RUNNING = 1.5
"""Points below the best candidate on the glance up to which a candidate is judged on the whole sample."""
AROUND = 40
"""ASCII bytes kept on each side of non-ASCII ones: their words show the language."""
HIGH_BYTES = bytes(range(128, 256))
TRUST = 0.1
"""Points below the best candidate up to which a declared encoding is believed, if it has no more misfits."""
WORTH_A_LOOK = 0.3
"""Share of invalid sequences up to which UTF-8 is a candidate."""
MOSTLY = 0.5
"""Share of NULs in the expected positions of the first bytes, from which a page is UTF-16 or UTF-32."""
ANECDOTE = 8
"""With no more non-ASCII bytes than this, a declaration without misfits is believed."""
USUAL = 0.3
"""Additional points for the usual encodings of the page's language or country."""
FEW = 0.02
"""Share of invalid sequences up to which a page that declares UTF-8 is faulty UTF-8 (cut strings, pasted bytes)."""

DECLARATIONS = (
    re.compile(rb"""<meta[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE),
    re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE),
)
LANGUAGE = re.compile(rb"""<html[^>]*?\slang\s*=\s*["']?\s*([a-zA-Z]{2})""", re.IGNORECASE)
COUNTRY = re.compile(r"https?://[^/:]*\.([a-z]{2})(?=[/:]|$)")


def decode(body: bytes, headers: Iterable[tuple[str, str]] = (), url: str = "") -> Decoded:
    """Decode a page; invalid bytes become U+FFFD and are counted, so this never fails.

    `url` only breaks ties: pages of a `.cn` host are likely simplified Chinese.
    """
    declarations = _declarations(body, headers)
    declared = declarations[0] if declarations else ""
    for mark, encoding in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return _read(body[len(mark) :], encoding, declared)
    if b"\x00" in body[:64] and (wide := _utf16_or_utf32(body)):
        return _read(body, wide, declared)
    if not body.isascii():
        return _read(body, _detect(body, declarations, url), declared)
    if b"\x1b$" in body:
        return _read(body, "iso-2022-jp", declared)
    extends_ascii = declared and not declared.startswith(("utf-16", "utf-32"))
    return _read(body, declared if extends_ascii else "utf-8", declared)


def _declarations(body: bytes, headers: Iterable[tuple[str, str]]) -> list[str]:
    """List the declared encodings that exist, that of the header first."""
    found = [encoding_named(content_type(headers).charset)]
    head = body[:MARKUP_WINDOW]
    for pattern in DECLARATIONS:
        if markup := pattern.search(head):
            label = encoding_named(markup[1].decode("ascii", "replace"))
            # Markup that could be read as ASCII is not UTF-16, whatever it says (HTML Standard, 13.2.3.2).
            found.append("utf-8" if label.startswith("utf-16") else label)
    return [name for name in dict.fromkeys(found) if name]


def _read(body: bytes, encoding: str, declared: str) -> Decoded:
    codec = CODECS[encoding]
    try:
        text = body.decode(codec)
        replaced = 0
    except UnicodeDecodeError:
        text = body.decode(codec, "replace")
        replaced = text.count("\ufffd")
    if encoding == "utf-8" and not replaced and not text.isascii():
        text = _without_double_encoding(text)
    return Decoded(text.removeprefix("\ufeff"), encoding, declared, replaced)


def _without_double_encoding(text: str) -> str:
    """Decode a text once more if all of it was encoded twice as UTF-8: `itâ\x80\x99s`.

    This was so for 25 of 1,050 recorded articles of one collection and none of 1,700 others (2026-11).
    """
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _utf16_or_utf32(body: bytes) -> str:
    """Recognise UTF-16 or UTF-32 without byte order mark by the NULs in ASCII markup; empty when it is neither."""
    head = body[:64]
    zeros = [head[place::4].count(0) * 4 / len(head) for place in range(4)]
    if min(zeros[1:]) > MOSTLY or min(zeros[:3]) > MOSTLY:
        return "utf-32le" if zeros[0] < zeros[3] else "utf-32be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if max(even, odd) < MOSTLY:
        return ""
    return "utf-16be" if even > odd else "utf-16le"


def _detect(body: bytes, declarations: list[str], url: str) -> str:
    """Choose a declared encoding unless it makes mojibake, else the one that makes the most plausible text."""
    faults = _utf8_faults(body)
    if faults == 0.0 or (faults <= FEW and "utf-8" in declarations):
        return "utf-8"
    names = [name for name in CODECS if not name.startswith("utf-")]
    if faults <= WORTH_A_LOOK:
        names.append("utf-8")
    sample = _sample(body)
    first = _readings(sample[:GLANCE], names)
    leader = max(reading.points for reading in first.values())
    names = [name for name in names if first[name].points >= leader - IN_THE_RUNNING]
    readings = _readings(sample, names)
    usual = _usual(body, url)
    best = max(names, key=lambda name: readings[name].points + USUAL * (name in usual))
    declared = [name for name in declarations if name in readings]
    if declared and sum(map(HIGH_BYTES.__contains__, sample)) <= ANECDOTE:
        likeliest = max(declared, key=lambda name: readings[name].points)
        if readings[likeliest].misfits == 0:
            return likeliest
    return next((name for name in declared if _is_believed(readings[name], readings[best])), best)


def _readings(sample: bytes, names: list[str]) -> dict[str, Plausibility]:
    return plausibilities({name: sample.decode(CODECS[name], "replace") for name in names})


def _is_believed(declared: Plausibility, best: Plausibility) -> bool:
    return declared.points >= best.points - TRUST and declared.misfits <= best.misfits


def _usual(body: bytes, url: str) -> tuple[str, ...]:
    """Look up the usual encodings of the language in `<html lang>`, else of the country in the host name."""
    stated = LANGUAGE.search(body[:MARKUP_WINDOW])
    country = COUNTRY.match(url)
    for name in (stated[1].decode("ascii").lower() if stated else "", country[1] if country else ""):
        if name in USUAL_IN:
            return USUAL_IN[name]
    return ()


def _utf8_faults(body: bytes) -> float:
    """Return the share of invalid sequences among the non-ASCII characters of the bytes as UTF-8."""
    try:
        body.decode("utf-8")
        return 0.0
    except UnicodeDecodeError:
        body = body[:JUDGED]
    text = body.decode("utf-8", "replace")
    outside = len(text) - len(body.translate(None, HIGH_BYTES))
    return text.count("\ufffd") / max(1, outside)


def _sample(body: bytes) -> bytes:
    """Cut out the text around non-ASCII bytes, without tags; `<` and `>` are never part of another character."""
    text = re.sub(rb"<[^<>]*>", b" ", body[:JUDGED])
    taken: list[bytes] = []
    size = end = 0
    for run in re.finditer(rb"[\x80-\xff]+", text):
        if run.start() - AROUND > end:
            taken.append(b"\n")
            end = run.start() - AROUND
        taken.append(text[end : run.end() + AROUND][: SAMPLE - size])
        size += len(taken[-1])
        end = run.end() + AROUND
        if size >= SAMPLE:
            break
    return b"".join(taken)
