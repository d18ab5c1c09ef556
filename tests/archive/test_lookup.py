"""`python -m archive lookup` and `show`: which captures are chosen, and archives without an index, which stay as is."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive import ArchiveWriter, Capture, Exchange
from archive.cli import main
from archive.index.index import Index

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>page</p>"
PART = b"HTTP/1.1 206 Partial Content\r\nContent-Type: text/html\r\nContent-Range: bytes 0-2/11\r\n\r\n<p>"
GONE = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>gone</p>"
PICTURE = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG"
DONE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}"
URL = "http://news.example/a"

Capturing = Callable[..., list[Capture]]


@pytest.fixture
def capturing(open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> Iterator[Capturing]:
    """Give capturing((response, URL, request line)…): each is captured a second after the one before."""

    def make(*asked: tuple[bytes, str, str]) -> list[Capture]:
        writer = open_writer()
        made = []
        for response, url, request in asked:
            body = b"a=1" if request == "POST" else b""
            head = f"{request} / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
            kind = "Content-Type: application/x-www-form-urlencoded\r\n" if body else ""
            given = {"method": request, "request": f"{head}{kind}\r\n".encode() + body}
            made.append(writer.write(exchange(response, url, **given)))
        writer.close()
        return made

    yield make


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: object) -> tuple[int, list[str], str]:
    """Exit code, lines of stdout, stderr."""
    code = main([str(argument) for argument in arguments])
    out, err = capfdbinary.readouterr()
    return code, out.decode().splitlines(), err.decode()


def places(lines: list[str]) -> list[int]:
    return [int(line.split("\t")[3].partition("+")[0].rpartition(":")[2]) for line in lines]


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    found = [folder, *folder.rglob("*")] if folder.is_dir() else [folder]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in found}


def test_posts_are_listed_behind_the_page_and_never_shown_for_it(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    page, posted, head, alone = capturing(
        (PAGE, URL, "GET"),
        (DONE, URL, "POST"),
        (PAGE[: PAGE.index(b"<")], URL, "HEAD"),
        (DONE, "http://news.example/api", "POST"),
    )
    code, lines, _ = run(capfdbinary, "lookup", tmp_path, URL)
    assert code == 0 and places(lines) == [page.offset, head.offset, posted.offset]
    assert "\tapplication/json method: POST\t" in lines[2] and "method" not in lines[0]
    [_, _, described] = run(capfdbinary, "lookup", tmp_path, URL, "--json")[1]
    fields = json.loads(described)
    assert (fields["key"], fields["method"], fields["requestBody"]) == (
        "example,news)/a?__wb_method=post&a=1",
        "POST",
        "a=1",
    )
    assert run(capfdbinary, "show", tmp_path, URL) == (0, ["<p>page</p>"], "")
    code, lines, error = run(capfdbinary, "show", tmp_path, alone.url)
    assert (code, lines) == (2, []) and "by GET, only by POST; `lookup` lists them" in error
    assert run(capfdbinary, "show", tmp_path, f"{alone.file}:{alone.offset}")[1] == ["{}"]


def test_an_index_made_again_has_the_same_keys_of_posts(
    tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> None:
    fields = "Content-Type: application/x-www-form-urlencoded\r\n"
    chunks = b"Transfer-Encoding: chunked\r\n\r\n4\r\nq=%C\r\n5\r\n3%BC0\r\n0\r\n\r\n"
    writer = open_writer(secrets=(b"hidden",))
    for rest in (b"Content-Length: 10\r\n\r\nkey=hidden", b"Content-Length: 300000\r\n\r\n" + b"q" * 300_000, chunks):
        request = f"POST / HTTP/1.1\r\nHost: x\r\n{fields}".encode() + rest
        writer.write(exchange(DONE, URL, method="POST", request=request))
    writer.close()
    written = list(map(bytes, Index(tmp_path).iterate()))
    assert sum(b"key=[redac" in line for line in written) == 1 and not any(b"hidden" in line for line in written)
    assert main(["index", str(tmp_path)]) == 0
    assert list(map(bytes, Index(tmp_path).iterate())) == written
    assert any("q=ü0" in line.request_body for line in Index(tmp_path).by_other_methods(URL))


def test_a_url_in_latin_1_is_found_by_its_escapes(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    block = b"HTTP 200 Document follows\r\nContent-Type: text/html\r\n\r\n<p>caf\xe9</p>"
    fields = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-08-21t12:00:00+02:00\r\n"
        b"WARC-Target-URI: http://news.example/caf\xe9#top\r\nContent-Type: application/http; msgtype=response\r\n"
    )
    warc = tmp_path / "a.warc"
    warc.write_bytes(fields + b"Content-Length: %d\r\n\r\n" % len(block) + block + b"\r\n\r\n")
    for url, exact in (("http://news.example/caf%E9", "--exact"), ("https://www.news.example/caf%e9#top", "")):
        code, lines, _ = run(capfdbinary, "lookup", warc, url, *filter(None, [exact]))
        assert code == 0 and lines[0].split("\t") == [
            "2026-08-21T10:00:00.000000Z",
            "200",
            "text/html",
            f"a.warc:0+{warc.stat().st_size}",
            "http://news.example/caf%E9#top",
        ]
    assert main(["show", str(warc), "http://news.example/caf%E9"]) == 0
    assert capfdbinary.readouterr().out == b"<p>caf\xe9</p>"
    assert run(capfdbinary, "lookup", warc, "http://news.example/caf%E9#other", "--exact")[0] == 2


def test_show_says_which_capture_it_left_out(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    parted = "http://news.example/part"
    page, part, gone, _ = capturing((PAGE, URL, "GET"), (PART, URL, "GET"), (GONE, URL, "GET"), (PART, parted, "GET"))
    code, lines, error = run(capfdbinary, "show", tmp_path, URL)
    assert (code, lines) == (0, ["<p>page</p>"]) and f"with status 404, is at {gone.file}:{gone.offset}" in error
    assert run(capfdbinary, "show", tmp_path, URL, "--at", "2026-11-22T12:00:00.123456Z") == (0, lines, "")
    code, lines, error = run(capfdbinary, "show", tmp_path, parted)
    assert (code, lines) == (0, ["<p>"]) and "no whole page is held; this is a part (status 206)" in error
    assert places(run(capfdbinary, "lookup", tmp_path, URL)[1]) == [gone.offset, page.offset, part.offset]


def test_lookups_of_many_urls_and_with_conditions(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    urls = (URL, f"{URL}/b?q=1", "https://img.news.example/i", "http://news.example:8080/", "http://news-b.example/")
    first, second, picture, port, other = capturing(
        *((PICTURE if "img" in url else PAGE + url.encode(), url, "GET") for url in urls)
    )
    gone = "http://news.example/a?gone"

    def found(*arguments: str) -> list[int]:
        code, lines, _ = run(capfdbinary, "lookup", tmp_path, *arguments)
        assert code == (0 if lines else 2)
        return places(lines)

    assert found(URL, "--match", "prefix") == [first.offset, second.offset]
    assert found("http://news.example", "--match", "host") == [first.offset, second.offset, port.offset]
    assert found("news.example", "--match", "domain") == [one.offset for one in (first, second, picture, port)]
    assert found("example", "--match", "domain") == [one.offset for one in (first, second, picture, other, port)]
    assert found("example", "--match", "domain", "--mime", "image/*") == [picture.offset]
    assert found("example", "--match", "domain", "--mime", "image/*", "--mime", "text/html", "--status", "2xx") == [
        one.offset for one in (first, second, picture, other, port)
    ]
    assert found("example", "--match", "domain", "--status", "4xx") == []
    assert found("example", "--match", "domain", "--from", "2026-11-22T12:00:03Z") == [other.offset, port.offset]
    assert found("example", "--match", "domain", "--to", "20261122120001") == [first.offset, second.offset]
    assert found(URL, "--from", "2026", "--to", "2026-11-22") == [first.offset]
    assert found(URL, "--from", "2026-11-23") == found(URL, "--to", "2026-10") == found(gone, "--exact") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--status", "2x"],
        ["--from", "2026-02-30"],
        ["--to", "2026-11-22T10:00:00"],
        ["--match", "host", "--exact"],
        ["--match", "exact"],
    ],
)
def test_a_condition_that_means_nothing_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["lookup", ".", URL, *arguments])
    assert stop.value.code == 2 and "error: " in capsys.readouterr().err


def test_a_url_without_a_host_has_no_domain(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    capturing((PAGE, URL, "GET"))
    assert run(capfdbinary, "lookup", tmp_path, "urn:x:y", "--match", "host")[0] == 2


def given(form: str, own: Path, place: Path) -> Path:
    """The archive of a data folder in one of the forms in which somebody may hand it over."""
    place.mkdir()
    if form == "data folder":
        return own
    [warc] = (own / "warc").iterdir()
    if form == "WACZ":
        assert main(["pack", str(own), str(place / "given.wacz")]) == 0
        return place / "given.wacz"
    if form == "pywb collection":
        (place / "archive").mkdir()
    name = {"upper case": "GIVEN.WARC.GZ", "pywb collection": "archive/given.warc.gz"}.get(form, "given.warc.gz")
    shutil.copyfile(warc, place / name)
    return place / name if form == "file" else place


@pytest.mark.parametrize("form", ["data folder", "folder", "file", "WACZ", "pywb collection", "upper case"])
def test_an_archive_in_any_form_is_read_and_stays_as_it_is(
    form: str, tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    first, again, gone = capturing((PAGE, URL, "GET"), (PAGE, URL, "GET"), (GONE, URL, "GET"))
    archive = given(form, tmp_path, tmp_path / "evidence")
    capfdbinary.readouterr()
    before = tree(archive)
    code, lines, error = run(capfdbinary, "lookup", archive, URL)
    assert (code, error) == (0, "") and places(lines) == [gone.offset, again.offset, first.offset]
    assert "warc/revisit" in lines[1]
    code, lines, error = run(capfdbinary, "show", archive, URL)
    assert (code, lines) == (0, ["<p>page</p>"]) and "status 404" in error
    for what in (first.record_id, again.record_id):
        assert run(capfdbinary, "show", archive, what) == (0, ["<p>page</p>"], "")
    described = json.loads(run(capfdbinary, "show", archive, again.record_id, "--json")[1][0])
    assert (described["type"], described["bytes"], described["part"]) == ("revisit", 11, "page")
    assert run(capfdbinary, "lookup", archive, "http://none.example/")[0] == 2
    assert tree(archive) == before


def test_no_file_of_a_folder_is_passed_over(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    [page] = capturing((PAGE, URL, "GET"))
    [warc] = (tmp_path / "warc").iterdir()
    folder = given("WACZ", tmp_path, tmp_path / "evidence").parent
    for name in ("top.warc.gz", "archive/pywb.warc.gz", "2026/08/deep.WARC.gz"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(warc, folder / name)
    (folder / "broken.wacz").write_bytes(b"no zip")
    capfdbinary.readouterr()
    code, lines, error = run(capfdbinary, "lookup", folder, URL)
    names = {line.split("\t")[3].partition(":")[0] for line in lines}
    assert code == 1 and error.startswith("damaged: broken.wacz:0: ") and error.count("\n") == 1
    assert names == {"top.warc.gz", "pywb.warc.gz", "2026/08/deep.WARC.gz", f"given.wacz!{page.file}"}
    for name in names:
        assert run(capfdbinary, "show", folder, f"{name}:{page.offset}")[1] == ["<p>page</p>"]


def test_a_resource_is_shown_and_is_a_page_of_a_package(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    fields = (
        b"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-08-21T12:00:00Z\r\n"
        b"WARC-Target-URI: http://news.example/a\r\nContent-Type: text/html\r\nContent-Length: 11\r\n\r\n"
    )
    (tmp_path / "warc").mkdir()
    (tmp_path / "warc/a.warc").write_bytes(fields + b"<p>page</p>\r\n\r\n")
    assert run(capfdbinary, "show", tmp_path, URL) == (0, ["<p>page</p>"], "")
    assert main(["index", str(tmp_path)]) == main(["pack", str(tmp_path), str(tmp_path / "a.wacz")]) == 0
    assert "1 capture, 1 page" in capfdbinary.readouterr().err.decode()


def test_an_index_is_kept_until_the_archive_changes(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    capturing((PAGE, URL, "GET"))
    [later] = capturing((GONE, f"{URL}/later", "GET"))
    folder, kept = tmp_path / "evidence", tmp_path / "kept.cdxj"
    folder.mkdir()
    for number, warc in enumerate(sorted((tmp_path / "warc").iterdir())):
        shutil.copyfile(warc, folder / warc.name)
        for _ in range(2):
            code, lines, _ = run(capfdbinary, "lookup", folder, "news.example", "--match", "host", "--index", kept)
            assert code == 0 and len(lines) == number + 1
    made = kept.stat().st_mtime_ns
    assert run(capfdbinary, "show", folder, later.url, "--index", kept)[1] == ["<p>gone</p>"]
    assert run(capfdbinary, "show", folder, later.record_id, "--index", kept)[1] == ["<p>gone</p>"]
    assert kept.stat().st_mtime_ns == made and [path.name for path in tmp_path.glob("kept*")] == ["kept.cdxj"]
    lines_of_others = kept.read_bytes().partition(b"\n")[2]
    kept.write_bytes(lines_of_others)
    code, _, error = run(capfdbinary, "lookup", folder, URL, "--index", kept)
    assert code == 2 and "kept.cdxj: is no file that --index made" in error and kept.read_bytes() == lines_of_others
    code, _, error = run(capfdbinary, "lookup", folder, URL, "--index", tmp_path / "no" / "where")
    assert code == 4 and "where: can't be written" in error


def test_damage_is_named_by_each_look_up(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    first, second = capturing((PAGE, URL, "GET"), (GONE, f"{URL}/b", "GET"))
    archive = given("file", tmp_path, tmp_path / "evidence")
    content = bytearray(archive.read_bytes())
    content[second.offset + 100] ^= 0xFF
    archive.write_bytes(content)
    damage = f"damaged: {archive.name}:{second.offset}: "
    for more in ([], ["--index", tmp_path / "kept.cdxj"], ["--index", tmp_path / "kept.cdxj"]):
        code, lines, error = run(capfdbinary, "lookup", archive, URL, *more)
        assert code == 1 and places(lines) == [first.offset] and error.startswith(damage)
        code, lines, error = run(capfdbinary, "show", archive, URL, *more)
        assert (code, lines) == (0, ["<p>page</p>"]) and error.startswith(damage)
        code, _, error = run(capfdbinary, "show", archive, second.url, *more)
        assert code == 1 and error.startswith(damage) and "no capture of" in error


def test_a_damaged_index_is_not_asked(
    tmp_path: Path, capturing: Capturing, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    [page] = capturing((PAGE, URL, "GET"))
    [lines] = (tmp_path / "index").glob("*.cdxj")
    lines.write_bytes(lines.read_bytes().replace(b"news", b"mews"))
    before = tree(tmp_path)
    for command in ("lookup", "show"):
        code, shown, error = run(capfdbinary, command, tmp_path, URL)
        assert (code, len(shown)) == (0, 1) and "index is damaged or missing; the WARC files are scanned" in error
    assert page.file in run(capfdbinary, "lookup", tmp_path, URL)[1][0] and tree(tmp_path) == before


def test_a_scan_draws_a_bar_on_a_terminal_only(tmp_path: Path, capturing: Capturing) -> None:
    capturing((PAGE, URL, "GET"))
    archive = given("file", tmp_path, tmp_path / "evidence")
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "archive", "show", str(archive), URL]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    drawn = os.read(ours, 10_000)
    os.close(ours)
    assert done.stdout == b"<p>page</p>" and b"scanning" in drawn
