"""Check 31 on the manifest alone: its lines go in; where each does not follow from the one before comes out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Finding, Severity
from archive.seal.manifest import NAME, START, Entry, ManifestError, parse

CHAIN = Cause(NAME, None, 31)
"""A finding on the manifest's lines."""


@dataclass(slots=True)
class Chain:
    """What a manifest holds, whether its chain does or not."""

    entries: list[Entry] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    """Numbers of lines that may be the ones that were altered: nothing that they say is sure."""


def check_31_chain(path: Path) -> Chain | None:
    """None without a manifest. Neighbouring lines that do not follow are one finding: they come from one change, as an
    altered line takes the one after it along, and two that changed places the one after both."""
    if not path.exists():
        return None
    chain = Chain()
    previous = START
    begun, last, reason = 0, 0, ""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.rstrip(b"\n")
            if not raw.endswith(b"\n"):
                chain.findings.append(_finding("warning", f"line {number} is unfinished; the next run cuts it"))
                break
            fault = ""
            try:
                entry = parse(line, number)
                chain.entries.append(entry)
                if entry.previous != previous:
                    fault = _broken(number)
            except ManifestError as error:
                fault = error.reason
            previous = hashlib.sha256(line).hexdigest()
            if not fault:
                continue
            chain.doubtful |= {number - 1, number}
            if last == number - 1 and begun:
                last = number
                continue
            if begun:
                chain.findings.append(_stretch(begun, last, reason))
            begun, last, reason = number, number, fault
    if begun:
        chain.findings.append(_stretch(begun, last, reason))
    return chain


def _broken(number: int) -> str:
    if number == 1:
        return "is not the first one: lines before it were dropped, or it was altered"
    return f"does not follow from line {number - 1}: that was altered, or a line between them dropped or put in"


def _stretch(begun: int, last: int, reason: str) -> Finding:
    more = f" (nor do the lines to {last} follow)" if last > begun else ""
    return _finding("error", f"line {begun} {reason}{more}")


def _finding(severity: Severity, message: str) -> Finding:
    return Finding(31, severity, message, CLAUSES[31], NAME)
