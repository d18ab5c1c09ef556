"""Check 30: datapackage.json and datapackage-digest.json of a WACZ package in; what they list, and findings, out.

The rules are those of WACZ 1.1.1, the draft of 1.2.0, multi-WACZ (a package of packages) and the Frictionless Data
Package.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from archive.audit.findings import Cause, Finding
from archive.read.faults import Fault, Severity
from archive.read.wacz_package import BROKEN, WaczReading

if TYPE_CHECKING:
    from archive.audit.across.proofs import Trust

DESCRIPTION, DIGEST = "datapackage.json", "datapackage-digest.json"
MULTI = ("multi-wacz", "multi-wacz-package")
_PROFILES = ("data-package", "wacz", "wacz-package", *MULTI)
_HEX = re.compile(r"[0-9A-Fa-f]+")
_MD5_DIGITS = 32


@dataclass(slots=True)
class Description:
    """The contents of datapackage.json."""

    resources: dict[str, Resource] = field(default_factory=dict)
    multi: bool = False
    """The package consists of packages."""
    draft: bool = False
    """Written by a draft before WACZ 1.0, which had few rules."""
    created: str = ""
    lists: bool = False
    """It has a list of the files, which may be empty."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One file as datapackage.json lists it."""

    path: str
    label: str
    """`ALGORITHM:HEX`; a bare HEX is an MD5 (Frictionless); empty without a hash."""
    size: object
    """None when datapackage.json gives none."""

    def hash(self) -> tuple[str, str] | None:
        """Algorithm, by hashlib's name, and hash in lower-case hex; None for an algorithm that Python lacks."""
        algorithm, colon, value = self.label.partition(":")
        if not colon:
            algorithm, value = ("md5", algorithm) if len(algorithm) == _MD5_DIGITS else ("", algorithm)
        name = algorithm.lower()
        name = name.replace("-", "") if name.startswith("sha-") else name.replace("-", "_")
        if name not in hashlib.algorithms_guaranteed or name.startswith("shake"):
            return None
        return name, value.lower()


def fault(file: str, message: str, severity: Severity = "error", cause: Cause | None = None) -> Finding:
    """Make a finding on a package (`PackageCheck` adds its number); with a cause it is at most a warning."""
    softer: Severity = "warning" if cause and severity == "error" else severity
    finding = Finding.of(Fault(softer, message), file)
    return finding if cause is None else replace(finding, caused_by=cause)


def check_description(package: WaczReading, name: str, into: Description, altered: Cause | None) -> Iterator[Finding]:
    """Read datapackage.json into `into`. `altered` = a finding that the file itself was altered."""
    file = f"{name}!{DESCRIPTION}"
    if DESCRIPTION not in package.members:
        yield fault(name, f"no {DESCRIPTION}: nothing says what is in the package, nor its hashes")
        return
    try:
        document = package.document(DESCRIPTION)
    except ValueError as error:
        yield fault(file, f"{error}: the members can't be compared with their hashes", cause=altered)
        return
    into.created = str(document.get("created", ""))
    listed = document.get("resources")
    into.lists = isinstance(listed, list)
    if not isinstance(listed, list):
        yield fault(file, "has no list `resources`: it must name every file with its hash and size", cause=altered)
        listed = []
    for number, one in enumerate(listed):
        path = one.get("path") if isinstance(one, dict) else None
        if not isinstance(path, str):
            yield fault(file, f"resources[{number}] is not an object with a `path`: {str(one)[:80]}", cause=altered)
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
        yield fault(file, "has no `wacz_version`: readers can't tell which rules apply", cause=altered)


def _resource(path: str, one: dict[str, Any]) -> Resource:
    label, size, stats = one.get("hash"), one.get("bytes"), one.get("stats")
    if label is None and isinstance(stats, dict):  # WACZ before 1.0
        label, size = stats.get("hash"), stats.get("bytes")
        label = None if label is None else f"{one.get('hashing') or 'md5'}:{label}"
    return Resource(path, "" if label is None else str(label), size)


def check_digest(package: WaczReading, name: str) -> Iterator[Finding]:
    """Check datapackage-digest.json, which holds the hash of datapackage.json and perhaps a signature."""
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
    if isinstance(signed, dict) and signed.get("hash") != label and not wrong:
        other = str(signed.get("hash"))[:100]
        yield fault(file, f"the signature is over another {DESCRIPTION}: {other}, not {label[:100]}")
    elif signed is not None and not isinstance(signed, dict):
        yield fault(file, f"`signedData` is not a JSON object, but a {type(signed).__name__}")


def signed_data(package: WaczReading) -> dict[str, Any] | None:
    """The signature of a package, unverified; None where there is none, or `check_digest` says why it is none."""
    try:
        signed = package.document(DIGEST).get("signedData") if DIGEST in package.members else None
    except ValueError:
        return None
    return signed if isinstance(signed, dict) else None


def check_signature(package: WaczReading, name: str, trust: Trust) -> Iterator[Finding]:
    """Check a signature as wacz-auth 0.1.0 has it; without trusted keys it only has to be valid."""
    from archive.seal.wacz_auth import BadSignature, Unverified, verify_package_signature

    file, signed = f"{name}!{DIGEST}", signed_data(package)
    if signed is None:
        return
    who = signed.get("domain") or signed.get("software")
    by = f" by {str(who)[:100]}" if who else ""
    try:
        found = verify_package_signature(signed, trust.authorities or None, trust.roots or None)
    except BadSignature as error:
        yield fault(file, f"the signature of the package{by}: {error}")
        return
    except Unverified as error:
        yield fault(file, f"the package is signed{by}; the signature can't be verified: {error}", "note")
        return
    key = f"the key with the sha256 {hashlib.sha256(found.key).hexdigest()}"
    if trust.package_keys and found.key not in trust.package_keys:
        yield fault(file, f"the package is signed{by}, with a key that is not trusted: {key}")
        return
    if found.domain and found.domain.unstamped:
        text = f"the time stamp of the package's signature{by} is not valid: {found.domain.unstamped}"
        yield fault(file, text, "warning")
    if found.domain and not found.domain.root:
        text = f"the package is signed{by}, which nobody trusted has certified: {found.domain.uncertified}"
        yield fault(file, text, "error" if trust.roots else "note")
    elif found.domain:
        text = f"the package is signed{by}, whose certificate leads to {found.domain.root}; it is valid for {key}"
        yield fault(file, text, "note")
    else:
        sure = "which is trusted" if trust.package_keys else "give --key to say which key is trusted"
        yield fault(file, f"the package is signed{by}; the signature is valid for {key}; {sure}", "note")


def _check_hash(package: WaczReading, file: str, resource: Resource) -> Iterator[Finding]:
    wanted = resource.hash()
    if wanted is None:
        yield fault(file, f"its hash {resource.label[:100]!r} can't be verified here", "warning")
    elif DESCRIPTION in package.members:
        try:
            found = package.digest(DESCRIPTION, wanted[0])
        except BROKEN:
            return  # `check_description` reports it
        if found != wanted[1]:
            yield fault(file, f"{DESCRIPTION} was altered: its {wanted[0]} is {found}, not {wanted[1][:130]}")


def malformed(resource: Resource) -> bool:
    """Whether the hash is missing, is not hex, or has the wrong length for its algorithm."""
    wanted = resource.hash()
    if wanted is None:
        return not resource.label
    return not _HEX.fullmatch(wanted[1]) or len(wanted[1]) != 2 * hashlib.new(wanted[0]).digest_size
