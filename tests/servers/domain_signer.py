"""Signs WACZ packages as authsign does: with the key of a domain's TLS certificate, and with a time stamp."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from timestamping import NOW, Authority

from archive.seal.signed_data import Answer, Status, Token

PEM = serialization.Encoding.PEM
DIGEST = "datapackage-digest.json"
SIGNER = "sign.example"


class DomainSigner:
    """A root, an intermediate authority and the certificate of a domain; tests set attributes to spoil them."""

    def __init__(self) -> None:
        self.stamps = Authority()
        self.stamps_root = self.stamps.root
        """The root of time-stamping authorities that is trusted."""
        self.root_key, self.between_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self.root = self.issue("root", self.root_key, "root", self.root_key, days=(-3000, 3000))
        self.between = self.issue("between", self.between_key, "root", self.root_key, days=(-300, 300))
        self.leaf = self.issue(SIGNER, self.key, "between", self.between_key, [SIGNER])
        self.chain = [self.leaf, self.between]
        self.domain = SIGNER
        self.created: datetime | None = None
        """None = the time of the stamp."""
        self.stamped: bytes | None = None
        """What the time stamp covers; None = the signature."""
        self.fields: dict[str, Any] = {}
        """Fields of `signedData` that are replaced; None leaves one out."""

    def issue(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        issuer_key: ec.EllipticCurvePrivateKey,
        hosts: list[str] | None = None,
        *,
        days: tuple[float, float] = (-5, 5),
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    ) -> x509.Certificate:
        """Make a certificate; without `hosts` it is of an authority. `days`: from and until, counted from now."""
        public, is_authority = key.public_key(), hosts is None
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(_named(issuer))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + timedelta(days=days[0]))
            .not_valid_after(NOW + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
            .add_extension(_key_usage(is_authority=is_authority), critical=True)
        )
        if hosts is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    def signed_data(self, label: str) -> dict[str, Any]:
        """The signature of the hash `label`."""
        signature = base64.b64encode(self.key.sign(label.encode(), ec.ECDSA(hashes.SHA256())))
        digest = hashlib.sha256(signature if self.stamped is None else self.stamped).digest()
        token = asn1.decode_der(Token, self.stamps.token(digest, 1))
        answer = asn1.encode_der(Answer(status=Status(status=0, text=None, failure=None), token=token))
        fields = {
            "hash": label,
            "created": f"{self.created or self.stamps.time:%Y-%m-%dT%H:%M:%SZ}",
            "software": "authsigner 0.5.0",
            "version": "0.1.0",
            "signature": signature.decode(),
            "domain": self.domain,
            "domainCert": _pem(*self.chain),
            "timeSignature": base64.b64encode(answer).decode(),
            "timestampCert": _pem(self.stamps.certificate, self.stamps.root),
            "crossSignedCert": None,
        }
        return {name: value for name, value in (fields | self.fields).items() if value is not None}

    def sign(self, path: Path) -> Path:
        """Sign the package at `path`, whose files stay as they are."""
        with zipfile.ZipFile(path) as wacz:
            members = {info: wacz.read(info) for info in wacz.infolist() if info.filename != DIGEST}
            label = "sha256:" + hashlib.sha256(wacz.read("datapackage.json")).hexdigest()
        digest = {"path": "datapackage.json", "hash": label, "signedData": self.signed_data(label)}
        with zipfile.ZipFile(path, "w") as wacz:
            for info, content in members.items():
                wacz.writestr(info, content)
            wacz.writestr(DIGEST, json.dumps(digest))
        return path

    def roots(self, folder: Path) -> list[str]:
        """The options that trust the root and the time-stamping authority."""
        (folder / "root.pem").write_text(_pem(self.root))
        (folder / "tsa.pem").write_text(_pem(self.stamps_root))
        return ["--roots", str(folder / "root.pem"), "--authority", str(folder / "tsa.pem")]


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(*certificates: x509.Certificate) -> str:
    return "".join(one.public_bytes(PEM).decode() for one in certificates)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
