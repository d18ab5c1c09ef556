"""Proofs of the manifest's lines: a line goes in, an ed25519 signature and an RFC 3161 time stamp come out.

Each sealed file gets its own proof. A line contains the hash of the line before it, so the newest proof covers all
lines up to it. A signer that fails stops the sealing: no line is left unsigned silently. The audit checks the proofs.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import StorageError, TimestampError, UsageError
from archive.outbound import CallStopped
from archive.seal.manifest import Signer

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

# cryptography is imported where it is used: it takes 0.05 s of CPU (2026-11), a third of the start of an audit, and
# most archives have no proofs.

SIGNATURE, KEY, TOKEN = "ed25519", "key", "rfc3161"
"""Keys of a proof: the signature, its public key, the time stamp; each in Base64."""

ED25519_BYTES = 32
"""Length of a raw public key."""
_LARGEST_KEY = 1 << 16
"""Bytes of a key file that are read; a key has 119."""


class SigningError(StorageError):
    """A line could not be signed or time-stamped; the file stays `.open` and the next run seals it."""


def signer(
    key: Path | bytes | None = None, timestamp_url: str = "", authorities: Sequence[x509.Certificate] = ()
) -> Signer | None:
    """Make a signer from an ed25519 key (PEM, file or bytes), a time-stamping authority, or both; None without any.

    If there are `authorities`, a time stamp must lead to one of them. Raises UsageError when the key can't be used:
    before a run starts.
    """
    if key is None and not timestamp_url:
        return None
    private = None if key is None else _private_key(key, secret=True)

    def sign(line: bytes) -> Mapping[str, str]:
        proof: dict[str, str] = {}
        if private is not None:
            proof = {SIGNATURE: text_of(private.sign(line)), KEY: text_of(private.public_key().public_bytes_raw())}
        if timestamp_url:
            from archive.seal.timestamps import request_token, verify_token

            try:
                token = request_token(timestamp_url, stamped(line, proof))
                try:
                    verify_token(token, stamped(line, proof), authorities or None)
                except TimestampError as error:
                    raise TimestampError(f"{timestamp_url}: {error}") from error
                proof[TOKEN] = text_of(token)
            except (TimestampError, CallStopped) as error:
                raise _unsigned(timestamp_url, error) from error
        return proof

    return sign


def _unsigned(timestamp_url: str, error: TimestampError | CallStopped) -> SigningError:
    reason = f"{timestamp_url}: no time stamp: {error}" if isinstance(error, CallStopped) else str(error)
    failed = SigningError(reason, "the file is complete and stays .open; the next run seals it")
    if isinstance(error, CallStopped):
        failed.exit_code = error.exit_code
    return failed


def stamped(line: bytes, proof: Mapping[str, str]) -> bytes:
    """The bytes that a time stamp covers: the line and its signature."""
    return line + b"\n" + proof.get(SIGNATURE, "").encode()


def public_key_of(key: Path | bytes) -> bytes:
    """The raw public key of a signing key, which an auditor may share. UsageError when the key can't be used."""
    return _private_key(key).public_key().public_bytes_raw()


def public_key(path: Path) -> bytes:
    """Read the public key in a PEM file: raw of ed25519, DER of ECDSA, which signs packages.

    UsageError when there is none.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: no public key: {error.strerror}") from error
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{path}: no public key in it; `openssl pkey -in KEY.pem -pubout` writes one") from None
    if isinstance(key, EllipticCurvePublicKey):
        return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path}: not an ed25519 key")
    return key.public_bytes_raw()


def certificates(path: Path) -> list[x509.Certificate]:
    """Read the certificates in a PEM file. UsageError when there are none."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: no certificates: {error.strerror}") from error
    except ValueError:
        raise UsageError(f"{path}: no certificates in it; it must be a PEM file") from None


def _private_key(key: Path | bytes, *, secret: bool = False) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = load_private_key(key, secret=secret)
    if not isinstance(private, Ed25519PrivateKey):
        name = key if isinstance(key, Path) else "the signing key"
        raise UsageError(f"{name}: not an ed25519 key; `openssl genpkey -algorithm ed25519` makes one")
    return private


def load_private_key(key: Path | bytes, *, secret: bool = False) -> PrivateKeyTypes:
    """Read a private key; `secret`: only if nobody but the owner of this process can have read the file.

    UsageError when that can't be done.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    name = key if isinstance(key, Path) else "the signing key"
    try:
        pem = _key_file(key, secret) if isinstance(key, Path) else key
        return serialization.load_pem_private_key(pem, password=None)
    except OSError as error:
        raise UsageError(f"{name}: no signing key: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):  # their texts are long and may quote the key
        raise UsageError(f"{name}: no signing key: not an unencrypted private key in PEM") from None


def _key_file(path: Path, secret: bool) -> bytes:
    """The content of a key file. UsageError for a FIFO or device, which may block for ever, and for a shared file."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path}: no signing key: not a file")
        if secret and status.st_uid != os.geteuid():
            raise UsageError(
                f"{path}: the signing key belongs to another user ({status.st_uid}), who can read it; "
                "run as that user, or make a key of your own"
            )
        if secret and status.st_mode & 0o077:
            raise UsageError(
                f"{path}: other users can use the signing key (mode {stat.S_IMODE(status.st_mode):04o}); "
                f"`chmod 600 {path}`, and make a new key if one of them may have read it"
            )
        return file.read(_LARGEST_KEY)


def text_of(content: bytes) -> str:
    """Bytes in Base64."""
    return base64.b64encode(content).decode("ascii")
