"""Signatures of WACZ packages (WACZ Signing and Verification 0.1.0): a hash goes in, `signedData` comes out, and back.

The specification knows ECDSA only, and ReplayWeb.page (wabac 2.27) takes keys of the curve P-384 only, so our ed25519
keys, which sign the manifest, can't sign here. What is signed is the text `sha256:HEX` of datapackage.json's hash.

A package may be signed by the key of a domain's TLS certificate, as authsign and Browsertrix do. Its chain is followed
to a root as browsers do, but at the time of the signature: such certificates are valid for weeks. Revocation is not
checked, and `crossSignedCert` is not used.
"""

from __future__ import annotations

import base64
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
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
    domain: Domain | None = None
    """Whose certificate signed; None for an anonymous signature."""


@dataclass(frozen=True)
class Domain:
    """The host that signed a package, as its certificate and the time stamp of the signature have it."""

    name: str
    at: datetime
    """When it signed: the time of the stamp, or `created` when that is not valid."""
    root: str = ""
    """Name (RFC 4514) of the trusted root that its certificate led to then; empty when it led to none."""
    uncertified: str = ""
    """Why it led to none."""
    authority: str = ""
    """Who stamped the signature; empty when there is no valid time stamp."""
    unstamped: str = ""
    """Why its time stamp is not valid; empty too when it has none."""


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
    signed: Mapping[str, Any],
    authorities: Sequence[x509.Certificate] | None = None,
    roots: Sequence[x509.Certificate] | None = None,
) -> PackageSignature:
    """Check `signedData` of datapackage-digest.json; BadSignature when it is not valid, else Unverified.

    Whether `hash` is that of datapackage.json is not checked here. `authorities`: those whose time stamps are trusted,
    None = any. `roots`: those that certify domains, None = the roots that this computer trusts.
    """
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    malformed = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)
    chain = [] if "publicKey" in signed else _certificates(signed, "domainCert")
    try:
        key = chain[0].public_key() if chain else serialization.load_der_public_key(_bytes(signed, "publicKey"))
    except malformed as error:
        raise Unverified(f"its key can't be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Unverified("its key is not of ECDSA, which the specification demands")
    _verify(key, _bytes(signed, "signature"), _text(signed, "hash").encode("utf-8", "replace"))
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_bytes(encoding, form)
    try:
        return PackageSignature(public, _domain(signed, chain, authorities, roots) if chain else None)
    except malformed as error:
        raise Unverified(f"its certificate can't be read: {error}") from error


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


def _domain(
    signed: Mapping[str, Any],
    chain: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate] | None,
    roots: Sequence[x509.Certificate] | None,
) -> Domain:
    """Check that a certificate is of the domain, and follow its chain to a root at the time of the signature.

    BadSignature when it is of another domain, or was not valid then.
    """
    name, leaf = _text(signed, "domain").lower(), chain[0]
    if not {name, f"*.{name.partition('.')[2]}"} & _names(leaf):
        raise BadSignature(f"its certificate is not of {name[:100]}")
    at, authority, unstamped = _created(signed), "", ""
    if "timeSignature" in signed:
        try:
            at, authority = _stamped(signed, at, authorities)
        except ArchiveError as error:
            unstamped = str(error)
    if not leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc:
        span = f"from {leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d}"
        raise BadSignature(f"it is of {at:%Y-%m-%dT%H:%M:%SZ}, and its certificate was valid {span}")
    root, uncertified = _root_of(chain, name, at, _system_roots() if roots is None else roots)
    return Domain(name, at, root, uncertified, authority, unstamped)


def _root_of(
    chain: Sequence[x509.Certificate], domain: str, at: datetime, roots: Sequence[x509.Certificate]
) -> tuple[str, str]:
    """The name of the root that a chain led to at a time; or an empty one, and why it led to none."""
    from cryptography.x509 import DNSName
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    leaf = chain[0]
    try:
        verifier = PolicyBuilder().store(Store(list(roots))).time(at).build_server_verifier(DNSName(domain))
        return verifier.verify(leaf, list(chain[1:]))[-1].subject.rfc4514_string(), ""
    except (VerificationError, ValueError) as error:
        if leaf.issuer == leaf.subject:
            return "", "it is self-signed, as anybody can make one"
        issuer = leaf.issuer.rfc4514_string()[:200]
        reason = str(error).removeprefix("validation failed: ").partition(" (encountered")[0]
        if reason.startswith("candidates exhausted"):
            reason = "an issuer between them is missing or was not valid then, or another root is trusted"
        return "", f"it was issued by {issuer}, from which no chain leads to a trusted root: {reason[:200]}"


@lru_cache(maxsize=1)
def _system_roots() -> Sequence[x509.Certificate]:
    """The roots that this computer trusts for TLS."""
    from cryptography import x509

    found = []
    with warnings.catch_warnings():  # of old roots with a form that is no longer allowed
        warnings.simplefilter("ignore")
        for der in _system_certificates():
            with suppress(ValueError):
                found.append(x509.load_der_x509_certificate(der))
    return found


def _system_certificates() -> Iterator[bytes]:
    yield from (loaded := ssl.create_default_context().get_ca_certs(binary_form=True))
    if not loaded and (folder := ssl.get_default_verify_paths().capath):  # OpenSSL reads it only when it needs one
        for path in Path(folder).glob("*.[0-9]"):
            with suppress(OSError, ValueError):
                yield ssl.PEM_cert_to_DER_cert(path.read_text(encoding="ascii"))


def _names(certificate: x509.Certificate) -> set[str]:
    """The hosts that a certificate is for, lower case."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    names = {str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)}
    with suppress(x509.ExtensionNotFound, ValueError):  # then only the common name counts
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names |= set(found.get_values_for_type(x509.DNSName))
    return {name.lower() for name in names}


def _stamped(
    signed: Mapping[str, Any], created: datetime, authorities: Sequence[x509.Certificate] | None
) -> tuple[datetime, str]:
    """Time and authority of the time stamp over the signature's text, which must be near `created`."""
    from archive.seal.timestamps import token_of, verify_token

    answer, covered = _bytes(signed, "timeSignature"), _text(signed, "signature").encode("utf-8", "replace")
    chain = _certificates(signed, "timestampCert") if "timestampCert" in signed else []
    time, authority = verify_token(token_of(answer), covered, authorities, chain)
    if abs((time - created).total_seconds()) > _APART:
        raise TimestampError(f"it is of {time:%Y-%m-%dT%H:%M:%SZ}, more than 10 minutes from `created`")
    return time, authority


def _created(signed: Mapping[str, Any]) -> datetime:
    try:
        return parse_date(_text(signed, "created"))
    except ValueError as error:
        raise Unverified(f"`created` is no time: {error}") from error


def _certificates(signed: Mapping[str, Any], name: str) -> list[x509.Certificate]:
    """The certificates of a field, the one that signed first; Unverified when there are none."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(_text(signed, name).encode("utf-8", "replace"))
    except (ValueError, x509.InvalidVersion):
        raise Unverified(f"its `{name}` holds no certificates in PEM") from None


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
