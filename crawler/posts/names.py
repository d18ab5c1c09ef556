"""A Post and its Source → the relative path of its file. Pure.

The name is fixed at a post's first version: the catalogue keeps it, and asks here only once.
Whatever the URL holds, the path stays inside its folder and means the same file on every file system (THREATS P1).
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
SLUG_BYTES = 80

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
    """`guancha/2022/03/18-2022_03_18_630877.md`, relative to the folder of posts, with `/`.

    `hint`: aware; the feed's date or the first capture's, for a post without one of its own. `taken`: asked with
    `path_key(path)`, says whether another article's post has that name; then `-` and 8 hex digits of
    sha256(canonical URL) are added (more digits should those be taken too). ValueError: no date at all, or a pattern
    with other than {source}, {slug}, {date:…} of %Y %m %d %H %M %S.
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
    """The last path segment without its extension: letters (with their marks), digits, `.`, `_`, `-`, anything else
    `-`; NFC; at most 80 bytes of UTF-8. The host where the path is empty."""
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
    """One file or folder name that is hidden, special or reserved nowhere: no leading dot, no trailing dot or blank,
    no device name."""
    name = "".join(
        "-" if unicodedata.category(character)[0] == "C" or character in '<>:"|?*\\/' else character
        for character in name
    )
    name = name.rstrip(". ")
    if not name or name.startswith(".") or _DEVICE.fullmatch(name):
        name = "_" + name.lstrip(".")
    return name


def check_pattern(pattern: str) -> None:
    """ValueError, one line, for a name pattern that `post_path` can't fill, that gives every article of a day one name,
    or that leads out of the folder of posts. Only numbers of a date are known: names of months follow the locale."""
    for name, form in _FIELD.findall(pattern):
        if name != "date" and form:
            raise ValueError(f"{pattern!r}: {{{name}}} takes no format")
        if name == "date" and (not form or "%" in re.sub("|".join(_DATE_CODES), "", form)):
            raise ValueError(f"{pattern!r}: {{date:…}} takes {' '.join(_DATE_CODES)} and what stands between them")
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
