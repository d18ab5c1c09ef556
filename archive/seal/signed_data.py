"""The ASN.1 types of a signed time stamp: DER goes in, typed values come out, and back (RFC 5652, RFC 3161, RFC 5035).

Only what timestamps.py reads is spelled out; the rest is kept as it came (`TLV`). `encode_der` gives the same bytes
again. Certificates are a list here and a SET in the RFC: OpenSSL's authorities do not sort theirs.
"""

from __future__ import annotations

from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1

TST_INFO = x509.ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.12")
SIGNING_CERTIFICATE_V2 = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
SHA384 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.2")
SHA512 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.3")


@asn1.sequence
class Algorithm:
    """AlgorithmIdentifier of a digest: no parameters, or NULL."""

    name: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class Attribute:
    """A signed or unsigned attribute: its name and its values, undecoded."""

    name: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class SignerInfo:
    """One signature over the content and over the signed attributes."""

    version: int
    signer: asn1.TLV
    """The certificate, by issuer and serial number; rfc3161-client gives both as values."""
    digest_algorithm: Algorithm
    signed_attributes: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    signature_algorithm: asn1.TLV
    signature: bytes
    unsigned_attributes: Annotated[asn1.SetOf[Attribute] | None, asn1.Implicit(1)]


@asn1.sequence
class Content:
    """EncapsulatedContentInfo: the bytes that are signed, and their type."""

    name: x509.ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    """What was signed, with which certificates, and the signatures."""

    version: int
    digest_algorithms: asn1.SetOf[asn1.TLV]
    content: Content
    certificates: Annotated[list[x509.Certificate] | None, asn1.Implicit(0)]
    revocations: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class Token:
    """TimeStampToken: SignedData around a TSTInfo (RFC 3161, 2.4.2)."""

    name: x509.ObjectIdentifier
    signed: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class Status:
    """PKIStatusInfo: whether an authority granted the request."""

    status: int
    text: list[str] | None
    failure: asn1.BitString | None


@asn1.sequence
class Answer:
    """TimeStampResp: the answer of an authority (RFC 3161, 2.4.2)."""

    status: Status
    token: Token | None


@asn1.sequence
class IssuerSerial:
    """The certificate of a signer, by its issuer's names and its serial number (RFC 5035, 3)."""

    issuer: list[asn1.TLV]
    serial_number: int


@asn1.sequence
class CertificateId:
    """ESSCertID: a certificate by its SHA-1."""

    digest: bytes
    issuer_serial: IssuerSerial | None


@asn1.sequence
class SigningCertificate:
    """The attribute that names the signer's certificate first (RFC 2634, 5.4)."""

    certificates: list[CertificateId]
    policies: list[asn1.TLV] | None


@asn1.sequence
class CertificateIdV2:
    """ESSCertIDv2: a certificate by its digest; without an algorithm it is SHA-256."""

    algorithm: Algorithm | None
    digest: bytes
    issuer_serial: IssuerSerial | None


@asn1.sequence
class SigningCertificateV2:
    """The attribute that names the signer's certificate first (RFC 5035, 3)."""

    certificates: list[CertificateIdV2]
    policies: list[asn1.TLV] | None
