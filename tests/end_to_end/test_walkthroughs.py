"""The walkthroughs are true: each of their commands runs, in their order, and every command of warcpress is in them."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from serving import serving

from crawler.cli import COMMANDS
from crawler.demo.site import HOST, DemoSite

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/walkthroughs.md").read_text("utf-8")
LINES = [line for block in TEXT.split("```sh\n")[1:] for line in block.partition("```")[0].splitlines() if line]
FERRY = f"http://{HOST}/harbour/2026/03/night-ferry-returns.html"
WRITTEN = (
    "audit.html",
    "archive.wacz",
    "article.wacz",
    "article.jsonl",
    "posts.jsonl",
    "status.jsonl",
    "sources.opml",
    "cases",
    "evidence.html",
    "rot.html",
)
CRAWL = f"""[crawl]
user_agent = "walker (+http://{HOST}/)"
delay = 0
allow_private = ["127.0.0.0/8"]
resolve = {{{{ "{HOST}" = "{{address}}" }}}}
[archive]
signing_key = "signing.pem"
"""


@pytest.fixture(scope="module")
def site() -> Iterator[DemoSite]:
    with DemoSite() as running:
        yield running


def make_keys(place: Path) -> None:
    """Make the key that a reader has made with OpenSSL, as docs/warc.md says, and its public key."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (place / "signing.pem").write_bytes(private)
    (place / "signing.pem").chmod(0o600)
    (place / "signing.pub.pem").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )


def test_the_walkthroughs_show_every_command() -> None:
    # What needs a store or PostgreSQL has pages of its own.
    others = [line for name in ("fleet", "remote") for line in (ROOT / f"docs/{name}.md").read_text().splitlines()]
    shown = {line.split()[1] for line in (*LINES, *others) if line.startswith("warcpress ")}
    assert shown == set(COMMANDS)


def read_evidence(place: Path, arguments: list[str]) -> str:
    """Run `python -m archive` on files that somebody handed over: those of the crawls, without anything beside them."""
    evidence = place / "evidence"
    if not evidence.exists():
        shutil.copytree(place / "data/warc", evidence)
    before = {path.name: path.stat().st_mtime_ns for path in (evidence, *evidence.iterdir())}
    done = subprocess.run([sys.executable, *arguments], cwd=place, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert {path.name: path.stat().st_mtime_ns for path in (evidence, *evidence.iterdir())} == before
    return done.stdout.decode(errors="replace")


def flip(place: Path) -> None:
    """Change a byte in the middle of the first WARC file."""
    (file,) = (place / "data/warc").glob("warcpress-*-00000-*.warc.gz")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def repair(place: Path, arguments: list[str]) -> str:
    """Run `python -m archive repair` on a damaged file, with the shell's names of files; something is lost."""
    words = [str(name) for word in arguments for name in (sorted(place.glob(word)) if "*" in word else [word])]
    done = subprocess.run([sys.executable, *words], cwd=place, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    return done.stderr.decode()


def run_apart(place: Path, program: str, arguments: list[str]) -> str | None:
    """Run what is no command of warcpress that ends by itself; None for one."""
    if arguments[:3] == ["-m", "archive", "repair"]:
        return repair(place, arguments)
    if arguments == ["serve"]:
        with serving(place) as served:
            return served.get("/").text
    return read_evidence(place, arguments) if program == "python" else None


def test_each_command_of_the_walkthroughs_runs(tmp_path: Path, site: DemoSite, workplace) -> None:
    place, said = workplace(tmp_path, 0), {}
    make_keys(tmp_path)
    for line in LINES:
        program, *arguments = shlex.split(line)
        if (text := run_apart(tmp_path, program, arguments)) is not None:
            said[line] = text
            continue
        assert program == "warcpress"
        if arguments[0] == "add" and "--opml" not in arguments:  # the reader has written who they are
            (tmp_path / "warcpress.toml").write_text(CRAWL.format(address=site.address), encoding="utf-8")
        if arguments == ["refetch", FERRY]:
            site.publish_edit()
        if "rot.html" in arguments:
            flip(tmp_path)
        said[line] = place.run(*arguments, code=1 if "rot.html" in arguments else 0).out
    assert "changed, version 2" in said[f"warcpress refetch {FERRY}"]
    assert "\nversion 2 " in said[f"warcpress history {FERRY}"]
    proved = said["warcpress verify article.wacz --key signing.pub.pem"]
    assert proved.count(f"{FERRY}, recorded ") == 2
    for about in ("bytes", "unchanged", "signature", "post"):
        assert proved.count(f"\n  proved: {about}: ") >= 2
    assert "WRONG" not in proved and "not proved: time" in proved
    assert "240 passengers" in said[f"warcpress show {FERRY} --at 2100-01-01"]
    assert said[f"warcpress show {FERRY} --part response"].startswith("HTTP/1.1 200 OK\r\n")
    assert said[f"warcpress show {FERRY} --part request"].startswith("GET /harbour/")
    assert "night ferry" in said["warcpress list --title ferry"]
    assert "night ferry" in said["warcpress search passengers"]
    assert "night ferry" in said["warcpress serve"]
    look_up, show = (f"python -m archive {command} evidence" for command in ("lookup", "show"))
    by_domain = [text.splitlines() for line, text in said.items() if line.startswith(f"{look_up} harbourpost")]
    assert len(by_domain[0]) > len(by_domain[1]) > 0
    assert all("\ttext/html\t" in line for line in by_domain[1])
    shown = [text for line, text in said.items() if line.startswith(show)]
    assert "240 passengers" in shown[0] and shown[1].startswith("HTTP/1.1 200 OK\r\n") and shown[2].startswith("GET /")
    assert json.loads(shown[3])["sha256"] == hashlib.sha256(shown[0].encode()).hexdigest()
    assert said[f"python -m archive lookup archive.wacz {FERRY}"].count(FERRY) >= 2
    assert said["warcpress import evidence --data case"].splitlines()[-1].startswith("3 of 3 files imported, ")
    assert said["warcpress import evidence --data case --source harbourpost"].endswith(", 0 posts made\n")
    assert " in 1 gap" in said["warcpress audit"] and "repaired from" in said["warcpress audit"]
    assert [name for name in WRITTEN if not (tmp_path / name).exists()] == []
