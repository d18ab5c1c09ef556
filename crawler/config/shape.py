"""Check keys and types of warcpress.toml: parsed TOML → the dataclasses of `schema.py` and `crawler.items`.

A fault is raised as a Problem with its path in the document; `load.py` adds file and line.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import re
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, TypeVar

from crawler.config.positions import Path
from crawler.config.rules import nearest
from crawler.config.schema import Archive, Crawl, Fleet, Limits, Metrics, Notify, Posts, Publish, Remote
from crawler.items import Selectors, Source

T = TypeVar("T")
_hints = functools.cache(typing.get_type_hints)
"""Types of a dataclass's fields. Evaluated anew for each source they took 120 of the 133 ms that 100 sources took."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclasses.dataclass(frozen=True)
class Tables:
    """The top-level keys of the file."""

    crawl: Crawl = dataclasses.field(default_factory=Crawl)
    posts: Posts = dataclasses.field(default_factory=Posts)
    publish: Publish = dataclasses.field(default_factory=Publish)
    archive: Archive = dataclasses.field(default_factory=Archive)
    limits: Limits = dataclasses.field(default_factory=Limits)
    notify: Notify = dataclasses.field(default_factory=Notify)
    metrics: Metrics = dataclasses.field(default_factory=Metrics)
    fleet: Fleet = dataclasses.field(default_factory=Fleet)
    remote: Remote = dataclasses.field(default_factory=Remote)
    source: tuple[Source, ...] = ()


class Problem(Exception):
    """A fault at one place of the document."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path, self.text = path, text


def check_keys(raw: Mapping[str, Any], cls: type = Tables, path: Path = ()) -> None:
    """Raise Problem for a key that `cls` lacks, and for a value that should be a table or an array of tables."""
    hints = _hints(cls)
    for key, value in raw.items():
        place = (*path, key)
        if key not in hints:
            raise Problem(place, f"unknown key {key!r}; {nearest(key, hints)}")
        hint = hints[key]
        if isinstance(value, date | time):
            raise Problem(place, "is a date; no key takes one")
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, dict):
                name = ".".join(step for step in place if isinstance(step, str))
                raise Problem(place, f"should be a table: [{name}]")
            check_keys(value, typing.cast(type, hint), place)
        elif (element := _element(hint)) is not None:
            if not isinstance(value, list):
                wanted = "[[source]], with two brackets" if cls is Tables else f"{key} = [{{ … }}]"
                raise Problem(place, f"should be an array of tables: {wanted}")
            for n, entry in enumerate(value):
                if not isinstance(entry, dict):
                    raise Problem((*place, n), "should be a table: { url = '…', … }")
                check_keys(entry, element, (*place, n))


def written_out(raw: Mapping[str, Any], cls: type = Tables, path: Path = ()) -> dict[str, Any]:
    """Copy `raw`, with short forms written out.

    A duration such as "30m" becomes seconds where a field takes a number with a fraction; a single selector becomes an
    array of one.
    """
    hints = _hints(cls)
    result = dict(raw)
    for key, value in raw.items():
        hint, place = hints[key], (*path, key)
        if isinstance(value, str) and cls is Selectors:
            result[key] = [value]
        elif isinstance(value, str) and hint in (float, float | None):
            result[key] = _seconds(value, place)
        elif isinstance(value, dict) and dataclasses.is_dataclass(hint):
            result[key] = written_out(value, typing.cast(type, hint), place)
        elif isinstance(value, list) and (element := _element(hint)) is not None:
            result[key] = [written_out(entry, element, (*place, n)) for n, entry in enumerate(value)]
    return result


def typed(raw: Mapping[str, Any], cls: type[T], path: Path = ()) -> T:
    """Make a dataclass from plain values, and the dataclasses in it; Problem for the first value of a wrong type.

    Keys that `cls` lacks are left out.
    """
    hints, values = _hints(typing.cast(type, cls)), {}
    for field in dataclasses.fields(typing.cast(Any, cls)):
        if field.name in raw:
            values[field.name] = _value(raw[field.name], hints[field.name], (*path, field.name))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise Problem(path, f"has no {field.name!r}")
    return cls(**values)


def _value(value: Any, hint: Any, path: Path) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:  # X | None
        return None if value is None else _value(value, arguments[0], path)
    if origin is typing.Literal:
        if value not in arguments:
            *most, last = map(repr, arguments)
            raise Problem(path, f"{value!r} should be {', '.join(most)} or {last}")
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(_value(inner, arguments[0], (*path, n)) for n, inner in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {key: _value(inner, arguments[1], (*path, key)) for key, inner in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return typed(value, typing.cast(type, hint), path)
    return _plain(value, hint if origin is None else origin, path)


def _plain(value: Any, kind: type, path: Path) -> Any:
    if type(value) is int and abs(value) >= 1 << 63:  # TOML's integers have 64 bits; tomllib takes longer ones
        raise Problem(path, "is too large a number")
    if kind is float and type(value) is int:
        return float(value)
    if kind is pathlib.Path and isinstance(value, str):
        return pathlib.Path(value)
    if kind in (bool, int, float, str) and type(value) is kind:
        return value
    raise Problem(path, f"should be {_WANTED.get(kind, 'a table: { … }')}, not {_kind(value)}")


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value that is neither table nor array, with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, n))
    else:
        yield path, value


def _element(hint: Any) -> type | None:
    """Return the dataclass of which `hint` is a tuple, if it is one."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and dataclasses.is_dataclass(arguments[0]):
        return typing.cast(type, arguments[0])
    return None


def _seconds(text: str, path: Path) -> float:
    if found := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhdw])\s*", text):
        return float(found[1]) * _UNITS[found[2]]
    raise Problem(path, f"{text!r} is not a duration; write seconds (90) or '30m', '6h', '1d'")


_WANTED: dict[type, str] = {
    str: "text in quotes",
    pathlib.Path: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple: "an array: [ … ]",
}
"""Type of a field → what its value should be."""
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "text"),
    (int, "a whole number"),
    (float, "a number with a fraction"),
    (list, "an array"),
    (date, "a date"),
    (time, "a time"),
)
"""Types of TOML's values and their names; the rest are tables."""


def _kind(value: object) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a table")
