"""RFC 3161 time stamps: bytes go to a time-stamping authority, a token comes back, and is later checked offline.

rfc3161-client makes the request, parses the answer, and has OpenSSL check the chain to trusted roots at the time of the
stamp. It reads none of the signed attributes, and checks nothing without a trusted root. So the attributes and the
signature are checked here: a token must hold by itself even where no authority is trusted yet.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from archive.errors import TimestampError
from archive.outbound import CallFailed, CallStopped, post
from archive.seal.signed_data import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SHA256,
    SHA384,
    SHA512,
    SIGNING_CERTIFICATE,
    SIGNING_CERTIFICATE_V2,
    TST_INFO,
    Algorithm,
    Answer,
    IssuerSerial,
    SignerInfo,
    SigningCertificate,
    SigningCertificateV2,
    Status,
    Token,
)

_GRANTED = (0, 1)
_HASHES: dict[x509.ObjectIdentifier, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    SHA384: hashes.SHA384(),
    SHA512: hashes.SHA512(),
}
_MALFORMED = (ValueError, LookupError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm)
"""Errors of the parsers on a malformed token or certificate."""
_MOST = 1 << 20
"""Bytes of an answer that are read."""
_T = TypeVar("_T")


def request_token(url: str, content: bytes, seconds: float = 20.0) -> bytes:
    """Ask the authority at `url` for a token over sha256 of `content` (RFC 3161, 2.4 and 3.4); DER of the token.

    TimestampError without one after `seconds`, CallStopped when a signal ends the call.
    """
    request = TimestampRequestBuilder(content, HashAlgorithm.SHA256).build()
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        answer = post(url, request.as_bytes(), headers, seconds=seconds, most=_MOST)
    except CallStopped:
        raise
    except CallFailed as error:
        raise TimestampError(f"{url}: no time stamp: {error}") from error
    if answer.status != 200:
        raise TimestampError(f"{url}: no time stamp: HTTP status {answer.status}")
    try:
        granted = asn1.decode_der(Answer, answer.body)
        if granted.status.status not in _GRANTED or granted.token is None:
            raise ValueError(f"the authority refused, status {granted.status.status}")
        response = _response(granted.token)
        asked_for_this = _is_over(response, content) and response.tst_info.nonce == request.nonce
    except _MALFORMED as error:
        raise TimestampError(f"{url}: not a time stamp: {error}") from error
    if not asked_for_this:
        raise TimestampError(f"{url}: answered another request")
    return asn1.encode_der(granted.token)


def token_of(answer: bytes) -> bytes:
    """The token in an authority's answer, DER. TimestampError when there is none."""
    try:
        token = asn1.decode_der(Answer, answer).token
    except _MALFORMED as error:
        raise TimestampError(f"not the answer of an authority: {error}") from error
    if token is None:
        raise TimestampError("the authority refused")
    return asn1.encode_der(token)


def verify_token(
    token: bytes,
    content: bytes,
    authorities: Sequence[x509.Certificate] | None = None,
    beside: Sequence[x509.Certificate] = (),
) -> tuple[datetime, str]:
    """Check a token; return the time when `content` was seen, aware UTC, and the signer's name (RFC 4514).

    The token must be over sha256 of `content`, signed once, by a certificate for time stamps only that was valid then
    and that the signed attributes name. It must lead to a root among `authorities` through the certificates in the
    token, or be signed by one of them; None accepts any authority. `beside`: certificates that the token lacks. Raises
    TimestampError otherwise. Revocation is not checked: this works offline.
    """
    try:
        parsed = _with(asn1.decode_der(Token, token), beside)
        response = _response(parsed)
        if not _is_over(response, content):
            raise TimestampError("the time stamp covers other content")
        time = response.tst_info.gen_time
        signer = _signer(parsed, response)
        _check_usage(signer, time)
    except _MALFORMED as error:
        raise TimestampError(f"not a time stamp: {error}") from error
    if authorities is not None and signer not in authorities:
        try:
            VerifierBuilder(roots=list(authorities)).build().verify_message(response, content)
        except (VerificationError, ValueError) as error:
            raise TimestampError("the time stamp does not lead to a trusted authority") from error
    return time, signer.subject.rfc4514_string()


def _with(token: Token, beside: Sequence[x509.Certificate]) -> Token:
    """The token with further certificates; it is valid with any, for they are not signed."""
    certificates = list(dict.fromkeys((*(token.signed.certificates or ()), *beside)))
    return Token(name=token.name, signed=replace(token.signed, certificates=certificates))


def _response(token: Token) -> TimeStampResponse:
    """Parse the token with rfc3161-client, which takes a whole answer, with certificates in the order of DER."""
    signed = token.signed
    certificates = sorted(signed.certificates or (), key=lambda one: one.public_bytes(serialization.Encoding.DER))
    sorted_token = Token(name=token.name, signed=replace(signed, certificates=certificates))
    status = Status(status=0, text=None, failure=None)
    return decode_timestamp_response(asn1.encode_der(Answer(status=status, token=sorted_token)))


def _is_over(response: TimeStampResponse, content: bytes) -> bool:
    imprint = response.tst_info.message_imprint
    if imprint.hash_algorithm != SHA256:
        raise ValueError("not over a SHA-256 digest")
    return hmac.compare_digest(imprint.message, hashlib.sha256(content).digest())


def _signer(token: Token, response: TimeStampResponse) -> x509.Certificate:
    """The certificate that signed, once its signature and the signed attributes hold (RFC 5652, 5.4).

    TimestampError, or ValueError, when they do not.
    """
    signed = token.signed
    if len(infos := signed.signers.as_list()) != 1:
        raise ValueError(f"{len(infos)} signatures instead of one")
    (info,), (identity,) = infos, response.signed_data.signer_infos
    if _value(info, CONTENT_TYPE, x509.ObjectIdentifier) != TST_INFO or signed.content.name != TST_INFO:
        raise ValueError("signed as another type of content")
    algorithm = _hash(info.digest_algorithm)
    if not hmac.compare_digest(_value(info, MESSAGE_DIGEST, bytes), _digest(algorithm, signed.content.content)):
        raise TimestampError("the time stamp was altered")
    for certificate in signed.certificates or ():
        if (certificate.issuer, certificate.serial_number) == (identity.issuer, identity.serial_number):
            _check_signature(certificate, info, algorithm)
            _check_named(certificate, info)
            return certificate
    raise TimestampError("no certificate in the time stamp has signed it")


def _value(info: SignerInfo, name: x509.ObjectIdentifier, kind: type[_T]) -> _T:
    """The one value of a signed attribute that must be there once. ValueError otherwise."""
    values = _values(info, name)
    if len(values) != 1:
        raise ValueError(f"{len(values)} values of the signed attribute {name.dotted_string} instead of one")
    return asn1.decode_der(kind, asn1.encode_der(values[0]))


def _values(info: SignerInfo, name: x509.ObjectIdentifier) -> list[asn1.TLV]:
    attributes = info.signed_attributes.as_list()
    return [value for attribute in attributes if attribute.name == name for value in attribute.values.as_list()]


def _check_signature(certificate: x509.Certificate, info: SignerInfo, algorithm: hashes.HashAlgorithm) -> None:
    """The signature is over the signed attributes, encoded as a SET OF (RFC 5652, 5.4)."""
    key, covered = certificate.public_key(), asn1.encode_der(info.signed_attributes)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(info.signature, covered, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(info.signature, covered, ec.ECDSA(algorithm))
        else:
            raise ValueError("signed with a key that is neither RSA nor ECDSA")
    except InvalidSignature:
        raise TimestampError("no certificate in the time stamp has signed it") from None


def _check_named(certificate: x509.Certificate, info: SignerInfo) -> None:
    """A signed attribute must name the signer's certificate first: nobody can put another one under the signature.

    RFC 3161, 2.4.1, and RFC 5816, 2.2.1.
    """
    named: list[tuple[bytes, hashes.HashAlgorithm, IssuerSerial | None]] = []
    if _values(info, SIGNING_CERTIFICATE):
        first = _value(info, SIGNING_CERTIFICATE, SigningCertificate).certificates[0]
        named.append((first.digest, hashes.SHA1(), first.issuer_serial))
    if _values(info, SIGNING_CERTIFICATE_V2):
        newer = _value(info, SIGNING_CERTIFICATE_V2, SigningCertificateV2).certificates[0]
        algorithm = _hash(newer.algorithm) if newer.algorithm else hashes.SHA256()
        named.append((newer.digest, algorithm, newer.issuer_serial))
    whole = certificate.public_bytes(serialization.Encoding.DER)
    for digest, algorithm, issuer_serial in named:
        if not hmac.compare_digest(digest, _digest(algorithm, whole)) or (
            issuer_serial is not None and issuer_serial.serial_number != certificate.serial_number
        ):
            raise TimestampError("the signed attributes name another certificate")
    if not named:
        raise TimestampError("the signed attributes name no certificate")


def _check_usage(certificate: x509.Certificate, at: datetime) -> None:
    """The certificate is for time stamps and nothing else, critically (RFC 3161, 2.3), and was valid then."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimestampError("signed with a certificate that is not for time stamps only")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise TimestampError(f"{certificate.subject.rfc4514_string()} was not valid at {at.isoformat()}")


def _hash(algorithm: Algorithm) -> hashes.HashAlgorithm:
    try:
        return _HASHES[algorithm.name]
    except KeyError:
        raise ValueError(f"the digest {algorithm.name.dotted_string} is not SHA-2") from None


def _digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()
