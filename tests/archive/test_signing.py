"""Signed, time-stamped manifests, with a time-stamping authority of our own: proofs hold, or say why not."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archive import Manifest, StorageError, UsageError, check_proofs, recover, signer
from archive.cli import main
from archive.der import BOOLEAN, NULL, OCTETS, SEQUENCE, SET, TIME, encode, encode_integer, encode_oid, parse
from archive.timestamps import (
    MESSAGE_DIGEST,
    SHA256,
    SIGNED_DATA,
    TST_INFO,
    TimestampError,
    request_token,
    verify_token,
)

NOW = datetime.now(UTC).replace(microsecond=0)
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
CONTENT_TYPE = "1.2.840.113549.1.9.3"


def _certificate(name: str, key, issuer=None, issuer_key=None, usage=None, days: int = 10) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=days))
        .not_valid_after(NOW + timedelta(days=days if days > 0 else -days + 1))
        .add_extension(x509.BasicConstraints(ca=usage is None, path_length=None), critical=True)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=True)
    return builder.sign(issuer_key or key, hashes.SHA256())


class Authority:
    """A time-stamping authority: what it answers can be spoilt by setting its attributes."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = _certificate("root", root_key)
        self.usage = [ExtendedKeyUsageOID.TIME_STAMPING]
        self.certificate = _certificate("tsa", self.key, self.root, root_key, self.usage)
        self.web = _certificate("web", self.key, self.root, root_key, [ExtendedKeyUsageOID.SERVER_AUTH])
        self.status, self.code, self.nonce_shift, self.stamped = 0, 200, 0, b""
        self.time = NOW

    def answer(self, request: bytes) -> bytes:
        _version, imprint, nonce, _certificates = parse(request).children
        if self.status not in (0, 1):
            return encode(SEQUENCE, encode(SEQUENCE, encode_integer(self.status)))
        digest = imprint.children[1].content
        token = self.token(self.stamped or digest, nonce.integer() + self.nonce_shift)
        return encode(SEQUENCE, encode(SEQUENCE, encode_integer(self.status)), token)

    def token(self, digest: bytes, nonce: int) -> bytes:
        sha256 = encode(SEQUENCE, encode_oid(SHA256), encode(NULL))
        info = encode(
            SEQUENCE,
            encode_integer(1),
            encode_oid("1.2.3.4"),
            encode(SEQUENCE, sha256, encode(OCTETS, digest)),
            encode_integer(7),
            encode(TIME, self.time.strftime("%Y%m%d%H%M%SZ").encode()),
            encode(BOOLEAN, b"\xff"),
            encode_integer(nonce),
        )
        attributes = encode(SEQUENCE, encode_oid(CONTENT_TYPE), encode(SET, encode_oid(TST_INFO))) + encode(
            SEQUENCE, encode_oid(MESSAGE_DIGEST), encode(SET, encode(OCTETS, hashlib.sha256(info).digest()))
        )
        issuer = encode(
            SEQUENCE, self.certificate.issuer.public_bytes(), encode_integer(self.certificate.serial_number)
        )
        signed = encode(
            SEQUENCE,
            encode_integer(1),
            issuer,
            sha256,
            encode(0xA0, attributes),
            encode(SEQUENCE, encode_oid(ECDSA_SHA256)),
            encode(OCTETS, self.key.sign(encode(SET, attributes), ec.ECDSA(hashes.SHA256()))),
        )
        data = encode(
            SEQUENCE,
            encode_integer(3),
            encode(SET, sha256),
            encode(SEQUENCE, encode_oid(TST_INFO), encode(0xA0, encode(OCTETS, info))),
            encode(0xA0, self.certificate.public_bytes(serialization.Encoding.DER)),
            encode(SET, signed),
        )
        return encode(SEQUENCE, encode_oid(SIGNED_DATA), encode(0xA0, data))


@pytest.fixture
def authority():
    made = Authority()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = made.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(made.code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not into the test's output."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def key(tmp_path):
    private = Ed25519PrivateKey.generate()
    path = tmp_path / "signing.pem"
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path, private.public_key().public_bytes_raw()


def test_sealed_files_are_signed_and_stamped(tmp_path, open_writer, exchange, authority, key) -> None:
    path, public = key
    for _ in range(2):
        with open_writer(signer=signer(path, authority.url)) as writer:
            writer.write(exchange())
    manifest = Manifest(tmp_path)
    assert [set(entry.proof) for entry in manifest.entries()] == [{"ed25519", "key", "rfc3161"}] * 2
    assert list(check_proofs(manifest, [public], [authority.root])) == []
    assert [reason for _, reason in check_proofs(manifest, [bytes(32)])] == [
        "signed with a key that is not trusted"
    ] * 2
    stranger = Authority().root
    assert {reason for _, reason in check_proofs(manifest, authorities=[stranger])} == {
        "the time stamp does not lead to a trusted authority"
    }


def test_a_forged_chain_does_not_hold(tmp_path, open_writer, exchange, authority, key) -> None:
    path, public = key
    with open_writer(signer=signer(path, authority.url)) as writer:
        writer.write(exchange())
    manifest = Manifest(tmp_path)
    content = manifest.path.read_bytes()
    manifest.path.write_bytes(content.replace(b'"records":3', b'"records":2'))
    assert [reason for _, reason in check_proofs(manifest, [public], [authority.root])] == [
        "the signature does not hold",
        "the time stamp is over something else",
    ]
    manifest.path.write_bytes(b"")
    with open_writer() as writer:
        writer.write(exchange(url="http://news.example/b"))
    assert [reason for _, reason in check_proofs(manifest, [public], [authority.root])] == [
        "not signed",
        "not time-stamped",
    ]


@pytest.mark.parametrize(
    ("fault", "value", "reason"),
    [
        ("status", 2, "the authority refused, status 2"),
        ("code", 503, "HTTP status 503"),
        ("nonce_shift", 1, "answered for something that was not asked"),
        ("stamped", bytes(32), "answered for something that was not asked"),
    ],
)
def test_a_failing_signer_is_an_error_and_the_next_run_seals(
    tmp_path, open_writer, exchange, authority, key, fault, value, reason
) -> None:
    path, public = key
    sign = signer(path, authority.url)
    good = getattr(authority, fault)
    writer = open_writer(signer=sign)
    capture = writer.write(exchange())
    setattr(authority, fault, value)
    with pytest.raises(StorageError, match=reason):
        writer.close()
    assert [name.name for name in (tmp_path / "warc").iterdir()] == [capture.file + ".open"]
    with pytest.raises(StorageError, match=reason):
        recover(tmp_path, signer=sign)
    setattr(authority, fault, good)
    (found,) = recover(tmp_path, signer=sign)
    assert found.captures == (capture,)
    assert list(check_proofs(Manifest(tmp_path), [public], [authority.root])) == []


def test_an_authority_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TimestampError, match="no time stamp"):
        request_token("http://127.0.0.1:9/", b"x", timeout=2)


def test_what_a_token_must_be(authority) -> None:
    digest = hashlib.sha256(b"x").digest()
    token = authority.token(digest, 1)
    assert verify_token(token, b"x", [authority.root]) == NOW
    assert verify_token(token, b"x", [authority.certificate]) == NOW
    with pytest.raises(TimestampError, match="something else"):
        verify_token(token, b"y", [authority.root])
    with pytest.raises(TimestampError, match="altered"):
        verify_token(token.replace(digest, hashlib.sha256(b"y").digest()), b"y", [authority.root])
    for end in range(0, len(token), 50):
        with pytest.raises(TimestampError):
            verify_token(token[:end], b"x", [authority.root])
    authority.time = NOW + timedelta(days=20)
    with pytest.raises(TimestampError, match="was not valid at"):
        verify_token(authority.token(digest, 1), b"x", [authority.root])
    authority.time, authority.certificate = NOW, authority.web
    with pytest.raises(TimestampError, match="not for time stamps"):
        verify_token(authority.token(digest, 1), b"x", [authority.root])
    authority.key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(TimestampError, match="no certificate in the time stamp has signed it"):
        verify_token(authority.token(digest, 1), b"x", [authority.root])


def test_keys_that_are_none_are_refused_before_a_run(tmp_path) -> None:
    assert signer() is None
    with pytest.raises(UsageError, match="no signing key"):
        signer(tmp_path / "missing.pem")
    (tmp_path / "junk.pem").write_text("junk")
    with pytest.raises(UsageError, match="no signing key"):
        signer(tmp_path / "junk.pem")
    ecdsa = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "other.pem").write_bytes(ecdsa)
    with pytest.raises(UsageError, match="not an ed25519 key"):
        signer(tmp_path / "other.pem")


def test_the_command_line_verifies_proofs(tmp_path, open_writer, exchange, authority, key, capsys) -> None:
    path, public = key
    with open_writer(signer=signer(path, authority.url)) as writer:
        writer.write(exchange())
    pem = serialization.Encoding.PEM
    trusted, root, other = tmp_path / "public.pem", tmp_path / "root.pem", tmp_path / "other.pem"
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    trusted.write_bytes(Ed25519PublicKey.from_public_bytes(public).public_bytes(pem, spki))
    other.write_bytes(Ed25519PrivateKey.generate().public_key().public_bytes(pem, spki))
    root.write_bytes(authority.root.public_bytes(pem))
    assert main(["verify", str(tmp_path), "--key", str(trusted), "--authority", str(root)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["verify", str(tmp_path), "--key", str(other)]) == 1
    assert capsys.readouterr().out.endswith("signed with a key that is not trusted\n")
    assert main(["verify", str(tmp_path), "--key", str(root)]) == 2
    assert main(["verify", str(tmp_path), "--authority", str(trusted)]) == 2
