"""Post ⇄ the text of its file: `render` writes what a Hexo site takes under `source/_posts/`, `parse` reads such a
file back. Pure.

Comes after extraction (a Post whose body is sanitised), before the file is written; the audit calls the same
`render` to prove a post.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from crawler.errors import WarcpressError
from crawler.items import Post
from crawler.posts.literal import literal
from crawler.posts.yaml_scalars import plain_or_quoted, quoted, read_quoted, scrub

Dialect = Literal["hexo", "hugo", "jekyll"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
Value = str | bool | None | list[str | bool | None]

KEYS = ("title", "categories", "headimg", "author", "comments", "date", "thumbnail")
"""The keys that every post has, in this order; extra keys follow them."""
STEERING = frozenset(
    {"permalink", "path", "slug", "url", "aliases", "redirect_from", "layout", "published", "disableNunjucks"}
)
"""Keys with which a generator writes elsewhere or renders otherwise (Hexo 8.1.2 follows `permalink: ../../x` out of
its folder)."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class FrontMatterError(WarcpressError):
    """Front matter that is not in the form that posts have; the text names the line."""


@dataclass(frozen=True)
class Parsed:
    """A post file taken apart: `head + body` is the text, character for character."""

    head: str
    """Everything up to and with the closing `---` line; empty when the text has no front matter."""
    fields: Mapping[str, Value]
    """In the file's order. `true`/`false` are booleans, null is None, every other scalar is the string as written."""
    body: str


def render(
    post: Post,
    *,
    images: Mapping[str, str] | None = None,
    extra: Mapping[str, str | Sequence[str]] | None = None,
    dialect: Dialect = "hexo",
) -> str:
    """The post's file as text (UTF-8 when stored, no BOM, LF).

    `images`: remote `src` → the copy that takes its place, in the body and as lead image. `extra`: further keys,
    written after the seven, each a string or a sequence of strings. `dialect`: hugo and jekyll want no empty first
    line, and read an RFC 3339 date. ValueError when the post has no date (the caller knows the feed's or the
    capture's) or `extra` has a key of ours or a steering one.
    """
    if post.published is None or post.published.tzinfo is None:
        raise ValueError(
            f"{post.url}: a post needs an aware date; give it the feed's or the capture's before rendering"
        )
    extra = extra or {}
    if wrong := [
        key for key in extra if key in KEYS or key in STEERING or not re.fullmatch(r"[A-Za-z][\w-]*", key, re.ASCII)
    ]:
        raise ValueError(
            f"{wrong[0]!r} can't be an extra front-matter key: it is ours, steers the generator, or is no plain word"
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
    for key, value in extra.items():
        name = plain_or_quoted(key)
        lines += [f"{name}: {quoted(value)}"] if isinstance(value, str) else _listed(name, value)
    lines += ["---", "", "<div>   ", literal(post.body_html, images), "  ", "</div>", " " * 12]
    return "\n".join(lines)


def _listed(key: str, values: Sequence[str]) -> list[str]:
    kept = [value for value in values if scrub(value)]
    return [f"{key}: ", *(f" - {plain_or_quoted(value)}" for value in kept)] if kept else [f"{key}: []"]


def http_date(instant: datetime) -> str:
    """IMF-fixdate of RFC 9110, 5.6.7, whatever the locale: `Fri, 18 Mar 2022 09:54:35 GMT`."""
    utc = instant.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} GMT"


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


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
    """A post's file, ours or written by hand in the same form: one key per line with a scalar, a `- item` list below
    it, or `[a, b]`.

    Nothing is executed and no type is guessed. FrontMatterError for any other YAML, a duplicate key, or a missing
    end."""
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
    """Reads one line into `fields`; `items` is the key whose list may go on, and so is what is returned."""
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
        raise ValueError("an indented line that is no list item; nested values are not read")
    if line[0] in "'\"":
        key, end = read_quoted(line, 0)
        rest = line[end:].lstrip(" \t")
        if not rest.startswith(":"):
            raise ValueError("a key without a colon")
        rest = rest[1:]
    elif match := _KEY.match(line):
        key, rest = match[1], line[match.end() :]
    else:
        raise ValueError("not a `key: value` line")
    if key in fields:
        raise ValueError(f"the key {key!r} stands there twice")
    rest = rest.strip(" \t")
    fields[key] = _flow_list(rest) if rest.startswith("[") else _scalar(rest)
    return key if not rest or rest.startswith("#") else None


def _scalar(text: str) -> str | bool | None:
    if text[:1] in ("'", '"') and text:
        value, end = read_quoted(text, 0)
        if not _REST.fullmatch(text, end):
            raise ValueError("something stands after a quoted value")
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
            value, position = read_quoted(text, position)
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
        raise ValueError("something stands after a [list]")
    return values


def _after_blanks(text: str, position: int) -> int:
    while text[position : position + 1] in (" ", "\t"):
        position += 1
    return position
