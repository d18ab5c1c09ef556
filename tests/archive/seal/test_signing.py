"""Signed and time-stamped manifests: proofs hold, or the reason is named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from timestamping import NOW, Authority

from archive import Manifest, StorageError, Trust, UsageError, audit_paths, public_key_of, recover, repair, signer
from archive.audit.across.proofs import Proofs, check_proofs
from archive.audit.findings import Finding
from archive.cli import main


def _faults(folder, keys=(), authorities=()) -> list[str]:
    entries = list(Manifest(folder).entries())
    return [reason for _, _, reason in check_proofs(entries, Trust(tuple(keys), tuple(authorities)))]


@pytest.fixture
def authority() -> Iterator[Authority]:
    with Authority() as made:
        yield made


@pytest.fixture
def key(tmp_path):
    private = Ed25519PrivateKey.generate()
    path = tmp_path / "signing.pem"
    path.touch(0o600)
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
    assert _faults(tmp_path) == _faults(tmp_path, [public], [authority.root]) == []
    assert _faults(tmp_path, [bytes(32)]) == ["signed with a key that is not trusted"] * 2
    stranger = Authority().root
    assert set(_faults(tmp_path, authorities=[stranger])) == {"the time stamp does not lead to a trusted authority"}


def test_a_forged_chain_does_not_hold(tmp_path, open_writer, exchange, authority, key) -> None:
    path, public = key
    with open_writer(signer=signer(path, authority.url)) as writer:
        writer.write(exchange())
    manifest = Manifest(tmp_path)
    content = manifest.path.read_bytes()
    manifest.path.write_bytes(content.replace(b'"records":3', b'"records":2'))
    forged = ["the signature is not valid", "the time stamp covers other content"]
    assert _faults(tmp_path) == _faults(tmp_path, [public], [authority.root]) == forged
    manifest.path.write_bytes(b"")
    with open_writer() as writer:
        writer.write(exchange(url="http://news.example/b"))
    unproved = ["not signed, nor is any line after it", "not time-stamped, nor is any line after it"]
    assert _faults(tmp_path, [public], [authority.root]) == unproved
    assert _faults(tmp_path) == []


def test_a_signed_line_proves_the_lines_before_it_and_not_those_after(tmp_path, open_writer, exchange, key) -> None:
    path, public = key
    sign = signer(path)
    for number, by in enumerate((None, sign, None, sign, None)):
        with open_writer(signer=by) as writer:
            writer.write(exchange(url=f"http://news.example/{number}"))
    entries = list(Manifest(tmp_path).entries())
    for trust, severity in ((Trust(), "warning"), (Trust(keys=(public,)), "error")):
        assert [(entry.line, found) for entry, found, _ in check_proofs(entries, trust)] == [(5, severity)]


def test_the_audit_reports_whether_proofs_hold(tmp_path, open_writer, exchange, authority, key, capsys) -> None:
    path, public = key
    with open_writer(folder=tmp_path / "data", signer=signer(path, authority.url)) as writer:
        writer.write(exchange())
    pem = serialization.Encoding.PEM
    trusted, root = tmp_path / "public.pem", tmp_path / "root.pem"
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    trusted.write_bytes(Ed25519PublicKey.from_public_bytes(public).public_bytes(pem, spki))
    root.write_bytes(authority.root.public_bytes(pem))
    asked = ["audit", str(tmp_path / "data"), "--json", "-"]

    def found(*more: str) -> list[tuple[str, str]]:
        main([*asked, *more])
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [(line["severity"], line["message"]) for line in lines if line.get("check") == 31]

    stamped = f"1 of 1 line is time-stamped, the newest at {NOW:%Y-%m-%dT%H:%M:%SZ} by CN=tsa"
    signed = f"1 of 1 line is signed, by {public.hex()[:16]}"
    assert found() == [
        (
            "note",
            f"{signed}; give --key to say which key is trusted; {stamped}; "
            "give --authority to say whose stamps are trusted",
        )
    ]
    assert found("--key", str(trusted), "--authority", str(root)) == [("note", f"{signed}; {stamped}")]
    manifest = Manifest(tmp_path / "data").path
    manifest.write_bytes(manifest.read_bytes().replace(b'"records":3', b'"records":2'))
    assert [severity for severity, _ in found()] == ["error", "warning", "note"]  # the stamp is over the signature


def _edited(number: int, **changes: Any) -> Callable[[list[bytes]], list[bytes]]:
    """A change to one line of the manifest; in `proof` only the given keys change."""

    def change(lines: list[bytes]) -> list[bytes]:
        document = json.loads(lines[number])
        changed = {**changes, "proof": {**document["proof"], **changes.get("proof", {})}}
        lines[number] = json.dumps(document | changed, separators=(",", ":")).encode() + b"\n"
        return lines

    return change


ALTERED = {
    "a size": _edited(1, size=5),
    "a size in the last line": _edited(2, size=5),
    "a digest in the last line": _edited(2, sha256="0" * 64),
    "a file name in the last line": _edited(2, file="x.warc.gz"),
    "a count in the last line": _edited(2, records=9),
    "the time of the last line": _edited(2, at="2026-11-22T12:00:00Z"),
    "a signature": _edited(1, proof={"ed25519": "AAAA"}),
    "the last signature": _edited(2, proof={"ed25519": "AAAA"}),
    "a signature that is a number": _edited(2, proof={"ed25519": 7}),
    "a key that is a list": _edited(2, proof={"key": []}),
    "all signatures": lambda lines: [_edited(at, proof={"ed25519": ""})(lines)[at] for at in range(3)],
}


@pytest.mark.parametrize("name", ALTERED)
@pytest.mark.parametrize("trusted", [True, False])
def test_one_change_to_a_signed_manifest_is_one_error(name, trusted, tmp_path, open_writer, exchange, key) -> None:
    path, public = key
    for number in range(3):
        with open_writer(folder=tmp_path / "data", signer=signer(path)) as writer:
            writer.write(exchange(url=f"http://news.example/{number}"))
    manifest = Manifest(tmp_path / "data").path
    manifest.write_bytes(b"".join(ALTERED[name](manifest.read_bytes().splitlines(keepends=True))))
    trust = Trust(keys=(public,)) if trusted else Trust()
    found = [
        item for item in audit_paths([tmp_path / "data"], further_checks=[Proofs(trust)]) if isinstance(item, Finding)
    ]
    errors = [(one.check, one.message) for one in found if one.severity == "error"]
    assert [check for check, _ in errors] == [31], errors


def test_an_untrusted_key_is_one_error(tmp_path, open_writer, exchange, key) -> None:
    for number in range(3):
        with open_writer(folder=tmp_path / "data", signer=signer(key[0])) as writer:
            writer.write(exchange(url=f"http://news.example/{number}"))
    trust = Trust(keys=(bytes(32),))
    found = [
        item for item in audit_paths([tmp_path / "data"], further_checks=[Proofs(trust)]) if isinstance(item, Finding)
    ]
    assert [one.message for one in found if one.severity == "error"] == [
        "lines 1 to 3: signed with a key that is not trusted"
    ]


def test_a_repair_in_a_signed_archive_is_signed_or_refused(tmp_path, open_writer, exchange, key) -> None:
    path, public = key
    with open_writer(folder=tmp_path / "data", signer=signer(path)) as writer:
        capture = writer.write(exchange())
    damaged = tmp_path / "data" / "warc" / capture.file
    with damaged.open("ab") as file:
        file.write(b"x")
    with pytest.raises(UsageError, match="its lines are signed; give the key"):
        repair(damaged)
    assert [name.name for name in damaged.parent.iterdir()] == [capture.file]
    assert main(["repair", str(damaged), "--sign", str(path)]) == 1
    assert [entry.kind for entry in Manifest(tmp_path / "data").entries()] == ["sealed", "repaired"]
    assert _faults(tmp_path / "data", [public]) == []


@pytest.mark.parametrize(
    ("fault", "value", "reason"),
    [
        ("status", 2, "the authority refused, status 2"),
        ("code", 503, "HTTP status 503"),
        ("nonce_shift", 1, "answered another request"),
        ("stamped", bytes(32), "answered another request"),
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
    assert _faults(tmp_path, [public], [authority.root]) == []


def test_unusable_keys_are_refused_before_a_run(tmp_path) -> None:
    assert signer() is None
    with pytest.raises(UsageError, match="no signing key"):
        signer(tmp_path / "missing.pem")
    (tmp_path / "junk.pem").touch(0o600)
    (tmp_path / "junk.pem").write_text("junk")
    with pytest.raises(UsageError, match="no signing key"):
        signer(tmp_path / "junk.pem")
    ecdsa = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "other.pem").touch(0o600)
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


@pytest.mark.parametrize("line", [0, 1], ids=["first", "last"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "repaired"),
        ("file", "other.warc.gz"),
        ("at", "2026-11-22T11:00:00.000000Z"),
        ("size", 1),
        ("sha256", "0" * 64),
        ("records", 9),
        ("note", {"recovered": True}),
        ("previous", "1" * 64),
        ("proof", {}),
    ],
)
def test_verify_names_each_altered_field_of_a_signed_line(
    tmp_path, open_writer, exchange, key, capsys, field, value, line
) -> None:
    path, public = key
    for _ in range(2):
        with open_writer(signer=signer(path)) as writer:
            writer.write(exchange())
    trusted = tmp_path / "public.pem"
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    trusted.write_bytes(Ed25519PublicKey.from_public_bytes(public).public_bytes(serialization.Encoding.PEM, spki))
    assert main(["verify", str(tmp_path), "--key", str(trusted)]) == 0
    manifest = tmp_path / "manifest.jsonl"
    lines = [json.loads(text) for text in manifest.read_text().splitlines()]
    written = {name: value if name == field else lines[line][name] for name in lines[line]}
    if field == "note":  # where it is written
        written = {name: part for name, part in written.items() if name not in ("previous", "proof")}
        written |= {"note": value, "previous": lines[line]["previous"], "proof": lines[line]["proof"]}
    lines[line] = written
    manifest.write_text("".join(json.dumps(document, separators=(",", ":")) + "\n" for document in lines))
    assert main(["verify", str(tmp_path), "--key", str(trusted)]) == 1


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        ("key", "no certificate in the time stamp has signed it"),
        ("root", "does not lead to a trusted authority"),
    ],
)
def test_a_stamp_that_proves_nothing_is_refused(tmp_path, open_writer, exchange, authority, spoilt, reason) -> None:
    roots = [Authority().root] if spoilt == "root" else []
    if spoilt == "key":
        authority.key = ec.generate_private_key(ec.SECP256R1())
    writer = open_writer(signer=signer(None, authority.url, roots))
    writer.write(exchange())
    with pytest.raises(StorageError, match=reason):
        writer.close()
    assert not Manifest(tmp_path).path.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o610])
def test_C5_a_key_that_others_can_use_is_refused(key, mode: int) -> None:
    key[0].chmod(mode)
    with pytest.raises(UsageError, match=rf"other users can use the signing key \(mode 0{mode:o}\); `chmod 600 "):
        signer(key[0])
    assert public_key_of(key[0]), "an auditor needs only its public half"
    key[0].chmod(0o400)
    assert signer(key[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root to give a file away")
def test_C5_a_key_of_another_user_is_refused(key) -> None:
    key[0].chmod(0o600)
    os.chown(key[0], 65534, -1)
    with pytest.raises(UsageError, match="the signing key belongs to another user"):
        signer(key[0])


def test_C5_a_key_that_is_a_fifo_does_not_hold_the_start(tmp_path) -> None:
    os.mkfifo(tmp_path / "key.pem", 0o600)
    with pytest.raises(UsageError, match="not a file"):
        signer(tmp_path / "key.pem")
