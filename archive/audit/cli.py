"""The `audit` command: arguments go in; findings go to stdout or a file, progress to stderr; an exit code comes out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Container, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from archive.arguments import instant
from archive.errors import StorageError, UsageError

if TYPE_CHECKING:
    from archive.audit.across.proofs import Trust
    from archive.audit.audit import FurtherCheck
    from archive.audit.findings import Summary

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
        type=_share,
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
    add_trust(parser)


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Add the options that name trusted keys and time-stamping authorities."""
    for option, what in (
        ("--key", "an ed25519 public key whose signatures of the manifest are trusted"),
        ("--authority", "certificates of time-stamping authorities (RFC 3161) that are trusted"),
    ):
        parser.add_argument(option, metavar="PEM", type=Path, action="append", default=[], help=what)


def run_audit(
    args: argparse.Namespace,
    *,
    further_checks: Sequence[FurtherCheck] = (),
    live: Container[str] = (),
    trust: Trust | None = None,
) -> int:
    """Audit the paths and report; 1 when there is an error finding, else 0.

    `trust` is added to the keys and authorities of the command line. UsageError and StorageError pass through.
    """
    from archive.audit.across.proofs import Proofs, Trust
    from archive.audit.audit import audit_paths
    from archive.audit.findings import Finding, Progress
    from archive.audit.report_page import Page
    from archive.audit.report_terminal import Terminal

    if args.processes < 1:
        raise UsageError(f"--processes {args.processes}: give 1 or more")
    proofs = Proofs(Trust.read(args.key, args.authority) + (trust or Trust()))
    summary: Summary | None = None
    with ExitStack() as stack:
        lines = _open_lines(args.json, stack)
        terminal = stack.enter_context(
            Terminal(sys.stderr if args.json == "-" else sys.stdout, sys.stderr, table=args.json != "-")
        )
        page = Page() if args.html is not None else None
        for item in audit_paths(
            args.paths,
            further_checks=[proofs, *further_checks],
            sample=args.sample,
            since=args.since,
            processes=args.processes,
            live=live,
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
            if lines is not None:
                lines.write(item.as_json() + "\n")
        assert summary is not None
        terminal.summary(summary)
    if page is not None:
        _write(args.html, page.render(summary, datetime.now(UTC)))
    return summary.exit_code


def _open_lines(where: str | None, stack: ExitStack) -> TextIO | None:
    if where is None or where == "-":
        return sys.stdout if where else None
    try:
        return stack.enter_context(Path(where).open("w", encoding="utf-8"))
    except OSError as error:
        raise StorageError(f"{where}: can't be written: {error.strerror or error}") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: can't be written: {error.strerror or error}") from error


def _share(text: str) -> float:
    """A share written as `5%` or `0.05`."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share; give 5% or 0.05")
    return share
