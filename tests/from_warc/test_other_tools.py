"""Files of other tools go through all that we do with an archive: audit, index, look-up, import, posts, rebuild.

wget comes from Debian, warcprox from PyPI (`.ci/run`), warcio is one of our packages. Heritrix, Browsertrix and
ArchiveWeb.page can't be installed here: their files are made as those tools write them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
import sys
import time
import urllib.request
import zipfile
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from holding import BRIDGE, LONG, SHORT, Holding, assert_provable
from pages import PNG, PageServer, article
from programs import need
from wacztext import HEADER, Parts, build, describe

from archive import Finding, audit_paths, many
from archive.cli import main
from crawler.config import Config
from crawler.config.schema import Crawl, Posts
from crawler.from_warc.imports import import_archives
from crawler.from_warc.packet import pack_articles
from crawler.from_warc.publish import pack_posts

HOST = "127.0.0.2"
"""warcprox refuses to fetch from 127.0.0.1."""
NAMES = ("/a/mill.html", "/a/dam.html", "/i/mill.png")
BODIES = {
    "/a/mill.html": article("Mill", LONG, images=("/i/mill.png",)).encode(),
    "/a/dam.html": article("Dam", SHORT, images=("/i/mill.png",)).encode(),
    "/i/mill.png": PNG,
}
TYPES = {".html": "text/html; charset=utf-8", ".png": "image/png"}
POSTS = ["single/2026/03/05-dam.md", "single/2026/03/05-mill.md"]
ONE_SIDED = "note 26: {} request and response pairs are linked on one side only"
NO_DIGEST = "warning 19: {} of {} records {} no digest: nothing would show that they were altered"
ONE_MEMBER = "warning 4: more than one record in this member: only the first can be read by itself"
WITHOUT_LENGTH = "note 23: 1 identical-payload-digest revisit without WARC-Truncated: length"
NO_PAYLOAD = "warning 10: WARC-Payload-Digest in a warcinfo record, which has no payload"
TWICE = (2, 1, 1)
"""Captures where the first page was fetched twice."""


@pytest.fixture
def site() -> Iterator[str]:
    """Two articles with one picture, on a server; its origin."""
    with PageServer(address=HOST) as server:
        for name, body in BODIES.items():
            server[HOST + name] = body
        yield f"http://{HOST}:{server.port}"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """The folder into which another tool writes."""
    (tmp_path / "given").mkdir()
    return tmp_path / "given"


class Through:
    """Lets an archive of others go through our commands."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[bytes]) -> None:
        self._holding, self._capfd = Holding(folder / "ours"), capfd

    def __call__(
        self,
        archive: Path,
        origin: str,
        verdicts: Iterable[str],
        *,
        captures: tuple[int, ...] = (1, 1, 1),
        files: int = 1,
    ) -> Holding:
        """`verdicts`: of the audit, before and after. `captures`: how many there are of each of our three URLs."""
        assert verdicts_on(archive) == sorted(verdicts)
        self._is_shown(archive, origin, captures)
        config = Config(crawl=Crawl(data=self._holding.layout.root), posts=Posts(images="local"))
        told: list[str] = []
        assert import_archives(config, [archive], tell=told.append) == 0, told
        assert told[-1] == f"{files} of {many(files, 'file')} imported, 2 posts made"
        posts = self._holding.posts()
        assert sorted(posts) == POSTS and all("/media/" in text for text in posts.values())
        assert verdicts_on(self._holding.layout.root) == sorted(verdicts)
        self._is_shown(self._holding.layout.root, origin, captures)
        assert_provable(self._holding)
        return self._holding

    def _is_shown(self, archive: Path, origin: str, captures: tuple[int, ...]) -> None:
        for name, count in zip(NAMES, captures, strict=True):
            code, lines = self._run("lookup", archive, origin + name)
            assert code == 0 and len(lines.splitlines()) == count, lines
            assert self._run("show", archive, origin + name) == (0, BODIES[name])

    def _run(self, *arguments: object) -> tuple[int, bytes]:
        self._capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, self._capfd.readouterr().out


@pytest.fixture
def through(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Through:
    return Through(tmp_path, capfdbinary)


def verdicts_on(archive: Path) -> list[str]:
    """What the audit says: severity, check and message."""
    found = [one for one in audit_paths([archive]) if isinstance(one, Finding)]
    return sorted(f"{one.severity} {one.check}: {one.message}" for one in found)


# -- the tools themselves


@pytest.mark.parametrize("options", [(), ("--no-warc-compression",)], ids=["gzip", "plain"])
def test_wget(site: str, given: Path, through: Through, options: tuple[str, ...]) -> None:
    wget = need("wget", "apt-get install wget")
    command = [wget, "-q", "--no-config", "--no-proxy", "-t1", "-T9", "--delete-after", "--warc-cdx", *options]
    for more in (("--warc-file=one",), ("--warc-file=two", "--warc-dedup=one.cdx")):
        subprocess.run([*command, *more, *(site + name for name in NAMES)], cwd=given, timeout=60, check=True)
    body_alone = "warning 16: 3 block digests are over the HTTP body alone: the heads are not protected"
    through(given, site, [body_alone, *2 * [ONE_SIDED.format(3)]], captures=(2, 2, 2), files=2)


WARCIO = """
import sys
from warcio.capture_http import capture_http
import requests
with capture_http("captured.warc"):
    for url in sys.argv[1:]:
        requests.get(url).content
"""


@pytest.mark.parametrize("form", ["gzip", "plain", "one member", "recompressed"])
def test_warcio(site: str, given: Path, through: Through, form: str) -> None:
    program = WARCIO if form == "gzip" else WARCIO.replace('.warc"', '.warc", warc_version="1.1"')
    command = [sys.executable, "-c", program, *(site + name for name in NAMES)]
    subprocess.run(command, cwd=given, timeout=60, check=True)
    [path] = given.iterdir()
    content = gzip.decompress(path.read_bytes())
    verdicts = [
        ONE_SIDED.format(3),
        "note 27: no warcinfo record; the standard recommends to start every file with one",
    ]
    if form == "plain":
        path.write_bytes(content)
    elif form in ("one member", "recompressed"):
        path.unlink()
        path = given / "whole.warc.gz"
        path.write_bytes(gzip.compress(content))
    if form == "one member":
        verdicts.append(ONE_MEMBER)
    if form == "recompressed":
        command = [sys.executable, "-m", "warcio.cli", "recompress", "whole.warc.gz", "captured.warc.gz"]
        subprocess.run(command, cwd=given, timeout=60, check=True, capture_output=True)
        path.unlink()
    through(given, site, verdicts)


def written(folder: Path) -> int:
    """Count the WARC records of the files below a folder that are whole on disk."""
    count = 0
    for path in folder.iterdir():
        with suppress(EOFError), gzip.open(path) as file:
            count += sum(line.startswith(b"WARC/1.") for line in file)
    return count


def test_warcprox(site: str, given: Path, tmp_path: Path, through: Through) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        command = [
            need("warcprox", "pip install warcprox"),
            "--port=0",
            f"--dir={given}",
            "--gzip",
            "--address=127.0.0.1",
        ]
        proxy = subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 60
            # Its table of digests is made after it listens: a request before that ends in an error, and no record.
            while not (found := re.search(r"listening on (127\.0\.0\.1:\d+)(?s:.*)DedupDb\(", log.read_text())):
                assert time.monotonic() < deadline and proxy.poll() is None, log.read_text()
                time.sleep(0.05)
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": f"http://{found[1]}"}))
            for name in (*NAMES, "/a/mill.html"):
                with opener.open(site + name, timeout=30) as answer:
                    assert answer.read() == BODIES[name]
            while written(given) < 9:  # the answer is there before its records; those still to be written would be lost
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        finally:
            proxy.terminate()
            proxy.wait(60)
    through(given, site, [WITHOUT_LENGTH, ONE_SIDED.format(4), NO_DIGEST.format(1, 9, "carries")], captures=TWICE)


def test_py_wacz_accepts_our_packages_of_what_others_recorded(
    holding: Holding, tmp_path: Path, through: Through, given: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wacz = need("wacz", "pip install wacz")
    (given / HERITRIX).write_bytes(heritrix())
    imported = through(given, ORIGIN, [ONE_SIDED.format(4), NO_DIGEST.format(10, 14, "carry")], captures=TWICE)
    with imported.catalogue() as catalogue:
        pack_posts(imported.layout, catalogue, tmp_path / "whole.wacz", None)
    for made, url in ((holding, BRIDGE), (imported, f"{ORIGIN}/a/mill.html")):
        with made.catalogue() as catalogue:
            pack_articles(made.layout, catalogue, path := tmp_path / f"{len(url)}.wacz", [url])
        with zipfile.ZipFile(path) as packed:
            assert any(name.startswith("posts/") for name in packed.namelist())
    packages = sorted(tmp_path.glob("*.wacz"))
    assert len(packages) == 3
    for path in packages:
        done = subprocess.run([wacz, "validate", "-f", path], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 and "Valid" in done.stdout + done.stderr, done.stdout + done.stderr
    assert "is read instead" not in caplog.text, "the index has all originals"


# -- files in the form of tools that can't be installed

ORIGIN = "http://herald.test"
HERITRIX = "WEB-20260306120000000-00000-7~crawler01~8443.warc.gz"
HTTP = "application/http; msgtype=response"
ASKED = "application/http; msgtype=request"


def uid(name: str) -> str:
    return f"<urn:uuid:{uuid5(UUID(int=0), name)}>"


def sha1(content: bytes) -> str:
    return "sha1:" + b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def record(version: str, fields: Mapping[str, str], block: bytes) -> bytes:
    """A record in a gzip member of its own."""
    lines = [version, *(f"{name}: {value}" for name, value in fields.items()), f"Content-Length: {len(block)}"]
    return gzip.compress("\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n")


def answer(name: str, *more: str) -> tuple[bytes, bytes]:
    """The head and the body of the answer for one of our URLs."""
    body, kind = BODIES[name], TYPES[Path(name).suffix]
    head = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more, "", ""]
    return "\r\n".join(head).encode(), body


def asking(name: str) -> bytes:
    return f"GET {name} HTTP/1.1\r\nHost: herald.test\r\nUser-Agent: theirs\r\n\r\n".encode()


def heritrix() -> bytes:
    """As Heritrix 3.4: no WARC-Warcinfo-ID, no digests of blocks, the host's address, metadata for each page."""
    info = (
        "software: Heritrix/3.4.0-20240909 http://crawler.archive.org\r\nip: 10.0.0.5\r\nhostname: crawler01\r\n"
        "format: WARC File Format 1.0\r\nconformsTo: https://iipc.github.io/warc-specifications/\r\n"
        "operator: Ops\r\npublisher: Library\r\nisPartOf: herald-20260306\r\ndescription: Basic crawl\r\n"
        "robots: obey\r\nhttp-header-user-agent: Mozilla/5.0 (compatible; heritrix/3.4.0 +http://library.test)\r\n\r\n"
    )
    first = {"WARC-Type": "warcinfo", "WARC-Date": "2026-03-06T12:00:00Z", "WARC-Filename": HERITRIX}
    found = [_heritrix({**first, "WARC-Record-ID": uid("info"), "Content-Type": "application/warc-fields"}, info)]
    address = "20260306120000\nherald.test.\t3600\tIN\tA\t127.0.0.1\n"
    fields = {"WARC-Type": "response", "WARC-Target-URI": "dns:herald.test", "WARC-Date": "2026-03-06T12:00:00Z"}
    fields |= {"WARC-IP-Address": "10.0.0.1", "WARC-Record-ID": uid("dns"), "Content-Type": "text/dns"}
    found.append(_heritrix(fields, address))
    for second, path in enumerate((*NAMES, "/a/mill.html"), 1):
        at, again = f"2026-03-06T12:00:{second:02d}Z", second > len(NAMES)
        head, body = answer(path, "Connection: close")
        common = {"WARC-Target-URI": ORIGIN + path, "WARC-Date": at}
        here = {"WARC-IP-Address": "127.0.0.1", "WARC-Record-ID": uid(f"{second}")}
        fields = {"WARC-Type": "response", **common, "WARC-Payload-Digest": sha1(body), **here}
        if again:
            profile = "http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
            fields |= {"WARC-Type": "revisit", "WARC-Truncated": "length", "WARC-Profile": profile}
            fields |= {"WARC-Refers-To-Target-URI": ORIGIN + path, "WARC-Refers-To-Date": "2026-03-06T12:00:01Z"}
        block = (head if again else head + body).decode("latin-1")
        found.append(_heritrix({**fields, "Content-Type": HTTP}, block))
        linked = {"WARC-Concurrent-To": uid(f"{second}"), "WARC-Record-ID": uid(f"{second} asked")}
        asked = {"WARC-Type": "request", **common, **linked, "Content-Type": ASKED}
        found.append(_heritrix(asked, asking(path).decode()))
        linked["WARC-Record-ID"] = uid(f"{second} told")
        told = {"WARC-Type": "metadata", **common, **linked, "Content-Type": "application/warc-fields"}
        via = f"via: {ORIGIN}/\r\nhopsFromSeed: L\r\nsourceTag: {ORIGIN}/\r\nfetchTimeMs: 12\r\n"
        found.append(_heritrix(told, f"{via}outlink: {ORIGIN}/i/mill.png E img/@src\r\n\r\n"))
    return b"".join(found)


def _heritrix(fields: Mapping[str, str], block: str) -> bytes:
    return record("WARC/1.0", fields, block.encode("latin-1"))


def test_heritrix(given: Path, through: Through) -> None:
    (given / HERITRIX).write_bytes(heritrix())
    through(given, ORIGIN, [ONE_SIDED.format(4), NO_DIGEST.format(10, 14, "carry")], captures=TWICE)


def in_browser(fields: Mapping[str, str], block: bytes, payload: bytes | None = None) -> bytes:
    """As warcio.js writes a record: digests last, milliseconds, sha256 in hex."""
    digests = {"WARC-Payload-Digest": sha256(block if payload is None else payload), "WARC-Block-Digest": sha256(block)}
    return record("WARC/1.1", {**fields, **{k: v for k, v in digests.items() if k not in fields}}, block)


PAGE_IDS = {name: str(uuid5(UUID(int=1), name)) for name in NAMES}


def browser_info(software: str, name: str) -> bytes:
    block = f"software: {software}\r\nformat: WARC File Format 1.1\r\nisPartOf: herald\r\n".encode()
    fields = {"WARC-Filename": name, "WARC-Date": "2026-03-06T12:00:00.000Z", "WARC-Type": "warcinfo"}
    fields |= {"WARC-Record-ID": uid(name), "Content-Type": "application/warc-fields"}
    return in_browser(fields, block)


def browser_pair(name: str, at: str, *, again: bool = False, metadata: Mapping[str, object] | None = None) -> bytes:
    """A response and its request, or a revisit without an id of its original, as a browser extension sees them."""
    head, body = answer(name, "x-orig-content-encoding: br")
    page = {"WARC-Page-ID": PAGE_IDS[name]}
    fields = {"WARC-Record-ID": uid(at), **page, "WARC-JSON-Metadata": json.dumps(metadata or {"ipType": "Public"})}
    fields |= {"WARC-Target-URI": ORIGIN + name, "WARC-Date": at, "WARC-Type": "revisit" if again else "response"}
    fields |= {"Content-Type": HTTP, "WARC-Resource-Type": "document" if name.endswith(".html") else "image"}
    if again:
        profile = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
        fields |= {"WARC-Refers-To-Target-URI": ORIGIN + name, "WARC-Refers-To-Date": "2026-03-06T12:00:00.000Z"}
        fields |= {"WARC-Profile": profile, "WARC-Payload-Digest": sha256(body)}
    asked = {"WARC-Record-ID": uid(f"{at} asked"), "WARC-Concurrent-To": uid(at), **page, "WARC-Date": at}
    asked |= {"WARC-Target-URI": ORIGIN + name, "WARC-Type": "request", "Content-Type": ASKED}
    response = in_browser(fields, head if again else head + body, body)
    return response + in_browser(asked, asking(name), b"")


def resource(url: str, kind: str, block: bytes, **more: str) -> bytes:
    fields = {"WARC-Target-URI": url, "WARC-Date": "2026-03-06T12:00:03.500Z", "WARC-Type": "resource"}
    more = {f"WARC-{name.replace('_', '-')}": value for name, value in more.items()}
    return in_browser({**fields, "WARC-Record-ID": uid(url), "Content-Type": kind, **more}, block)


def indexed(files: Mapping[str, bytes], place: Path, capfd: pytest.CaptureFixture[bytes]) -> bytes:
    """The CDXJ lines of some files."""
    for name, content in files.items():
        (place / name).write_bytes(content)
    capfd.readouterr()
    assert main(["index", *(str(place / name) for name in files)]) == 0
    return b"".join(sorted(capfd.readouterr().out.splitlines(keepends=True)))


def browsertrix(place: Path, capfd: pytest.CaptureFixture[bytes]) -> Parts:
    """A package of Browsertrix: pages, texts and screenshots in files of their own, further pages, a log, rules."""
    software, html = "Browsertrix-Crawler 1.6.0 (with warcio.js 2.4.4)", NAMES[:2]
    main_file = browser_info(software, "rec-herald-20260306120000000-0.warc.gz")
    for second, name in enumerate(NAMES):
        main_file += browser_pair(name, f"2026-03-06T12:00:0{second}.000Z")
    for name in html:
        urls = {ORIGIN + name: {"status": 200, "mime": "text/html", "type": "document"}}
        about = {"pageid": PAGE_IDS[name], "url": ORIGIN + name, "ts": "2026-03-06T12:00:00.000Z", "urls": urls}
        block = json.dumps({**about, "counts": {"jsErrors": 0}}).encode()
        ids = {"Page_ID": PAGE_IDS[name], "Resource_Type": "pageinfo"}
        main_file += resource(f"urn:pageinfo:{ORIGIN}{name}", "application/json", block, **ids)
    texts = browser_info(software, "text-herald-20260306120000000-0.warc.gz")
    views = browser_info(software, "screenshots-herald-20260306120000000-0.warc.gz")
    for name in html:
        texts += resource(f"urn:text:{ORIGIN}{name}", "text/plain", b"Mill\nThe council voted.", Resource_Type="text")
        views += resource(f"urn:view:{ORIGIN}{name}", "image/png", PNG, Resource_Type="screenshot")
        views += resource(f"urn:thumbnail:{ORIGIN}{name}", "image/jpeg", PNG, Resource_Type="screenshot")
    ending = "-herald-20260306120000000-0.warc.gz"
    files = {"rec" + ending: main_file, "text" + ending: texts, "screenshots" + ending: views}
    pages = [
        {"id": PAGE_IDS[name], "url": ORIGIN + name, "title": "A page", "loadState": 4, "mime": "text/html", "depth": 0}
        | {"status": 200, "ts": f"2026-03-06T12:00:0{second}.000Z", "text": "The council voted."}
        for second, name in enumerate(html)
    ]
    lines = [json.dumps(page).encode() + b"\n" for page in pages]
    return {
        **{f"archive/{name}": content for name, content in files.items()},
        "indexes/index.cdxj": indexed(files, place, capfd),
        "logs/crawl-20260306120000000.log": b'{"timestamp":"2026-03-06T12:00:00.000Z","logLevel":"info"}\n',
        "pages/pages.jsonl": HEADER + lines[0],
        "pages/extraPages.jsonl": b'{"format": "json-pages-1.0", "id": "extra-pages", "title": "Extra Pages"}\n'
        + lines[1],
        "fuzzy.json": b'{"rules": [{"match": "[?&]_=[^&]+", "replace": ""}]}',
    }


def test_browsertrix(given: Path, tmp_path: Path, through: Through, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    parts = browsertrix(tmp_path, capfdbinary)
    path = build(given / "herald.wacz", describe(parts, software="Browsertrix-Crawler 1.6.0"))
    through(path, ORIGIN, [ONE_SIDED.format(3), *3 * [NO_PAYLOAD]], files=3)


def test_several_packages_of_browsertrix_in_one(
    given: Path, tmp_path: Path, through: Through, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    parts = describe(browsertrix(tmp_path, capfdbinary))
    one = build(tmp_path / "one.wacz", parts).read_bytes()
    path = build(given / "many.wacz", describe({"herald-0.wacz": one}, profile="multi-wacz-package"))
    through(path, ORIGIN, [ONE_SIDED.format(3), *3 * [NO_PAYLOAD]], files=3)


def test_archivewebpage(
    given: Path, tmp_path: Path, through: Through, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    content = browser_info(
        "Webrecorder ArchiveWeb.page 0.15.3, using warcio.js 2.4.4", "herald.wacz#/archive/data.warc.gz"
    )
    for second, name in enumerate(NAMES):
        content += browser_pair(name, f"2026-03-06T12:00:0{second}.000Z", metadata={"adblock": "1", "pageId": "1"})
    content += browser_pair("/a/mill.html", "2026-03-06T12:00:05.000Z", again=True)
    pages = [
        {"title": "Mill", "url": ORIGIN + name, "id": PAGE_IDS[name], "size": 2100, "ts": f"2026-03-06T12:00:0{n}.000Z"}
        | {"favIconUrl": "", "text": "The council voted."}
        for n, name in enumerate(NAMES[:2])
    ]
    parts = {
        "pages/pages.jsonl": b"\n".join([HEADER.strip(), *(json.dumps(page).encode() for page in pages)]),
        "archive/data.warc.gz": content,
        "indexes/index.cdx": indexed({"data.warc.gz": content}, tmp_path, capfdbinary),
    }
    path = build(given / "herald.wacz", describe(parts, software="Webrecorder ArchiveWeb.page 0.15.3"))
    through(path, ORIGIN, [WITHOUT_LENGTH, ONE_SIDED.format(4), NO_PAYLOAD], captures=TWICE)
