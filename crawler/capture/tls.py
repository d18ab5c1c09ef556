"""TLS of the live fetch: which certificates to trust, and what was negotiated on a connection.

Settings go in and the context of a connection comes out; a connection goes in and its facts for the WARC records come
out.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from scrapy.settings import BaseSettings

from crawler.capture.recording import Facts

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


class Contexts:
    """The contexts of a run, made when first needed: reading the system's certificates takes 25 ms (2026-11)."""

    def __init__(self, settings: BaseSettings) -> None:
        self._settings = settings
        self._made: dict[tuple[bool, bool], ssl.SSLContext] = {}

    def of(self, verify: bool, host: str) -> ssl.SSLContext:
        """Return the context that trusts the system and the PEM file of the settings, or one that checks nothing."""
        # OpenSSL takes `*.example` for no certificate of `a_b.example`, as browsers and curl do: VerifiedTls compares.
        wanted = (verify, verify and "_" not in host)
        if wanted not in self._made:
            self._made[wanted] = self._make(*wanted)
        return self._made[wanted]

    def _make(self, verify: bool, check_hostname: bool) -> ssl.SSLContext:
        settings = self._settings
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.sslobject_class = VerifiedTls
        context.hostname_checks_common_name = False
        context.check_hostname = check_hostname
        if ciphers := settings.get("DOWNLOADER_CLIENT_TLS_CIPHERS"):
            context.set_ciphers(ciphers)
        if least := settings.get("DOWNLOAD_TLS_MIN_VERSION"):
            context.minimum_version = _version(least)
        if most := settings.get("DOWNLOAD_TLS_MAX_VERSION"):
            context.maximum_version = _version(most)
        if "SSLKEYLOGFILE" in os.environ:
            context.keylog_filename = os.environ["SSLKEYLOGFILE"]
        if verify:
            context.load_default_certs()
            if ca_file := settings.get("DOWNLOAD_CA_FILE"):
                context.load_verify_locations(ca_file)
        else:
            context.verify_mode = ssl.CERT_NONE
        return context


def _version(name: str) -> ssl.TLSVersion:
    try:
        return _VERSIONS[name]
    except KeyError:
        raise ValueError(f"{name!r} is no version of TLS; known are {', '.join(_VERSIONS)}") from None


class VerifiedTls(ssl.SSLObject):
    """The TLS of one connection: says why a certificate is refused, and whether the server ended the connection."""

    said_goodbye = False
    """Whether close_notify came: without it, the end of the connection may be an attacker's."""

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        data = super().read(len, buffer)
        if not data:
            self.said_goodbye = True
        return data

    def do_handshake(self) -> None:
        host = self.server_hostname or ""
        try:
            super().do_handshake()
        except ssl.SSLCertVerificationError as error:
            told = refusal(error.verify_code, error.verify_message, chain_of(self), host)
            raise CertificateRefused(told) from error
        if self.context.verify_mode and not self.context.check_hostname and not _is_for(self.getpeercert(), host):
            raise CertificateRefused(refusal(_OTHER_NAME[0], "", chain_of(self), host))


class CertificateRefused(ssl.SSLError):
    """A certificate that can't be trusted; the text says why."""

    def __str__(self) -> str:
        return str(self.args[0])


def chain_of(tls: Any) -> list[bytes]:
    """Return the certificates (DER) that the server sent, leaf first."""
    if hasattr(tls, "get_unverified_chain"):
        return list(tls.get_unverified_chain())
    import _ssl

    # Python 3.11 and 3.12, which get no more features, have it on the inner object only.
    return [sent.public_bytes(_ssl.ENCODING_DER) for sent in tls._sslobj.get_unverified_chain() or ()]


def facts_of(ip: str, tls: Any) -> Facts:
    """Return the facts of a connection; `tls` is None, or its SSLObject after the handshake."""
    if tls is None:
        return Facts(ip)
    name, _, _ = tls.cipher()
    return Facts(
        ip,
        (tls.version().lower().replace("tlsv", "tls/").replace("sslv", "ssl/"),),
        iana_name(name),
        tuple("sha256:" + sha256(certificate).hexdigest() for certificate in chain_of(tls)),
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


def _is_for(certificate: Mapping[str, Any] | None, host: str) -> bool:
    """Tell whether a certificate names the host, or its domain with `*` (RFC 9525, 6.3)."""
    names = [name.lower() for kind, name in (certificate or {}).get("subjectAltName", ()) if kind == "DNS"]
    return host.lower() in names or f"*.{host.lower().partition('.')[2]}" in names


def refusal(code: int, message: str, chain: list[bytes], host: str) -> str:
    """Say why a chain of certificates, leaf first, is refused; `code` and `message` are OpenSSL's."""
    from cryptography.x509 import load_der_x509_certificate

    if not chain:
        return message
    sent = [load_der_x509_certificate(certificate) for certificate in chain]
    now = datetime.now(UTC)
    expired = next((depth for depth, one in enumerate(sent) if one.not_valid_after_utc < now), 0)
    early = next((depth for depth, one in enumerate(sent) if one.not_valid_before_utc > now), 0)
    depth = {_EXPIRED: expired, _NOT_YET_VALID: early, **dict.fromkeys(_NO_ROOT, len(sent) - 1)}.get(code, 0)
    certificate = sent[depth]
    whose = "the certificate" if depth == 0 else f"the authority's certificate ({certificate.subject.rfc4514_string()})"
    if code in _OTHER_NAME:
        return f"{whose} is not for {host} but for {_names(certificate)}"
    if code == _EXPIRED:
        return f"{whose} has expired, on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    if code == _NOT_YET_VALID:
        return f"{whose} is not yet valid, only from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    if code == _SELF_SIGNED:
        return f"{whose} is self-signed and not trusted"
    if code in (*_NO_ROOT, *_NO_ISSUER):
        return f"{whose} comes from an unknown authority: {certificate.issuer.rfc4514_string()}"
    return f"{whose} can't be verified: {message} (error {code} of OpenSSL)"


_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED = 9, 10, 18
_NO_ISSUER, _NO_ROOT = (20, 21), (2, 19)
"""No issuer of the leaf, a leaf that can't be verified; no issuer of the last one, a last one that is not trusted."""
_OTHER_NAME = (62, 64)
_NAMES_SHOWN = 3
"""Errors of OpenSSL are X509_V_ERR_…, in x509_vfy.h."""


def _names(certificate: Certificate) -> str:
    from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName

    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ValueError, ExtensionNotFound):
        return "no host"
    found = [str(name.value) for name in names if isinstance(name, DNSName | IPAddress)]
    return ", ".join(found[:_NAMES_SHOWN]) + (", …" if len(found) > _NAMES_SHOWN else "") if found else "no host"
