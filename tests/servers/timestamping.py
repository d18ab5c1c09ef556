"""A time-stamping authority (RFC 3161) on loopback: `with Authority() as authority:` answers at `authority.url`."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive.seal.signed_data import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SHA256,
    SIGNING_CERTIFICATE_V2,
    TST_INFO,
    Algorithm,
    Answer,
    Attribute,
    CertificateIdV2,
    Content,
    SignedData,
    SignerInfo,
    SigningCertificateV2,
    Status,
    Token,
)

NOW = datetime.now(UTC).replace(microsecond=0)
ECDSA_SHA256 = Algorithm(name=x509.ObjectIdentifier("1.2.840.10045.4.3.2"), parameters=None)
SIGNED_DATA = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
DIGEST = Algorithm(name=SHA256, parameters=asn1.Null())
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


@asn1.sequence
class Imprint:
    algorithm: Algorithm
    digest: bytes


@asn1.sequence
class Request:
    version: int
    imprint: Imprint
    policy: x509.ObjectIdentifier | None
    nonce: int | None
    certificates: Annotated[bool, asn1.Default(False)]


@asn1.sequence
class Info:
    """TSTInfo (RFC 3161, 2.4.2)."""

    version: int
    policy: x509.ObjectIdentifier
    imprint: Imprint
    serial_number: int
    time: asn1.GeneralizedTime
    ordering: Annotated[bool, asn1.Default(False)]
    nonce: int | None


@asn1.sequence
class Signer:
    issuer: asn1.TLV
    serial_number: int


def any_value(value: Any) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, value if isinstance(value, bytes) else asn1.encode_der(value))


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None = None,
    issuer_key: ec.EllipticCurvePrivateKey | None = None,
    usage: list[x509.ObjectIdentifier] | None = None,
    *,
    critical: bool = True,
    days: int = 10,
) -> x509.Certificate:
    """Make a certificate; without `usage`, that of an authority that may issue others."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=days))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=critical)
    return builder.sign(issuer_key or key, hashes.SHA256())


class Authority:
    """A time-stamping authority; tests set its attributes to get faulty answers."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = certificate("root", self.root_key)
        self.certificate = self.issue("tsa", [TIME_STAMPING])
        self.status, self.code, self.nonce_shift, self.stamped = 0, 200, 0, b""
        self.content_type = TST_INFO
        self.named: x509.Certificate | None = None
        """The certificate that the signed attributes name, if not the signer's."""
        self.names = 1
        self.signatures = 1
        self.bare = False
        """Whether tokens lack the certificate, as those of FreeTSA that authsign asks for."""
        self.asked = 0
        self.time = NOW

    def issue(self, name: str, usage: list[x509.ObjectIdentifier], *, critical: bool = True) -> x509.Certificate:
        """Issue a certificate for this authority's key."""
        return certificate(name, self.key, self.root, self.root_key, usage, critical=critical)

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        asked = asn1.decode_der(Request, request)
        status = Status(status=self.status, text=None, failure=None)
        if self.status not in (0, 1):
            return asn1.encode_der(Answer(status=status, token=None))
        assert asked.nonce is not None
        token = self.token(self.stamped or asked.imprint.digest, asked.nonce + self.nonce_shift)
        return asn1.encode_der(Answer(status=status, token=asn1.decode_der(Token, token)))

    def token(self, digest: bytes, nonce: int) -> bytes:
        info = asn1.encode_der(
            Info(
                version=1,
                policy=x509.ObjectIdentifier("1.2.3.4"),
                imprint=Imprint(algorithm=DIGEST, digest=digest),
                serial_number=7,
                time=asn1.GeneralizedTime(self.time),
                ordering=True,
                nonce=nonce,
            )
        )
        signed = SignedData(
            version=3,
            digest_algorithms=asn1.SetOf([any_value(DIGEST)]),
            content=Content(name=TST_INFO, content=info),
            certificates=None if self.bare else [self.certificate],
            revocations=None,
            signers=asn1.SetOf([self._signed(info)] * self.signatures),
        )
        return asn1.encode_der(Token(name=SIGNED_DATA, signed=signed))

    def _signed(self, info: bytes) -> SignerInfo:
        named = (self.named or self.certificate).public_bytes(serialization.Encoding.DER)
        identity = CertificateIdV2(algorithm=None, digest=hashlib.sha256(named).digest(), issuer_serial=None)
        values = [
            (CONTENT_TYPE, self.content_type),
            (MESSAGE_DIGEST, asn1.encode_der(hashlib.sha256(info).digest())),
            *[(SIGNING_CERTIFICATE_V2, SigningCertificateV2(certificates=[identity], policies=None))] * self.names,
        ]
        attributes = asn1.SetOf([Attribute(name=name, values=asn1.SetOf([any_value(value)])) for name, value in values])
        signer = Signer(
            issuer=any_value(self.certificate.issuer.public_bytes()), serial_number=self.certificate.serial_number
        )
        return SignerInfo(
            version=1,
            signer=any_value(signer),
            digest_algorithm=DIGEST,
            signed_attributes=attributes,
            signature_algorithm=any_value(ECDSA_SHA256),
            signature=self.key.sign(asn1.encode_der(attributes), ec.ECDSA(hashes.SHA256())),
            unsigned_attributes=None,
        )

    def __enter__(self) -> Authority:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        made = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = made.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(made.code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the log out of the test's output."""

        return Handler
