"""RFC 3161 time stamps: some bytes go to a time-stamping authority, a token comes back; checked later without a
network.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from archive.errors import TimestampError

# FOLDED archive/der.py: The little of DER (X.690) that a time stamp needs: values to bytes, and bytes to a tree of tagged values.

INTEGER, OCTETS, NULL, OID, SEQUENCE, SET, BOOLEAN, TIME = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31, 0x01, 0x18


@dataclass(frozen=True)
class Node:
    """One tagged value."""

    tag: int
    """Identifier octet, class and form included; `0xA0` is a constructed `[0]`."""
    content: bytes
    raw: bytes
    """Tag, length and content as they stand."""

    @property
    def children(self) -> list[Node]:
        """The values inside a constructed one. ValueError when they are malformed."""
        return list(parse_all(self.content))

    def integer(self) -> int:
        return int.from_bytes(self.content, "big", signed=True)

    def oid(self) -> str:
        """Dotted form."""
        arcs, value = [], 0
        for octet in self.content:
            value = value << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def parse_all(content: bytes) -> Iterator[Node]:
    """The values that stand one after the other in `content`. ValueError when they do not fill it exactly."""
    position = 0
    while position < len(content):
        start = position
        if len(content) - position < 2 or content[position] & 0x1F == 0x1F:
            raise ValueError("malformed DER")
        tag, length = content[position], content[position + 1]
        position += 2
        if length & 0x80:
            octets = length & 0x7F
            length = int.from_bytes(content[position : position + octets], "big")
            position += octets
            if not 1 <= octets <= 4:
                raise ValueError("malformed DER length")
        if position + length > len(content):
            raise ValueError("DER ends early")
        position += length
        yield Node(tag, content[position - length : position], content[start:position])


def parse(content: bytes) -> Node:
    """The one value in `content`."""
    nodes = list(parse_all(content))
    if len(nodes) != 1:
        raise ValueError(f"{len(nodes)} DER values instead of one")
    return nodes[0]


def encode(tag: int, *content: bytes) -> bytes:
    """A tagged value around `content`."""
    inner = b"".join(content)
    if len(inner) < 0x80:
        return bytes([tag, len(inner)]) + inner
    length = len(inner).to_bytes((len(inner).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + inner


def encode_integer(value: int) -> bytes:
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def encode_oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    octets = bytearray()
    for arc in [first * 40 + second, *rest]:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        octets += bytes(reversed(groups))
    return encode(OID, bytes(octets))


SHA256 = "2.16.840.1.101.3.4.2.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    SHA256: hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_MOST = 1 << 20


def request_token(url: str, content: bytes, timeout: float = 20.0) -> bytes:
    """Asks the authority at `url` for a token over sha256 of `content` (RFC 3161, 2.4 and 3.4). DER of the token."""
    import requests  # 85 ms that only those who ask for time stamps shall pay

    nonce = secrets.randbits(63)
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxies or .netrc passwords from the environment
            answer = session.post(
                url,
                data=encode_request(hashlib.sha256(content).digest(), nonce),
                headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
                timeout=timeout,
                stream=True,
            )
            body = answer.raw.read(_MOST, decode_content=True)
    except (requests.RequestException, OSError) as error:
        raise TimestampError(f"{url}: no time stamp: {error}") from error
    if answer.status_code != 200:
        raise TimestampError(f"{url}: no time stamp: HTTP status {answer.status_code}")
    try:
        token = _granted(parse(body).children)
        info = _Token(token)
    except (ValueError, IndexError) as error:
        raise TimestampError(f"{url}: not a time stamp: {error}") from error
    if info.imprint != hashlib.sha256(content).digest() or info.nonce != nonce:
        raise TimestampError(f"{url}: answered for something that was not asked")
    return token


def encode_request(digest: bytes, nonce: int) -> bytes:
    """A TimeStampReq that asks for the certificates too."""
    algorithm = encode(SEQUENCE, encode_oid(SHA256), encode(NULL))
    imprint = encode(SEQUENCE, algorithm, encode(OCTETS, digest))
    return encode(SEQUENCE, encode_integer(1), imprint, encode_integer(nonce), encode(BOOLEAN, b"\xff"))


def _granted(response: list[Node]) -> bytes:
    status = response[0].children[0].integer()
    if status not in (0, 1) or len(response) < 2:
        raise ValueError(f"the authority refused, status {status}")
    return response[1].raw


def verify_token(
    token: bytes, content: bytes, authorities: Sequence[x509.Certificate] | None = None
) -> tuple[datetime, str]:
    """When `content` was seen, aware UTC, and the name (RFC 4514) of the certificate that says so.

    The token must be over sha256 of `content`, signed by a time-stamping certificate that was valid then and that
    leads to one of `authorities` through the certificates in the token; None = whoever made it. TimestampError
    otherwise. Revocation is not asked: this works offline.
    """
    try:
        found = _Token(token)
        if not hmac.compare_digest(found.imprint, hashlib.sha256(content).digest()):
            raise TimestampError("the time stamp is over something else")
        signer = found.signer()
        if authorities is not None:
            _check_chain(signer, found.certificates, authorities, found.time)
        return found.time, signer.subject.rfc4514_string()
    except (ValueError, IndexError, StopIteration) as error:
        raise TimestampError(f"not a time stamp: {error}") from error


class _Token:
    """The parts of a TimeStampToken (RFC 5652 SignedData around a TSTInfo)."""

    def __init__(self, token: bytes) -> None:
        kind, wrapped = parse(token).children[:2]
        if kind.oid() != SIGNED_DATA:
            raise ValueError("no signed data")
        parts = wrapped.children[0].children
        content = parts[2].children
        if content[0].oid() != TST_INFO:
            raise ValueError("no time stamp inside the signed data")
        self.info = content[1].children[0].content
        self.certificates = [
            x509.load_der_x509_certificate(node.raw) for part in parts[3:] if part.tag == 0xA0 for node in part.children
        ]
        self._signer = parts[-1].children[0].children
        fields = parse(self.info).children
        algorithm, digest = fields[2].children
        if algorithm.children[0].oid() != SHA256:
            raise ValueError("not over a sha256")
        self.imprint = digest.content
        self.time = _time(fields[4].content.decode("ascii"))
        self.nonce = next((node.integer() for node in fields[5:] if node.tag == 0x02), None)

    def signer(self) -> x509.Certificate:
        """The certificate whose key signed; TimestampError when none of those in the token did."""
        algorithm, attributes = self._signer[2], self._signer[3]
        signature = self._signer[5].content
        chosen = _HASHES.get(algorithm.children[0].oid())
        if attributes.tag != 0xA0 or chosen is None:
            raise ValueError("no signed attributes, or a digest that is not SHA-2")
        digest = hashes.Hash(chosen)
        digest.update(self.info)
        signed = next(a.children[1].children[0] for a in attributes.children if a.children[0].oid() == MESSAGE_DIGEST)
        if not hmac.compare_digest(signed.content, digest.finalize()):
            raise TimestampError("the time stamp was altered")
        covered = encode(SET, attributes.content)
        for certificate in self.certificates:
            if _signed(certificate, signature, covered, chosen):
                return certificate
        raise TimestampError("no certificate in the time stamp has signed it")


def _signed(certificate: x509.Certificate, signature: bytes, covered: bytes, digest: hashes.HashAlgorithm) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, covered, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, covered, ec.ECDSA(digest))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _check_chain(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> None:
    try:
        usage = list(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        usage = []
    if ExtendedKeyUsageOID.TIME_STAMPING not in usage:
        raise TimestampError("signed with a certificate that is not for time stamps")
    current = leaf
    for _ in range(8):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise TimestampError(f"{current.subject.rfc4514_string()} was not valid at {at.isoformat()}")
        if any(current == root or _issued(current, root) for root in roots):
            return
        issuer = next((other for other in others if other != current and _issued(current, other)), None)
        if issuer is None:
            break
        current = issuer
    raise TimestampError("the time stamp does not lead to a trusted authority")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.ca


def _time(text: str) -> datetime:
    """A GeneralizedTime of RFC 3161, 2.4.2: UTC, with or without a fraction."""
    form = "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text, form).replace(tzinfo=UTC)
