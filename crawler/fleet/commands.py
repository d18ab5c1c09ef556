"""The commands that workers run: one for each shard, or one for each file of a batch."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from crawler.config import Shard
from crawler.errors import ConfigError
from crawler.fleet.shards import shard_of_file

CRAWL = ("crawl", "--due")
"""What a worker runs unless it is told to run something else."""
OUTPUTS = ("--json", "--html", "--data")
"""Options that name what a command writes to."""


@dataclass(frozen=True)
class Command:
    """A command of warcpress, for a shard or for a file."""

    words: tuple[str, ...]
    name: str
    """What its lines on stderr begin with."""
    lock: str
    """Of the commands with the same lock, one runs at a time."""
    shard: Shard | None = None
    """The shard whose data folder it gets; None for a command that needs none, or names one in its words."""
    is_for_file: bool = False

    @classmethod
    def for_shard(cls, shard: Shard, words: Sequence[str]) -> Self:
        """Make the command for a shard; `{shard}` in a word becomes the shard's name."""
        return cls(tuple(word.replace("{shard}", shard.name) for word in words), shard.name, shard.name, shard)

    @classmethod
    def for_file(cls, path: str, name: str, words: Sequence[str], shards: int) -> Self:
        """Make the command for a file; `{file}` in a word becomes its path, `{name}` the name.

        An import that names no data folder goes into one of `shards`.
        """
        places = {"{file}": path, "{name}": name}
        filled = tuple(re.sub(r"\{(?:file|name)\}", lambda place: places[place[0]], word) for word in words)
        shard = None if words[0] != "import" or "--data" in _options(words) else shard_of_file(path, shards)
        return cls(filled, name, shard.name if shard else _digest(path), shard, is_for_file=True)

    @property
    def title(self) -> str:
        """What it is called in messages: its words, or for a file, whose name precedes it, the first of them."""
        return self.words[0] if self.is_for_file else " ".join(self.words)

    @property
    def digest(self) -> str:
        """What no other command has. It is short: PostgreSQL indexes no text above 2,700 bytes, as paths may be."""
        return _digest("\0".join([self.lock, *self.words]))

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        content = {"words": list(self.words), "name": self.name, "lock": self.lock, "file": self.is_for_file}
        return {**content, "shard": str(self.shard) if self.shard else ""}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read what `as_json` returned."""
        number, _, of = content["shard"].partition("/")
        shard = Shard(int(number), int(of)) if number else None
        return cls(tuple(content["words"]), content["name"], content["lock"], shard, content["file"])


@dataclass(frozen=True)
class Batch:
    """The files of a batch."""

    files: Mapping[str, str]
    """Absolute paths, each with a name that no other one has."""
    left_out: Sequence[str]
    """What can't be read, each with the reason."""

    @classmethod
    def below(cls, paths: Iterable[Path]) -> Self:
        """Find the WARC files, ARC files and packages: files that are given, and those in and below given folders.

        ConfigError for a path that does not exist, or a folder without such files.
        """
        files: dict[str, Path] = {}
        left_out: dict[str, None] = {}
        for given in paths:
            found = list(_below(given))
            if not found:
                raise ConfigError(f"{given}: no WARC files in it")
            for path, why in found:
                if not why and not _is_utf_8(path):
                    why = "the name has bytes that are not UTF-8; rename it"
                if why:
                    left_out[f"{path}: {why}"] = None
                else:
                    files[str(path)] = path
        count = Counter(path.name for path in files.values())
        names = {
            text: path.name if count[path.name] == 1 else f"{path.name}-{_digest(text)[:8]}"
            for text, path in files.items()
        }
        return cls(names, list(left_out))

    def commands(self, words: Sequence[str], shards: int) -> list[Command]:
        """Make the commands for the files; ConfigError when the words do not fit more than one file."""
        if not any("{file}" in word for word in words):
            raise ConfigError("the command lacks {file}, which becomes the path of each file: write `audit {file}`")
        options = _options(words)
        for option in OUTPUTS:
            value = options.get(option, "-")
            if value != "-" and not any(place in value for place in ("{name}", "{file}")):
                raise ConfigError(f"{option} {value} is the same for every file; write {{name}} into it")
        if words[0] == "import" and not shards and "--data" not in options:
            raise ConfigError("an import needs a data folder for each file: add `--data FOLDER/{name}`")
        return [Command.for_file(path, name, words, shards) for path, name in self.files.items()]


def _below(given: Path) -> Iterator[tuple[Path, str]]:
    """The files at a path, each with the reason why it can't be read, or nothing."""
    from archive import files_below  # what it imports is not needed for shards

    path = given.absolute()
    if path.is_dir():
        for one in files_below(path):
            yield one.path, one.unreadable
    elif path.exists():
        yield path, ""
    else:
        raise ConfigError(f"{given}: there is no such file or folder")


def _is_utf_8(path: Path) -> bool:
    text = str(path)
    return text == text.encode(errors="replace").decode()


def _options(words: Sequence[str]) -> dict[str, str]:
    """The values of the options among the words of a command."""
    options: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            name, given, value = word.partition("=")
            options[name] = value if given else following
    return options


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
