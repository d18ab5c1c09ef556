"""Signatures of WACZ packages (WACZ Signing and Verification 0.1.0): a hash goes in, `signedData` comes out, and back.

The specification knows ECDSA only, and ReplayWeb.page (wabac 2.27) takes keys of the curve P-384 only, so our ed25519
keys, which sign the manifest, can't sign here. What is signed is the text `sha256:HEX` of datapackage.json's hash.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive.errors import ArchiveError, TimestampError, UsageError
from archive.seal.signing import load_private_key, text_of
from archive.warc.dates import parse_date

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

VERSION = "0.1.0"
"""Of the specification."""
_APART = 600
"""Seconds that `created` and the time stamp may be apart."""
_LARGEST = 1 << 20
"""Characters of a field that are read."""

PackageSigner = Callable[[str, datetime, str], dict[str, str]]
"""Takes the hash of datapackage.json, the time and the software; gives `signedData`."""


class BadSignature(ArchiveError):
    """A signature that is not valid."""


class Unverified(ArchiveError):
    """A signature of which nothing can be said: a part of it is missing, or of a form that is not known here."""


@dataclass(frozen=True)
class PackageSignature:
    """A valid signature of a package."""

    key: bytes
    """The public key, DER of its SubjectPublicKeyInfo."""
    domain: str = ""
    """The host whose certificate signed; empty for an anonymous signature. Whether to trust it was not checked."""
    stamped: datetime | None = None
    """The time of a valid time stamp, which is there with a domain only."""
    unstamped: str = ""
    """Why its time stamp is not valid."""


def package_signer(path: Path) -> PackageSigner:
    """Make a signer from a private key of the curve P-384 (PEM). UsageError when the key can't be used."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    key = load_private_key(path, secret=True)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp384r1":
        command = "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384` makes one"
        raise UsageError(f"{path}: a package is signed with an ECDSA key of the curve P-384, not with this; {command}")
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(encoding, form)
    size = key.key_size // 8

    def sign(label: str, created: datetime, software: str) -> dict[str, str]:
        numbers = utils.decode_dss_signature(key.sign(label.encode(), ec.ECDSA(hashes.SHA256())))
        return {
            "hash": label,
            "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": software,
            "version": VERSION,
            "signature": text_of(b"".join(number.to_bytes(size, "big") for number in numbers)),
            "publicKey": text_of(public),
        }

    return sign


def verify_package_signature(
    signed: Mapping[str, Any], authorities: Sequence[x509.Certificate] | None = None
) -> PackageSignature:
    """Check `signedData` of datapackage-digest.json; BadSignature when it is not valid, else Unverified.

    Whether `hash` is that of datapackage.json is not checked here. `authorities`: those whose time stamps are trusted.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    domain = _text(signed, "domain") if "domain" in signed else ""
    try:
        if "publicKey" in signed:
            key = serialization.load_der_public_key(_bytes(signed, "publicKey"))
        else:
            certificate = x509.load_pem_x509_certificates(_text(signed, "domainCert").encode())[0]
            key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Unverified(f"its key can't be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Unverified("its key is not of ECDSA, which the specification demands")
    _verify(key, _bytes(signed, "signature"), _text(signed, "hash").encode("utf-8", "replace"))
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_bytes(encoding, form)
    if "publicKey" in signed:
        return PackageSignature(public)
    if domain.lower() not in _names(certificate):
        raise BadSignature(f"its certificate is not of {domain[:100] or 'a domain'}")
    try:
        return PackageSignature(public, domain, _stamped(signed, authorities))
    except ArchiveError as error:
        return PackageSignature(public, domain, unstamped=str(error))


def _verify(key: EllipticCurvePublicKey, signature: bytes, content: bytes) -> None:
    """Check a signature in either form: two numbers side by side (WebCrypto), or DER (authsign)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    size = (key.key_size + 7) // 8
    forms = [signature]
    if len(signature) == 2 * size:
        numbers = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        forms.insert(0, utils.encode_dss_signature(*numbers))
    for form in forms:
        try:
            key.verify(form, content, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            continue
        return
    raise BadSignature("it is not valid: the hash, the key or the signature was altered")


def _names(certificate: x509.Certificate) -> set[str]:
    """The hosts that a certificate is for, lower case."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    names = {str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    with suppress(x509.ExtensionNotFound, ValueError):  # then only the common name counts
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names |= set(found.get_values_for_type(x509.DNSName))
    return {name.lower() for name in names}


def _stamped(signed: Mapping[str, Any], authorities: Sequence[x509.Certificate] | None) -> datetime:
    """The time of the time stamp over the signature's text, which must be near `created`."""
    from archive.seal.timestamps import token_of, verify_token

    answer, covered = _bytes(signed, "timeSignature"), _text(signed, "signature").encode("utf-8", "replace")
    try:
        time, _ = verify_token(token_of(answer), covered, authorities)
        created = parse_date(_text(signed, "created"))
    except ValueError as error:
        raise TimestampError(f"`created` is no time: {error}") from error
    if abs((time - created).total_seconds()) > _APART:
        raise TimestampError(f"it is of {time:%Y-%m-%dT%H:%M:%SZ}, more than 10 minutes from `created`")
    return time


def _text(signed: Mapping[str, Any], name: str) -> str:
    value = signed.get(name)
    if not isinstance(value, str) or not value or len(value) > _LARGEST:
        raise Unverified(f"it has no `{name}`")
    return value


def _bytes(signed: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(_text(signed, name), validate=True)
    except ValueError as error:
        raise Unverified(f"its `{name}` is not Base64") from error
