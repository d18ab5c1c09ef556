"""Proofs of the manifest's lines: an ed25519 signature and an RFC 3161 time stamp; in: a line, out: fields, or an
error.

Each file that is sealed gets its own, chained to all before it: the newest proof stands for the whole manifest up to
there. A signer that fails stops the sealing, so that nothing is ever silently unsigned. Checked offline.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archive.errors import StorageError, UsageError
from archive.manifest import Entry, Manifest, Signer
from archive.timestamps import TimestampError, request_token, verify_token

SIGNATURE, KEY, TOKEN = "ed25519", "key", "rfc3161"


class SigningError(StorageError):
    """A line could not be signed or stamped; the file stays `.open` and the next run seals it."""


def signer(key: Path | None = None, timestamp_url: str = "") -> Signer | None:
    """Signs with the ed25519 key in a PEM file, has the signature time-stamped at `timestamp_url`; either may be left
    out.

    None when both are. UsageError when the key can't be used, so that a run ends before it starts.
    """
    if key is None and not timestamp_url:
        return None
    private = None if key is None else _private_key(key)

    def sign(line: bytes) -> Mapping[str, str]:
        proof: dict[str, str] = {}
        if private is not None:
            public = private.public_key().public_bytes_raw()
            proof = {SIGNATURE: _text(private.sign(line)), KEY: _text(public)}
        if timestamp_url:
            try:
                proof[TOKEN] = _text(request_token(timestamp_url, _stamped(line, proof)))
            except TimestampError as error:
                raise SigningError(str(error), "the file is complete and stays .open; the next run seals it") from error
        return proof

    return sign


def check_proofs(
    manifest: Manifest, keys: Sequence[bytes] = (), authorities: Sequence[x509.Certificate] = ()
) -> Iterator[tuple[Entry, str]]:
    """Every line whose proof does not hold, with the reason. Broken chains are ManifestError, as ever.

    `keys`: raw ed25519 public keys that are trusted; when there are any, a line without a signature of one is a fault.
    `authorities`: trusted time-stamping roots; likewise for time stamps.
    """
    for entry in manifest.entries():
        line = entry.unsigned()
        signature, key, token = (_bytes(entry.proof.get(name, "")) for name in (SIGNATURE, KEY, TOKEN))
        if keys and not signature:
            yield entry, "not signed"
        elif keys and key not in keys:
            yield entry, "signed with a key that is not trusted"
        elif signature and not _holds(key, signature, line):
            yield entry, "the signature does not hold"
        if authorities and not token:
            yield entry, "not time-stamped"
        elif token and authorities:
            try:
                verify_token(token, _stamped(line, entry.proof), authorities)
            except TimestampError as error:
                yield entry, str(error)


def public_key(path: Path) -> bytes:
    """The raw ed25519 public key in a PEM file. UsageError when there is none."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: no public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path}: not an ed25519 key")
    return key.public_bytes_raw()


def certificates(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file. UsageError when there are none."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: no certificates: {error}") from error


def _stamped(line: bytes, proof: Mapping[str, str]) -> bytes:
    """What a time stamp is over: the line and its signature."""
    return line + b"\n" + proof.get(SIGNATURE, "").encode()


def _holds(key: bytes, signature: bytes, line: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, line)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: no signing key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: not an ed25519 key; `openssl genpkey -algorithm ed25519` makes one")
    return key


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
