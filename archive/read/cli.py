"""The `lookup` and `show` commands: arguments go in; lines or bytes go to stdout; an exit code comes out.

They take a data folder, any folder of WARC files, a single file or a WACZ package, and write nothing there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from archive.arguments import first_instant, instant, last_instant
from archive.errors import ArchiveError, BadRecord, UsageError
from archive.escaping import pour
from archive.index.surt import Match
from archive.terminal import put, say
from archive.warc.exchange import Capture, Part

if TYPE_CHECKING:
    from archive.index.cdxj import Line
    from archive.index.lookup import Lookup

# What reads the archive is imported when it runs: `--help` loads no decoder.

_PARTIAL = 206
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)|-")


@dataclass(frozen=True)
class Wanted:
    """Which captures a look-up lists; empty fields take all."""

    since: datetime | None
    until: datetime | None
    mimes: list[str]
    """Media types as in the index, `*` for any part: `image/*`; `-` when none was sent."""
    statuses: list[str]
    """Statuses, or their classes: `404`, `3xx`; `-` when there is none."""

    def fits(self, line: Line) -> bool:
        """Tell whether a capture is wanted."""
        status = str(line.status or "-")
        return (
            (self.since is None or line.date >= self.since)
            and (self.until is None or line.date <= self.until)
            and (not self.mimes or any(fnmatchcase(line.mime or "-", mime.lower()) for mime in self.mimes))
            and (not self.statuses or any(fnmatchcase(status, one.replace("x", "?")) for one in self.statuses))
        )


def lookup_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lookup`."""
    _add_archive(parser)
    parser.add_argument("url", metavar="URL")
    _add_at(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--exact", action="store_true", help="only this URL, not its variants with https, www …")
    which.add_argument(
        "--match",
        choices=get_args(Match),
        help="all URLs that begin with URL, or are of its host, or of its domain; in the order of the index",
    )
    parser.add_argument(
        "--from", dest="since", metavar="TIME", type=first_instant, help="only captures from this time or day on"
    )
    parser.add_argument(
        "--to", dest="until", metavar="TIME", type=last_instant, help="only captures up to this time, or day's end"
    )
    parser.add_argument("--mime", metavar="TYPE", action="append", default=[], help="such as text/html or image/*")
    parser.add_argument(
        "--status", metavar="CODE", type=_status, action="append", default=[], help="such as 200 or 4xx"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")


def show_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `show`."""
    _add_archive(parser)
    parser.add_argument("what", metavar="URL|RECORD-ID|FILE:OFFSET")
    _add_at(parser)
    parser.add_argument(
        "--part",
        choices=get_args(Part),
        default="page",
        help="response, request: the exact record block; page: the body with codings removed (default)",
    )
    parser.add_argument(
        "--limit", metavar="BYTES", type=int, default=1 << 30, help="largest decoded page (default: 1 GiB)"
    )
    parser.add_argument(
        "--json", action="store_true", help="in place of the bytes, which capture it is, and their length and sha256"
    )


def run_lookup(options: argparse.Namespace) -> int:
    """List captures; 1 when some may be missing, since a file is damaged."""
    from archive.read.scanned_index import index_of
    from archive.read.show import NotHeld

    wanted = Wanted(options.since, options.until, options.mime, options.status)
    held = False
    with index_of(_existing(options.archive), options.index) as (index, damaged):
        for line in filter(wanted.fits, _asked(index, options)):
            put(_json(line) if options.json else _row(line))
            held = True
        _name(damaged)
        if not held and not damaged:
            raise NotHeld(f"{options.archive}: no capture of {options.url!r}{_hint(options)}")
    return 1 if damaged else 0


def _asked(index: Lookup, options: argparse.Namespace) -> Iterator[Line]:
    """The captures that the arguments name; parts, and those by other methods than GET, come last."""
    if options.match:
        yield from (line for line in index.matching(options.url, options.match) if _by(line, options.at))
        return
    parts = False
    for line in index.captures(options.url, options.at, exact=options.exact):
        if line.status == _PARTIAL:
            parts = True
        else:
            yield line
    if parts:
        again = index.captures(options.url, options.at, exact=options.exact)
        yield from (line for line in again if line.status == _PARTIAL)
    yield from index.by_other_methods(options.url, options.at, exact=options.exact)


def _by(line: Line, at: datetime | None) -> bool:
    return at is None or line.date <= at


def run_show(options: argparse.Namespace) -> int:
    """Print the bytes of a capture."""
    from archive.read.scanned_index import index_of
    from archive.read.show import NotHeld, find, held_back, is_location, is_url, show

    archive = _existing(options.archive)
    with ExitStack() as stack:
        index = None
        damaged: list[BadRecord] = []
        if options.index or not is_location(options.what):
            index, damaged = stack.enter_context(index_of(archive, options.index))
            _name(damaged)
        try:
            capture = find(archive, options.what, options.at, index, with_length=options.json)
        except NotHeld as error:
            if damaged:
                raise ArchiveError(f"{error} in what can be read") from error
            raise
        if index is not None and is_url(options.what):
            for text in left_out(index, capture, options.what, options.at):
                say(f"show: {text}")
        pieces = show(archive, capture, options.part, options.limit, index)
        if options.json:
            put(json.dumps({**described(capture), "part": options.part, **measured(pieces)}))
        else:
            pour(held_back(pieces), sys.stdout)
    return 0


def left_out(index: Lookup, capture: Capture, url: str, at: datetime | None) -> Iterator[str]:
    """Say when a capture is only a part of the page of `url`, and when there is a later one, not later than `at`."""
    if capture.status == _PARTIAL or capture.truncated:
        why = f"WARC-Truncated: {capture.truncated}" if capture.truncated else "status 206"
        yield f"{url}: no whole page is held; this is a part ({why})"
    latest = next(index.captures(url, at), None)
    if latest is not None and latest.date > capture.date:
        other = "" if latest.url == capture.url else f" of {latest.url}"
        yield (
            f"{url}: this is the capture of {_fields(capture)['date']}; a later one{other}, with status "
            f"{latest.status or '-'}, is at {latest.file}:{latest.offset}"
        )


def described(capture: Capture) -> dict[str, object]:
    """A capture as JSON: the fields of its line in the index, its media type and the type of its record."""
    return {"v": 1, **_fields(capture), "mime": capture.mime, "type": capture.kind}


def measured(pieces: Iterable[bytes]) -> dict[str, object]:
    """The length and the sha256 of bytes."""
    size, digest = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _add_archive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "archive",
        metavar="ARCHIVE",
        type=Path,
        help="a data folder, a folder of WARC files, a WARC file or a WACZ; read only, and scanned if it has no index",
    )
    parser.add_argument(
        "--index", metavar="FILE", type=Path, help="keep what a scan found in this file, and use it from then on"
    )


def _add_at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--at", metavar="TIME", type=instant, help="only captures up to this time (RFC 3339)")


def _status(text: str) -> str:
    if not _STATUS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: write a status such as 404, or a class such as 4xx")
    return text


def _existing(path: Path) -> Path:
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    return path


def _name(damaged: list[BadRecord]) -> None:
    for error in damaged:
        say(f"damaged: {error}")


def _hint(options: argparse.Namespace) -> str:
    """What may be wrong with a look-up that found nothing."""
    filters = {"--at": options.at, "--from": options.since, "--to": options.until, "--mime": options.mime}
    given = [name for name, value in (filters | {"--status": options.status}).items() if value]
    hint = f" that fits {', '.join(given)}" if given else ""
    is_host = options.match is None and "/" not in options.url.rpartition("://")[2].rstrip("/")
    return f"{hint}; --match domain lists all URLs of a host and those below it" if is_host else hint


def _json(line: Line) -> str:
    return json.dumps({"v": 1, "key": line.key, **line.fields()})


def _row(line: Line) -> str:
    kind = line.mime or "-"
    if line.truncated:
        kind += f" truncated: {line.truncated}"
    if line.method != "GET":
        kind += f" method: {line.method}"
    columns = (kind, f"{line.file}:{line.offset}+{line.length}", line.url)
    return "\t".join((line.fields()["date"], str(line.status or "-"), *(ascii(text)[1:-1] for text in columns)))


def _fields(capture: Capture) -> dict[str, str]:
    from archive.index.cdxj import Line

    return Line.of(capture).fields()
