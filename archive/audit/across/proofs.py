"""Check 31 on proofs: a manifest's lines and the trusted keys go in; invalid and missing proofs come out.

A proof is a signature or a time stamp. Each line holds the hash of the line before it, so the last valid proof protects
every line before it, signed or not. No proof protects the lines after it. All of this works offline.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archive.audit.across.chain import broken_chain, read_chain
from archive.audit.across.sealed import sealed_files
from archive.audit.findings import Cause, Finding, because
from archive.audit.ledger import Ledger
from archive.errors import ArchiveError, TimestampError
from archive.plurals import many
from archive.read.faults import Severity
from archive.seal.manifest import NAME, Entry, sha256_of
from archive.seal.signing import ED25519_BYTES, KEY, SIGNATURE, TOKEN, certificates, public_key, stamped

if TYPE_CHECKING:
    from cryptography import x509


class ProofFault(NamedTuple):
    """A line whose proof is not valid or is missing."""

    entry: Entry
    severity: Severity
    message: str


@dataclass(frozen=True)
class Trust:
    """Trusted keys and authorities.

    Without any, a proof only has to be valid in itself, which shows damage but not forgery.
    """

    keys: tuple[bytes, ...] = ()
    """Raw ed25519 public keys, of those who sign manifests."""
    authorities: tuple[x509.Certificate, ...] = ()
    """Root certificates of time-stamping authorities."""
    package_keys: tuple[bytes, ...] = ()
    """ECDSA public keys (DER), of those who sign packages."""
    roots: tuple[x509.Certificate, ...] = ()
    """Roots that certify the domains which sign packages; empty = those that this computer trusts."""

    def __add__(self, other: Trust) -> Trust:
        keys, package_keys = (*self.keys, *other.keys), (*self.package_keys, *other.package_keys)
        return Trust(keys, (*self.authorities, *other.authorities), package_keys, (*self.roots, *other.roots))

    @classmethod
    def read(cls, keys: Sequence[Path], authorities: Sequence[Path], roots: Sequence[Path] = ()) -> Trust:
        """Read PEM files. UsageError when a file holds no key or certificate."""
        found = [public_key(path) for path in keys]
        return cls(
            tuple(key for key in found if len(key) == ED25519_BYTES),
            tuple(one for path in authorities for one in certificates(path)),
            tuple(key for key in found if len(key) != ED25519_BYTES),
            tuple(one for path in roots for one in certificates(path)),
        )


def check_proofs(entries: Sequence[Entry], trust: Trust) -> Iterator[ProofFault]:
    """Yield the proofs that are not valid, and the last lines that no proof protects.

    The chain of the lines is not checked here: `Manifest.entries` and `sealed.read_chain` do that.
    """
    yield from _faults(entries, SIGNATURE, lambda entry: _check_signature(entry, trust), "signed", bool(trust.keys))
    stamps = bool(trust.authorities)
    yield from _faults(entries, TOKEN, lambda entry: _check_stamp(entry, trust), "time-stamped", stamps)


def proof_summary(entries: Sequence[Entry], trust: Trust) -> str:
    """Sum up in one line who signed and stamped how many lines; empty when no line has a proof."""
    parts, lines = [], many(len(entries), "line is", "lines are")
    if signed := [entry for entry in entries if entry.proof.get(SIGNATURE)]:
        keys = sorted({_bytes(entry, KEY).hex()[:16] for entry in signed})
        trusted = "" if trust.keys else "; give --key to say which key is trusted"
        parts.append(f"{len(signed)} of {lines} signed, by {', '.join(keys)}{trusted}")
    if stamped_lines := [entry for entry in entries if entry.proof.get(TOKEN)]:
        when = "no time that can be read"
        with suppress(TimestampError):  # `check_proofs` reports it
            time, name = _stamp(stamped_lines[-1], None)
            when = f"the newest at {time:%Y-%m-%dT%H:%M:%SZ} by {name}"
        trusted = "" if trust.authorities else "; give --authority to say whose stamps are trusted"
        parts.append(f"{len(stamped_lines)} of {lines} time-stamped, {when}{trusted}")
    return "; ".join(parts)


@dataclass(frozen=True)
class Proofs:
    """The check of the proofs, for `audit_paths(further_checks=…)`."""

    trust: Trust

    def __call__(self, folder: Path, ledger: Ledger) -> Iterator[Finding]:  # noqa: ARG002 - a `FurtherCheck`
        chain = read_chain(folder / NAME)
        if chain is None:
            return
        broken = broken_chain()
        reported = dict.fromkeys(chain.doubtful, broken)
        for (severity, reason, _), faults in groupby(_keyed(check_proofs(chain.entries, self.trust)), itemgetter(0)):
            lines = [entry for _, entry in faults]
            first, last = lines[0], lines[-1]
            where = f"line {first.line} ({first.file})" if first is last else f"lines {first.line} to {last.line}"
            finding = sealed_files.finding(severity, f"{where}: {reason}", NAME)
            cause = None
            if severity == "error" and all(entry.line in reported for entry in lines):
                cause = reported[first.line]
            elif severity == "error" and first is last:
                cause = _not_as_sealed(folder, first)
            yield because(finding, cause)
            reported |= {entry.line: broken for entry in lines}
        if text := proof_summary(chain.entries, self.trust):
            yield sealed_files.finding("note", text, NAME)


def _keyed(faults: Iterator[ProofFault]) -> Iterator[tuple[tuple[Severity, str, int], Entry]]:
    """Give neighbouring lines with the same fault the same key, so that they make one finding."""
    for count, (entry, severity, reason) in enumerate(faults):
        yield (severity, reason, entry.line - count), entry


def _not_as_sealed(folder: Path, entry: Entry) -> Cause | None:
    """The finding on a line's file as a cause, if the file is not as it was sealed."""
    path = folder / "warc" / entry.file
    try:
        same = path.stat().st_size == entry.size and sha256_of(path) == entry.sha256
    except (OSError, ValueError):
        same = False
    return None if same else sealed_files.cause(f"warc/{entry.file}")


def _faults(
    entries: Sequence[Entry], name: str, check: Callable[[Entry], None], word: str, demanded: bool
) -> Iterator[ProofFault]:
    protected = 0
    for place, entry in enumerate(entries, 1):
        if not entry.proof.get(name):
            continue
        protected = place  # by an invalid proof too: one fault, one finding
        try:
            check(entry)
        except ArchiveError as error:
            yield ProofFault(entry, "error", str(error))
    if demanded or protected:
        severity: Severity = "error" if demanded else "warning"
        text = f"not {word}, nor is any line after it"
        yield from (ProofFault(entry, severity, text) for entry in entries[protected:])


def _check_signature(entry: Entry, trust: Trust) -> None:
    # Imported here because cryptography takes 0.05 s of CPU, and most archives have no proofs.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = _bytes(entry, KEY)
    if trust.keys and key not in trust.keys:
        raise ArchiveError("signed with a key that is not trusted")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(_bytes(entry, SIGNATURE), entry.unsigned())
    except (InvalidSignature, ValueError):
        raise ArchiveError("the signature is not valid") from None


class Signature(NamedTuple):
    """A valid signature of a line, which covers all lines before it."""

    line: int
    key: str
    """The public key, hex."""


class Stamp(NamedTuple):
    """A valid time stamp of a line, which covers all lines before it."""

    line: int
    time: datetime
    authority: str


def signature_over(entries: Sequence[Entry], line: int, trust: Trust) -> Signature | None:
    """The first valid signature of a line or of one after it, by a trusted key where keys are given."""
    for entry in entries[line - 1 :]:
        if entry.proof.get(SIGNATURE):
            with suppress(ArchiveError):
                _check_signature(entry, trust)
                return Signature(entry.line, _bytes(entry, KEY).hex())
    return None


def stamp_over(entries: Sequence[Entry], line: int, trust: Trust) -> Stamp | None:
    """The first valid time stamp of a line or of one after it, by a trusted authority where some are given."""
    for entry in entries[line - 1 :]:
        if entry.proof.get(TOKEN):
            with suppress(ArchiveError):
                return Stamp(entry.line, *_stamp(entry, trust.authorities or None))
    return None


def _check_stamp(entry: Entry, trust: Trust) -> None:
    _stamp(entry, trust.authorities or None)


def _stamp(entry: Entry, authorities: Sequence[x509.Certificate] | None) -> tuple[datetime, str]:
    from archive.seal.timestamps import verify_token

    return verify_token(_bytes(entry, TOKEN), stamped(entry.unsigned(), entry.proof), authorities)


def _bytes(entry: Entry, name: str) -> bytes:
    try:
        return base64.b64decode(entry.proof.get(name, ""), validate=True)
    except (ValueError, TypeError):  # a JSON number, for instance
        return b""
