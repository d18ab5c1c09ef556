"""Signatures of packages as wacz-auth has them: both forms, altered in every field, and what the audit says.

What is proved by the certificate of a domain is in tests/archive/audit/test_domains.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from domain_signer import SIGNER, DomainSigner

from archive import ArchiveWriter, Exchange, pack, package_signer
from archive.cli import main
from archive.errors import ArchiveError, UsageError
from archive.seal.wacz_auth import BadSignature, Domain, Unverified, verify_package_signature

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
LABEL = "sha256:" + "0f" * 32
PEM = serialization.Encoding.PEM
PUBLIC = serialization.PublicFormat.SubjectPublicKeyInfo


def key_file(path: Path, curve: ec.EllipticCurve | None = None) -> Path:
    key = ec.generate_private_key(curve or ec.SECP384R1())
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(PEM, form, none))
    path.chmod(0o600)
    path.with_suffix(".pub").write_bytes(key.public_key().public_bytes(PEM, PUBLIC))
    return path


@pytest.fixture
def signed(tmp_path: Path) -> dict[str, str]:
    return package_signer(key_file(tmp_path / "key.pem"))(LABEL, AT, "warcpress")


@pytest.fixture
def signer() -> DomainSigner:
    return DomainSigner()


@pytest.fixture
def of_a_domain(signer: DomainSigner) -> dict[str, Any]:
    return signer.signed_data(LABEL)


def test_the_anonymous_form_has_the_fields_of_the_specification(signed: dict[str, str]) -> None:
    assert set(signed) == {"hash", "created", "software", "version", "signature", "publicKey"}
    assert len(base64.b64decode(signed["signature"])) == 96  # as WebCrypto, and so ReplayWeb.page, takes it
    assert verify_package_signature(signed).key == base64.b64decode(signed["publicKey"])


def test_the_form_of_a_domain(of_a_domain: dict[str, Any], signer: DomainSigner) -> None:
    found = verify_package_signature(of_a_domain, [signer.stamps.root], [signer.root])
    assert found.domain == Domain(SIGNER, signer.stamps.time, "CN=root", "", "CN=tsa", "")


@pytest.mark.parametrize("field", ["hash", "signature", "publicKey"])
@pytest.mark.parametrize("value", [None, 3, "", "x", "AAAA", [], "\ud800", "A" * 128])
def test_whatever_is_in_a_field_ends_in_words(signed: dict[str, Any], field: str, value: object) -> None:
    with pytest.raises(ArchiveError) as raised:
        verify_package_signature({**signed, field: value})
    assert type(raised.value) in (BadSignature, Unverified)


@pytest.mark.parametrize("value", [None, "", "x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_certificate_that_is_none(of_a_domain: dict[str, Any], value: object) -> None:
    with pytest.raises(Unverified):
        verify_package_signature({**of_a_domain, "domainCert": value})


@pytest.mark.parametrize("field", ["domain", "created", "timeSignature", "timestampCert"])
@pytest.mark.parametrize("value", [3, "", "x", "AAAA", [], "\ud800", "\0.example", "*.example", "A" * 300])
def test_whatever_is_in_a_field_of_a_domain_ends_in_words(
    of_a_domain: dict[str, Any], signer: DomainSigner, field: str, value: object
) -> None:
    try:
        found = verify_package_signature({**of_a_domain, field: value}, [signer.stamps.root], [signer.root])
    except (BadSignature, Unverified):
        return
    assert found.domain and found.domain.name == SIGNER
    assert found.domain.unstamped


def test_another_signature_is_not_valid(signed: dict[str, str], tmp_path: Path) -> None:
    other = package_signer(key_file(tmp_path / "other.pem"))(LABEL, AT, "warcpress")
    with pytest.raises(BadSignature, match="not valid"):
        verify_package_signature({**signed, "publicKey": other["publicKey"]})


def test_other_keys_do_not_sign(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="P-384"):
        package_signer(key_file(tmp_path / "short.pem", ec.SECP256R1()))
    (tmp_path / "none.pem").write_bytes(b"")
    (tmp_path / "none.pem").chmod(0o600)
    with pytest.raises(UsageError, match="no signing key"):
        package_signer(tmp_path / "none.pem")


@pytest.fixture
def package(tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> Path:
    with open_writer() as writer:
        writer.write(exchange())
    key, target = key_file(tmp_path / "packer.pem"), tmp_path / "signed.wacz"
    assert main(["pack", str(tmp_path), str(target), "--sign", str(key)]) == 0
    return target


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    code = main(list(map(str, arguments)))
    return code, capsys.readouterr().out


def test_a_signed_package_and_a_trusted_key(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(package) as wacz:
        digest = json.loads(wacz.read("datapackage-digest.json"))
        assert digest["hash"] == "sha256:" + hashlib.sha256(wacz.read("datapackage.json")).hexdigest()
    assert digest["signedData"]["hash"] == digest["hash"]
    key = package.with_name("packer.pub")
    code, text = said(capsys, "audit", package, "--key", key, "--json", "-")
    assert code == 0 and "which is trusted" in text
    code, text = said(capsys, "verify", package, "--key", key)
    assert code == 0 and "  proved: package: the packer signed the package" in text
    code, text = said(capsys, "verify", package)
    assert code == 0 and "  stated: package: the packer signed the package" in text


def test_a_signed_package_and_another_key(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = key_file(package.with_name("other.pem")).with_suffix(".pub")
    code, text = said(capsys, "audit", package, "--key", other, "--json", "-")
    assert code == 1 and "with a key that is not trusted" in text
    code, text = said(capsys, "verify", package, "--key", other)
    assert code == 1 and "  WRONG: package: " in text


def test_a_signature_that_was_altered(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(package) as wacz:
        members = {info: wacz.read(info) for info in wacz.infolist()}
    with zipfile.ZipFile(package, "w") as wacz:
        for info, content in members.items():
            if info.filename == "datapackage-digest.json":
                document = json.loads(content)
                signature = document["signedData"]["signature"]
                document["signedData"]["signature"] = ("B" if signature[0] == "A" else "A") + signature[1:]
                content = json.dumps(document).encode()
            wacz.writestr(info, content)
    code, text = said(capsys, "audit", package, "--json", "-")
    assert code == 1 and "it is not valid" in text
    code, text = said(capsys, "verify", package)
    assert code == 1 and "WRONG: package: its signature: it is not valid" in text


def test_pack_takes_a_signer(package: Path) -> None:
    sign = package_signer(package.with_name("packer.pem"))
    pack(package.parent, package, sign=sign)
    with zipfile.ZipFile(package) as wacz:
        verify_package_signature(json.loads(wacz.read("datapackage-digest.json"))["signedData"])
