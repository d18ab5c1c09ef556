"""The text of a robots.txt → whether a URL may be fetched, as RFC 9309 says. Pure.

Protego, which Scrapy brings, closes a group at lines that it does not know, does not read `User-agent: Foo Bar` as
`Foo`, and finds agents by prefix (0.7, 2026-11): 12 of Google's 140 verdicts differ. Here 3 do, where the RFC itself
(2.2.2: escapes are compared decoded) says otherwise than Google.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from crawler.urls.escapes import one_spelling

_KEYS = {
    "user-agent": "agent", "useragent": "agent", "user agent": "agent", "allow": "allow", "disallow": "disallow",
    "dissallow": "disallow", "dissalow": "disallow", "disalow": "disallow", "diasllow": "disallow",
    "disallaw": "disallow", "crawl-delay": "delay",
}  # fmt: skip
"""With the slips of the pen that Google's parser knows too."""
LONGEST_LINE = 8 * 2083 - 1
"""Bytes; the rest of a line is not read, as by Google's parser."""
_TOKEN = re.compile(r"[a-zA-Z_-]+")
_NOT_PLAIN = re.compile(r"[^\x21-\x7e]")
_INDEX = "/index.html"


class RobotsTxt:
    """A robots.txt, read once for one agent."""

    def __init__(self, body: bytes, token: str) -> None:
        """`token`: the agent's product token. Never fails: what is no rule is skipped (2.2.4). A byte order mark is
        skipped, as Google does."""
        own = token.lower()
        rules: dict[str, list[tuple[bool, str]]] = {}
        """By agent; its groups count together (2.2.1)."""
        delays: dict[str, float] = {}
        row: set[str] = set()
        complete = True
        for key, value in _lines(body.removeprefix(b"\xef\xbb\xbf").decode("latin-1")):
            if key == "agent":
                if complete:
                    row, complete = set(), False
                if (name := _agent(value)) in (own, "*"):
                    row.add(name)
                    rules.setdefault(name, [])
            elif key == "delay":
                # As every line that the RFC does not know, it does not end the list of agents.
                if (seconds := _seconds(value)) is not None:
                    for name in row:
                        delays.setdefault(name, seconds)
            else:
                complete = True
                for name in row:
                    rules[name] += _rules(key == "allow", value)
        named = own if own in rules else "*"
        self._patterns = Patterns(rules.get(named, ()))
        self.delay = delays.get(named)
        """Seconds of its Crawl-delay, which is not in the RFC; None when it has none."""

    def allows(self, url: str) -> bool:
        """Whether the agent may fetch `url` (http or https, absolute)."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        path = comparable(path.encode("utf-8", "surrogatepass").decode("latin-1"))
        return path == "/robots.txt" or self._patterns.allow(path)  # 2.2.2


def comparable(text: str) -> str:
    """Write the escapes of a path or pattern in one form (2.2.2).

    Letters, digits and `-._~` are plain, other escapes in upper case, controls, spaces and bytes beyond ASCII escaped.
    `text` has one character for each byte.
    """
    return _NOT_PLAIN.sub(lambda found: f"%{ord(found[0]):02X}", one_spelling(text))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"[\r\n]+", text):
        key, colon, value = line[:LONGEST_LINE].partition("#")[0].strip(" \t\0").partition(":")
        if not colon:
            words = key.split()
            key, value = words if len(words) == 2 else (key, "")  # `disallow /`
        if name := _KEYS.get(key.strip(" \t").lower()):
            yield name, value.strip(" \t")


def _agent(value: str) -> str:
    """The product token of a user-agent line: up to the first character that none has; `*` for everybody."""
    if value == "*" or value[:2] in ("* ", "*\t"):
        return "*"
    found = _TOKEN.match(value)
    return found[0].lower() if found else ""


def _rules(allow: bool, value: str) -> Iterator[tuple[bool, str]]:
    """The rule of a line; none without a value."""
    if not value:
        return
    pattern = comparable(value)
    yield allow, pattern
    if allow and pattern.endswith(_INDEX):
        yield allow, pattern.removesuffix(_INDEX[1:]) + "$"  # the folder that it is the page of, as for Google


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


# FOLDED crawler/fetching/patterns.py: The patterns of a robots.txt (RFC 9309, 2.2.3), matched all at once: rules go in, then each path gets its verdict.
#
# A bit of one integer stands for each character of each pattern: what is before it matches the path so far (shift-and, by
# Baeza-Yates and Gonnet, with a loop for each `*`). A path costs four operations for each of its characters, whatever
# the rules are. Looked for one by one, those of a hostile 500 KB took up to 1.2 s for each path (2026-11).

_BEGIN = "\0"
"""Stands before each pattern, for the path of which nothing was read."""


class Patterns:
    """Rules, compiled once."""

    def __init__(self, rules: Iterable[tuple[bool, str]]) -> None:
        """`rules`: allow or not, and a pattern of printable ASCII (`*` = anything, `$` at its end = the path's end)."""
        text: list[str] = []
        loops, ends, allowing = bytearray(), bytearray(), bytearray()
        # Of those that match the longest wins, then allow (2.2.2): last, so that its end is the highest bit.
        for allow, pattern in sorted(set(rules), key=lambda rule: (len(rule[1]), rule[0])):
            pieces = pattern.removesuffix("$").split("*")
            text += [_BEGIN, *pieces]
            for number, piece in enumerate(pieces):
                stretch = bytearray(b"0" * (len(piece) + (number == 0)))
                loops += stretch
                if number + 1 < len(pieces) or not pattern.endswith("$"):
                    loops[-1] = ord("1")
            ends += b"0" * (len(loops) - len(ends) - 1) + b"1"
            allowing += b"0" * (len(loops) - len(allowing) - 1) + (b"1" if allow else b"0")
        whole = "".join(text).encode("ascii")
        self._follow = {chr(byte): _bits(_marked(whole, byte)) for byte in set(whole) - {ord(_BEGIN)}}
        self._begin = _bits(_marked(whole, ord(_BEGIN)))
        self._loops, self._ends, self._allowing = _bits(loops), _bits(ends), _bits(allowing)

    def allow(self, path: str) -> bool:
        """The verdict on a path in the same form; what no pattern matches is allowed."""
        state = self._begin
        for char in path:
            state = (state << 1) & self._follow.get(char, 0) | state & self._loops
        best = (state & self._ends).bit_length()
        return not best or bool(self._allowing >> (best - 1) & 1)


def _marked(text: bytes, byte: int) -> bytes:
    """`1` where that byte stands, `0` elsewhere."""
    return text.translate(bytes(ord("1") if other == byte else ord("0") for other in range(256)))


def _bits(digits: bytes | bytearray) -> int:
    """The first digit is the lowest bit."""
    return int(digits[::-1] or b"0", 2)
