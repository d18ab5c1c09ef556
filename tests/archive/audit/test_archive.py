"""Whole archives: the manifest, the index and the files against each other, and what was not read."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warctext import errors, findings, gz, members, no_error, one_error, summary, warcinfo

from archive import ArchiveWriter, Exchange, StorageError, UsageError, audit_paths
from archive.audit.findings import Finding
from archive.audit.ledger import Ledger
from archive.seal.manifest import Manifest

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sealed files of four captures each, revisits across files among them."""
    ticks = iter(range(10_000))

    def clock() -> datetime:
        return START + timedelta(seconds=next(ticks))

    root = tmp_path / "data"
    for run in range(3):
        writer = ArchiveWriter(root, prefix="test", warcinfo=[("software", "test")], clock=clock)
        for number in range(4):
            body = b"<p>%d</p>" % (number if number < 2 else 10 * run + number)
            response = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            writer.write(
                Exchange(
                    url=f"http://example.org/{number}",
                    method="GET",
                    started_at=clock(),
                    request=b"GET /%d HTTP/1.1\r\nHost: example.org\r\n\r\n" % number,
                    response=io.BytesIO(response),
                    ip="127.0.0.1",
                    metadata=(("via", "http://example.org/"),),
                )
            )
        writer.commit()
        writer.close()
    return root


def files(folder: Path) -> list[Path]:
    return sorted((folder / "warc").glob("*.warc.gz"))


def index(folder: Path) -> Path:
    return max((folder / "index").glob("*.cdxj"), key=lambda path: path.stat().st_size)


def boundary(path: Path) -> int:
    """Where the last member of a file starts."""
    return path.read_bytes().rindex(b"\x1f\x8b\x08")


def test_files_of_our_writer_have_no_finding(folder: Path) -> None:
    assert findings(folder) == []
    assert summary(folder).per_day == {"2026-11-01": 12}


def remove(folder: Path) -> None:
    files(folder)[1].unlink()


def rename(folder: Path) -> None:
    files(folder)[2].rename(folder / "warc" / "other.warc.gz")


def replace(folder: Path) -> None:
    files(folder)[1].write_bytes(files(folder)[0].read_bytes())


def cut(folder: Path) -> None:
    path = files(folder)[2]
    path.write_bytes(path.read_bytes()[: boundary(path)])


def grow(folder: Path) -> None:
    with files(folder)[2].open("ab") as file:
        file.write(gz(warcinfo(number=77)))


def unsealed(folder: Path) -> None:
    (folder / "warc" / "foreign.warc.gz").write_bytes(gz(warcinfo(number=77)))


def left_open(folder: Path) -> None:
    (folder / "warc" / "test-20261101010101-00003-x.warc.gz.open").write_bytes(b"")


def alter_manifest(folder: Path) -> None:
    path = folder / "manifest.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"records":', b'"records": ', 1))


def drop_manifest_line(folder: Path) -> None:
    path = folder / "manifest.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def manifest(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    """Change the lines of the manifest."""

    def tamper(folder: Path) -> None:
        path = folder / "manifest.jsonl"
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

    return tamper


def rechained(lines: list[bytes]) -> list[bytes]:
    """The lines chained anew, as somebody would do to hide a change."""
    previous, made = "0" * 64, []
    for line in lines:
        line = json.dumps(json.loads(line) | {"previous": previous}, separators=(",", ":")).encode()
        previous = hashlib.sha256(line).hexdigest()
        made.append(line + b"\n")
    return made


def entry(number: int, **changes: object) -> Callable[[list[bytes]], list[bytes]]:
    """Change values in one line of the manifest."""

    def change(lines: list[bytes]) -> list[bytes]:
        altered = json.dumps(json.loads(lines[number]) | changes, separators=(",", ":")).encode() + b"\n"
        return [*lines[:number], altered, *lines[number + 1 :]]

    return change


def renumber(folder: Path) -> None:
    path = files(folder)[2]
    path.rename(path.with_name(path.name.replace("-00002-", "-00009-")))


def copy(folder: Path) -> None:
    (folder / "warc" / "copy.warc.gz").write_bytes(files(folder)[0].read_bytes())


def lose_with_manifest(folder: Path) -> None:
    (folder / "manifest.jsonl").unlink()
    files(folder)[1].unlink()


def index_lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    """Change the lines of the index."""

    def tamper(folder: Path) -> None:
        path = index(folder)
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

    return tamper


def index_line(**changes: object) -> Callable[[Path], None]:
    """Change values in one line of the index, of a revisit; the key and the time included."""

    def change(lines: list[bytes]) -> list[bytes]:
        number = next(number for number, line in enumerate(lines) if b"refers_to" in line)
        key, stamp, block = lines[number].decode().split(" ", 2)
        fields = json.loads(block) | {name: value for name, value in changes.items() if name not in ("key", "stamp")}
        first = f"{changes.get('key', key)} {changes.get('stamp', stamp)}"
        return [*lines[:number], f"{first} {json.dumps(fields)}\n".encode(), *lines[number + 1 :]]

    return index_lines(change)


def without_last_file(folder: Path) -> None:
    name = files(folder)[2].name.encode()
    index_lines(lambda lines: [line for line in lines if name not in line])(folder)


def drop_index_line(folder: Path) -> None:
    path = index(folder)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))


def double_index_line(folder: Path) -> None:
    path = index(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines]))


def unsort_index(folder: Path) -> None:
    path = index(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[1:], lines[0]]))


def edit_index(old: bytes, new: bytes) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = index(folder)
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, new, 1))

    return edit


def bogus_index_line(folder: Path) -> None:
    path = index(folder)
    last = path.read_bytes().splitlines()[-1]
    key, stamp, block = last.split(b" ", 2)
    document = json.loads(block) | {"offset": "3", "id": ""}
    lines = [
        *path.read_bytes().splitlines(keepends=True),
        b" ".join([key, stamp, json.dumps(document).encode()]) + b"\n",
    ]
    path.write_bytes(b"".join(sorted(lines)))


TAMPERED: dict[str, tuple[int, Callable[[Path], None]]] = {
    "a file is missing": (31, remove),
    "a file was renamed": (31, rename),
    "a file was replaced by another": (31, replace),
    "a file was cut on a member boundary": (31, cut),
    "a file has grown": (31, grow),
    "a file was never sealed": (31, unsealed),
    "a file was left open": (31, left_open),
    "the manifest was altered": (31, alter_manifest),
    "a line of the manifest was dropped": (31, drop_manifest_line),
    "the manifest lost its first line and was made to follow": (31, manifest(lambda it: rechained(it[1:]))),
    "a line of the manifest is there twice": (31, manifest(lambda it: [it[0], it[1], it[1], it[2]])),
    "a line of the manifest is garbage": (31, manifest(lambda it: [it[0], b"garbage\n", it[2]])),
    "an empty line in the manifest": (31, manifest(lambda it: [it[0], b"\n", *it[1:]])),
    "two lines of the manifest changed places": (31, manifest(lambda it: [it[1], it[0], it[2]])),
    "the manifest is in another order": (31, manifest(lambda it: it[::-1])),
    "the manifest is empty": (31, manifest(lambda _: [])),
    "the manifest is binary": (31, manifest(lambda _: [bytes(range(256)) * 4 + b"\n"])),
    "an old line was added to the manifest": (31, manifest(lambda it: [*it, it[0]])),
    "a size in the manifest was altered": (31, manifest(entry(1, size=5))),
    "a digest in the manifest was altered": (31, manifest(entry(0, sha256="0" * 64))),
    "a digest in the last line was altered": (31, manifest(entry(2, sha256="0" * 64))),
    "a file name in the manifest was altered": (31, manifest(entry(1, file="x.warc.gz"))),
    "a kind in the manifest was altered": (31, manifest(entry(0, kind="removed"))),
    "a link in the manifest was altered": (31, manifest(entry(1, previous="1" * 64))),
    "a count in the last line was altered": (31, manifest(entry(2, records=99))),
    "a count was altered and the rest made to follow": (31, manifest(lambda it: rechained(entry(0, records=99)(it)))),
    "a file was given a serial of the future": (31, renumber),
    "a file was copied": (31, copy),
    "a file and the manifest are missing": (31, lose_with_manifest),
    "a line of the index is missing": (29, drop_index_line),
    "a line of the index is there twice": (29, double_index_line),
    "the index is not sorted": (29, unsort_index),
    "the index has another URL": (29, edit_index(b'"url": "http://example.org/3"', b'"url": "http://example.org/9"')),
    "the index has another length": (29, edit_index(b'"length": "', b'"length": "9')),
    "the index has another time": (29, edit_index(b")/3 20261101", b")/3 20261102")),
    "the index names a file that is not here": (29, edit_index(b'"filename": "test', b'"filename": "best')),
    "the index names a place where nothing begins": (29, bogus_index_line),
    "a line of the index is not CDXJ": (29, edit_index(b"{", b"<")),
    "lines of the index are none": (29, index_lines(lambda it: [it[0], b"<\n", b"<\n", *it[3:]])),
    "two lines of the index changed places": (29, index_lines(lambda it: [it[1], it[0], *it[2:]])),
    "the index is in reverse": (29, index_lines(lambda it: it[::-1])),
    "the index is empty": (29, index_lines(lambda _: [])),
    "a file is not in the index": (29, without_last_file),
    "the index has another status": (29, index_line(status="404")),
    "the index says that a revisit is a page": (29, index_line(mime="text/html")),
    "the index has another record id": (29, index_line(id="<urn:uuid:00000000-0000-4000-8000-000000000009>")),
    "the index has another original": (29, index_line(refers_to="<urn:uuid:00000000-0000-4000-8000-000000000009>")),
    "the index has another moment": (29, index_line(date="2026-11-01T00:00:00.5Z")),
    "the index has another key": (29, index_line(key="org,example)/zzz")),
    "the index has another timestamp": (29, index_line(stamp="20261231000000")),
    "the index has another file": (29, index_line(filename="none.warc.gz")),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_W5_tampering_is_noticed(name: str, folder: Path) -> None:
    check, tamper = TAMPERED[name]
    tamper(folder)
    one_error(folder, check)


def test_a_renamed_file_is_named_with_both_names(folder: Path) -> None:
    old = files(folder)[2].name
    rename(folder)
    found = [finding for finding in findings(folder) if finding.check == 31]
    assert [(finding.file, old in finding.message) for finding in found] == [("warc/other.warc.gz", True)]


def test_a_gap_in_the_serials_is_a_missing_file_even_without_a_manifest(folder: Path) -> None:
    (folder / "manifest.jsonl").unlink()
    files(folder)[1].unlink()
    assert "00001" in " ".join(finding.message for finding in errors(findings(folder)) if finding.check == 31)


def test_damage_inside_a_sealed_file_is_one_error_and_its_digest_a_warning(folder: Path) -> None:
    path = files(folder)[2]
    data = bytearray(path.read_bytes())
    data[boundary(path) + 40] ^= 0xFF
    path.write_bytes(data)
    found = findings(folder)
    assert [finding.check for finding in errors(found)] == [1]
    sealed = [finding for finding in found if finding.check == 31]
    assert [(finding.severity, finding.caused_by and finding.caused_by.check) for finding in sealed] == [("warning", 1)]


def test_revisits_of_a_lost_file_name_their_cause(folder: Path) -> None:
    files(folder)[0].unlink()
    found = [finding for finding in findings(folder) if finding.check == 25]
    assert [(one.severity, one.caused_by and one.caused_by.check) for one in found] == [("note", 31)] * 4


def test_a_live_run_is_named_and_not_reported(folder: Path) -> None:
    left_open(folder)
    name = "test-20261101010101-00003-x.warc.gz.open"
    live = {folder.resolve() / "warc" / name}
    assert findings(folder, live=live) == []
    assert [(left.file, left.reason) for left in summary(folder, live=live).not_read] == [
        (f"warc/{name}", "a run is writing it")
    ]


def test_a_sample_names_what_was_not_read_and_reports_nothing_about_it(folder: Path) -> None:
    assert errors(findings(folder, sample=0.34)) == []
    result = summary(folder, sample=0.34)
    assert (result.files, len(result.not_read)) == (1, 2)


def test_since_reads_the_newer_files_only(folder: Path) -> None:
    newest = files(folder)[-1]
    stamp = datetime.strptime(newest.name.split("-")[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    assert errors(findings(folder, since=stamp)) == []
    assert summary(folder, since=stamp).files == 1


def test_processes_find_the_same(folder: Path) -> None:
    cut(folder)
    alone = {finding.as_json() for finding in findings(folder)}
    assert {finding.as_json() for finding in findings(folder, processes=2)} == alone


def test_further_checks_get_the_folder_and_the_ledger(folder: Path) -> None:
    def check(place: Path, ledger: Ledger) -> Iterator[Finding]:
        count = ledger.one("SELECT count(*) FROM records")
        yield Finding(32, "error", f"{place == folder} {count and count[0]}", "test")

    found = findings(folder, further_checks=[check])
    assert [(finding.check, finding.message) for finding in found] == [(32, f"True {summary(folder).records}")]


def test_a_removal_named_in_the_manifest_is_a_note(folder: Path) -> None:
    last = files(folder)[2]
    Manifest(folder).append("removed", last.name, START, note={"reason": "asked for"})
    last.unlink()
    found = [one.message for one in no_error(folder) if one.check == 31]
    assert found == ["the file was removed at 2026-11-01T00:00:00.000000Z: asked for"]
    first = files(folder)[0]  # which revisits refer to
    Manifest(folder).append("removed", first.name, START)
    first.unlink()
    no_error(folder)


def test_wrong_paths_are_one_clear_line(tmp_path: Path, folder: Path) -> None:
    for paths, options in (
        ([tmp_path / "nothing"], {}),
        ([], {}),
        ([tmp_path / "empty"], {}),
        ([folder], {"sample": 3.0}),
    ):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(UsageError):
            list(audit_paths(paths, **options))  # type: ignore[arg-type]


def test_a_file_that_can_not_be_read_is_a_storage_error(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(members([warcinfo()]))
    (tmp_path / "y.warc.gz").symlink_to(tmp_path / "x.warc.gz")
    items = audit_paths([path])
    path.unlink()
    with pytest.raises((StorageError, UsageError)):
        list(items)


def test_the_summary_names_each_file_with_the_line_that_seals_it(folder: Path) -> None:
    read = summary(folder).read
    sealed = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files(folder)]
    assert [(one.file, one.sha256, one.sealed_by) for one in read] == [
        (f"warc/{path.name}", digest, line)
        for line, (path, digest) in enumerate(zip(files(folder), sealed, strict=True), 1)
    ]
    assert all(one.records > 8 for one in read)
