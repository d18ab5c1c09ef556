"""TLS of the live fetch: which certificates to trust, and what was negotiated on a connection.

Settings go in and a policy for Twisted comes out; a transport goes in and its facts for the WARC records come out.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName
from OpenSSL import SSL
from OpenSSL.crypto import X509
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.crawler import Crawler
from twisted.internet._sslverify import IOpenSSLTrustRoot, _verifyCB
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import optionsForClientTLS, platformTrust
from twisted.python.failure import Failure
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer  # type: ignore[import-untyped]

HOSTS_KEPT = 256
"""Hosts whose TLS settings are kept: making them reads the system's certificates, 25 ms each time (2026-11)."""

_ANY_NAME = b"host.invalid"


@dataclass(frozen=True)
class Connection:
    """Facts of one connection, for the WARC records of its exchanges."""

    ip: str
    """The dialled address, numeric."""
    protocols: tuple[str, ...]
    """`tls/1.3` or the like where there is TLS."""
    cipher_suite: str | None = None
    """Its IANA name."""
    certificates: tuple[str, ...] = ()
    """`sha256:HEX` of each certificate that the server sent, leaf first."""


def connection_of(transport: Any) -> Connection:
    """Return the facts of a connected transport; with TLS, only after the handshake."""
    ip = transport.getPeer().host
    handle = transport.getHandle()
    if not isinstance(handle, SSL.Connection):
        return Connection(ip, ())
    chain = handle.get_peer_cert_chain(as_cryptography=True) or []
    return Connection(
        ip,
        (handle.get_protocol_version_name().lower().replace("tlsv", "tls/").replace("sslv", "ssl/"),),
        iana_name(handle.get_cipher_name() or ""),
        tuple("sha256:" + sha256(certificate.public_bytes(Encoding.DER)).hexdigest() for certificate in chain),
    )


def iana_name(openssl_name: str) -> str | None:
    """Translate OpenSSL's name of a cipher suite into IANA's.

    `ECDHE-RSA-AES128-GCM-SHA256` is `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. Names of TLS 1.3 are IANA's already; None
    for a suite that no web server offers us (anonymous, PSK, SRP).
    """
    if openssl_name.startswith("TLS_"):
        return openssl_name
    suite = _SUITE.fullmatch(openssl_name)
    if suite is None:
        return None
    keys = {None: "RSA", "ECDHE": "ECDHE_RSA"}.get(suite["keys"], (suite["keys"] or "").replace("-", "_"))
    if suite["cipher"] is None:
        return f"TLS_{keys}_WITH_CHACHA20_POLY1305_SHA256"
    tail = {"CCM": "CCM", "CCM8": "CCM_8"}.get(suite["tail"]) or f"{suite['mode'] or 'CBC'}_{suite['tail']}"
    return f"TLS_{keys}_WITH_{suite['cipher']}_{suite['bits']}_{tail}"


_SUITE = re.compile(
    r"(?:(?P<keys>ECDHE-ECDSA|ECDHE-RSA|ECDHE|DHE-RSA|DHE-DSS)-)?"
    r"(?:(?P<cipher>AES|CAMELLIA|ARIA)(?P<bits>128|256)-(?:(?P<mode>GCM)-)?(?P<tail>SHA\d*|CCM8?)|CHACHA20-POLY1305)"
)


@implementer(IPolicyForHTTPS)
class TrustPolicy:
    """Verify certificates against the system's trust and one PEM file; the settings made for a host are reused."""

    def __init__(self, crawler: Crawler, ca_file: str, verify: bool) -> None:
        self._scrapy: Any = _ScrapyClientContextFactory.from_crawler(crawler)
        self._trust = _Trust(ca_file) if ca_file else None
        self._verify = verify
        self._made: OrderedDict[bytes, IOpenSSLClientConnectionCreator] = OrderedDict()

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        if (made := self._made.pop(hostname, None)) is None:
            made = self._make(hostname, port)
        self._made[hostname] = made
        if len(self._made) > HOSTS_KEPT:
            self._made.popitem(last=False)
        return made

    def _make(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        try:
            return self._options(hostname, port)
        except UnicodeError:
            # Twisted takes only names that IDNA 2008 registers; DNS and certificates also have `a_b` and `☃`.
            options: Any = self._options(_ANY_NAME, port)
            settings = options.made if isinstance(options, _Explaining) else options
            settings._hostnameBytes, settings._hostnameASCII = hostname, hostname.decode("ascii")
            settings._hostname = settings._hostnameASCII
            return cast(IOpenSSLClientConnectionCreator, options)

    def _options(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        if not self._verify:
            self._scrapy._verify_certificates = False
            return cast(IOpenSSLClientConnectionCreator, self._scrapy.creatorForNetloc(hostname, port))
        options = self._scrapy._get_cert_options_kwargs()
        trust: Any = self._trust
        made = optionsForClientTLS(hostname.decode("ascii"), trustRoot=trust, extraCertificateOptions=options)
        return cast(IOpenSSLClientConnectionCreator, _Explaining(made))


@implementer(IOpenSSLClientConnectionCreator)
class _Explaining:
    """Make connections whose failure says what is wrong with the certificate; Twisted says `verify failed`."""

    def __init__(self, made: Any) -> None:
        self.made = made

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        connection: SSL.Connection = self.made.clientConnectionForTLS(tlsProtocol)
        judged = _verifyCB(tlsProtocol, self.made._hostnameIsDnsName, self.made._hostnameASCII)

        def verify(conn: SSL.Connection, cert: X509, code: int, depth: int, ok: int) -> bool:
            verdict = judged(conn, cert, code, depth, bool(ok))
            if not verdict:
                told = refusal(cert.to_cryptography(), 0 if ok else code, depth, self.made._hostnameASCII)
                tlsProtocol._reason = Failure(CertificateRefused(told))
            return verdict

        connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        return connection


class CertificateRefused(SSL.Error):
    """A certificate that can't be trusted; the text says why."""


def refusal(certificate: Certificate, code: int, depth: int, host: str) -> str:
    """Say why a certificate is refused: an error of OpenSSL (X509_V_ERR_…), or 0 when it is for other names."""
    whose = "the certificate" if depth == 0 else f"the authority's certificate ({certificate.subject.rfc4514_string()})"
    if code == 0:
        return f"{whose} is not for {host} but for {_names(certificate)}"
    if code == _EXPIRED:
        return f"{whose} has expired, on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if code == _NOT_YET_VALID:
        return f"{whose} is not yet valid, only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    if code == _SELF_SIGNED:
        return f"{whose} is self-signed and not trusted"
    if code in _UNKNOWN_AUTHORITY:
        return f"{whose} comes from an unknown authority: {certificate.issuer.rfc4514_string()}"
    return f"{whose} can't be verified (error {code} of OpenSSL, see `openssl verify`)"


_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED = 9, 10, 18
_UNKNOWN_AUTHORITY = (2, 19, 20, 21)
"""No issuer, a root that is not trusted, no issuer among those that are, a leaf without its issuer."""
_NAMES_SHOWN = 3


def _names(certificate: Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ValueError, ExtensionNotFound):
        return "no host"
    found = [str(name.value) for name in names if isinstance(name, DNSName | IPAddress)]
    return ", ".join(found[:_NAMES_SHOWN]) + (", …" if len(found) > _NAMES_SHOWN else "") if found else "no host"


@implementer(IOpenSSLTrustRoot)
class _Trust:
    """Trust the system's certificates and those of one PEM file."""

    def __init__(self, ca_file: str) -> None:
        self._ca_file = ca_file

    def _addCACertsToContext(self, context: SSL.Context) -> None:
        platformTrust()._addCACertsToContext(context)
        context.load_verify_locations(self._ca_file)
