"""Write the reference of all settings into the documentation: `python tools/configuration_reference.py`.

Types, defaults, meanings and reasons are declared once, in `crawler/config/schema.py`, `crawler/items.py` and
`crawler/capture/addon.py`. From them this writes docs/configuration.md, `[limits]` in the template of `warcpress init`,
the table of limits in SECURITY.md and the table of settings in docs/capture.md. A test fails if a file is out of date.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import json
import re
import sys
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from crawler.capture.addon import SETTINGS
from crawler.config import Archive, Config, Crawl, Fleet, Limits, Metrics, Notify, Posts, Publish, Remote
from crawler.items import Listing, Section, Selectors, Source

ROOT = Path(__file__).parent.parent
LONGEST_LINE = 120

INTRODUCTION = """# warcpress.toml

*Written by `tools/configuration_reference.py` from the code; change it there.*

`warcpress init` writes a commented file with every key. `--config FILE` names another one; `--data DIR` overrides
`[crawl] data`. Relative paths are relative to the file's folder. Durations are seconds or a text such as `"90s"`,
`"30m"`, `"6h"`, `"1d"`, `"2w"`. Secrets come from the environment only: `env:NAME` takes the value of the variable
`NAME`, and that value is cut out of logs, reports and WARC records. Commands that only read (`list`, `audit` …) need
no such value; one that fetches or signs ends with code 2 without it. A fault in the file ends every command with exit
code 2 and one line that names the file, the line and the known alternatives. The default `–`, or None in the text,
means that the key is not given.
"""
TABLES: tuple[tuple[str, type, str], ...] = (
    ("[crawl]", Crawl, "Who fetches, where the data goes, how polite a run is."),
    ("[posts]", Posts, "Where posts go and what they look like."),
    ("[publish]", Publish, 'A site that gets the posts; docs/posts.md, "Into a site".'),
    ("[archive]", Archive, "The WARC files."),
    (
        "[limits]",
        Limits,
        "What one page, one look at a source and one run may cost at most. SECURITY.md gives the reasons.",
    ),
    ("[notify]", Notify, "Small POSTs before and after a run."),
    ("[metrics]", Metrics, "Figures of each run for Prometheus; docs/running.md lists them."),
    ("[fleet]", Fleet, "Several data folders under one configuration; docs/fleet.md."),
    ("[remote]", Remote, "A store that has a copy of what is sealed; docs/remote.md."),
    (
        "[[source]]",
        Source,
        "One for each publisher. With `use`, the given keys override those of the shipped profile, and `name` may be "
        "left out. The categories `{site}` and `{section}` stand for those of the article.",
    ),
    (
        "[source.article]",
        Selectors,
        "Below its `[[source]]`. Each value is a CSS selector or an array of them. A selector that finds nothing on a "
        "page leaves that field to generic rules, and the run file counts such articles.",
    ),
    ("[[source]] sections", Section, 'Each `{ url = "…", links = "…" }`.'),
    ("[[source]] listings", Listing, 'Each `{ url = "…", items = "…", link = "…" }`.'),
)
TYPES = {
    bool: "true or false",
    float: "number or duration",
    int: "whole number",
    str: "text",
    Path: "path",
}


NOT_IN_THE_FILE = {"path", "sources", "secret_values", "secrets_fault", "shard", "year", "root"}
"""Fields of Config that are no table."""


def explanations(cls: type) -> dict[str, str]:
    """Return the docstring under each field of a dataclass."""
    body = typing.cast(ast.ClassDef, ast.parse(inspect.getsource(cls)).body[0]).body
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            found[typing.cast(ast.Name, field.target).id] = " ".join(str(text.value.value).split())
    return found


def kind(hint: Any) -> str:
    """Name a type in the words of TOML."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return kind(next(argument for argument in arguments if argument is not types.NoneType))
    if origin is typing.Literal:
        return " or ".join(f'`"{choice}"`' for choice in arguments)
    if origin is tuple:
        element = arguments[0]
        if dataclasses.is_dataclass(element):
            return "array of tables"
        return (
            f"array of {kind(element)}"
            if typing.get_origin(element) is typing.Literal
            else f"array of {kind(element)}s"
        )
    if dataclasses.is_dataclass(hint):
        return "table"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "table of text"
    return TYPES[hint]


def default(field: dataclasses.Field[Any]) -> str:
    """Write a default as TOML does; `–` for None, `*required*` for a key without default."""
    if field.default_factory is not dataclasses.MISSING:
        return "`{}`"
    if field.default is dataclasses.MISSING:
        return "*required*"
    if field.default is None:
        return "–"
    if isinstance(field.default, bool | str | float):
        return f"`{json.dumps(field.default, ensure_ascii=False)}`"
    if isinstance(field.default, int):
        return f"`{field.default:_}`"
    return f"`{json.dumps(str(field.default) if isinstance(field.default, Path) else field.default)}`"


def table(cls: type) -> str:
    hints, texts = typing.get_type_hints(cls), explanations(cls)
    rows = [
        f"| `{field.name}` | {kind(hints[field.name])} | {default(field)} | {texts[field.name]} |"
        for field in dataclasses.fields(cls)
    ]
    return "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows])


def reference() -> str:
    """Return the text of docs/configuration.md."""
    known = {field.name for field in dataclasses.fields(Config)} - NOT_IN_THE_FILE
    if known != {name.strip("[]") for name, _, _ in TABLES if not name.startswith(("[[", "[source."))}:
        raise ValueError("TABLES must name every table of Config")
    parts = [f"## `{name}`\n\n{text}\n\n{table(cls)}\n" for name, cls, text in TABLES]
    return "\n".join([INTRODUCTION, *parts])


def limits_of_template() -> str:
    """Return `[limits]` of crawler/warcpress.toml: each key commented out, with its default and meaning."""
    texts = explanations(Limits)
    lines = []
    for field in dataclasses.fields(Limits):
        key, meaning = f"# {field.name} = {field.default:_}", texts[field.name].removesuffix(".").replace("`", "")
        line = f"{key:<32} # {meaning[0].lower()}{meaning[1:]}"
        lines.append(line if len(line) <= LONGEST_LINE else line.partition(";")[0])
    return "\n".join(["[limits]", *lines])


def limits_of_security() -> str:
    """Return the table of limits in SECURITY.md, with the reason for each default."""
    rows = [f"| `{field.name}` | {field.default:_} | {field.metadata['why']} |" for field in dataclasses.fields(Limits)]
    return "\n".join(["| key | default | reason |", "|---|---:|---|", *rows])


def settings_of_capture() -> str:
    """Return the table of the add-on's settings in docs/capture.md."""
    rows = [f"| `{setting.name}` | `{shown(setting.default)}` | {setting.meaning} |" for setting in SETTINGS]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def shown(value: object) -> str:
    """Write a default as Python does."""
    return f"{value:_}" if isinstance(value, int) and not isinstance(value, bool) else repr(value)


def with_block(text: str, block: str) -> str:
    """Replace the paragraph of `text` that starts with the first line of `block` by `block`."""
    first = block.partition("\n")[0]
    found = re.search(rf"^{re.escape(first)}\n(?:.+\n)*", text, re.MULTILINE)
    if not found:
        raise ValueError(f"no line {first!r}")
    return f"{text[: found.start()]}{block}\n{text[found.end() :]}"


WRITTEN: dict[Path, Callable[[str], str]] = {
    ROOT / "docs" / "configuration.md": lambda _: reference(),
    ROOT / "crawler" / "warcpress.toml": lambda text: with_block(text, limits_of_template()),
    ROOT / "SECURITY.md": lambda text: with_block(text, limits_of_security()),
    ROOT / "docs" / "capture.md": lambda text: with_block(text, settings_of_capture()),
}
"""Each file, with the function that makes its new text from the present one."""


if __name__ == "__main__":
    for path, made in WRITTEN.items():
        path.write_text(made(path.read_text("utf-8")), encoding="utf-8")
        sys.stderr.write(f"{path} written\n")
