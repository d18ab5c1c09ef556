"""[archive] signing_key, timestamp_url: every sealed file is signed and stamped, or the run fails."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pages import article
from timestamping import Authority
from wire_server import Answer, WireServer, body

from archive import Manifest

TEXT = "The ferry between the islands runs again from Monday, the harbour office said after a week of storms. " * 3
SOURCE = '[[source]]\nname = "isle"\nurls = ["http://isle.test/a"]\n'
PEM = serialization.Encoding.PEM


@pytest.fixture
def authority() -> Iterator[Authority]:
    with Authority() as running:
        yield running


@pytest.fixture
def key(place) -> Ed25519PrivateKey:
    """The signing key, in `signing.pem` beside warcpress.toml."""
    private = Ed25519PrivateKey.generate()
    (place.folder / "signing.pem").touch(0o600)
    (place.folder / "signing.pem").write_bytes(_pem(private))
    return private


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def configure(place, server, archive: str) -> None:
    server["isle.test/a"] = article("The ferry runs again", [TEXT, TEXT, TEXT])
    place.configure(f"[archive]\n{archive}\n{SOURCE}")


def proofs(place) -> list[set[str]]:
    return [set(entry.proof) for entry in Manifest(place.data).entries()]


def findings(place, *arguments: str) -> list[dict[str, object]]:
    done = place.run("audit", "--json", "-", *arguments, code=None)
    return [line for line in map(json.loads, done.out.splitlines()) if line.get("check") == 31]


def test_runs_are_signed_and_stamped_and_the_audit_says_so(place, server, authority, key) -> None:
    (place.folder / "root.pem").write_bytes(authority.root.public_bytes(PEM))
    configure(
        place,
        server,
        f'signing_key = "signing.pem"\ntimestamp_url = "{authority.url}"\ntimestamp_roots = ["root.pem"]',
    )
    place.run("crawl")
    server["isle.test/a"] = article("The ferry runs again", [TEXT, TEXT, "It was held up for an hour."])
    place.run("refetch", "http://isle.test/a")
    place.run("preview", "http://isle.test/a")  # stores nothing, so nothing is signed
    assert proofs(place) == [{"ed25519", "key", "rfc3161"}] * 2
    assert authority.asked == 2
    name = key.public_key().public_bytes_raw().hex()[:16]
    [note] = findings(place)
    assert note["severity"] == "note"
    assert str(note["message"]).startswith(f"2 of 2 lines are signed, by {name}; 2 of 2 lines are time-stamped")
    assert "trusted" not in str(note["message"])
    (place.folder / "signing.pem").write_bytes(_pem(Ed25519PrivateKey.generate()))
    assert [found["severity"] for found in findings(place)] == ["error", "note"]  # one for both lines
    place.run("audit", code=1)
    (place.folder / "signing.pem").unlink()  # an auditor does not have it
    assert [found["severity"] for found in findings(place)] == ["note"]
    place.run("audit", code=0)


def test_an_authority_that_fails_ends_the_run_and_the_next_one_seals(place, server, authority, key) -> None:
    configure(place, server, f'signing_key = "signing.pem"\ntimestamp_url = "{authority.url}"')
    authority.code = 503
    done = place.run("crawl", code=4)
    [line] = [line for line in done.err.splitlines() if line.startswith("stopped: ")]
    assert "HTTP status 503" in line and "stays .open; the next run seals it" in line
    assert [path.suffix for path in place.warcs()] == [".open"]
    assert len(place.posts()) == 1  # its bytes are on the disk; only the seal is missing
    for command in ("crawl", "rebuild"):
        refused = place.run(command, code=4)
        assert "HTTP status 503" in refused.err and refused.err.count("\n") == 1, refused.err
    authority.code = 200
    place.run("rebuild")
    assert proofs(place) == [{"ed25519", "key", "rfc3161"}]
    assert [path.suffix for path in place.warcs()] == [".gz"]
    place.run("audit")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('signing_key = "none.pem"', "none.pem: no signing key: No such file or directory"),
        ('signing_key = "warcpress.toml"', "no signing key: not an unencrypted private key in PEM"),
        ('signing_key = "env:NO_SUCH_KEY"', "the environment has no NO_SUCH_KEY"),
        ('timestamp_url = "ftp://stamps.example/"', "should be a URL that starts with http:// or https://"),
        ('timestamp_roots = ["none.pem"]', "none.pem does not exist"),
        (
            'timestamp_url = "http://127.0.0.1:9/"\ntimestamp_roots = ["warcpress.toml"]',
            "warcpress.toml: no certificates in it",
        ),
    ],
)
def test_a_key_that_cannot_sign_stops_the_start(place, server, setting: str, words: str) -> None:
    configure(place, server, setting)
    (place.folder / "warcpress.toml").chmod(0o600)
    for command in ("crawl", "rebuild") if place.data.exists() else ("crawl",):
        done = place.run(command, code=2)
        assert words in done.err and done.err.count("\n") == 1, done.err
    assert server.asked == []


def test_a_key_from_the_environment_signs_and_shows_nowhere(place, server, monkeypatch: pytest.MonkeyPatch) -> None:
    private = Ed25519PrivateKey.generate()
    monkeypatch.setenv("ARCHIVE_KEY", _pem(private).decode())
    configure(place, server, 'signing_key = "env:ARCHIVE_KEY"')
    done = place.run("crawl")
    assert proofs(place) == [{"ed25519", "key"}]
    secret = _pem(private).splitlines()[1]
    kept = b"".join(path.read_bytes() for path in Path(place.data).rglob("*") if path.is_file())
    assert secret not in kept and secret.decode() not in done.err + done.out


def test_N8_a_signal_ends_the_wait_for_an_authority_and_the_next_run_seals(
    place, server, until, authority, key
) -> None:
    with WireServer({"/": Answer((b"HTTP/1.1 200 OK\r\n",), endless=b"X-A: b\r\n", pause=0.1)}) as dripping:
        configure(place, server, f'signing_key = "signing.pem"\ntimestamp_url = "{dripping.url()}"')
        run = place.start("crawl")
        until(lambda: bool(dripping.exchanges))
        began = time.monotonic()
        run.send_signal(signal.SIGTERM)
        _out, err = run.communicate(timeout=60)
    assert time.monotonic() - began < 10 and run.returncode == 143, err.decode()
    assert b"no time stamp: stopped by SIGTERM; the file is complete and stays .open; the next run seals it" in err
    assert [path.suffix for path in place.warcs()] == [".open"] and len(place.posts()) == 1
    configure(place, server, f'signing_key = "signing.pem"\ntimestamp_url = "{authority.url}"')
    place.run("crawl")
    assert [path.suffix for path in place.warcs()] == [".gz"] and proofs(place) == [{"ed25519", "key", "rfc3161"}]


def test_R10_a_key_that_others_can_read_stops_the_start_and_is_told(place, server, key) -> None:
    (place.folder / "signing.pem").chmod(0o644)
    with WireServer(lambda *_: body(b"")) as hook:
        configure(place, server, f'signing_key = "signing.pem"\n[notify]\nurl = "{hook.url("/")}"')
        done = place.run("crawl", code=2)
    assert "other users can use the signing key (mode 0644)" in done.err and done.err.count("\n") == 1
    [told] = [json.loads(exchange.request.partition(b"\r\n\r\n")[2]) for exchange in hook.exchanges]
    assert told["exit_code"] == 2 and "other users can use the signing key" in told["reason"]
    assert server.asked == []
