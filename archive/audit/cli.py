"""The `audit` command: arguments go in; findings go to stdout or a file, progress to stderr; an exit code comes out."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from archive.arguments import instant, share
from archive.disk import open_regular
from archive.errors import StorageError, UsageError
from archive.escaping import printable
from archive.plurals import many

if TYPE_CHECKING:
    from archive.audit.across.proofs import Trust
    from archive.audit.audit import FurtherCheck
    from archive.audit.findings import Summary
    from archive.read.stored_files import Stores

# The audit itself is imported when it runs: that takes 0.2 s of CPU (2026-11), too much for `--help`.


def audit_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `python -m archive audit` and `warcpress audit`."""
    parser.add_argument(
        "paths", metavar="PATH", type=Path, nargs="*", help="WARC or ARC files, an archive's folder, .wacz packages"
    )
    parser.add_argument(
        "--json", metavar="FILE|-", help="one finding per line (JSON Lines), the summary last; - = stdout"
    )
    parser.add_argument(
        "--html", metavar="FILE", type=Path, help="write an HTML page that needs no network and no other file"
    )
    parser.add_argument(
        "--sample",
        metavar="SHARE",
        type=share,
        help="read only this share of the files, e.g. 5%%; another one every day",
    )
    parser.add_argument(
        "--since",
        metavar="DATE",
        type=instant,
        help="read only files begun at this time or later (RFC 3339, or a day in UTC)",
    )
    parser.add_argument(
        "--processes",
        metavar="N",
        type=int,
        default=min(os.cpu_count() or 1, 8),
        help="files read at once (default: %(default)s)",
    )
    parser.add_argument(
        "--executor",
        metavar="dask=ADDRESS",
        type=_cluster,
        dest="cluster",
        help="read the files on a Dask cluster: dask=tcp://HOST:PORT is its scheduler",
    )
    parser.add_argument(
        "--acknowledged",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="findings that are accepted, beside those of each archive's acknowledged.jsonl",
    )
    add_trust(parser)


def _cluster(text: str) -> str:
    """Read `--executor dask=ADDRESS`; return the address."""
    kind, _, address = text.partition("=")
    if kind != "dask" or not re.fullmatch(r"(tcp|tls)://\S+:\d{1,5}", address):
        raise argparse.ArgumentTypeError(f"{text!r}: write dask=ADDRESS, such as dask=tcp://10.0.0.7:8786")
    return address


def acknowledge_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `python -m archive acknowledge`."""
    parser.add_argument(
        "place", metavar="FOLDER|FILE.jsonl", type=Path, help="the archive's folder, or a file for --acknowledged"
    )
    parser.add_argument("findings", metavar="FINDINGS|-", help="what `audit --json` wrote")
    parser.add_argument(
        "numbers", metavar="LINE", type=int, nargs="*", help="lines of FINDINGS, from 1 on (default: all errors)"
    )
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why the findings are accepted")
    parser.add_argument("--who", metavar="NAME", default="", help="who says so (default: the name of the user)")


def run_acknowledge(args: argparse.Namespace) -> int:
    """Append findings of an audit to the acknowledged ones. UsageError and StorageError pass through."""
    from archive.audit.acknowledged import NAME, acknowledge, chosen, of_folder

    path = args.place / NAME if args.place.is_dir() else args.place
    if path.suffix != ".jsonl":
        raise UsageError(f"{args.place}: there is no such folder; a file of acknowledged findings ends in .jsonl")
    if not args.reason.strip():
        raise UsageError("--reason is empty: say why the findings are accepted")
    who = args.who.strip() or _user()
    with ExitStack() as stack:
        try:
            lines = sys.stdin.buffer if args.findings == "-" else stack.enter_context(open_regular(Path(args.findings)))
        except OSError as error:
            raise UsageError(f"{args.findings}: can't be read: {error.strerror or error}") from error
        found = list(chosen(lines, set(args.numbers), len(set(args.numbers))))
    if args.place.is_dir():
        found = list(of_folder(found, args.place))
    if not found:
        raise UsageError(f"{args.findings}: no error of {args.place} to acknowledge in it")
    added = acknowledge(path, found, args.reason, who, datetime.now(UTC))
    sys.stderr.write(
        f"{printable(str(path))}: {many(added, 'finding')} acknowledged, {len(found) - added} were already\n"
    )
    return 0


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("the user has no name; say with --who who acknowledges the findings") from None


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Add the options that name trusted keys and authorities; `trust_of` reads them."""
    for option, what in (
        ("--key", "a public key whose signatures are trusted: ed25519 of the manifest, ECDSA of packages"),
        ("--authority", "certificates of time-stamping authorities (RFC 3161) that are trusted"),
        ("--roots", "roots for the certificates of domains that sign packages (default: this computer's)"),
    ):
        parser.add_argument(option, metavar="PEM", type=Path, action="append", default=[], help=what)


def trust_of(args: argparse.Namespace) -> Trust:
    """Read the keys and certificates that the command line trusts. UsageError when a file holds none."""
    from archive.audit.across.proofs import Trust

    return Trust.read(args.key, args.authority, args.roots)


def run_audit(
    args: argparse.Namespace,
    *,
    further_checks: Sequence[FurtherCheck] = (),
    live: Container[Path] = (),
    trust: Trust | None = None,
    take: Callable[[str], None] | None = None,
    stores: Stores | None = None,
) -> int:
    """Audit the paths and report; 1 when there is an error finding, else 0.

    `trust` is added to the keys and authorities of the command line. `take` gets each line of the report in JSON, the
    summary last. UsageError and StorageError pass through.
    """
    from archive.audit.across.proofs import Proofs, Trust
    from archive.audit.audit import audit_paths
    from archive.audit.findings import Finding, Progress
    from archive.audit.report_page import Page
    from archive.audit.report_terminal import Terminal

    if args.processes < 1:
        raise UsageError(f"--processes {args.processes}: give 1 or more")
    trust = trust_of(args) + (trust or Trust())
    summary: Summary | None = None
    with ExitStack() as stack:
        lines = stack.enter_context(_report(args.json))
        terminal = stack.enter_context(
            Terminal(sys.stderr if args.json == "-" else sys.stdout, sys.stderr, table=args.json != "-")
        )
        page = Page() if args.html is not None else None
        for item in audit_paths(
            args.paths,
            further_checks=[Proofs(trust), *further_checks],
            trust=trust,
            sample=args.sample,
            since=args.since,
            processes=args.processes,
            cluster=args.cluster or "",
            live=live,
            acknowledged=_there(args.acknowledged),
            hashed=args.html is not None,
            stores=stores,
        ):
            if isinstance(item, Progress):
                terminal.progress(item)
                continue
            if isinstance(item, Finding):
                terminal.finding(item)
                if page is not None:
                    page.finding(item)
            else:
                summary = item
            if take is not None:
                take(item.as_json())
            if lines is not None:
                with _while_read():
                    lines.write(item.as_json() + "\n")
        assert summary is not None
        with _while_read():
            terminal.summary(summary)
            sys.stdout.flush()
    with _report(args.html) as file:
        if file is not None and page is not None:
            file.write(page.render(summary, datetime.now(UTC), _about(args)))
    return summary.exit_code


@contextmanager
def _while_read() -> Iterator[None]:
    """Go on without output when its reader, `head` for example, has read enough: the exit code tells of errors."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _there(paths: Sequence[Path]) -> Sequence[Path]:
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
    return paths


def _about(args: argparse.Namespace) -> list[tuple[str, str]]:
    """What was audited, with what, and how: names without their folders, for the page may be sent to others."""
    import platform
    import sqlite3
    import zlib
    from importlib.metadata import version

    from archive.read.stored_files import folder_names

    options = [
        f"--sample {args.sample:.3g}" if args.sample is not None else "",
        f"--since {args.since:%Y-%m-%dT%H:%M:%SZ}" if args.since is not None else "",
        "--executor dask" if args.cluster else f"--processes {args.processes}",
        *(f"--key {path.name}" for path in args.key),
        *(f"--authority {path.name}" for path in args.authority),
        *(f"--roots {path.name}" for path in args.roots),
        *(f"--acknowledged {path.name}" for path in args.acknowledged),
    ]
    libraries = [f"{name} {version(name)}" for name in ("isal", "deflate", "brotli", "zstandard", "cryptography")]
    return [
        ("audited", ", ".join(folder_names(list(dict.fromkeys(map(Path.resolve, args.paths[:20])))))),
        ("by", f"warcpress {version('warcpress')}, Python {platform.python_version()}"),
        ("with", ", ".join([*libraries, f"zlib {zlib.ZLIB_RUNTIME_VERSION}", f"SQLite {sqlite3.sqlite_version}"])),
        ("options", " ".join(filter(None, options))),
    ]


@contextmanager
def _report(where: str | Path | None) -> Iterator[TextIO | None]:
    """Open a report for writing: FILE.part, which becomes FILE once it is whole; None for no report, `-` for stdout.

    So an audit that was killed leaves the report of an earlier one, and what it had found in FILE.part. A pipe or a
    device is written as it is. StorageError when that can't be done.
    """
    if where is None or where == "-":
        yield sys.stdout if where else None
        return
    path = Path(where).resolve()  # what a link leads to
    whole = path.with_name(path.name + ".part")
    try:
        if path.exists() and not path.is_file():
            whole = path
        file = whole.open("w", encoding="utf-8")
    except OSError as error:
        raise _unwritable(where, error) from error
    with file:
        yield file
        try:
            file.close()
            if whole != path:
                whole.replace(path)
        except OSError as error:
            raise _unwritable(where, error) from error


def _unwritable(where: str | Path, error: OSError) -> StorageError:
    return StorageError(f"{where}: can't be written: {error.strerror or error}")
