"""What a WACZ package proves as a whole: of its files, its signature, and the manifest in it; statements come out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from archive.audit.across.package_description import (
    DESCRIPTION,
    DIGEST,
    Description,
    check_description,
    check_digest,
    signed_data,
)
from archive.audit.across.package_members import check_hashes, check_members, check_unlisted
from archive.audit.across.proofs import Trust, check_proofs, signature_over, stamp_over
from archive.plurals import many
from archive.read.stored_files import is_warc_name
from archive.read.wacz_package import BROKEN, WaczReading
from archive.seal.manifest import NAME, PACKED, Entry, Manifest, ManifestError, in_force
from archive.seal.wacz_auth import BadSignature, Domain, Unverified, verify_package_signature
from archive.wacz.pack import ORIGINALS

Result = Literal["proved", "stated", "not proved", "wrong"]
"""How far a statement holds; `stated`: only whoever recorded says so."""

FAULTS = 20
"""Most faults of one kind that are told."""
_STRONG = 64
"""Hexadecimal digits of a digest that nobody can forge: sha256 and longer, not MD5 or SHA-1."""


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
    if wrong:
        return
    resources = description.resources.values()
    strong = {one.path for one in resources if (found := one.hash()) and len(found[1]) >= _STRONG}
    if weak := sorted(description.resources.keys() - strong & package.members.keys()):
        text = (
            f"{many(len(weak), 'file has', 'files have')} no SHA-2 digest that could be verified, the first {weak[0]}"
        )
        yield Statement("not proved", "files", text)
        return
    text = f"the {len(resources)} files have the sizes and digests in {DESCRIPTION}"
    if DIGEST not in package.members:
        yield Statement("not proved", "files", f"{text}; no {DIGEST} shows whether that was altered")
        return
    text += f", which has the digest in {DIGEST}"
    loose, first = package.loose()
    if loose:
        text += f"; but {loose} bytes of the package, the first at {first}, belong to none of them: other programs may"
        yield Statement("not proved", "files", f"{text} find something else there")
    else:
        yield Statement("proved", "files", text)


def signature(package: WaczReading, trust: Trust, *, as_listed: bool) -> Iterator[Statement]:
    """Whether the package as a whole is signed: also its list of pages and its posts.

    `as_listed`: its files are as its description lists them, which is what is signed.
    """
    signed = signed_data(package)
    if signed is None:
        text = "nobody signed the package as a whole: its list of pages, with titles and texts, is anybody's"
        yield Statement("not proved", "package", text)
        return
    try:
        found = verify_package_signature(signed, trust.authorities or None, trust.roots or None)
    except BadSignature as error:
        yield Statement("wrong", "package", f"its signature: {error}")
        return
    except Unverified as error:
        yield Statement("not proved", "package", f"its signature can't be verified: {error}")
        return
    if not as_listed:
        yield Statement("wrong", "package", "what was signed is another package: its files are not as it lists them")
        return
    key = f"with the key whose sha256 is {hashlib.sha256(found.key).hexdigest()}"
    if trust.package_keys and found.key not in trust.package_keys:
        yield Statement("wrong", "package", f"it is signed {key}, which is not among those that you trust")
    elif found.domain is None:
        needs = "; whose key that is, only --key with the packer's key can show"
        yield _vouched("package", f"the packer signed the package {key}", trust.package_keys, needs=needs)
    else:
        yield _certified(found.domain, key, trust)
        yield _signed_at(found.domain, trust)


def _certified(domain: Domain, key: str, trust: Trust) -> Statement:
    """Whether the domain in whose name a package is signed did sign it."""
    if trust.package_keys:
        return _vouched("package", f"{domain.name} signed the package {key}", trust.package_keys)
    if not domain.root:
        text = f"it is signed in the name of {domain.name} {key}, but nobody whom you trust certified that key"
        return Statement("wrong" if trust.roots else "not proved", "package", f"{text}: {domain.uncertified}")
    whose = "among --roots" if trust.roots else "that this computer trusts"
    text = (
        f"{domain.name} signed the package at {_moment(domain.at)} {key}: that of its certificate for TLS, which was "
        f"valid then and leads to {_common(domain.root)}, a root {whose}; whether it was revoked can't be seen offline"
    )
    needs = "; that it was signed then, only a time stamp that you trust can show (--authority)"
    return _vouched("package", text, domain.authority and trust.authorities, sure="", needs=needs)


def _signed_at(domain: Domain, trust: Trust) -> Statement:
    """When a package was signed."""
    if domain.unstamped:
        return Statement("wrong", "time", f"the time stamp of the package's signature: {domain.unstamped}")
    if not domain.authority:
        text = f"no time stamp shows when the package was signed: {_moment(domain.at)} is the signer's word"
        return Statement("wrong" if trust.authorities else "not proved", "time", text)
    text = f"the package was signed by {_moment(domain.at)}: {_common(domain.authority)} stamped the signature"
    return _vouched("time", text, trust.authorities, sure=_SURE_OF_AUTHORITY, needs=_NEEDS_AUTHORITY)


def _vouched(
    about: str, text: str, trusted: Collection[object], *, sure: str = ", which you trust", needs: str = ""
) -> Statement:
    """What somebody vouches for: proved if you said whom you trust, else only stated.

    `sure` or `needs` ends the text: whom you trust, or what would prove it.
    """
    return Statement("proved", about, text + sure) if trusted else Statement("stated", about, text + needs)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _common(name: str) -> str:
    """The common name in a whole name (RFC 4514), which may be long."""
    found = _COMMON_NAME.search(name)
    return found[1] if found else name


_COMMON_NAME = re.compile(r"(?:^|,)CN=((?:\\.|[^\\,+])+)")


_SURE_OF_AUTHORITY = ", and you trust it"
_NEEDS_AUTHORITY = "; whether to trust it, --authority with its certificate shows"


class Chain:
    """A manifest, and the WARC files that it seals."""

    def __init__(self, trust: Trust, packed: Result = "not proved") -> None:
        """`packed`: how far the signature of a package around it holds."""
        self._trust, self._packed = trust, packed
        self.entries: list[Entry] = []
        self.statements = list(self.read())
        self._sealed = in_force(self.entries)
        self._is_whole = all(one.result != "wrong" for one in self.statements)
        self._file = lru_cache(maxsize=None)(self._statements)

    def read(self) -> Iterator[Statement]:
        """Find the manifest, and read its lines (`lines_of`)."""
        raise NotImplementedError

    def measured(self, name: str) -> tuple[int, str]:
        """Bytes and sha256 of a WARC file as it is."""
        raise NotImplementedError

    def lines_of(self, folder: Path, name: str) -> Iterator[Statement]:
        """Read the lines of the manifest in a folder, and check their links and proofs; `name`: what it is called."""
        try:
            self.entries += Manifest(folder).entries()
        except ManifestError as error:
            yield Statement("wrong", "manifest", str(error))
        else:
            text = f"each of the {len(self.entries)} lines of {name} has the sha256 of the line before it"
            text += ": none was altered, dropped or inserted between them"
            yield Statement("proved" if self.entries else "not proved", "manifest", text)
        faults = [fault for fault in check_proofs(self.entries, self._trust) if fault.severity == "error"]
        for entry, _, reason in faults[:FAULTS]:
            yield Statement("wrong", "manifest", f"line {entry.line} ({entry.file}): {reason}")

    def file(self, name: str) -> list[Statement]:
        """Whether a WARC file is as it was sealed, who says so, and since when."""
        return self._file(name)

    def _statements(self, name: str) -> list[Statement]:
        entry = self._sealed.get(name)
        if entry is None:
            text = f"no line of a manifest names {name}: nothing shows that it is as it was sealed"
            if self._packed not in ("proved", "stated"):
                return [Statement("not proved", "unchanged", text)]
            text = f"{name} is as it was packed: its digest is signed with the package. How it was when it was recorded"
            return [Statement(self._packed, "unchanged", f"{text}, only a manifest could show")]
        try:
            size, digest = self.measured(name)
        except (*BROKEN, KeyError, OSError) as error:
            return [Statement("wrong", "unchanged", f"{name} can't be read: {error}")]
        if (size, digest) != (entry.size, entry.sha256):
            text = f"{name} was altered: its sha256 is not the one in line {entry.line} of the manifest"
            return [Statement("wrong", "unchanged", text)]
        text = (
            f"{name} has the size and the sha256 that line {entry.line} of the manifest has ({entry.kind} {entry.at})"
        )
        proofs = [self._signed(entry), self._stamped(entry)]
        if not self._is_whole and all(proof.result == "not proved" for proof in proofs):
            text += "; but the manifest is not as it was written, and no proof shows that this line is"
            return [Statement("not proved", "unchanged", text), *proofs]
        return [Statement("proved", "unchanged", text), *proofs]

    def _signed(self, entry: Entry) -> Statement:
        found = signature_over(self.entries, entry.line, self._trust)
        if found is None:
            whose = " by a key that you trust" if self._trust.keys else ""
            text = f"no signature{whose} covers that line: who made the archive could make it anew, with other content"
            return Statement("not proved", "signature", text)
        text = f"the ed25519 signature of line {found.line}, which covers that line, is valid for the key {found.key}"
        needs = "; whose key that is, only --key with the keeper's key can show"
        return _vouched("signature", text, self._trust.keys, needs=needs)

    def _stamped(self, entry: Entry) -> Statement:
        found = stamp_over(self.entries, entry.line, self._trust)
        if found is None:
            whose = " by an authority that you trust" if self._trust.authorities else ""
            text = f"no time stamp{whose} covers that line: the dates are those of the recorder's clock"
            return Statement("not proved", "time", text)
        stamp = f"{_common(found.authority)} stamped line {found.line}, which covers that line"
        text = f"the file existed by {_moment(found.time)}: {stamp}"
        return _vouched("time", text, self._trust.authorities, sure=_SURE_OF_AUTHORITY, needs=_NEEDS_AUTHORITY)


class PackageChain(Chain):
    """The manifest in a package."""

    def __init__(self, package: WaczReading, folder: Path, trust: Trust, packed: Result) -> None:
        """`folder`: gets a copy of the manifest. `packed`: how far the package's own signature holds."""
        self._package, self._folder = package, folder
        super().__init__(trust, packed)
        if PACKED in package.members and self._is_whole:
            self.statements += self._strangers()

    def read(self) -> Iterator[Statement]:
        """Copy the manifest into the folder, and read its lines."""
        if PACKED not in self._package.members:
            text = f"there is no {PACKED}: nothing shows that the WARC files are as they were sealed"
            yield Statement("wrong" if self._trust.keys else "not proved", "manifest", text)
            return
        try:
            with (self._folder / NAME).open("wb") as copy:
                copy.writelines(self._package.lines(PACKED))
        except BROKEN as error:
            yield Statement("wrong", "manifest", f"{PACKED} can't be read: {error}")
            return
        yield from self.lines_of(self._folder, PACKED)

    def measured(self, name: str) -> tuple[int, str]:
        """Bytes and sha256 of a WARC file as it is."""
        member = f"archive/{name}"
        return self._package.members[member].file_size, self._package.digest(member, "sha256")

    def _strangers(self) -> Iterator[Statement]:
        """The WARC files that no line names, but for the one that `pack` makes."""
        names = (name.removeprefix("archive/") for name in self._package.names("archive"))
        strange = [name for name in names if is_warc_name(name) and name not in {*self._sealed, ORIGINALS}]
        for name in strange[:FAULTS]:
            text = f"no line of {PACKED} names {name}: it was added or renamed, or lines are missing"
            yield Statement("wrong", "manifest", text)
