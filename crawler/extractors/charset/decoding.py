"""Bytes → text: header, byte order mark, markup and the bytes themselves weighed against each other.

Goes first in extraction: a page's body and headers in, `Decoded` out. Labels mean what browsers take them for (WHATWG
Encoding Standard: gb2312 and gbk are gb18030, iso-8859-1 is windows-1252); a label that the bytes contradict is a lie.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.extractors.charset.encodings import AT_HOME_IN, CODECS, encoding_named
from crawler.extractors.charset.plausibility import Plausibility, plausibilities


@dataclass(frozen=True)
class Decoded:
    """A page's text and how it was read."""

    text: str
    """Without byte order mark."""
    encoding: str
    """WHATWG name of the encoding used, lower case: `utf-8`, `gb18030`, `windows-1252` …"""
    declared: str
    """WHATWG name that the page claims (header before markup); empty when it claims none that exists."""
    lied: bool
    """The page claims another encoding than the one that makes sense of it."""
    replaced: int
    """U+FFFD put in for bytes that the encoding does not have."""


MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),  # before UTF-16LE, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)

MARKUP_WINDOW = 4096
"""Bytes in which a declaration is looked for; browsers read 1024, real pages put scripts before it."""
JUDGED = 1 << 20
"""Bytes of a page that are looked at to find its encoding."""
SAMPLE = 4000
"""Bytes around characters outside ASCII on which candidates are judged: more changes no verdict of the tests."""
GLANCE = 400
"""Bytes of the sample that are enough to drop most candidates: 20 ms per page without, 5 with."""
IN_THE_RUNNING = 1.5
"""Points below the leader of the glance up to which a candidate is judged on the whole sample."""
AROUND = 40
"""ASCII bytes kept on each side of others: the words there tell the language."""
HIGH_BYTES = bytes(range(128, 256))
TRUST = 0.1
"""A declared encoding that leaves no more misfits than the best one keeps a page up to this many points below it."""
WORTH_A_LOOK = 0.3
"""Share of broken sequences up to which UTF-8 is among the candidates."""
MOSTLY = 0.5
"""Share of NULs at their places in the first bytes of a page in UTF-16 or UTF-32."""
ANECDOTE = 8
"""Characters outside ASCII that prove nothing: up to so many, a declaration is believed that leaves no misfits."""
AT_HOME = 0.3
"""Points for what is usual where a page says that it is at home, when it declares nothing."""
FEW = 0.02
"""Share of broken sequences up to which a page is still UTF-8 with faults (cut strings, pasted bytes)."""

DECLARATIONS = (
    re.compile(rb"""<meta[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE),
    re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE),
)
LANGUAGE = re.compile(rb"""<html[^>]*?\slang\s*=\s*["']?\s*([a-zA-Z]{2})""", re.IGNORECASE)
COUNTRY = re.compile(r"https?://[^/:]*\.([a-z]{2})(?=[/:]|$)")
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def decode(body: bytes, headers: Iterable[tuple[str, str]] = (), url: str = "") -> Decoded:
    """The page's text. Never fails: bytes that fit nothing become U+FFFD and are counted. `url` only breaks ties
    (a `.cn` host writes simplified Chinese)."""
    claims = _claims(body, headers)
    declared = claims[0] if claims else ""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return _read(body[len(mark) :], encoding, declared)
    if b"\x00" in body[:64] and (wide := _unmarked(body)):
        return _read(body, wide, declared)
    if not body.isascii():
        return _read(body, _judge(body, claims, url), declared)
    if b"\x1b$" in body:
        return _read(body, "iso-2022-jp", declared)
    extends_ascii = declared and not declared.startswith(("utf-16", "utf-32"))
    return _read(body, declared if extends_ascii else "utf-8", declared)


def _claims(body: bytes, headers: Iterable[tuple[str, str]]) -> list[str]:
    """Declared encodings that exist, the strongest first."""
    found: list[str] = []
    for name, value in headers:
        if name.lower() == "content-type" and (match := HEADER.search(value)):
            found.append(encoding_named(match[1]))
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
        text = _once(text)
    return Decoded(text.removeprefix("\ufeff"), encoding, declared, bool(declared) and declared != encoding, replaced)


def _once(text: str) -> str:
    """The text of a page that was encoded twice, as Latin letters the second time (`itâ\x80\x99s`): all of it must be
    UTF-8 again. 25 of 1,050 recorded articles of one collection are, none of 1,700 others (2026-11)."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _unmarked(body: bytes) -> str:
    """UTF-16 and UTF-32 without a mark show in the NULs of their ASCII markup."""
    head = body[:64]
    zeros = [head[place::4].count(0) * 4 / len(head) for place in range(4)]
    if min(zeros[1:]) > MOSTLY or min(zeros[:3]) > MOSTLY:
        return "utf-32le" if zeros[0] < zeros[3] else "utf-32be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if max(even, odd) < MOSTLY:
        return ""
    return "utf-16be" if even > odd else "utf-16le"


def _judge(body: bytes, claims: list[str], url: str) -> str:
    faults = _utf8_faults(body)
    if faults == 0.0 or (faults <= FEW and "utf-8" in claims):
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
    best = max(names, key=lambda name: readings[name].points + AT_HOME * (name in usual))
    believed = [claim for claim in claims if claim in readings]
    if believed and sum(map(HIGH_BYTES.__contains__, sample)) <= ANECDOTE:
        claim = max(believed, key=lambda name: readings[name].points)
        if readings[claim].misfits == 0:
            return claim
    for claim in claims:
        if claim in readings and _holds(readings[claim], readings[best]):
            return claim
    return best


def _readings(sample: bytes, names: list[str]) -> dict[str, Plausibility]:
    return plausibilities({name: sample.decode(CODECS[name], "replace") for name in names})


def _holds(claimed: Plausibility, best: Plausibility) -> bool:
    return claimed.points >= best.points - TRUST and claimed.misfits <= best.misfits


def _usual(body: bytes, url: str) -> tuple[str, ...]:
    """The encodings of the language that `<html lang>` names, else of the country of the host."""
    stated = LANGUAGE.search(body[:MARKUP_WINDOW])
    country = COUNTRY.match(url)
    for name in (stated[1].decode("ascii").lower() if stated else "", country[1] if country else ""):
        if name in AT_HOME_IN:
            return AT_HOME_IN[name]
    return ()


def _utf8_faults(body: bytes) -> float:
    """Share of broken sequences among the characters outside ASCII."""
    try:
        body.decode("utf-8")
        return 0.0
    except UnicodeDecodeError:
        body = body[:JUDGED]
    text = body.decode("utf-8", "replace")
    outside = len(text) - len(body.translate(None, HIGH_BYTES))
    return text.count("\ufffd") / max(1, outside)


def _sample(body: bytes) -> bytes:
    """Text around bytes outside ASCII; in every encoding here `<` and `>` are never half of a character."""
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
