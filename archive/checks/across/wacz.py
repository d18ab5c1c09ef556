"""Check 30: a WACZ package (1.1.1): its members, how they are stored, their hashes, its pages."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from archive.checks import CLAUSES
from archive.findings import Cause, Finding, Severity
from archive.ledger import Ledger
from archive.wacz_reading import WaczReading

DESCRIPTION, DIGEST = "datapackage.json", "datapackage-digest.json"
BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
"""What zipfile, gzip and json raise on bytes that are not what they should be."""
_PAGE = """
SELECT date FROM records AS r JOIN files AS f ON f.number = r.row >> 40
WHERE r.uri = ? AND f.package = ? AND r.kind IN ('response', 'revisit', 'resource')
"""


def check_30_members(package: WaczReading, name: str) -> Iterator[Finding]:
    """What must be in it is in it; WARC files are stored, so that readers can fetch ranges of them."""
    if not package.names("archive"):
        yield _finding(name, "no WARC file in archive/")
    if not [one for one in package.names("indexes") if one.endswith((".cdx", ".cdxj", ".cdx.gz", ".cdxj.gz"))]:
        yield _finding(name, "no index in indexes/")
    if "pages/pages.jsonl" not in package.members:
        yield _finding(name, "no pages/pages.jsonl")
    if DESCRIPTION not in package.members:
        yield _finding(name, f"no {DESCRIPTION}")
    for one in package.names("archive"):
        if package.members[one].compress_type != zipfile.ZIP_STORED:
            yield _finding(
                f"{name}!{one}", "is compressed in the zip; it must be stored, or readers can't fetch its records"
            )


def check_30_hashes(
    package: WaczReading, name: str, known: Mapping[str, str], causes: Mapping[str, Cause]
) -> Iterator[Finding]:
    """Every resource is there with its size and hash. `known` = sha256 of members that were read already; `causes` =
    errors in them."""
    if DESCRIPTION not in package.members:
        return
    try:
        document = package.document(DESCRIPTION)
        resources = {str(one["path"]): one for one in document["resources"]}
    except (*BROKEN, KeyError, TypeError) as error:
        yield _finding(f"{name}!{DESCRIPTION}", f"can't be read: {error}")
        return
    for path, resource in resources.items():
        if path not in package.members:
            yield _finding(name, f"{path} is missing; {DESCRIPTION} lists it")
            continue
        yield from _check_resource(package, name, path, resource, known.get(path), causes.get(path))
    for path in sorted(set(package.members) - set(resources) - {DESCRIPTION, DIGEST}):
        yield _finding(name, f"{path} is not listed in {DESCRIPTION}", "warning")
    yield from _check_digest(package, name)


def _check_resource(
    package: WaczReading, name: str, path: str, resource: Mapping[str, Any], known: str | None, cause: Cause | None
) -> Iterator[Finding]:
    size, label = resource.get("bytes"), str(resource.get("hash", ""))
    stats = resource.get("stats")
    if not label and isinstance(stats, dict):  # WACZ before 1.0
        size, label = stats.get("bytes"), f"{resource.get('hashing')}:{stats.get('hash')}"
    there = package.members[path].file_size
    algorithm, _, wanted = label.partition(":")
    if algorithm != "sha256" or not wanted:
        yield _finding(
            f"{name}!{path}", f"its hash {label[:100]!r} is not sha256:HEX", "warning" if algorithm else "error"
        )
        return
    try:
        found = known or package.sha256(path)
    except BROKEN as error:
        yield _finding(f"{name}!{path}", f"can't be read from the zip: {error}")
        return
    if found != wanted.lower():
        severity: Severity = "error" if cause is None else "warning"
        yield _finding(f"{name}!{path}", f"sha256 is {found}, {DESCRIPTION} says {wanted}", severity, cause)
    elif isinstance(size, int) and size != there:
        yield _finding(f"{name}!{path}", f"has {there} bytes, {DESCRIPTION} says {size}")


def _check_digest(package: WaczReading, name: str) -> Iterator[Finding]:
    """datapackage-digest.json holds the hash of the description, and perhaps a signature."""
    if DIGEST not in package.members:
        yield _finding(name, f"no {DIGEST}: nothing would show that {DESCRIPTION} was altered", "note")
        return
    try:
        digest = package.document(DIGEST)
        label, signed = str(digest["hash"]), digest.get("signedData")
    except (*BROKEN, KeyError, TypeError, AttributeError) as error:
        yield _finding(f"{name}!{DIGEST}", f"can't be read: {error}")
        return
    found = f"sha256:{hashlib.sha256(package.zip.read(DESCRIPTION)).hexdigest()}"
    if label != found:
        yield _finding(f"{name}!{DIGEST}", f"{DESCRIPTION} was altered: its hash is {found}, not {label[:100]}")
    if signed:
        who = signed.get("software") if isinstance(signed, dict) else None
        yield _finding(
            f"{name}!{DIGEST}",
            f"the package is signed{f' by {who}' if who else ''}; the signature is not verified",
            "note",
        )


def check_30_pages(package: WaczReading, name: str, ledger: Ledger) -> Iterator[Finding]:
    """Every page of the list is a capture of the package."""
    for member in [one for one in package.names("pages") if one.endswith(".jsonl")]:
        try:
            for number, line in enumerate(package.lines(member), 1):
                if line.strip():
                    yield from _check_page(f"{name}!{member}", number, json.loads(line), name, ledger)
        except (*BROKEN, TypeError, AttributeError, RecursionError) as error:
            yield _finding(f"{name}!{member}", f"can't be read: {error}")


def _check_page(file: str, number: int, page: dict[str, Any], package: str, ledger: Ledger) -> Iterator[Finding]:
    if "url" not in page:
        if number > 1:
            yield _finding(file, f"line {number} is a page without a URL")
        return
    dates = [date for (date,) in ledger.all(_PAGE, (page["url"], package))]
    if not dates:
        yield _finding(file, f"line {number}: no capture of {str(page['url'])[:300]} is in the package")
        return
    stamp = re.sub(r"\D", "", str(page.get("ts", "")))[:14]
    if stamp and not any(re.sub(r"\D", "", date or "")[:14] == stamp[:14] for date in dates):
        yield _finding(file, f"line {number}: no capture of {str(page['url'])[:300]} is of {page['ts']}", "warning")


def _finding(file: str, message: str, severity: Severity = "error", cause: Cause | None = None) -> Finding:
    return Finding(30, severity, message, CLAUSES[30], file, caused_by=cause)
