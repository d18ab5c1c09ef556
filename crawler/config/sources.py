"""Look up sources and secrets in a Config; serialise a source for the warcinfo record, and read it back."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from crawler.config.rules import nearest
from crawler.config.schema import Config
from crawler.config.shape import Problem, typed
from crawler.errors import ConfigError
from crawler.items import Source
from crawler.urls.allowed import allowed
from crawler.urls.credentials import split_credentials
from crawler.urls.host_names import host_of

SINGLE = Source(name="single")
"""Source of URLs that no configured source covers (`refetch`, `preview`)."""

_FIELDS = frozenset(field.name for field in dataclasses.fields(Source)) - {"headers"}
_SHORTEST_PART = 8
"""Characters of a part of a cookie or Authorization header; shorter parts are flags such as `en`, not secrets."""


def effective(source: Source) -> dict[str, Any]:
    """Return the settings of `source` as JSON values, without its headers; `source_from` is the inverse.

    Headers may be secrets, and no post depends on them.
    """
    values = dataclasses.asdict(dataclasses.replace(source, headers={}))
    del values["headers"]
    return dict(json.loads(json.dumps(values)))


def fingerprint(source: Source) -> str:
    """Return 16 hex digits that change with any setting of the source: it may lead to other candidates."""
    text = json.dumps(effective(source), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fingerprints(config: Config) -> str:
    """Return 64 hex digits that change with any setting of any source, and with their order."""
    return hashlib.sha256(" ".join(map(fingerprint, config.sources)).encode()).hexdigest()


def source_from(values: Mapping[str, Any]) -> Source:
    """Make a source from values that `effective` has written into an archive, without keys unknown to this version.

    ConfigError when the rest is not a source.
    """
    known = {key: value for key, value in values.items() if key in _FIELDS}
    try:
        return typed(known, Source)
    except Problem as problem:
        place = ".".join(map(str, problem.path)) or "it"
        raise ConfigError(f"the archive's record of a source cannot be read: {place} {problem.text}") from problem


def secrets(config: Config) -> tuple[bytes, ...]:
    """Return the values that may appear in no log, report, post or WARC record.

    The longest come first, so that cutting one out never leaves the rest of another. ConfigError when the environment
    lacks one: every run asks for them before it does anything, commands that only read do not.
    """
    if config.secrets_fault:
        raise ConfigError(config.secrets_fault)
    found = {part for value in config.secret_values for part in (value, *_parts(value))}
    return tuple(sorted((value.encode() for value in found), key=lambda value: (-len(value), value)))


def choose(config: Config, url: str) -> Source:
    """Return the source of a canonical URL, never one that denies it.

    That is the first whose `allow` matches it, else the first with an entry point on its host, else `single`.
    """
    candidates = [source for source in config.sources if allowed(url, dataclasses.replace(source, allow=()))]
    for source in candidates:
        if source.allow and allowed(url, source):
            return source
    host = host_of(url)
    for source in candidates:
        if any(host_of(entry) == host for entry in source.entries):
            return source
    return named(config, SINGLE.name)


def named(config: Config, name: str) -> Source:
    """Return the source of that name, or the built-in `single`; ConfigError names the nearest known one."""
    for source in config.sources:
        if source.name == name:
            return source
    if name == SINGLE.name:
        return SINGLE
    known = [source.name for source in config.sources]
    raise ConfigError(f"{config.path}: no source {name!r}; {nearest(name, known) if known else 'the file has none'}")


def _parts(value: str) -> Iterator[str]:
    """Yield the secrets inside a Cookie (`name=value; …`), an Authorization (`Bearer TOKEN`) or a URL's password."""
    pieces = re.split(r"[;\s]+", value.strip())
    for place, piece in enumerate(pieces):
        rest = piece.partition("=")[2]
        if "://" in piece:
            part = urlsplit(piece).password or ""
            if part:
                yield split_credentials(piece)[1]
        elif rest.strip("="):
            part = rest
        else:
            part = "" if place == 0 and len(pieces) > 1 else piece  # the first word is the scheme
        if len(part) >= _SHORTEST_PART:
            yield part
