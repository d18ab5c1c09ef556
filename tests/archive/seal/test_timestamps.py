"""RFC 3161 tokens: valid and spoilt ones, from an authority of our own; OpenSSL's and ours verified by each other."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from openssl_authority import OpenSSLAuthority
from timestamping import NOW, TIME_STAMPING, Authority

from archive import Manifest, signer
from archive.errors import TimestampError
from archive.seal.signed_data import MESSAGE_DIGEST
from archive.seal.signing import stamped
from archive.seal.timestamps import request_token, verify_token

DIGEST = hashlib.sha256(b"x").digest()


@pytest.fixture
def authority() -> Authority:
    return Authority()


def test_an_authority_that_cannot_be_reached_is_an_error() -> None:
    with pytest.raises(TimestampError, match="no time stamp"):
        request_token("http://127.0.0.1:9/", b"x", seconds=2)


def test_a_token_gives_its_time_and_the_name_of_its_signer(authority: Authority) -> None:
    token = authority.token(DIGEST, 1)
    assert verify_token(token, b"x", [authority.root]) == (NOW, "CN=tsa")
    assert verify_token(token, b"x", [authority.certificate]) == verify_token(token, b"x") == (NOW, "CN=tsa")


def test_a_token_over_something_else_or_altered_or_cut_is_refused(authority: Authority) -> None:
    token = authority.token(DIGEST, 1)
    with pytest.raises(TimestampError, match="other content"):
        verify_token(token, b"y", [authority.root])
    with pytest.raises(TimestampError, match="altered"):
        verify_token(token.replace(DIGEST, hashlib.sha256(b"y").digest()), b"y", [authority.root])
    for end in range(0, len(token), 50):
        with pytest.raises(TimestampError, match="not a time stamp"):
            verify_token(token[:end], b"x", [authority.root])


def _expired(authority: Authority) -> None:
    authority.time = NOW + timedelta(days=20)


def _for_web_servers(authority: Authority) -> None:
    authority.certificate = authority.issue("web", [ExtendedKeyUsageOID.SERVER_AUTH])


def _for_more_than_time_stamps(authority: Authority) -> None:
    authority.certificate = authority.issue("both", [TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING])


def _usage_not_critical(authority: Authority) -> None:
    authority.certificate = authority.issue("tsa", [TIME_STAMPING], critical=False)


def _no_usage(authority: Authority) -> None:
    authority.certificate, authority.key = authority.root, authority.root_key


def _another_key(authority: Authority) -> None:
    authority.key = ec.generate_private_key(ec.SECP256R1())


def _another_content_type(authority: Authority) -> None:
    authority.content_type = MESSAGE_DIGEST


def _another_certificate_named(authority: Authority) -> None:
    authority.named = authority.issue("other", [TIME_STAMPING])


def _no_certificate_named(authority: Authority) -> None:
    authority.names = 0


def _two_certificates_named(authority: Authority) -> None:
    authority.names = 2


def _two_signatures(authority: Authority) -> None:
    authority.signatures = 2


def _no_signature(authority: Authority) -> None:
    authority.signatures = 0


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_expired, "CN=tsa was not valid at"),
        (_for_web_servers, "not for time stamps only"),
        (_for_more_than_time_stamps, "not for time stamps only"),
        (_usage_not_critical, "not for time stamps only"),
        (_no_usage, "not for time stamps only"),
        (_another_key, "no certificate in the time stamp has signed it"),
        (_another_content_type, "signed as another type of content"),
        (_another_certificate_named, "the signed attributes name another certificate"),
        (_no_certificate_named, "the signed attributes name no certificate"),
        (_two_certificates_named, "2 values of the signed attribute"),
        (_two_signatures, "2 signatures instead of one"),
        (_no_signature, "0 signatures instead of one"),
    ],
)
def test_a_token_that_proves_nothing_is_refused(
    spoil: Callable[[Authority], None], reason: str, trusted: bool, authority: Authority
) -> None:
    spoil(authority)
    with pytest.raises(TimestampError, match=reason):
        verify_token(authority.token(DIGEST, 1), b"x", [authority.root] if trusted else None)


def test_a_token_must_lead_to_a_trusted_root(authority: Authority) -> None:
    token = authority.token(DIGEST, 1)
    for strangers in ([Authority().root], []):
        with pytest.raises(TimestampError, match="does not lead to a trusted authority"):
            verify_token(token, b"x", strangers)


@pytest.fixture
def openssl(tmp_path: Path) -> Callable[..., None]:
    """Give a function that runs openssl in a folder with a root and a time-stamping authority."""
    return OpenSSLAuthority(tmp_path).run


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_tokens_that_openssl_makes_are_verified(digest: str, openssl: Callable[..., None], tmp_path: Path) -> None:
    """With `ess_cert_id_alg = sha1` OpenSSL writes the older signing-certificate attribute."""
    settings = tmp_path / "cnf"
    settings.write_text(f"{settings.read_text()}ess_cert_id_alg = {digest}\ness_cert_id_chain = yes\n")
    (tmp_path / "data").write_bytes(b"a line of the manifest")
    openssl("ts -query -data data -sha256 -cert -out query")
    openssl("ts -reply -config cnf -queryfile query -signer tsa.pem -inkey tsa.key -chain root.pem -out reply")
    openssl("ts -reply -config cnf -in reply -token_out -out token")
    token = (tmp_path / "token").read_bytes()
    root = x509.load_pem_x509_certificate((tmp_path / "root.pem").read_bytes())
    time, name = verify_token(token, b"a line of the manifest", [root])
    assert abs(datetime.now(UTC) - time) < timedelta(minutes=5)
    assert name == "CN=tsa"
    with pytest.raises(TimestampError, match="other content"):
        verify_token(token, b"another line", [root])
    with pytest.raises(TimestampError, match="does not lead to a trusted authority"):
        verify_token(token, b"a line of the manifest", [Authority().root])


def test_openssl_verifies_the_tokens_that_are_stored(
    openssl: Callable[..., None], tmp_path: Path, open_writer, exchange
) -> None:
    with Authority() as authority, open_writer(signer=signer(None, authority.url)) as writer:
        writer.write(exchange())
    (entry,) = Manifest(tmp_path).entries()
    (tmp_path / "token").write_bytes(base64.b64decode(entry.proof["rfc3161"]))
    (tmp_path / "line").write_bytes(stamped(entry.unsigned(), entry.proof))
    (tmp_path / "authority.pem").write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
    openssl("ts -verify -token_in -in token -data line -CAfile authority.pem")
    with pytest.raises(AssertionError):
        openssl("ts -verify -token_in -in token -data line -CAfile root.pem")
