"""Add sources at the end of a warcpress.toml; what is in the file stays as it is, comments included."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from crawler.config.load import load
from crawler.errors import ConfigError
from crawler.items import Source
from crawler.store.files import write_file


def block(source: Source) -> str:
    """Return a source as a `[[source]]` of warcpress.toml: its texts and arrays of texts that are not the default."""
    lines = ["[[source]]"]
    for field in dataclasses.fields(source):
        value = getattr(source, field.name)
        if not value or value == field.default:
            continue
        if isinstance(value, str):
            lines.append(f"{field.name} = {_text(value)}")
        elif isinstance(value, tuple) and len(value) == 1:
            lines.append(f"{field.name} = [{_text(value[0])}]")
        elif isinstance(value, tuple):
            lines += [f"{field.name} = [", *(f"    {_text(each)}," for each in value), "]"]
    return "\n".join(lines) + "\n"


def append(path: Path, sources: Iterable[Source], environ: Mapping[str, str] = os.environ) -> None:
    """Add sources to the file, all or none.

    ConfigError when the result would not load, or another program has changed the file meanwhile; nothing is then
    written. StorageFailed when it can't be written.
    """
    path = path.resolve()  # a link stays a link
    before = path.read_bytes()
    newline = "\r\n" if b"\r\n" in before else "\n"
    text = before.decode("utf-8-sig")
    added = "".join(f"\n{block(source)}" for source in sources)
    after = text + ("" if text.endswith("\n") or not text else newline) + added.replace("\n", newline)
    try:
        load(path, text=after, environ=environ)
    except ConfigError as error:
        raise ConfigError(f"{error} (with the new source at the end; nothing was written)") from error
    if path.read_bytes() != before:
        raise ConfigError(f"{path}: was changed by another program meanwhile; nothing was written, run this again")
    mark = before[:3] if before.startswith(b"\xef\xbb\xbf") else b""
    write_file(path.parent, path.name, mark + after.encode(), mode=path.stat().st_mode & 0o777)


def _text(value: str) -> str:
    """Write a TOML string: a literal one for patterns, in which a backslash would be doubled otherwise."""
    if "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
