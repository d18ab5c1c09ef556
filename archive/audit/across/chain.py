"""Check 31 on the manifest itself: its lines go in; its entries, and where the chain of lines breaks, come out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from archive.audit.findings import Cause, Finding
from archive.audit.registry import check
from archive.disk import open_regular
from archive.read.faults import Fault, Severity
from archive.seal.manifest import NAME, START, Entry, ManifestError, lines_of, parse

MAX_FAULTY = 10_000
"""Faulty lines after which a manifest is not read on: ten million empty ones took 29 s and 294 MB (2026-11)."""


@dataclass(slots=True)
class Chain:
    """The lines of a manifest, and where their chain breaks."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    """Numbers of the lines on both sides of a break: any may be the altered one, so their values are not trusted."""


@check(31)
def wrong_line(severity: Severity, text: str) -> Finding:
    """Report a line of the manifest that is not as it was written."""
    return Finding.of(Fault(severity, text), NAME)


def broken_chain() -> Cause:
    """An error in the manifest's own lines, as the cause of other findings."""
    return wrong_line.cause(NAME)


def read_chain(path: Path) -> Chain | None:
    """Read a manifest and check that each line follows from the one before; None without a manifest.

    Neighbouring breaks are one finding, because one change makes them: an altered line breaks the link of the line
    after it too, and two swapped lines break three links.
    """
    if not path.exists():
        return None
    chain = Chain()
    previous = START
    begun, last, reason = 0, 0, ""
    with open_regular(path) as file:
        for number, raw in enumerate(lines_of(file), 1):
            line = raw.rstrip(b"\n")
            if not raw.endswith(b"\n"):
                chain.findings.append(wrong_line("warning", f"line {number} is unfinished; the next run cuts it"))
                break
            fault = _fault(chain, line, number, previous)
            previous = hashlib.sha256(line).hexdigest()
            if not fault:
                continue
            chain.doubtful |= {number - 1, number}
            if len(chain.doubtful) > MAX_FAULTY:
                text = f"more than {MAX_FAULTY:,} lines are faulty: what comes after line {number} was not read"
                chain.findings.append(wrong_line("error", text))
                last = number
                break
            if last == number - 1 and begun:
                last = number
                continue
            if begun:
                chain.findings.append(_stretch(begun, last, reason))
            begun, last, reason = number, number, fault
    if begun:
        chain.findings.append(_stretch(begun, last, reason))
    return chain


def _fault(chain: Chain, line: bytes, number: int, previous: str) -> str:
    """Add the line's entry to the chain; return what is wrong with the line. `previous`: digest of the line before."""
    try:
        entry = parse(line, number)
    except ManifestError as error:
        return error.reason
    chain.entries.append(entry)
    return "" if entry.previous == previous else _broken(number)


def _broken(number: int) -> str:
    if number == 1:
        return "is not the first line: it was altered, or lines before it were dropped"
    return f"does not follow from line {number - 1}: that line was altered, or a line between them dropped or inserted"


def _stretch(begun: int, last: int, reason: str) -> Finding:
    more = f" (nor do the lines to {last} follow)" if last > begun else ""
    return wrong_line("error", f"line {begun} {reason}{more}")
