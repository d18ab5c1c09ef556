"""What a WACZ package proves as a whole: of its files, its signature, and the manifest in it; statements come out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from archive.audit.across.package_description import DESCRIPTION, DIGEST, Description, check_description, check_digest
from archive.audit.across.package_members import absent, check_hashes, check_members, check_unlisted
from archive.audit.across.proofs import Trust, check_proofs, signature_over, stamp_over
from archive.read.wacz_package import BROKEN, WaczReading
from archive.seal.manifest import NAME, PACKED, Entry, Manifest, ManifestError, in_force
from archive.seal.wacz_auth import BadSignature, Unverified, verify_package_signature

Result = Literal["proved", "stated", "not proved", "wrong"]
"""How far a statement holds; `stated`: only whoever recorded says so."""

FAULTS = 20
"""Most faults of one kind that are told."""


class Statement(NamedTuple):
    """One thing that a package says of itself or of a page."""

    result: Result
    about: str
    text: str


def members(package: WaczReading) -> Iterator[Statement]:
    """Whether all members are as the description lists them."""
    name, description = package.path.name, Description()
    findings = [
        *check_digest(package, name),
        *check_description(package, name, description, None),
        *check_members(package, name, description, None, {}),
        *check_hashes(package, name, description.resources.values(), None, {}, {}),
        *check_unlisted(package, name, description, None, ()),
    ]
    wrong = [finding for finding in findings if finding.severity == "error"]
    for finding in wrong[:FAULTS]:
        yield Statement("wrong", "files", f"{finding.file}: {finding.message}")
    if not wrong and not absent(package, description):
        count = len(description.resources)
        text = f"the {count} files have the sizes and sha256 in {DESCRIPTION}, which has the sha256 in {DIGEST}"
        yield Statement("proved", "files", text)


def signature(package: WaczReading, trust: Trust) -> Iterator[Statement]:
    """Whether the package as a whole is signed: also its list of pages and its posts."""
    try:
        signed = package.document(DIGEST).get("signedData") if DIGEST in package.members else None
    except ValueError:
        return  # `members` says so
    if not isinstance(signed, dict):
        text = "nobody signed the package as a whole: its list of pages, with titles and texts, is anybody's"
        yield Statement("not proved", "package", text)
        return
    try:
        found = verify_package_signature(signed, trust.authorities or None)
    except BadSignature as error:
        yield Statement("wrong", "package", f"its signature: {error}")
        return
    except Unverified as error:
        yield Statement("not proved", "package", f"its signature can't be verified: {error}")
        return
    who = f"{found.domain}, by a certificate that is not checked here," if found.domain else "the packer"
    text = f"{who} signed the package with the key whose sha256 is {hashlib.sha256(found.key).hexdigest()}"
    if found.key in trust.package_keys:
        yield Statement("proved", "package", f"{text}, which you trust")
    elif trust.package_keys:
        yield Statement("wrong", "package", f"{text}, which is not among those that you trust")
    else:
        yield Statement("stated", "package", f"{text}; whose key that is, only --key with the packer's key can show")


class Chain:
    """The manifest in a package."""

    def __init__(self, package: WaczReading, folder: Path, trust: Trust) -> None:
        self._package, self._trust = package, trust
        self.entries: list[Entry] = []
        self.statements = list(self._read(folder))
        self._sealed = in_force(self.entries)
        self._file = lru_cache(maxsize=None)(self._statements)

    def _read(self, folder: Path) -> Iterator[Statement]:
        if PACKED not in self._package.members:
            text = f"there is no {PACKED}: nothing shows that the WARC files are as they were sealed"
            yield Statement("not proved", "manifest", text)
            return
        try:
            with (folder / NAME).open("wb") as copy:
                copy.writelines(self._package.lines(PACKED))
            for entry in Manifest(folder).entries():
                self.entries.append(entry)
        except ManifestError as error:
            yield Statement("wrong", "manifest", str(error))
        except BROKEN as error:
            yield Statement("wrong", "manifest", f"{PACKED} can't be read: {error}")
        else:
            text = f"each of the {len(self.entries)} lines of {PACKED} has the sha256 of the line before it"
            yield Statement("proved", "manifest", f"{text}: none was altered, dropped or inserted between them")
        faults = [fault for fault in check_proofs(self.entries, self._trust) if fault.severity == "error"]
        for entry, _, reason in faults[:FAULTS]:
            yield Statement("wrong", "manifest", f"line {entry.line} ({entry.file}): {reason}")

    def file(self, name: str) -> list[Statement]:
        """Whether a WARC file is as it was sealed, who says so, and since when."""
        return self._file(name)

    def _statements(self, name: str) -> list[Statement]:
        entry = self._sealed.get(name)
        if entry is None:
            text = f"no line of the manifest names {name}: nothing shows that it is as it was sealed"
            return [Statement("not proved", "unchanged", text)]
        try:
            size, digest = self._package.members[f"archive/{name}"].file_size, self._digest(name)
        except (*BROKEN, KeyError) as error:
            return [Statement("wrong", "unchanged", f"{name} can't be read: {error}")]
        if (size, digest) != (entry.size, entry.sha256):
            text = f"{name} was altered: its sha256 is not the one in line {entry.line} of the manifest"
            return [Statement("wrong", "unchanged", text)]
        text = (
            f"{name} has the size and the sha256 that line {entry.line} of the manifest has ({entry.kind} {entry.at})"
        )
        return [Statement("proved", "unchanged", text), self._signed(entry), self._stamped(entry)]

    def _digest(self, name: str) -> str:
        return self._package.digest(f"archive/{name}", "sha256")

    def _signed(self, entry: Entry) -> Statement:
        found = signature_over(self.entries, entry.line, self._trust)
        if found is None:
            whose = " by a key that you trust" if self._trust.keys else ""
            text = f"no signature{whose} covers that line: who made the archive could make it anew, with other content"
            return Statement("not proved", "signature", text)
        text = f"the ed25519 signature of line {found.line}, which covers that line, is valid for the key {found.key}"
        if self._trust.keys:
            return Statement("proved", "signature", f"{text}, which you trust")
        return Statement("stated", "signature", f"{text}; whose key that is, only --key with the keeper's key can show")

    def _stamped(self, entry: Entry) -> Statement:
        found = stamp_over(self.entries, entry.line, self._trust)
        if found is None:
            whose = " by an authority that you trust" if self._trust.authorities else ""
            text = f"no time stamp{whose} covers that line: the dates are those of the recorder's clock"
            return Statement("not proved", "time", text)
        when = f"{found.time:%Y-%m-%d %H:%M:%S} UTC"
        text = f"the file existed by {when}: {found.authority} stamped line {found.line}, which covers that line"
        if self._trust.authorities:
            return Statement("proved", "time", f"{text}, and you trust it")
        return Statement("stated", "time", f"{text}; whether to trust it, --authority with its certificate shows")
