"""Find the line of each key and value of a TOML text that tomllib has accepted.

tomllib returns values without places; a fault in warcpress.toml should name its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys, and positions in arrays counted from 0: `("source", 0, "sections", 1, "url")`."""

_BLANK = re.compile(r"(?:[ \t]+|\r?\n|#[^\n]*)+")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")


class _Scanner:
    """One pass over a text, which collects the line of each path."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        """Array of tables → its elements so far."""

    def note(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, self.text.count("\n", 0, at) + 1)

    def skip(self, pattern: re.Pattern[str]) -> None:
        if found := pattern.match(self.text, self.at):
            self.at = found.end()

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found:
            raise ValueError(f"offset {self.at}: not TOML")
        self.at = found.end()
        return found.group()

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def key(self) -> tuple[str, ...]:
        """Read a dotted key."""
        parts = []
        while True:
            self.skip(_SPACE)
            if self.peek('"') or self.peek("'"):
                parts.append(str(tomllib.loads("k = " + self.take(_STRING))["k"]))
            else:
                parts.append(self.take(_BARE))
            self.skip(_SPACE)
            if not self.peek("."):
                return tuple(parts)
            self.at += 1

    def document(self) -> None:
        table: Path = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.peek("["):
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        start, brackets = self.at, 2 if self.peek("[[") else 1
        self.at += brackets
        key = self.key()
        self.at += brackets
        table: Path = ()
        for position, part in enumerate(key):
            table += (part,)
            last = position == len(key) - 1
            self.note(table, start)
            if last and brackets == 2:
                self.counts[table] = self.counts.get(table, 0) + 1
            if table in self.counts:
                table += (self.counts[table] - 1,)
                self.note(table, start)
        return table

    def pair(self, table: Path) -> None:
        start = self.at
        path = table
        for part in self.key():
            path += (part,)
            self.note(path, start)
        self.at += 1  # the equals sign
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: Path) -> None:
        if self.peek("["):
            self.at += 1
            position = 0
            while True:
                self.skip(_BLANK)
                if self.peek("]"):
                    break
                self.note((*path, position), self.at)
                self.value((*path, position))
                position += 1
                self.separator()
            self.at += 1
        elif self.peek("{"):
            self.at += 1
            while True:
                self.skip(_BLANK)
                if self.peek("}"):
                    break
                self.pair(path)
                self.separator()
            self.at += 1
        elif self.peek('"') or self.peek("'"):
            self.take(_STRING)
        else:
            self.take(_SCALAR)

    def separator(self) -> None:
        self.skip(_BLANK)
        if self.peek(","):
            self.at += 1


def positions(text: str) -> Mapping[Path, int]:
    """Return the line, from 1, of every table, key and array element of a valid TOML text."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


def line_of(path: Path, lines: Mapping[Path, int]) -> int | None:
    """Return the line of `path`, else of the nearest table or array around it; None when none is in the file."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None
