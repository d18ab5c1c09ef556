"""Rows go in; JSON Lines, CSV, text, Parquet or a folder of Markdown files come out, one row at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from archive import cell, json_text
from crawler.export.rows import Exported, Row, plain
from crawler.posts.frontmatter import plain_or_quoted, quoted
from crawler.store.files import write_files
from crawler.store.stored_version import Version

Write = Callable[[Iterable[Exported], Sequence[str], BinaryIO], None]
"""Writes rows with these columns to a file."""
GROUP = 64
"""Markdown files for which their folders are opened and synchronised once."""
SEPARATOR = "\n" + "=" * 72 + "\n\n"
"""Between two posts of a text."""
# fmt: off
FRONT_MATTER = (
    "url", "source", "section", "language", "published", "updated", "captured", "version", "derivation", "state",
    "record_id", "digest", "file", "offset",
)
# fmt: on
"""Columns in the front matter of each Markdown file, besides title, date and lists of texts."""


def write_jsonl(rows: Iterable[Exported], columns: Sequence[str], out: BinaryIO) -> None:  # noqa: ARG001  a Write
    """Write an object on each line, with the columns as keys."""
    for exported in rows:
        out.write(json_text({"v": 1, **plain(exported.row)}).encode() + b"\n")


def write_csv(rows: Iterable[Exported], columns: Sequence[str], out: BinaryIO) -> None:
    """Write RFC 4180, in UTF-8: texts of a list with `; ` between them, captures as JSON.

    `'` precedes a field that a spreadsheet would take for a formula.
    """
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    try:
        table = csv.writer(text)
        table.writerow(columns)
        for exported in rows:
            row = plain(exported.row)
            table.writerow([cell(_field(row[name])) for name in columns])
    finally:
        text.detach()


def _field(value: object) -> str:
    if isinstance(value, list):
        if all(isinstance(one, str) for one in value):
            return "; ".join(value)
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def write_text(rows: Iterable[Exported], columns: Sequence[str], out: BinaryIO) -> None:  # noqa: ARG001
    """Write title, facts and text of each post, with a line between two posts."""
    separator = ""
    for exported in rows:
        row = plain(exported.row)
        out.write((separator + "\n".join(_paragraphs(row)) + "\n").encode())
        separator = SEPARATOR


def _paragraphs(row: Row) -> Iterator[str]:
    yield from (row["title"], "")
    yield from filter(None, (", ".join(row["authors"]), row["date"], row["url"]))
    yield f"version {row['version']}, {row['state']}: record {row['record_id']} in {row['file']} at {row['offset']}"
    yield from ("", row["text"])


def write_parquet(rows: Iterable[Exported], columns: Sequence[str], out: BinaryIO) -> None:
    """Write Apache Parquet in groups of rows."""
    from crawler.export.parquet import write  # pyarrow is an extra

    write(rows, columns, out)


def write_folder(rows: Iterable[Exported], folder: Path, *, versions: bool) -> None:
    """Write a Markdown file for each post, named like the post, each whole or not at all.

    `versions`: several versions of a post may come, so that their numbers are in the names.
    """
    waiting = iter(rows)
    while group := list(islice(waiting, GROUP)):
        write_files(folder, ((_name(one.version, versions), markdown_file(one.row).encode()) for one in group))


def _name(version: Version, versions: bool) -> str:
    stem = version.path.removesuffix(".md")
    again = f".{version.derivation}" if version.derivation else ""
    return f"{stem}.v{version.number}{again}.md" if versions else f"{stem}.md"


def markdown_file(row: Row) -> str:
    """A post as a Markdown file: provenance as front matter, the title as its heading, the body."""
    written = plain(row)
    lines = ["---", f"title: {quoted(row['title'])}", f"date: {quoted(written['date'])}"]
    for name in ("authors", "categories", "tags"):
        values = [f" - {plain_or_quoted(value)}" for value in row[name]]
        lines += [f"{name}:", *values] if values else [f"{name}: []"]
    for name in FRONT_MATTER:
        value = written[name]
        lines.append(f"{name}: {quoted(value) if isinstance(value, str) else 'null' if value is None else value}")
    return "\n".join((*lines, "---", "", row["markdown"] or row["text"], ""))
