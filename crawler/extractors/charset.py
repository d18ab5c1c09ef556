"""Bytes → text: header, byte order mark, markup and the bytes themselves weighed against each other.

Goes first in extraction: a page's body and headers in, `Decoded` out. Labels mean what browsers take them for (WHATWG
Encoding Standard: gb2312 and gbk are gb18030, iso-8859-1 is windows-1252); a label that the bytes contradict is a lie.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .plausibility import Plausibility, plausibilities


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


CODECS: dict[str, str] = {
    # WHATWG name: Python codec
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "euc-jp": "euc_jis_2004",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "euc-kr": "cp949",
    "windows-1252": "cp1252",
    "windows-1251": "cp1251",
    "windows-1250": "cp1250",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "windows-874": "cp874",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "iso-8859-2": "iso8859_2",
    "iso-8859-5": "iso8859_5",
    "iso-8859-6": "iso8859_6",
    "iso-8859-7": "iso8859_7",
    "iso-8859-8": "iso8859_8",
    "iso-8859-15": "iso8859_15",
    "iso-8859-13": "iso8859_13",
    "iso-8859-4": "iso8859_4",
    "iso-8859-3": "iso8859_3",
    "iso-8859-10": "iso8859_10",
    "iso-8859-14": "iso8859_14",
    "iso-8859-16": "iso8859_16",
    "ibm866": "cp866",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
}

# fmt: off
LABELS: dict[str, str] = {
    label: name
    for name, labels in {
        "gb18030": (
            "gb2312", "gb_2312-80", "gb-2312", "gbk", "gb", "x-gbk", "cp936", "ms936", "hz-gb-2312", "chinese",
        ),
        "big5": ("big5-hkscs", "big-5", "x-x-big5", "cp950"),
        "shift_jis": ("sjis", "shift-jis", "x-sjis", "ms_kanji", "windows-31j", "cp932", "ms932"),
        "euc-jp": ("x-euc-jp", "eucjp"),
        "euc-kr": ("ks_c_5601-1987", "ksc5601", "ks_c_5601-1989", "windows-949", "cp949", "ms949", "uhc", "euckr"),
        "windows-1252": ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"),
        "windows-1254": ("iso-8859-9", "iso8859-9", "latin5"),
        "windows-874": ("iso-8859-11", "tis-620", "dos-874"),
        "iso-8859-8": ("iso-8859-8-i", "iso-8859-8-e", "logical", "visual"),
        "koi8-r": ("koi8", "koi"),
        "koi8-u": ("koi8-ru",),
        "ibm866": ("cp866", "866"),
        "macintosh": ("mac", "x-mac-roman"),
        "x-mac-cyrillic": ("x-mac-ukrainian",),
        "utf-8": ("utf8", "unicode-1-1-utf-8"),
        "utf-16le": ("utf-16", "unicode", "ucs-2"),
    }.items()
    for label in labels
}
# fmt: on
"""What pages write, beyond the names above and what Python knows as an alias."""

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
FEW = 0.02
"""Share of broken sequences up to which a page is still UTF-8 with faults (cut strings, pasted bytes)."""

DECLARATIONS = (
    re.compile(rb"""<meta[^>]*?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE),
    re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE),
)
HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)


def decode(body: bytes, headers: Iterable[tuple[str, str]] = (), url: str = "") -> Decoded:
    """The page's text. Never fails: bytes that fit nothing become U+FFFD and are counted. `url` only breaks ties
    (a `.cn` host writes simplified Chinese)."""
    claims = _claims(body, headers)
    declared = claims[0] if claims else ""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return _read(body[len(mark) :], encoding, declared)
    if b"\x00" in body[:64] and (wide := _utf16_unmarked(body)):
        return _read(body, wide, declared)
    if not body.isascii():
        return _read(body, _judge(body, claims, url), declared)
    if b"\x1b$" in body:
        return _read(body, "iso-2022-jp", declared)
    extends_ascii = declared and not declared.startswith(("utf-16", "utf-32"))
    return _read(body, declared if extends_ascii else "utf-8", declared)


def encoding_named(label: str) -> str:
    """The WHATWG name for what a page calls its encoding; empty when nobody knows it."""
    label = label.strip().strip("\"'").lower()
    if label in CODECS:
        return label
    if label in LABELS:
        return LABELS[label]
    try:
        python = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    for name, codec in CODECS.items():
        if codecs.lookup(codec).name == python:
            return name
    return LABELS.get(python.replace("_", "-"), "")


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
    return Decoded(text.removeprefix("\ufeff"), encoding, declared, bool(declared) and declared != encoding, replaced)


def _utf16_unmarked(body: bytes) -> str:
    """UTF-16 without a mark shows in the NULs of its ASCII markup."""
    head = body[:64]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head):
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
    best = max(names, key=lambda name: readings[name].points + _expected(name, url))
    for claim in claims:
        if claim in readings and _holds(readings[claim], readings[best]):
            return claim
    return best


def _readings(sample: bytes, names: list[str]) -> dict[str, Plausibility]:
    return plausibilities({name: sample.decode(CODECS[name], "replace") for name in names})


def _holds(claimed: Plausibility, best: Plausibility) -> bool:
    return claimed.points >= best.points - TRUST and claimed.misfits <= best.misfits


def _expected(name: str, url: str) -> float:
    """A nudge from where the page stands, for bytes that tell nothing."""
    return 0.2 if (name, True) in (("gb18030", ".cn/" in url), ("big5", ".tw/" in url)) else 0.0


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
