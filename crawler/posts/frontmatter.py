"""Post file as text: `render` writes a Post for Hexo, Hugo or Jekyll, `parse` reads such a file back. Pure.

The body of the Post must be sanitised. A run, `rebuild` and the audit all call `render`, and get the same text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Literal, get_args

from crawler.errors import WarcpressError
from crawler.items import Post
from crawler.posts.escaping import escape, scrub

Dialect = Literal["hexo", "hugo", "jekyll"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
Value = str | bool | None | list[str | bool | None]

KEYS = ("title", "categories", "headimg", "author", "comments", "date", "thumbnail")
"""Keys of every post, in this order; extra keys follow them."""
STEERING = frozenset(
    {"permalink", "path", "slug", "url", "aliases", "redirect_from", "layout", "published", "disableNunjucks"}
)
"""Keys that change where or how a generator writes a page.

Hexo 8.1.2 follows `permalink: ../../x` out of its folder.
"""


# Readers disagree about plain scalars: `no`, `1e3`, `08`, `2022-03-18`, `12:30:00` are a boolean, numbers or dates in
# YAML 1.1 or 1.2. So a plain one begins with a letter, keeps to these characters, and is not a word of any schema.
_PLAIN = re.compile(r"[^\W\d_](?:[\w .,()/+@·•、，。：；！？（）《》“”‘’…—–-]*[\w.)）》”])?")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"))
# Written as escapes: line breaks of any YAML version, tabs, noncharacters, byte-order marks, and the marks that reorder
# text on a screen (a title must look the same in an editor as it is).
_ESCAPE = re.compile("[\t\n\r\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r", '"': r"\"", "\\": r"\\"}


class FrontMatterError(WarcpressError):
    """Front matter that `parse` can't read; the message names the line."""


@dataclass(frozen=True)
class Parsed:
    """A post file in two parts: `head + body` is its whole text."""

    head: str
    """Text up to the end of the closing `---` line; empty without front matter."""
    fields: Mapping[str, Value]
    """In the file's order; `true` and `false` are booleans, null is None, every other scalar is a string."""
    body: str
    """HTML or Markdown: `blocks.as_html` makes HTML of both."""


def render(
    post: Post,
    *,
    images: Mapping[str, str] | None = None,
    extra: Mapping[str, str | Sequence[str]] | None = None,
    dialect: Dialect = "hexo",
    markdown: bool = False,
) -> str:
    """Text of the post file (stored as UTF-8 without BOM, with LF).

    `images`: remote `src` → local copy, for the body and the lead image. `extra`: further keys, written after KEYS,
    each a string or a sequence of strings. `dialect`: hugo and jekyll take no empty first line, and an RFC 3339 date.
    `markdown`: write the body as Markdown, if it is not too large for that.
    ValueError when the post has no date, or `extra` has one of KEYS or of STEERING.
    """
    if post.published is None or post.published.tzinfo is None:
        raise ValueError(
            f"{post.url}: a post needs an aware date; give it the feed's or the capture's before rendering"
        )
    for key in extra or {}:
        if key in KEYS or key in STEERING or not re.fullmatch(r"[A-Za-z][\w-]*", key, re.ASCII):
            raise ValueError(
                f"{key!r} can't be an extra front-matter key: it is taken, steers the generator, or is not a plain word"
            )
    lead = post.lead_image.url if post.lead_image else ""
    lead = (images or {}).get(lead, lead)
    lines = [
        *([""] if dialect == "hexo" else []),
        "---",
        f"title: {quoted(post.title)}",
        *_listed("categories", post.categories),
        f"headimg: {quoted(lead)}",
        f"author: {plain_or_quoted(scrub(', '.join(post.authors)) or post.site)}",
        "comments: false",
        f"date: {http_date(post.published) if dialect == 'hexo' else _rfc3339(post.published)}",
        f"thumbnail: {quoted(lead)}",
    ]
    for key, value in (extra or {}).items():
        name = plain_or_quoted(key)
        lines += [f"{name}: {quoted(value)}"] if isinstance(value, str) else _listed(name, value)
    return "\n".join([*lines, "---", _body(post, images, markdown)])


def _body(post: Post, images: Mapping[str, str] | None, markdown: bool) -> str:
    if markdown:
        from crawler.posts.markdown import markdown_of  # 0.1 s of CPU, which HTML bodies do not need

        if (text := markdown_of(post.body_html, images)) is not None:
            return f"\n{text}\n"
    return "\n".join(("", "<div>   ", escape(post.body_html, images), "  ", "</div>", " " * 12))


def marked(text: str, key: str, instant: datetime) -> str:
    """A post file with one more key at the end of its front matter: an instant, written as its dialect writes dates."""
    head = parse(text).head
    date = http_date(instant) if text.startswith("\n") else _rfc3339(instant)
    closing = head.rindex("---")
    return f"{head[:closing]}{key}: {quoted(date)}\n{text[closing:]}"


def _listed(key: str, values: Sequence[str]) -> list[str]:
    kept = [value for value in values if scrub(value)]
    return [f"{key}: ", *(f" - {plain_or_quoted(value)}" for value in kept)] if kept else [f"{key}: []"]


def quoted(text: str) -> str:
    """A single-quoted scalar on one line; double-quoted where only an escape is safe."""
    text = scrub(text)
    if not _ESCAPE.search(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + re.sub(rf'["\\]|{_ESCAPE.pattern}', lambda m: _SHORT.get(m[0]) or f"\\u{ord(m[0]):04X}", text) + '"'


def plain_or_quoted(text: str) -> str:
    """A plain scalar where every reader takes it for this string, else a quoted one."""
    text = scrub(text)
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else quoted(text)


def http_date(instant: datetime) -> str:
    """IMF-fixdate of RFC 9110, 5.6.7: `Fri, 18 Mar 2022 09:54:35 GMT`."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


_SINGLE_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_UNESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_UNESCAPED = {
    **{"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"},
    **{" ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"},
}
_HEAD = re.compile(r"\ufeff?(?:[ \t]*\r?\n)*---[ \t]*\r?\n")
_KEY = re.compile(r"([^\s'\"\[\]{}#&*!|>%@`,?:-][^:#\r\n]*?)[ \t]*:(?=[ \t]|$)")
_FLOW_PLAIN = re.compile(r"[^\[\]{},'\"#]+")
_REST = re.compile(r"[ \t]*|[ \t]+#.*")
_FORBIDDEN = {
    **dict.fromkeys("&*", "anchors and aliases are not read"),
    **dict.fromkeys("!", "tags are not read"),
    **dict.fromkeys("|>", "values over several lines are not read"),
    **dict.fromkeys("{}[],", "nested collections are not read"),
    **dict.fromkeys("%@`", "no plain value begins with this character: quote it"),
}
_CONSTANTS: dict[str, bool | None] = {
    **{"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False},
    **{"null": None, "Null": None, "NULL": None, "~": None, "": None},
}


def parse(text: str) -> Parsed:
    """Read a post file: one key per line with a scalar, `[a, b]`, or a list of `- item` lines below it.

    Nothing is executed and no type is guessed. FrontMatterError for any other YAML, a duplicate key, or a missing
    closing line.
    """
    start = _HEAD.match(text)
    if start is None:
        return Parsed("", {}, text)
    fields: dict[str, Value] = {}
    position, number, items = start.end(), start[0].count("\n"), None
    while position < len(text):
        end = text.find("\n", position)
        following = len(text) if end == -1 else end + 1
        line = text[position:following].rstrip("\r\n")
        position, number = following, number + 1
        if line.rstrip(" \t") == "---":
            return Parsed(text[:position], fields, text[position:])
        try:
            items = _read_line(line, fields, items)
        except ValueError as error:
            raise FrontMatterError(f"front matter, line {number}: {error}") from None
    raise FrontMatterError(f"front matter, line {number}: no closing --- line")


def _read_line(line: str, fields: dict[str, Value], items: str | None) -> str | None:
    """Read one line into `fields`. `items` and the result: the key whose list may continue."""
    content = line.strip(" \t")
    if not content or content.startswith("#"):
        return items
    if content == "-" or content.startswith(("- ", "-\t")):
        if items is None:
            raise ValueError("a list item without a key above it")
        values = fields[items]
        fields[items] = values = values if isinstance(values, list) else []
        values.append(_scalar(content[1:].strip(" \t")))
        return items
    if line[0] in " \t":
        raise ValueError("an indented line that is not a list item; nested values are not read")
    if line[0] in "'\"":
        key, end = _read_quoted(line, 0)
        rest = line[end:].lstrip(" \t")
        if not rest.startswith(":"):
            raise ValueError("a key without a colon")
        rest = rest[1:]
    elif match := _KEY.match(line):
        key, rest = match[1], line[match.end() :]
    else:
        raise ValueError("not a `key: value` line")
    if key in fields:
        raise ValueError(f"duplicate key {key!r}")
    rest = rest.strip(" \t")
    fields[key] = _flow_list(rest) if rest.startswith("[") else _scalar(rest)
    return key if not rest or rest.startswith("#") else None


def _scalar(text: str) -> str | bool | None:
    if text[:1] in ("'", '"'):
        value, end = _read_quoted(text, 0)
        if not _REST.fullmatch(text, end):
            raise ValueError("text after a quoted value")
        return value
    text = re.split(r"(?:^|[ \t]+)#", text, maxsplit=1)[0].rstrip(" \t")
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if reason := _FORBIDDEN.get(text[0]):
        raise ValueError(reason)
    if re.match(r"[-?:](?:[ \t]|$)", text) or re.search(r":(?:[ \t]|$)", text):
        raise ValueError("a value with a colon or dash of its own: quote it")
    return text


def _flow_list(text: str) -> list[str | bool | None]:
    values: list[str | bool | None] = []
    position = _after_blanks(text, 1)
    while text[position : position + 1] != "]":
        value: str | bool | None
        if text[position : position + 1] in ("'", '"'):
            value, position = _read_quoted(text, position)
        elif match := _FLOW_PLAIN.match(text, position):
            value, position = _scalar(match[0].rstrip(" \t")), match.end()
        else:
            raise ValueError("a [list] that does not end on its line, or holds more than scalars")
        values.append(value)
        position = _after_blanks(text, position)
        if text[position : position + 1] == ",":
            position = _after_blanks(text, position + 1)
        elif text[position : position + 1] != "]":
            raise ValueError("a [list] whose items are not separated by commas")
    if not _REST.fullmatch(text, position + 1):
        raise ValueError("text after a [list]")
    return values


def _after_blanks(text: str, position: int) -> int:
    while text[position : position + 1] in (" ", "\t"):
        position += 1
    return position


def _read_quoted(text: str, start: int) -> tuple[str, int]:
    """The quoted scalar that begins at `start`, and the position after it.

    ValueError when it does not end on its line, or has an escape that YAML does not know.
    """
    if text[start] == "'":
        if match := _SINGLE_QUOTED.match(text, start):
            return match[1].replace("''", "'"), match.end()
    elif match := _DOUBLE_QUOTED.match(text, start):
        return _UNESCAPE.sub(_unescaped, match[1]), match.end()
    raise ValueError("a quoted value does not end on its line")


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 1:
        if escape not in _UNESCAPED:
            raise ValueError(f"unknown escape \\{escape}")
        return _UNESCAPED[escape]
    code = int(escape[1:], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"escape \\{escape} is no character")
    return chr(code)
