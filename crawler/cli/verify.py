"""`warcpress verify FILE.wacz`: says what a package proves; it needs no configuration, no archive and no network.

Of FILE.json, which `pack` writes of several data folders, it reads each package that the file lists.

`warcpress verify --remote` compares every sealed file in the store of [remote] with the manifest.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import (
    Compared,
    Trust,
    account_of,
    add_trust,
    compare,
    json_text,
    listed_packages,
    many,
    put_statement,
    share,
    trust_of,
)
from crawler.cli.common import add_json, layout_of, load_one, write_lines
from crawler.errors import ConfigError
from crawler.fleet.stores import store_of
from crawler.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "file", metavar="FILE.wacz", type=Path, nargs="?", help="a package, or FILE.json, which lists several"
    )
    what.add_argument("--remote", action="store_true", help="read back what the store of [remote] has, and compare it")
    parser.add_argument(
        "--sample",
        metavar="SHARE",
        type=share,
        help="with --remote: only a share of the files, another one each day",
    )
    add_trust(parser)
    add_json(parser, "what it proves")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code: 1 when something is altered or missing."""
    if options.remote:
        return _verify_remote(options)
    if options.sample:
        raise ConfigError("--sample goes with --remote: a package is read whole")
    if not options.file.is_file():
        raise ConfigError(f"{options.file}: no such file")
    verified = _Verified(options.file.suffix == ".json", as_json=bool(options.json))
    lines = verified.lines(options.file, trust_of(options))
    if options.json:
        write_lines(options.json, lines)
    else:
        for line in lines:
            put_statement(line)
    say(f"{options.file}: pages: {verified.pages}; {'something is wrong' if verified.wrong else 'nothing is wrong'}")
    return 1 if verified.wrong else 0


@dataclass
class _Verified:
    """What packages prove, counted while it is told."""

    is_list: bool
    """Whether the file lists packages."""
    as_json: bool
    pages: int = 0
    wrong: bool = False

    def lines(self, file: Path, trust: Trust) -> Iterator[str]:
        """Tell of each package; of one that is not as listed, that first."""
        for path, fault in _packages(file):
            if fault:
                self.wrong = True
                content = {"v": 1, "file": path.name, "wrong": fault}
                yield json_text(content) if self.as_json else f"WRONG: {path.name} {fault}"
            if path.is_file():
                yield from self._of_package(path, trust)

    def _of_package(self, path: Path, trust: Trust) -> Iterator[str]:
        from crawler.from_warc.packet import judge  # the extractors take 0.5 s to import

        if self.is_list and not self.as_json:
            yield f"{path.name}:"
        for account in account_of(path, trust, judge):
            self.wrong |= account.wrong
            self.pages += bool(account.url)
            if self.as_json:
                yield json_text(account.document() | ({"file": path.name} if self.is_list else {}))
            else:
                yield from account.lines()


def _packages(file: Path) -> Iterator[tuple[Path, str]]:
    """The packages to read, each with what is wrong with it by the list that names it."""
    if file.suffix != ".json":
        yield file, ""
        return
    for one in listed_packages(file):
        yield one.path, one.fault


def _verify_remote(options: argparse.Namespace) -> int:
    if options.key or options.authority or options.roots:
        text = (
            "--key, --authority and --roots are for a package; `warcpress audit` checks the signatures of the manifest"
        )
        raise ConfigError(f"--remote compares bytes: {text}")
    config = load_one(options)
    layout = layout_of(config)
    store, compared, wrong = store_of(config), Compared(), 0

    def differences() -> Iterator[str]:
        nonlocal wrong
        for line in compare(layout.root, store, compared, sample=options.sample):
            wrong += 1
            yield json_text({"v": 1, "message": line}) if options.json else line
        if options.json:
            counts = {"files": compared.files, "bytes": compared.bytes, "left_out": compared.left_out, "wrong": wrong}
            summary = {"store": store.place.name, **counts}
            yield json_text({"v": 1, "summary": summary})

    if options.json:
        write_lines(options.json, differences())
    else:
        for line in differences():
            put_statement(line)
    read = f"{many(compared.files, 'file')} ({compared.bytes:,} bytes), {many(compared.lines, 'line')} of the manifest"
    left = f", {compared.left_out} left out by --sample" if compared.left_out else ""
    say(f"{store.place.name}: {read} compared{left}; {many(wrong, 'difference')}")
    return 1 if wrong else 0
