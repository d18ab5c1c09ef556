"""Name a post's file: a Post and its Source go in, the path below the folder of posts comes out. Pure.

The first version names the post; later versions keep the name. Whatever the URL holds, the path stays inside its folder
and means the same file on every file system.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from crawler.items import Post, Source
from crawler.store.files import path_key

PATTERN = "{source}/{date:%Y/%m/%d}-{slug}"
"""Default of [posts] pattern."""
SLUG_BYTES = 80
"""Longest slug, in bytes of UTF-8."""

_EXTENSION = re.compile(r"(.+)\.[A-Za-z][A-Za-z0-9]{0,4}", re.DOTALL)
_FIELD = re.compile(r"\{(source|slug|date)(?::([^{}]*))?\}")
_DATE_CODES = ("%Y", "%m", "%d", "%H", "%M", "%S")
# Windows devices, with any extension; the superscript digits count as digits there.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL)


def post_path(
    post: Post,
    source: Source,
    *,
    hint: datetime | None = None,
    pattern: str = PATTERN,
    extension: str = "md",
    taken: Callable[[str], bool] = frozenset().__contains__,
) -> str:
    """Path relative to the folder of posts, with `/`: `guancha/2022/03/18-2022_03_18_630877.md`.

    `hint`: aware date that is used when the post has none. `taken`: gets `path_key(path)`, returns whether another
    article's post has that path; then `-` and 8 hex digits of sha256(canonical URL) are added, or more while those are
    taken too. ValueError for a post without any date, or a wrong pattern (`check_pattern`).
    """
    when = post.published or hint
    if when is None or when.tzinfo is None:
        raise ValueError(f"{post.url}: no aware date to name the post after")
    local = when.astimezone(ZoneInfo(source.timezone))
    slug = slug_of(post.canonical_url)
    digest = hashlib.sha256(post.canonical_url.encode()).hexdigest()
    for suffix in ("", "-" + digest[:8], "-" + digest[:16], "-" + digest):
        path = f"{_fill(pattern, source.name, slug + suffix, local)}.{extension.lstrip('.')}"
        path = "/".join(safe_component(part) for part in path.split("/") if part)
        if not taken(path_key(path)):
            return path
    raise ValueError(f"{post.canonical_url}: every name for it is taken; the catalogue already holds this article")


def slug_of(url: str) -> str:
    """Slug of a URL: its last path segment without extension, or the host when the path is empty.

    NFC; letters with their marks, digits, `.`, `_` stay, everything else becomes `-`; at most SLUG_BYTES bytes.
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    name = unquote(segments[-1], errors="replace") if segments else parts.hostname or "post"
    if segments and (match := _EXTENSION.fullmatch(name)):
        name = match[1]
    name = unicodedata.normalize("NFC", name)
    name = "".join(character if _kept(character) else " " for character in name)
    name = re.sub(r" +", "-", name.strip()).strip("-")
    name = name.encode()[:SLUG_BYTES].decode(errors="ignore").rstrip("-.")
    return name or "post"


def _kept(character: str) -> bool:
    return character in "._-" or unicodedata.category(character)[0] in "LMN"


def safe_component(name: str) -> str:
    """Make a file or folder name safe on every system: no leading dot, trailing dot or blank, or device name."""
    name = "".join(
        "-" if unicodedata.category(character)[0] == "C" or character in '<>:"|?*\\/' else character
        for character in name
    )
    name = name.rstrip(". ")
    if not name or name.startswith(".") or _DEVICE.fullmatch(name):
        name = "_" + name.lstrip(".")
    return name


def check_pattern(pattern: str) -> None:
    """Raise ValueError, one line, for a name pattern that `post_path` can't take.

    It has {source}, {slug} and {date:…} of %Y %m %d %H %M %S (names of months would follow the locale), at least
    {slug}, and stays inside the folder of posts.
    """
    for name, form in _FIELD.findall(pattern):
        if name != "date" and form:
            raise ValueError(f"{pattern!r}: {{{name}}} takes no format")
        if name == "date" and (not form or "%" in re.sub("|".join(_DATE_CODES), "", form)):
            raise ValueError(f"{pattern!r}: {{date:…}} takes {' '.join(_DATE_CODES)} and text between them")
    if wrong := re.search(r"\{[^{}]*\}|[{}]", _FIELD.sub("", pattern)):
        raise ValueError(f"{pattern!r}: unknown {wrong[0]}; known: {{source}}, {{date:%Y/%m/%d}}, {{slug}}")
    if "{slug}" not in pattern:
        raise ValueError(f"{pattern!r} has no {{slug}}: posts of one day would clash")
    if any(part in ("", ".", "..") for part in pattern.split("/")):
        raise ValueError(f"{pattern!r} should be a path below [posts] folder")


def _fill(pattern: str, source: str, slug: str, local: datetime) -> str:
    check_pattern(pattern)

    def value(match: re.Match[str]) -> str:
        if match[1] == "date":
            return re.sub("|".join(_DATE_CODES), lambda code: _date_part(local, code[0]), match[2])
        return source if match[1] == "source" else slug

    return _FIELD.sub(value, pattern)


def _date_part(local: datetime, code: str) -> str:
    numbers = {"%m": local.month, "%d": local.day, "%H": local.hour, "%M": local.minute, "%S": local.second}
    return f"{local.year:04}" if code == "%Y" else f"{numbers[code]:02}"
