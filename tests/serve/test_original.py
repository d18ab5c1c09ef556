"""The second origin as programs see it: pages, what they show, stored bytes, headers, paths, faults."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.client import IncompleteRead
from pathlib import Path
from random import Random
from typing import BinaryIO

import pytest
from holding import Holding
from keeping import AT, Kept, keep
from pages import PNG
from serving import Answer, Served, serving

from archive import Capture
from archive.index import merged_files
from archive.index.merged_files import damage
from crawler.config import Config
from crawler.config.schema import Crawl
from crawler.original.view import page_path
from crawler.serve.held import Held
from crawler.serve.stored import Stored

SITE = "http://herald.test"
HOUR = timedelta(hours=1)
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
GIF += b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
NEWS = """<!doctype html><title>News</title><link rel=stylesheet href=/site.css><link rel=stylesheet href=/lost.css>
<h1>Headline</h1><img src=/a.png alt=A><img src=/lost.png alt=Lost><img data-src=/moved.png src=/blank.gif>
<a href=/next.html>next</a><a href=https://www.herald.test/packed.html>packed</a><script>alert(1)</script>"""
CAPTURES = [
    Kept(f"{SITE}/news.html", NEWS.encode()),
    Kept(f"{SITE}/site.css", b"@import 'more.css';h1{background:url(/a.png)}p{background:url(/lost.png)}", "text/css"),
    Kept(f"{SITE}/more.css", b"h1{color:red}", "text/css"),
    Kept(f"{SITE}/a.png", GIF, "image/gif", AT - 3 * HOUR),
    Kept(f"{SITE}/a.png", PNG, "text/html", AT + HOUR),
    Kept(f"{SITE}/moved.png", b"", "text/html", status="301 Moved", fields="Location: /a.png\r\n"),
    Kept(f"{SITE}/loop.png", b"", "text/html", status="301 Moved", fields="Location: /loop.png\r\n"),
    Kept(f"{SITE}/html.png", b"<script>alert(1)</script>", "image/png"),
    Kept(f"{SITE}/drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image/svg+xml"),
    Kept(f"{SITE}/font.woff2", b"wOF2rest", "text/plain"),
    Kept(f"{SITE}/old.html", b"", "text/html", status="302 Found", fields="Location: //other.test/%0d%0aX: y\r\n"),
    Kept(f"{SITE}/gone.html", b"<h1>Gone</h1>", status="404 Not Found"),
    Kept(f"{SITE}/paper.pdf", b"%PDF-1.7", "application/pdf"),
    Kept(f"{SITE}/packed.html", gzip.compress(b"<h1>Packed</h1>", mtime=0), fields="Content-Encoding: gzip\r\n"),
    Kept(f"{SITE}/deep.html", b"<div>" * 100_000),
    Kept(f"{SITE}/split.html", b"<p>x", fields="X: a\rSet-Cookie: b=c\r\nContent-Security-Policy: default-src *\r\n"),
    Kept(f"{SITE}/q?a=1&b=/../%2e%2e/%00", b"<h1>Query</h1>"),
    Kept(f"{SITE}/utf7.html", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "text/html; charset=utf-7"),
    Kept(f"{SITE}/plain", b"<b>x</b>", ""),
]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Capture]]:
    folder = tmp_path_factory.mktemp("original")
    return folder, keep(folder, CAPTURES)


@pytest.fixture(scope="module")
def served(held: tuple[Path, list[Capture]]) -> Iterator[Served]:
    with serving(held[0]) as running:
        yield running


def shown(served: Served, path: str, at: object = AT, **headers: str) -> Answer:
    """The view of a page of the site."""
    return served.get(page_path(SITE + path, at), at=served.original, **headers)  # type: ignore[arg-type]


def address(served: Served, kind: str, path: str) -> str:
    """The path of a style sheet or picture; the view of the news shows the secret."""
    found = re.search(rf'"(/[\w-]+)/{kind}/', shown(served, "/news.html").text)
    assert found is not None
    return f"{found[1]}{page_path(SITE + path, AT).replace('/page/', f'/{kind}/')}"


def test_U5_a_page_is_shown_with_what_the_archive_has(served: Served) -> None:
    answer = shown(served, "/news.html")
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Headline</h1>" in answer.text and "alert" not in answer.text
    assert "captured 6 March 2026, 12:00:00 UTC" in answer.text and f"<bdi>{SITE}/news.html</bdi>" in answer.text
    assert "2 of 3 pictures" in answer.text and "1 of 2 style sheets" in answer.text
    assert answer.text.count(" src=") == 2 and '<img alt="Lost">' in answer.text
    held = page_path("https://www.herald.test/packed.html", AT)
    assert f'<a href="{held}" rel="noreferrer">' in answer.text and "1 of 2 links." in answer.text
    outside = 'data-outside="" title="Not in the archive"'
    assert f'<a href="{page_path(SITE + "/next.html", AT)}" rel="noreferrer" {outside}>' in answer.text


def test_style_sheets_lead_to_the_archive_alone(served: Served) -> None:
    answer = served.get(address(served, "style", "/site.css"), at=served.original)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    found = re.fullmatch(
        r"@import url\((/[\w%/-]+)\);h1\{background:url\((/[\w%/-]+)\)\}p\{background:none\}", answer.text
    )
    assert found is not None
    assert served.get(found[1], at=served.original).text == "h1{color:red}"
    assert served.get(found[2], at=served.original).body == PNG


def test_a_picture_is_the_one_captured_nearest_in_time(served: Served) -> None:
    now = address(served, "picture", "/a.png")
    early = re.sub(r"/\d{20}/", "/20260306100000/", now)
    for path, body, kind in ((now, PNG, "image/png"), (early, GIF, "image/gif")):
        answer = served.get(path, at=served.original)
        assert answer.body == body and answer.headers["content-type"] == kind
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert served.get(address(served, "picture", "/moved.png"), at=served.original).body == PNG
    assert (
        served.get(address(served, "picture", "/font.woff2"), at=served.original).headers["content-type"]
        == "font/woff2"
    )


@pytest.mark.parametrize("path", ["/html.png", "/drawing.svg", "/loop.png", "/news.html", "/lost.png", "/gone.html"])
def test_U5_only_bytes_of_pictures_are_pictures(served: Served, path: str) -> None:
    answer = served.get(address(served, "picture", path), at=served.original)
    assert answer.status == 404 and b"<svg" not in answer.body and b"alert" not in answer.body


def test_U5_strangers_can_not_ask_what_is_held(served: Served) -> None:
    """Without the secret an answer is the same for what is held and what is not, but for the URL that was asked for."""
    for path in ("/a.png", "/lost.png"):
        guess = re.sub(r"^/[\w-]+/", "/guess/", address(served, "picture", path))
        answer = served.get(guess, at=served.original)
        assert answer.status == 404 and "there is no such page" in answer.text
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert shown(served, "/news.html").headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/news.html", "/lost.html", "/paper.pdf", "/old.html", "/deep.html", "/split.html"])
def test_U5_every_answer_is_confined(served: Served, path: str) -> None:
    headers = shown(served, path).headers
    policy = dict(part.partition(" ")[::2] for part in headers["content-security-policy"].split("; "))
    assert policy["sandbox"] == "" and policy["default-src"] == "'none'" and policy["img-src"] == "'self'"
    assert policy["frame-ancestors"] == served.url.removeprefix("http://").rstrip("/")
    assert not {"script-src", "frame-src", "connect-src"} & set(policy) and "allow" not in str(policy)
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers and "x" not in headers and "location" not in headers


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:80", "", "127.0.0.1.evil.test", "[::1%25a; script-src *]", "localhost.x"]
)
def test_U6_unknown_host_names_are_refused_at_both_origins(served: Served, host: str) -> None:
    for origin in ("", served.original):
        answer = served.get(page_path(SITE + "/news.html", AT), at=origin, Host=host)
        assert answer.status in (400, 421) and "Headline" not in answer.text


def test_U6_the_reader_lets_only_the_other_origin_into_a_frame(served: Served) -> None:
    policy = served.get("/").headers["content-security-policy"]
    assert f"frame-src {served.original};" in policy and "frame-ancestors 'none'" in policy
    assert f"script-src {served.url.removeprefix('http://')}static/;" in policy
    own = served.get("/", Host="localhost:1").headers["content-security-policy"]
    assert f"frame-src http://localhost:{served.original.rpartition(':')[2]};" in own


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/lost.html", 404, "not in the archive"),
        ("/paper.pdf", 200, "application/pdf"),
        ("/gone.html", 200, "The server answered 404"),
        ("/old.html", 200, "It led to http://other.test/"),
        ("/deep.html", 200, "too complex"),
        ("/packed.html", 200, "<h1>Packed</h1>"),
        ("/q?a=1&b=/../%2e%2e/%00", 200, "<h1>Query</h1>"),
        ("/plain", 200, "<b>x</b>"),
        ("/a.png", 200, "The stored picture"),
        ("/utf7.html", 200, "+ADw-script"),
    ],
)
def test_what_is_shown_in_place_of_a_page(served: Served, path: str, status: int, words: str) -> None:
    answer = shown(served, path)
    assert answer.status == status and words in answer.text


def test_the_live_address_is_a_link_of_its_own_only_outside_frames(served: Served) -> None:
    live = f'<a href="{SITE}/lost.html" rel="noreferrer noopener">'
    assert live in shown(served, "/lost.html").text
    assert live not in shown(served, "/lost.html", **{"Sec-Fetch-Dest": "iframe"}).text
    odd = served.get("/page/20260306/javascript%3Aalert%281%29", at=served.original)
    assert odd.status == 404 and "href" not in odd.text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/page/",
        "/page/x/http://herald.test/news.html",
        "/page/2026030612000000000000/http://herald.test/news.html",
        "/page/20260306/..%2f..%2f..%2fetc%2fpasswd",
        "/page/20260306/file:///etc/passwd",
        "/page/20261399/http://herald.test/news.html",
        "/page/٢٠٢٦/http://herald.test/news.html".encode().decode("latin-1"),
        "/page/20260306/%00",
        "/page/20260306/http%3A%2F%2Fherald.test%2Fnews.html%0d%0aX:%20y",
        "/page/20260306/http://[::1/",
        "/raw/body/..%2f..%2fwarcpress.toml",
        "/raw/config/x",
        "/raw/body/" + "x" * 5000,
        "/static/../warcpress.toml",
        "/..%2fwarcpress.toml",
        "//evil.test/%2e%2e",
    ],
)
def test_odd_paths_give_nothing(served: Served, path: str) -> None:
    answer = served.get("".join(f"%{ord(c):02X}" if ord(c) > 126 else c for c in path), at=served.original)
    assert answer.status == 404 and "herald" not in answer.text.replace("herald.test", "")
    assert "x" not in answer.headers and "location" not in answer.headers


def test_a_url_as_a_person_writes_it(served: Served) -> None:
    assert "Headline" in served.get(f"/page/2026/{SITE}/news.html", at=served.original).text


def test_stored_bytes_can_be_downloaded_and_are_never_shown(served: Served, held: tuple[Path, list[Capture]]) -> None:
    folder, captures = held
    capture = next(one for one in captures if one.url.endswith("/packed.html"))
    name = capture.record_id.removeprefix("<urn:uuid:").rstrip(">")
    body = gzip.compress(b"<h1>Packed</h1>", mtime=0)
    stored = (folder / "data/warc" / capture.file).read_bytes()[capture.offset :][: capture.length]
    expected = {"body": b"<h1>Packed</h1>", "sent": body, "record": stored}
    for part in ("body", "sent", "record", "head"):
        answer = served.get(f"/raw/{part}/{name}", at=served.original)
        assert answer.status == 200 and answer.headers["content-type"] == "application/octet-stream"
        assert re.fullmatch(
            rf'attachment; filename="20260306120000-herald.test-{part}\.[a-z.]+"', answer.headers["content-disposition"]
        )
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        if part == "head":
            assert answer.body.startswith(b"HTTP/1.1 200 OK\r\n") and answer.body.endswith(b"\r\n\r\n")
        else:
            assert answer.body == expected[part]
    assert served.get("/raw/body/00000000-0000-4000-8000-000000000000", at=served.original).status == 404
    assert served.get(f"/raw/other/{name}", at=served.original).status == 404


def test_a_download_that_meets_damage_is_cut_off_and_told_in_a_line(tmp_path: Path) -> None:
    [capture] = keep(tmp_path, [Kept(f"{SITE}/large.png", Random(1).randbytes(2**21), "image/png")])
    stored = tmp_path / "data/warc" / capture.file
    content = bytearray(stored.read_bytes())
    content[capture.offset + capture.length - 100] ^= 0xFF
    stored.write_bytes(content)
    with serving(tmp_path) as running:
        with pytest.raises(IncompleteRead):
            running.get(f"/raw/body/{capture.record_id[len('<urn:uuid:') : -1]}", at=running.original)
        assert running.stop() == 0 and running.process.stderr is not None
        said = running.process.stderr.read()
    assert f"an answer was cut off: {capture.file}:{capture.offset}" in said and "Traceback" not in said


def test_a_capture_of_a_run_that_goes_on_is_shown(tmp_path: Path) -> None:
    keep(tmp_path, [Kept(f"{SITE}/now.html", b"<h1>Now</h1>")], seal=False)
    with serving(tmp_path) as running:
        assert "<h1>Now</h1>" in shown(running, "/now.html").text


def test_a_link_is_held_however_its_page_writes_it(tmp_path: Path) -> None:
    captured = (
        "http://home.example/",
        "https://www.bare.example",
        "https://xn--9ca.example/a%7Cb",
        "http://a.example/q|",
    )
    keep(tmp_path, [Kept(url, b"<h1>x</h1>") for url in captured])
    folder = Held(replace(Config(), crawl=replace(Crawl(), data=tmp_path / "data")))
    written = ("https://Home.example", "http://bare.example/#x", "http://\u00e9.example/a|b?", "http://a.example/q|")
    with folder.opened() as opened:
        held = Stored(opened).pages_held([*written, "http://home.example/x", "http://a:b/"])
    folder.close()
    assert held == dict.fromkeys(written, True) | {"http://home.example/x": False, "http://a:b/": False}


def test_the_index_is_compared_with_its_checksums_once(
    held: tuple[Path, list[Capture]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for each page and each of its pictures: that read 41 MB beside 100,000 captures (2026-11)."""
    read: list[str] = []

    def counted(handle: BinaryIO) -> str:
        read.append(handle.name)
        return damage(handle)

    monkeypatch.setattr(merged_files, "damage", counted)
    opened_folder = Held(replace(Config(), crawl=replace(Crawl(), data=held[0] / "data")))
    for path in ("/news.html", "/a.png", "/gone.html"):
        with opened_folder.opened() as opened:
            assert Stored(opened).shows(SITE + path, AT) is (path != "/gone.html")
    opened_folder.close()
    assert read and len(read) == len(set(read))


@pytest.mark.parametrize("lost", ["catalogue.sqlite", "index", "warc"])
def test_what_is_missing_is_a_sentence(tmp_path: Path, lost: str) -> None:
    keep(tmp_path, [Kept(f"{SITE}/news.html", NEWS.encode())])
    place = tmp_path / "data" / lost
    if lost == "warc":
        for file in place.iterdir():
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
    else:
        place.rename(tmp_path / "elsewhere")
    with serving(tmp_path) as running:
        answer = shown(running, "/news.html")
        assert answer.status in (200, 404) and "Traceback" not in answer.text
        assert ("Headline" in answer.text) is (lost == "index")
        assert running.get("/").status == 200


def test_an_own_host_name_takes_the_place_of_the_second_port(held: tuple[Path, list[Capture]]) -> None:
    with serving(held[0], "--original-url", "https://originals.example.org") as running:
        path = page_path(SITE + "/news.html", AT)
        answer = running.get(path, Host="originals.example.org")
        assert "Headline" in answer.text
        assert "frame-ancestors localhost:* 127.0.0.1:*" in answer.headers["content-security-policy"]
        assert running.get(path).status == 404 and running.get("/", Host="originals.example.org").status == 404
        assert "frame-src https://originals.example.org;" in running.get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    "url",
    [
        "originals",
        "ftp://a.example",
        "https://",
        "http://[",
        "https://a.example/x",
        "http://n.example",
        "http://127.0.0.1:9",
    ],
)
def test_an_own_host_name_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    keep(tmp_path, [])
    words = ["serve", "--port", "0", "--name", "n.example", "--original-url", url]
    command = [sys.executable, "-m", "crawler.cli", *words]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2 and "--original-url" in ended.stderr and "Traceback" not in ended.stderr


def test_an_address_that_no_policy_can_name_gets_links_but_no_frame(holding: Holding, tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        path = "/article/herald/2026/03/05-bridge.md?original=1"
        page = running.get(path, Host=f"[::1]:{running.url.rpartition(':')[2].rstrip('/')}").text
        assert "<iframe" not in page and 'href="http://[::1]:' in page
        assert "<iframe" in running.get(path).text
