"""`python -m archive`: the output and exit code of each subcommand."""

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from archive import ArchiveWriter, Capture, Exchange
from archive.cli import main
from archive.index.index import Index
from archive.terminal import put_statement

URL = "http://news.example/a"


@pytest.fixture
def captured(
    tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> tuple[Path, list[Capture]]:
    """A folder with a page, the same page again, and an image whose host is in capitals."""
    writer = open_writer()
    captures = [
        writer.write(exchange()),
        writer.write(exchange()),
        writer.write(
            exchange(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG\x00", "http://IMG.example/i")
        ),
    ]
    writer.close()
    return tmp_path, captures


def out(capfdbinary: pytest.CaptureFixture[bytes]) -> bytes:
    return capfdbinary.readouterr().out


def test_lookup(captured: tuple[Path, list[Capture]], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    folder, captures = captured
    assert main(["lookup", str(folder), "https://www.news.example/a"]) == 0
    first, second = (f"{one.file}:{one.offset}+{one.length}" for one in captures[:2])
    assert out(capfdbinary).decode() == (
        f"2026-11-22T12:00:01.123456Z\t200\twarc/revisit\t{second}\t{URL}\n"
        f"2026-11-22T12:00:00.123456Z\t200\ttext/html\t{first}\t{URL}\n"
    )
    assert main(["lookup", str(folder), URL, "--at", "2026-11-22T20:00:01+08:00", "--json"]) == 0
    line = json.loads(out(capfdbinary))
    assert (line["v"], line["key"], line["id"]) == (1, "example,news)/a", captures[0].record_id)
    assert main(["lookup", str(folder), "https://www.news.example/a", "--exact"]) == 2
    captured_text = capfdbinary.readouterr()
    assert captured_text.out == b"" and b"no capture of 'https://www.news.example/a'" in captured_text.err


def test_show(captured: tuple[Path, list[Capture]], capfdbinary: pytest.CaptureFixture[bytes], page: bytes) -> None:
    folder, captures = captured
    original, revisit, image = captures
    for what, part, expected in [
        (URL, "page", b"<p>hello</p>"),
        (URL, "response", page.partition(b"<p>")[0]),
        (original.record_id, "response", page),
        (f"{original.file}:{original.offset}", "response", page),
        (revisit.record_id.strip("<>"), "page", b"<p>hello</p>"),
        (URL, "request", b"GET /a HTTP/1.1\r\nHost: news.example\r\nuser-AGENT: warcpress\r\n\r\n"),
        (image.url, "page", b"\x89PNG\x00"),
    ]:
        assert main(["show", str(folder), what, "--part", part]) == 0
        assert out(capfdbinary) == expected
    assert main(["show", str(folder), URL, "--at", "2026-11-22T12:00:00.123456Z", "--part", "response"]) == 0
    assert out(capfdbinary) == page


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "{folder}", "http://nowhere.example/"], 2, "no capture of 'http://nowhere.example/'"),
        (["show", "{folder}", URL, "--at", "2020-01-01"], 2, "not later than 2020-01-01T00:00:00+00:00"),
        (["show", "{folder}", "urn:uuid:0"], 1, "no response or revisit <urn:uuid:0>"),
        (["show", "{folder}", "x.warc.gz:7"], 1, "x.warc.gz:7: can't be opened"),
        (["show", "{folder}", URL, "--limit", "3"], 1, "more than 3 bytes once decoded"),
        (["show", "{folder}/index", URL], 2, "index: no WARC files in it"),
        (["lookup", "{folder}/nothing", URL], 2, "no such file or folder"),
        (["lookup", "{folder}", "http://a\x1b[31m/"], 2, "no capture of 'http://a\\x1b[31m/'"),
        (["index", "{folder}/nothing.warc.gz"], 2, "no such file"),
        (["index", "{folder}", "{folder}"], 2, "index takes one folder"),
        (["repair", "{folder}/nothing.warc.gz"], 2, "no such file"),
        (["verify", "{folder}/index"], 2, "index: there is no manifest.jsonl that says how it was sealed"),
        (["verify", "{folder}/none"], 2, "none: no such file or folder"),
        (["pack", "{folder}", "{folder}/no/where.wacz"], 4, "where.wacz is as it was"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_an_error_is_one_line_and_an_exit_code(
    captured: tuple[Path, list[Capture]],
    capfdbinary: pytest.CaptureFixture[bytes],
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    folder, _ = captured
    assert main([argument.replace("{folder}", str(folder)) for argument in arguments]) == code
    got = capfdbinary.readouterr()
    assert got.err.count(b"\n") == 1 and message in got.err.decode() and b"\x1b" not in got.err


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-22T10:00:00", "2026-13-01"])
def test_a_malformed_time_or_one_without_a_zone_is_refused(moment: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["lookup", ".", URL, "--at", moment])
    assert stop.value.code == 2 and moment in capsys.readouterr().err


def test_index_prints_lines_of_files_and_makes_the_index_of_a_folder(
    captured: tuple[Path, list[Capture]], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder, captures = captured
    lines = b"".join(bytes(line) for line in Index(folder).iterate())
    assert main(["index", str(folder / "warc" / captures[0].file)]) == 0
    assert out(capfdbinary) == lines
    for path in (folder / "index").glob("*.cdxj"):
        path.unlink()
    assert main(["index", str(folder)]) == 0
    assert capfdbinary.readouterr().err.decode() == f"{folder}: 3 captures indexed\n"
    assert b"".join(bytes(line) for line in Index(folder).iterate()) == lines


def test_records_behind_damage_are_indexed(
    captured: tuple[Path, list[Capture]], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder, captures = captured
    path = folder / "warc" / captures[0].file
    content = bytearray(path.read_bytes())
    content[captures[1].offset + 200] ^= 0xFF
    path.write_bytes(content)
    assert main(["index", str(folder)]) == 1
    error = capfdbinary.readouterr().err.decode()
    assert "2 captures indexed" in error and f"{path.name}:{captures[1].offset}" in error and "repair" in error
    assert {line.record_id for line in Index(folder).iterate()} == {captures[0].record_id, captures[2].record_id}
    assert main(["verify", str(folder)]) == 1
    assert "altered" in out(capfdbinary).decode()
    assert main(["repair", str(path), "--json"]) == 1
    account = json.loads(out(capfdbinary))
    assert (account["lost_urls"], Path(account["target"]).name) == ([URL], f"repaired-{path.name}")
    assert main(["repair", account["target"], "--output", str(folder / "again.warc.gz")]) == 0
    said = capfdbinary.readouterr()
    assert (said.out, b"records; there is nothing to repair" in said.err) == (b"", True)
    assert not (folder / "again.warc.gz").exists()


def test_verify(captured: tuple[Path, list[Capture]], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    folder, captures = captured
    path = folder / "warc" / captures[0].file
    assert main(["verify", str(folder)]) == 0
    assert capfdbinary.readouterr() == (b"", f"{folder}: as sealed\n".encode())
    (folder / "warc" / "stranger.warc.gz").write_bytes(b"")
    (folder / "warc" / "half.warc.gz.open").write_bytes(b"")
    path.write_bytes(path.read_bytes()[: captures[2].offset])  # on a member boundary: only the manifest can tell
    assert main(["verify", str(folder)]) == 1
    found = out(capfdbinary).decode().splitlines()
    assert [line.split(":")[0] for line in found] == [path.name, "half.warc.gz.open", "stranger.warc.gz"]
    assert main(["verify", str(path), "--json"]) == 1
    difference, summary = map(json.loads, out(capfdbinary).splitlines())
    assert difference["message"] == found[0] and summary["summary"] == {"path": str(path), "differences": 1}
    path.unlink()
    assert main(["verify", str(folder)]) == 1
    assert f"{path.name}: missing" in out(capfdbinary).decode()
    (folder / "manifest.jsonl").write_bytes(b"{}\n")
    assert main(["verify", str(folder)]) == 1
    assert out(capfdbinary).decode().startswith("manifest.jsonl:1: ")


ALTERED = {
    "kind": "repaired", "file": "other.warc.gz", "at": "yesterday", "size": 1, "sha256": "0" * 64, "records": 9,
    "note": {"source": "x.warc.gz"}, "previous": "1" * 64, "v": 2, "extra": 1,
}  # fmt: skip
TYPES = {"size": str, "records": float}


def with_two_files(open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]) -> None:
    for _ in range(2):
        writer = open_writer()
        writer.write(exchange())
        writer.close()


def alter(manifest: Path, line: int, change: Callable[[dict[str, Any]], object], *, chained: bool = False) -> None:
    """Change a line of a manifest; `chained`: and the hashes of it in the lines after it."""
    lines = [json.loads(text) for text in manifest.read_text().splitlines()]
    change(lines[line])
    texts: list[str] = []
    for document in lines:
        if chained and texts:
            document["previous"] = hashlib.sha256(texts[-1].encode()).hexdigest()
        texts.append(json.dumps(document, separators=(",", ":")))
    manifest.write_text("".join(f"{text}\n" for text in texts))


@pytest.mark.parametrize("line", [0, 1], ids=["first", "last"])
@pytest.mark.parametrize("field", ALTERED)
def test_verify_names_each_altered_field_of_a_line_without_a_signature(
    field: str, line: int, tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> None:
    with_two_files(open_writer, exchange)
    assert main(["verify", str(tmp_path)]) == 0
    alter(tmp_path / "manifest.jsonl", line, lambda document: document.update({field: ALTERED[field]}))
    assert main(["verify", str(tmp_path)]) == 1


@pytest.mark.parametrize("field", ["kind", "file", "at", "size", "sha256", "records", "previous", "v"])
def test_verify_names_each_missing_field(
    field: str, tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> None:
    with_two_files(open_writer, exchange)
    alter(tmp_path / "manifest.jsonl", 1, lambda document: document.pop(field))
    assert main(["verify", str(tmp_path)]) == 1


@pytest.mark.parametrize("line", [0, 1], ids=["first", "last"])
def test_verify_counts_records_though_the_chain_was_made_again(
    line: int,
    tmp_path: Path,
    open_writer: Callable[..., ArchiveWriter],
    exchange: Callable[..., Exchange],
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    with_two_files(open_writer, exchange)
    manifest = tmp_path / "manifest.jsonl"
    alter(manifest, line, lambda document: document.update(records=document["records"] - 1), chained=True)
    assert main(["verify", str(tmp_path)]) == 1
    name = json.loads(manifest.read_text().splitlines()[line])["file"]
    expected = f"{name}: 3 records, sealed with 2: the manifest's line was altered\n"
    assert out(capfdbinary).decode() == expected


@pytest.mark.parametrize("field", TYPES)
def test_verify_names_a_number_that_is_written_otherwise(
    field: str, tmp_path: Path, open_writer: Callable[..., ArchiveWriter], exchange: Callable[..., Exchange]
) -> None:
    with_two_files(open_writer, exchange)
    alter(tmp_path / "manifest.jsonl", 1, lambda document: document.update({field: TYPES[field](document[field])}))
    assert main(["verify", str(tmp_path)]) == 1


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out == f"python -m archive {version('warcpress')}\n"


def test_pack(captured: tuple[Path, list[Capture]], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    folder, _ = captured
    target = folder / "out.wacz"
    assert main(["pack", str(folder), str(target), "--since", "2026-11-22"]) == 0
    assert capfdbinary.readouterr().err.decode() == f"{target}: 3 captures, 1 page, {target.stat().st_size} bytes\n"
    assert main(["pack", str(folder), str(target), "--json"]) == 0
    packed = json.loads(out(capfdbinary))
    assert (packed["captures"], packed["pages"], packed["size"]) == (3, 1, target.stat().st_size)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_a_full_disk_is_one_line_with_the_command_once(captured: tuple[Path, list[Capture]]) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "archive", "lookup", str(captured[0]), URL]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr.decode()) == (4, "lookup: No space left on device\n")


def test_the_module_runs_and_accepts_a_closed_pipe(captured: tuple[Path, list[Capture]]) -> None:
    folder, captures = captured
    command = [sys.executable, "-m", "archive", "show", str(folder), captures[0].record_id, "--part", "response"]
    whole = subprocess.run(command, capture_output=True, check=True)
    assert whole.stdout.endswith(b"<p>hello</p>") and whole.stderr == b""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        cut = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert (cut.returncode, cut.stderr) == (0, b"")


def test_statements_are_wrapped_between_words_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "  proved: files: " + "each of the files has its digest " * 5 + "f" * 64
    monkeypatch.setenv("COLUMNS", "80")
    for is_terminal in (True, False):
        out = io.StringIO()
        out.isatty = lambda: is_terminal  # type: ignore[method-assign]  # noqa: B023 - called in this round
        monkeypatch.setattr("sys.stdout", out)
        put_statement(line)
        first, *others = out.getvalue().splitlines()
        assert (first, others) == (line, []) or is_terminal
        if is_terminal:
            assert " ".join([first, *(other.strip() for other in others)]) == line
            assert first.startswith("  proved") and all(other.startswith(" " * 6) for other in others)
            assert max(map(len, [first, *others])) <= 80
