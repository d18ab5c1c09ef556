"""Questions to a Config: a source as plain values and back (for the warcinfo record), its secrets, a URL's source."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import pydantic

from crawler.config.rules import nearest
from crawler.config.schema import Config
from crawler.errors import ConfigError
from crawler.items import Source
from crawler.urls.allowed import allowed

SINGLE = Source(name="single")
"""Source of URLs that no configured source covers (`refetch`, `preview`)."""

_ADAPTER = pydantic.TypeAdapter(Source)
_FIELDS = frozenset(field.name for field in dataclasses.fields(Source)) - {"headers"}
_SHORTEST_PART = 8
"""Of a cookie's or an Authorization header's value; shorter ones are flags such as `en`, not secrets."""


def effective(source: Source) -> dict[str, Any]:
    """All settings of `source` as JSON values, without its headers: those may be secrets, and no post follows from
    them. `source_from` makes the source again."""
    values = dataclasses.asdict(dataclasses.replace(source, headers={}))
    del values["headers"]
    return dict(json.loads(json.dumps(values)))


def fingerprint(source: Source) -> str:
    """Changes with anything in the source's configuration that may lead to other candidates; 16 hex digits."""
    text = json.dumps(effective(source), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def source_from(values: Mapping[str, Any]) -> Source:
    """The inverse of `effective`, for values read from an archive. Keys that this version does not know are left out;
    ConfigError when the rest is not a source."""
    known = {key: value for key, value in values.items() if key in _FIELDS}
    try:
        return _ADAPTER.validate_json(json.dumps(known), strict=True)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ConfigError(f"the archive's record of a source cannot be read: {place}: {first['msg']}") from error


def secrets(config: Config) -> tuple[bytes, ...]:
    """Every value that must appear in no log, report, post or WARC record; longest first, so that cutting one never
    leaves the rest of another."""
    found = {part for value in config.secret_values for part in (value, *_parts(value))}
    return tuple(sorted((value.encode() for value in found), key=lambda value: (-len(value), value)))


def choose(config: Config, url: str) -> Source:
    """The source that the canonical `url` belongs to: the first whose `allow` finds it (and `deny` does not), else the
    first with an entry point on its host, else `single`."""
    candidates = [source for source in config.sources if allowed(url, dataclasses.replace(source, allow=()))]
    for source in candidates:
        if source.allow and allowed(url, source):
            return source
    host = urlsplit(url).hostname
    for source in candidates:
        if any(urlsplit(entry).hostname == host for entry in source.entries):
            return source
    return named(config, SINGLE.name)


def named(config: Config, name: str) -> Source:
    """The source of that name; `single` is always there. ConfigError names the nearest known one."""
    for source in config.sources:
        if source.name == name:
            return source
    if name == SINGLE.name:
        return SINGLE
    known = [source.name for source in config.sources]
    raise ConfigError(f"{config.path}: no source {name!r}; {nearest(name, known) if known else 'it has none'}")


def _parts(value: str) -> Iterator[str]:
    """The secrets inside a Cookie (`name=value; …`), an Authorization (`Bearer TOKEN`) or a URL with a password."""
    pieces = re.split(r"[;\s]+", value.strip())
    for place, piece in enumerate(pieces):
        rest = piece.partition("=")[2]
        if "://" in piece:
            part = urlsplit(piece).password or ""
            if part:
                pair = f"{unquote(urlsplit(piece).username or '')}:{unquote(part)}"
                yield base64.b64encode(pair.encode()).decode()  # as Proxy-Authorization has it (RFC 7617)
        elif rest.strip("="):
            part = rest
        else:
            part = "" if place == 0 and len(pieces) > 1 else piece  # the first word is the scheme
        if len(part) >= _SHORTEST_PART:
            yield part
