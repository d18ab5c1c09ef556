"""Check 30 on what a WACZ package says of itself: datapackage.json and datapackage-digest.json go in; what they list,
and what is wrong in them, comes out (WACZ 1.1.1 and the draft of 1.2.0, multi-WACZ, Frictionless Data Package)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archive.audit.checks import CLAUSES
from archive.audit.findings import Cause, Finding, Severity
from archive.wacz.read import BROKEN, WaczReading

DESCRIPTION, DIGEST = "datapackage.json", "datapackage-digest.json"
MULTI = ("multi-wacz", "multi-wacz-package")
_PROFILES = ("data-package", "wacz", "wacz-package", *MULTI)
_HEX = re.compile(r"[0-9A-Fa-f]+")
_MD5_DIGITS = 32


@dataclass(slots=True)
class Description:
    """What datapackage.json says."""

    resources: dict[str, Resource] = field(default_factory=dict)
    multi: bool = False
    """The package is made of packages."""
    draft: bool = False
    """Described as before WACZ 1.0, when little was settled."""
    created: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One file as datapackage.json lists it."""

    path: str
    label: str
    """`ALGORITHM:HEX`; a bare HEX is an MD5 (Frictionless); empty when there is none."""
    size: object
    """None when it is not said."""

    def hash(self) -> tuple[str, str] | None:
        """The algorithm by hashlib's name, and the hash in lower-case hex; None for one that can't be verified here."""
        algorithm, colon, value = self.label.partition(":")
        if not colon:
            algorithm, value = ("md5", algorithm) if len(algorithm) == _MD5_DIGITS else ("", algorithm)
        name = algorithm.lower()
        name = name.replace("-", "") if name.startswith("sha-") else name.replace("-", "_")
        if name not in hashlib.algorithms_guaranteed or name.startswith("shake"):
            return None
        return name, value.lower()


def fault(file: str, message: str, severity: Severity = "error", cause: Cause | None = None) -> Finding:
    """A finding of check 30; what follows from another is no error."""
    return Finding(
        30, "warning" if cause and severity == "error" else severity, message, CLAUSES[30], file, caused_by=cause
    )


def check_30_description(
    package: WaczReading, name: str, into: Description, altered: Cause | None
) -> Iterator[Finding]:
    """Reads datapackage.json into `into`. `altered` = a finding which says that it is not what it was."""
    file = f"{name}!{DESCRIPTION}"
    if DESCRIPTION not in package.members:
        yield fault(name, f"no {DESCRIPTION}: nothing says what is in the package, nor its hashes")
        return
    try:
        document = package.document(DESCRIPTION)
    except ValueError as error:
        yield fault(file, f"{error}: the members can't be held against their hashes", cause=altered)
        return
    into.created = str(document.get("created", ""))
    listed = document.get("resources")
    if not isinstance(listed, list):
        yield fault(file, "has no list `resources`: it must name every file with its hash and size", cause=altered)
        listed = []
    for number, one in enumerate(listed):
        path = one.get("path") if isinstance(one, dict) else None
        if not isinstance(path, str):
            yield fault(file, f"resources[{number}] is no object with a `path`: {str(one)[:80]}", cause=altered)
        elif path in into.resources:
            yield fault(file, f"lists {path} twice", cause=altered)
        else:
            into.resources[path] = _resource(path, one)
            into.draft = into.draft or ("hash" not in one and isinstance(one.get("stats"), dict))
    profile = document.get("profile")
    into.multi = profile in MULTI
    if profile is None:
        yield fault(file, "has no `profile`: it must be data-package", "warning" if into.draft else "error", altered)
    elif profile not in _PROFILES:
        yield fault(file, f"has the profile {str(profile)[:60]!r}, not data-package", "warning")
    if profile == "data-package" and not into.draft and not isinstance(document.get("wacz_version"), str):
        yield fault(file, "has no `wacz_version`: readers can't tell which rules hold", cause=altered)


def _resource(path: str, one: dict[str, Any]) -> Resource:
    label, size, stats = one.get("hash"), one.get("bytes"), one.get("stats")
    if label is None and isinstance(stats, dict):  # WACZ before 1.0
        label, size = stats.get("hash"), stats.get("bytes")
        label = None if label is None else f"{one.get('hashing') or 'md5'}:{label}"
    return Resource(path, "" if label is None else str(label), size)


def check_30_digest(package: WaczReading, name: str) -> Iterator[Finding]:
    """datapackage-digest.json holds the hash of the description, and perhaps a signature."""
    file = f"{name}!{DIGEST}"
    if DIGEST not in package.members:
        if DESCRIPTION in package.members:
            yield fault(name, f"no {DIGEST}: nothing would show that {DESCRIPTION} was altered", "note")
        return
    try:
        digest = package.document(DIGEST)
    except ValueError as error:
        yield fault(file, f"{error}: nothing shows whether {DESCRIPTION} was altered")
        return
    label = digest.get("hash")
    if not isinstance(label, str) or digest.get("path", DESCRIPTION) != DESCRIPTION:
        yield fault(file, f"has no `hash` of {DESCRIPTION}: nothing shows whether that was altered")
        return
    wrong = list(_check_hash(package, file, Resource(DESCRIPTION, label, None)))
    yield from wrong
    signed = digest.get("signedData")
    if isinstance(signed, dict):
        if signed.get("hash") != label and not wrong:
            yield fault(
                file, f"what is signed is another {DESCRIPTION}: {str(signed.get('hash'))[:100]}, not {label[:100]}"
            )
        who = signed.get("domain") or signed.get("software")
        by = f" by {str(who)[:100]}" if who else ""
        yield fault(file, f"the package is signed{by}; the signature is not verified", "note")
    elif signed is not None:
        yield fault(file, f"`signedData` is no JSON object, but a {type(signed).__name__}")


def _check_hash(package: WaczReading, file: str, resource: Resource) -> Iterator[Finding]:
    wanted = resource.hash()
    if wanted is None:
        yield fault(file, f"its hash {resource.label[:100]!r} can't be verified here", "warning")
    elif DESCRIPTION in package.members:
        try:
            found = package.digest(DESCRIPTION, wanted[0])
        except BROKEN:
            return  # check_30_description says it
        if found != wanted[1]:
            yield fault(file, f"{DESCRIPTION} was altered: its {wanted[0]} is {found}, not {wanted[1][:130]}")


def malformed(resource: Resource) -> bool:
    """The hash is not as long as its algorithm's, or no hex."""
    wanted = resource.hash()
    if wanted is None:
        return not resource.label
    return not _HEX.fullmatch(wanted[1]) or len(wanted[1]) != 2 * hashlib.new(wanted[0]).digest_size
