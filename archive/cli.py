"""`python -m archive`: a command line goes in, one subcommand runs, an exit code comes out.

Data goes to stdout, everything else to stderr. Exit codes: 0 done · 1 something is damaged or missing · 2 usage, or
nothing found · 4 storage failed · 130 SIGINT. Each subcommand imports what it needs: `--help` loads no decoder and no
check.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.arguments import add_package_key, instant
from archive.audit.cli import acknowledge_arguments, add_trust, audit_arguments, run_acknowledge, run_audit, trust_of
from archive.disk import kept_together
from archive.errors import ArchiveError, UsageError
from archive.plurals import many
from archive.read.cli import lookup_arguments, run_lookup, run_show, show_arguments
from archive.terminal import put, put_statement, say

if TYPE_CHECKING:
    from archive.audit.evidence import Judge
    from archive.read.contents import Gap
    from archive.write.repair import Repaired

_FOLLOW = "the catalogue of warcpress follows at its next run, or at `warcpress rebuild`"
EPILOG = """exit codes: 0 done; 1 something is damaged or missing; 2 usage, or nothing found;
4 storage failed; 130 SIGINT"""


def parser() -> argparse.ArgumentParser:
    """Build the parser of all subcommands."""
    top = argparse.ArgumentParser(
        prog="python -m archive", description="WARC files: find, show, check, repair, pack.", epilog=EPILOG
    )
    top.add_argument("--version", action=_Version, help="show the version and exit")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, purpose: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")

    index = command("index", "make an archive's index again, or print the CDXJ lines of WARC files")
    index.add_argument("paths", metavar="FOLDER|FILE", type=Path, nargs="+")
    index.set_defaults(run=run_index)

    lookup = command("lookup", "list the captures of a URL, newest first")
    lookup_arguments(lookup)
    lookup.set_defaults(run=run_lookup)

    view = command("show", "print the bytes of a capture")
    show_arguments(view)
    view.set_defaults(run=run_show)

    check = command("audit", "check WARC files, archives and WACZ packages")
    audit_arguments(check)
    check.set_defaults(run=run_audit)

    accept = command("acknowledge", "accept findings of an audit, so that they no longer make it exit with 1")
    acknowledge_arguments(accept)
    accept.set_defaults(run=run_acknowledge)

    mend = command("repair", "copy the whole records of a damaged WARC file into a new one")
    mend.add_argument("file", metavar="FILE", type=Path)
    where = mend.add_mutually_exclusive_group()
    where.add_argument("--output", metavar="FILE", type=Path, help="default: repaired-NAME beside it")
    where.add_argument(
        "--replace", action="store_true", help="put the new file in its place in the archive, and it into set-aside/"
    )
    mend.add_argument("--json", action="store_true", help="the result as one JSON object")
    _add_signing(mend)
    mend.set_defaults(run=run_repair)

    wacz = command("pack", "pack an archive into one WACZ file")
    wacz.add_argument("folder", metavar="FOLDER", type=Path)
    wacz.add_argument("file", metavar="FILE.wacz", type=Path)
    wacz.add_argument(
        "--url", metavar="URL", action="append", default=[], help="only the pages of this URL, as evidence: whole files"
    )
    wacz.add_argument("--since", metavar="DATE", type=instant, help="captures from this time on (RFC 3339)")
    add_package_key(wacz)
    wacz.add_argument("--json", action="store_true", help="the result as one JSON object")
    wacz.set_defaults(run=run_pack)

    _sealed_commands(command)
    return top


def _sealed_commands(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add the commands on an archive with a manifest."""
    out = command("remove", "take a file out of an archive into its set-aside/, and say why in the manifest")
    out.add_argument("file", metavar="FILE", type=Path)
    out.add_argument("--reason", metavar="TEXT", required=True, help="why; each audit tells it")
    _add_signing(out)
    out.set_defaults(run=run_remove)

    seal = command("verify", "check sealed files against the manifest, or say what a WACZ package proves")
    seal.add_argument(
        "path", metavar="FOLDER|FILE", type=Path, help="a data folder, a file in its warc/, or a .wacz package"
    )
    seal.add_argument("--json", action="store_true", help="one JSON object per difference or page, and a summary")
    add_trust(seal)
    seal.set_defaults(run=run_verify)


def _add_signing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sign", metavar="PEM", type=Path, help="ed25519 private key for the line in the manifest")
    parser.add_argument("--timestamp", metavar="URL", default="", help="RFC 3161 authority for that line")


class _Version(argparse.Action):
    """Print the version; it is read only on request, because that takes 0.05 s."""

    def __init__(self, **given: Any) -> None:
        super().__init__(nargs=0, **given)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        put(f"python -m archive {version('warcpress')}")
        parser.exit()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code; an ArchiveError becomes one line on stderr."""
    if sys.stdout is None:  # `>&-`
        say("stdout is closed; give the output a place, such as > /dev/null")
        return 4
    options = parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except ArchiveError as error:
        say(f"{options.command}: {error}")
        return error.exit_code
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is what is buffered written at exit
        where = f"{error.filename}: " if error.filename else ""
        say(f"{options.command}: {where}{error.strerror or error}")
        return 4
    except KeyboardInterrupt:
        return 130


def run_index(options: argparse.Namespace) -> int:
    """Make the index of a folder again, or print the CDXJ lines of files."""
    from archive.index.cdxj import Line
    from archive.read.exchanges import captures
    from archive.read.reader import Reader
    from archive.write.reindex import reindex

    folders = [path for path in options.paths if path.is_dir()]
    if folders and len(options.paths) > 1:
        raise UsageError("index takes one folder or any number of WARC files")
    damaged: list[Gap] = []
    if folders:
        if not (folders[0] / "warc").is_dir() and not Reader(folders[0]).files():
            raise UsageError(f"{folders[0]}: no WARC files in it")
        made = reindex(folders[0])
        damaged = made.damaged
        say(f"{folders[0]}: {many(made.captures, 'capture')} indexed")
    else:
        readers = [Reader(_file(path)) for path in options.paths]
        found = (one for reader in readers for file in reader.files() for one in captures(reader, file, damaged))
        sys.stdout.buffer.writelines(sorted({bytes(Line.of(capture)) for capture in found}))
    for gap in damaged:
        say(f"left out: {gap.error}; `python -m archive repair` copies the whole records of such a file")
    return 1 if damaged else 0


def run_repair(options: argparse.Namespace) -> int:
    """Copy the whole records of a damaged file, or replace it by the copy."""
    from archive.seal.signing import signer
    from archive.write.repair import repair
    from archive.write.set_aside import repair_in_place

    sign = signer(options.sign, options.timestamp)
    if options.replace:
        repaired = repair_in_place(options.file, signer=sign)
    else:
        repaired = repair(_file(options.file), options.output, signer=sign)
    if options.json:
        put(json.dumps(_result(repaired)))
    else:
        _tell(repaired)
    return 1 if repaired.gaps else 0


def _tell(repaired: Repaired) -> None:
    if repaired.is_whole:
        say(
            f"{repaired.source}: whole, {many(repaired.records, 'record')}; "
            "there is nothing to repair, and nothing was written"
        )
        return
    say(f"{repaired.source}: {many(repaired.records, 'whole record')}, {many(repaired.lost_bytes, 'byte')} lost")
    for gap in repaired.gaps:
        say(f"  {gap.offset}+{gap.length}: {gap.reason} {ascii(gap.url)[1:-1]}".rstrip())
    for url in repaired.lost_urls:
        say(f"lost, to be fetched again: {ascii(url)[1:-1]}")
    if repaired.set_aside is not None:
        say(f"the damaged file is now {repaired.set_aside}; {_FOLLOW}")
    if repaired.target is not None:
        put(str(repaired.target))


def run_remove(options: argparse.Namespace) -> int:
    """Take a file out of an archive."""
    from archive.seal.signing import signer
    from archive.write.set_aside import remove

    place = remove(options.file, options.reason, signer=signer(options.sign, options.timestamp))
    say(f"{options.file}: removed; {_FOLLOW}")
    if place is not None:
        put(str(place))
    return 0


def run_pack(options: argparse.Namespace) -> int:
    """Pack an archive into a WACZ file."""
    from archive.read.reader import Reader
    from archive.seal.wacz_auth import package_signer
    from archive.wacz.pack import PackedPage, files_with, pack, pages_of

    folder = _archive(options.folder)
    if options.url and options.since:
        raise UsageError("--url takes every capture of a URL, whenever it was made: leave --since out")
    sign = package_signer(options.sign) if options.sign else None
    with kept_together(folder):
        found = pages_of(folder, options.url)
        files = files_with(Reader(folder), found) if found else None
        pages = [PackedPage(line.url, line.date, line.url) for line in found] if found else None
        packed = pack(folder, options.file, since=options.since, files=files, pages=pages, sign=sign)
    if options.json:
        put(json.dumps({"v": 1, "file": str(options.file), **asdict(packed)}))
    else:
        say(f"{options.file}: {many(packed.captures, 'capture')}, {many(packed.pages, 'page')}, {packed.size} bytes")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Check the sealed files against the manifest, or say what a package proves."""
    from archive.audit.across.proofs import proof_summary
    from archive.audit.verify import verify
    from archive.remote.journal import OnlyStored
    from archive.seal.manifest import Manifest

    if options.path.is_file() and options.path.suffix.lower() == ".wacz":
        return run_verify_package(options)
    folder, only = _sealed(options.path)
    trust, wrong, proofs = trust_of(options), 0, ""
    with kept_together(folder):
        for message in verify(folder, trust, only):
            if options.json:
                put(json.dumps({"v": 1, "message": message}))
            else:
                put_statement(message)
            wrong += 1
        if not wrong:
            proofs = proof_summary(list(Manifest(folder).entries()), trust)
    left = 0 if only else len(OnlyStored(folder).files())
    if options.json:
        summary = {"path": str(options.path), "differences": wrong} | ({"proofs": proofs} if proofs else {})
        put(json.dumps({"v": 1, "summary": summary | ({"only_in_store": left} if left else {})}))
    elif not wrong:
        apart = f"; not compared, since only in the store: {many(left, 'file')}" if left else ""
        say(f"{options.path}: as sealed{'; ' if proofs else ''}{proofs}{apart}")
    return 1 if wrong else 0


def run_verify_package(options: argparse.Namespace, judge: Judge | None = None) -> int:
    """Say what a package proves; 1 when something is altered or missing."""
    from archive.audit.evidence import account_of

    wrong = pages = 0
    for account in account_of(options.path, trust_of(options), judge):
        if options.json:
            put(json.dumps(account.document()))
        else:
            for line in account.lines():
                put_statement(line)
        wrong += account.wrong
        pages += bool(account.url)
    if options.json:
        put(json.dumps({"v": 1, "summary": {"path": str(options.path), "pages": pages, "wrong": wrong}}))
    else:
        say(f"{options.path}: pages: {pages}; {'something is wrong' if wrong else 'nothing is wrong'}")
    return 1 if wrong else 0


def _sealed(path: Path) -> tuple[Path, str]:
    """The data folder to verify, and the name of the only file, if it is one."""
    from archive.seal.manifest import NAME as MANIFEST

    if (path / "warc").is_dir():
        return path, ""
    above = path.absolute().parent
    if path.is_file() and above.name == "warc" and (above.parent / MANIFEST).exists():
        return above.parent, path.name
    why = f"there is no {MANIFEST} that says how it was sealed; `python -m archive audit` checks the file itself"
    raise UsageError(f"{path}: {why if path.exists() else 'no such file or folder'}")


def _archive(folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    if not (folder / "index").is_dir():
        raise UsageError(f"{folder}: has no index; `python -m archive index {folder}` makes it")
    return folder


def _file(path: Path) -> Path:
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    return path


def _result(repaired: Repaired) -> dict[str, object]:
    return {
        "v": 1,
        "source": str(repaired.source),
        "target": None if repaired.target is None else str(repaired.target),
        "records": repaired.records,
        "lost_bytes": repaired.lost_bytes,
        "lost_urls": list(repaired.lost_urls),
        "set_aside": None if repaired.set_aside is None else str(repaired.set_aside),
        "gaps": [{"offset": gap.offset, "length": gap.length, "reason": gap.reason} for gap in repaired.gaps],
    }
