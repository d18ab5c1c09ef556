"""Escape body HTML for site generators: sanitised HTML in, HTML that they print unchanged out. Pure.

Hexo runs Nunjucks over post bodies, replaces code fences and `<!-- more -->`, and ends an HTML block at a blank line
(measured on Hexo 8.1.2 with marked 15.0.12); Jekyll's Liquid and Hugo's shortcodes begin with the same braces. Such
characters become entities: a browser shows the same text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# U+FFFC: Hexo's own placeholders are `<!--swig\ufffc0-->`, `&lt;` included; a forged one fails an assertion and with
# it the build.
_ACTIVE = re.compile(r"\{(?=[{%#])|(?<=\{)\{|\}(?=\})|(?<=[}%#])\}|`{3,}|~{3,}|\ufffc")
# These are searched first, because most texts have no match: 0.1 ms instead of 5 for 17 KB (2026-11).
_MAYBE_ACTIVE = re.compile("[{}`~\ufffc]")
_BLANK_LINE = re.compile("[\n\0][ \t]*[\n\0]")  # begins with a character, which halves the time of the search
_BLANK_START = re.compile("[ \t]*[\n\0]")
# A tag as a serialiser writes it; no generator acts on its names. Possessive quantifiers keep it linear.
_TAG_FORM = r"""</?([a-z][a-z0-9:-]*+)(?:\s++[a-z_:][\w:.-]*+(?:\s*+=\s*+(?:"[^"{0}]*+"|'[^'{0}]*+'))?+)*+\s*+/?>"""
_TAG = re.compile(_TAG_FORM.format(""), re.ASCII | re.I)
# Text and such tags without `<pre>`, line feeds or angle brackets in values: most bodies match, in one pass.
_PLAIN = re.compile(f"(?:[^<]++|(?!<pre){_TAG_FORM.format('<>' + chr(10))})*+", re.ASCII | re.I)
_UNQUOTED = re.compile(r"[^\"'>]*")
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]+)(\s*=\s*)(\"[^\"]*\"|'[^']*')")
_KEPT = "\0"
"""Placeholder for a line feed in a value or in preformatted text; `scrub` has removed every NUL before."""


def scrub(text: str) -> str:
    """`text` without control characters and lone surrogates; tab, line feed and carriage return stay."""
    return _CONTROLS.sub("", text)


def escape(body: str, images: Mapping[str, str] | None = None) -> str:
    """Write characters that a generator acts on as entities, remove blank lines, and trim.

    `body`: well-formed, as a serialiser writes it. `images`: `src` of an `<img>` → the `src` to write instead.
    """
    body = scrub(body).replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n")
    if not images and not _MAYBE_ACTIVE.search(body) and _PLAIN.fullmatch(body):
        return _without_blank_lines(body)
    pieces: list[str] = []
    preformatted = 0
    for token in _tokens(body):
        if not token.startswith("<"):
            text = _entities(token)
            pieces.append(text.replace("\n", _KEPT) if preformatted else text)
            continue
        tag = _TAG.fullmatch(token)
        if tag is None:  # a comment, a declaration, a lone `<`: not in a sanitised body, so it is text
            pieces.append(_entities(token.replace("<", "&lt;").replace(">", "&gt;")))
            continue
        name = tag[1].lower()
        if name == "pre":
            preformatted = max(0, preformatted - 1) if token.startswith("</") else preformatted + 1
        pieces.append(_tag(token, images if name == "img" else None))
    return _without_blank_lines("".join(pieces))


def _tokens(body: str) -> Iterator[str]:
    """Split into tags and the text between them; linear on any input."""
    position = 0
    while position < len(body):
        start = body.find("<", position)
        if start != position:
            yield body[position : start if start != -1 else len(body)]
            if start == -1:
                return
        end = _end_of_tag(body, start)
        if end == -1:  # never closed, so no later tag closes either: the rest is text
            yield from ("<", body[start + 1 :].replace("<", "&lt;"))
            return
        yield body[start:end]
        position = end


def _end_of_tag(body: str, start: int) -> int:
    position = start + 1
    while True:
        run = _UNQUOTED.match(body, position)
        position = run.end() if run else position
        if position >= len(body):
            return -1
        if body[position] == ">":
            return position + 1
        position = body.find(body[position], position + 1) + 1
        if position == 0:
            return -1


def _tag(token: str, images: Mapping[str, str] | None) -> str:
    def attribute(match: re.Match[str]) -> str:
        name, equals, value = match.groups()
        mark, inner = value[0], value[1:-1]
        if images and name.lower() == "src" and (copy := images.get(html.unescape(inner))) is not None:
            inner = html.escape(copy)
        inner = _entities(inner.replace("<", "&lt;").replace(">", "&gt;")).replace("\n", _KEPT)
        return f"{name}{equals}{mark}{inner}{mark}"

    return _ATTRIBUTE.sub(attribute, token) if "=" in token else token


def _entities(text: str) -> str:
    if not _MAYBE_ACTIVE.search(text):
        return text
    return _ACTIVE.sub(lambda match: "".join(f"&#{ord(character)};" for character in match[0]), text)


def _without_blank_lines(body: str) -> str:
    if not (_BLANK_START.match(body) or _BLANK_LINE.search(body)):
        return body.replace(_KEPT, "\n")
    lines: list[str] = []
    parts = re.split(f"([\n{_KEPT}])", body)
    for line, end in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if line.strip(" \t"):
            lines.append(line + ("\n" if end else ""))
        elif end == _KEPT:
            lines.append(line + "&#10;")
        elif not end:
            lines.append(line)
    return "".join(lines)
