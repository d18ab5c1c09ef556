"""Name a post's file: a Post and its Source go in, the path below the folder of posts comes out. Pure.

The first version names the post; later versions keep the name. Whatever the URL holds, the path stays inside its folder
and means the same file on every file system.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from crawler.items import Post, Source
from crawler.posts.escaping import scrub
from crawler.posts.frontmatter import Dialect

PATTERN = "{source}/{date:%Y/%m/%d}-{slug}"
PATTERNS: Mapping[Dialect, str] = {"hexo": PATTERN, "hugo": PATTERN, "jekyll": "{source}/{date:%Y-%m-%d}-{slug}"}
"""Defaults of [posts] pattern. Jekyll 4 builds no file of `_posts` whose name does not begin with YYYY-MM-DD."""
FOLDERS: Mapping[Dialect, tuple[str, str]] = {
    "hexo": ("source/_posts", "source/media"),
    "hugo": ("content/posts", "static/media"),
    "jekyll": ("_posts", "media"),
}
"""Folders below a site's: of its posts, and of the pictures that it serves below /media/."""
SLUG_BYTES = 80
"""Longest slug, in bytes of UTF-8."""

_EXTENSION = re.compile(r"(.+)\.[A-Za-z][A-Za-z0-9]{0,4}", re.DOTALL)
_FIELD = re.compile(r"\{(source|slug|title|date)(?::([^{}]*))?\}")
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

    `hint`: aware date that is used when the post has none. For the rest see `path_of`.
    """
    when = post.published or hint
    named = Named(post.canonical_url, source.name, source.timezone, post.title, when)
    return path_of(named, pattern=pattern, extension=extension, taken=taken)


@dataclass(frozen=True)
class Named:
    """What a post is named after."""

    canonical_url: str
    source: str
    timezone: str
    title: str
    when: datetime | None
    """Aware."""


def path_of(
    named: Named,
    *,
    pattern: str = PATTERN,
    extension: str = "md",
    taken: Callable[[str], bool] = frozenset().__contains__,
    held: str = "",
) -> str:
    """Path of a post, by a pattern.

    `taken`: gets a path, returns whether another article's post or a stranger's file is there; then `-` and 8 hex
    digits of sha256(canonical URL) are added, or more while those are taken too. `held`: the path that the post has
    already; it is kept when it is one of these. ValueError for a post without any date, or a wrong pattern
    (`check_pattern`).
    """
    url, when = named.canonical_url, named.when
    if when is None or when.tzinfo is None:
        raise ValueError(f"{url}: no aware date to name the post after")
    local = when.astimezone(ZoneInfo(named.timezone))
    digest = hashlib.sha256(url.encode()).hexdigest()
    free = ""
    for suffix in ("", "-" + digest[:8], "-" + digest[:16], "-" + digest):
        path = _filled(pattern, named, local, suffix, extension)
        if path == held:
            return held
        free = free or ("" if taken(path) else path)
        if free and not held:
            break  # all four took 0.25 ms a page (2026-11)
    if not free:
        raise ValueError(f"{url}: every name for it is taken; the catalogue already holds this article")
    return free


def _filled(pattern: str, named: Named, local: datetime, suffix: str, extension: str) -> str:
    slug, title = slug_of(named.canonical_url), _slug(scrub(named.title))
    fields = {"source": named.source, "slug": slug, "title": title or slug}
    fields["slug" if "{slug}" in pattern else "title"] += suffix
    path = f"{_fill(pattern, fields, local)}.{extension.lstrip('.')}"
    return "/".join(safe_component(part) for part in path.split("/") if part)


def slug_of(url: str) -> str:
    """Slug of a URL: its last path segment without extension, or the host when the path is empty.

    NFC; letters with their marks, digits, `.`, `_` stay, everything else becomes `-`; at most SLUG_BYTES bytes.
    """
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    name = unquote(segments[-1], errors="replace") if segments else parts.hostname or "post"
    if segments and (match := _EXTENSION.fullmatch(name)):
        name = match[1]
    return _slug(name) or "post"


def _slug(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    name = "".join(character if _kept(character) else " " for character in name)
    name = re.sub(r" +", "-", name.strip()).strip("-")
    return name.encode()[:SLUG_BYTES].decode(errors="ignore").rstrip("-.")


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

    It has {source}, {slug}, {title} and {date:…} of %Y %m %d %H %M %S (names of months would follow the locale), at
    least {slug} or {title}, and stays inside the folder of posts.
    """
    for name, form in _FIELD.findall(pattern):
        if name != "date" and form:
            raise ValueError(f"{pattern!r}: {{{name}}} takes no format")
        if name == "date" and (not form or "%" in re.sub("|".join(_DATE_CODES), "", form)):
            raise ValueError(f"{pattern!r}: {{date:…}} takes {' '.join(_DATE_CODES)} and text between them")
    if wrong := re.search(r"\{[^{}]*\}|[{}]", _FIELD.sub("", pattern)):
        raise ValueError(f"{pattern!r}: unknown {wrong[0]}; known: {{source}}, {{date:%Y/%m/%d}}, {{slug}}, {{title}}")
    if "{slug}" not in pattern and "{title}" not in pattern:
        raise ValueError(f"{pattern!r} has neither {{slug}} nor {{title}}: posts of one day would clash")
    if any(part in ("", ".", "..") for part in pattern.split("/")):
        raise ValueError(f"{pattern!r} should be a path below [posts] folder")


def _fill(pattern: str, fields: Mapping[str, str], local: datetime) -> str:
    check_pattern(pattern)

    def value(match: re.Match[str]) -> str:
        if match[1] == "date":
            return re.sub("|".join(_DATE_CODES), lambda code: _date_part(local, code[0]), match[2])
        return fields[match[1]]

    return _FIELD.sub(value, pattern)


def _date_part(local: datetime, code: str) -> str:
    numbers = {"%m": local.month, "%d": local.day, "%H": local.hour, "%M": local.minute, "%S": local.second}
    return f"{local.year:04}" if code == "%Y" else f"{numbers[code]:02}"
